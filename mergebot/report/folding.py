"""Long sections: the first rows are shown, of the rest it is said how many there are and which."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, TypeVar

from mergebot.model.ids import PrNumber
from mergebot.model.plan import Entry
from mergebot.report import render

T = TypeVar("T")

SLACK: Final = 3
"""A rest that is this short is shown: the line that counts it would save nothing."""

NAMED: Final = 12
"""How many PRs of the rest are named."""


def folded(items: Sequence[T], rows: int) -> tuple[Sequence[T], Sequence[T]]:
    """Those that are shown, and those that are only counted."""
    shown = len(items) if len(items) <= rows + SLACK else rows
    return items[:shown], items[shown:]


def rest_of_entries(rest: Sequence[Entry]) -> str:
    """`125 more, 100 waiting, 25 blocked: #26, #27 and 123 more`; "" where nothing is left out."""
    if not rest:
        return ""
    count = Counter(entry.state for entry in rest)
    states = [f"{count[state]} {state}" for state in render.STATE_ORDER if count[state]]
    return f"{rest_of_numbers([entry.pr for entry in rest], ', '.join(states))}"


def rest_of_numbers(rest: Sequence[PrNumber], states: str = "") -> str:
    """`125 more: #26, #27 and 123 more`; "" where nothing is left out."""
    if not rest:
        return ""
    numbers = render.some([f"#{number}" for number in dict.fromkeys(rest)], NAMED)
    return f"{', '.join(filter(None, [f'{len(rest)} more', states]))}: {numbers}"
