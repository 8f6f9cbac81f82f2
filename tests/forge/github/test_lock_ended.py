"""A lock whose holder has ended is taken over at once; whoever may live still holds it."""

import os
import subprocess
import sys

import pytest

from mergebot.errors import LockedError
from mergebot.forge.github.errors import NoAnswerError
from mergebot.forge.github.lock import Lock
from tests.forge.github.desk import Desk
from tests.forge.github.locks import RUN, kill


class TestTheRunHasEnded:
    def locked(self, desk: Desk) -> None:
        """By a run of Actions that was cancelled."""
        desk.environ.update(RUN)
        other = Lock(desk.session())
        other._me = other._me.__class__(id="y", host="runner", machine="gone", process=1, run=77, attempt=1)
        kill(other)

    def test_it_is_taken_over_at_once(self, desk: Desk) -> None:
        """A cancelled run must not hold the queue up for 20 minutes."""
        self.locked(desk)
        desk.script.on("GET", "/actions/runs/77", {"id": 77, "status": "completed", "run_attempt": 1})
        with Lock(desk.session()).entered():
            pass

    def test_a_later_attempt_is_another_pass(self, desk: Desk) -> None:
        self.locked(desk)
        desk.script.on("GET", "/actions/runs/77", {"id": 77, "status": "in_progress", "run_attempt": 2})
        with Lock(desk.session()).entered():
            pass

    @pytest.mark.parametrize(
        "answer",
        [
            {"id": 77, "status": "in_progress", "run_attempt": 1},
            NoAnswerError("503"),
            {"id": 8, "status": "completed"},
            None,
        ],
    )
    def test_one_that_goes_on_or_cannot_be_asked_for_holds(self, desk: Desk, answer: object) -> None:
        self.locked(desk)
        desk.script.on("GET", "/actions/runs/77", answer)
        with pytest.raises(LockedError):
            Lock(desk.session()).entered().__enter__()

    def test_a_run_of_another_repository_is_not_asked_for(self, desk: Desk) -> None:
        desk.environ.update(RUN | {"GITHUB_REPOSITORY": "o/bots"})
        lock = Lock(desk.session())
        assert (lock._me.run, lock._me.url) == (0, "")


class TestTheProcessHasEnded:
    def dead_process(self) -> int:
        done = subprocess.Popen([sys.executable, "-c", ""])
        done.wait()
        return done.pid

    def test_on_the_same_machine_it_is_taken_over_at_once(self, desk: Desk) -> None:
        """A pass that was killed on a laptop must not lock its owner out."""
        other = Lock(desk.session())
        other._me = other._me.__class__(id="z", host="here", machine=other._me.machine, process=self.dead_process())
        kill(other)
        with Lock(desk.session()).entered():
            pass

    def test_a_living_process_holds(self, desk: Desk) -> None:
        other = Lock(desk.session())
        with other.entered():
            other.take()
            with pytest.raises(LockedError):
                Lock(desk.session()).entered().__enter__()

    def test_whose_number_another_process_has_now_it_holds_until_it_is_old(self, desk: Desk) -> None:
        """A number alone does not tell a pass from who got its number since: so it is waited for, but not for ever."""
        other = Lock(desk.session())
        other._me = other._me.__class__(id="z", host="here", machine=other._me.machine, process=os.getpid())
        kill(other)
        with pytest.raises(LockedError):
            Lock(desk.session()).entered().__enter__()
        desk.now += 20 * 60 + 1
        with Lock(desk.session()).entered():
            pass

    def test_after_a_restart_of_the_machine_its_numbers_mean_nothing(self, desk: Desk) -> None:
        """The same host with another boot is another machine: the process that has that number now is not asked."""
        other = Lock(desk.session())
        other._me = other._me.__class__(id="z", host="here", machine="before the restart", process=self.dead_process())
        kill(other)
        with pytest.raises(LockedError):
            Lock(desk.session()).entered().__enter__()

    def test_nothing_is_known_of_other_machines(self, desk: Desk) -> None:
        other = Lock(desk.session())
        other._me = other._me.__class__(id="z", host="there", machine="other", process=self.dead_process())
        kill(other)
        with pytest.raises(LockedError):
            Lock(desk.session()).entered().__enter__()
