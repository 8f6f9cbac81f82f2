"""What the writer publishes, on the test server: once, in one comment, and found again without a memory."""

import pytest

from mergebot.forge.github.session import LOCK, MARKER, STATE
from mergebot.model.notice import Notice, Report, StatusState
from mergebot.model.outcome import AlreadyDone, Done, PassResult
from mergebot.model.plan import Entry, EntryState, Plan
from mergebot.model.policy import Policy
from tests.forge.github.lab import Lab
from tests.forge.github.passes import ONE, Pass, fault
from tests.server.faults import FaultKind


class TestPublishing:
    def plan(self, one: Pass) -> Plan:
        state = one.reader.read(Policy())
        entries = tuple(
            Entry(
                pr=pr.number,
                title=pr.title,
                agent=None,
                head=pr.head,
                state=EntryState.BLOCKED,
                because="",
                criteria=(),
            )
            for pr in state.pull_requests
        )
        return Plan(repository="o/r", base=state.base, taken_at=0, entries=entries)

    def notice(self, one: Pass) -> Notice:
        return Notice(
            pr=ONE,
            head=one.sha("feature/a"),
            state=StatusState.FAILURE,
            description="blocked: it conflicts",
            comment="**Blocked**",
            new_comment=True,
        )

    def publish(self, one: Pass) -> object:
        with one.writer.lock():
            return one.writer.publish(self.plan(one), PassResult(), Report(notices=(self.notice(one),)))

    def test_what_was_said_once_is_not_said_again(self, lab: Lab) -> None:
        """A pass that finds nothing new writes nothing, not even a lock (I5)."""
        lab.pull("a")
        assert self.publish(Pass.reading(lab)) == Done()
        [status] = lab.repo.data.statuses_of(lab.repo.pull(1).head_sha)
        assert (status.context, status.state, status.description) == ("mergebot", "failure", "blocked: it conflicts")
        [comment] = lab.repo.pull(1).comments
        assert (comment.author, comment.body.splitlines()[0]) == ("mergebot[bot]", MARKER)
        assert {STATE, LOCK} & lab.repo.data.refs.keys() == {STATE}
        again = Pass.reading(lab)
        assert isinstance(self.publish(again), AlreadyDone)
        assert lab.hub.writes() == []

    def test_without_its_memory_it_finds_its_comment(self, lab: Lab) -> None:
        lab.pull("a")
        self.publish(Pass.reading(lab))
        lab.repo.comment(1, f"{MARKER}\nI am the bot", by="eve")
        lab.repo.store.update({STATE: None})
        assert self.publish(Pass.reading(lab)) == Done()
        assert [comment.author for comment in lab.repo.pull(1).comments] == ["mergebot[bot]", "eve"]

    @pytest.mark.parametrize("kind", [FaultKind.STATUS_AFTER, FaultKind.RESET_AFTER])
    def test_a_comment_whose_answer_got_lost_is_not_written_twice(self, lab: Lab, kind: FaultKind) -> None:
        lab.pull("a")
        one = Pass.reading(lab)
        fault(lab, kind, "POST", "/comments")
        assert self.publish(one) == Done()
        assert len(lab.repo.pull(1).comments) == 1

    def test_a_job_s_token_finds_its_own_comment_too(self, lab: Lab) -> None:
        lab.pull("a")
        self.publish(Pass.reading(lab, "actions"))
        lab.repo.store.update({STATE: None})
        self.publish(Pass.reading(lab, "actions"))
        assert len(lab.repo.pull(1).comments) == 1
