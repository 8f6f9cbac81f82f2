"""GitHub's rate limits: how they are told from other refusals, and how long a pass waits for one to end.

platform: the primary limit is 403 or 429 with nothing remaining, and the second at which it ends; the secondary ones
are 403 or 429 with `Retry-After`, or with words alone, and then at least a minute; GraphQL says it in a 200.
"""

import json
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from mergebot.forge.github.errors import LimitedError, OutOfTimeError
from mergebot.forge.github.transport import Answer
from mergebot.forge.github.words import said

A_MINUTE: Final = 60.0
WRITES_A_MINUTE: Final = 60
"""Content is written this often without a pause; platform: at most 80 such requests a minute, counted for all."""

_WORDS: Final = re.compile(
    r"rate limit|abuse detection|please retry your request again later|wait a few minutes before you try again",
    re.IGNORECASE,
)
_DENIED: Final = re.compile(r"resource (not accessible|protected)|must have|archived|not allowed", re.IGNORECASE)
_LONGEST: Final = 7 * 24 * 3600.0
_GRAPH_KINDS: Final = ("RATE_LIMITED", "RATE_LIMIT")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """Seconds: `each` wait for a limit, `all` of them in one process, the `whole` process, one request's `timeout`.

    `tries`: how often a read is sent before it has failed.
    """

    each: float = 60.0
    all: float = 120.0
    whole: float = 720.0
    timeout: float = 20.0
    tries: int = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """A limit was met; `wait`: seconds until it ends. `words`: what GitHub said."""

    wait: float
    words: str


def limit_of(answer: Answer, *, now: float) -> Limit | None:
    """The rate limit that an answer speaks of, if it does; `now` in UTC seconds since 1970."""
    if answer.status == 200:  # noqa: PLR2004 (an HTTP status)
        limited = _is_limited(answer.text)
    else:
        limited = answer.status in (403, 429) and _is_refused_for_now(answer)
    if not limited:
        return None
    return Limit(wait=min(_wait(answer.headers, now), _LONGEST), words=said(answer.text))


def _is_limited(text: str) -> bool:
    """Whether GraphQL refused for a limit. It may have answered a part, which is of no use then."""
    if '"errors"' not in text or "rate" not in text.casefold():
        return False
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return False
    errors = content.get("errors") if isinstance(content, Mapping) else None
    found = [error for error in errors if isinstance(error, Mapping)] if isinstance(errors, list) else []
    if any(error.get("type") in _GRAPH_KINDS for error in found):
        return True
    return content.get("data") is None and any(_WORDS.search(str(error.get("message"))) for error in found)


def _is_refused_for_now(answer: Answer) -> bool:
    if answer.status == 429 or "retry-after" in answer.headers:  # noqa: PLR2004 (an HTTP status)
        return True
    words = said(answer.text)
    if _WORDS.search(words):
        return True
    # The last request of the hour may be denied for a reason of its own.
    return answer.headers.get("x-ratelimit-remaining") == "0" and not _DENIED.search(words)


def _wait(headers: Mapping[str, str], now: float) -> float:
    now = _date(headers.get("date", "")) or now  # the server's own clock, where it tells it
    after = headers.get("retry-after", "").strip()
    if after:
        return max(_number(after) or (_date(after) or now + A_MINUTE) - now, 1.0)
    if headers.get("x-ratelimit-remaining") == "0":
        return max((_number(headers.get("x-ratelimit-reset", "")) or now + A_MINUTE) - now, 1.0)
    return A_MINUTE


def _number(text: str) -> float | None:
    return float(text[:16]) if re.fullmatch(r"\d+(\.\d*)?", text.strip(), re.ASCII) else None


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


class Patience:
    """How long one process still waits, and for what; `clock` in UTC seconds, the others as in `time`."""

    def __init__(
        self,
        bounds: Bounds,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.bounds = bounds
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._until = monotonic() + bounds.whole
        self._left = bounds.all
        self._writes: deque[float] = deque(maxlen=WRITES_A_MINUTE)

    def now(self) -> float:
        """UTC seconds since 1970."""
        return self._clock()

    def go_on(self, wait: float = 0.0) -> None:
        """Find that there is time left, after so many seconds more.

        Raises:
            OutOfTimeError: there is none.
        """
        if self._monotonic() + wait >= self._until:
            minutes = f"{self.bounds.whole / 60:.0f} minutes"
            hint = "run again: the next pass goes on from here"
            raise OutOfTimeError(f"the pass ran out of time: it may take {minutes}", hint=hint)

    def pause(self, seconds: float) -> None:
        """Wait before a read is tried again.

        Raises:
            OutOfTimeError: the process has no time left for it.
        """
        self.go_on(seconds)
        self._sleep(seconds)

    def wait_out(self, limit: Limit) -> None:
        """Wait until a rate limit ends.

        Raises:
            LimitedError: that takes too long.
        """
        if limit.wait > min(self.bounds.each, self._left):
            at = self._clock() + limit.wait
            when = datetime.fromtimestamp(at, tz=UTC).strftime("%H:%M:%S UTC")
            raise LimitedError(
                f"GitHub's rate limit is used up until {when}: {limit.words}",
                resets_at=at,
                hint="run again after that; GITHUB_TOKEN shares 1,000 requests an hour with every workflow of the"
                " repository, a GitHub App has a limit of its own",
            )
        self._left -= limit.wait
        self.pause(limit.wait)

    def pace(self) -> None:
        """Wait where as much was written in the last minute as GitHub lets one write, and count one more write.

        Raises:
            OutOfTimeError: the process has no time left for it.
        """
        if len(self._writes) == WRITES_A_MINUTE:
            wait = self._writes[0] + A_MINUTE - self._monotonic()
            if wait > 0:
                self.pause(wait)
        self._writes.append(self._monotonic())
