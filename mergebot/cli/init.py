"""`mergebot init`: write a starting config, workflow, dependencies.json and PR template."""

import click

from mergebot.cli.options import common


@click.command("init")
@common
def command() -> int:
    """Write a starting config, workflow, dependencies.json and PR template."""
    raise click.UsageError("this command is being built")
