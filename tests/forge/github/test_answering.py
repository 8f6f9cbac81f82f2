"""Answers to commands, on the test server: the effects first, then the reaction; each as often as one likes."""

from typing import Any

import pytest

from mergebot.forge.github.memory import Memory, Refusal
from mergebot.forge.github.session import LOCK
from mergebot.forge.github.writer import GithubWriter
from mergebot.model.ids import PrNumber
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, Stale
from mergebot.model.people import Reply
from mergebot.model.plan import Answer
from mergebot.model.policy import Policy
from tests.forge.github.lab import Lab, by_number
from tests.forge.github.passes import ONE, Pass, fault
from tests.forge.github.test_reader_heads import remember
from tests.server import auth
from tests.server.faults import FaultKind
from tests.server.state import Comment


@pytest.fixture
def said(lab: Lab) -> Comment:
    """PR 1, on which bob has written something."""
    lab.pull("a", labels=["merge"])
    return lab.repo.comment(1, "/mergebot do", by="bob")


def step(comment: Comment, reply: Reply = Reply.DONE, **effects: Any) -> Answer:  # noqa: ANN401 (a builder)
    return Answer(pr=ONE, comment=comment.id, reply=reply, reason="", **effects)


def answered(lab: Lab, comment: Comment, reply: Reply = Reply.DONE, **effects: Any) -> Outcome:  # noqa: ANN401 (as above)
    """What a pass that has read everything makes of it."""
    return Pass.reading(lab).writer.answer(step(comment, reply, **effects))


def remark_of(one: Pass) -> tuple[Reply | None, set[str]]:
    """What the same pass sees afterwards: the reply to the only remark, and the labels."""
    one.reader.read_rules(None)
    pr = by_number(one.reader.read(Policy()))[1]
    [remark] = pr.remarks
    return remark.reply, {*pr.labels}


class TestAReaction:
    @pytest.mark.parametrize("reply", [Reply.DONE, Reply.REFUSED, Reply.PUZZLED])
    def test_is_the_answer(self, lab: Lab, said: Comment, reply: Reply) -> None:
        one = Pass.reading(lab)
        assert one.writer.answer(step(said, reply)) == Done()
        assert lab.repo.reactions(said) == [reply.value]
        assert remark_of(one)[0] is reply
        assert remark_of(Pass.start(lab))[0] is reply

    def test_given_twice_is_one(self, lab: Lab, said: Comment) -> None:
        one = Pass.reading(lab)
        assert one.writer.answer(step(said)) == one.writer.answer(step(said)) == Done()
        assert lab.repo.reactions(said) == ["+1"]

    def test_is_not_given_where_only_the_memory_should_know(self, lab: Lab, said: Comment) -> None:
        one = Pass.reading(lab)
        assert one.writer.answer(step(said, Reply.SEEN, add=("hold",))) == Done()
        assert lab.repo.reactions(said) == []
        assert remark_of(one) == (Reply.SEEN, {"merge", "hold"})

    def test_that_is_not_taken_leaves_the_effects_and_is_remembered(self, lab: Lab, said: Comment) -> None:
        """A locked conversation takes none; the command was carried out all the same."""
        lab.repo.lock_conversation(1)
        one = Pass.reading(lab)
        words = "GitHub takes no reaction to the comment: Unable to create reaction because issue is locked."
        assert one.writer.answer(step(said, add=("hold",))) == Done(detail=words)
        assert lab.repo.pull(1).labels == ["merge", "hold"]
        assert one.session.deeds.answered == {ONE: {said.id: Reply.SEEN}}
        assert remark_of(one)[0] is Reply.SEEN

    @pytest.mark.parametrize("kind", [FaultKind.STATUS_AFTER, FaultKind.RESET_AFTER])
    def test_whose_answer_got_lost_is_found_by_the_next_look(self, lab: Lab, said: Comment, kind: FaultKind) -> None:
        """It is not sent again, and what it stands for is not done again."""
        one = Pass.reading(lab)
        fault(lab, kind, "POST", "/reactions")
        assert isinstance(one.writer.answer(step(said, add=("hold",))), Failed)
        assert lab.repo.reactions(said) == ["+1"]
        assert remark_of(one) == (Reply.DONE, {"merge", "hold"})

    @pytest.mark.parametrize("kind", [FaultKind.STATUS, FaultKind.RESET])
    def test_that_was_not_given_leaves_the_command_to_be_answered(
        self, lab: Lab, said: Comment, kind: FaultKind
    ) -> None:
        """By the next pass, to which doing the same once more is no harm."""
        one = Pass.reading(lab)
        fault(lab, kind, "POST", "/reactions")
        assert isinstance(one.writer.answer(step(said, add=("hold",), remove=("merge",))), Failed)
        assert remark_of(one) == (None, {"hold"})
        assert answered(lab, said, add=("hold",), remove=("merge",)) == Done()
        assert lab.repo.pull(1).labels == ["hold"]

    def test_comes_with_the_lock(self, lab: Lab, said: Comment) -> None:
        """Two passes do not answer at once."""
        one = Pass.reading(lab)
        with one.writer.lock():
            one.writer.answer(step(said))
            assert LOCK in lab.repo.data.refs
        assert LOCK not in lab.repo.data.refs


class TestLabels:
    def test_are_set_and_removed_before_the_reaction(self, lab: Lab, said: Comment) -> None:
        """One that the repository does not know comes into being; one that is off already stays off."""
        one = Pass.reading(lab)
        assert one.writer.answer(step(said, add=("hold", "new one"), remove=("merge", "gone"))) == Done()
        assert lab.repo.pull(1).labels == ["hold", "new one"]
        writes = [f"{exchange.method} {exchange.path}" for exchange in lab.hub.writes() if exchange.kind == "rest"]
        assert writes == [
            "POST /repos/o/r/issues/1/labels",
            "DELETE /repos/o/r/issues/1/labels/merge",
            "DELETE /repos/o/r/issues/1/labels/gone",
            f"POST /repos/o/r/issues/comments/{said.id}/reactions",
        ]

    @pytest.mark.parametrize("name", ["a/b", "50% off?", "hold: #1", "späti 🚀", "../merge", "a&b=c"])
    def test_may_have_any_name(self, lab: Lab, said: Comment, name: str) -> None:
        assert answered(lab, said, add=(name,)) == Done()
        assert lab.repo.pull(1).labels == ["merge", name]
        assert answered(lab, said, remove=(name,)) == Done()
        assert lab.repo.pull(1).labels == ["merge"]

    def test_that_cannot_stand_in_a_path_are_said(self, lab: Lab, said: Comment) -> None:
        """Nothing is sent to another place than was meant."""
        outcome = answered(lab, said, remove=("..",))
        assert outcome == Failed(reason="a path for GitHub's API that cannot be sent as it is")
        assert lab.repo.reactions(said) == []

    def test_that_may_not_be_changed_leave_the_command_unanswered(self, lab: Lab, said: Comment) -> None:
        """It is tried again by the next pass, and holds until then."""
        rights = {**auth.APP_RIGHTS, "issues": "read", "pull_requests": "read"}
        session = lab.with_token(lab.hub.token("mergebot", kind="app", rights=rights))
        outcome = GithubWriter(session).answer(step(said, add=("hold",)))
        assert isinstance(outcome, Failed)
        assert outcome.hint == "give the token issues: write or pull-requests: write"
        assert lab.repo.reactions(said) == []
        assert (session.deeds.answered, session.deeds.labels) == ({}, {})

    def test_count_although_github_lags_behind(self, lab: Lab, said: Comment) -> None:
        one = Pass.reading(lab)
        lab.hub.freeze_reads()
        one.writer.answer(step(said, add=("hold",), remove=("merge",)))
        assert remark_of(one) == (Reply.DONE, {"hold"})


class TestFailedJobs:
    def failed(self, lab: Lab) -> int:
        """The number of the run of PR 1, in which a check has failed."""
        run = lab.repo.data.suites[-1].run
        assert run is not None
        lab.repo.finish_ci()
        return run.id

    def test_are_started_again(self, lab: Lab) -> None:
        lab.repo.ci = lambda _files: {"unit": False, "lint": True}
        lab.pull("a")
        said, run = lab.repo.comment(1, "/mergebot retry", by="bob"), self.failed(lab)
        assert answered(lab, said, rerun=(run,)) == Done()
        [suite] = lab.repo.data.suites
        assert [(one.name, one.status) for one in suite.runs] == [
            ("unit", "completed"),
            ("lint", "completed"),
            ("unit", "queued"),
        ]
        assert lab.repo.reactions(said) == ["+1"]

    def test_of_a_run_that_goes_on_are_started_by_a_later_pass(self, lab: Lab) -> None:
        """Platform: one has to wait for its other jobs. The command is not answered until then."""
        lab.repo.ci = lambda _files: {"unit": False}
        lab.pull("a")
        said = lab.repo.comment(1, "/mergebot retry", by="bob")
        run = lab.repo.data.suites[-1].run
        assert run is not None
        outcome = answered(lab, said, rerun=(run.id,))
        assert outcome == AlreadyDone(
            detail=f"the run {run.id} goes on; its failed jobs can start again once it has ended"
        )
        assert lab.repo.reactions(said) == []
        assert answered(lab, said, rerun=(self.failed(lab),)) == Done()
        assert lab.repo.reactions(said) == ["+1"]

    @pytest.mark.parametrize(
        ("run", "words"), [(None, "This workflow run cannot be retried"), (1, "it does not exist, or the token")]
    )
    def test_that_cannot_be_started_puzzle_while_the_rest_is_done(
        self, lab: Lab, said: Comment, run: int | None, words: str
    ) -> None:
        """Nothing failed in it, it is too old, or it is gone: no pass after this one could do better."""
        number = self.failed(lab) if run is None else run
        outcome = answered(lab, said, rerun=(number,), add=("hold",), forget=True)
        assert isinstance(outcome, Failed)
        assert outcome.reason.startswith(f"the failed jobs of the run {number} cannot be started again: ")
        assert words in outcome.reason
        assert outcome.hint == "run them by hand, or push again"
        assert lab.repo.pull(1).labels == ["merge", "hold"]
        assert lab.repo.reactions(said) == ["confused"]

    def test_without_the_right_name_it(self, lab: Lab, said: Comment) -> None:
        run = self.failed(lab)
        rights = {**auth.APP_RIGHTS, "actions": "read"}
        session = lab.with_token(lab.hub.token("mergebot", kind="app", rights=rights))
        outcome = GithubWriter(session).answer(step(said, rerun=(run,)))
        assert outcome == Failed(
            reason=f"the failed jobs of the run {run} cannot be started again: Resource not accessible by integration",
            hint="give the token actions: write",
        )
        assert lab.repo.reactions(said) == ["confused"]


def test_what_github_refused_before_is_tried_again_at_once(lab: Lab, said: Comment) -> None:
    """The very next look of the same pass shows nothing of it, though the memory is written only at the end."""
    words = Refusal(head=lab.repo.sha("feature/a"), words="a rule says no", signs="merge=UNKNOWN review=NONE")
    remember(lab, Memory(refusals={ONE: words}))
    one = Pass.start(lab)
    refused = []
    for _ in range(2):
        one.reader.read_rules(None)
        refused.append(by_number(one.reader.read(Policy()))[1].refused)
        assert one.writer.answer(step(said, forget=True)) == Done()
    assert refused == ["a rule says no", ""]


class TestTheCommentItself:
    def test_that_is_gone_asks_for_nothing(self, lab: Lab, said: Comment) -> None:
        one = Pass.reading(lab)
        lab.repo.delete_comment(said)
        assert one.writer.answer(step(said, add=("hold",))) == AlreadyDone(detail="the comment is gone")
        assert lab.repo.pull(1).labels == ["merge"]
        assert lab.hub.writes() == []

    def test_that_says_something_else_by_now_is_decided_on_again(self, lab: Lab, said: Comment) -> None:
        one = Pass.reading(lab)
        lab.repo.edit_comment(said, "/mergebot do not", by="bob")
        outcome = one.writer.answer(step(said, remove=("merge",)))
        assert outcome == Stale(reason="the comment was changed after the decision")
        assert lab.repo.pull(1).labels == ["merge"]
        assert one.session.deeds.touched == {ONE}

    def test_that_goes_while_it_is_answered_was_answered(self, lab: Lab, said: Comment) -> None:
        one = Pass.reading(lab)
        fault(lab, FaultKind.BEFORE, "POST", "/reactions", run=lambda: lab.repo.delete_comment(said))
        assert one.writer.answer(step(said, add=("hold",))) == Done(detail="the comment is gone")
        assert one.session.deeds.answered == {PrNumber(1): {said.id: Reply.SEEN}}
