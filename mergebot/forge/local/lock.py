"""One pass at a time on one repository: an advisory lock that the kernel drops when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mergebot.errors import LockedError, MergebotError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on this file; it is not inherited by the programs that are run meanwhile.

    Raises:
        LockedError: another process holds it; the message names it.
        MergebotError: the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise MergebotError(f"the lock {path} cannot be made: {error.strerror or error}") from error
    try:
        _acquire(handle, path)
        with suppress(OSError):  # a full disk: who holds it cannot be told then, and the lock holds all the same
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(handle, 0)  # so that a pass leaves no trace
    finally:
        os.close(handle)  # this is what drops the lock


def _acquire(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(handle, 32, 0).decode(errors="replace").strip()
        who = f"process {holder}" if holder.isdecimal() else "another process"
        raise LockedError(
            f"another pass is at work on this repository ({who})", hint="wait for its end, then run mergebot again"
        ) from None
    except OSError as error:
        raise MergebotError(f"the lock {path} cannot be taken: {error.strerror or error}") from error
    os.ftruncate(handle, 0)
