"""`mergebot log`: what mergebot did, and why."""

import click

from mergebot.cli.inputs import open_forge
from mergebot.cli.options import common, refuse, settings_of
from mergebot.cli.output import emit, look
from mergebot.cli.progress import progress_line
from mergebot.forge.protocol import ForgeReader
from mergebot.model.ids import PrNumber
from mergebot.report.journal_reading import Log, log_object, place_of, read
from mergebot.report.journal_text import log_text
from mergebot.report.jsonform import dump

MOST_LOOKED_UP = 10
"""Of how many merges without an outcome base is asked; the newest."""


@click.command("log")
@click.option("--pr", type=click.IntRange(min=1), metavar="N", help="One pull request: why was it merged?")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many lines, newest last.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@common
def command(pr: int | None, limit: int, form: str) -> None:
    """Show what mergebot did, when, to which commits, and on what grounds."""
    refuse("config", because="the journal is read without one")
    with progress_line() as doing:
        reader = open_forge(doing).reader
        doing("Reading the journal")
        number = None if pr is None else PrNumber(pr)
        log = read(reader.repository, reader.read_journal(), pr=number, limit=limit)
        on_base = _on_base(reader, log)
    if form == "json":
        emit(dump(log_object(log, on_base)))
    else:
        emit(log_text(log, on_base, look(no_color=settings_of().no_color)))


def _on_base(reader: ForgeReader, log: Log) -> dict[int, str | None]:
    """What base says of the merges of which no outcome is recorded, by the places of their lines."""
    found: dict[int, str | None] = {}
    for record in log.unfinished()[-MOST_LOOKED_UP:]:
        landed = reader.landed_since(*place_of(record))
        if landed is not None and record.pr is not None:
            found[record.at] = landed.get(record.pr)
    return found
