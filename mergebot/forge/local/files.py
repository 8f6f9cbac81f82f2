"""Files that others write too: read whole or not at all, replaced atomically, and never over another's write."""

import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mergebot.errors import MergebotError

_TRIES = 8
"""How often a replacement is computed anew because somebody else wrote meanwhile."""

_PATIENCE = 5
"""Seconds to wait for another of our own writers, which needs milliseconds."""

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2

MARK = ".mergebot-"
"""What temporary files beside the real ones are called, so that those of a killed pass can be told and removed."""


def read_file(path: Path) -> bytes | None:
    """The bytes of a file, None where there is none.

    Raises:
        MergebotError: it exists, but is no plain file (a pipe is never waited for) or cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise MergebotError(f"{path} is not a file", hint="remove what is there, or name a plain file")
        with open(handle, "rb", closefd=False) as file:
            return file.read()
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(handle)


def edit_file(path: Path, edit: Callable[[bytes | None], bytes]) -> bool:
    """Replace a file by what `edit` makes of it, atomically; whether anything was written.

    A compare-and-swap on the whole content: what somebody else writes meanwhile is given to `edit` again, so it is
    never lost. `edit` must be a function of its argument alone. A link is followed, the mode is kept.

    Raises:
        MergebotError: the file cannot be read or written, or others never stop writing it.
    """
    target = Path(os.path.realpath(path))
    try:
        with _alone(target.parent):
            current = read_file(target)
            for _ in range(_TRIES):
                if (new := edit(current)) == current:
                    return False
                if (found := _swap(target, current, new)) == current:
                    return True
                current = found
    except OSError as error:
        raise MergebotError(f"{path} cannot be written: {error.strerror or error}") from error
    raise MergebotError(f"{path} was written by others {_TRIES} times in a row", hint="run mergebot again")


def write_file(path: Path, content: bytes) -> None:
    """Write a file that nobody else writes, atomically; its folder is made.

    Raises:
        MergebotError: it cannot be written.
    """
    try:
        temporary = _temporary(path, content)
        os.replace(temporary, path)  # noqa: PTH105 (as everywhere in this file: the plain system call)
    except OSError as error:
        raise MergebotError(f"{path} cannot be written: {error.strerror or error}") from error


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of a pass that was killed; only while the lock is held."""
    with suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208 (names are enough, and a missing folder is no matter)
            if name.startswith(".") and MARK in name:
                (folder / name).unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other writers of ours away: two that undo each other's exchange could lose a third one's write."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _wait_for(handle, folder)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int, folder: Path) -> None:
    for _ in range(_PATIENCE * 100):
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
    raise MergebotError(f"another process has been writing in {folder} for {_PATIENCE} seconds")


def _swap(path: Path, expected: bytes | None, new: bytes) -> bytes | None:
    """Put `new` in place; what was there at that moment is `expected`, or else it is given back to be merged in."""
    if (now := read_file(path)) != expected:
        return now
    temporary = _temporary(path, new)
    try:
        if expected is None:
            return _create(temporary, path)
        if not _exchange(temporary, path):
            os.replace(temporary, path)  # noqa: PTH105 (as above)
            return expected
        # Both names exist all the time, and what came out is what was really there.
        found = read_file(temporary)
        if found != expected:
            found = _put_back(temporary, path, new)
        return found
    finally:
        temporary.unlink(missing_ok=True)


def _put_back(temporary: Path, path: Path, ours: bytes) -> bytes | None:
    """Undo an exchange that took somebody's write out, until what comes out is what we had put in; that write."""
    for _ in range(_TRIES):
        theirs = read_file(temporary)
        _exchange(temporary, path)
        if (found := read_file(temporary)) == ours:
            return theirs
        ours = theirs or b""
        if found is None:
            break
    return read_file(path)


def _create(temporary: Path, path: Path) -> bytes | None:
    """Give the file its name, unless there is one already."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return read_file(path)
    except OSError:  # a file system without hard links
        os.replace(temporary, path)  # noqa: PTH105 (as above)
    return None


def _temporary(path: Path, content: bytes) -> Path:
    """A new file beside `path` with this content, on disk for good, with the mode of what it will replace."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}{MARK}{os.getpid()}-{os.urandom(4).hex()}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    with open(handle, "wb") as file:  # noqa: PTH123 (as above)
        with suppress(FileNotFoundError):
            os.fchmod(handle, stat.S_IMODE(path.stat().st_mode))
        file.write(content)
        file.flush()
        os.fsync(handle)
    return temporary


def _exchange(one: Path, other: Path) -> bool:
    """Let two files swap their names at one moment; False where the system cannot (then a plain rename must do)."""
    import ctypes  # noqa: PLC0415 (start-up time: only a pass that writes needs it)

    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    names = os.fsencode(one), os.fsencode(other)
    if rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return True
    if (code := ctypes.get_errno()) in {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}:
        return False
    raise OSError(code, os.strerror(code))


def _unreadable(path: Path, error: OSError) -> MergebotError:
    return MergebotError(f"{path} cannot be read: {error.strerror or error}")
