"""Small words for reasons: one line each, plain, not too long."""

from collections.abc import Iterable

from mergebot.model.ids import PrNumber


def listed(words: Iterable[str], most: int = 5) -> str:
    """The first few, and how many more there are."""
    every = list(words)
    if len(every) <= most:
        return ", ".join(every)
    return f"{', '.join(every[:most])} and {len(every) - most} more"


def numbered(numbers: Iterable[PrNumber], most: int = 5) -> str:
    """Pull requests by number, the first few."""
    return listed((f"#{number}" for number in numbers), most)


def counted(count: int, noun: str) -> str:
    """`1 check`, `2 checks`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
