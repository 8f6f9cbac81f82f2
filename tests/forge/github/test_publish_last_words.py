"""What could not be said is said by the next pass, once; and nobody keeps others from being told."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mergebot.errors import MergebotError
from mergebot.forge.github.comments import body_of
from mergebot.forge.github.errors import DeniedError, LimitedError, NoAnswerError
from mergebot.forge.github.memory import Memory, OwnComment, parse
from mergebot.forge.github.own_comments import digest_of
from mergebot.forge.github.session import MARKER, OwnStatus, SeenComment, Session
from mergebot.forge.github.standing import with_past
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.notice import Notice, Report, StatusState
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, PassResult
from mergebot.model.plan import Entry
from tests.builders import sha
from tests.forge.github.desk import Desk
from tests.forge.github.news import BLOCKED, HEAD, MINE, ONE, TWO, entry, new_desk, next_session, notice, plan, publish

LOCKED = DeniedError("not allowed", words="Unable to create comment because issue is locked.")
MERGED = notice(comment="Merged.", new_comment=True)
LIMITS: list[MergebotError] = [LimitedError("limited"), NoAnswerError("502")]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path)


def report(desk: Desk, session: Session, *notices: Notice, entries: tuple[Entry, ...] = ()) -> Outcome:
    """A pass at whose end #1 is known to be merged."""
    with (writer := desk.writer(session)).lock():
        what = Report(notices=notices, endings={ONE: "It is merged."}, farewell="It is gone.")
        return writer.publish(plan(*entries), PassResult(), what)


def comment(number: int = 1) -> dict[str, Any]:
    url = f"https://api.github.com/repos/o/r/issues/{number}"
    return {"id": 50, "user": MINE, "body": f"{MARKER}\nold words", "issue_url": url}


class TestOfWhatWasMerged:
    @pytest.mark.parametrize("error", LIMITS)
    def test_a_comment_that_could_not_be_edited_is_edited_by_the_next_pass(
        self, desk: Desk, error: MergebotError
    ) -> None:
        """Else it calls the PR waiting for ever."""
        publish(desk, desk.session(), BLOCKED)
        desk.script.on("GET", "/issues/comments/50", comment())
        desk.script.on("PATCH", "/issues/comments/50", error)
        assert isinstance(report(desk, next_session(desk), MERGED), Failed)
        desk.script.on("PATCH", "/issues/comments/50", {"id": 50})
        report(desk, next_session(desk))
        assert desk.script.bodies("PATCH")[-1] == {"body": f"{MARKER}\nIt is merged.\n"}
        assert isinstance(report(desk, next_session(desk)), AlreadyDone)

    @pytest.mark.parametrize("error", LIMITS)
    def test_a_comment_that_could_not_be_made_is_made_by_the_next_pass(self, desk: Desk, error: MergebotError) -> None:
        desk.script.on("POST", "/issues/1/comments", error)
        assert isinstance(report(desk, desk.session(), MERGED), Failed)
        desk.script.on("POST", "/issues/1/comments", {"id": 50})
        report(desk, next_session(desk))
        assert desk.script.bodies("POST")[-1] == {"body": f"{MARKER}\nIt is merged.\n"}
        desk.script.calls.clear()
        assert isinstance(report(desk, next_session(desk)), AlreadyDone)
        assert desk.script.writes() == []

    def test_who_does_not_know_its_own_name_for_once_forgets_no_comment(self, desk: Desk) -> None:
        publish(desk, desk.session(), BLOCKED)
        nameless = next_session(desk)
        nameless.seen.viewer = replace(nameless.seen.viewer, login="")
        report(desk, nameless)
        assert set(next_session(desk).seen.memory.comments) == {1}


class TestLockedConversations:
    def test_three_of_them_keep_no_other_from_being_told(self, desk: Desk) -> None:
        numbers = [PrNumber(number) for number in range(1, 6)]
        for number in numbers:
            desk.script.on("GET", f"/issues/{number}/comments", [])
            desk.script.on("POST", f"/issues/{number}/comments", LOCKED if number < 5 else {"id": 55})
        session = desk.session()
        outcome = publish(
            desk, session, *(replace(BLOCKED, pr=number) for number in numbers), entries=tuple(map(entry, numbers))
        )
        assert isinstance(outcome, Failed)
        assert session.seen.memory.comments[PrNumber(5)].id == 55

    def test_the_same_words_are_tried_once(self, desk: Desk) -> None:
        """A pass that finds nothing to do is not to fail, nor to take the lock, for a door that somebody has closed."""
        desk.script.on("POST", "/issues/1/comments", LOCKED)
        assert isinstance(report(desk, desk.session(), BLOCKED, entries=(entry(1),)), Failed)
        session = next_session(desk)
        session.seen.statuses = {ONE: OwnStatus(head=HEAD, state="failure", description="blocked")}
        session.seen.comments = {ONE: None}
        assert isinstance(report(desk, session, BLOCKED, entries=(entry(1),)), AlreadyDone)
        report(desk, next_session(desk))
        assert isinstance(report(desk, next_session(desk)), AlreadyDone), "nor when it has left"
        desk.script.on("POST", "/issues/1/comments", {"id": 50})
        session = next_session(desk)
        report(desk, session, replace(BLOCKED, comment="other words"), entries=(entry(1),))
        assert session.seen.memory.comments[ONE].id == 50


class TestAnotherAccount:
    def test_out_of_reach_it_is_followed_by_one_of_its_own(self, desk: Desk) -> None:
        """Platform: an App may not edit what a person has written."""
        theirs = SeenComment(id=40, body=body_of(BLOCKED), foreign=False, mine=False)
        session = desk.session(comments={ONE: theirs})
        session.seen.memory = Memory(comments={ONE: OwnComment(id=40, digest=digest_of(theirs.body))})
        desk.script.on("PATCH", "/issues/comments/40", DeniedError("not accessible", words="not accessible"))
        outcome = report(desk, session, replace(BLOCKED, comment="other words"), entries=(entry(1),))
        assert isinstance(outcome, Done)
        assert session.seen.memory.comments[ONE].id == 50

    def test_what_is_not_shown_yet_is_asked_for_by_its_number(self, desk: Desk) -> None:
        """Platform: lists lag behind; a second comment would stay for ever."""
        session = desk.session(comments={ONE: None})
        session.seen.memory = Memory(comments={ONE: OwnComment(id=50, digest="old")})
        desk.script.on("GET", "/issues/comments/50", comment())
        report(desk, session, BLOCKED, entries=(entry(1),))
        assert ("POST", "/issues/1/comments") not in desk.script.writes()
        assert len(desk.script.bodies("PATCH")) == 1


class TestOneHead:
    """A commit has one status of a context, of however many PRs it is the head."""

    def test_two_do_not_take_it_from_each_other(self, desk: Desk) -> None:
        said = self.settled(desk, notice(1), notice(2, head=HEAD, state=StatusState.FAILURE, description="blocked: b"))
        assert said == {"state": "failure", "context": "mergebot", "description": "#2 blocked: b"}

    def test_one_that_nobody_has_asked_for_does_not_speak_for_the_other(self, desk: Desk) -> None:
        ignored = notice(1, description="not in the queue: add the label", new_status=False)
        said = self.settled(desk, ignored, notice(2, head=HEAD))
        assert said["description"] == "#2 waiting: its checks are running"

    def settled(self, desk: Desk, *notices: Notice) -> Any:  # noqa: ANN401 (JSON)
        """What is said at the end of the second pass, which writes nothing."""
        entries = (entry(1), entry(2))
        said = OwnStatus(head=HEAD, state="pending", description="old")
        publish(desk, desk.session(statuses={ONE: said, TWO: said}), *notices, entries=entries)
        [body] = desk.script.bodies("POST")
        session, said = next_session(desk), replace(said, state=body["state"], description=body["description"])
        session.seen.statuses = {ONE: said, TWO: said}
        assert isinstance(publish(desk, session, *notices, entries=entries), AlreadyDone)
        return body

    def test_one_that_has_left_the_queue_is_called_blocked_no_longer(self, desk: Desk) -> None:
        """Somebody has pointed it at another branch: a red status would stay there for ever."""
        said = OwnStatus(head=sha(12), state="failure", description="blocked: tests failed")
        session = desk.session(statuses={TWO: said}, bases={TWO: Branch("develop")})
        publish(desk, session, entries=())
        [body] = desk.script.bodies("POST")
        assert (body["state"], body["description"]) == ("pending", "not in the queue: it is open into develop")


class TestAMemoryThatAStrangerWrote:
    """Whoever may push can write it: it must stop no pass."""

    @pytest.mark.parametrize("key", ["9" * 5000, "0", "-1", "\u0664", "1" * 19])
    def test_what_is_no_number_is_left_out(self, key: str) -> None:
        prs = {key: {"comment": {"id": 1, "digest": "x"}}}
        assert parse(json.dumps({"schema": 1, "prs": prs}).encode()) == Memory()

    @pytest.mark.parametrize("number", ["1" * 4000, "-1", "true", "1.5", "1e400", "NaN"])
    def test_nor_is_a_comment_that_cannot_be(self, number: str) -> None:
        item = f'{{"comment": {{"id": {number}, "digest": "x"}}, "answered": [{number}]}}'
        assert parse(f'{{"schema": 1, "order": [{number}], "prs": {{"7": {item}}}}}'.encode()) == Memory()

    @pytest.mark.parametrize("more", ["[" * 900 + "]" * 900, "NaN", "{}"])
    def test_of_a_merged_agent_only_what_mergebot_writes_is_kept(self, more: str) -> None:
        old = f'{{"agents": {{"a": {{"status": "merged", "pr": 1, "x": {more}, "branch": {more}}}}}}}'
        kept = with_past(b'{"agents": {}}', old.encode())
        assert b'"a": {\n      "status": "merged",\n      "pr": 1\n    }' in kept
