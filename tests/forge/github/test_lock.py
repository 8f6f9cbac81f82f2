"""The lock in `refs/mergebot/lock`: it saves the second pass's work, and never stands in the way for long."""

import os
from collections.abc import Sequence
from dataclasses import replace

import pytest

from mergebot.errors import LockedError, MergebotError
from mergebot.forge.github.lock import Lock
from mergebot.forge.github.session import LOCK
from mergebot.git.remote import PushedRef, PushState, RefUpdate
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.outcome import Done, Failed
from mergebot.model.plan import KeepTip
from tests.forge.github.desk import Desk
from tests.forge.github.locks import RUN, elsewhere, kill, raw


class TestWriting:
    def test_entering_writes_nothing_and_the_first_write_takes_it(self, desk: Desk) -> None:
        """A pass that finds nothing to do writes nothing (I5)."""
        lock = Lock(desk.session())
        with lock.entered():
            assert desk.refs(LOCK) == {}
            lock.take()
            assert LOCK in desk.refs()
            lock.take()
        assert desk.refs(LOCK) == {}, "and it is given back"

    def test_it_says_who_holds_it_and_since_when(self, desk: Desk) -> None:
        desk.environ.update(RUN)
        lock = Lock(desk.session())
        with lock.entered():
            lock.take()
            said = desk.box.git("log", "-1", "--format=%ct %B", LOCK)
        assert said.startswith(f"{desk.now:.0f} mergebot is at work\n")
        assert f"process: {os.getpid()}\n" in said
        assert "run: 77\nattempt: 1\nurl: https://github.com/o/r/actions/runs/77\n" in said

    def test_every_kind_of_write_takes_it_first(self, desk: Desk) -> None:
        session = desk.session()
        writer = desk.writer(session)
        seen: list[bool] = []
        real = session.mirror.remote.push

        def watched(moves: Sequence[RefUpdate]) -> tuple[PushedRef, ...]:
            seen.append(LOCK in desk.refs())
            return real(moves)

        session.mirror.remote.push = watched  # type: ignore[method-assign]
        with writer.lock():
            step = KeepTip(pr=PrNumber(1), tip=desk.box.sha("change"), reason="")
            assert writer.keep_tip(step) == Done()
        assert seen == [False, True, True], "the lock, the tip, the lock given back"

    def test_it_is_given_back_after_an_error_too(self, desk: Desk) -> None:
        lock = Lock(desk.session())

        def fails() -> None:
            with lock.entered():
                lock.take()
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fails()
        assert desk.refs(LOCK) == {}

    def test_it_is_not_taken_from_who_took_it_over(self, desk: Desk) -> None:
        """To give back is a compare-and-swap as well."""
        lock = Lock(desk.session())
        with lock.entered():
            lock.take()
            other = desk.box.sha("main")
            desk.box.git("update-ref", LOCK, other)
        assert desk.refs(LOCK) == {LOCK: other}

    def test_a_server_that_takes_no_such_refs_is_written_to_without_a_lock(self, desk: Desk) -> None:
        """It only saves work; that it is missing is said once."""
        desk.refuse("refs/mergebot/*", "denied")
        session = desk.session()
        lock = Lock(session)
        with lock.entered():
            lock.take()
            lock.take()
        [warning] = session.deeds.warnings
        assert "refs/mergebot/" in warning

    def test_outside_of_a_pass_nothing_is_locked(self, desk: Desk) -> None:
        Lock(desk.session()).take()
        assert desk.refs(LOCK) == {}


class TestHeldByAnother:
    def test_a_fresh_one_keeps_the_second_pass_out(self, desk: Desk) -> None:
        """Exit code 3 (contract 5)."""
        other = elsewhere(desk.session())
        with other.entered():
            other.take()
            with pytest.raises(LockedError, match=r"since 17:53:20 UTC \(process 1 on elsewhere\)"):
                Lock(desk.session()).entered().__enter__()

    def test_one_that_is_taken_meanwhile_stops_the_first_write(self, desk: Desk) -> None:
        mine, other = Lock(desk.session()), elsewhere(desk.session())
        with mine.entered(), other.entered():
            other.take()
            with pytest.raises(LockedError):
                mine.take()
        assert desk.refs(LOCK) == {}

    def test_the_error_passes_through_the_writer(self, desk: Desk) -> None:
        """A pass that meets another one ends; it is no failure of a step."""
        writer, other = desk.writer(), elsewhere(desk.session())
        with writer.lock(), other.entered():
            other.take()
            with pytest.raises(LockedError):
                writer.keep_tip(KeepTip(pr=PrNumber(1), tip=desk.box.sha("change"), reason=""))

    def test_an_old_one_is_taken_over(self, desk: Desk) -> None:
        """A pass that was killed holds nobody back for more than 20 minutes."""
        other = elsewhere(desk.session())
        kill(other)
        desk.now += 20 * 60 + 1
        lock = Lock(desk.session())
        with lock.entered():
            lock.take()
            assert "elsewhere" not in desk.box.git("log", "-1", "--format=%B", LOCK)
        assert desk.refs(LOCK) == {}

    def test_a_date_from_the_future_holds_nobody_back_for_ever(self, desk: Desk) -> None:
        other = elsewhere(desk.session())
        desk.now += 86_400
        kill(other)
        desk.now -= 86_400
        with Lock(desk.session()).entered():
            pass

    def test_a_long_pass_renews_it(self, desk: Desk) -> None:
        mine = elsewhere(desk.session())
        with mine.entered():
            mine.take()
            for _ in range(6):
                desk.now += 4 * 60
                mine.take()
            with pytest.raises(LockedError):
                Lock(desk.session()).entered().__enter__()

    def test_a_pass_whose_lock_was_taken_over_ends(self, desk: Desk) -> None:
        mine, other = elsewhere(desk.session()), elsewhere(desk.session())
        with mine.entered():
            mine.take()
            desk.now += 20 * 60 + 1
            with other.entered():
                other.take()
                with pytest.raises(LockedError):
                    mine.take()

    def test_what_is_no_lock_of_ours_holds_nobody_back(self, desk: Desk) -> None:
        desk.box.git("update-ref", LOCK, desk.box.sha("main"))
        lock = Lock(desk.session())
        with lock.entered():
            lock.take()
        assert desk.refs(LOCK) == {}

    @pytest.mark.parametrize(
        "text",
        [
            "mergebot is at work\n\nno line of ours\n",
            "mergebot is at work\n\nid:\nprocess: -1\n",
            "\x00\x01",
            "mergebot is at work",
        ],
    )
    def test_a_commit_that_says_nothing_of_use_holds_nobody_back(self, desk: Desk, text: str) -> None:
        """Who can write the ref could stop the queue by it, and who reads it is not to trip over it."""
        desk.box.git(
            "update-ref", LOCK, desk.box.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw(desk, text))
        )
        lock = Lock(desk.session())
        with lock.entered():
            lock.take()
        assert desk.refs(LOCK) == {}

    @pytest.mark.parametrize("what", ["blob", "tag"])
    def test_what_is_no_commit_holds_nobody_back(self, desk: Desk, what: str) -> None:
        blob = desk.box.git("hash-object", "-w", "--stdin", stdin=b"?")
        tag = desk.box.git("mktag", stdin=f"object {blob}\ntype blob\ntag x\ntagger a <b> 1 +0000\n\nx\n".encode())
        desk.box.git("update-ref", LOCK, blob if what == "blob" else tag)
        with Lock(desk.session()).entered():
            pass


class TestNoAnswer:
    def test_a_lock_that_stands_was_taken(self, desk: Desk) -> None:
        """The answer of a push may get lost on its way."""
        session = desk.session()
        real = session.mirror.remote.push

        def lossy(moves: Sequence[RefUpdate]) -> tuple[PushedRef, ...]:
            return tuple(replace(one, state=PushState.LOST) for one in real(moves))

        session.mirror.remote.push = lossy  # type: ignore[method-assign]
        lock = Lock(session)
        with lock.entered():
            lock.take()
            assert LOCK in desk.refs()
        assert desk.refs(LOCK) == {}

    def test_a_server_that_does_not_answer_is_an_error_of_the_step(self, desk: Desk) -> None:
        session = desk.session()
        writer = desk.writer(session)
        with writer.lock():
            desk.box.path.rename(desk.folder / "gone")
            outcome = writer.keep_tip(KeepTip(pr=PrNumber(1), tip=Sha("1" * 40), reason=""))
        assert isinstance(outcome, Failed)

    def test_entering_needs_the_server(self, desk: Desk) -> None:
        session = desk.session()
        desk.box.path.rename(desk.folder / "gone")
        with pytest.raises(MergebotError):
            Lock(session).entered().__enter__()
