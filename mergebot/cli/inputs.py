"""What the commands work on: the forge that the options name, and the config given by hand."""

import time
from enum import StrEnum
from pathlib import Path

import click

from mergebot.cli.options import settings_of
from mergebot.cli.output import read_bytes
from mergebot.errors import AccessError, ExitCode
from mergebot.forge.protocol import Forge
from mergebot.forge.registry import open_local
from mergebot.model.plan import Plan
from mergebot.report.render import stops_everything


class Format(StrEnum):
    """How a result is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


format_option = click.option(
    "--format", "form", type=click.Choice(list(map(str, Format))), default="text", show_default=True
)


def open_forge() -> Forge:
    """The forge that `--local` or `--repo` names.

    Raises:
        AccessError: it cannot be reached, or is of a kind that is not built.
    """
    settings = settings_of()
    if settings.local is not None and settings.repo is not None:
        raise click.UsageError("--local and --repo name two different places: give one of them")
    if settings.local is None:
        raise AccessError(
            "this version works on plain git repositories only; GitHub is not built yet",
            hint="add --local for the repository of the current folder, or --local PATH for another",
        )
    return open_local(Path(settings.local), clock=time.time)


def config_given() -> tuple[str, bytes] | None:
    """The path and bytes of the file that `--config` names."""
    path = settings_of().config
    return None if path is None else (path, read_bytes(path))


def input_code(plan: Plan) -> ExitCode:
    """Exit 2 where an input is wrong (contract 5)."""
    return ExitCode.BAD_INPUT if stops_everything(plan) else ExitCode.OK
