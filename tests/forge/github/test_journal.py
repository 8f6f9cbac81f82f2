"""The journal on a server: appended by compare-and-swap, after whatever stands there, and never with a secret in it."""

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from mergebot.errors import AccessError, GitError, LockedError
from mergebot.forge.github import journal as github_journal
from mergebot.forge.github.session import JOURNAL, Session
from mergebot.git import journal
from mergebot.git.remote import PushedRef, PushState, RefUpdate
from mergebot.git.repository import Identity, Repository
from mergebot.model.ids import Sha
from mergebot.model.journal import Journal
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome
from tests.forge.github.desk import Desk
from tests.forge.github.locks import elsewhere

TOKEN = "s3cr3t-of-no-known-kind"  # noqa: S105 (made up)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.script.secrets = lambda: [TOKEN]  # type: ignore[attr-defined]
    return desk


def line(text: str) -> str:
    return json.dumps({"said": text}, separators=(",", ":"))


def said(desk: Desk) -> list[str]:
    """What stands there, by the texts of its lines."""
    tip = Sha(desk.refs(JOURNAL)[JOURNAL])
    lines = journal.as_lines(Repository.open(desk.box.path), tip).lines
    return [json.loads(one)["said"] for one in lines]


def record(desk: Desk, *texts: str, session: Session | None = None) -> Outcome:
    writer = desk.writer(session or desk.session())
    with writer.lock():
        return writer.record([line(text) for text in texts])


def append_elsewhere(desk: Desk, text: str) -> None:
    """Another pass appends."""
    repository = Repository.open(desk.box.path)
    tip = repository.refs(JOURNAL).get(JOURNAL)
    new = journal.append(repository, tip, [line(text).encode()], Identity(when=0))
    desk.box.git("update-ref", JOURNAL, new)


def before_push(session: Session, act: Callable[[], object], *, times: int = 1) -> None:
    """Something happens right before each of the first pushes of the journal."""
    real, left = session.mirror.remote.push, [None] * times

    def raced(moves: Sequence[RefUpdate]) -> tuple[PushedRef, ...]:
        if moves[0].ref == JOURNAL and left:
            left.pop()
            act()
        return real(moves)

    session.mirror.remote.push = raced  # type: ignore[method-assign]


class TestAppending:
    def test_each_pass_appends_to_what_stands_there(self, desk: Desk) -> None:
        assert (record(desk, "one"), record(desk, "two", "three")) == (Done(), Done())
        assert said(desk) == ["one", "two", "three"]
        assert desk.box.git("rev-list", "--count", JOURNAL) == "2"

    def test_within_a_pass_nothing_is_read_again(self, desk: Desk) -> None:
        """What it has pushed itself it knows."""
        session = desk.session()
        record(desk, "one", session=session)

        def fetched(shas: object) -> frozenset[Sha]:
            raise AssertionError(shas)

        session.mirror.fetch = fetched  # type: ignore[method-assign]
        assert record(desk, "two", session=session) == Done()
        assert said(desk) == ["one", "two"]

    def test_nothing_is_pushed_for_nothing(self, desk: Desk) -> None:
        assert isinstance(record(desk), AlreadyDone)
        assert desk.refs("refs/mergebot/") == {}

    def test_the_newest_lines_are_at_hand_without_the_older_segments(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(journal, "SEGMENT", 40)
        record(desk, "a" * 20)
        record(desk, "b" * 20)
        session = desk.session()
        asked: list[Sha] = []

        def fetched(blobs: Iterable[Sha]) -> None:
            asked.extend(blobs)

        session.mirror.fetch_blobs = fetched  # type: ignore[method-assign]
        assert desk.writer(session).recorded() == (line("b" * 20).encode(),)
        assert asked == [desk.box.git("rev-parse", f"{JOURNAL}:journal.jsonl")]
        assert record(desk, "c" * 20, session=session) == Done()
        assert said(desk) == ["a" * 20, "b" * 20, "c" * 20]

    def test_a_clone_without_the_older_segments_appends_and_begins_new_ones(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """They are carried on by their names: a job of Actions begins with an empty clone each time."""
        monkeypatch.setattr(journal, "SEGMENT", 40)
        for letter in "abc":
            record(desk, letter * 20)
        for letter in "def":
            shutil.rmtree(desk.folder / "mirror.git")
            session = desk.session()
            assert record(desk, letter, session=session) == Done()
            assert record(desk, letter * 20, session=session) == Done()
        assert said(desk) == [letter * 20 for letter in "abc"] + ["d", "d" * 20, "e", "e" * 20, "f", "f" * 20]


class TestRaces:
    def test_who_comes_second_appends_to_the_first(self, desk: Desk) -> None:
        session = desk.session()
        before_push(session, lambda: append_elsewhere(desk, "theirs"))
        assert record(desk, "ours", session=session) == Done()
        assert said(desk) == ["theirs", "ours"]

    def test_others_who_append_each_time_are_not_waited_for_without_end(self, desk: Desk) -> None:
        session = desk.session()
        before_push(session, lambda: append_elsewhere(desk, "theirs"), times=99)
        outcome = record(desk, "ours", session=session)
        assert isinstance(outcome, Failed)
        assert said(desk) == ["theirs"] * github_journal.TRIES

    def test_a_journal_that_is_taken_away_meanwhile_is_begun_anew(self, desk: Desk) -> None:
        record(desk, "one")
        session = desk.session()
        before_push(session, lambda: desk.box.git("update-ref", "-d", JOURNAL))
        assert record(desk, "two", session=session) == Done()
        assert said(desk) == ["two"]

    def test_a_push_that_arrived_without_an_answer_is_not_made_twice(self, desk: Desk) -> None:
        """Also where others have appended to it since."""
        session = desk.session()
        real = session.mirror.remote.push

        def lost(moves: Sequence[RefUpdate]) -> tuple[PushedRef, ...]:
            answers = real(moves)
            if moves[0].ref != JOURNAL:
                return answers
            append_elsewhere(desk, "theirs")
            return (PushedRef(ref=JOURNAL, state=PushState.LOST),)

        session.mirror.remote.push = lost  # type: ignore[method-assign]
        assert record(desk, "ours", session=session) == Done()
        assert said(desk) == ["ours", "theirs"]
        session.mirror.remote.push = real  # type: ignore[method-assign]
        assert record(desk, "more", session=session) == Done()
        assert said(desk) == ["ours", "theirs", "more"]


class TestRefused:
    def test_a_server_that_takes_no_such_refs_is_asked_once(self, desk: Desk) -> None:
        desk.refuse("refs/mergebot/*", "denied")
        session = desk.session()
        writer = desk.writer(session)
        with writer.lock():
            assert isinstance(writer.record([line("one")]), AlreadyDone)
            assert isinstance(writer.record([line("two")]), AlreadyDone)
        assert len(session.deeds.warnings) == 1

    def test_what_else_goes_wrong_is_a_failure_that_says_so(self, desk: Desk) -> None:
        session = desk.session()

        def fails(_moves: Sequence[RefUpdate]) -> tuple[PushedRef, ...]:
            raise AccessError("not let in", hint="a right is missing")

        session.mirror.remote.push = fails  # type: ignore[method-assign,assignment]
        assert record(desk, "one", session=session) == Failed(reason="not let in", hint="a right is missing")

    def test_another_pass_at_work_ends_this_one(self, desk: Desk) -> None:
        writer, other = desk.writer(), elsewhere(desk.session())
        with writer.lock(), other.entered():
            other.take()
            with pytest.raises(LockedError):
                writer.record([line("one")])
        assert JOURNAL not in desk.refs()


class TestSecrets:
    def test_no_text_of_a_line_has_a_secret(self, desk: Desk) -> None:
        """Mergebot's own token, and whatever looks like one (I6); the rest of the line stays as it was."""
        other = "github_pat_11ABCDEFG0123456789"
        text = json.dumps({"said": "x", "a": [f"see {TOKEN}!"], "b": {"c": f'"{other}"', "d": 7, "e": None}})
        writer = desk.writer()
        with writer.lock():
            writer.record([text])
        [raw] = desk.box.git("cat-file", "blob", f"{JOURNAL}:journal.jsonl").splitlines()
        assert json.loads(raw) == {"said": "x", "a": ["see ***!"], "b": {"c": '"***"', "d": 7, "e": None}}

    def test_a_secret_in_an_address_takes_nothing_along(self, desk: Desk) -> None:
        """What looks like a login in a URL ends with its text, not with the next `@` of the line."""
        writer = desk.writer()
        text = json.dumps({"said": "https://me:pw@host", "url": "https://host", "by": "someone@else"})
        with writer.lock():
            writer.record([text])
        [raw] = desk.box.git("cat-file", "blob", f"{JOURNAL}:journal.jsonl").splitlines()
        assert json.loads(raw) == {"said": "https://***@host", "url": "https://host", "by": "someone@else"}


class TestReading:
    def test_there_may_be_none(self, desk: Desk) -> None:
        assert github_journal.read(desk.session()) == Journal()

    def test_every_segment_is_read(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(journal, "SEGMENT", 40)
        for letter in "abc":
            record(desk, letter * 20)
        found = github_journal.read(desk.session())
        assert [json.loads(one)["said"] for one in found.lines] == ["a" * 20, "b" * 20, "c" * 20]
        assert (found.tip, found.faults) == (desk.refs(JOURNAL)[JOURNAL], ())

    def test_what_is_no_journal_is_said(self, desk: Desk) -> None:
        desk.box.git("update-ref", JOURNAL, desk.box.git("hash-object", "-w", "--stdin", stdin=b"x"))
        [fault] = github_journal.read(desk.session()).faults
        assert "is no journal" in fault

    def test_a_broken_one_hides_nothing_of_the_server(self, desk: Desk) -> None:
        """That the server gave no answer is no empty journal."""
        session = desk.session()

        def fails(*_names: str) -> object:
            raise GitError("no answer")

        session.mirror.remote.refs = fails  # type: ignore[method-assign,assignment]
        with pytest.raises(GitError):
            github_journal.read(session)

    def test_what_landed_since_is_told_by_the_subjects(self, desk: Desk, tmp_path: Path) -> None:
        del tmp_path
        base = desk.box.sha("main")
        landed = desk.squashed()
        session = desk.session()
        assert github_journal.landed_since(session, session.seen.base or base, base) == {1: landed}  # type: ignore[arg-type]
