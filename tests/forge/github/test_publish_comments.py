"""The one comment on a PR: found by account and marker, edited in place, written only if it changed (I5)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mergebot.errors import MergebotError
from mergebot.forge.github.comments import LIMIT, body_of
from mergebot.forge.github.errors import DeniedError, MissingError, NoAnswerError
from mergebot.forge.github.memory import Memory, OwnComment
from mergebot.forge.github.own_comments import digest_of
from mergebot.forge.github.session import MARKER, OwnStatus
from mergebot.model.outcome import AlreadyDone, Done, Failed
from tests.forge.github.desk import Desk
from tests.forge.github.news import (
    BLOCKED,
    HEAD,
    MINE,
    ONE,
    TWO,
    entry,
    new_desk,
    next_session,
    notice,
    publish,
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path)


class TestComments:
    def test_a_new_one_has_the_marker_on_its_first_line(self, desk: Desk) -> None:
        session = desk.session()
        publish(desk, session, BLOCKED)
        body = desk.script.bodies("POST")[1]["body"]
        assert body == f"{MARKER}\n**Blocked**: it conflicts.\n"
        assert session.seen.memory.comments == {ONE: OwnComment(id=50, digest=digest_of(body))}

    def test_the_same_words_are_not_written_twice(self, desk: Desk) -> None:
        publish(desk, desk.session(), BLOCKED)
        desk.script.calls.clear()
        session = next_session(desk)
        session.seen.statuses = {ONE: OwnStatus(head=HEAD, state="failure", description="blocked")}
        assert isinstance(publish(desk, session, BLOCKED), AlreadyDone)
        assert desk.script.calls == [], "not even looked for"

    def test_other_words_are_put_into_the_same_comment(self, desk: Desk) -> None:
        publish(desk, desk.session(), BLOCKED)
        desk.script.on("GET", "/issues/comments/50", self.comment())
        assert publish(desk, next_session(desk), notice(comment="It waits.")) == Done()
        assert desk.script.bodies("PATCH") == [{"body": f"{MARKER}\nIt waits.\n"}]

    def test_nobody_is_disturbed_where_nobody_has_to_act(self, desk: Desk) -> None:
        publish(desk, desk.session(), notice(comment="It waits."))
        assert [path for _, path, _ in desk.script.calls] == [f"/statuses/{HEAD}"], "nor asked for"

    def test_without_a_memory_the_old_one_is_found_again(self, desk: Desk) -> None:
        desk.script.on("GET", "/issues/1/comments", [self.comment(49, body="hi"), self.comment(50), self.comment(51)])
        session = desk.session()
        publish(desk, session, BLOCKED)
        assert ("PATCH", "/issues/comments/50") in desk.script.writes()
        assert session.seen.memory.comments[ONE].id == 50

    def test_one_that_is_found_with_the_same_words_is_left(self, desk: Desk) -> None:
        """GitHub may give the line ends of Windows back."""
        found = self.comment(body=body_of(BLOCKED).replace("\n", "\r\n"))
        desk.script.on("GET", "/issues/1/comments", [found])
        publish(desk, desk.session(), BLOCKED)
        assert desk.script.bodies("PATCH") == []
        assert ("POST", "/issues/1/comments") not in desk.script.writes()

    @pytest.mark.parametrize(
        "changes",
        [
            {"user": {"login": "mallory", "type": "User"}},
            {"user": {"login": "mergebot", "type": "User"}},
            {"user": None},
            {"body": f"see:\n{MARKER}\n"},
        ],
    )
    @pytest.mark.parametrize("remembered", [True, False])
    def test_a_strangers_comment_is_never_touched(
        self, desk: Desk, changes: dict[str, Any], *, remembered: bool
    ) -> None:
        """A marker proves nothing, and mergebot's memory can be written by others: the account counts."""
        desk.script.on("GET", "/issues/1/comments", [self.comment(50, **changes)])
        desk.script.on("GET", "/issues/comments/50", self.comment(50, **changes))
        desk.script.on("POST", "/issues/1/comments", {"id": 60})
        session = desk.session()
        if remembered:
            session.seen.memory = Memory(comments={ONE: OwnComment(id=50, digest="old")})
        publish(desk, session, BLOCKED)
        assert desk.script.bodies("PATCH") == []
        assert session.seen.memory.comments[ONE].id == 60

    def test_a_remembered_comment_of_another_pr_is_not_taken_for_this_one(self, desk: Desk) -> None:
        desk.script.on(
            "GET", "/issues/comments/50", self.comment(issue_url="https://api.github.com/repos/o/r/issues/11")
        )
        session = desk.session()
        session.seen.memory = Memory(comments={ONE: OwnComment(id=50, digest="old")})
        publish(desk, session, BLOCKED)
        assert desk.script.bodies("PATCH") == []

    def test_one_that_was_deleted_is_written_anew(self, desk: Desk) -> None:
        desk.script.on("GET", "/issues/comments/40", MissingError("404"))
        session = desk.session()
        session.seen.memory = Memory(comments={ONE: OwnComment(id=40, digest="old")})
        publish(desk, session, BLOCKED)
        assert session.seen.memory.comments[ONE].id == 50

    def test_an_answer_that_got_lost_makes_no_second_one(self, desk: Desk) -> None:
        desk.script.on("GET", "/issues/1/comments", [], [self.comment(70)])
        desk.script.on("POST", "/issues/1/comments", NoAnswerError("502"))
        session = desk.session()
        assert publish(desk, session, BLOCKED) == Done()
        assert session.seen.memory.comments[ONE].id == 70
        assert desk.script.writes().count(("POST", "/issues/1/comments")) == 1

    def test_one_that_is_far_too_long_is_cut(self, desk: Desk) -> None:
        publish(desk, desk.session(), replace(BLOCKED, comment="x" * 70_000))
        body = desk.script.bodies("POST")[1]["body"]
        assert len(body) == LIMIT
        assert body.endswith("(cut)")

    @pytest.mark.parametrize("error", [DeniedError("the conversation is locked", words="locked"), NoAnswerError("503")])
    def test_one_that_fails_keeps_no_other_back(self, desk: Desk, error: MergebotError) -> None:
        desk.script.on("GET", "/issues/2/comments", [])
        desk.script.on("POST", "/issues/1/comments", error)
        desk.script.on("POST", "/issues/2/comments", {"id": 51})
        session = desk.session()
        second = replace(BLOCKED, pr=TWO)
        outcome = publish(desk, session, BLOCKED, second, entries=(entry(1), entry(2)))
        assert isinstance(outcome, Failed)
        assert "the comment on #1" in outcome.reason
        assert session.seen.memory.comments[TWO].id == 51

    def test_a_failure_does_not_make_it_forget_the_comment(self, desk: Desk) -> None:
        desk.script.on("GET", "/issues/comments/50", self.comment())
        desk.script.on("PATCH", "/issues/comments/50", NoAnswerError("502"))
        session = desk.session()
        known = OwnComment(id=50, digest="old")
        session.seen.memory = Memory(comments={ONE: known})
        publish(desk, session, BLOCKED)
        assert session.seen.memory.comments == {ONE: known}

    def test_who_does_not_know_its_own_name_writes_none(self, desk: Desk) -> None:
        """It could not find its own again, and would write another each time."""
        publish(desk, desk.session(login=""), BLOCKED)
        assert ("POST", "/issues/1/comments") not in desk.script.writes()

    def comment(self, number: int = 50, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 (a builder)
        fields: dict[str, Any] = {
            "id": number,
            "user": MINE,
            "body": f"{MARKER}\nold words",
            "issue_url": "https://api.github.com/repos/o/r/issues/1",
        }
        return {**fields, **changes}
