"""What can go wrong at a request, and at which requests each of these makes a difference.

Reads are tried again at once, so that the same kind of fault at several reads goes into one run; a run that does not
come out well is played again, fault by fault. Everything else has a run of its own.
"""

import re
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.faults.changes import CHANGES
from tests.faults.stage import Stage
from tests.near.server import LaterError, UnansweredError
from tests.server.faults import Exchange, Fault, FaultKind

TOGETHER: Final = 20
"""At most so many reads get a fault of one kind in one run: what is waited for has to stay within bounds."""

TIMEOUT: Final = 0.3
"""Seconds after which the client gives up, where an answer does not come."""

OUTAGE: Final = 800
"""Seconds for which the hourly limit is used up: the pass after the next one is past it."""


@dataclass
class Shots:
    """At which exchanges of a pass it strikes, by number, each once; what is asked again keeps its number."""

    numbers: Collection[int]
    seen: list[Exchange] = field(default_factory=list)
    struck: dict[int, Exchange] = field(default_factory=dict)
    later: list[threading.Event] = field(default_factory=list)

    def number(self, exchange: Exchange) -> int:
        """How many exchanges that were not struck came before this one."""
        if not any(one is exchange for one in self.seen):
            self.seen.append(exchange)
            for event in self.later:
                event.set()
        before = self.seen[: next(at for at, one in enumerate(self.seen) if one is exchange)]
        return sum(not any(one is hit for hit in self.struck.values()) for one in before)

    def __call__(self, exchange: Exchange) -> bool:
        """Whether it strikes here; asked only where it does if so."""
        number = self.number(exchange)
        if number not in self.numbers or number in self.struck:
            return False
        self.struck[number] = exchange
        return True

    def counting(self) -> Fault:
        """Sees every exchange, and does nothing to it."""

        def count(exchange: Exchange) -> bool:
            self.number(exchange)
            return False

        return Fault(count, FaultKind.BEFORE)

    def from_here(self, exchange: Exchange) -> bool:
        """Whether this is the one that is meant, or a later one."""
        return bool(self.struck) or self(exchange)

    def late(self) -> None:
        """Come through only when the client has given up and asks something else."""
        event = threading.Event()
        self.later.append(event)
        event.wait(5)


@dataclass(frozen=True)
class Kind:
    """A row of the table. `fits`: the exchanges at which it can strike; `arm` gives the faults.

    `together`: how many go into one run. `times_out`: it needs a client that gives up soon.
    `judge`: what is expected.
    """

    name: str
    fits: Callable[[Exchange], bool]
    arm: Callable[[Stage, Shots], Sequence[Fault]]
    together: int = 1
    times_out: bool = False
    judge: str = "same"


def is_read(exchange: Exchange) -> bool:
    return not exchange.writes


def is_api(exchange: Exchange) -> bool:
    return exchange.kind != "git"


def is_read_of_the_api(exchange: Exchange) -> bool:
    return is_read(exchange) and is_api(exchange)


def is_write(exchange: Exchange) -> bool:
    return exchange.writes


def is_write_of_the_api(exchange: Exchange) -> bool:
    return exchange.writes and is_api(exchange)


def is_graphql(exchange: Exchange) -> bool:
    return exchange.kind == "graphql"


def one(kind: FaultKind, **options: Any) -> Callable[[Stage, Shots], Sequence[Fault]]:  # noqa: ANN401 (as Fault has)
    """One fault of this kind at each of the shots."""
    return lambda _stage, shots: [Fault(shots, kind, times=len(shots.numbers), **options)]


def _give_up() -> None:
    raise UnansweredError


def _give_up_for_now() -> None:
    raise LaterError


def _late(stage: Stage, shots: Shots) -> Sequence[Fault]:
    """It is done when the client has given up and asks something else."""
    return [Fault(shots, FaultKind.BEFORE, run=_give_up_for_now if stage.way.is_near else shots.late)]


def _done_in_vain(stage: Stage, shots: Shots) -> Sequence[Fault]:
    """It is done, and never answered."""
    return [Fault(shots, FaultKind.AFTER, run=_give_up) if stage.way.is_near else Fault(shots, FaultKind.LATE)]


def _unanswered(stage: Stage, shots: Shots) -> Sequence[Fault]:
    """It is never answered; of git's reads the server's hand is held before there is an answer."""
    if stage.way.is_near:
        return [Fault(shots, FaultKind.BEFORE, times=len(shots.numbers), run=_give_up)]
    held = threading.Event()
    silent = [Fault(lambda e: is_api(e) and shots(e), FaultKind.LATE, times=len(shots.numbers))]

    def hold() -> None:
        held.wait(5 * TIMEOUT)

    git = Fault(lambda e: not is_api(e) and shots(e), FaultKind.BEFORE, times=len(shots.numbers), run=hold)
    return [*silent, git]


def _used_up(stage: Stage, shots: Shots) -> Sequence[Fault]:
    """From here on, until the hour is over, every request is refused."""
    until: list[float] = []

    def is_over(exchange: Exchange) -> bool:
        if not until and shots.from_here(exchange):
            until.append(stage.time.now + OUTAGE)
        return bool(until) and stage.time.now < until[0] and is_api(exchange) and shots.from_here(exchange)

    return [Fault(is_over, FaultKind.PRIMARY, times=10**6, seconds=OUTAGE)]


def _denied(_stage: Stage, shots: Shots) -> Sequence[Fault]:
    """From here on the token lacks the right that this request takes, for it and all that are like it."""
    meant: list[str] = []

    def is_like_it(exchange: Exchange) -> bool:
        if not meant and shots(exchange):
            meant.append(shape(exchange))
        return bool(meant) and shape(exchange) == meant[0]

    words = "Resource not accessible by integration"
    rest = Fault(
        lambda e: e.kind != "graphql" and is_like_it(e), FaultKind.STATUS, times=10**6, status=403, words=words
    )
    graph = Fault(
        lambda e: e.kind == "graphql" and is_like_it(e), FaultKind.EDIT, times=10**6, edit=lambda _: _forbidden(words)
    )
    return [rest, graph]


def _forbidden(words: str) -> dict[str, Any]:
    return {"data": {"repository": None}, "errors": [{"type": "FORBIDDEN", "path": ["repository"], "message": words}]}


def shape(exchange: Exchange) -> str:
    """What kind of request it is: its path without numbers and ids."""
    path = re.sub(r"/(\d+|[0-9a-f]{40})(?=/|$)", "/N", exchange.path)
    return f"{exchange.method} {path} {exchange.operation}"


def _stale(*, since_the_start: bool) -> Callable[[Stage, Shots], Sequence[Fault]]:
    """GraphQL shows what was before the last write, or before all that this pass has written."""

    def arm(stage: Stage, shots: Shots) -> Sequence[Fault]:
        hub = stage.world.hub
        fault = Fault(shots, FaultKind.STALE, since=hub.remember())
        if since_the_start:
            return [fault]

        def keep() -> None:
            fault.since = hub.remember()

        return [fault, Fault(is_write, FaultKind.BEFORE, times=10**6, run=keep)]

    return arm


def holed(body: Any) -> Any:  # noqa: ANN401 (JSON)
    """GraphQL's answer with a part that could not be had: the last item of the first list is null, and an error."""
    path = _last_of_a_list(body.get("data"), ["data"]) if isinstance(body, dict) else None
    if path is None:
        return body
    place = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = None
    error = {"type": "INTERNAL", "path": path[1:], "message": "Something went wrong while executing your query."}
    return {**body, "errors": [*body.get("errors", []), error]}


def _last_of_a_list(value: Any, path: list[Any]) -> list[Any] | None:  # noqa: ANN401 (JSON)
    if isinstance(value, list):
        return [*path, len(value) - 1] if value else None
    for key, inner in value.items() if isinstance(value, Mapping) else ():
        found = _last_of_a_list(inner, [*path, key])
        if found is not None:
            return found
    return None


def _kinds() -> list[Kind]:
    kinds: list[Kind] = []
    for status in (500, 502, 503):
        kinds += [Kind(f"read: {status}", is_read, one(FaultKind.STATUS, status=status), TOGETHER)]
    kinds += [
        Kind("read: connection reset", is_read, one(FaultKind.RESET), TOGETHER),
        Kind("read: time-out", is_read, _unanswered, 8, times_out=True),
        Kind("read: cut short", is_read_of_the_api, one(FaultKind.TRUNCATED), TOGETHER),
        Kind("read: a page of HTML", is_read_of_the_api, one(FaultKind.HTML), TOGETHER),
        Kind("read: secondary limit", is_read_of_the_api, one(FaultKind.SECONDARY, seconds=2), TOGETHER),
        Kind("read: too many requests", is_read_of_the_api, one(FaultKind.TOO_MANY, seconds=2), TOGETHER),
        Kind("read: a part is missing", is_graphql, one(FaultKind.EDIT, edit=holed)),
        Kind("read: stale by one write", is_graphql, _stale(since_the_start=False)),
        Kind("read: stale since the pass began", is_graphql, _stale(since_the_start=True)),
    ]
    for status in (500, 502, 503):
        before, after = one(FaultKind.STATUS, status=status), one(FaultKind.STATUS_AFTER, status=status)
        kinds.append(Kind(f"write: {status}, not done", is_write, before))
        kinds.append(Kind(f"write: {status}, but done", is_write, after))
    kinds += [
        Kind("write: reset, not done", is_write, one(FaultKind.RESET)),
        Kind("write: reset, but done", is_write, one(FaultKind.RESET_AFTER)),
        Kind("write: time-out, but done", is_write, _done_in_vain, times_out=True),
        Kind("write: time-out, done later", is_write, _late, times_out=True),
        Kind("write: secondary limit", is_write_of_the_api, one(FaultKind.SECONDARY, seconds=2)),
        Kind("limit used up from here on", is_api, _used_up),
        Kind("a permission missing", lambda e: is_api(e) or e.writes, _denied, judge="denied"),
    ]
    kinds += [
        Kind(f"meanwhile: {name}", change.shows, lambda _stage, _shots: (), judge="linear")
        for name, change in CHANGES.items()
    ]
    return kinds


KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in _kinds()}
