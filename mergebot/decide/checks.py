"""The criterion `tests_passing` (contract 3)."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from mergebot.decide.codes import Code
from mergebot.decide.glob import matches, matches_any
from mergebot.decide.words import counted, listed
from mergebot.model.ids import Sha
from mergebot.model.plan import Evidence, Fail, Link, Pass, Pending, Verdict
from mergebot.model.policy import Checks, Policy
from mergebot.model.snapshot import (
    GREEN,
    UNDECIDED,
    Check,
    CheckList,
    CheckState,
    PullRequest,
    RequiredCheck,
    Snapshot,
    Unknown,
)

SILENT_AFTER = 600.0
"""Seconds after a push by mergebot within which a forge that starts checks has started one."""

_OFF = Pass(code=Code.TESTS_OFF, reason="turned off by tests_passing: false")
_NOT_NEEDED = Pass(code=Code.TESTS_NOT_NEEDED, reason="it has no check, and checks.allow_none lets it pass")
_NONE = Pending(code=Code.TESTS_NONE, reason="no check has reported yet")
_TO_START = Pending(code=Code.TESTS_NONE, reason="mergebot has still to start the workflows of checks.dispatch on it")
# No word on how long: the reason stays the same from pass to pass.
_NO_CI = Pending(
    code=Code.TESTS_NO_CI,
    reason=(
        "mergebot pushed this head, and no check has come since: pushes with GITHUB_TOKEN start no checks; give "
        "mergebot the token of a GitHub App, or name the workflows to start in checks.dispatch"
    ),
)
_IN_VAIN = Pending(
    code=Code.TESTS_NO_CI,
    reason=(
        "workflows were started by hand on this head, and no check has come of it: see on the Actions page what "
        "became of them"
    ),
)

_WEB = ("https://", "http://")
_AGAIN = "fix it and push, or run it again"
_REMEDIES = {
    CheckState.FAILURE: _AGAIN,
    CheckState.TIMED_OUT: _AGAIN,
    CheckState.STARTUP_FAILURE: "correct the workflow file and push",
    CheckState.CANCELLED: "run it again",
    CheckState.STALE: "it never finished, run it again",
    CheckState.ACTION_REQUIRED: "a person with write access has to approve the workflow run, or do what it asks for",
}
_PARKED = (
    "a person with write access has to approve the workflow run: mergebot pushed this head, and the runs of a push "
    "with GITHUB_TOKEN wait for that; those of a GitHub App's token do not"
)


def tests_passing(pr: PullRequest, policy: Policy, tree: Sha | None, snapshot: Snapshot) -> Verdict:
    """At least one check, and all that count succeeded (contract 3).

    `tree`: what the PR merges to, None if it does not merge cleanly.
    """
    if not policy.criteria.tests_passing:
        return _OFF
    if isinstance(pr.checks, Unknown):
        code = Code.TESTS_QUEUED if pr.checks.passing else Code.TESTS_UNKNOWN
        return Pending(code=code, reason=unread("checks", pr.checks))
    command = policy.checks.command is not None
    result = snapshot.test_results.get(tree) if tree is not None and command else None
    own = (result,) if result is not None else ()
    counting = newest((*pr.checks.checks, *own), policy.checks, snapshot.required_checks)
    return (
        _bad(counting, result, pr)
        or _not_started(pr, pr.checks, counting, policy.checks, snapshot)
        or _missing(counting, policy.checks, snapshot.required_checks)
        or (_awaited(tree) if command and result is None else None)
        or _passed_or_none(len(counting), policy.checks)
    )


def unread(what: str, part: Unknown) -> str:
    """Why a part of a PR is not known: it could not be read, or is on its way."""
    return f"its {what} {'are not known yet' if part.passing else 'could not be read'}: {part.reason}"


def _passed_or_none(count: int, policy: Checks) -> Verdict:
    if count:
        return _passed(count)
    return _NOT_NEEDED if policy.allow_none else _NONE


@lru_cache(maxsize=128)
def _passed(count: int) -> Pass:
    return Pass(code=Code.TESTS_PASSED, reason=f"{count} of {counted(count, 'check')} succeeded")


def newest(checks: Iterable[Check], policy: Checks, required: Sequence[RequiredCheck] = ()) -> list[Check]:
    """The checks that count: of several of one app, workflow and name the newest; never mergebot's own, or ignored.

    What the forge itself requires counts even where the config ignores it: the forge would refuse the merge.
    """
    latest: dict[tuple[str, str, str], Check] = {}
    for check in checks:
        if check.own or (policy.ignore and _is_ignored(check, policy.ignore, required)):
            continue
        key = (check.app, check.workflow, check.name)
        if key not in latest or _rank(check) > _rank(latest[key]):
            latest[key] = check
    return list(latest.values())


def _is_ignored(check: Check, ignore: tuple[str, ...], required: Sequence[RequiredCheck]) -> bool:
    return matches_any(ignore, check.name) and not any(_meets(check, needed) for needed in required)


def _meets(check: Check, needed: RequiredCheck) -> bool:
    """Whether a check is the one that a branch rule names: literally, no glob, and from the app that it pins."""
    return check.name == needed.name and needed.app_id in (0, check.app_id)


def _rank(check: Check) -> tuple[float, bool, bool, str]:
    """Later ones first; of two that started at once the worse one, so that the order of a list decides nothing."""
    return (check.order, check.state not in GREEN, check.state not in UNDECIDED, check.detail)


def awaits_dispatch(pr: PullRequest, policy: Checks, required: Sequence[RequiredCheck]) -> bool:
    """Whether workflows have still to be started by hand on a head that mergebot pushed (`checks.dispatch`).

    The checks of other apps are no sign that the workflows have run: a push by the bot may have started only those.
    """
    if not policy.dispatch or pr.head.pushed_at is None or not isinstance(pr.checks, CheckList):
        return False
    if pr.checks.dispatched or pr.checks.queued_suites:
        return False
    return not any(check.workflow for check in newest(pr.checks.checks, policy, required))


def _not_started(
    pr: PullRequest, checks: CheckList, counting: Sequence[Check], policy: Checks, snapshot: Snapshot
) -> Pending | None:
    """What is known to come, or should have come and did not."""
    if checks.queued_suites:
        waiting = counted(checks.queued_suites, "suite")
        return Pending(code=Code.TESTS_QUEUED, reason=f"{waiting} of checks is queued and has not started")
    if awaits_dispatch(pr, policy, snapshot.required_checks):
        return _TO_START
    pushed_at = pr.head.pushed_at
    if counting or pushed_at is None or policy.allow_none or snapshot.taken_at - pushed_at <= SILENT_AFTER:
        return None
    return _IN_VAIN if checks.dispatched else _NO_CI


def _missing(counting: Sequence[Check], policy: Checks, required: Sequence[RequiredCheck]) -> Pending | None:
    """What has to report, by the config (names or globs) or by a rule of the forge (names), and has not."""
    if not policy.required and not required:
        return None
    names = [name for name in policy.required if not any(matches(name, check.name) for check in counting)]
    for needed in required:
        if not any(_meets(check, needed) for check in counting):
            other = any(check.name == needed.name for check in counting)
            names.append(f"{needed.name} from the app {needed.app_id}" if other else needed.name)
    if not names:
        return None
    return Pending(code=Code.TESTS_MISSING, reason=f"required, but not reported yet: {listed(dict.fromkeys(names))}")


def _bad(counting: Iterable[Check], command: Check | None, pr: PullRequest) -> Fail | Pending | None:
    """What keeps the checks from having succeeded: failures before those that are not done."""
    states: dict[CheckState, list[str]] = {}
    lacking = [check for check in counting if check.state not in GREEN]
    for check in lacking:
        states.setdefault(check.state, []).append(_named(check))
    if not states:
        return None
    failed = {state: names for state, names in states.items() if state in _REMEDIES}
    if failed:
        tested = command is not None and command.state in failed
        reason = _failures(failed, pr, tested=tested)
        return Fail(code=Code.TESTS_FAILED, reason=reason, evidence=_pages(lacking, failed))
    if CheckState.UNKNOWN in states:
        names = listed(sorted(states[CheckState.UNKNOWN]))
        reason = f"in a state that mergebot does not know: {names}"
        return Pending(code=Code.TESTS_UNKNOWN, reason=reason, evidence=_pages(lacking, {CheckState.UNKNOWN}))
    names = listed(sorted(name for names in states.values() for name in names))
    return Pending(code=Code.TESTS_RUNNING, reason=f"not done yet: {names}")


def _failures(failed: dict[CheckState, list[str]], pr: PullRequest, *, tested: bool) -> str:
    """What failed, and what to do about it, a remedy each; `tested`: the test command is among it."""
    remedies: dict[str, list[str]] = {}
    for state, names in sorted(failed.items()):
        remedy = _REMEDIES[state]
        if remedy is _AGAIN and tested:
            # The result is kept until then: this tree was tested.
            remedy = "fix it and push, or remove that log to have it run again"
        elif state is CheckState.ACTION_REQUIRED and pr.head.pushed_at is not None:
            remedy = _PARKED
        remedies.setdefault(remedy, []).append(f"{listed(sorted(names))} ({_said(state)})")
    return "; ".join(f"{'; '.join(words)}: {remedy}" for remedy, words in remedies.items())


def _pages(checks: Iterable[Check], states: Collection[CheckState]) -> Evidence:
    """The pages of the checks in these states, by name; the path of a log is no page."""
    pages = {Link(text=c.name, url=c.detail) for c in checks if c.state in states and c.detail.startswith(_WEB)}
    return Evidence(links=tuple(sorted(pages, key=lambda link: (link.text, link.url))))


def _named(check: Check) -> str:
    return f"{check.name}, see {check.detail}" if check.detail and check.state not in UNDECIDED else check.name


def _said(state: CheckState) -> str:
    return "failed" if state is CheckState.FAILURE else state.value.replace("_", " ")


def _awaited(tree: Sha | None) -> Pending:
    if tree is None:
        return Pending(code=Code.TESTS_COMMAND, reason="the test command runs once it merges cleanly")
    return Pending(code=Code.TESTS_COMMAND, reason="the test command has not been run on the merged result yet")
