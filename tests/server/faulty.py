"""Faults around a request: before its effect, after it, or instead of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.server.answers import DOCS, Answer
from tests.server.faults import Exchange, Fault, FaultKind

if TYPE_CHECKING:
    from tests.server.hub import GitHub

HTML = b"<!DOCTYPE html><html><body><h1>Whoa there!</h1></body></html>"

INSTEAD = (
    FaultKind.STATUS,
    FaultKind.RESET,
    FaultKind.SECONDARY,
    FaultKind.SECONDARY_WORDS,
    FaultKind.PRIMARY,
    FaultKind.TOO_MANY,
)
BEHIND = (
    FaultKind.STATUS_AFTER,
    FaultKind.RESET_AFTER,
    FaultKind.LATE,
    FaultKind.TRUNCATED,
    FaultKind.HTML,
    FaultKind.EMPTY,
    FaultKind.EDIT,
)


class ConnectionDropped(Exception):  # noqa: N818 (an order, not an error)
    """Close the connection without an answer."""


def around(hub: "GitHub", exchange: Exchange, effect: Callable[[], Answer]) -> Answer:
    """The answer to a request with the faults it meets; it is logged in any case."""
    before = hub.fault(exchange, FaultKind.BEFORE)
    if before is not None and before.run is not None:
        before.run()
    instead = hub.fault(exchange, *INSTEAD)
    if instead is not None:
        return _logged(hub, exchange, _instead(hub, exchange, instead))
    stale = hub.fault(exchange, FaultKind.STALE)
    with hub.lock, hub.reading(stale.since if stale else None):
        hub.watch(exchange)
        answer = effect()
    return _logged(hub, exchange, after(hub, exchange, answer))


def after(hub: "GitHub", exchange: Exchange, answer: Answer) -> Answer:
    """What becomes of an answer on its way."""
    race = hub.fault(exchange, FaultKind.AFTER)
    if race is not None and race.run is not None:
        race.run()
    behind = hub.fault(exchange, *BEHIND)
    if behind is None:
        return answer
    if behind.kind is FaultKind.EDIT:
        return replace(answer, body=behind.edit(answer.body) if behind.edit else answer.body)
    if behind.kind is FaultKind.TRUNCATED:
        return replace(answer, cut=True)
    if behind.kind is FaultKind.HTML:
        return Answer(answer.status, headers={"Content-Type": "text/html"}, raw=HTML)
    if behind.kind is FaultKind.EMPTY:
        return Answer(answer.status, headers={"Content-Type": "application/json"}, raw=b"")
    if behind.kind is FaultKind.LATE:
        behind.wait()
        return answer
    return _instead(hub, exchange, behind)


def _logged(hub: "GitHub", exchange: Exchange, answer: Answer) -> Answer:
    exchange.status, exchange.answer = answer.status, answer.body
    with hub.lock:
        hub.log.append(exchange)
    if answer.status == 0:
        raise ConnectionDropped
    return answer


def _instead(hub: "GitHub", exchange: Exchange, fault: Fault) -> Answer:
    """The answer of a fault; status 0: none at all."""
    if fault.kind in (FaultKind.RESET, FaultKind.RESET_AFTER):
        return Answer(0)
    now = hub.clock()
    if fault.kind is FaultKind.PRIMARY:
        headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-used": "5000"}
        headers |= {"x-ratelimit-reset": str(int(now) + fault.seconds), "x-ratelimit-resource": "core"}
        words = "API rate limit exceeded for installation ID 1."
        if exchange.kind == "graphql":
            error = {"type": "RATE_LIMITED", "message": words}
            return Answer(200, {"errors": [error]}, {**headers, "x-ratelimit-resource": "graphql"})
        return Answer(403, _message(words, 403), headers)
    if fault.kind in (FaultKind.SECONDARY, FaultKind.SECONDARY_WORDS, FaultKind.TOO_MANY):
        words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        status = 429 if fault.kind is FaultKind.TOO_MANY else 403
        wait = {} if fault.kind is FaultKind.SECONDARY_WORDS else {"Retry-After": str(fault.seconds)}
        return Answer(status, _message(words, status), wait)
    return Answer(fault.status, _message(fault.words, fault.status))


def _message(words: str, status: int) -> dict[str, str]:
    return {"message": words, "documentation_url": DOCS, "status": str(status)}


def as_text(answer: Answer) -> bytes:
    """An answer's words, for a client that is no API client (git)."""
    return b"" if answer.body is None else json.dumps(answer.body).encode()
