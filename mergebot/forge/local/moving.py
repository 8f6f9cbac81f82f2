"""Moves a checkout along after its branch was moved, as `receive.denyCurrentBranch=updateInstead` does.

The move is written down as a ref in the transaction that moves the branch, so that a killed pass is completed by the
next one. What is neither the old nor the new version of a file is the user's, and is never touched.
"""

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mergebot.errors import GitError
from mergebot.forge.local.landings import CHECKOUT
from mergebot.forge.local.worktrees import some_files
from mergebot.git.process import Git
from mergebot.git.repository import RefUpdate, Worktree
from mergebot.model.ids import Sha

_GITLINK = b"160000"


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """A work tree is to go from commit `old` to `new`; `own`: the bot's own files, which stay as they are."""

    folder: Path
    old: Sha
    new: Sha
    own: frozenset[bytes] = frozenset()

    @property
    def ref(self) -> str:
        """The ref that says so while it is not done."""
        return f"{CHECKOUT}{_id(self.folder)}/{self.new}"

    def announced(self) -> RefUpdate:
        """The ref update that writes the move down."""
        return RefUpdate(ref=self.ref, old=None, new=self.old)

    def finished(self) -> RefUpdate:
        """The ref update that crosses it out."""
        return RefUpdate(ref=self.ref, old=self.old, new=None)


@dataclass(frozen=True, slots=True)
class _Change:
    path: bytes
    old: tuple[bytes, bytes] | None
    new: tuple[bytes, bytes] | None


def pending(refs: Mapping[str, Sha], worktrees: Collection[Worktree], own: frozenset[bytes]) -> dict[str, Move | None]:
    """The moves that were written down and not crossed out, by ref; None for one that nobody needs any more."""
    places = {_id(worktree.path): worktree for worktree in worktrees if not worktree.gone}
    moves: dict[str, Move | None] = {}
    for ref, old in refs.items():
        place, _, new = ref.removeprefix(CHECKOUT).partition("/")
        worktree = places.get(place)
        # Whoever has committed or checked out something else there since has settled the matter.
        wanted = worktree is not None and worktree.head == new
        moves[ref] = Move(folder=worktree.path, old=old, new=Sha(new), own=own) if worktree and wanted else None
    return moves


def hindrance(move: Move) -> str:
    """Why the move cannot be made, found by trying it without doing it; "" if it can.

    The checkout must be clean and the branch not moved yet.
    """
    try:
        with _prepared(move, dry=True) as (git, old):
            git.run("read-tree", "-n", "-m", "-u", old, move.new)
    except GitError as error:
        return in_words(error)
    return ""


def in_words(error: GitError) -> str:
    """Why a work tree cannot follow, and what to do about it."""
    why = re.sub(r"^git [a-z-]+ failed: ", "", error.message).removesuffix(".")
    if why.startswith("Untracked working tree file"):
        return f"{why}: move that file away"
    if "index.lock" in why and why.endswith("File exists"):
        return f"{why}: another git is at work there; if none is, remove that lock file"
    return why


def carry_out(move: Move) -> None:
    """Bring the files and the index from the old to the new commit, also where a killed pass had begun to.

    Raises:
        GitError: something there is the user's; nothing of it was touched.
    """
    with _prepared(move, dry=False) as (git, old):
        _acknowledge(git, move)
        git.run("read-tree", "-m", "-u", old, move.new)


def strays(move: Move) -> list[bytes]:
    """The files of a begun move that are neither the old nor the new version, in the work tree or in the index."""
    git = Git(folder=move.folder)
    changes = _changes(git, move)
    index = _index(git)
    at_old = _present(move.folder, {change.path: change.old for change in changes})
    at_new = _present(move.folder, {change.path: change.new for change in changes})
    return [
        change.path
        for change in changes
        if change.path not in at_old | at_new or index.get(change.path) not in {change.old, change.new}
    ]


def touched(move: Move) -> frozenset[bytes]:
    """The paths that the move changes."""
    return frozenset(change.path for change in _changes(Git(folder=move.folder), move)) | move.own


def stray_words(shown: str, paths: list[bytes]) -> str:
    """What to tell a user whose files stand in the way of a begun move."""
    return (
        f"{shown} was being brought to the new tip of its branch, but these files were changed meanwhile: "
        f"{some_files(paths)}; save your version elsewhere, then take the branch's: git checkout HEAD -- FILE"
    )


@contextmanager
def _prepared(move: Move, *, dry: bool) -> Iterator[tuple[Git, str]]:
    """Git in the work tree, and the tree to come from: the old one, but for the bot's own files, which stay."""
    git = Git(folder=move.folder)
    git.run("update-index", "--refresh", ok=(0, 1))  # with -q it would not say why it failed
    own = [change for change in _changes(git, move, own=True) if change.path in move.own]
    if not own:
        yield git, move.old
        return
    with tempfile.TemporaryDirectory(prefix="mergebot-") as folder:
        entries = _index_info(own)
        aside = Git(folder=move.folder, env={"GIT_INDEX_FILE": f"{folder}/old"})
        aside.run("read-tree", move.old)
        aside.run("update-index", "-z", "--index-info", stdin=entries)
        old = aside.run("write-tree").decode().strip()
        if dry:
            git = Git(folder=move.folder, env={"GIT_INDEX_FILE": f"{folder}/index"})
            real = Path(Git(folder=move.folder).run("rev-parse", "--absolute-git-dir").decode().rstrip("\n")) / "index"
            Path(folder, "index").write_bytes(real.read_bytes())
        git.run("update-index", "-z", "--index-info", stdin=entries)
        yield git, old


def _acknowledge(git: Git, move: Move) -> None:
    """Tell the index of the files that already are the new version, so that git does not take them for changes."""
    changes = _changes(git, move)
    index = _index(git)
    at_new = _present(move.folder, {change.path: change.new for change in changes})
    there = [
        change
        for change in changes
        if change.new is not None and change.path in at_new and index.get(change.path) == change.old
    ]
    if there:
        git.run("update-index", "-z", "--index-info", stdin=_index_info(there))
        git.run("update-index", "-q", "--refresh", ok=(0, 1))


def _changes(git: Git, move: Move, *, own: bool = False) -> list[_Change]:
    """What differs between the two commits; without the bot's own files, unless they are asked for."""
    fields = git.run("diff-tree", "-r", "-z", "--no-renames", "--no-commit-id", move.old, move.new).split(b"\0")
    changes = []
    for header, path in zip(fields[::2], fields[1::2], strict=False):
        old_mode, new_mode, old, new, _ = header.removeprefix(b":").split(b" ")
        before = (old_mode, old) if old.strip(b"0") else None
        after = (new_mode, new) if new.strip(b"0") else None
        if own or path not in move.own:
            changes.append(_Change(path, before, after))
    return changes


def _index(git: Git) -> dict[bytes, tuple[bytes, bytes]]:
    """Mode and object of every path in the index."""
    entries: dict[bytes, tuple[bytes, bytes]] = {}
    for entry in git.run("ls-files", "--stage", "-z").split(b"\0"):
        if entry:
            words, _, path = entry.partition(b"\t")
            mode, sha, _ = words.split(b" ")
            entries[path] = mode, sha
    return entries


def _index_info(changes: Collection[_Change]) -> bytes:
    """The new version of these paths, as `update-index --index-info` reads it."""
    gone = (b"0", b"0" * 40)
    lines = ((change.path, change.new or (gone[0], b"0" * len((change.old or gone)[1]))) for change in changes)
    return b"".join(b"%b %b\t%b\0" % (mode, sha, path) for path, (mode, sha) in lines)


def _present(folder: Path, version: Mapping[bytes, tuple[bytes, bytes] | None]) -> set[bytes]:
    """The paths that stand in the work tree as this version has them (None: not at all)."""
    there = {path: entry for path, entry in version.items() if entry is not None and entry[0] != _GITLINK}
    absent = {path for path, entry in version.items() if entry is None and _is_absent(folder, path)}
    links = {path for path, entry in version.items() if entry is not None and entry[0] == _GITLINK}
    if not there:
        return absent | links
    with tempfile.TemporaryDirectory(prefix="mergebot-") as temporary:
        git = Git(folder=folder, env={"GIT_INDEX_FILE": f"{temporary}/index"})
        entries = b"".join(b"%b %b\t%b\0" % (*entry, path) for path, entry in there.items())
        git.run("update-index", "-z", "--index-info", stdin=entries)
        git.run("update-index", "-q", "--refresh", ok=(0, 1))
        other = set(git.run("diff-files", "-z", "--name-only").split(b"\0"))
    return absent | links | (there.keys() - other)


def _is_absent(folder: Path, path: bytes) -> bool:
    """Whether there is no file; a folder of that name is none."""
    try:
        return stat.S_ISDIR(os.lstat(os.fsencode(folder) + b"/" + path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True


def _id(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
