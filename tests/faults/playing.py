"""Plays cases: a pass of a story with faults in it, what comes after, and whether all is well in the end."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from tests.faults.changes import CHANGES, Change
from tests.faults.kinds import KINDS, TIMEOUT, Kind, Shots
from tests.faults.life import Life
from tests.faults.stage import End, Place, Round, Stage
from tests.server.faults import Exchange, Fault, FaultKind

KILLED = "killed"
GIT_FAILS = "a command of git fails"
OF_CLONES = {"init", "version", "config", "worktree", "fetch", "for-each-ref", "update-ref", "pack-refs", "ls-remote"}
"""Commands that are about the clone, or ask the server."""
OF_FETCHES = ("read: 502", "read: connection reset", "read: time-out")
"""Kinds that git's own reads meet; any status is the same to git."""
MORE = 2
"""Passes that a fault may take to be mended."""


@dataclass(frozen=True)
class Case:
    """Faults of one kind in one pass of a story: at these exchanges, commands or (killed) at these places.

    `way`: how the pass gets to the server, see `ways`.
    """

    way: str
    story: str
    round: int
    kind: str
    at: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.way}/{self.story}/{self.round}/{self.kind}/{','.join(map(str, self.at))}"


@dataclass(frozen=True)
class Played:
    """What came of a case: where a fault `struck`, and how many `passes` it took after it, or the `problem`.

    `told`: what the pass said of it.
    """

    case: Case
    struck: tuple[int, ...]
    passes: int = 0
    problem: str = ""
    told: str = ""


class UnwellError(AssertionError):
    """A case does not end as it should."""


@dataclass
class Player:
    """Plays the cases of one stage."""

    way: str
    name: str
    stage: Stage
    ends: dict[tuple[int, str], list[End]] = field(default_factory=dict)

    def cases(self, kind: str) -> Iterator[Case]:
        """Every case of a kind in this story."""
        for kept in self.stage.rounds:
            for points, together in self._points(kept, kind):
                # Far from each other: what comes in a row is often one thing.
                groups = -(-len(points) // together)
                for start in range(groups):
                    yield Case(self.way, self.name, kept.number, kind, tuple(points[start::groups]))

    def _points(self, kept: Round, kind: str) -> Iterator[tuple[list[int], int]]:
        """Where it can strike, and how many of these go into one run; git's own requests apart from the others."""
        if kind == KILLED:
            yield [*range(len(kept.kills))], 1
        elif kind == GIT_FAILS:
            yield [*range(len(kept.commands))], 1
        else:
            found = KINDS[kind]
            if found.judge == "linear" and target(self.stage, kept, change_of(kind)) is None:
                return
            points = [n for n, one in enumerate(kept.log) if found.fits(one) and not _is_own(kept.log, n, found)]
            for of_git in (True, False):
                yield [n for n in points if (kept.log[n].kind == "git") is of_git], found.together

    def is_of_sockets(self, case: Case) -> bool:
        """Whether what it tries is of the sockets: in process it would not be the same, or there is none of it."""
        kept = self.stage.rounds[case.round]
        if case.kind == KILLED:
            return self.stage.story.on_sockets or self.stage.story.keeps_clone
        if case.kind == GIT_FAILS:
            return self.stage.story.on_sockets and kept.commands[case.at[0]] in OF_CLONES
        if case.kind == "read: time-out" and not self.stage.story.on_sockets:
            return False  # each takes seconds of waiting
        return case.kind in OF_FETCHES and kept.log[case.at[0]].kind == "git"

    def play(self, case: Case) -> list[Played]:
        """Play it; where a run with several faults does not come out well, each of them by itself.

        A fault may end the pass before the others strike: these then get a run without it.
        """
        try:
            played = self._played(case)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is what was looked for)
            if len(case.at) > 1:
                return [one for number in case.at for one in self.play(replace(case, at=(number,)))]
            return [Played(case, case.at, problem=f"{type(error).__name__}: {error}")]
        left = tuple(number for number in case.at if number not in played.struck)
        if not left:
            return [played]
        if not played.struck:
            return [Played(case, (), problem="it did not strike")]
        return [played, *self.play(replace(case, at=left))]

    def _played(self, case: Case) -> Played:
        kept = self.stage.rounds[case.round]
        self.stage.restore(kept)
        if case.kind == KILLED:
            return self._killed(case, kept, kept.kills[case.at[0]])
        if case.kind == GIT_FAILS:
            life = Life(fails=case.at)
            told = self._pass(life)
            return self._mended(case, kept, case.at if life.failed else (), told)
        kind = KINDS[case.kind]
        if kind.judge == "linear":
            return self._linear(case, kept)
        return self._struck(case, kept, kind)

    def _struck(self, case: Case, kept: Round, kind: Kind) -> Played:
        hub = self.stage.world.hub
        shots = Shots(frozenset(case.at))
        faults = [shots.counting(), *kind.arm(self.stage, shots)]
        self.stage.timeout = TIMEOUT if kind.times_out else None
        hub.faults += faults
        told = self._pass()
        if kind.judge == "denied":
            self.stage.later()
            told += self._pass()
            hub.faults.clear()
        self.stage.timeout = None
        hit = tuple(number for number in case.at if number in shots.struck)
        return self._mended(case, kept, hit, told)

    def _pass(self, life: Life | None = None) -> str:
        """One pass; what it says of what it could not do."""
        plan, result, words = self.stage.one_pass(life)
        said = [words] if words else []
        if result is not None:
            said += [*result.unread, *(str(one.outcome) for one in result.results)]
            said += [problem.message for problem in plan.problems] if plan else []
        return "; ".join(said)

    def _mended(self, case: Case, kept: Round, struck: tuple[int, ...], told: str = "") -> Played:
        for passes in range(MORE + 1):
            if passes:
                self.stage.later()
                self.stage.one_pass()
            if self._is_as(kept, told):
                return Played(case, struck, passes, told=told)
        raise UnwellError(different(self.stage.end(), [kept.end]))

    def _is_as(self, kept: Round, told: str) -> bool:
        """Whether it has come to the same end.

        Of a PR that landed at first sight, before anything was ever said on it, the comment may be missing: the pass
        that would have written it is no more, and GitHub itself shows who merged what. And where git could not compare
        what landed with what was predicted, its status goes on saying so. A token that may not see
        GitHub's stacks takes their PRs for others, and cleans up the branches of those that were merged.
        """
        end, passed = self.stage.end(), set(kept.commented_at_last)
        numbers = {number: name for name, number in self.stage.world.pulls.items()}
        for number in re.findall(r"#(\d+) landed as \w+, and nobody has compared its tree", told):
            passed |= {f"{part} {numbers[int(number)]}" for part in ("pull", "comments")}
        if "native stacks could not be read" in told:
            passed |= {f"refs/heads/feature/{name}" for name in self.stage.world.landed()}
        return all(end.get(part) == kept.end.get(part) for part in {*end, *kept.end} - passed)

    def _killed(self, case: Case, kept: Round, place: Place) -> Played:
        life, hub = Life(kill_at=place.event), self.stage.world.hub
        if place.exchange >= 0:
            kinds = (FaultKind.AFTER, FaultKind.RESET_AFTER) if place.after else (FaultKind.BEFORE, FaultKind.RESET)
            shots = Shots((place.exchange,))

            def die() -> None:
                life.dead = True

            hub.faults += [
                shots.counting(),
                Fault(shots, kinds[0], run=die),
                Fault(lambda _e: life.dead, kinds[1], times=10**6),
            ]
        _, _, words = self.stage.one_pass(life)
        hub.faults.clear()
        if not self.stage.story.keeps_clone:
            self.stage.forget()
        return self._mended(case, kept, case.at if life.dead else (), words)

    def _linear(self, case: Case, kept: Round) -> Played:
        """Each part of the end is as if the change had come before the pass, or after it; no guard was passed by."""
        change = change_of(case.kind)
        name = target(self.stage, kept, change) or ""
        ends = self._ends(kept, case.kind, partial(change.make, self.stage.world, name))
        hub = self.stage.restore(kept).hub
        at: list[int] = []

        def run() -> None:
            at.append(len(hub.log))
            change.make(self.stage.world, name)

        shots = Shots(case.at)
        fault = Fault(shots, FaultKind.BEFORE, run=run)
        hub.faults += [shots.counting(), fault]
        self.stage.world.changed = {name} if change.guarded else set()
        told = self._pass()
        if change.guarded and at:
            _check_guard(hub.log, at[0], self.stage.world.pulls[name])
        for passes in range(MORE + 1):
            if passes:
                self.stage.later()
                self.stage.one_pass()
            if is_among(self.stage.end(), ends, {f"refs/heads/feature/{name}", *self._told(name)}):
                return Played(case, case.at if fault.hits else (), passes, told=told)
        raise UnwellError(different(self.stage.end(), ends))

    def _told(self, changed: str) -> set[str]:
        """What is said of those whose base somebody has pushed to after it had landed: they are left there.

        And what had been said and done by then of a PR that was closed: it stays.
        """
        end, told = self.stage.end(), ("open", f"feature/{changed}", [("mergebot", "failure")])
        left = [name for name in self.stage.world.pulls if end[f"pull {name}"] == told]
        state = self.stage.world.state(changed)
        if state == "closed":
            return {f"{part} {changed}" for part in ("pull", "comments")}
        return {f"{part} {name}" for name in left for part in ("pull", "head", "comments") if state == "merged"}

    def _ends(self, kept: Round, kind: str, make: Callable[[], None]) -> list[End]:
        """The ends of runs in which the change comes before the pass, or after it."""
        key = (kept.number, kind)
        if key not in self.ends:
            ends = []
            for first in (True, False):
                self.stage.restore(kept)
                if not first:
                    self.stage.one_pass()
                make()
                for _ in range(MORE + 1):
                    self.stage.one_pass()
                    ends.append(self.stage.end())
                    self.stage.later()
            self.ends[key] = [*ends, kept.end]
        return self.ends[key]


def _is_own(log: Sequence[Exchange], number: int, kind: Kind) -> bool:
    """Whether a change of a PR cannot show here: a push, with what leads to it, to mergebot's own refs."""
    one = log[number]
    if kind.judge != "linear" or one.operation != "git-receive-pack":
        return False
    pushed = one if one.method == "POST" else next((e for e in log[number:] if e.writes and e.kind == "git"), one)
    return all(line.startswith("refs/mergebot/") for line in pushed.request or ["refs/heads/"])


def change_of(kind: str) -> Change:
    """What people do in a kind of this name."""
    return CHANGES[kind.removeprefix("meanwhile: ")]


def target(stage: Stage, kept: Round, change: Change) -> str | None:
    """The agent whose PR this pass merges; where it merges none, one that is open. Or that whose PR it rebases."""
    if change.of_rebased:
        moves = (line.split() for one in kept.log for line in one.request or () if one.operation == "git-receive-pack")
        return next((ref.removeprefix("refs/heads/feature/") for ref, *shas in moves if is_moved(ref, shas)), None)
    merges = [re.search(r"/pulls/(\d+)/merge", one.path) for one in kept.log if one.method == "PUT"]
    numbers = {number: name for name, number in stage.world.pulls.items()}
    for found in merges:
        if found and int(found[1]) in numbers:
            return numbers[int(found[1])]
    return next((name for number, name in sorted(numbers.items()) if number in kept.opened), min(stage.world.pulls))


def is_moved(ref: str, shas: Sequence[str]) -> bool:
    """Whether a line of a push moves an agent's branch; it does not make or delete it."""
    return ref.startswith("refs/heads/feature/") and all(sha.strip("0") for sha in shas)


def _check_guard(log: Sequence[Exchange], since: int, number: int) -> None:
    """Nothing is merged after a reading that could have shown the change."""
    for at, exchange in enumerate(log):
        is_merge = exchange.method == "PUT" and f"/pulls/{number}/merge" in exchange.path
        if at < since or not is_merge or exchange.status not in (200, 202):
            continue
        looks = [one for one in log[since:at] if one.operation == "MergebotLookup" and one.status == 200]
        if looks:
            raise UnwellError(f"I1: #{number} was merged although a reading after the change had shown it")


def is_among(end: End, ends: Sequence[End], passed: Collection[str]) -> bool:
    """Whether each part of it, but for those that are `passed`, is so in one of these.

    Among them is the branch that somebody pushed to: it may have stayed.
    """
    parts = {key for one in (end, *ends) for key in one}.difference(passed)
    return all(end.get(part) in [one.get(part) for one in ends] for part in parts)


def different(end: End, ends: Sequence[End]) -> str:
    """In words, what is not as it should be."""
    lines = []
    for part in sorted({key for one in (end, *ends) for key in one}):
        found = [one.get(part) for one in ends]
        if end.get(part) not in found:
            wanted = " or ".join(dict.fromkeys(map(str, found)))
            lines.append(f"{part}: {end.get(part)}, not {wanted}")
    return "; ".join(lines)
