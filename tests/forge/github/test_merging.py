"""The merge by REST: every answer that GitHub gives is told apart (contract 4.1)."""

import pytest

from mergebot.forge.github.errors import DeniedError, RefusedError
from mergebot.forge.github.memory import Refusal
from mergebot.forge.github.session import Landed
from mergebot.forge.github.signs import signs
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.outcome import AlreadyDone, Done, Failed, Stale
from tests.forge.github.desk import Desk, then

ONE = PrNumber(1)
MERGE = "/pulls/1/merge"
GET = "/pulls/1"


def refused(words: str, status: int = 405) -> RefusedError:
    return RefusedError(f"GitHub answers {status}: {words}", status=status, words=words)


def denied(words: str, hint: str = "") -> DeniedError:
    return DeniedError(f"GitHub answers 403: {words}", words=words, hint=hint)


BASE_MODIFIED = "Base branch was modified. Review and try the merge again."
NOT_MERGEABLE = "Pull Request is not mergeable"
WORKFLOWS = (
    "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without "
    "`workflows` permission"
)


class TestAnAnswer:
    def test_a_merge_is_pinned_to_its_head_and_says_its_own_title_and_message(self, desk: Desk) -> None:
        """Left to GitHub, title and text would depend on settings, and an unseen push would land."""
        step = desk.merge_step()
        session = desk.session(bases={PrNumber(2): Branch("change"), PrNumber(3): Branch("main")})
        desk.script.on("PUT", MERGE, lambda: {"sha": desk.squashed(), "merged": True, "message": "ok"})

        outcome = desk.writer(session).merge(step)

        landed = desk.box.sha("main")
        assert outcome == Done(sha=landed)
        assert desk.script.bodies("PUT") == [
            {
                "sha": step.head,
                "merge_method": "squash",
                "commit_title": "One thing (#1)",
                "commit_message": "Why it is done.",
            }
        ]
        assert session.deeds.merged == {ONE: Landed(sha=landed, head=step.head)}
        assert session.deeds.touched == set(), "of its own merge mergebot knows all there is to know"
        assert session.mirror.repository.tree_of(landed) == step.tree, "the commit was fetched"
        assert desk.slept == []

    def test_where_github_deletes_merged_branches_what_was_based_on_them_is_read_again(self, desk: Desk) -> None:
        """Platform: GitHub retargets or closes these by itself."""
        step = desk.merge_step()
        session = desk.session(deletes_merged=True, bases={PrNumber(2): step.branch, PrNumber(3): Branch("main")})
        desk.script.on("PUT", MERGE, lambda: {"sha": desk.squashed(), "merged": True, "message": "ok"})
        assert isinstance(desk.writer(session).merge(step), Done)
        assert session.deeds.touched == {2}

    def test_an_empty_message_is_sent_as_such(self, desk: Desk) -> None:
        """Left out, GitHub would put the PR's body or all commit messages in."""
        desk.script.on("PUT", MERGE, lambda: {"sha": desk.squashed(), "merged": True})
        desk.writer().merge(desk.merge_step(message=""))
        assert desk.script.bodies("PUT")[0]["commit_message"] == ""

    def test_a_base_that_moved_in_between_is_told(self, desk: Desk) -> None:
        """No endpoint takes an expected base: the merge holds, and the tree check judges it."""
        step = desk.merge_step()
        moved: list[Sha] = []

        def somebody_is_faster() -> object:
            moved.append(desk.box.commit("somebody else", {"b": "2\n"}))
            return {"sha": desk.squashed(), "merged": True}

        desk.script.on("PUT", MERGE, somebody_is_faster)
        outcome = desk.writer().merge(step)
        assert outcome == Done(sha=desk.box.sha("main"), detail=f"main had moved to {moved[0]:.10} in between")

    def test_a_base_that_has_moved_already_is_stale(self, desk: Desk) -> None:
        """The look right before is all that can be had."""
        step = desk.merge_step()
        moved = desk.box.commit("somebody else", {"b": "2\n"})
        desk.script.on("GET", GET, desk.pull)
        assert desk.writer().merge(step) == Stale(reason=f"main moved to {moved} after the decision")
        assert desk.script.writes() == []

    def test_a_base_that_moved_by_this_very_merge_is_a_success(self, desk: Desk) -> None:
        """Twice is once: a pass that was killed right after the merge."""
        step = desk.merge_step()
        landed = desk.squashed()
        desk.script.on("GET", GET, lambda: desk.merged_pull(landed))
        assert isinstance(desk.writer().merge(step), AlreadyDone)
        assert desk.script.writes() == []

    def test_a_commit_that_cannot_be_fetched_fails_loudly_but_counts_as_merged(self, desk: Desk) -> None:
        """Whose tree nobody has compared is no success; and yet it must not be merged again."""
        session = desk.session()
        lost = Sha("1" * 40)
        desk.script.on("PUT", MERGE, {"sha": lost, "merged": True})
        outcome = desk.writer(session).merge(desk.merge_step())
        assert isinstance(outcome, Failed)
        assert "could not be fetched" in outcome.reason
        assert session.deeds.merged[ONE].sha == lost
        assert desk.slept == [1.0, 3.0]

    @pytest.mark.parametrize("answer", [{"merged": True}, {"merged": False, "sha": "1" * 40}, None, []])
    def test_an_answer_that_does_not_say_both_is_looked_into(self, desk: Desk, answer: object) -> None:
        desk.script.on("PUT", MERGE, answer)
        desk.script.on("GET", GET, desk.pull)
        assert isinstance(desk.writer().merge(desk.merge_step()), Stale)


class TestTheHead:
    def test_a_head_that_moved_is_stale(self, desk: Desk) -> None:
        session = desk.session()
        desk.script.on("PUT", MERGE, refused("Head branch was modified. Review and try the merge again.", 409))
        assert desk.writer(session).merge(desk.merge_step()) == Stale(reason="the head moved after the decision")
        assert session.deeds.refused == {}
        assert session.deeds.touched == {1}


class TestTheBaseWasModified:
    def test_it_is_tried_again_after_a_while(self, desk: Desk) -> None:
        """Platform: GitHub's own test merge may be behind for seconds."""
        desk.script.on("PUT", MERGE, refused(BASE_MODIFIED), lambda: {"sha": desk.squashed(), "merged": True})
        desk.script.on("GET", GET, desk.pull)
        assert isinstance(desk.writer().merge(desk.merge_step()), Done)
        assert desk.slept == [2.0]

    def test_it_ends_after_three_tries(self, desk: Desk) -> None:
        session = desk.session()
        desk.script.on("PUT", MERGE, refused(BASE_MODIFIED))
        desk.script.on("GET", GET, desk.pull)
        outcome = desk.writer(session).merge(desk.merge_step())
        assert outcome == Stale(reason="GitHub has not caught up with main yet, and did not merge it")
        assert len(desk.script.bodies("PUT")) == 3
        assert desk.slept == [2.0, 4.0]
        assert session.deeds.refused == {}, "it says nothing about the PR"

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"labels": [{"name": "merge"}, {"name": "hold"}]}, "labels changed after the decision"),
            ({"draft": True}, "the pull request became a draft after the decision"),
            ({"state": "closed"}, "the pull request was closed after the decision"),
            ({"base": {"ref": "next"}}, "the pull request was pointed at next after the decision"),
            ({"head": {"sha": "2" * 40}}, f"the head moved to {'2' * 40} after the decision"),
        ],
    )
    def test_before_another_try_the_pr_is_looked_at_again(
        self, desk: Desk, changes: dict[str, object], reason: str
    ) -> None:
        """Seconds have passed: what was judged must still be so."""
        desk.script.on("PUT", MERGE, refused(BASE_MODIFIED))
        desk.script.on("GET", GET, lambda: desk.pull(**changes))
        assert desk.writer().merge(desk.merge_step()) == Stale(reason=reason)
        assert len(desk.script.bodies("PUT")) == 1

    def test_a_base_that_really_moved_is_stale(self, desk: Desk) -> None:
        step = desk.merge_step()
        desk.script.on("PUT", MERGE, then(lambda: desk.box.commit("another", {"b": "2\n"}), refused(BASE_MODIFIED)))
        desk.script.on("GET", GET, desk.pull)
        outcome = desk.writer().merge(step)
        assert outcome == Stale(reason=f"main moved to {desk.box.sha('main')} after the decision")


class TestNotMergeable:
    """Platform: these words stand for a conflict, for merged already, and for not worked out yet."""

    def test_a_conflict_that_only_github_sees_is_kept_until_base_moves(self, desk: Desk) -> None:
        step = desk.merge_step()
        session = desk.session(signs={ONE: signs(merge_state="CLEAN", review_decision="APPROVED")})
        desk.script.on("PUT", MERGE, refused(NOT_MERGEABLE))
        desk.script.on("GET", GET, lambda: desk.pull(mergeable=False, mergeable_state="dirty"))
        outcome = desk.writer(session).merge(step)
        assert isinstance(outcome, Failed)
        assert outcome.reason.startswith("GitHub sees a conflict with main (rebase it")
        assert session.deeds.refused == {
            ONE: Refusal(
                head=step.head,
                words=outcome.reason,
                signs=f"merge=DIRTY review=APPROVED base={step.base_sha}",
            )
        }

    @pytest.mark.parametrize("by", ["mergebot[bot]", "ada"])
    def test_merged_already_is_no_doing_of_this_step(self, desk: Desk, by: str) -> None:
        step, session = desk.merge_step(), desk.session()
        landed: list[Sha] = []
        desk.script.on("PUT", MERGE, then(lambda: landed.append(desk.squashed()), refused(NOT_MERGEABLE)))
        desk.script.on("GET", GET, lambda: desk.merged_pull(landed[0], by=by))
        outcome = desk.writer(session).merge(step)
        name = by.removesuffix("[bot]")
        assert outcome == AlreadyDone(detail=f"it was merged by {name} as {landed[0]:.10}")
        assert session.deeds.merged == {}

    def test_not_worked_out_yet_is_waited_for(self, desk: Desk) -> None:
        """Platform: the look itself starts the computation."""
        desk.script.on("PUT", MERGE, refused(NOT_MERGEABLE), lambda: {"sha": desk.squashed(), "merged": True})
        unknown = {"mergeable": None, "mergeable_state": "unknown"}
        desk.script.on("GET", GET, desk.pull(**unknown), desk.pull(**unknown), desk.pull())
        assert isinstance(desk.writer().merge(desk.merge_step()), Done)
        assert desk.slept == [2.0, 2.0, 2.0]

    def test_the_wait_for_it_ends(self, desk: Desk) -> None:
        desk.script.on("PUT", MERGE, refused(NOT_MERGEABLE))
        desk.script.on("GET", GET, desk.pull(mergeable=None))
        assert desk.writer().merge(desk.merge_step()) == Stale(reason="GitHub has not worked out yet whether it merges")
        assert sum(desk.slept) == 10.0

    def test_mergeable_and_yet_not_merged_twice_is_a_rule_without_words(self, desk: Desk) -> None:
        session = desk.session()
        desk.script.on("PUT", MERGE, refused(NOT_MERGEABLE))
        desk.script.on("GET", GET, desk.pull(mergeable_state="blocked"))
        assert isinstance(desk.writer(session).merge(desk.merge_step()), Failed)
        assert session.deeds.refused[ONE].words == f"GitHub refuses it: {NOT_MERGEABLE}"
        assert len(desk.script.bodies("PUT")) == 2
