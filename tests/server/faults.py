"""What can go wrong between a client and GitHub, and the log of what was said."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal


@dataclass
class Exchange:
    """One request and its answer. `kind`: which of the three faces of the server it was for.

    `path` has no query; `query` is the raw query string; `operation`: the GraphQL operation's name, or git's service.
    `request` and `answer`: the JSON of REST and GraphQL, None for git. `who`: the login. `fault`: what was done to it.
    `bodied`: whether the request had a body at all. `asks_refs`: git asks for the refs. `credential`: the header
    that says who asks, as it was sent.
    """

    method: str
    path: str
    query: str = ""
    kind: Literal["rest", "graphql", "git"] = "rest"
    operation: str = ""
    mutation: bool = False
    request: Any = None
    who: str | None = None
    status: int = 0
    answer: Any = None
    fault: str = ""
    raw_path: str = ""
    asks_refs: bool = False
    credential: str = field(default="", repr=False)

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of a GraphQL request."""
        found = self.request.get("variables") if isinstance(self.request, dict) else None
        return found if isinstance(found, dict) else {}

    @property
    def writes(self) -> bool:
        """Whether it was meant to change anything."""
        if self.kind == "git":
            return self.method == "POST" and self.operation == "git-receive-pack"
        if self.kind == "graphql":
            return self.mutation
        return self.method != "GET" and not self.path.endswith("/access_tokens")

    def __str__(self) -> str:
        return f"{self.status} {self.method} {self.path}{f' {self.operation}' if self.operation else ''}"


class FaultKind(StrEnum):
    """What happens to a matching request. `AFTER` kinds happen once it has had its effect."""

    STATUS = "status"
    STATUS_AFTER = "status after"
    RESET = "reset"
    RESET_AFTER = "reset after"
    LATE = "late"
    """The effect is at once, the answer when the fault is released."""
    TRUNCATED = "truncated"
    HTML = "html"
    EMPTY = "empty"
    SECONDARY = "secondary"
    SECONDARY_WORDS = "secondary words"
    """The secondary limit without a header that says how long."""
    PRIMARY = "primary"
    TOO_MANY = "too many"
    EDIT = "edit"
    """`edit` makes another answer of it (partial data, a field of another shape)."""
    BEFORE = "before"
    """`run` is called before the effect: a race."""
    AFTER = "after"
    """`run` is called after the effect, before the answer is sent."""
    STALE = "stale"
    """A GraphQL reading that shows the state of `since` (see `GitHub.remember`)."""


@dataclass
class Fault:
    """One fault: it happens to the first `times` requests for which `when` holds, and to none of the others.

    `status`: of the STATUS kinds. `seconds`: how long a limit lasts. `words`: the message of a STATUS.
    """

    when: Callable[[Exchange], bool]
    kind: FaultKind
    times: int = 1
    status: int = 502
    seconds: int = 1
    words: str = "Server Error"
    run: Callable[[], object] | None = None
    edit: Callable[[Any], Any] | None = None
    since: Any = None
    hits: int = 0
    _released: threading.Event = field(default_factory=threading.Event)

    def release(self) -> None:
        """Let the late answers go."""
        self._released.set()

    def wait(self, seconds: float = 30) -> None:
        self._released.wait(seconds)


def to(method: str, ending: str = "") -> Callable[[Exchange], bool]:
    """Requests with this method whose path ends so."""
    return lambda exchange: exchange.method == method and exchange.path.endswith(ending)


def operation(name: str) -> Callable[[Exchange], bool]:
    """GraphQL operations of this name, or requests to this service of git."""
    return lambda exchange: exchange.operation == name
