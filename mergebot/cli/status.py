"""`mergebot status`: the dashboard."""

import os
import sys
import time
from contextlib import suppress
from functools import partial

import click

from mergebot.cli.inputs import all_option, config_given, open_forge
from mergebot.cli.options import common, settings_of
from mergebot.cli.output import emit, look
from mergebot.cli.progress import progress_line
from mergebot.cli.watching import FORGE, LOCAL, Blocks, Picture, seconds_of, watch
from mergebot.cycle import plan_once
from mergebot.forge.protocol import Doing, quietly
from mergebot.report.dashboard import dashboard
from mergebot.report.look import Look, is_dumb


@click.command("status")
@click.option(
    "--watch",
    "every",
    metavar="[SECONDS]",
    is_flag=False,
    flag_value="",
    help="Look again and again; without SECONDS: every 5 locally, every 30 on GitHub.",
)
@all_option
@common
def command(every: str | None, *, whole: bool) -> None:
    """Show the dashboard of the fleet."""
    seconds = None if every is None else seconds_of(every, place=FORGE if settings_of().local is None else LOCAL)
    with progress_line() as doing:
        picture = _read(doing)
    if seconds is None:
        emit(picture(_look(whole=whole)))
    else:
        _watch(picture, seconds, whole=whole)


def _read(doing: Doing = quietly) -> Picture:
    """Everything anew, as a forge that has read once keeps what it knows for the length of a pass."""
    snapshot, _, plan = plan_once(open_forge(doing), config=config_given(), now=time.time())
    return lambda look: dashboard(snapshot, plan, look)


def _look(*, whole: bool) -> Look:
    return look(no_color=settings_of().no_color, whole=whole)


def _watch(first: Picture, every: float, *, whole: bool) -> None:
    """Until ctrl-C, which is how it ends. With -v there are lines between the pictures, so nothing is redrawn."""
    look_now = partial(_look, whole=whole)
    if not sys.stdout.isatty() or is_dumb(os.environ) or settings_of().verbose:
        with suppress(KeyboardInterrupt):
            watch(_read, Blocks(look_now), first=first, every=every)
        return
    from mergebot.cli.screen import second_screen  # noqa: PLC0415 (few watch, and it is heavy)

    seen = [first]

    def read() -> Picture:
        seen[:] = [_read()]
        return seen[0]

    with suppress(KeyboardInterrupt), second_screen(partial(_look, whole=False)) as screen:
        watch(read, screen, first=first, every=every)
    # What was seen last stays to be read.
    emit(seen[0](look_now()))
