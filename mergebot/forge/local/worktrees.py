"""What agents and people have checked out, and whether a branch can be moved under it (read only)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mergebot.errors import GitError
from mergebot.git.paths import readable
from mergebot.git.process import Git
from mergebot.git.repository import Worktree
from mergebot.model.ids import Branch

UNDER_WAY: Final = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
}
"""Files in a work tree's git directory that exist while something is half done."""

SHOWN_FILES: Final = 5

_SUBMODULE_AT_ANOTHER_COMMIT: Final = re.compile(rb"1 \.M S\S+ 160000 160000 160000 ")
"""As `git status --porcelain=v2` has it: nothing staged, and still a submodule on disk."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkout:
    """A branch in a work tree. `shown`: what messages call it. `rebasing`: a rebase of the branch is under way."""

    worktree: Worktree
    shown: str
    branch: Branch
    rebasing: bool = False


def checkouts(worktrees: Sequence[Worktree], root: Path) -> Mapping[Branch, tuple[Checkout, ...]]:
    """Every branch that is checked out, or being rebased, and where."""
    found: dict[Branch, tuple[Checkout, ...]] = {}
    for worktree in worktrees:
        branch = worktree.branch or _rebased_branch(worktree)
        if branch is not None:
            shown = shown_path(worktree.path, root)
            checkout = Checkout(worktree=worktree, shown=shown, branch=branch, rebasing=worktree.branch is None)
            found[branch] = (*found.get(branch, ()), checkout)
    return found


def obstacle(checkout: Checkout, *, passed_over: frozenset[bytes] = frozenset()) -> str:
    """Why the branch cannot be moved under this checkout; "" if it can.

    `passed_over`: paths whose changes do not count (the bot's own files, and a move that it has yet to complete).
    """
    worktree = checkout.worktree
    if worktree.gone:
        return f"{checkout.shown} is gone, but git still lists it: run git worktree prune"
    if checkout.rebasing:
        return f"a rebase is under way in {checkout.shown}: finish or abort it"
    folder = git_folder(worktree.path)
    if folder is None:
        return f"{checkout.shown} cannot be read: run git worktree repair"
    for name, what in UNDER_WAY.items():
        if (folder / name).exists():
            return f"{what} is under way in {checkout.shown}: finish or abort it"
    try:
        changed = [path for path in changed_paths(worktree.path) if path not in passed_over]
    except GitError as error:
        return f"{checkout.shown} cannot be read: {error.message}"
    if not changed:
        return ""
    return f"{checkout.shown} has uncommitted changes ({some_files(changed)}): commit or stash them"


def changed_paths(folder: Path) -> list[bytes]:
    """The tracked files of a work tree that are modified or staged.

    A submodule that is merely at another commit is none: no move of a branch touches it, as with git's own checkout,
    so this is how it stands after every merge that brought a new commit of it.

    Raises:
        GitError: git cannot tell.
    """
    git = Git(folder=folder)
    said = git.run(
        "status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=dirty"
    )
    return [_path(entry) for entry in said.split(b"\0") if entry and not _SUBMODULE_AT_ANOTHER_COMMIT.match(entry)]


def _path(entry: bytes) -> bytes:
    """The path of an entry of `git status --porcelain=v2`: one that is unmerged has more fields before it."""
    return entry.split(b" ", 10 if entry.startswith(b"u") else 8)[-1]


def some_files(paths: Sequence[bytes]) -> str:
    """The first few paths, in words."""
    names = [readable(path) for path in paths[:SHOWN_FILES]]
    rest = len(paths) - len(names)
    return ", ".join(names) + (f" and {rest} more" if rest else "")


def git_folder(worktree: Path) -> Path | None:
    """The git directory of a work tree."""
    entry = worktree / ".git"
    if entry.is_dir():
        return entry
    try:
        word, _, where = entry.read_text(errors="surrogateescape").partition(": ")
    except OSError:
        return None
    return worktree / where.rstrip("\n") if word == "gitdir" else None


def shown_path(path: Path, root: Path) -> str:
    """A work tree's path as people call it: from the main one, `worktrees/a`; the main one by its folder's name."""
    if path == root:
        return f"the work tree {path.name}"
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _rebased_branch(worktree: Worktree) -> Branch | None:
    folder = None if worktree.gone else git_folder(worktree.path)
    for name in ("rebase-merge", "rebase-apply") if folder else ():
        try:
            head = (Path(str(folder)) / name / "head-name").read_text(errors="surrogateescape").strip()
        except OSError:
            continue
        if head.startswith("refs/heads/"):
            return Branch(head.removeprefix("refs/heads/"))
    return None
