"""The diagnosis: a pure function of what was read. Every part speaks for itself, the worst comes first."""

from collections.abc import Iterable
from typing import Final, assert_never

from mergebot.decide.words import counted
from mergebot.doctor.case import Case, Findings, note, warning
from mergebot.doctor.ci import ci_findings
from mergebot.doctor.codes import Code
from mergebot.doctor.fleet import fleet_findings, frozen, no_dependencies
from mergebot.doctor.own_workflow import own_workflow_findings
from mergebot.doctor.required import required_findings
from mergebot.doctor.rules import rule_findings
from mergebot.doctor.settings import settings_findings
from mergebot.doctor.token import token_findings
from mergebot.model.finding import Finding, Level
from mergebot.model.plan import Plan
from mergebot.model.policy import Policy
from mergebot.model.problem import Problem, Severity
from mergebot.model.snapshot import CheckList, Snapshot
from mergebot.model.survey import BaseRules, GithubSurvey, LocalSurvey, Settings, Survey

BATCH_GIT: Final = (2, 39)
CLOCK: Final = 60.0
"""Seconds by which a clock may be off; platform: an App that signs from further away is refused."""


def diagnose(survey: Survey, snapshot: Snapshot, policy: Policy, plan: Plan) -> tuple[Finding, ...]:
    """Every finding once, errors before warnings before what could not be looked at before notes."""
    match survey:
        case GithubSurvey():
            case_ = Case(survey=survey, snapshot=snapshot, policy=policy, plan=plan)
            found = list(_on_github(case_))
        case LocalSurvey():
            found = list(_locally(survey, snapshot, policy, plan))
        case _:
            assert_never(survey)
    found += _old_git(survey.git)
    order = list(Level)
    return tuple(sorted(dict.fromkeys(found), key=lambda one: order.index(one.level)))


def _on_github(case: Case) -> Findings:
    yield from token_findings(case)
    yield from settings_findings(case)
    yield from rule_findings(case)
    yield from required_findings(case)
    yield from own_workflow_findings(case)
    yield from ci_findings(case)
    yield from fleet_findings(case)
    # Of these two places every problem has a finding of its own, with more to it, where they could be looked at.
    told = {"repository"} if isinstance(case.survey.settings, Settings) else set()
    told |= {f"branch {case.snapshot.base.branch}"} if isinstance(case.survey.rules, BaseRules) else set()
    yield from _problems(problem for problem in case.plan.problems if problem.where not in told)
    yield from _silent(case)
    yield from _clock(case.survey.clock_off)


def _locally(survey: LocalSurvey, snapshot: Snapshot, policy: Policy, plan: Plan) -> Findings:
    if not survey.has_status:
        yield warning(
            code=Code.LOCAL_NO_STATUS,
            message="there is no status.json, so no agent has a pull request",
            where=survey.status_path,
            remedy="write it; an agent whose `status` is `ready` there is in the queue:",
            lines=('{"agents": {"my-agent": {"status": "ready", "branch": "feature/my-agent"}}}',),
        )
    if policy.criteria.tests_passing and policy.checks.command is None:
        yield note(
            code=Code.LOCAL_NO_TESTS,
            message="there is no test command: what agents say in `tests_passing` decides alone",
            where=f"{survey.config_path}, checks.command",
            remedy="name the command that tests the merged result:",
            lines=("checks:", "  command: make test"),
        )
    yield from no_dependencies(snapshot, policy)
    yield from frozen(snapshot)
    yield from _problems(one for one in plan.problems if survey.has_status or one.where != survey.status_path)


def _problems(problems: Iterable[Problem]) -> Findings:
    for problem in problems:
        level = Level.ERROR if problem.severity is Severity.ERROR else Level.WARNING
        yield Finding(
            code=Code.QUEUE_PROBLEM, level=level, message=problem.message, where=problem.where, remedy=problem.hint
        )


def _silent(case: Case) -> Findings:
    heads = [pr.checks.checks for pr in case.requested if isinstance(pr.checks, CheckList)]
    if heads and not case.survey.reports and not any(check.own for checks in heads for check in checks):
        yield note(
            code=Code.QUEUE_SILENT,
            message=f"no pass of mergebot has reported here, and {counted(len(heads), 'pull request')} in the queue",
            where=case.page("pulls"),
            remedy="start the first one, by the workflow or by hand:",
            lines=(f"mergebot run --repo {case.survey.repository}",),
        )


def _clock(off: float | None) -> Findings:
    if off is not None and abs(off) > CLOCK:
        way = "ahead of" if off > 0 else "behind"
        yield warning(
            code=Code.ENV_CLOCK,
            message=f"this machine's clock is {abs(off):.0f} seconds {way} GitHub's: an App's key is refused for that",
            where="this machine",
            remedy="set the clock, by NTP",
        )


def _old_git(version: tuple[int, ...]) -> Findings:
    if version < BATCH_GIT:
        yield note(
            code=Code.ENV_OLD_GIT,
            message=f"git {'.'.join(map(str, version))} merges one by one: large queues take long",
            where="git version",
            remedy="install git 2.39 or newer",
        )
