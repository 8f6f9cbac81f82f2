"""Pairs of PRs that conflict with each other, in squash space.

There each PR that merges into base by itself is one tree, 'base and its change'. Two of those have base in common and
nothing else, so no history is walked. A filter on changed paths leaves out the pairs that cannot meet; the rest is
merged by git, and no pair twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mergebot.git.changes import Change, candidates, folders, lost_folders
from mergebot.git.landing import Tip
from mergebot.git.merging import Merger, TreeMerge
from mergebot.model.ids import Sha
from mergebot.model.questions import Collision, Conflicts, Link, Unanswered


@dataclass(frozen=True, kw_only=True, slots=True)
class Squashed:
    """A PR in squash space. `own`: the commits of its head that base does not reach."""

    link: Link
    tree: Sha
    change: Change
    own: frozenset[Sha]

    def contains(self, other: "Squashed") -> bool:
        """Whether this head holds the other's head, or is it."""
        return other.link.head in self.own


Pair = tuple[Squashed, Squashed]

PairKey = tuple[int, int, Sha | None]
"""What decides whether two changes conflict: see `Pairs._key`."""


class Pairs:
    """Asks git about pairs, and remembers; `merged` counts how many pairs were given to git."""

    def __init__(self, merger: Merger) -> None:
        self.merged = 0
        self._merger = merger
        self._numbers: dict[frozenset[tuple[bytes, bytes]], int] = {}
        self._answers: dict[PairKey, Conflicts | None] = {}

    def colliding(self, tip: Tip, squashed: Sequence[Squashed]) -> list[Collision] | Unanswered:
        """The pairs of these that conflict, by number."""
        ordered = sorted(squashed, key=lambda one: one.link.pr)
        met = candidates([one.change for one in ordered], self._lost(ordered))
        pairs = [(ordered[i], ordered[j]) for i, j in sorted(met)]
        keys = self._keys(tip, [(a, b) for a, b in pairs if not a.contains(b) and not b.contains(a)])
        unknown = self._ask(tip, {key: pair for pair, key in keys if key not in self._answers})
        if unknown:
            return unknown
        answers = ((pair, self._answers[key]) for pair, key in keys)
        return [Collision(a=a.link.pr, b=b.link.pr, paths=answer.paths) for (a, b), answer in answers if answer]

    def _ask(self, tip: Tip, pairs: Mapping[PairKey, Pair]) -> Unanswered | None:
        """Have git merge these pairs, all at once, and keep what it says."""
        jobs = [TreeMerge(base=tip.tree, ours=a.tree, theirs=b.tree) for a, b in pairs.values()]
        self.merged += len(jobs)
        for key, answer in zip(pairs, self._merger.merge_trees(jobs), strict=True):
            if isinstance(answer, Unanswered):
                return answer
            self._answers[key] = answer if isinstance(answer, Conflicts) else None
        return None

    def _keys(self, tip: Tip, pairs: Sequence[Pair]) -> list[tuple[Pair, PairKey]]:
        """What decides whether a pair conflicts: the two changes, each with its blobs and modes before and after.

        The rest of base's tree matters only where git may see a folder renamed: whether a folder is gone, and what
        is in the way, depends on files that neither side changes. So where a side may hold a rename, its answer is
        good for that one tree of base alone.
        """
        keys: list[tuple[Pair, PairKey]] = []
        numbers = {one.link: self._number(one.change) for pair in pairs for one in pair}
        renaming = {one.link: one.change.may_rename() for pair in pairs for one in pair}
        for a, b in pairs:
            tree = tip.tree if renaming[a.link] or renaming[b.link] else None
            keys.append(((a, b), (numbers[a.link], numbers[b.link], tree)))
        return keys

    def _number(self, change: Change) -> int:
        """One number for equal changes."""
        return self._numbers.setdefault(frozenset(change.entries.items()), len(self._numbers))

    def _lost(self, squashed: Sequence[Squashed]) -> list[set[bytes]]:
        """For each the folders that are gone with it, as far as any of the others adds something to them."""
        filled = {folder for one in squashed for path in one.change.with_status(b"A") for folder in folders(path)}
        doubtful = [lost_folders(one.change) & filled for one in squashed]
        named = [(one.tree, folder) for one, some in zip(squashed, doubtful, strict=True) for folder in some]
        still = self._still_there([(tree, folder) for tree, folder in named if b"\n" not in folder])
        return [
            {folder for folder in some if (one.tree, folder) not in still}
            for one, some in zip(squashed, doubtful, strict=True)
        ]

    def _still_there(self, asked: Sequence[tuple[Sha, bytes]]) -> set[tuple[Sha, bytes]]:
        """Those of these folders that are in their tree; their names hold no line feed, which would end a question."""
        if not asked:
            return set()
        lines = b"".join(b"%s:%s\n" % (tree.encode(), folder) for tree, folder in asked)
        types = self._merger.git().run("cat-file", "--batch-check=%(objecttype)", stdin=lines).splitlines()
        return {one for one, kind in zip(asked, types, strict=True) if kind == b"tree"}
