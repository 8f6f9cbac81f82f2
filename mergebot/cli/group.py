"""The group of commands. Each stands in a module of its own, named like it, and is imported when it is called."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from mergebot import __version__
from mergebot.cli.options import HERE, common

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS: Mapping[str, str] = {
    "plan": "Show what `run` would do, and why; change nothing.",
    "run": "One pass: merge what is ready, rebase dependents, clean up.",
    "check": "Validate configs and dependency files, offline.",
    "status": "Show the dashboard of the fleet.",
    "log": "Show what mergebot did, and why a pull request was merged.",
    "doctor": "Find what in settings, token or workflows stops the queue.",
    "init": "Write config, workflow, dependencies.json and PR template.",
    "completion": "Print the shell's completion script.",
    "demo": "Eight agents, one queue: watch their branches land.",
}
"""Every command and its one line of help, so that the overview imports none of them."""


class Commands(click.Group):
    """The group; `mergebot --local plan` means the command, and `--local` alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which one meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module; None where there is no such command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: object = import_module(f"mergebot.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview of `--help`."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list["CompletionItem"]:
        """The commands for the shell, again without importing them, and the options."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 (start-up time: only completion needs it)

        found = [CompletionItem(name, help=about) for name, about in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, with `--local` before a command's name read as one without a path."""
        return super().parse_args(ctx, _with_bare_local(args))


def _with_bare_local(args: Sequence[str]) -> list[str]:
    given = list(args)
    for place, (option, following) in enumerate(pairwise(args)):
        if option in COMMANDS:
            break
        if option == "--local" and following in COMMANDS:
            given[place] = f"--local={HERE}"
    return given


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="mergebot %(version)s")
@common
def cli() -> None:
    """A git-native merge queue for fleets of coding agents."""
