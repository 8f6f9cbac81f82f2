"""`mergebot init`: write a starting config, workflow, dependencies.json and PR template."""

import os
import time
from pathlib import Path

import click

from mergebot.cli.inputs import log_request, repository
from mergebot.cli.options import HERE, common, refuse, settings_of
from mergebot.cli.output import emit
from mergebot.cycle import plan_once
from mergebot.errors import ExitCode, InputError, MergebotError
from mergebot.forge.registry import open_github
from mergebot.init.pinning import is_action
from mergebot.init.starting import ReadPulls, Request, start
from mergebot.init.telling import told
from mergebot.model.plan import Plan
from mergebot.model.snapshot import Snapshot


@click.command("init")
@click.option("--dry-run", "dry", is_flag=True, help="Say what would be written, and write nothing.")
@click.option(
    "--action",
    metavar="OWNER/REPO@REF",
    help="The action that the workflow names, such as a mirror's. Default: this version's, by its commit.",
)
@common
def command(*, dry: bool, action: str | None) -> int:
    """Write a starting config, workflow, dependencies.json and PR template.

    What is there is never overwritten. Agents and what they wait for are drawn from the open pull requests, else from
    branches and work trees. With --local: config, dependencies.json and status.json of a plain repository.
    """
    settings = settings_of()
    refuse("config", because="init writes the first config itself")
    if settings.local is not None:
        refuse("repo", because="--local is a plain repository, without a forge")
    if action is not None and (settings.local is not None or not is_action(action)):
        raise click.UsageError("--action names what the workflow on GitHub uses: write OWNER/REPO@REF")
    request = Request(
        folder=Path(settings.local or HERE),
        repository="" if settings.local is not None else _repository(),
        action=action,
        local=settings.local is not None,
        dry=dry,
    )
    done = start(request, _reader(request.repository) if settings.local is None else None)
    emit(told(done))
    return ExitCode.FAILED if done.failed else ExitCode.OK


def _repository() -> str:
    """The repository on GitHub, "" where nothing tells which one it is."""
    try:
        return repository()
    except MergebotError:
        return ""


def _reader(name: str) -> ReadPulls:
    """Reads the open pull requests as `plan` does."""

    def read() -> tuple[Snapshot, Plan]:
        if not name:
            raise InputError("there is no remote origin on GitHub, and no --repo OWNER/NAME was given")
        forge = open_github(name, environ=os.environ, clock=time.time, log=log_request)
        snapshot, _, plan = plan_once(forge, config=None, now=time.time())
        return snapshot, plan

    return read
