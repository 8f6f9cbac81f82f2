"""What commits change, as git's raw diff entries, and which pairs of changes could conflict at all. Pure but for git.

Renames are not looked for here: both of their ends are in a raw diff, as a deletion and an addition.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from mergebot.errors import GitError
from mergebot.git.batch import all_or_each
from mergebot.git.process import Git
from mergebot.model.ids import Sha

TreePair = tuple[Sha, Sha]
"""An old tree and a new one."""


@dataclass(frozen=True)
class Change:
    """What lies between two trees: for each path git's raw entry (modes, blob ids, and what became of it)."""

    entries: Mapping[bytes, bytes]

    def with_status(self, status: bytes) -> Iterator[bytes]:
        """The paths that were added (`A`) or deleted (`D`)."""
        return (path for path, entry in self.entries.items() if entry.endswith(status))

    @cached_property
    def as_set(self) -> frozenset[tuple[bytes, bytes]]:
        """The same for equal changes, to be looked up by."""
        return frozenset(self.entries.items())

    @cached_property
    def may_rename(self) -> bool:
        """Whether git could see a rename in it: that takes a deletion and an addition."""
        return any(self.with_status(b"D")) and any(self.with_status(b"A"))


def changes_between(git: Git, pairs: Iterable[TreePair]) -> dict[TreePair, Change]:
    """The change between each pair of trees, in one process."""
    asked = list(dict.fromkeys(pairs))
    if not asked:
        return {}
    lines = "".join(f"{old} {new}\n" for old, new in asked)
    output = git.run("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", stdin=lines.encode())
    return dict(zip(asked, _parsed(output), strict=True))


def changes_or_reasons(git: Git, pairs: Iterable[TreePair]) -> dict[TreePair, Change | str]:
    """The change between each pair of trees; for one that cannot be read, the reason, and that for it alone."""

    def reason(pair: TreePair, error: GitError) -> dict[TreePair, Change | str]:
        return {pair: f"the change from {pair[0]} to {pair[1]} cannot be read: {error.message}"}

    return all_or_each(lambda asked: dict[TreePair, Change | str](changes_between(git, asked)), pairs, reason)


def _parsed(output: bytes) -> Iterator[Change]:
    r"""Cut the output up: for each pair the line `OLD NEW\n`, then entries `:meta\0path\0`."""
    at, end = 0, len(output)
    while at < end:
        at = output.index(b"\n", at) + 1
        entries = {}
        while output.startswith(b":", at):
            middle = output.index(b"\0", at)
            last = output.index(b"\0", middle + 1)
            entries[output[middle + 1 : last]] = output[at:middle]
            at = last + 1
        yield Change(entries)


def folders(path: bytes) -> Iterator[bytes]:
    """The folders that a path lies in, the nearest first, without the root."""
    while (cut := path.rfind(b"/")) >= 0:
        path = path[:cut]
        yield path


def lost_folders(change: Change) -> set[bytes]:
    """The folders that this change may have renamed: something in them was deleted, and something was added."""
    if not change.may_rename:
        return set()
    return {folder for path in change.with_status(b"D") for folder in folders(path)}


@dataclass(slots=True)
class Meeting:
    """Where two changes meet: `paths` both change; `folders`: a path of one is, or was, a folder of the other's."""

    paths: list[bytes] = field(default_factory=list)
    folders: bool = False


def meetings(changes: Sequence[Change], lost: Sequence[set[bytes]]) -> dict[tuple[int, int], Meeting]:
    """The pairs (by index, the smaller first) that could conflict; all others cannot.

    Git merges path by path, so two changes meet only where
    - both change one path (the ends of a rename are such paths), or
    - one changes a path that is a folder of a path of the other (file against directory), or
    - one adds a path in a folder that the other has renamed: git carries it over to the new folder. `lost` has for
      each change the folders that are gone with it; git never takes a folder that is still there for renamed.
    """
    at: dict[bytes, list[int]] = defaultdict(list)
    renamed: dict[bytes, list[int]] = defaultdict(list)
    for i, change in enumerate(changes):
        for path in change.entries:
            at[path].append(i)
        for folder in lost[i]:
            renamed[folder].append(i)
    met: dict[tuple[int, int], Meeting] = defaultdict(Meeting)
    for path, who in at.items():
        for pair in combinations(who, 2):
            met[pair].paths.append(path)
    for i, change in enumerate(changes):
        for j in _met_in_folders(change, at, renamed) - {i}:
            met[min(i, j), max(i, j)].folders = True
    return dict(met)


def _met_in_folders(change: Change, at: Mapping[bytes, list[int]], renamed: Mapping[bytes, list[int]]) -> set[int]:
    met: set[int] = set()
    for path in change.entries:
        for folder in folders(path):
            met.update(at.get(folder, ()))
    for path in change.with_status(b"A"):
        for folder in folders(path):
            met.update(renamed.get(folder, ()))
    return met
