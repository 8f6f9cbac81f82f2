"""The workflows that test pull requests: do they start for each pull request in the queue."""

from mergebot.decide.glob import matches
from mergebot.decide.words import listed
from mergebot.doctor.case import CONFIG, Case, Findings, flow, note, numbers, warning
from mergebot.doctor.codes import Code
from mergebot.model.ids import Branch
from mergebot.model.workflows import Trigger, Workflow


def ci_findings(case: Case) -> Findings:
    """What keeps CI from reporting."""
    if not case.policy.criteria.tests_passing:
        return
    for one in case.ci:
        yield from _branches(case, one, one.triggers["pull_request"])
        yield from _paths(case, one)
    yield from _dispatch(case)
    yield from _skipped(case)
    yield from _none(case)


def lets_in(trigger: Trigger, branch: Branch) -> bool:
    """Whether a pull request into this branch starts the workflow (platform: the last pattern that fits decides)."""
    if trigger.branches_ignore:
        return not any(matches(pattern, branch) for pattern in trigger.branches_ignore)
    fits = not trigger.branches
    for pattern in trigger.branches:
        if matches(pattern.removeprefix("!"), branch):
            fits = not pattern.startswith("!")
    return fits


def _branches(case: Case, one: Workflow, trigger: Trigger) -> Findings:
    """platform: CI for a member of a native stack runs as if it were open into the stack's base."""
    base = case.snapshot.base.branch
    where = f"{one.path}, on.pull_request.{'branches-ignore' if trigger.branches_ignore else 'branches'}"
    remedy = "remove the filter, or name the agents' branches too:"
    lines = (f"    branches: {flow([base, 'feature/**', 'agent/**'])}",)
    if not lets_in(trigger, base):
        message = f"`{one.name}` does not run for pull requests into {base}"
        yield warning(code=Code.CI_BRANCHES, message=message, where=where, remedy=remedy, lines=lines)
    stacked = [pr for pr in case.snapshot.pull_requests if pr.base != base and pr.native is None]
    left_out = [pr for pr in stacked if not lets_in(trigger, pr.base)]
    if left_out:
        message = f"`{one.name}` does not run for {numbers(left_out)}, which are stacked on other branches than {base}"
        yield warning(code=Code.CI_BRANCHES, message=message, where=where, remedy=remedy, lines=lines)
    elif not stacked and lets_in(trigger, base) and not lets_in(trigger, Branch("feature/any")):
        message = f"`{one.name}` would not run for a pull request that is stacked on another one's branch"
        yield note(code=Code.CI_BRANCHES, message=message, where=where, remedy=remedy, lines=lines)


def _paths(case: Case, one: Workflow) -> Findings:
    if not one.triggers["pull_request"].paths:
        return
    names = [need.name for need in case.snapshot.required_checks] + list(case.policy.checks.required)
    required = [name for name in dict.fromkeys(names) if any(_is_check_of(name, job.name) for job in one.jobs)]
    if required:
        yield warning(
            code=Code.CI_PATHS,
            message=f"`{one.name}` runs only when certain files change, and {listed(required)} is required: it never "
            "comes for the others",
            where=f"{one.path}, on.pull_request.paths",
            remedy="remove the filter; let the job skip itself with `if:`, which counts as success",
        )


def _is_check_of(required: str, job: str) -> bool:
    """Whether a required check comes from this job; a matrix adds its values in brackets."""
    return matches(required, job) or required.startswith(f"{job} (")


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
    if not any({"pull_request", "push"} & one.triggers.keys() for one in case.workflows if not one.is_bot):
        yield warning(
            code=Code.CI_NONE,
            message="no workflow tests pull requests, and no open one has a check: nothing will ever be ready",
            where=".github/workflows/",
            remedy=f"add a CI workflow with `on: pull_request`; or let those without any check pass, in {CONFIG}:",
            lines=("checks:", "  allow_none: true"),
        )
