"""Pairs of PRs that conflict with each other, in squash space.

There each PR that merges into base by itself is one tree, 'base and its change'. Two of those have base in common and
nothing else, so no history is walked. A filter on changed paths leaves out the pairs that cannot meet. Of the rest,
most are decided file by file, the others (renames, deletions, folders) as whole trees; git does both, nothing twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mergebot.git.changes import Change, Meeting, folders, lost_folders, meetings
from mergebot.git.contents import Contest, can_be_merged_alone, merge_contents
from mergebot.git.landing import Tip
from mergebot.git.merging import Merger, TreeMerge
from mergebot.git.paths import readable
from mergebot.model.ids import Sha
from mergebot.model.questions import Collision, ConflictedPath, Conflicts, Link, Unanswered


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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pair:
    """Two PRs that meet, the smaller number first. `contests`: what they make of the paths both change."""

    a: Squashed
    b: Squashed
    contests: Mapping[bytes, Contest]
    folders: bool

    @classmethod
    def of(cls, a: Squashed, b: Squashed, meeting: Meeting) -> "_Pair":
        # Equal entries stay in: what one side deletes, the other may have renamed.
        contests = {path: (a.change.entries[path], b.change.entries[path]) for path in meeting.paths}
        return cls(a=a, b=b, contests=contests, folders=meeting.folders)

    def may_rename(self) -> bool:
        return self.a.change.may_rename or self.b.change.may_rename

    def is_file_by_file(self) -> bool:
        """Whether the contents of single files alone decide it.

        A file that was there before and still is on both sides is an end of no rename; and where all that both
        change are such files, and no folder is in question, neither side touches an end of the other's renames.
        """
        return not self.folders and all(map(can_be_merged_alone, self.contests.values()))


PairKey = tuple[int, int, Sha | None]
"""What decides whether two changes conflict: see `Pairs._key`."""


class Pairs:
    """Asks git about pairs, and remembers. `merged` counts what git was given to merge: files and whole pairs."""

    def __init__(self, merger: Merger) -> None:
        self.merged = 0
        self._merger = merger
        self._numbers: dict[frozenset[tuple[bytes, bytes]], int] = {}
        self._files: dict[Contest, str | None] = {}
        self._wholes: dict[PairKey, tuple[ConflictedPath, ...]] = {}

    def colliding(self, tip: Tip, squashed: Sequence[Squashed]) -> list[Collision] | Unanswered:
        """The pairs of these that conflict, by number."""
        alone: list[_Pair] = []
        together: list[_Pair] = []
        for pair in self._meeting(sorted(squashed, key=lambda one: one.link.pr)):
            (alone if pair.is_file_by_file() else together).append(pair)
        unknown = self._merge_files(alone) or self._merge_wholes(tip, together)
        if unknown:
            return unknown
        paths = {(pair.a.link.pr, pair.b.link.pr): self._paths_in_conflict(pair) for pair in alone}
        paths |= {(pair.a.link.pr, pair.b.link.pr): self._wholes[self._key(tip, pair)] for pair in together}
        return [Collision(a=a, b=b, paths=found) for (a, b), found in sorted(paths.items()) if found]

    def _meeting(self, squashed: Sequence[Squashed]) -> Iterator[_Pair]:
        for (i, j), meeting in meetings([one.change for one in squashed], self._lost(squashed)).items():
            a, b = squashed[i], squashed[j]
            if not a.contains(b) and not b.contains(a):
                yield _Pair.of(a, b, meeting)

    def _merge_files(self, pairs: Iterable[_Pair]) -> Unanswered | None:
        contests = dict.fromkeys(contest for pair in pairs for contest in pair.contests.values())
        new = [contest for contest in contests if contest not in self._files]
        answer = merge_contents(self._merger, new)
        if isinstance(answer, Unanswered):
            return answer
        self.merged += len(new)
        self._files |= answer
        return None

    def _paths_in_conflict(self, pair: _Pair) -> tuple[ConflictedPath, ...]:
        kinds = ((path, self._files[contest]) for path, contest in sorted(pair.contests.items()))
        return tuple(ConflictedPath(path=readable(path), kind=kind) for path, kind in kinds if kind)

    def _merge_wholes(self, tip: Tip, pairs: Iterable[_Pair]) -> Unanswered | None:
        new = {key: pair for pair in pairs if (key := self._key(tip, pair)) not in self._wholes}
        jobs = [TreeMerge(base=tip.tree, ours=pair.a.tree, theirs=pair.b.tree) for pair in new.values()]
        self.merged += len(jobs)
        for key, answer in zip(new, self._merger.merge(jobs), strict=True):
            if isinstance(answer, Unanswered):
                return answer
            self._wholes[key] = answer.paths if isinstance(answer, Conflicts) else ()
        return None

    def _key(self, tip: Tip, pair: _Pair) -> PairKey:
        """What decides whether a pair conflicts: the two changes, each with its blobs and modes before and after.

        The rest of base's tree matters only where git may see a folder renamed: whether a folder is gone, and what
        is in the way, depends on files that neither side changes. So where a side may hold a rename, its answer is
        good for that one tree of base alone.
        """
        return self._number(pair.a), self._number(pair.b), tip.tree if pair.may_rename() else None

    def _number(self, one: Squashed) -> int:
        """One number for equal changes."""
        return self._numbers.setdefault(one.change.as_set, len(self._numbers))

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
