"""Writes new files into a work tree, whole or not at all, and never over, through or into what is there."""

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES})
"""What file systems without hard links answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A file that is to be there. `path` and `places` count from the root of the work tree.

    `places`: where else such a file may be; one that is there makes this one needless.
    """

    path: str
    text: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """It was written."""

    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WouldWrite:
    """It would be written: this is a dry run."""

    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """There is one already, and it was left as it is."""

    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """It could not be written, and nothing else was touched; `reason` in words, with what to do."""

    path: str
    reason: str


Put: TypeAlias = Written | WouldWrite | Kept | Refused


def existing(root: Path, wanted: Wanted) -> str | None:
    """The file that makes this one needless, if there is one; what is no file is no such thing."""
    if _is_file(root / wanted.path):
        return wanted.path
    others = ((place, root / place) for place in wanted.places if place != wanted.path)
    return next((place for place, path in others if _is_file(path) or path.is_symlink()), None)


def put(root: Path, wanted: Wanted, *, dry: bool) -> Put:
    """Write a file, unless it or another one of its kind is there."""
    if (there := existing(root, wanted)) is not None:
        return Kept(path=there)
    if (reason := _obstacle(root, wanted.path)) is not None:
        return Refused(path=wanted.path, reason=reason)
    if dry:
        return WouldWrite(path=wanted.path)
    try:
        (root / wanted.path).parent.mkdir(parents=True, exist_ok=True)
        _create(root / wanted.path, wanted.text.encode())
    except FileExistsError:
        return Kept(path=wanted.path)  # somebody was faster
    except OSError as error:
        return Refused(path=wanted.path, reason=f"cannot be written: {error.strerror or error}")
    return Written(path=wanted.path)


def _is_file(path: Path) -> bool:
    """Whether a file is there; a link to one is none, a forge does not follow it."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _obstacle(root: Path, path: str) -> str | None:
    """What is in the way on the way to a file: a link is not followed, it may lead out of the repository."""
    parts = Path(path).parts
    for depth in range(1, len(parts) + 1):
        place = Path(*parts[:depth])
        try:
            mode = (root / place).lstat().st_mode
        except FileNotFoundError:
            return None
        except OSError as error:
            return f"cannot be looked at: {error.strerror or error}"
        is_last = depth == len(parts)
        what = "this" if is_last else f"its folder {place}"
        if stat.S_ISLNK(mode):
            return f"{what} is a symbolic link, which is not followed: remove it, or write the file by hand"
        if is_last:
            return f"{what} is {'a folder' if stat.S_ISDIR(mode) else 'no regular file'}: move it away"
        if not stat.S_ISDIR(mode):
            return f"{what} is a file, not a folder: move it away"
    return None


def _create(path: Path, data: bytes) -> None:
    """Give the finished file its name in one step, which fails where the name is taken."""
    temporary = path.parent / f".{path.name}.mergebot-{os.getpid()}-{os.urandom(4).hex()}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 (it is a descriptor)
            file.write(data)
            file.flush()
            os.fsync(handle)
        try:
            os.link(temporary, path)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            with path.open("xb") as file:
                file.write(data)
    finally:
        temporary.unlink(missing_ok=True)
