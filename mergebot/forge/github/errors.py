"""How GitHub refuses: one kind for each way in which the caller has to go on.

`words` are GitHub's own, on one line and without a secret; they are a stranger's text all the same.
"""

from collections.abc import Mapping
from typing import Any

from mergebot.errors import AccessError, MergebotError


class DeniedError(AccessError):
    """401, or a 403 that is no rate limit: the token may not do this; `words` say what GitHub said."""

    def __init__(self, message: str, *, words: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.words = words


class MissingError(AccessError):
    """404 or 410: it does not exist, or this token may not see it."""


class MovedError(AccessError):
    """A write to a repository that has another name now: nothing was done. `name`: that name, "" if unknown."""

    def __init__(self, message: str, *, name: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.name = name


class RefusedError(MergebotError):
    """400, 405, 409, 422 and the like: understood and not done. `status` and `words` tell why.

    `status` is 200 for what GraphQL refuses: a mutation, or a query with a field that this server does not know.
    `body`: the answer itself, where it is a JSON object.
    """

    def __init__(self, message: str, *, status: int, words: str, body: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.words = words
        self.body = body or {}


class LimitedError(MergebotError):
    """A rate limit that does not end soon enough to wait for it; `resets_at` in UTC seconds since 1970, if known."""

    def __init__(self, message: str, *, resets_at: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.resets_at = resets_at


class OutOfTimeError(LimitedError):
    """This pass has used up its time: nothing more is asked, the next pass goes on from here."""


class NoAnswerError(MergebotError):
    """A 5xx, a time-out or a broken connection: a write may or may not have been done, so look before anything else.

    For a read: it failed, also when it was tried again.
    """


class TooHeavyError(NoAnswerError):
    """A query that GitHub gave up on (502, 504, resource limits): ask for less at once, not for the same again."""
