"""The writer against the test server, over real HTTP and real git: what a user of GitHub would see."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mergebot.model.ids import Branch
from mergebot.model.outcome import AlreadyDone, Done, Failed, Stale
from mergebot.model.plan import Dispatch, KeepTip
from tests.forge.github.lab import Lab
from tests.forge.github.passes import ONE, Pass, fault
from tests.server.faults import Fault, FaultKind
from tests.server.state import Protection, Rule


class TestMerging:
    def test_a_squash_with_our_own_words_lands_on_base(self, lab: Lab) -> None:
        lab.pull("a")
        one = Pass.start(lab)
        step = one.merge_step()
        outcome = one.writer.merge(step)
        landed = one.sha("main")
        assert outcome == Done(sha=landed)
        assert one.session.mirror.repository.tree_of(landed) == step.tree
        message = lab.repo.box.git("log", "-1", "--format=%B", landed)
        assert message.strip() == "Add a (#1)\n\nWhy.\n\nReviewed-by: bob"
        assert lab.repo.pull(1).merged
        assert [str(exchange) for exchange in lab.hub.api_requests()] == ["200 PUT /repos/o/r/pulls/1/merge"]

    @pytest.mark.parametrize("kind", [FaultKind.STATUS_AFTER, FaultKind.RESET_AFTER, FaultKind.TRUNCATED])
    def test_a_merge_whose_answer_got_lost_is_found_and_not_sent_again(self, lab: Lab, kind: FaultKind) -> None:
        lab.pull("a")
        one = Pass.start(lab)
        step = one.merge_step()
        fault(lab, kind, "PUT", "/merge")
        assert one.writer.merge(step) == Done(sha=one.sha("main"))
        assert one.puts() == 1

    @pytest.mark.parametrize("kind", [FaultKind.STATUS, FaultKind.RESET])
    def test_a_merge_that_was_not_done_is_stale(self, lab: Lab, kind: FaultKind) -> None:
        lab.pull("a")
        one = Pass.start(lab)
        step = one.merge_step()
        fault(lab, kind, "PUT", "/merge")
        assert isinstance(one.writer.merge(step), Stale)
        assert one.sha("main") == step.base_sha

    def test_a_push_in_between_lands_nothing(self, lab: Lab) -> None:
        """Nothing merges but the head that was judged (I1)."""
        lab.pull("a")
        one = Pass.start(lab)
        step = one.merge_step()
        fault(lab, FaultKind.BEFORE, "PUT", "/merge", run=lambda: lab.repo.push("feature/a", {"b.txt": "b\n"}))
        assert one.writer.merge(step) == Stale(reason="the head moved after the decision")
        assert one.sha("main") == step.base_sha

    def test_github_s_own_delays_are_waited_out(self, lab: Lab) -> None:
        lab.pull("a")
        one = Pass.start(lab)
        lab.repo.data.settings.base_modified = 1
        lab.repo.data.settings.merge_needs_look = True
        lab.repo.data.settings.slow_mergeability = 2
        assert isinstance(one.writer.merge(one.merge_step()), Done)
        assert 0 < sum(one.slept) < 20

    def test_somebody_else_may_have_merged_it(self, lab: Lab) -> None:
        lab.pull("a")
        one = Pass.start(lab)
        step = one.merge_step()
        landed = lab.repo.merge(1, by="bob")
        assert one.writer.merge(step) == AlreadyDone(detail=f"it was merged by bob as {landed:.10}")

    def test_a_conflict_is_told_as_one(self, lab: Lab) -> None:
        """What git here takes for clean may be none for GitHub."""
        lab.pull("a")
        lab.repo.push("main", {"a.txt": "other\n"})
        one = Pass.start(lab)
        outcome = one.writer.merge(one.merge_step())
        assert isinstance(outcome, Failed)
        assert "conflict" in outcome.reason

    def test_a_missing_check_is_a_rule_until_its_signs_change(self, lab: Lab) -> None:
        lab.pull("a")
        lab.repo.protect(Protection(id=1, pattern="main", required_checks=("unit",)))
        one = Pass.reading(lab)
        outcome = one.writer.merge(one.merge_step())
        assert isinstance(outcome, Failed)
        assert outcome.reason == 'GitHub refuses it: Required status check "unit" is expected.'
        assert "merge=BLOCKED" in one.session.deeds.refused[ONE].signs

    @pytest.mark.parametrize("how", ["squash", "queue"])
    def test_what_the_repository_forbids_is_said(self, lab: Lab, how: str) -> None:
        lab.pull("a")
        one = Pass.start(lab)
        if how == "squash":
            lab.repo.data.settings.squash = False
        else:
            lab.repo.rule(Rule("merge_queue"))
        outcome = one.writer.merge(one.merge_step())
        assert isinstance(outcome, Failed)
        assert "settings or rules" in outcome.hint
        assert one.session.deeds.refused == {}

    def test_workflow_files_need_a_right_of_their_own(self, lab: Lab) -> None:
        """GITHUB_TOKEN can never have it (contract 4.4)."""
        lab.repo.push("ci", {".github/workflows/ci.yml": "on: push\n"})
        lab.repo.open_pull("ci")
        one = Pass.start(lab, "actions")
        outcome = one.writer.merge(one.merge_step())
        assert isinstance(outcome, Failed)
        assert "workflows: write" in outcome.reason
        assert ONE in one.session.deeds.refused

    def test_a_token_that_may_only_read_says_which_right_it_lacks(self, lab: Lab) -> None:
        lab.pull("a")
        one = Pass.start(lab, "read")
        outcome = one.writer.merge(one.merge_step())
        assert isinstance(outcome, Failed)
        assert "contents: write" in outcome.hint


class TestNativeStacks:
    """Two PRs that a person made a stack of GitHub's own (contract 4.6)."""

    def stacked(self, lab: Lab) -> Pass:
        lab.repo.data.settings.native_stacks = True
        lab.pull("a")
        lab.pull("b", on="feature/a")
        lab.repo.stack([1, 2])
        return Pass.start(lab)

    def test_the_lowest_is_merged_by_request_and_github_rebases_the_rest(self, lab: Lab) -> None:
        one = self.stacked(lab)
        step = one.merge_step(native=True)
        old = one.sha("feature/b")
        assert one.writer.merge(step) == Done(sha=one.sha("main"))
        assert one.session.mirror.repository.tree_of(one.sha("main")) == step.tree
        assert lab.repo.box.git("log", "-1", "--format=%B", one.sha("main")).strip().startswith("Add a (#1)\n\nWhy.")
        assert lab.repo.pull(2).state == "open"
        assert (lab.repo.pull(2).base_ref, lab.repo.pull(2).head_sha != old) == ("main", True)
        assert sum(one.slept) < 10

    def test_the_other_endpoint_is_not_for_them(self, lab: Lab) -> None:
        """It became part of a stack after the look: nothing is lost, the next look sees it."""
        one = self.stacked(lab)
        outcome = one.writer.merge(one.merge_step())
        assert isinstance(outcome, Failed)
        assert "stack" in outcome.hint
        assert not lab.repo.pull(1).merged

    def test_a_rule_shows_only_when_it_runs(self, lab: Lab) -> None:
        one = self.stacked(lab)
        lab.repo.protect(Protection(id=1, pattern="main", required_checks=("unit",)))
        outcome = one.writer.merge(one.merge_step(native=True))
        assert isinstance(outcome, Failed)
        assert "unit" in outcome.reason
        assert ONE in one.session.deeds.refused

    def test_a_push_in_between_lands_nothing(self, lab: Lab) -> None:
        one = self.stacked(lab)
        step = one.merge_step(native=True)
        fault(lab, FaultKind.AFTER, "PUT", "-async", run=lambda: lab.repo.push("feature/a", {"c.txt": "c\n"}))
        assert isinstance(one.writer.merge(step), Stale)
        assert not lab.repo.pull(1).merged

    def test_somebody_s_earlier_request_is_waited_for(self, lab: Lab) -> None:
        one = self.stacked(lab)
        step = one.merge_step(native=True)
        first = one.writer.merge  # the request is made by another process right before
        fault(lab, FaultKind.BEFORE, "PUT", "-async", run=lambda: one.session.client.send(
            "PUT", "/repos/o/r/pulls/1/merge-async", {"sha": step.head, "merge_method": "squash"}))  # fmt: skip
        outcome = first(step)
        assert isinstance(outcome, Failed | Done)

    @pytest.mark.parametrize("kind", [FaultKind.STATUS_AFTER, FaultKind.RESET_AFTER])
    def test_a_request_whose_answer_got_lost_is_not_made_twice(self, lab: Lab, kind: FaultKind) -> None:
        one = self.stacked(lab)
        step = one.merge_step(native=True)
        fault(lab, kind, "PUT", "-async")
        assert isinstance(one.writer.merge(step), Stale | Done)
        assert one.puts() == 1

    def test_a_merge_that_never_ends_is_left_to_the_next_pass(self, lab: Lab) -> None:
        one = self.stacked(lab)
        lab.repo.data.settings.slow_stacks = 10_000
        outcome = one.writer.merge(one.merge_step(native=True))
        assert outcome == Failed(
            reason="GitHub has not ended the merge that was asked for", hint="the next pass looks again"
        )
        assert 55 < sum(one.slept) < 65

    def test_a_server_without_them_says_so(self, lab: Lab) -> None:
        lab.pull("a")
        one = Pass.start(lab)
        outcome = one.writer.merge(one.merge_step(native=True))
        assert isinstance(outcome, Failed)
        assert "stack" in outcome.reason


class TestDispatching:
    def test_the_workflow_runs_on_the_branch(self, lab: Lab) -> None:
        lab.pull("a")
        one = Pass.start(lab, "actions")
        head = one.sha("feature/a")
        step = Dispatch(pr=ONE, branch=Branch("feature/a"), head=head, workflows=("ci.yml",), reason="")
        assert one.writer.dispatch(step) == Done()
        events = [suite.run.event for suite in lab.repo.data.suites_of(head) if suite.run]
        assert "workflow_dispatch" in events

    def test_what_cannot_be_started_is_told(self, lab: Lab) -> None:
        lab.pull("a")
        one = Pass.start(lab)
        lab.repo.data.workflows[0].events = ("push",)
        step = Dispatch(pr=ONE, branch=Branch("feature/a"), head=one.sha("feature/a"), workflows=("ci.yml",), reason="")
        for workflows, words in ((("ci.yml",), "workflow_dispatch"), (("none.yml",), "default branch")):
            outcome = one.writer.dispatch(replace(step, workflows=workflows))
            assert isinstance(outcome, Failed)
            assert words in outcome.hint


class TestFreezing:
    REASON = "#1 landed as something else"

    def test_the_next_reading_sees_it_and_a_person_lifts_it(self, lab: Lab) -> None:
        one = Pass.start(lab)
        assert isinstance(one.writer.freeze(self.REASON), Done)
        assert isinstance(one.writer.freeze(self.REASON), AlreadyDone)
        [reason] = lab.read().frozen
        assert self.REASON in reason
        lab.repo.close(1)
        assert lab.read().frozen == ()

    def test_without_issues_it_is_remembered(self, lab: Lab) -> None:
        lab.repo.data.settings.has_issues = False
        one = Pass.start(lab)
        assert isinstance(one.writer.freeze(self.REASON), Done)
        assert lab.read().frozen == (f"{self.REASON} (delete `refs/mergebot/state` to go on)",)


@pytest.mark.parametrize(
    "write",
    [
        lambda one: one.writer.merge(one.merge_step()),
        lambda one: one.writer.freeze("why"),
        lambda one: one.writer.keep_tip(KeepTip(pr=ONE, tip=one.sha("feature/a"), reason="")),
    ],
)
def test_a_limit_is_an_outcome_and_ends(lab: Lab, write: Callable[[Pass], object]) -> None:
    """GitHub asks to wait for an hour: the step fails with when to come again."""
    lab.pull("a")
    one = Pass.reading(lab)
    lab.hub.faults.append(
        Fault(when=lambda exchange: exchange.kind == "rest", kind=FaultKind.PRIMARY, times=99, seconds=3600)
    )
    outcome = write(one)
    assert isinstance(outcome, Failed | Done)
