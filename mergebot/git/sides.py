"""Which contents a merge needs, told from what its sides change. Pure.

Git merges path by path: a path that one side alone changed is taken as it is, unread. It reads the contents
- of a path that two sides changed, and
- of what was deleted and added on a side, where it looks there for renames; that it does where the other side changed
  what was deleted, or added something to a folder from which it was deleted.
Rather a blob too many than one too few: a missing one would leave a question without an answer.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mergebot.git.changes import Change, folders
from mergebot.model.ids import Sha

_SUBMODULE = b"160000"


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one side changes. `contents`: for each path all the blobs that it has there, before and after."""

    contents: Mapping[bytes, frozenset[Sha]]
    added: frozenset[bytes]
    deleted: frozenset[bytes]

    @classmethod
    def of(cls, changes: Iterable[Change]) -> "Side":
        """All these changes together."""
        contents: dict[bytes, frozenset[Sha]] = {}
        added, deleted = set[bytes](), set[bytes]()
        for change in changes:
            added.update(change.with_status(b"A"))
            deleted.update(change.with_status(b"D"))
            for path, entry in change.entries.items():
                contents[path] = contents.get(path, frozenset()).union(_blobs(entry))
        return cls(contents=contents, added=frozenset(added), deleted=frozenset(deleted))

    @cached_property
    def filled(self) -> frozenset[bytes]:
        """The folders that something was added to."""
        return frozenset(folder for path in self.added for folder in _with_root(path))

    @cached_property
    def emptied(self) -> frozenset[bytes]:
        """The folders that something was deleted from."""
        return frozenset(folder for path in self.deleted for folder in folders(path))

    def at(self, paths: Iterable[bytes]) -> Iterator[Sha]:
        """The blobs at these paths."""
        return (blob for path in paths for blob in self.contents.get(path, ()))


def contents_needed(base: Side, others: Sequence[Side], *, in_a_row: bool = False) -> set[Sha]:
    """The blobs that git needs to bring the others together with base and with each other.

    `in_a_row`: one after the other, each on all before it. What one deletes and another adds is then one side to the
    next, so git may find a rename that none of them made.
    """
    times = Counter(path for side in others for path in side.contents)
    contested = {path for path, count in times.items() if count > 1 or path in base.contents}
    sides = [base, *others]
    needed = {blob for side in sides for blob in side.at(contested)}
    deleting = [side for side in sides if _deletes_what_matters(side, contested, sides)]
    renaming = [side for side in deleting if side.added]
    for side in renaming:
        # In a row of commits a file may be renamed by one and edited by the next.
        needed.update(side.at(side.contents if side is not base else side.added | side.deleted))
    if in_a_row and deleting:
        needed.update(blob for side in deleting for blob in side.at(side.deleted))
        needed.update(blob for side in sides for blob in side.at(side.added))
        return needed
    # What is added to a renamed folder goes along, and may meet something there.
    moving = frozenset[bytes]().union(*(side.emptied | side.filled for side in renaming))
    for side in sides:
        if not moving.isdisjoint(side.filled):
            needed.update(side.at(path for path in side.added if not moving.isdisjoint(_with_root(path))))
    return needed


def _deletes_what_matters(side: Side, contested: set[bytes], sides: Sequence[Side]) -> bool:
    """Whether git looks for what became of something that this side deletes."""
    return not contested.isdisjoint(side.deleted) or any(
        not side.emptied.isdisjoint(other.filled) for other in sides if other is not side
    )


def _with_root(path: bytes) -> Iterator[bytes]:
    yield from folders(path)
    yield b""


def _blobs(entry: bytes) -> Iterator[Sha]:
    """The blobs of a raw diff entry, before and after; a submodule's commit is none."""
    old_mode, new_mode, old, new, _ = entry.lstrip(b":").split(b" ")
    for mode, blob in ((old_mode, old), (new_mode, new)):
        if mode != _SUBMODULE and blob.strip(b"0"):
            yield Sha(blob.decode())
