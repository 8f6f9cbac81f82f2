"""`mergebot doctor`: audit settings, token and workflows for what would stop the queue."""

import click

from mergebot.cli.options import common


@click.command("doctor")
@common
def command() -> int:
    """Audit settings, token and workflows for what would stop the queue."""
    raise click.UsageError("this command is being built")
