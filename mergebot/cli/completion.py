"""`mergebot completion`: print the shell's completion script."""

import click

from mergebot.cli.options import common


@click.command("completion")
@common
def command() -> int:
    """Print the shell's completion script."""
    raise click.UsageError("this command is being built")
