"""The criterion `tests_passing` (contract 3)."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from mergebot.decide.codes import Code
from mergebot.decide.glob import matches, matches_any
from mergebot.decide.words import counted, listed
from mergebot.model.ids import Sha
from mergebot.model.plan import Fail, Pass, Pending, Verdict
from mergebot.model.policy import Checks, Policy
from mergebot.model.snapshot import Check, CheckState, PullRequest, Unknown

GREEN = frozenset({CheckState.SUCCESS, CheckState.NEUTRAL, CheckState.SKIPPED})
UNDECIDED = frozenset({CheckState.QUEUED, CheckState.RUNNING})

_OFF = Pass(code=Code.TESTS_OFF, reason="turned off by tests_passing: false")
_NOT_NEEDED = Pass(code=Code.TESTS_NOT_NEEDED, reason="it has no check, and checks.allow_none lets it pass")
_NONE = Pending(code=Code.TESTS_NONE, reason="no check has reported yet")


def tests_passing(pr: PullRequest, policy: Policy, tree: Sha | None, results: Mapping[Sha, Check]) -> Verdict:
    """At least one check, and all that count succeeded (contract 3).

    `tree`: what the PR merges to, None if it does not merge cleanly; `results`: what the test command said of a tree.
    """
    if not policy.criteria.tests_passing:
        return _OFF
    if isinstance(pr.checks, Unknown):
        return Pending(code=Code.TESTS_UNKNOWN, reason=f"its checks could not be read: {pr.checks.reason}")
    result = results.get(tree) if tree is not None and policy.checks.command is not None else None
    own = (result,) if result is not None else ()
    counting = newest((*pr.checks.checks, *own), policy.checks)
    if (bad := _bad(counting, result)) is not None:
        return bad
    if pr.checks.queued_suites:
        waiting = counted(pr.checks.queued_suites, "suite")
        return Pending(code=Code.TESTS_QUEUED, reason=f"{waiting} of checks is queued and has not started")
    missing = [name for name in policy.checks.required if not any(matches(name, check.name) for check in counting)]
    if missing:
        return Pending(code=Code.TESTS_MISSING, reason=f"required, but not reported yet: {listed(missing)}")
    if policy.checks.command is not None and result is None:
        return _awaited(tree)
    if not counting:
        return _NOT_NEEDED if policy.checks.allow_none else _NONE
    return _passed(len(counting))


@lru_cache(maxsize=128)
def _passed(count: int) -> Pass:
    return Pass(code=Code.TESTS_PASSED, reason=f"{count} of {counted(count, 'check')} succeeded")


def newest(checks: Iterable[Check], policy: Checks) -> list[Check]:
    """The checks that count: of several of one app, workflow and name the newest; never mergebot's own, or ignored."""
    latest: dict[tuple[str, str, str], Check] = {}
    for check in checks:
        if check.own or (policy.ignore and matches_any(policy.ignore, check.name)):
            continue
        key = (check.app, check.workflow, check.name)
        if key not in latest or _rank(check) > _rank(latest[key]):
            latest[key] = check
    return list(latest.values())


def _rank(check: Check) -> tuple[float, bool, bool, str]:
    """Later ones first; of two that started at once the worse one, so that the order of a list decides nothing."""
    return (check.order, check.state not in GREEN, check.state not in UNDECIDED, check.detail)


def _bad(counting: Iterable[Check], command: Check | None) -> Fail | Pending | None:
    """What keeps the checks from having succeeded: failures before those that are not done."""
    states: dict[CheckState, list[str]] = {}
    for check in counting:
        if check.state not in GREEN:
            states.setdefault(check.state, []).append(_named(check))
    if not states:
        return None
    failed = {state: names for state, names in states.items() if state not in UNDECIDED | {CheckState.UNKNOWN}}
    if failed:
        words = [f"{listed(sorted(names))} ({_said(state)})" for state, names in sorted(failed.items())]
        again = "run it again"
        if command is not None and command.state in failed:
            again = "remove that log to have it run again"  # the result is kept until then: this tree was tested
        return Fail(code=Code.TESTS_FAILED, reason=f"{'; '.join(words)}: fix it and push, or {again}")
    if CheckState.UNKNOWN in states:
        names = listed(sorted(states[CheckState.UNKNOWN]))
        return Pending(code=Code.TESTS_UNKNOWN, reason=f"in a state that mergebot does not know: {names}")
    names = listed(sorted(name for names in states.values() for name in names))
    return Pending(code=Code.TESTS_RUNNING, reason=f"not done yet: {names}")


def _named(check: Check) -> str:
    return f"{check.name}, see {check.detail}" if check.detail and check.state not in UNDECIDED else check.name


def _said(state: CheckState) -> str:
    return "failed" if state is CheckState.FAILURE else state.value.replace("_", " ")


def _awaited(tree: Sha | None) -> Pending:
    if tree is None:
        return Pending(code=Code.TESTS_COMMAND, reason="the test command runs once it merges cleanly")
    return Pending(code=Code.TESTS_COMMAND, reason="the test command has not been run on the merged result yet")
