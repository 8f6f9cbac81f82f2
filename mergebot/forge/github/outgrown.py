"""Heads that a PR had at the end of an earlier pass and has only been added to since: others may still stand on them.

They come from mergebot's memory, which strangers may have written. So each counts only while what the PR is now, or was
before mergebot rebased it, holds it: what an author has thrown away belongs to whoever still has it (contract 1).
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from mergebot.errors import GitError
from mergebot.forge.github.memory import MOST_OUTGROWN, Memory
from mergebot.git.repository import Repository
from mergebot.model.ids import PrNumber, Sha

MOST_ASKED: Final = 500
"""Questions to git in one reading: so many heads change between two passes at most."""

Heads = Mapping[PrNumber, tuple[Sha, ...]]


def outgrown_heads(
    repository: Repository, memory: Memory, heads: Mapping[PrNumber, Sha], rebased: Heads, *, taken: Collection[Sha]
) -> dict[PrNumber, tuple[Sha, ...]]:
    """The outgrown heads of these PRs, the oldest first.

    `heads`: their heads now, or that they landed with; `rebased`: what they had before mergebot rebased them. `taken`:
    heads of open PRs; one that began at another's head does not become that one's parent by growing.
    """
    questions = iter(range(MOST_ASKED))

    def is_held(old: Sha, tip: Sha) -> bool:
        if next(questions, None) is None:
            return False
        try:
            return repository.is_ancestor(old, tip)
        except GitError:
            return False

    found = {}
    for number, head in heads.items():
        tips = (head, *rebased.get(number, ()))
        older = (old for old in _remembered(memory, number) if old not in tips and old not in taken)
        if kept := tuple(old for old in older if any(is_held(old, tip) for tip in tips))[-MOST_OUTGROWN:]:
            found[number] = kept
    return found


def former_tips(number: PrNumber, head: Sha, rebased: Heads, outgrown: Heads) -> tuple[Sha, ...]:
    """The heads that a PR had before mergebot rebased it, and before its author added to them."""
    return tuple(tip for tip in (*rebased.get(number, ()), *outgrown.get(number, ())) if tip != head)


def _remembered(memory: Memory, number: PrNumber) -> Iterator[Sha]:
    last = memory.heads.get(number)
    yield from (old for old in memory.outgrown.get(number, ()) if old != last)
    if last is not None:
        yield last
