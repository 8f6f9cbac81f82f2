"""The settings of the repository, and of Actions in it."""

from mergebot.doctor.case import Case, Findings, error, note, unseen, warning
from mergebot.doctor.codes import Code
from mergebot.model.snapshot import Unknown


def settings_findings(case: Case) -> Findings:
    """What in the settings stops merges, or surprises."""
    yield from _repository(case)
    yield from _actions(case)


def _repository(case: Case) -> Findings:
    settings, where = case.survey.settings, case.page("settings")
    if isinstance(settings, Unknown):
        yield unseen(code=Code.SETTINGS_UNSEEN, message=f"the settings: {settings.reason}", where=where)
        return
    if settings.archived:
        message = "the repository is archived, so nothing can be merged"
        remedy = "unarchive it: Settings > General > Danger Zone"
        yield error(code=Code.SETTINGS_ARCHIVED, message=message, where=where, remedy=remedy)
    if settings.disabled:
        message = "GitHub has disabled the repository"
        yield error(code=Code.SETTINGS_DISABLED, message=message, where=where, remedy="ask GitHub's support why")
    if not settings.squash:
        yield error(
            code=Code.SETTINGS_NO_SQUASH,
            message="squash merging is turned off, and mergebot merges in no other way",
            where=where,
            remedy="Settings > General > Pull Requests: tick `Allow squash merging`",
            lines=(f"gh api -X PATCH repos/{case.survey.repository} -F allow_squash_merge=true",),
        )
    yield from _deletes(case, deletes=settings.deletes_heads, where=where)
    if not settings.issues:
        yield warning(
            code=Code.SETTINGS_NO_ISSUES,
            message=f"issues are turned off, so none labelled `{case.policy.queue.freeze_label}` can pause the queue",
            where=where,
            remedy="Settings > General > Features: tick `Issues`",
        )


def _deletes(case: Case, *, deletes: bool, where: str) -> Findings:
    base = case.snapshot.base.branch
    stacked = sorted(pr.number for pr in case.snapshot.pull_requests if pr.base != base and pr.native is None)
    if deletes and stacked:
        listed = ", ".join(f"#{number}" for number in stacked)
        yield warning(
            code=Code.SETTINGS_DELETES_HEADS,
            message=f"GitHub deletes merged branches by itself, which may close {listed} before it has a new base",
            where=where,
            remedy="Settings > General > Pull Requests: untick `Automatically delete head branches`; mergebot deletes "
            "them itself, once no pull request needs them",
            lines=(f"gh api -X PATCH repos/{case.survey.repository} -F delete_branch_on_merge=false",),
        )


def _actions(case: Case) -> Findings:
    actions, where = case.survey.actions, case.page("settings/actions")
    if isinstance(actions, Unknown):
        yield unseen(
            code=Code.ACTIONS_UNSEEN,
            message=f"whether Actions may run here: {actions.reason}",
            where=where,
            remedy="look there yourself, or run this once with a token that has administration: read",
        )
    elif not actions.enabled:
        runs_here = any(one.is_bot for one in case.workflows)
        yield (error if runs_here else note)(
            code=Code.ACTIONS_DISABLED,
            message="Actions is turned off" + (", so mergebot's workflow never runs" if runs_here else ""),
            where=where,
            remedy="Settings > Actions > General: allow actions, or run mergebot elsewhere",
        )
    elif actions.allowed != "all":
        yield warning(
            code=Code.ACTIONS_RESTRICTED,
            message=f"only some actions may run here (`{actions.allowed}`): a workflow with another fails at its start",
            where=where,
            remedy="Settings > Actions > General: allow every action that the mergebot workflow uses",
        )
