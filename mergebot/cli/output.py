"""Results on stdout, logs on stderr."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from mergebot.errors import InputError, MergebotError
from mergebot.report import safe
from mergebot.report.look import DEFAULT_WIDTH, UNWRAPPED, WHOLE, Look, look_at


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


def log(message: str) -> None:
    """Write a message to stderr. A stderr that is gone is no reason to fail."""
    stream: TextIO | None = sys.stderr
    if stream is None:
        return
    try:
        _tolerant(stream)
        stream.write(safe.output(f"{safe.line(message)}\n"))
        stream.flush()
    except OSError:
        return


def look(*, no_color: bool, whole: bool = False) -> Look:
    """The look that stdout asks for; `whole`: every row, however many there are."""
    stream = _stdout()
    shown = look_at(stream, os.environ, columns=_columns(stream), no_color=no_color)
    return replace(shown, rows=WHOLE) if whole else shown


def read_bytes(path: str) -> bytes:
    """A file that the user named.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", hint="name a file that can be read") from error


def _columns(stream: TextIO) -> int:
    """The width that COLUMNS gives, else the terminal's; where there is none, no line is wrapped."""
    wanted = os.environ.get("COLUMNS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError):
        return UNWRAPPED


def _stdout() -> TextIO:
    stream: TextIO | None = sys.stdout
    if stream is None:
        raise MergebotError("cannot write the output: stdout is closed")
    return stream


def _tolerant(stream: TextIO) -> None:
    """A character that the locale cannot show becomes an escape, not an error."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
