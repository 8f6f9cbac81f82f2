"""`mergebot demo`: eight agents, one queue."""

import sys
import time
from pathlib import Path

import click

from mergebot.cli.options import common, refuse, settings_of
from mergebot.cli.output import emit, look
from mergebot.demo.run import run_demo
from mergebot.demo.story import STAGES, Teller
from mergebot.errors import ExitCode


@click.command("demo")
@click.option("--into", metavar="DIR", help="Build it there, and leave it there; DIR must be new or empty.")
@click.option(
    "--stages", type=click.IntRange(1, STAGES), default=STAGES, show_default=True, help="Stop after that many stages."
)
@click.option("--fast", is_flag=True, help="Do not pause between the stages.")
@common
def command(into: str | None, stages: int, *, fast: bool) -> int:
    """Eight agents, one queue: watch their branches land.

    A sample repository is built in a temporary folder, and its queue is run to the end. With fewer stages, or with
    --into, the repository is left for you to look around in.
    """
    refuse("repo", "local", "config", because="the demo builds its own repository")
    watched = sys.stdout.isatty() and not fast
    teller = Teller(
        say=emit, rest=time.sleep if watched else lambda _seconds: None, look=look(no_color=settings_of().no_color)
    )
    holds = run_demo(teller, into=None if into is None else Path(into), stages=stages)
    return ExitCode.OK if holds else ExitCode.FAILED
