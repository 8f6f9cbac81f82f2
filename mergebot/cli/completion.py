"""`mergebot completion`: print the shell's completion script."""

import sys
from contextlib import redirect_stdout

import click

from mergebot.cli.options import common, refuse
from mergebot.cli.output import emit
from mergebot.errors import ExitCode, MergebotError

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_MERGEBOT_COMPLETE"
"""By which a script asks the command line what could come next."""


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@common
def command(shell: str) -> int:
    """Print the completion script of a shell.

    \b
    bash: mergebot completion bash > ~/.local/share/bash-completion/completions/mergebot
    zsh:  mergebot completion zsh > DIR/_mergebot, with DIR in $fpath
    fish: mergebot completion fish > ~/.config/fish/completions/mergebot.fish
    """  # noqa: D301 (click keeps the lines apart after this very character)
    refuse("repo", "local", "config", because="the script is the same everywhere")
    emit(_script(shell))
    return ExitCode.OK


def _script(shell: str) -> str:
    from click.shell_completion import get_completion_class  # noqa: PLC0415 (start-up time: only scripts need it)

    from mergebot.cli.group import cli  # noqa: PLC0415 (the group imports this module)

    kind = get_completion_class(shell)
    if kind is None:  # pragma: no cover (click knows the three)
        raise MergebotError(f"there is no completion for {shell}")
    with redirect_stdout(sys.stderr):  # where click says that a shell is too old
        return f"{kind(cli, {}, 'mergebot', VARIABLE).source()}\n"
