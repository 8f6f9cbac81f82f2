"""`mergebot status --watch`: looks again and again until it is interrupted, each time at everything anew."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import click

from mergebot.cli.output import emit, log
from mergebot.errors import MergebotError
from mergebot.forge.github.errors import LimitedError
from mergebot.report.look import Look

Picture: TypeAlias = Callable[[Look], str]
"""What was read, as text for a look: the window may change while nothing else does."""

LOCAL, FORGE = "local", "forge"
USUAL: Final = {LOCAL: 5.0, FORGE: 30.0}
LEAST: Final = {LOCAL: 1.0, FORGE: 10.0}
"""Seconds between two looks: a look at GitHub costs requests, of which there are so many an hour."""

LONGEST: Final = 24 * 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """What is said below a picture; `failed`: it is newer than the picture, and says why there is no newer one."""

    text: str
    failed: bool = False


class Watched(Protocol):
    """Where the pictures go."""

    def show(self, picture: Picture, note: Note) -> None:
        """Show a picture, with the note below it."""
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        ...


def seconds_of(text: str, *, place: str) -> float:
    """The seconds that `--watch` names, or the usual ones for this place where it names none.

    Raises:
        click.UsageError: it is no number, or too small a one.
    """
    if not text:
        return USUAL[place]
    try:
        seconds = float(text)
    except ValueError:
        raise click.UsageError(f"--watch takes a number of seconds, not {text!r:.40}") from None
    if not LEAST[place] <= seconds <= LONGEST:
        where = "on GitHub" if place == FORGE else "here"
        raise click.UsageError(f"--watch takes {LEAST[place]:g} to {LONGEST:g} seconds {where}")
    return seconds


def watch(read: Callable[[], Picture], watched: Watched, *, first: Picture, every: float) -> None:
    """Show the first picture, then a new one each `every` seconds, or later where a rate limit asks for it.

    A look that fails leaves the last good picture where it is, and says why and when; the next one may succeed.
    """
    picture, seen = first, _clock()
    note, pause = _noted(seen, every), every
    while True:
        watched.show(picture, note)
        watched.wait(pause)
        try:
            picture, seen = read(), _clock()
            note, pause = _noted(seen, every), every
        except MergebotError as error:
            pause = max(every, _limit(error))
            why = f"the look at {_clock()} failed: {error.message}; the next in {math.ceil(pause)} s"
            note = Note(text=f"Read at {seen}; {why}", failed=True)


def _noted(seen: str, every: float) -> Note:
    return Note(text=f"Read at {seen}, again every {every:g} s; ctrl-C ends")


def _limit(error: MergebotError) -> float:
    """Seconds until a rate limit ends, if that is what stopped it."""
    if isinstance(error, LimitedError) and error.resets_at is not None:
        return min(error.resets_at - time.time() + 1, LONGEST)
    return 0.0


def _clock() -> str:
    return time.strftime("%H:%M:%S")


class Blocks:
    """Where there is no screen to redraw: each picture that differs from the last one, with its time above it."""

    def __init__(self, look: Callable[[], Look]) -> None:
        self._look = look
        self._shown = ""

    def show(self, picture: Picture, note: Note) -> None:
        """Print it if it is a new one; a failed look is said on stderr."""
        text = picture(self._look())
        if text != self._shown:
            emit(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{text}\n")
            self._shown = text
        if note.failed:
            log(note.text)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)
