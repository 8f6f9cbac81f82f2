"""Merges single files, many in one go: they are put side by side into three trees, which git merges as it does any.

All files are in all three trees, so git has no rename to look for, and each file is merged as if it were alone.
"""

from collections.abc import Iterable, Sequence

from mergebot.git.merging import Merger, TreeMerge
from mergebot.model.ids import Sha
from mergebot.model.questions import Conflicts, Unanswered

Contest = tuple[bytes, bytes]
"""What two sides made of one file: git's raw diff entries of both (modes, blob ids, `M`), from one old file."""

AT_ONCE = 2_000

_FILES = (b"100644", b"100755", b"120000")


def can_be_merged_alone(contest: Contest) -> bool:
    """Whether both sides modified a file or a link; not where one added, deleted or made something else of it."""
    return all(
        fields[4] == b"M" and fields[0][1:] in _FILES and fields[1] in _FILES
        for fields in (entry.split(b" ") for entry in contest)
    )


def merge_contents(merger: Merger, contests: Iterable[Contest]) -> dict[Contest, str | None] | Unanswered:
    """For each contest the kind of its conflict, None where it merges cleanly.

    Raises:
        GitError: the trees cannot be written.
    """
    asked = list(dict.fromkeys(contests))
    parts = [asked[start : start + AT_ONCE] for start in range(0, len(asked), AT_ONCE)]
    found: dict[Contest, str | None] = {}
    for part, answer in zip(parts, merger.merge(_jobs(merger, parts)), strict=True):
        if isinstance(answer, Unanswered):
            return answer
        kinds = {path.path: path.kind for path in answer.paths} if isinstance(answer, Conflicts) else {}
        found |= {contest: kinds.get(str(number)) for number, contest in enumerate(part)}
    return found


def _jobs(merger: Merger, parts: Sequence[Sequence[Contest]]) -> list[TreeMerge]:
    """One merge for each part; all trees are written by one process, in which a file's name is its number."""
    trees = [tree for part in parts for tree in (_listed(part, 0, 0), _listed(part, 0, 1), _listed(part, 1, 1))]
    if not trees:
        return []
    written = merger.git().run("mktree", "--batch", "--missing", stdin=b"\n".join(trees))
    names = iter(map(Sha, written.decode().split()))
    return [
        TreeMerge(base=base, ours=ours, theirs=theirs) for base, ours, theirs in zip(names, names, names, strict=True)
    ]


def _listed(part: Sequence[Contest], side: int, when: int) -> bytes:
    """The tree with what one side has of each file, before (0) or after (1)."""
    fields = (contest[side].split(b" ") for contest in part)
    return b"".join(
        b"%s blob %s\t%d\n" % (field[when].lstrip(b":"), field[2 + when], number) for number, field in enumerate(fields)
    )
