"""The steps by REST beside the merge: retarget, dispatch, freeze (contract 4.1, 4.3, 2.4)."""

from typing import Any

import pytest

from mergebot.errors import MergebotError
from mergebot.forge.github.errors import DeniedError, LimitedError, MissingError, NoAnswerError, RefusedError
from mergebot.forge.github.frozen import by_memory
from mergebot.forge.github.session import STATE, Viewer
from mergebot.forge.github.state import read_memory
from mergebot.git.repository import Identity
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.outcome import AlreadyDone, Done, Failed, Stale
from mergebot.model.plan import Dispatch, Retarget, RunChecks
from mergebot.model.policy import Policy
from tests.forge.github.desk import Desk

TWO = PrNumber(2)


def refused(words: str, status: int = 422) -> RefusedError:
    return RefusedError(f"GitHub answers {status}: {words}", status=status, words=words)


class TestRetargeting:
    """PR 2 is based on the branch of PR 1, which was merged."""

    PATH = "/pulls/2"

    def step(self) -> Retarget:
        return Retarget(pr=TWO, head=Sha("2" * 40), old_base=Branch("change"), new_base=Branch("main"), reason="")

    def pull(self, desk: Desk, base: str = "change", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 (a builder)
        return desk.pull(**{"number": 2, "base": {"ref": base}, **changes})

    def test_it_is_pointed_at_base_and_looked_at(self, desk: Desk) -> None:
        session = desk.session()
        desk.script.on("GET", self.PATH, self.pull(desk))
        desk.script.on("PATCH", self.PATH, self.pull(desk, "main"))
        assert desk.writer(session).retarget(self.step()) == Done()
        assert desk.script.bodies("PATCH") == [{"base": "main"}]
        assert session.deeds.retargeted == {2: "main"}
        assert session.deeds.touched == {2}

    def test_what_github_has_done_itself_is_done(self, desk: Desk) -> None:
        """Platform: it retargets where it deletes a merged branch itself."""
        session = desk.session()
        desk.script.on("GET", self.PATH, self.pull(desk, "main"))
        assert desk.writer(session).retarget(self.step()) == AlreadyDone()
        assert desk.script.writes() == []
        assert session.deeds.retargeted == {2: "main"}

    def test_another_base_is_somebody_s_wish(self, desk: Desk) -> None:
        desk.script.on("GET", self.PATH, self.pull(desk, "next"))
        assert desk.writer().retarget(self.step()) == Stale(reason="it was pointed at next after the decision")
        assert desk.script.writes() == []

    def test_a_head_that_moved_is_no_matter(self, desk: Desk) -> None:
        desk.script.on("GET", self.PATH, self.pull(desk, head={"sha": "3" * 40}))
        desk.script.on("PATCH", self.PATH, self.pull(desk, "main", head={"sha": "3" * 40}))
        assert desk.writer().retarget(self.step()) == Done()

    def test_one_that_was_closed_by_a_person_is_stale(self, desk: Desk) -> None:
        desk.script.on("GET", self.PATH, self.pull(desk, state="closed"))
        assert desk.writer().retarget(self.step()) == Stale(reason="it was closed after the decision")

    def test_one_that_was_merged_is_stale(self, desk: Desk) -> None:
        desk.script.on("GET", self.PATH, self.pull(desk, state="closed", merged=True))
        assert desk.writer().retarget(self.step()) == Stale(reason="it was merged after the decision")

    @pytest.mark.parametrize("when", ["before", "by the answer"])
    def test_one_that_was_closed_with_its_base_can_be_rescued_in_one_order_alone(self, desk: Desk, when: str) -> None:
        """Platform: the branch first, then reopen, then retarget; any other order is a dead end."""
        session = desk.session()
        tip = desk.box.sha("change")
        pull = self.pull(desk, state="closed" if when == "before" else "open")
        desk.box.git("branch", "-D", "change")
        desk.script.on("GET", self.PATH, pull)
        desk.script.on("PATCH", self.PATH, refused("Cannot change the base branch of a closed pull request."))
        outcome = desk.writer(session).retarget(self.step())
        assert isinstance(outcome, Failed)
        assert outcome.hint.endswith(
            f"git push origin {tip}:refs/heads/change && gh pr reopen 2 && gh pr edit 2 --base main"
        )

    def test_names_in_commands_are_quoted(self, desk: Desk) -> None:
        """What a person pastes must not run a branch's name."""
        step = Retarget(pr=TWO, head=Sha("2" * 40), old_base=Branch("a;rm"), new_base=Branch("main"), reason="")
        desk.script.on("GET", self.PATH, self.pull(desk, "a;rm", state="closed"))
        outcome = desk.writer().retarget(step)
        assert isinstance(outcome, Failed)
        assert "'OLD_TIP:refs/heads/a;rm'" in outcome.hint

    @pytest.mark.parametrize(
        ("words", "remedy"),
        [
            ("There are no new commits between base branch 'main' and head branch 'b'", "close it"),
            ("A pull request already exists for base branch 'main' and head branch 'b'", "close one of them"),
            ("Cannot change the base branch of a pull request that is part of a stack.", "stack of GitHub's own"),
            ("something else", "by hand"),
        ],
    )
    def test_each_refusal_has_its_remedy(self, desk: Desk, words: str, remedy: str) -> None:
        desk.script.on("GET", self.PATH, self.pull(desk))
        desk.script.on("PATCH", self.PATH, refused(words))
        outcome = desk.writer().retarget(self.step())
        assert isinstance(outcome, Failed)
        assert words in outcome.reason
        assert remedy in outcome.hint

    def test_an_answer_that_got_lost_is_looked_for(self, desk: Desk) -> None:
        desk.script.on("GET", self.PATH, self.pull(desk), self.pull(desk, "main"))
        desk.script.on("PATCH", self.PATH, NoAnswerError("502"))
        assert desk.writer().retarget(self.step()) == Done()
        assert len(desk.script.bodies("PATCH")) == 1

    def test_no_answer_and_no_effect_is_stale(self, desk: Desk) -> None:
        desk.script.on("GET", self.PATH, self.pull(desk))
        desk.script.on("PATCH", self.PATH, NoAnswerError("502"))
        assert desk.writer().retarget(self.step()) == Stale(reason="GitHub has it on change still")

    def test_what_cannot_be_read_afterwards_is_unknown(self, desk: Desk) -> None:
        desk.script.on("GET", self.PATH, self.pull(desk), NoAnswerError("503"))
        desk.script.on("PATCH", self.PATH, NoAnswerError("502"))
        outcome = desk.writer().retarget(self.step())
        assert isinstance(outcome, Failed)
        assert "unknown" in outcome.reason

    def test_an_answer_that_says_otherwise_is_not_taken_for_done(self, desk: Desk) -> None:
        """The branch is deleted next: only what GitHub shows counts."""
        session = desk.session()
        desk.script.on("GET", self.PATH, self.pull(desk))
        desk.script.on("PATCH", self.PATH, self.pull(desk))
        assert isinstance(desk.writer(session).retarget(self.step()), Stale)
        assert session.deeds.retargeted == {}


class TestDispatching:
    def step(self, desk: Desk, *workflows: str) -> Dispatch:
        files = workflows or ("ci.yml",)
        return Dispatch(
            pr=PrNumber(1), branch=Branch("change"), head=desk.box.sha("change"), workflows=files, reason=""
        )

    def test_each_workflow_is_started_on_the_branch(self, desk: Desk) -> None:
        session = desk.session()
        desk.script.on("POST", "/actions/workflows/.*/dispatches", None)
        step = self.step(desk, "ci.yml", ".github/workflows/lint and more.yml")
        assert desk.writer(session).dispatch(step) == Done()
        assert desk.script.calls == [
            ("POST", "/actions/workflows/ci.yml/dispatches", {"ref": "change"}),
            ("POST", "/actions/workflows/lint%20and%20more.yml/dispatches", {"ref": "change"}),
        ]
        assert session.deeds.dispatched == {(1, step.head)}

    def test_a_branch_that_moved_is_not_tested_in_its_place(self, desk: Desk) -> None:
        step = self.step(desk)
        desk.box.commit("more", {"b": "2\n"}, branch="change")
        assert isinstance(desk.writer().dispatch(step), Stale)
        assert desk.script.calls == []

    @pytest.mark.parametrize(
        ("error", "remedy"),
        [
            (MissingError("GitHub answers 404"), "on the default branch"),
            (refused("Workflow does not have 'workflow_dispatch' trigger"), "on: workflow_dispatch"),
            (DeniedError("GitHub answers 403", words="Resource not accessible"), "actions: write"),
            (NoAnswerError("502"), "look at the runs"),
        ],
    )
    def test_what_cannot_be_started_is_named_with_its_remedy(
        self, desk: Desk, error: MergebotError, remedy: str
    ) -> None:
        session = desk.session()
        desk.script.on("POST", "/actions/workflows/ci.yml/dispatches", error)
        outcome = desk.writer(session).dispatch(self.step(desk))
        assert isinstance(outcome, Failed)
        assert "ci.yml" in outcome.reason
        assert remedy in outcome.hint
        assert session.deeds.dispatched == set()


class TestFreezing:
    REASON = "#1 landed as 123 with tree 4, but 5 was predicted"

    def issue(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 (a builder)
        return {"number": 9, "title": self.REASON, "labels": [{"name": "mergebot-freeze"}], **changes}

    def test_an_issue_with_the_label_says_why(self, desk: Desk) -> None:
        session = desk.session()
        desk.script.on("GET", "/issues", [])
        desk.script.on("POST", "/issues", self.issue())
        assert desk.writer(session).freeze(self.REASON) == Done(detail="the queue is paused by issue #9")
        [body] = desk.script.bodies("POST")
        assert (body["title"], body["labels"]) == (self.REASON, ["mergebot-freeze"])
        assert "Close it to go on" in body["body"]
        assert session.deeds.frozen == f"{self.REASON} (issue #9: close it to go on)", "as the next pass says it (I5)"

    def test_one_reason_has_one_issue(self, desk: Desk) -> None:
        desk.script.on("GET", "/issues", [self.issue()])
        assert isinstance(desk.writer().freeze(self.REASON), AlreadyDone)
        assert desk.script.writes() == []

    def test_a_pull_request_of_that_title_is_no_issue(self, desk: Desk) -> None:
        """Platform: the list of issues has pull requests as well, and those pause nothing."""
        desk.script.on("GET", "/issues", [self.issue(pull_request={})])
        desk.script.on("POST", "/issues", self.issue(number=10))
        assert isinstance(desk.writer().freeze(self.REASON), Done)

    def test_a_label_that_was_left_out_is_set(self, desk: Desk) -> None:
        """Platform: without the right to set labels they are left out of a new issue without a word."""
        desk.script.on("GET", "/issues", [])
        desk.script.on("POST", "/issues", self.issue(labels=[]))
        desk.script.on("POST", "/issues/9/labels", [{"name": "mergebot-freeze"}])
        assert isinstance(desk.writer().freeze(self.REASON), Done)

    @pytest.mark.parametrize(
        "error", [MissingError("issues are disabled"), DeniedError("403", words="no"), LimitedError("limited")]
    )
    def test_where_no_issue_can_be_made_the_memory_pauses_the_queue(self, desk: Desk, error: MergebotError) -> None:
        """It must not go on only because nobody may say so."""
        session = desk.session()
        desk.script.on("GET", "/issues", error)
        outcome = desk.writer(session).freeze(self.REASON)
        assert isinstance(outcome, Done)
        assert "until refs/mergebot/state is deleted" in outcome.detail
        again = desk.session()
        memory, commit = read_memory(again.mirror, again.seen.refs)
        assert memory.frozen == self.REASON
        assert session.deeds.frozen == by_memory(self.REASON), "as the next pass says it (I5)"
        assert commit == desk.refs()[STATE]

    @pytest.mark.parametrize("answer", [DeniedError("403", words="no"), [{"name": "another"}], None])
    def test_an_issue_without_the_label_pauses_nothing(self, desk: Desk, answer: object) -> None:
        session = desk.session()
        desk.script.on("GET", "/issues", [])
        desk.script.on("POST", "/issues", self.issue(labels=[]))
        desk.script.on("POST", "/issues/9/labels", answer)
        assert isinstance(desk.writer(session).freeze(self.REASON), Done)
        assert session.seen.memory.frozen == self.REASON

    def test_if_nothing_can_be_written_this_pass_stops_all_the_same(self, desk: Desk) -> None:
        session = desk.session()
        desk.refuse("refs/mergebot/*", "no")
        desk.script.on("GET", "/issues", DeniedError("403", words="no"))
        assert isinstance(desk.writer(session).freeze(self.REASON), Failed)
        assert session.deeds.frozen == self.REASON

    def test_an_issue_whose_answer_got_lost_is_looked_for(self, desk: Desk) -> None:
        desk.script.on("GET", "/issues", [], [self.issue()])
        desk.script.on("POST", "/issues", NoAnswerError("502"))
        assert isinstance(desk.writer().freeze(self.REASON), Done)
        assert len(desk.script.bodies("POST")) == 1

    def test_the_reason_is_no_markup(self, desk: Desk) -> None:
        """It has names of branches in it."""
        desk.script.on("GET", "/issues", [])
        desk.script.on("POST", "/issues", self.issue)
        desk.writer().freeze("x `` @team [a](http://b)\n::error::")
        [body] = desk.script.bodies("POST")
        assert body["title"] == "x `` @team [a](http://b) ::error::"
        assert body["body"].startswith("`x '' @team [a](http://b) ::error::`\n\n")


class TestTheRest:
    def test_no_test_command_is_ever_run_on_a_forge(self, desk: Desk) -> None:
        """The code is a stranger's (I8)."""
        sha = desk.box.sha("change")
        step = RunChecks(pr=PrNumber(1), head=sha, base_sha=sha, tree=sha, reason="")
        assert isinstance(desk.writer().run_checks(step, Policy()), Failed)

    @pytest.mark.parametrize(
        ("viewer", "name", "email"),
        [
            (Viewer(login="fleet", id=12, is_bot=True), "fleet[bot]", "12+fleet[bot]@users.noreply.github.com"),
            (Viewer(login="ada", id=3), "ada", "3+ada@users.noreply.github.com"),
        ],
    )
    def test_the_committer_is_the_account_by_githubs_own_address(
        self, desk: Desk, viewer: Viewer, name: str, email: str
    ) -> None:
        session = desk.session(viewer=viewer)
        assert desk.writer(session).committer(5) == Identity(name=name, email=email, when=5)

    def test_an_unknown_account_is_nobody_in_particular(self, desk: Desk) -> None:
        assert desk.writer(desk.session(login="")).committer(5) == Identity(when=5)
