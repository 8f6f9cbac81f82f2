"""Passes of mergebot in a model: undisturbed, met by a stranger or a fault on the way, killed, or two at once."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from mergebot.cycle import run_once
from mergebot.errors import MergebotError
from mergebot.forge.github.limits import Bounds, Patience
from mergebot.forge.github.opening import connect
from mergebot.forge.github.reader import GithubReader
from mergebot.forge.github.writer import GithubWriter
from mergebot.forge.protocol import Forge
from mergebot.model.outcome import PassResult
from mergebot.model.plan import Plan
from tests.model_world.ground import NAME, Ground
from tests.scenarios.github_faults import ENDED, LONGEST
from tests.server.faults import Exchange, Fault, FaultKind


def partial(body: Any) -> Any:  # noqa: ANN401 (JSON)
    """An answer of GraphQL that lacks, of each PR, what it is judged on, and says so; of REST just as it was."""
    errors: list[dict[str, Any]] = []

    def without(value: Any, path: list[Any]) -> Any:  # noqa: ANN401 (JSON)
        if isinstance(value, list):
            return [without(item, [*path, place]) for place, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        gone = [key for key in ("reviews", "statusCheckRollup") if value.get(key) is not None]
        errors.extend({"type": "INTERNAL", "path": [*path, key], "message": "Something went wrong"} for key in gone)
        return {key: None if key in gone else without(item, [*path, key]) for key, item in value.items()}

    if not isinstance(body, dict) or "data" not in body:
        return body
    cut = {**body, "data": without(body["data"], [])}
    return {**cut, "errors": [*body.get("errors", []), *errors]} if errors else body


LOST: tuple[dict[str, object], ...] = (
    {"kind": FaultKind.RESET},
    {"kind": FaultKind.RESET_AFTER},
    {"kind": FaultKind.STATUS, "status": 502},
    {"kind": FaultKind.STATUS_AFTER, "status": 502},
    {"kind": FaultKind.SECONDARY, "seconds": 5},
    {"kind": FaultKind.PRIMARY, "seconds": 5},
    {"kind": FaultKind.TRUNCATED},
    {"kind": FaultKind.HTML},
    {"kind": FaultKind.EDIT, "edit": partial},
)


WHERE: dict[str, tuple[Callable[[Exchange], bool], int]] = {
    "any": (lambda _exchange: True, 61),
    "merge": (lambda exchange: exchange.method == "PUT", 2),
    "push": (lambda exchange: exchange.kind == "git" and exchange.writes, 9),
    "listing": (lambda exchange: (exchange.method, exchange.operation) == ("GET", "git-receive-pack"), 9),
    "write": (lambda exchange: exchange.writes, 14),
    "read": (lambda exchange: exchange.kind == "graphql", 9),
}
"""Kinds of requests, and among how many of each a place is chosen."""


@dataclass
class Ran:
    """What came of a pass: a plan and a result, or the words of an error that mergebot knows."""

    plan: Plan | None = None
    result: PassResult | None = None
    error: str = ""


@dataclass
class Bots:
    """mergebot's processes, one inside the other where two run at once; `acting`: which one asks right now."""

    ground: Ground
    acting: list[int] = field(default_factory=list)
    count: int = 0

    def run(self, where: str = "here", *, locks: bool = True) -> Ran:
        """One pass, as a process that ends with it. An error that mergebot does not know passes."""
        started = self.ground.time.now
        random.seed(0)  # the pauses between tries are drawn: a failing example must fail again
        self.count += 1
        self.acting.append(self.count)
        try:
            with self.ground.near.installed():
                plan, result = run_once(self._forge(where, locks=locks), config=None, now=self.ground.time)
            return Ran(plan, result)
        except MergebotError as error:
            return Ran(error=error.message)
        finally:
            self.acting.pop()
            assert self.ground.time.now - started <= 2 * LONGEST, "it hangs"

    def _forge(self, where: str, *, locks: bool) -> Forge:
        time = self.ground.time
        session = connect(NAME, environ=self.ground.environ(where), clock=time, log=lambda _line: None)
        session.client._patience = Patience(Bounds(), clock=time, monotonic=time, sleep=time.wait)
        session.mirror.remote.wait = time.wait
        writer = GithubWriter(session, wait=time.wait)
        writer._lock._me = replace(writer._lock._me, process=ENDED)
        if not locks:
            writer._lock.take = lambda: None  # type: ignore[method-assign]
        return Forge(reader=GithubReader(session), writer=writer, git=session.mirror.repository)

    @contextmanager
    def fault(self, fault: Fault) -> Iterator[Fault]:
        """While this lasts, the server has a fault."""
        self.ground.hub.faults.append(fault)
        try:
            yield fault
        finally:
            self.ground.hub.faults.remove(fault)

    def met(self, where: str, place: int, act: Callable[[Exchange], object]) -> Fault:
        """A fault that lets somebody act right before a request of the pass that begins now."""
        met: list[Exchange] = []
        found = at(where, place)

        def when(exchange: Exchange) -> bool:
            met[:] = [exchange]
            return found(exchange)

        return Fault(when, FaultKind.BEFORE, run=lambda: act(met[0]))

    def lost(self, where: str, place: int, kind: int) -> Fault:
        """One request that gets lost in one of the ways in which requests do."""
        return Fault(at(where, place), **LOST[kind % len(LOST)])  # type: ignore[arg-type]

    def killed(self, where: str, place: int) -> Fault:
        """From this request on nothing of the pass reaches the server."""
        first, dead = at(where, place), list[Exchange]()

        def is_over(exchange: Exchange) -> bool:
            if not dead and first(exchange):
                dead.append(exchange)
            return bool(dead)

        return Fault(is_over, FaultKind.RESET, times=10_000)

    def stale(self, place: int) -> Fault:
        """Readings that show, for a few requests, what was so when the pass began."""
        first, seen = at("read", place), list[Exchange]()

        def is_late(exchange: Exchange) -> bool:
            if exchange.kind == "graphql" and (seen or first(exchange)):
                seen.append(exchange)
            return exchange.kind == "graphql" and bool(seen)

        return Fault(is_late, FaultKind.STALE, times=3, since=self.ground.hub.remember())


def at(where: str, place: int) -> Callable[[Exchange], bool]:
    """One of the requests of this kind, counting from 0: of the rarer kinds one of the first few."""
    is_meant, most = WHERE[where]
    wanted, seen = place % most, list[Exchange]()

    def when(exchange: Exchange) -> bool:
        if is_meant(exchange) and not any(one is exchange for one in seen):
            seen.append(exchange)
            return len(seen) == wanted + 1
        return False

    return when
