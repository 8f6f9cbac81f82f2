"""`mergebot run`: one pass."""

import time
from typing import assert_never

import click

from mergebot.cli import actions
from mergebot.cli.inputs import Format, config_given, format_option, input_code, open_forge
from mergebot.cli.options import common, settings_of
from mergebot.cli.output import emit, log, look
from mergebot.cli.progress import progress_line
from mergebot.cycle import run_once
from mergebot.errors import ExitCode
from mergebot.model.outcome import Failed, PassResult, StepResult
from mergebot.model.plan import Plan
from mergebot.report import render
from mergebot.report.jsonform import run_json
from mergebot.report.markdown import run_markdown
from mergebot.report.text import run_text


@click.command("run")
@format_option
@common
def command(form: str) -> int:
    """One pass: merge what is ready, rebase what depends on it, clean up."""
    with actions.failure_told(), progress_line() as doing:
        plan, result = run_once(open_forge(doing), config=config_given(), now=time.time, progress=_progress)
    actions.tell_pass(plan, result)
    emit(_shown(plan, result, Format(form)))
    return _code(plan, result)


def _code(plan: Plan, result: PassResult) -> ExitCode:
    failed = any(isinstance(item.outcome, Failed) for item in result.results)
    if (code := input_code(plan)) is not ExitCode.OK:
        return code
    return ExitCode.FAILED if failed or result.unread else ExitCode.OK


def _progress(item: StepResult) -> None:
    """With -v, a line on stderr as soon as a step is done: a test run may take minutes."""
    if settings_of().verbose:
        for done in render.result_lines(item):
            detail = f": {done.detail}" if done.detail else ""
            log(f"{render.action_words(done.result)}: {render.action_words(done.line.action)} #{done.line.pr}{detail}")


def _shown(plan: Plan, result: PassResult, form: Format) -> str:
    match form:
        case Format.TEXT:
            return run_text(plan, result, look(no_color=settings_of().no_color))
        case Format.JSON:
            return run_json(plan, result)
        case Format.MARKDOWN:
            return run_markdown(plan, result)
        case _:
            assert_never(form)
