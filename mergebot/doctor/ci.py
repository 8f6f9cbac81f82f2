"""The workflows that test pull requests: do they start for each pull request in the queue."""

from mergebot.decide.words import listed
from mergebot.doctor.case import CONFIG, Case, Findings, flow, note, numbers, warning
from mergebot.doctor.codes import Code
from mergebot.doctor.triggers import ANY, always_heeds_pushes, heeds_pulls, heeds_pushes, lets_in, reports
from mergebot.model.snapshot import PullRequest
from mergebot.model.workflows import Trigger, Workflow


def ci_findings(case: Case) -> Findings:
    """What keeps CI from reporting."""
    if not case.policy.criteria.tests_passing:
        return
    for one in case.workflows:
        trigger = one.triggers.get("pull_request")
        if trigger is not None and not one.is_bot and not always_heeds_pushes(one, *ANY):
            yield from _branches(case, one, trigger) if heeds_pulls(one) else _types(case, one)
            yield from _paths(case, one)
    yield from _dispatch(case)
    yield from _skipped(case)
    yield from _none(case)


def _required(case: Case, one: Workflow) -> list[str]:
    """The required checks that come from this workflow."""
    names = [need.name for need in case.snapshot.required_checks] + list(case.policy.checks.required)
    return [name for name in dict.fromkeys(names) if reports(one, name)]


def _is_needed(case: Case, one: Workflow) -> bool:
    """Whether one of its checks is required, or nothing else tests what goes into base."""
    base = case.snapshot.base.branch
    others = [other for other in case.ci if other is not one]
    is_tested = any(
        (heeds_pulls(other) and lets_in(other.triggers["pull_request"], base)) or heeds_pushes(other, *ANY)
        for other in others
    )
    return bool(_required(case, one)) or not is_tested


def _branches(case: Case, one: Workflow, trigger: Trigger) -> Findings:
    base = case.snapshot.base.branch
    where = f"{one.path}, on.pull_request.{'branches-ignore' if trigger.branches_ignore else 'branches'}"
    remedy = "remove the filter, or name the agents' branches too:"
    lines = (f"    branches: {flow([base, 'feature/**', 'agent/**'])}",)
    stacked = _stacked(case)
    if not lets_in(trigger, base):
        if not _is_needed(case, one):
            return  # it is for other branches, a release's perhaps
        message = f"`{one.name}` does not run for pull requests into {base}"
        yield warning(code=Code.CI_BRANCHES, message=message, where=where, remedy=remedy, lines=lines)
    left_out = [pr for pr in stacked if not lets_in(trigger, pr.base) and not _is_pushed(one, pr)]
    if left_out:
        message = f"`{one.name}` does not run for {numbers(left_out)}, which are stacked on other branches than {base}"
        yield warning(code=Code.CI_BRANCHES, message=message, where=where, remedy=remedy, lines=lines)
    elif not stacked and lets_in(trigger, base) and not lets_in(trigger, ANY[0]):
        message = f"`{one.name}` would not run for a pull request that is stacked on another one's branch"
        yield note(code=Code.CI_BRANCHES, message=message, where=where, remedy=remedy, lines=lines)


def _stacked(case: Case) -> list[PullRequest]:
    """platform: CI for a member of a native stack runs as if it were open into the stack's base."""
    base = case.snapshot.base.branch
    return [pr for pr in case.snapshot.pull_requests if pr.base != base and pr.native is None]


def _is_pushed(one: Workflow, pr: PullRequest) -> bool:
    return not pr.head.fork and always_heeds_pushes(one, pr.head.branch)


def _types(case: Case, one: Workflow) -> Findings:
    if _is_needed(case, one):
        yield warning(
            code=Code.CI_TYPES,
            message=f"`{one.name}` does not run when a pull request gets new commits: their checks never come",
            where=f"{one.path}, on.pull_request.types",
            remedy="remove `types:`, or name those that change what is tested:",
            lines=("    types: [opened, synchronize, reopened]",),
        )


def _paths(case: Case, one: Workflow) -> Findings:
    if one.triggers["pull_request"].paths and (required := _required(case, one)):
        yield warning(
            code=Code.CI_PATHS,
            message=f"`{one.name}` runs only when certain files change, and {listed(required)} is required: it never "
            "comes for the others",
            where=f"{one.path}, on.pull_request.paths",
            remedy="remove the filter; let the job skip itself with `if:`, which counts as success",
        )


def _dispatch(case: Case) -> Findings:
    if not case.reads_all:
        return
    files = {one.path.rpartition("/")[2]: one for one in case.workflows}
    for name in case.policy.checks.dispatch:
        one = files.get(name.rpartition("/")[2])
        if one is None:
            message, remedy = f"checks.dispatch names {name}, and there is no such workflow file", "correct the name"
            yield warning(code=Code.CI_DISPATCH, message=message, where=f"{CONFIG}, checks.dispatch", remedy=remedy)
        elif "workflow_dispatch" not in one.triggers:
            yield warning(
                code=Code.CI_DISPATCH,
                message=f"checks.dispatch names {name}, which cannot be started by hand",
                where=f"{one.path}, on",
                remedy="give it the trigger:",
                lines=("on:", "  workflow_dispatch:"),
            )


def _skipped(case: Case) -> Findings:
    for pr in case.snapshot.pull_requests:
        if (words := case.survey.skipping.get(pr.number)) is not None:
            yield warning(
                code=Code.CI_SKIPPED,
                message=f"the last commit of #{pr.number} says `{words}`, so no CI runs for it",
                where=f"#{pr.number}, commit {pr.head.sha:.10}",
                remedy="push a commit without these words",
            )


def _none(case: Case) -> Findings:
    if case.policy.checks.allow_none or case.checks or not case.reads_all:
        return
    if not any(one.triggers.get("pull_request") or one in case.ci for one in case.workflows if not one.is_bot):
        yield warning(
            code=Code.CI_NONE,
            message="no workflow tests pull requests, and no open one has a check: if no other service tests them "
            "either, nothing will ever be ready",
            where=".github/workflows/",
            remedy=f"add a CI workflow with `on: pull_request`; or let those without any check pass, in {CONFIG}:",
            lines=("checks:", "  allow_none: true"),
        )
