"""`mergebot plan`: the dry run."""

import time
from typing import assert_never

import click

from mergebot.cli import actions
from mergebot.cli.inputs import Format, all_option, config_given, format_option, input_code, open_forge
from mergebot.cli.options import common, files, settings_of
from mergebot.cli.output import emit, look, read_bytes
from mergebot.cli.progress import progress_line
from mergebot.cli.saving import write_whole
from mergebot.config import load_policy
from mergebot.cycle import plan_once, replan
from mergebot.errors import InputError
from mergebot.model.codec import dump, load
from mergebot.model.plan import Plan
from mergebot.model.policy import Policy
from mergebot.model.snapshot import Snapshot
from mergebot.report.jsonform import plan_json
from mergebot.report.markdown import plan_markdown
from mergebot.report.text import plan_text


@click.command("plan")
@format_option
@click.option(
    "--save",
    metavar="FILE",
    shell_complete=files,
    help="Keep the snapshot; `-` writes it to stdout in place of the plan.",
)
@click.option(
    "--from",
    "kept",
    metavar="FILE",
    shell_complete=files,
    help="Plan on a kept snapshot, offline; `-` reads it from stdin.",
)
@all_option
@common
def command(form: str, save: str | None, kept: str | None, *, whole: bool) -> int:
    """Show what `run` would do, and why; change nothing."""
    with actions.failure_told():
        snapshot, policy, plan = _replanned(kept) if kept is not None else _planned()
    actions.tell_plan(plan)
    if save is not None and save != "-":
        write_whole(save, dump(snapshot, policy))
    emit(dump(snapshot, policy) if save == "-" else _shown(plan, Format(form), whole=whole))
    return input_code(plan)


def _planned() -> tuple[Snapshot, Policy, Plan]:
    with progress_line() as doing:
        return plan_once(open_forge(doing), config=config_given(), now=time.time())


def _replanned(kept: str) -> tuple[Snapshot, Policy, Plan]:
    settings = settings_of()
    if settings.local is not None or settings.repo is not None:
        raise click.UsageError("--from plans on a kept snapshot: it goes with neither --local nor --repo")
    snapshot, policy = load(_text(read_bytes(kept), kept))
    if config := config_given():
        policy, problems = load_policy(*config)
        if problems:
            raise InputError(f"{config[0]} cannot be used", problems=problems)
    return snapshot, policy, replan(snapshot, policy)


def _text(raw: bytes, path: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no kept snapshot: it is not UTF-8", hint="make one with plan --save") from error


def _shown(plan: Plan, form: Format, *, whole: bool) -> str:
    match form:
        case Format.TEXT:
            return plan_text(plan, look(no_color=settings_of().no_color, whole=whole))
        case Format.JSON:
            return plan_json(plan)
        case Format.MARKDOWN:
            return plan_markdown(plan)
        case _:
            assert_never(form)
