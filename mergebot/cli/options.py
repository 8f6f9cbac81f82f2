"""The options that every command has, before the command's name or after it alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Wrapped = TypeVar("Wrapped", bound=Callable[..., Any])

HERE = "."
"""What `--local` means without a path."""


@dataclass(kw_only=True)
class Settings:
    """What the common options say; the last one given counts."""

    repo: str | None = None
    local: str | None = None
    config: str | None = None
    verbose: bool = False
    no_color: bool = False


_CURRENT = Settings()
"""Kept outside click's context, because the error sink needs it after the context is gone."""


def settings_of() -> Settings:
    """The settings of this process."""
    return _CURRENT


def _keep(context: click.Context, option: click.Parameter, value: object) -> None:
    name = option.name or ""
    if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
        setattr(_CURRENT, name, value)


def files(_context: click.Context, _option: click.Parameter, incomplete: str) -> list["CompletionItem"]:
    """Let the shell complete the name of a file."""
    return _paths(incomplete, "file")


def _folders(_context: click.Context, _option: click.Parameter, incomplete: str) -> list["CompletionItem"]:
    return _paths(incomplete, "dir")


def _paths(incomplete: str, kind: str) -> list["CompletionItem"]:
    from click.shell_completion import CompletionItem  # noqa: PLC0415 (start-up time: only completion needs it)

    return [CompletionItem(incomplete, type=kind)]


def common(command: Wrapped) -> Wrapped:
    """Give a command the common options (contract 5)."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def refuse(*names: str, because: str) -> None:
    """Refuse common options that a command has no use for, rather than ignore them.

    Raises:
        click.UsageError: one of them was given.
    """
    given = [f"--{name}" for name in names if getattr(_CURRENT, name) is not None]
    if given:
        raise click.UsageError(f"{given[0]} has no use here: {because}")


_OPTIONS = (
    click.option("--repo", metavar="OWNER/NAME", callback=_keep, expose_value=False, help="A repository on GitHub."),
    click.option(
        "--local",
        metavar="[PATH]",
        is_flag=False,
        flag_value=HERE,
        callback=_keep,
        expose_value=False,
        shell_complete=_folders,
        help="A plain git repository; without PATH: the current folder.",
    ),
    click.option(
        "--config",
        metavar="FILE",
        callback=_keep,
        expose_value=False,
        shell_complete=files,
        help="Use this config, not the repository's.",
    ),
    click.option("-v", "--verbose", is_flag=True, callback=_keep, expose_value=False, help="Say more on stderr."),
    click.option("--no-color", is_flag=True, callback=_keep, expose_value=False, help="No colour. So does NO_COLOR."),
)
