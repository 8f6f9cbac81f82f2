"""What a slow read is at: one line on stderr, redrawn in place and wiped at the end, for a person at a terminal."""

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TextIO

from rich.cells import set_cell_size

from mergebot.cli.options import settings_of
from mergebot.forge.protocol import Doing, quietly
from mergebot.report import safe
from mergebot.report.look import DEFAULT_WIDTH, is_dumb

PATIENCE: Final = 1.0
"""Seconds that nobody minds; what is done by then shows no line."""

REDRAWN: Final = 0.1
"""Seconds between two lines, so that nothing flickers."""

WIPE: Final = "\r\x1b[K"


@contextmanager
def progress_line() -> Iterator[Doing]:
    """Gives what is to be told what is under way; the line is gone when the block ends, however it does."""
    stream: TextIO | None = sys.stderr
    if stream is None or not _is_for_a_person(stream, os.environ):
        yield quietly
        return
    line = _Line(stream)
    thread = threading.Thread(target=line.keep, name="progress", daemon=True)
    thread.start()
    try:
        yield line.tell
    finally:
        line.over.set()
        thread.join()


def _is_for_a_person(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether someone looks at the stream: not in CI, which may have a terminal, too, nor with -v, which says more."""
    if settings_of().verbose or is_dumb(environ) or environ.get("GITHUB_ACTIONS") or environ.get("CI"):
        return False
    try:
        return stream.isatty()
    except ValueError:
        return False


class _Line:
    """The line, drawn by a thread of its own: one request may take longer than a person's patience."""

    def __init__(self, stream: TextIO) -> None:
        self.over = threading.Event()
        self._stream = stream
        self._words = ""
        self._drawn = ""

    def tell(self, words: str) -> None:
        """What is under way from now on."""
        self._words = words

    def keep(self) -> None:
        """Draw until it is over; a terminal that has gone away is no reason to fail."""
        if self.over.wait(PATIENCE):
            return
        try:
            while not self.over.wait(REDRAWN):
                self._draw()
            if self._drawn:
                self._write(WIPE)
        except (OSError, ValueError):
            return

    def _draw(self) -> None:
        words = self._words
        if not words or words == self._drawn or not self._is_in_front():
            return
        columns = os.get_terminal_size(self._stream.fileno()).columns or DEFAULT_WIDTH
        ascii_only = not (self._stream.encoding or "").lower().startswith("utf")
        more = "..." if ascii_only else "…"
        shown = safe.line(words)
        shown = shown.encode("ascii", "backslashreplace").decode() if ascii_only else shown
        # One column is left free: a cursor beyond the last one wraps in some terminals.
        room = max(columns - 1 - len(more), 0)
        self._write(f"{WIPE}{set_cell_size(shown, room).rstrip()}{more}")
        self._drawn = words

    def _is_in_front(self) -> bool:
        """Whether the terminal is ours: what runs in the background does not write over a shell's prompt."""
        try:
            return os.tcgetpgrp(self._stream.fileno()) == os.getpgrp()
        except OSError:
            return False

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
