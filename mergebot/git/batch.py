"""Asks about many things at once, and about each apart where that fails, so that one does not hide the others."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from mergebot.errors import GitError

K = TypeVar("K")
V = TypeVar("V")


def all_or_each(
    ask: Callable[[list[K]], dict[K, V]], keys: Iterable[K], failed: Callable[[K, GitError], dict[K, V]]
) -> dict[K, V]:
    """The answers for these keys; `failed` gives what stands for the answer that git could not give.

    Without keys nothing is asked: a process that says nothing takes as long as any other.
    """
    asked = list(dict.fromkeys(keys))
    if not asked:
        return {}
    try:
        return ask(asked)
    except GitError:
        found: dict[K, V] = {}
        for key in asked:
            try:
                found |= ask([key])
            except GitError as error:
                found |= failed(key, error)
        return found
