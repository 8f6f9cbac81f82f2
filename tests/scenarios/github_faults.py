"""A world that is set up once and played again and again, each time with another fault; and faults that go together.

Nobody really waits.
"""

import contextlib
import shutil
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

from mergebot.cycle import run_once
from mergebot.errors import MergebotError
from mergebot.forge.github.limits import Bounds, Patience
from mergebot.forge.github.opening import connect
from mergebot.forge.github.reader import GithubReader
from mergebot.forge.github.writer import GithubWriter
from mergebot.forge.protocol import Forge
from tests.scenarios.github_world import NAME, GithubWorld
from tests.scenarios.world import Authored
from tests.server.faults import Exchange, Fault, FaultKind, to
from tests.server.state import State

LONGEST = 120.0
"""Seconds: a pass that waits for longer hangs, for whoever looks at it."""

START = 1_800_000_000.0
ENDED = 4_194_305
"""The id of a process that is no more: no process has one so high."""


@dataclass
class Time:
    """A clock that only waiting moves."""

    now: float = START

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Kept:
    """A world as it was set up. `folder`: where its repository is kept."""

    world: GithubWorld
    folder: Path
    state: State
    authored: dict[str, list[Authored]]
    time: Time = field(default_factory=Time)

    @classmethod
    def of(cls, world: GithubWorld, folder: Path) -> "Kept":
        """Keep a copy of everything; from here on the clock stands still."""
        kept = cls(world, folder, deepcopy(world.hub.state), deepcopy(world.authored))
        shutil.copytree(world.repo.path, folder / "repo.git")
        world.hub.clock = kept.time
        return kept

    def again(self) -> GithubWorld:
        """The world as it was kept."""
        world, hub = self.world, self.world.hub
        with hub.lock:
            for store in hub.stores.values():
                store.close()
            hub.stores.clear()
            hub.faults.clear()
            hub.log.clear()
            hub.state = deepcopy(self.state)
            world.repo.data = hub.state.repositories[NAME]
            shutil.rmtree(world.repo.path)
            shutil.copytree(self.folder / "repo.git", world.repo.path)
        shutil.rmtree(world.cache)
        world.cache.mkdir()
        world.authored = deepcopy(self.authored)
        self.time.now = START
        return world

    def one_pass(self, *, locks: bool = True, elsewhere: bool = False) -> None:
        """A pass, with the invariants; an error that mergebot knows is a possible end of it, any other is not.

        `elsewhere`: on another machine, in the middle of another pass, without a lock.
        """
        before, tips, started = self.world.tip(), self.world.heads(), self.time.now
        with contextlib.suppress(MergebotError):
            run_once(self._forge(locks=locks and not elsewhere, elsewhere=elsewhere), config=None, now=self.time)
        assert self.time.now - started <= LONGEST, "it hangs"
        if not elsewhere:
            self.world.check(before, tips)

    def settle(self, *, locks: bool = True) -> None:
        """Pass after pass, with CI in between, until one has nothing to do."""
        for _ in range(7):
            writes, hits = len(self.world.hub.writes()), sum(fault.hits for fault in self.world.hub.faults)
            self.one_pass(locks=locks)
            self.world.answer()
            if (writes, hits) == (len(self.world.hub.writes()), sum(fault.hits for fault in self.world.hub.faults)):
                return
        raise AssertionError(f"it did not come to rest: {self.end()}")

    def _forge(self, *, locks: bool, elsewhere: bool) -> Forge:
        """GitHub as mergebot opens it, but for the waiting; each pass is a process that has ended after it."""
        cache = self.world.cache / ("elsewhere" if elsewhere else "here")
        environ = {**self.world.environ, "RUNNER_TEMP": str(cache)}
        session = connect(NAME, environ=environ, clock=self.time, log=lambda _line: None)
        session.client._patience = Patience(Bounds(), clock=self.time, monotonic=self.time, sleep=self.time.wait)
        session.mirror.remote.wait = self.time.wait
        writer = GithubWriter(session, wait=self.time.wait)
        writer._lock._me = replace(writer._lock._me, process=ENDED)
        if not locks:
            writer._lock.take = lambda: None  # type: ignore[method-assign]
        return Forge(reader=GithubReader(session), writer=writer, git=session.mirror.repository)

    def end(self) -> dict[str, object]:
        """What can be seen at the end, but for the ids of commits."""
        world, repo = self.world, self.world.repo
        refs = repo.box.refs()
        return {
            "landed": sorted(world.landed()),
            "tree": repo.box.git("rev-parse", f"{world.base}^{{tree}}"),
            "branches": sorted(ref for ref in refs if ref.startswith("refs/heads/")),
            "kept": sorted(ref for ref in refs if ref.startswith("refs/mergebot/merged/")),
            "locked": "refs/mergebot/lock" in refs,
            "pulls": {name: (world.state(name), repo.pull(number).base_ref) for name, number in world.pulls.items()},
            "statuses": {name: self._status(number) for name, number in world.pulls.items()},
            "comments twice": [name for name, number in world.pulls.items() if len(repo.pull(number).comments) > 1],
            "issues": len(repo.data.issues),
        }

    def _status(self, number: int) -> list[tuple[str, str]]:
        found = self.world.repo.data.statuses_of(self.world.repo.pull(number).head_sha)
        return [(status.context, status.state) for status in found]


def move_base_and_hide_it(github: GithubWorld, late: Mapping[str, str]) -> None:
    """Somebody pushes these files to base right before a merge, and then what landed cannot be compared with it."""
    github.hub.faults.append(Fault(to("PUT", "/merge"), FaultKind.BEFORE, run=lambda: github.repo.push("main", late)))

    def is_after_the_commit_was_fetched(exchange: Exchange) -> bool:
        found = [number for number, one in enumerate(github.hub.log) if one.method == "PUT"]
        fetched = [one for one in github.hub.log[found[0] :] if one.kind == "git"] if found else []
        return len(fetched) > 1 and to("POST", "git-upload-pack")(exchange)

    github.hub.faults.append(Fault(is_after_the_commit_was_fetched, FaultKind.STATUS, status=502))
