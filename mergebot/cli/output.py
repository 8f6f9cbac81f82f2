"""Results on stdout, logs on stderr, files written whole or not at all."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TextIO

from mergebot.errors import InputError, MergebotError
from mergebot.report import safe
from mergebot.report.look import DEFAULT_WIDTH, Look, look_at


class OutputClosedError(Exception):
    """Whoever read the output has gone; nobody is there to be told."""


def emit(text: str) -> None:
    """Write a result to stdout.

    Raises:
        OutputClosedError: the reader closed the pipe.
        MergebotError: it cannot be written, as when the disk is full.
    """
    stream = _stdout()
    try:
        _tolerant(stream)
        stream.write(text)
        stream.flush()
    except BrokenPipeError as closed:
        raise OutputClosedError from closed
    except OSError as error:
        raise MergebotError(f"cannot write the output: {error.strerror}") from error


def log(message: str, *, raw: bool = False) -> None:
    """Write a message to stderr; `raw`: it has lines of its own. A stderr that is gone is no reason to fail."""
    stream: TextIO | None = sys.stderr
    if stream is None:
        return
    lines = message.rstrip("\n").split("\n") if raw else [message]
    try:
        _tolerant(stream)
        stream.write(safe.output("".join(f"{safe.line(line)}\n" for line in lines)))
        stream.flush()
    except OSError:
        return


def look(*, no_color: bool) -> Look:
    """The look that stdout asks for."""
    columns = shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns
    return look_at(_stdout(), os.environ, columns=columns, no_color=no_color)


def read_bytes(path: str) -> bytes:
    """A file that the user named.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", hint="name a file that can be read") from error


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
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
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


def _stdout() -> TextIO:
    stream: TextIO | None = sys.stdout
    if stream is None:
        raise MergebotError("cannot write the output: stdout is closed")
    return stream


def _tolerant(stream: TextIO) -> None:
    """A character that the locale cannot show becomes an escape, not an error."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
