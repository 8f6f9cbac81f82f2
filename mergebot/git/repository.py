"""A repository on disk: refs, commits, and where things are. No work tree is touched here.

Every ref moves by compare-and-swap, several at once in one transaction (`git update-ref --stdin`).
"""

from dataclasses import dataclass
from pathlib import Path

from mergebot.model.ids import Sha


@dataclass(frozen=True, kw_only=True, slots=True)
class RefUpdate:
    """Move `ref` (a full name) from `old` to `new`; None as `old`: it must not exist, None as `new`: delete it."""

    ref: str
    old: Sha | None
    new: Sha | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who commits, and when (UTC seconds since 1970)."""

    name: str
    email: str
    when: int


class Repository:
    """One git repository."""

    def __init__(self, path: Path) -> None:
        self.path = path
