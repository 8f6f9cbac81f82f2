"""Two real processes of mergebot on one repository at once, and a scheduler that draws who goes on.

On GitHub the server holds every request back until the scheduler lets it go. Locally each process stops itself
(SIGSTOP) before some of its writes until it is let go. `python -m tests.scenarios.two_passes --seeds 200` plays many.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.model_world.play import hermetic
from tests.scenarios.github_faults import Kept
from tests.scenarios.github_world import NAME, GithubWorld
from tests.scenarios.test_killed import fleet
from tests.scenarios.world import World
from tests.server.faults import Exchange, Fault, FaultKind
from tests.server.hub import GitHub

ROOT = Path(__file__).parents[2]
FIRST, SECOND = "first", "second"
NEXT_WITHIN = 1.0
"""Seconds within which a process asks again; who takes longer is taken to be at work on its own."""
LONGEST = 240.0
STAYS = 0.6
"""How likely the same process goes on."""


def environment() -> dict[str, str]:
    """For processes of mergebot: measuring what they cover would take most of the time."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")}


@dataclass
class Gate:
    """Holds requests back, one of each process at most. `order`: who went on, one letter a request."""

    chance: random.Random
    tokens: dict[str, str]
    order: str = ""
    _waiting: dict[str, threading.Event] = field(default_factory=dict)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _here: threading.local = field(default_factory=threading.local)

    def fault(self) -> Fault:
        """What the server does to each request: let it wait."""
        return Fault(self._when, FaultKind.BEFORE, times=1_000_000, run=self._wait)

    def _when(self, exchange: Exchange) -> bool:
        said = exchange.credential
        self._here.name = next(
            (
                name
                for token, name in self.tokens.items()
                if token in said or b64encode(f"x-access-token:{token}".encode()).decode() in said
            ),
            "",
        )
        return bool(self._here.name)

    def _wait(self) -> None:
        turn = threading.Event()
        with self._news:
            self._waiting[self._here.name] = turn
            self._news.notify_all()
        turn.wait(LONGEST)

    def drive(self, processes: dict[str, subprocess.Popen[bytes]]) -> None:
        """Let one request go after the other, drawn by chance, until both processes have ended."""
        ends, last = time.monotonic() + LONGEST, ""
        while any(process.poll() is None for process in processes.values()):
            assert time.monotonic() < ends, f"it hangs after {self.order}"
            alive = {name for name, process in processes.items() if process.poll() is None}
            with self._news:
                self._news.wait_for(lambda alive=alive: alive <= set(self._waiting), timeout=NEXT_WITHIN)  # type: ignore[misc]
                names = sorted(self._waiting)
                if not names:
                    continue
                stays = last in names and self.chance.random() < STAYS
                last = last if stays else self.chance.choice(names)
                self.order += last[0]
                self._waiting.pop(last).set()


@dataclass
class OnGitHub:
    """A world on the test server, played again and again; `end`: how it ends where one pass follows another."""

    kept: Kept
    other: str
    locks: bool
    end: dict[str, object] = field(default_factory=dict)

    @classmethod
    def create(cls, hub: GitHub, path: Path, *, locks: bool) -> "OnGitHub":
        """Two PRs, one on the other. `locks` False: the server takes no refs of mergebot's, as rules may say."""
        world = GithubWorld.create(hub, path)
        world.chain("one", "two")
        world.answer()
        other = hub.token("mergebot", kind="app")
        made = cls(Kept.of(world, path / "kept"), other, locks)
        made.kept.again()
        made.kept.settle()
        made.end = made._end()
        return made

    def _end(self) -> dict[str, object]:
        """What can be seen at the end.

        Without a lock both may write the first comment: that is known, and harmless. And where the server takes no
        refs of mergebot's, it keeps no tips.
        """
        end = self.kept.end()
        return end if self.locks else {key: end[key] for key in end if key not in ("comments twice", "kept")}

    def play(self, seed: int) -> Counter[str]:
        """Two processes, then what is left; gives what there is to count."""
        world, kept = self.kept.again(), self.kept
        kept.time.now = time.time()
        gate = Gate(random.Random(seed), {world.token: FIRST, self.other: SECOND})  # noqa: S311 (a schedule)
        world.hub.faults.append(gate.fault())
        world.repo.settings.custom_refs = self.locks
        before, tips = world.tip(), world.heads()
        processes = {name: self._start(world, name, token) for token, name in gate.tokens.items()}
        try:
            gate.drive(processes)
        finally:
            said = {name: _ended(process) for name, process in processes.items()}
            world.hub.faults.clear()
            world.repo.settings.custom_refs = True
        codes = {name: process.returncode for name, process in processes.items()}
        story = f"seed {seed}: {gate.order}, {codes}\n{said}"
        assert set(codes.values()) <= {0, 1, 3}, story
        try:
            world.check(before, tips)
            world.answer()
            kept.settle()
        except AssertionError as error:
            error.add_note(story)
            raise
        end = self._end()
        different = {key: (end[key], self.end[key]) for key in end if end[key] != self.end[key]}
        assert not different, f"{different}\n{story}"
        counted = Counter[str]()
        counted[f"exits {'+'.join(map(str, sorted(codes.values())))}"] += 1
        counted["requests"] = len(gate.order)
        counted["turns"] = sum(one != other for one, other in zip(gate.order, gate.order[1:], strict=False))
        counted["comments doubled"] = len(kept.end()["comments twice"])  # type: ignore[arg-type]
        return counted

    def _start(self, world: GithubWorld, name: str, token: str) -> subprocess.Popen[bytes]:
        caches = world.cache / name
        caches.mkdir()
        environ = {**environment(), **world.environ, "GITHUB_TOKEN": token, "RUNNER_TEMP": str(caches)}
        command = [sys.executable, "-m", "mergebot", "run", "--repo", NAME]
        return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _ended(process: subprocess.Popen[bytes]) -> str:
    if process.poll() is None:
        process.kill()
    return b"".join(process.communicate()).decode(errors="replace")


@dataclass
class Locally:
    """A fleet in one folder; `locks` False: in both processes the lock is turned off."""

    folder: Path
    locks: bool
    end: tuple[object, ...] = ()

    @classmethod
    def create(cls, folder: Path, *, locks: bool) -> "Locally":
        """The fleet that the tests of killed passes have."""
        folder.mkdir(parents=True)
        made = cls(folder, locks)
        world = fleet(folder / "undisturbed")
        world.run()
        made.end = made._end(world)
        return made

    def _end(self, world: World) -> tuple[object, ...]:
        """What can be seen at the end, but for an empty `blocked_by` where somebody once waited."""
        box, status = world.box, world.status()
        for agent in status["agents"].values():
            if agent.get("blocked_by") == []:
                del agent["blocked_by"]
        return world.landed(), box.tree("main"), status, box.git("status", "--porcelain")

    def play(self, seed: int) -> Counter[str]:
        """Two processes, each stopped before writes that chance chooses; then one more pass."""
        world = fleet(self.folder / f"seed-{seed}")
        before, tips, records = world.box.sha("main"), world.tips(), world.status()["agents"]
        chance = random.Random(seed)  # noqa: S311 (a schedule)
        lock = [] if self.locks else ["--no-lock"]
        command = [sys.executable, "-m", "tests.scenarios.stopping"]
        processes = [
            subprocess.Popen(
                [*command, str(chance.randrange(1 << 30)), *lock, "run", "--local", str(world.box.path)],
                cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )
            for _ in (FIRST, SECOND)
        ]  # fmt: skip
        stops = alternate([process.pid for process in processes], chance)
        said = [process.stdout.read().decode() if process.stdout else "" for process in processes]
        codes = sorted(stops.codes.values())
        for process in processes:
            process.returncode = stops.codes[process.pid]
            if process.stdout:
                process.stdout.close()
        story = f"seed {seed}: exits {codes} after {stops.count} stops\n{said}"
        assert set(codes) <= {0, 1, 3}, story
        try:
            world.reload()
            world.check(before, tips, records)
            world.run()
        except AssertionError as error:
            error.add_note(story)
            raise
        end = self._end(world)
        different = [pair for pair in zip(end, self.end, strict=True) if pair[0] != pair[1]]
        assert not different, f"{different}\n{story}"
        return Counter({f"exits {'+'.join(map(str, codes))}": 1, "stops": stops.count})


@dataclass
class Stops:
    """What came of two processes that stop themselves."""

    count: int = 0
    codes: dict[int, int] = field(default_factory=dict)


def alternate(pids: Sequence[int], chance: random.Random) -> Stops:
    """Let one of the processes that have stopped go on, whenever all that live have stopped."""
    stops, stopped = Stops(), set[int]()
    ends = time.monotonic() + LONGEST
    while len(stops.codes) < len(pids):
        running = [pid for pid in pids if pid not in stops.codes and pid not in stopped]
        for pid in running:
            found, status = os.waitpid(pid, os.WUNTRACED | os.WNOHANG)
            if not found:
                continue
            if os.WIFSTOPPED(status):
                stopped.add(pid)
                stops.count += 1
            else:
                stops.codes[pid] = os.waitstatus_to_exitcode(status)
        assert time.monotonic() < ends, "it hangs"
        if stopped and not [pid for pid in running if pid not in stopped and pid not in stops.codes]:
            one = chance.choice(sorted(stopped))
            stopped.discard(one)
            os.kill(one, signal.SIGCONT)
        time.sleep(0.002)
    return stops


def play(name: str, one: Callable[[int], Counter[str]], seeds: Sequence[int]) -> int:
    """Play these seeds, print what came of them; gives how many failed."""
    total, failed = Counter[str](), 0
    for seed in seeds:
        try:
            total += one(seed)
        except AssertionError as error:
            failed += 1
            print(f"{name}: seed {seed} FAILED: {error}", *getattr(error, "__notes__", ()), sep="\n")  # noqa: T201
    figures = ", ".join(f"{key} {value}" for key, value in sorted(total.items()))
    print(f"{name}: {len(seeds) - failed} of {len(seeds)} seeds hold; {figures}", flush=True)  # noqa: T201 (a command)
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.scenarios.two_passes", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="of each of the four kinds")
    parser.add_argument("--from", dest="start", type=int, default=1000, help="the first seed")
    asked = parser.parse_args()
    every, bad = range(asked.start, asked.start + asked.seeds), 0
    with tempfile.TemporaryDirectory() as place:
        hermetic(Path(place) / "home")
        for has_locks in (True, False):
            kind = "locked" if has_locks else "without a lock"
            here = Path(place) / kind.replace(" ", "-")
            here.mkdir()
            with GitHub.start(here / "hub") as server:
                bad += play(f"GitHub, {kind}", OnGitHub.create(server, here, locks=has_locks).play, every)
            bad += play(f"local, {kind}", Locally.create(here / "local", locks=has_locks).play, every)
    sys.exit(bool(bad))
