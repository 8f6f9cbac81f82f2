"""Finds the repository that a folder belongs to, and its work trees."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mergebot.errors import AccessError, GitError
from mergebot.git.paths import name
from mergebot.git.process import Git, last_words
from mergebot.model.ids import Branch, Sha

OLDEST_GIT = (2, 38)
"""The first git with `merge-tree --write-tree`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Worktree:
    """A work tree. `branch` is None where it is detached, `head` where it has no commit yet.

    `gone`: git still lists it, and keeps its branch from deletion, but its folder is no longer there.
    """

    path: Path
    branch: Branch | None
    head: Sha | None
    is_main: bool
    gone: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """Where the parts of a repository are; the fields are those of `Repository`."""

    path: Path
    git_dir: Path
    common_dir: Path
    bare: bool
    main_worktree: Path | None
    object_format: Literal["sha1", "sha256"]
    version: tuple[int, ...]


def locate(path: Path) -> Location:
    """Find the repository of a folder.

    Raises:
        AccessError: there is none, it may not be used, or git is missing or too old.
    """
    if not path.is_dir():
        raise AccessError(f"{path}: no such folder", hint="name a folder of a git repository")
    git = Git(folder=path)
    version = git_version(git)
    bare, object_format, git_dir, common_dir = _ask_where(git, path)
    top = None if bare == "true" else _top(git)
    folder = top or Path(git_dir)
    return Location(
        path=folder,
        git_dir=Path(git_dir),
        common_dir=Path(common_dir),
        bare=bare == "true" and git_dir == common_dir,
        main_worktree=top if top and git_dir == common_dir else _main_worktree(Git(folder=folder)),
        object_format="sha256" if object_format == "sha256" else "sha1",
        version=version,
    )


def git_version(git: Git) -> tuple[int, ...]:
    """The version of the git that is run.

    Raises:
        AccessError: it is older than 2.38.
    """
    said = git.run("version").decode(errors="replace").strip()
    numbers = re.search(r"(?<!\d)\d+(?:\.\d+)+", said)
    version = tuple(int(part) for part in numbers[0].split(".")) if numbers else (0,)
    if version < OLDEST_GIT:
        raise AccessError(f"{said} is too old: `merge-tree --write-tree` is missing", hint="install git 2.38 or newer")
    return version


def list_worktrees(git: Git) -> tuple[Worktree, ...]:
    """Every work tree, the main one first; the entry that stands for a bare repository is left out."""
    listed = git.run("worktree", "list", "--porcelain", "-z")
    entries = [entry.split(b"\0") for entry in listed.split(b"\0\0") if entry]
    found = [_worktree(lines, is_main=number == 0) for number, lines in enumerate(entries)]
    return tuple(worktree for worktree in found if worktree)


def _worktree(lines: list[bytes], *, is_main: bool) -> Worktree | None:
    words = {key: value for key, _, value in (line.partition(b" ") for line in lines)}
    if b"bare" in words:
        return None
    branch = name(words[b"branch"]).removeprefix("refs/heads/") if b"branch" in words else None
    head = words.get(b"HEAD", b"0").decode()
    return Worktree(
        path=Path(name(words[b"worktree"])),
        branch=Branch(branch) if branch is not None else None,
        head=Sha(head) if head.strip("0") else None,
        is_main=is_main,
        gone=b"prunable" in words,
    )


def _ask_where(git: Git, path: Path) -> list[str]:
    asked = ("--is-bare-repository", "--show-object-format", "--git-dir", "--git-common-dir")
    done = git.finish("rev-parse", "--path-format=absolute", *asked)
    if done.returncode:
        raise _no_entry(path, last_words(done.stderr))
    lines = name(done.stdout).splitlines()
    if len(lines) != len(asked):
        raise AccessError(f"{path}: its name holds a line break", hint="move the repository to another folder")
    return lines


def _no_entry(path: Path, words: str) -> AccessError:
    if words.startswith("not a git repository"):
        return AccessError(f"{path} is not in a git repository", hint="name a folder of one, or make one: git init")
    if words.startswith("detected dubious ownership"):
        allow = "if you trust it: git config --global --add safe.directory FOLDER"
        return AccessError(f"{path} belongs to someone else, and git refuses to use it", hint=allow)
    return AccessError(f"{path} cannot be used: {words}", hint="see what `git status` says there")


def _top(git: Git) -> Path | None:
    """The top of the work tree; None in the repository's own folder, which is in no work tree."""
    done = git.finish("rev-parse", "--show-toplevel")
    return Path(name(done.stdout).removesuffix("\n")) if not done.returncode and done.stdout else None


def _main_worktree(git: Git) -> Path | None:
    try:
        return next((worktree.path for worktree in list_worktrees(git) if worktree.is_main), None)
    except GitError:  # a damaged list of work trees says nothing against the repository itself
        return None
