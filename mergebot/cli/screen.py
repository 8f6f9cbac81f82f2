"""A terminal's second screen, on which `--watch` draws; the first one comes back as it was, however it ends."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import FrameType
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from mergebot.cli.output import OutputClosedError
from mergebot.cli.watching import Note, Picture
from mergebot.report import safe
from mergebot.report.look import Look

TICK: Final = 0.2
"""Seconds in which a change of the window is noticed."""

AWAY: Final = b"\x1b[?1049h\x1b[?25l"
BACK: Final = b"\x1b[?25h\x1b[?1049l"
"""To the second screen without its cursor, and back."""

NO_SIZE: Final = os.terminal_size((0, 0))
"""No window has it: what is shown has to be drawn anew."""

TERMINATED: Final = 128 + signal.SIGTERM
"""What a shell reports for a process that SIGTERM ended."""


class Screen:
    """Draws a picture so that it fits: rows that have no room are counted, as everywhere."""

    def __init__(self, live: Live, look: Callable[[], Look]) -> None:
        self._live = live
        self._look = look
        self._last: tuple[Picture, Note] | None = None
        self._size = _size()

    def show(self, picture: Picture, note: Note) -> None:
        """Draw it in place of the last one."""
        self._last, self._size = (picture, note), _size()
        look = self._look()
        below = Text(safe.line(note.text), style="red" if note.failed else "dim")
        if look.ascii_only:
            below = Text(below.plain.encode("ascii", "backslashreplace").decode(), style=below.style)
        below_lines = max(1, -(-below.cell_len // max(self._size.columns, 1)))
        shown = fitting(picture, look, self._size.lines - below_lines - 1)
        self._live.update(Group(Text.from_ansi(shown, no_wrap=True), Text(""), below), refresh=True)

    def wait(self, seconds: float) -> None:
        """Let time pass; where the window changes, what is shown is drawn anew."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(TICK, left))
            if self._last and _size() != self._size:
                self.show(*self._last)

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-Z: give the first screen back at once, as what git does now has been stopped too; go on by `fg`."""
        del frame
        _write(BACK)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, self.stop)
        _write(AWAY)
        self._size = NO_SIZE


@contextmanager
def second_screen(look: Callable[[], Look]) -> Iterator[Screen]:
    """The screen as long as the block lasts.

    Raises:
        OutputClosedError: the terminal has gone away.
    """
    plain = not look().color
    console = Console(file=sys.stdout, no_color=plain, highlight=False, markup=False, emoji=False, force_terminal=True)
    before = signal.signal(signal.SIGTERM, _leave)
    stopped = signal.getsignal(signal.SIGTSTP)
    try:
        live = Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        with live:
            screen = Screen(live, look)
            if stopped is signal.SIG_DFL:
                signal.signal(signal.SIGTSTP, screen.stop)
            yield screen
    except OSError as error:
        raise OutputClosedError from error
    finally:
        signal.signal(signal.SIGTSTP, stopped)
        signal.signal(signal.SIGTERM, before)


def fitting(picture: Picture, look: Look, lines: int) -> str:
    """The picture in at most so many lines: fewer rows first, and in the end what has room of it."""
    rows = min(look.rows, max(lines, 1))
    while True:
        shown = picture(replace(look, rows=rows)).rstrip("\n").split("\n")
        if len(shown) <= lines or rows <= 1:
            return "\n".join(shown[: max(lines, 1)])
        rows = max(1, rows - max(1, (len(shown) - lines) // 2))


def _size() -> os.terminal_size:
    try:
        return os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return os.terminal_size((80, 24))


def _write(text: bytes) -> None:
    with suppress(OSError, ValueError):
        os.write(sys.stdout.fileno(), text)


def _leave(number: int, frame: FrameType | None) -> None:
    """Leave by an exception, so that the terminal is given back."""
    del number, frame
    sys.exit(TERMINATED)
