"""Required checks, by the forge's rules and by the config: whether they ever come."""

from collections.abc import Iterator

from mergebot.decide.glob import matches
from mergebot.decide.words import counted
from mergebot.doctor.case import CONFIG, Case, Findings, closest, error, unseen, warning
from mergebot.doctor.codes import Code
from mergebot.doctor.triggers import reports
from mergebot.model.snapshot import CheckState

OWN = "mergebot"


def required_findings(case: Case) -> Findings:
    """Required checks that nobody reports, or that mergebot itself reports too late."""
    own = list(_own(case))
    yield from own
    wanted = [need for need in _wanted(case) if not _is_own(case, need[0])]
    seen = {check.name for check in case.checks}
    if wanted and not seen:
        yield unseen(
            code=Code.RULES_CHECKS_UNSEEN,
            message=f"whether {counted(len(wanted), 'required check')} will come: no open pull request has any check",
            where=wanted[0][1],
            remedy="run this again while a pull request with checks is open",
        )
        return
    for name, where in wanted:
        if not any(matches(name, one) for one in seen) and not _may_come(case, name):
            yield warning(
                code=Code.RULES_CHECK_NEVER_SEEN,
                message=f"the required check `{name}` was seen on no open pull request{closest(name, seen)}",
                where=where,
                remedy="correct the name, or have CI report it; until then every pull request waits for it",
            )
    yield from _apps(case)


def _may_come(case: Case, name: str) -> bool:
    """Whether a job reports it that may still wait for others (platform: until then it has no check)."""
    is_running = any(check.state in (CheckState.QUEUED, CheckState.RUNNING) for check in case.checks)
    return is_running and any(reports(one, name) for one in case.ci)


def _wanted(case: Case) -> Iterator[tuple[str, str]]:
    """Each required check and what requires it, each name once."""
    where = f"{case.page('settings/rules')}, branch {case.snapshot.base.branch}"
    found = dict.fromkeys((need.name for need in case.snapshot.required_checks), where)
    for name in case.policy.checks.required:
        found.setdefault(name, f"{CONFIG}, checks.required")
    yield from found.items()


def _is_own(case: Case, name: str) -> bool:
    jobs = {job.name.casefold() for one in case.workflows for job in one.jobs if job.is_bot}
    others = {job.name.casefold() for one in case.workflows for job in one.jobs if not job.is_bot}
    return name.casefold() == OWN or name.casefold() in jobs - others


def _own(case: Case) -> Findings:
    for name, where in _wanted(case):
        if _is_own(case, name):
            yield error(
                code=Code.RULES_OWN_CHECK,
                message=f"the check `{name}` is required, but is mergebot's own: it succeeds only after the merge",
                where=where,
                remedy=f"take `{name}` off the required checks",
            )


def _apps(case: Case) -> Findings:
    for need in case.snapshot.required_checks:
        apps = {check.app_id: check.app for check in case.checks if check.name == need.name}
        if need.app_id and apps and need.app_id not in apps:
            others = ", ".join(f"{app or 'a status'} ({number})" for number, app in sorted(apps.items()))
            yield warning(
                code=Code.RULES_CHECK_OTHER_APP,
                message=f"the required check `{need.name}` must come from the app {need.app_id}; it came from {others}",
                where=f"{case.page('settings/rules')}, branch {case.snapshot.base.branch}",
                remedy="choose the right source in the rule, or `any source`",
            )
