"""What the sides of merges change, between which commits, and the contents that are needed for that."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mergebot.git.changes import Change, TreePair, changes_or_reasons
from mergebot.git.history import trees_of
from mergebot.git.repository import Repository
from mergebot.git.sides import Side, contents_needed
from mergebot.model.ids import Sha


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """What lies between commits and `new`: the paths that differ from all of `olds` (none: all that it has)."""

    olds: tuple[Sha, ...]
    new: Sha


Spans = tuple[Span, ...]
"""What one side of a merge changed, in one go or commit by commit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Merging:
    """Merges: what came to base, and what each of the others changes; `in_a_row`: each goes on all before it.

    `twins`: commits of base that may have the patch of an own one; where two touch the very same paths, git compares
    their contents.
    """

    base: Spans
    others: tuple[Spans, ...]
    twins: Spans = ()
    in_a_row: bool = False


class Contents:
    """The contents that merges need; each change is looked at once, and all of them in one go."""

    def __init__(self, repo: Repository, merges: Sequence[Merging]) -> None:
        spans = {span for one in merges for side in (one.base, one.twins, *one.others) for span in side}
        self._nothing = Sha(hashlib.new(repo.object_format, b"tree 0\0").hexdigest())
        self._trees = trees_of(repo, {sha for span in spans for sha in (*span.olds, span.new)})
        self._read = changes_or_reasons(repo.git, {pair for span in spans for pair in self._pairs(span)})
        self._sides: dict[Spans, Side] = {}

    def needed(self, merging: Merging) -> set[Sha]:
        """The blobs that this merge needs."""
        others = [self._side(spans) for spans in merging.others]
        needed = contents_needed(self._side(merging.base), others, in_a_row=merging.in_a_row)
        return needed | self._compared(merging)

    def _compared(self, merging: Merging) -> set[Sha]:
        """The blobs of those commits whose patches git compares: they touch the very same paths."""
        own: dict[frozenset[bytes], list[Side]] = defaultdict(list)
        for span in (span for spans in merging.others if merging.twins for span in spans):
            own[frozenset(self._side((span,)).contents)].append(self._side((span,)))
        alike = ((side, own.get(frozenset(side.contents), [])) for side in (self._side((s,)) for s in merging.twins))
        return {blob for twin, sides in alike if sides for side in (twin, *sides) for blob in side.at(side.contents)}

    def _side(self, spans: Spans) -> Side:
        if spans not in self._sides:
            self._sides[spans] = Side.of(change for span in spans for change in self._changes(span))
        return self._sides[spans]

    def _changes(self, span: Span) -> Iterator[Change]:
        """What it changes; what cannot be read needs nothing."""
        found = [change for pair in self._pairs(span) if isinstance(change := self._read[pair], Change)]
        everywhere = set.intersection(*(set(change.entries) for change in found)) if len(found) > 1 else None
        for change in found:
            kept = change.entries.items()
            yield change if everywhere is None else Change({path: entry for path, entry in kept if path in everywhere})

    def _pairs(self, span: Span) -> list[TreePair]:
        new = self._trees.get(span.new)
        olds = [self._trees.get(old) for old in span.olds] or [self._nothing]
        return [(old, new) for old in olds if old is not None and new is not None]
