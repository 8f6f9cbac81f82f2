"""What the commands work on: the forge that the options name, and the config given by hand."""

import os
import time
from enum import StrEnum
from pathlib import Path

import click

from mergebot.cli.options import settings_of
from mergebot.cli.output import log, read_bytes
from mergebot.errors import ExitCode
from mergebot.forge.protocol import Doing, Forge, quietly
from mergebot.forge.registry import (
    Surveyor,
    github_repository_of,
    open_github,
    open_github_survey,
    open_local,
    open_local_survey,
)
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

all_option = click.option("--all", "whole", is_flag=True, help="Show every row: on a terminal, long lists are cut.")


def open_forge(doing: Doing = quietly) -> Forge:
    """The forge that `--local` or `--repo` names; without either `GITHUB_REPOSITORY`, else the remote `origin`.

    `doing` is told what it is at while it is used.

    Raises:
        AccessError: it cannot be reached, or there is no token.
        InputError: what was given is no name of a repository.
    """
    if (local := _local()) is not None:
        return open_local(local, clock=time.time, doing=doing)
    return open_github(repository(), environ=os.environ, clock=time.time, log=log_request, doing=doing)


def open_survey(doing: Doing = quietly) -> tuple[Forge, Surveyor]:
    """The same forge, with what looks at all else that `mergebot doctor` audits.

    Raises:
        AccessError, InputError: as `open_forge`.
    """
    if (local := _local()) is not None:
        return open_local_survey(local, clock=time.time, doing=doing)
    return open_github_survey(repository(), environ=os.environ, clock=time.time, log=log_request, doing=doing)


def _local() -> Path | None:
    settings = settings_of()
    if settings.local is not None and settings.repo is not None:
        raise click.UsageError("--local and --repo name two different places: give one of them")
    return None if settings.local is None else Path(settings.local)


def repository() -> str:
    """The repository on GitHub, by `OWNER/NAME` (contract 5).

    Raises:
        AccessError: it is not named, and nothing here tells which one it is.
    """
    named = settings_of().repo or os.environ.get("GITHUB_REPOSITORY")
    return named or github_repository_of(Path(), environ=os.environ)


def log_request(line: str) -> None:
    """A line for each request, for who asks for it with `--verbose`."""
    if settings_of().verbose:
        log(line)


def config_given() -> tuple[str, bytes] | None:
    """The path and bytes of the file that `--config` names."""
    path = settings_of().config
    return None if path is None else (path, read_bytes(path))


def input_code(plan: Plan) -> ExitCode:
    """Exit 2 where an input is wrong (contract 5)."""
    return ExitCode.BAD_INPUT if stops_everything(plan) else ExitCode.OK
