"""A queue's run, kept before each of its passes, so that any pass can be played again with a fault in it.

What a fault does to a pass is judged by what can be seen after it and at most two more: the end that the undisturbed
pass has. So no case plays more than one pass of the run and what mends it; each starts where the run stood.
"""

import pickle
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from mergebot.cycle import run_once
from mergebot.errors import MergebotError
from mergebot.forge.github.limits import Bounds, Patience
from mergebot.forge.github.opening import connect
from mergebot.forge.github.reader import GithubReader
from mergebot.forge.github.writer import GithubWriter
from mergebot.forge.protocol import Forge
from mergebot.model.outcome import PassResult
from mergebot.model.plan import Plan
from tests.faults.life import Killed, Life, lived
from tests.faults.stories import Story
from tests.faults.ways import Sockets, Way
from tests.scenarios.github_faults import ENDED, LONGEST, START, Time
from tests.scenarios.github_world import NAME, GithubWorld
from tests.scenarios.world import Authored
from tests.server.faults import Exchange, Fault, FaultKind
from tests.server.hub import GitHub

End = Mapping[str, object]
"""What can be seen after a pass, but for the ids of commits; see `Stage.end`."""

BETWEEN = 900.0
"""Seconds from one pass to the next: the schedule."""

MOST_ROUNDS = 16


@dataclass
class Round:
    """The world before a pass of the undisturbed run, that pass's exchanges, and its end.

    `commented_at_last`: the parts of the end that are first comments on PRs which landed in this pass. `opened`: the
    numbers of its open PRs. `state`: pickled. `commands`: of git.
    `kills`: for each state that a kill can leave behind, the first event at which it does. An event is the start or
    end of a command of git or of an exchange; `events`: how many there were.
    """

    number: int
    folder: Path
    state: bytes
    authored: dict[str, list[Authored]]
    now: float
    end: End = field(default_factory=dict)
    log: list[Exchange] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    kills: list["Place"] = field(default_factory=list)
    events: int = 0
    opened: frozenset[int] = frozenset()
    commented_at_last: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Place:
    """Where a process is killed: at an event of its own (a command of git), or at an exchange, before or after it."""

    event: int = -1
    exchange: int = -1
    after: bool = False

    def __str__(self) -> str:
        if self.event >= 0:
            return f"command event {self.event}"
        return f"{'after' if self.after else 'before'} exchange {self.exchange}"


@dataclass
class Stage:
    """One story on one server; `folder` is for the copies, `way` how a pass gets to the server."""

    world: GithubWorld
    folder: Path
    story: Story
    way: Way
    time: Time = field(default_factory=Time)
    rounds: list[Round] = field(default_factory=list)
    timeout: float | None = None
    passes: int = 0

    @classmethod
    def record(cls, story: Story, folder: Path, hub: GitHub, way: Callable[[GithubWorld], Way] = Sockets) -> "Stage":
        """Play the story once, undisturbed, and keep every round of it."""
        world, time = GithubWorld.create(hub, folder), Time()
        hub.clock = time
        story.prepare(world)
        stage = cls(world, folder, story, way(world), time)
        for number in range(MOST_ROUNDS):
            kept = stage._recorded(number)
            stage.rounds.append(kept)
            if not any(exchange.writes for exchange in kept.log):
                return stage
            story.turn(world)
        raise AssertionError(f"the story has no end: {stage.end()}")

    def _recorded(self, number: int) -> Round:
        """Keep the world, and play one pass of the undisturbed run."""
        world, hub = self.world, self.world.hub
        self.time.now = START + 100_000.0 * number
        kept = Round(number, self.folder / f"round-{number}", pickle.dumps(hub.state), deepcopy(world.authored), 0)
        kept.now, kept.opened = self.time.now, frozenset(pull.number for pull in world.repo.data.open_pulls)
        self.way.keep(kept.folder)
        self.restore(kept)
        spoken = {name for name, number in world.pulls.items() if world.repo.pull(number).comments}
        notes = _Notes(self, kept)
        hub.faults += [
            Fault(lambda _exchange: True, FaultKind.BEFORE, times=10**9, run=lambda: notes.at_exchange(after=False)),
            Fault(lambda _exchange: True, FaultKind.AFTER, times=10**9, run=lambda: notes.at_exchange(after=True)),
        ]
        notes.life.noted = notes.at_command
        _, result, words = self.one_pass(notes.life)
        assert (result.unread if result else words) == (), "undisturbed, it could not read everything"
        hub.faults.clear()
        kept.log, kept.events, kept.commands = list(hub.log), notes.events, notes.life.commands
        said = {name for name, number in world.pulls.items() if world.repo.pull(number).comments}
        kept.end = self.end()
        fresh = {name for name in said - spoken if world.state(name) == "merged"}
        kept.commented_at_last = frozenset(f"comments {name}" for name in fresh)
        return kept

    def restore(self, kept: Round) -> GithubWorld:
        """The world before this round, on a machine that has seen nothing of it."""
        world, hub = self.world, self.world.hub
        with hub.lock:
            for fault in hub.faults:
                fault.release()
            hub.faults.clear()
            hub.log.clear()
            hub.state = pickle.loads(kept.state)  # noqa: S301 (our own)
            world.repo.data = hub.state.repositories[NAME]
            self.way.restore(kept.folder)
        self.forget()
        world.authored, world.changed = deepcopy(kept.authored), set()
        self.time.now, self.timeout, self.passes = kept.now, None, 0
        return world

    def forget(self) -> None:
        """The next pass is on a machine that has no clone yet."""
        self.way.forget()

    def one_pass(self, life: Life | None = None) -> tuple[Plan | None, PassResult | None, str]:
        """One pass, with the invariants after it: its plan, what it did, and why it ended early if it did.

        An error that mergebot knows is a possible end, and so is being killed; any other is none.
        """
        before, tips, started = self.world.tip(), self.world.heads(), self.time.now
        plan, result, words = None, None, ""
        life = life or Life()
        try:
            with self.way.at_work(), lived(life):
                plan, result = run_once(self._forge(), config=None, now=self.time)
        except MergebotError as error:
            words = error.message
        except Killed:
            words = "killed"
        assert self.time.now - started <= LONGEST, f"it hangs: {self.time.now - started:.0f} seconds"
        self.world.check(before, tips)
        return plan, result, words

    def later(self) -> None:
        """The next pass comes by the schedule."""
        self.time.now += BETWEEN

    def _forge(self) -> Forge:
        """GitHub as mergebot opens it, but for the waiting; each pass is a process that has ended after it."""
        environ = {**self.world.environ, "RUNNER_TEMP": str(self.world.cache)}
        session = connect(NAME, environ=environ, clock=self.time, log=lambda _line: None)
        session.client._patience = Patience(Bounds(), clock=self.time, monotonic=self.time, sleep=self.time.wait)
        session.mirror.remote.wait = self.time.wait
        if self.timeout is not None:
            session.client._transport._connection.limits = (self.timeout, self.timeout)
            session.mirror.remote.seconds = 4 * self.timeout
        writer = GithubWriter(session, wait=self.time.wait)
        self.passes += 1
        writer._lock._me = replace(writer._lock._me, process=ENDED, id=f"{self.passes:016x}")
        return Forge(reader=GithubReader(session), writer=writer, git=session.mirror.repository)

    def end(self) -> End:
        """What can be seen, but for the ids of commits and the numbers of things."""
        world, repo = self.world, self.world.repo
        refs = repo.box.refs()
        found: dict[str, object] = {
            "base": repo.store.commit(refs[f"refs/heads/{world.base}"]).tree,
            "issues": len(repo.data.issues),
        }
        for ref in refs:
            if ref.startswith(("refs/heads/feature/", "refs/mergebot/merged/")):
                found[ref] = "there"
        store = repo.store
        for name, number in world.pulls.items():
            pull = repo.pull(number)
            statuses = [(one.context, one.state) for one in repo.data.statuses_of(pull.head_sha)]
            found[f"pull {name}"] = (world.state(name), pull.base_ref, statuses)
            found[f"head {name}"] = store.commit(pull.head_sha).tree
            found[f"comments {name}"] = [one.body.splitlines()[2:3] for one in pull.comments]
        return found


@dataclass
class _Notes:
    """Which states a kill can leave behind; those that nothing can tell apart are one."""

    stage: Stage
    kept: Round
    life: Life = field(default_factory=Life)
    events: int = 0
    exchanges: int = 0
    seen: set[str] = field(default_factory=set)

    def at_command(self) -> None:
        self._note(Place(event=self.life.events))

    def at_exchange(self, *, after: bool) -> None:
        self._note(Place(exchange=self.exchanges - after, after=after))
        self.exchanges += not after

    def _note(self, place: Place) -> None:
        self.events += 1
        mark = self._mark()
        if mark not in self.seen:
            self.seen.add(mark)
            self.kept.kills.append(place)

    def _mark(self) -> str:
        """What the server has and, where the story says that it is found again, what the machine's clone has."""
        hub = self.stage.world.hub
        with hub.lock:
            server = pickle.dumps(hub.state.repositories)
        clone = self.stage.way.clone() if self.stage.story.keeps_clone else []
        return sha256(server + "\n".join(clone).encode()).hexdigest()
