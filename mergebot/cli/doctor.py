"""`mergebot doctor`: audit settings, token and workflows for what would stop the queue."""

import time
from typing import assert_never

import click

from mergebot.cli import actions
from mergebot.cli.inputs import Format, config_given, format_option, open_survey
from mergebot.cli.options import common, settings_of
from mergebot.cli.output import emit, look
from mergebot.cli.progress import progress_line
from mergebot.cycle import plan_once
from mergebot.doctor.diagnosis import diagnose
from mergebot.errors import ExitCode
from mergebot.model.finding import Finding
from mergebot.report.findings import findings_json, findings_markdown, findings_text, is_fine


@click.command("doctor")
@format_option
@common
def command(form: str) -> int:
    """Audit settings, token and workflows for what would stop the queue; change nothing."""
    with actions.failure_told():
        repository, findings = _findings()
    actions.tell_findings(repository, findings)
    emit(_shown(repository, findings, Format(form)))
    return ExitCode.OK if is_fine(findings) else ExitCode.FAILED


def _findings() -> tuple[str, tuple[Finding, ...]]:
    with progress_line() as doing:
        forge, survey = open_survey(doing)
        snapshot, policy, plan = plan_once(forge, config=config_given(), now=time.time())
        doing("looking at token, settings, rules and workflows")
        return snapshot.repository, diagnose(survey(snapshot), snapshot, policy, plan)


def _shown(repository: str, findings: tuple[Finding, ...], form: Format) -> str:
    match form:
        case Format.TEXT:
            return findings_text(repository, findings, look(no_color=settings_of().no_color))
        case Format.JSON:
            return findings_json(repository, findings)
        case Format.MARKDOWN:
            return findings_markdown(repository, findings)
        case _:
            assert_never(form)
