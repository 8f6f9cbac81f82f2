"""Who brought the other side of a conflict."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace

from mergebot.errors import GitError
from mergebot.git.changes import Change, folders
from mergebot.git.paths import raw
from mergebot.git.repository import Repository
from mergebot.model.ids import Sha
from mergebot.model.questions import Conflicts

MOST_COMMITS = 20
MOST_PATHS = 100
"""Enough to say who it was; a command line has room for them."""


def with_culprits(conflicts: Conflicts, repo: Repository, *, base: Sha, head: Sha) -> Conflicts:
    """The conflict with the commits of base that changed its paths since head left it, newest first."""
    for paths in _nearer_and_wider(conflicts):
        words = [os.fsdecode(path) for path in paths[:MOST_PATHS]]
        try:
            listed = repo.run("rev-list", "--topo-order", f"--max-count={MOST_COMMITS}", base, f"^{head}", "--", *words)
        except GitError:  # who it was is help, not the answer
            return conflicts
        if words and listed:
            return replace(conflicts, brought_by=tuple(map(Sha, listed.decode().split())))
    return conflicts


def culprits_among(conflicts: Conflicts, earlier: Iterable[tuple[Sha, Change]]) -> tuple[Sha, ...]:
    """Those of the heads that landed earlier whose changes touch the paths of the conflict, the last one first."""
    landed = list(earlier)
    for paths in _nearer_and_wider(conflicts):
        found = [head for head, change in landed if _touches(change, paths)]
        if found:
            return tuple(reversed(found))
    return ()


def _nearer_and_wider(conflicts: Conflicts) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """The paths themselves; then their folders, for where a folder was renamed the other side may have neither path."""
    paths = [raw(conflicted.path) for conflicted in conflicts.paths]
    return paths, list(dict.fromkeys(folder for path in paths for folder in list(folders(path))[:1]))


def _touches(change: Change, paths: Sequence[bytes]) -> bool:
    wanted = set(paths)
    return any(path in wanted or not wanted.isdisjoint(folders(path)) for path in change.entries)
