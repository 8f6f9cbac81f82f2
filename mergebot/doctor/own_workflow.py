"""The workflow in which mergebot runs: is it there, does it wake, may it work."""

from collections.abc import Iterator
from typing import Final

from mergebot.decide.words import counted, listed
from mergebot.doctor.case import Case, Findings, closest, error, flow, note, unseen, warning
from mergebot.doctor.codes import Code
from mergebot.doctor.token import DAY, lacking
from mergebot.model.snapshot import Unknown
from mergebot.model.survey import ActionsSettings
from mergebot.model.workflows import Job, Trigger, Workflow

TYPES: Final = (
    "opened", "edited", "synchronize", "reopened", "closed",
    "labeled", "unlabeled", "ready_for_review", "converted_to_draft",
)  # fmt: skip
"""What of a pull request changes what mergebot does."""

DEFAULT_TYPES: Final = ("opened", "synchronize", "reopened")
"""platform: of `pull_request_target` without `types:`."""

RIGHTS: Final = {
    "contents": "write",
    "pull-requests": "write",
    "statuses": "write",
    "checks": "read",
    "actions": "read",
    "issues": "read",
}
"""What mergebot needs, by the names that workflows use."""


WIDER: Final = {"actions": "write", "issues": "write"}
"""What `/mergebot retry` and the freeze take besides."""


def own_workflow_findings(case: Case) -> Findings:
    """Everything about mergebot's own workflow, and about files that no one can read."""
    found = case.survey.workflows
    if isinstance(found, Unknown):
        message, where = f"the workflow files: {found.reason}", case.page("tree/HEAD/.github/workflows")
        yield unseen(code=Code.WORKFLOW_UNSEEN, message=message, where=where)
        return
    for one in found:
        if one.fault:
            message = f"this workflow file was not understood: {one.fault}"
            yield warning(code=Code.WORKFLOW_BROKEN, message=message, where=one.path, remedy="correct it")
    bots = [one for one in case.workflows if one.is_bot]
    if not bots:
        yield warning(
            code=Code.WORKFLOW_MISSING,
            message="no workflow on the default branch runs mergebot",
            where=".github/workflows/",
            remedy="write one, and commit it to the default branch; if mergebot runs elsewhere, nothing is wrong",
            lines=("mergebot init",),
        )
        return
    for one in bots:
        yield from _alone(case, one)
    yield from _waking(case, bots)


def _alone(case: Case, bot: Workflow) -> Findings:
    yield from _enabled(bot)
    yield from _types(bot)
    yield from _group(bot)
    for job in bot.jobs:
        if job.is_bot:
            yield from _rights(case, bot, job)
    yield from _idle(case, bot)


def _enabled(bot: Workflow) -> Findings:
    if bot.state.startswith("disabled"):
        yield error(
            code=Code.WORKFLOW_DISABLED,
            message=f"the workflow `{bot.name}` is disabled (`{bot.state}`), so mergebot never runs",
            where=bot.path,
            remedy="enable it; GitHub disables schedules after 60 days without a commit",
            lines=(f"gh workflow enable {bot.path.rpartition('/')[2]}",),
        )


def _types(bot: Workflow) -> Findings:
    trigger = bot.triggers.get("pull_request_target")
    if trigger is None:
        return
    types = trigger.types or DEFAULT_TYPES
    if missing := [kind for kind in TYPES if kind not in types]:
        yield warning(
            code=Code.WORKFLOW_TYPES,
            message=f"pull_request_target does not wake mergebot when a pull request is {listed(missing, 9)}",
            where=f"{bot.path}, on.pull_request_target.types",
            remedy="write all of them:",
            lines=(f"    types: [{', '.join(TYPES)}]",),
        )


def _group(bot: Workflow) -> Findings:
    jobs = [job for job in bot.jobs if job.is_bot]
    if bot.cancels or any(job.cancels for job in jobs):
        yield error(
            code=Code.WORKFLOW_CANCELS,
            message="cancel-in-progress may end mergebot between a merge and what follows from it",
            where=f"{bot.path}, concurrency",
            remedy="write:",
            lines=("concurrency:", "  group: mergebot", "  cancel-in-progress: false"),
        )
    elif not bot.grouped and not all(job.grouped or job.reusable for job in jobs):
        yield note(
            code=Code.WORKFLOW_NO_GROUP,
            message="it has no concurrency group: runs at the same time do no harm, but waste minutes",
            where=bot.path,
            remedy="write:",
            lines=("concurrency:", "  group: mergebot", "  cancel-in-progress: false"),
        )


def _rights(case: Case, bot: Workflow, job: Job) -> Findings:
    where = f"{bot.path}, jobs.{job.id}.permissions"
    needed = {**RIGHTS, **({"actions": "write"} if case.policy.checks.dispatch else {})}
    lines = ("permissions:", *(f"  {name}: {level}" for name, level in {**needed, **WIDER}.items()))
    remedy = "write, in the job:"
    actions = case.survey.actions
    if job.rights is not None:
        if missing := lacking(job.rights, needed):
            # With an App of one's own the job's token is not used, so it is well to give it nothing.
            message = (
                f"the job's token lacks {listed(missing, 9)}" + ", and is used where no App is set" * job.own_token
            )
            say = note if job.own_token else error
            yield say(code=Code.WORKFLOW_RIGHTS, message=message, where=where, remedy=remedy, lines=lines)
        return
    if job.own_token:
        return
    default = actions.default_rights if isinstance(actions, ActionsSettings) else actions
    if isinstance(default, Unknown):
        message = "the job names no permissions, and what it gets by default could not be read"
        yield unseen(code=Code.WORKFLOW_RIGHTS, message=message, where=where, remedy=remedy, lines=lines)
    elif default != "write":
        message = "the job names no permissions, and by default it may only read"
        yield error(code=Code.WORKFLOW_RIGHTS, message=message, where=where, remedy=remedy, lines=lines)


def _idle(case: Case, bot: Workflow) -> Findings:
    now, count = case.snapshot.taken_at, len(case.requested)
    last = bot.last_run
    if isinstance(last, Unknown):
        message = f"when `{bot.name}` ran last: {last.reason}"
        yield unseen(code=Code.WORKFLOW_UNSEEN, message=message, where=bot.path, remedy="give the token actions: read")
    elif count and (last is None or now - last > DAY):
        ago = "has never run" if last is None else f"ran last {counted(int((now - last) // DAY), 'day')} ago"
        yield warning(
            code=Code.WORKFLOW_IDLE,
            message=f"`{bot.name}` {ago}, and {counted(count, 'pull request')} in the queue may wait for it",
            where=case.page(f"actions/workflows/{bot.path.rpartition('/')[2]}"),
            remedy="start it by hand and see what it says",
            lines=(f"gh workflow run {bot.path.rpartition('/')[2]}",),
        )


def _waking(case: Case, bots: list[Workflow]) -> Findings:
    """What wakes mergebot, over all its workflows."""
    events = {event for one in bots for event in one.triggers}
    if missing := list(_missing(case, events)):
        yield warning(
            code=Code.WORKFLOW_TRIGGERS,
            message=f"nothing wakes mergebot by {listed(missing, 9)}",
            where=f"{bots[0].path}, on",
            remedy="take the triggers that `mergebot init` writes",
        )
    heard = [trigger for one in bots if (trigger := one.triggers.get("workflow_run")) is not None]
    if heard:
        yield from _names(case, bots[0], heard)


def _missing(case: Case, events: set[str]) -> Iterator[str]:
    if "pull_request_target" not in events:
        yield "pull_request_target (a pull request changes)"
    if case.ci and "workflow_run" not in events:
        yield "workflow_run (CI is done)"
    if "issue_comment" not in events:
        yield "issue_comment (a command in a comment)"
    if "schedule" not in events:
        yield "schedule (whatever else was lost)"


def _names(case: Case, bot: Workflow, heard: list[Trigger]) -> Findings:
    known = {one.name for one in case.workflows}
    named = {name for trigger in heard for name in trigger.workflows}
    where = f"{bot.path}, on.workflow_run.workflows"
    # A file that could not be understood may have any name.
    for name in sorted(named - known) if case.reads_all else ():
        yield warning(
            code=Code.WORKFLOW_RUN_NAMES,
            message=f"workflow_run waits for `{name}`, and no workflow has that name{closest(name, known)}",
            where=where,
            remedy="write the name exactly as the other file's `name:` has it; globs do not work",
        )
    if unheard := sorted(one.name for one in case.ci if one.name not in named):
        yield warning(
            code=Code.WORKFLOW_NOT_WOKEN,
            message=f"mergebot does not wake when {listed(unheard)} is done",
            where=where,
            remedy="name every workflow that tests pull requests:",
            lines=(f"    workflows: {flow(sorted({*(named & known), *unheard}))}",),
        )
