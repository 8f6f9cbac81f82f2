"""Files that are written whole or not at all."""

import os
import tempfile
from pathlib import Path

from mergebot.errors import InputError


def write_whole(path: str, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never a half.

    A device or a pipe is written to, not replaced, and a symbolic link stays one.

    Raises:
        InputError: it cannot be written.
    """
    target = Path(path).resolve()
    data = text.encode()
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        _replace(target, data)
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror}", hint="name a file in a folder that exists"
        ) from error


def _replace(target: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".mergebot-", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
