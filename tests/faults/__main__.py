"""`make faults`: plays every case on every core, prints each that does not end well, and a table at its end.

Every case is played in this process; over sockets those that are about sockets, and a part of the others.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from tests.faults.kinds import KINDS
from tests.faults.playing import GIT_FAILS, KILLED, Case, Played, Player
from tests.faults.stage import Stage
from tests.faults.stories import STORIES
from tests.faults.ways import WAYS
from tests.hermetic import seal
from tests.server.hub import GitHub

CHUNK = 12
"""So many cases are given to a process at once."""

WAITING = "read: time-out"
"""Over sockets it is really waited for: other processes do that, of which several may wait at once."""

PART = 120
"""Of those that are played over sockets too, one in so many."""

ALL = (KILLED, GIT_FAILS, *KINDS)

_players: dict[tuple[str, str], Player] = {}


def player(way: str, story: str) -> Player:
    """The player of a story; recorded once in each process."""
    if (way, story) not in _players:
        memory = Path("/dev/shm")  # noqa: S108 (a disk in memory, where there is one: nothing here has to last)
        base = Path(tempfile.mkdtemp(prefix="mergebot-faults-", dir=memory if os.access(memory, os.W_OK) else None))
        (base / "home").mkdir()
        seal(pytest.MonkeyPatch(), base / "home")
        stage = Stage.record(STORIES[story], base, GitHub.start(base / "hub"), WAYS[way])
        _players[way, story] = Player(way, story, stage)
    return _players[way, story]


def listed(way: str, story: str, kinds: Sequence[str], *, every: int, turn: int) -> list[Case]:
    """The cases of a story; over sockets of those that need no sockets every n-th, in each of n turns others."""
    here = player(way, story)
    every_case = [case for kind in kinds for case in here.cases(kind)]
    step = here.stage.story.fails_every
    fails = [case for case in every_case if case.kind == GIT_FAILS][turn % step :: step]
    found = [case for case in every_case if case.kind != GIT_FAILS] + fails
    if here.stage.way.is_near:
        return found
    needed = [case for case in found if here.is_of_sockets(case)]
    return needed + [case for case in found if not here.is_of_sockets(case)][turn % every :: every]


def played(cases: Sequence[Case]) -> list[Played]:
    """What comes of these."""
    return [one for case in cases for one in player(case.way, case.story).play(case)]


@dataclass
class Row:
    """What is known of a kind so far."""

    tried: int = 0
    runs: int = 0
    passes: Counter[int] = field(default_factory=Counter)
    problems: list[Played] = field(default_factory=list)

    def add(self, one: Played) -> None:
        """Count one more run."""
        self.tried += len(one.struck)
        self.runs += 1
        if one.problem:
            self.problems.append(one)
        else:
            self.passes[one.passes] += len(one.struck)

    def __str__(self) -> str:
        recovered = f"{self.passes[0]:>7} {self.passes[1]:>7} {self.passes[2]:>7}"
        return f"{self.tried:>7} {self.runs:>6} {recovered} {len(self.problems):>7}"


def main() -> int:
    """Run what the command line asks for; 1 where a case did not end well."""
    asked = _arguments()
    if asked.case:
        way, story, number, kind, at = asked.case.split("/", 4)
        results = played([Case(way, story, int(number), kind, tuple(map(int, at.split(","))))])
        _say("\n".join(map(str, results)))
        return int(any(one.problem for one in results))
    kinds = [kind for kind in ALL if not asked.kind or asked.kind in kind]
    failed = 0
    for way in asked.way or WAYS:
        started = time.monotonic()
        table: dict[str, Row] = {}
        for one in _all_played(way, kinds, asked):
            table.setdefault(one.case.kind, Row()).add(one)
            if one.problem:
                _say(f"NOT RECOVERED {one.case}\n    {one.problem}")
        failed |= _report(way, table, time.monotonic() - started)
    return failed


def _all_played(way: str, kinds: Sequence[str], asked: argparse.Namespace) -> Iterator[Played]:
    with ProcessPoolExecutor(asked.jobs) as pool, ProcessPoolExecutor(asked.jobs) as waiters:
        stories = asked.story or STORIES
        lists = [pool.submit(listed, way, story, kinds, every=asked.every, turn=asked.turn) for story in stories]
        slow, quick = list[Case](), list[Case]()
        for story, found in zip(stories, lists, strict=True):
            cases = found.result()
            _say(f"{way}, {story}: {len(cases)} runs, {sum(len(case.at) for case in cases)} faults")
            for case in cases:
                (slow if case.kind == WAITING and not WAYS[way].is_near else quick).append(case)
        work = [waiters.submit(played, [case]) for case in slow]
        work += [pool.submit(played, quick[start : start + CHUNK]) for start in range(0, len(quick), CHUNK)]
        for done in as_completed(work):
            yield from done.result()


def _report(way: str, table: dict[str, Row], seconds: float) -> int:
    """Print the table; 1 where something has not recovered."""
    _say(f"\n{way:36} {'':>7} {'':>6} {'recovered in so many further passes':>23}")
    _say(f"{'fault':36} {'tried':>7} {'runs':>6} {'0':>7} {'1':>7} {'2':>7} {'not':>7}")
    for kind in ALL:
        if kind in table:
            _say(f"{kind:36} {table[kind]}")
    whole = Row()
    for row in table.values():
        whole.tried, whole.runs = whole.tried + row.tried, whole.runs + row.runs
        whole.passes += row.passes
        whole.problems += row.problems
    _say(f"{'all':36} {whole}")
    words = "all recovered" if not whole.problems else f"{len(whole.problems)} NOT RECOVERED"
    _say(f"\n{whole.tried} faults in {whole.runs} runs: {words}; {seconds:.0f} s, {whole.tried / seconds:.1f} a second")
    return int(bool(whole.problems))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--story", action="append", choices=STORIES, help="only this one (may be given again)")
    parser.add_argument("--kind", default="", help="only kinds of fault with this in their name")
    parser.add_argument("--way", action="append", choices=WAYS, help="only this one (may be given again)")
    parser.add_argument(
        "--every", type=int, default=PART, metavar="N",
        help=f"over sockets, of what is no matter of sockets, only every N-th run (default: {PART})",
    )  # fmt: skip
    today = date.today().toordinal()  # noqa: DTZ011 (another part each day, wherever)
    parser.add_argument(
        "--turn", type=int, default=today, metavar="K", help="which of the N parts (default: another each day)"
    )
    jobs = (os.cpu_count() or 2) + 1  # now and then one only waits
    parser.add_argument("--jobs", type=int, default=jobs, help="processes (default: one more than cores)")
    parser.add_argument("--case", help="one case again, as it was printed")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
