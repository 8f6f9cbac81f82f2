"""Texts that make a regular expression slow: each one of mergebot's, on texts that are made against it."""

import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests.attacks.patterns import Used, attacks, every_pattern

SIZES: Final = (16, 128, 1_024, 8_192)
"""From short to long, so that what doubles with each letter, or grows with the square, ends the test and no more."""

FACTOR: Final = 400
"""How many times the work of looking at each letter once a pattern may do; the square would be 8,192 times that."""

FLOOR: Final = 0.002
"""Seconds that the clock, or another process, may add."""

TRUSTED: Final = {
    "mergebot.decide.glob._TOKEN": "it reads the globs of the config, which those who keep it have written"
}

PATTERNS: Final = [used for used in every_pattern() if used.where not in TRUSTED]
_EACH_LETTER: Final = re.compile("[^y]*y")


def seconds(method: Callable[..., object], *given: object) -> float:
    """What a call costs; where it gives its answers one by one, all of them."""
    start = time.process_time()
    found = method(*given)
    if isinstance(found, Iterator):
        deque(found, maxlen=0)
    return time.process_time() - start


def slow(used: Used, method: str) -> str | None:
    """The text on which it does more than the bound, None if there is none."""
    is_bytes = isinstance(used.pattern.pattern, bytes)
    call: Callable[..., object] = getattr(used.pattern, method)
    for prefix, unit, end in attacks(used.pattern):
        for size in SIZES:
            text = prefix + unit * (1 + size // len(unit)) + end
            spoiled = text.encode("utf-8", "surrogatepass") if is_bytes else text
            given = ((b"" if is_bytes else ""), spoiled) if method == "sub" else (spoiled,)
            plain = "x" * len(text)
            bound = FACTOR * min(seconds(_EACH_LETTER.match, plain) for _ in range(3)) + FLOOR
            if all(seconds(call, *given) > bound for _ in range(3)):
                return f"{prefix!r} + {unit!r} * {size} + {end!r}"
    return None


@pytest.mark.parametrize("used", PATTERNS, ids=lambda used: used.where)
def test_costs_time_in_proportion_to_the_text(used: Used) -> None:
    """Guards: no pattern goes back over what it has read; the bound is a multiple of reading the text once."""
    assert {method: slow(used, method) for method in used.methods} == dict.fromkeys(used.methods)


def test_all_patterns_are_found() -> None:
    """What this file looks at is all that there is."""
    assert len(PATTERNS) > 120


@pytest.mark.parametrize("bad", ["(a+)+$", "x*x*y", r"(?:a|a)*b", r"\s+$", r"<!--.*?-->"])
def test_a_slow_pattern_is_found(bad: str) -> None:
    """This test itself: exponential and square ones do not pass."""
    assert slow(Used("bad", re.compile(bad, re.DOTALL), frozenset({"search"})), "search") is not None
