"""The checks on a head, from what GitHub lists: check runs, commit statuses, suites that have no run (contract 3)."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from mergebot.forge.github.own import PULL_REQUEST, Own
from mergebot.forge.github.session import CONTEXT
from mergebot.model.snapshot import UNDECIDED, Check, CheckList, CheckState

ACTIONS: Final = "github-actions"
"""The app of GitHub Actions. Suites of other apps say nothing by themselves: many apps make one and never use it."""

SCORE: Final = "review/score"

_NEVER: Final = float("inf")
_PASSED: Final = frozenset({"SUCCESS", "NEUTRAL", "SKIPPED"})
_CONCLUSIONS: Final = {
    "SUCCESS": CheckState.SUCCESS,
    "NEUTRAL": CheckState.NEUTRAL,
    "SKIPPED": CheckState.SKIPPED,
    "FAILURE": CheckState.FAILURE,
    "TIMED_OUT": CheckState.TIMED_OUT,
    "CANCELLED": CheckState.CANCELLED,
    "ACTION_REQUIRED": CheckState.ACTION_REQUIRED,
    "STALE": CheckState.STALE,
    "STARTUP_FAILURE": CheckState.STARTUP_FAILURE,
}
_RUN_STATES: Final = {
    "QUEUED": CheckState.QUEUED,
    "REQUESTED": CheckState.QUEUED,
    "PENDING": CheckState.QUEUED,
    "WAITING": CheckState.QUEUED,
    "IN_PROGRESS": CheckState.RUNNING,
}
_STATUS_STATES: Final = {
    "SUCCESS": CheckState.SUCCESS,
    "PENDING": CheckState.RUNNING,
    "EXPECTED": CheckState.QUEUED,
    "FAILURE": CheckState.FAILURE,
    "ERROR": CheckState.FAILURE,
}
Node = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """The checks; `score`: what the status `review/score` says; `status`: state and text of mergebot's own status."""

    checks: CheckList
    score: str | None = None
    status: tuple[str, str] | None = None


def parse_checks(
    contexts: Sequence[Node],
    suites: Sequence[Node],
    *,
    own: Own,
    runs: Sequence[Node] = (),
    parked: bool = True,
    shared: bool = False,
) -> Parsed:
    """Everything on one head.

    `runs`: check runs as the REST API lists them, for what the rollup leaves out. `parked`: whether runs for a PR that
    wait for somebody's approval count; they do not where mergebot starts workflows itself. `shared`: several open PRs
    have this head. Platform: a suite does not say for which of them it is, so none takes the place of another.
    """
    if shared:
        contexts = [_apart(node, (node.get("checkSuite") or {}).get("databaseId")) for node in contexts]
        suites = [_apart(suite, suite["databaseId"]) for suite in suites]
    check_runs = [node for node in contexts if node["__typename"] == "CheckRun"]
    statuses = {node["context"].lower(): node for node in contexts if node["__typename"] == "StatusContext"}
    timed = [_check_run(node, own) for node in check_runs]
    timed += _left_out(runs, suites, own, {node["databaseId"] for node in check_runs})
    timed += [_status(node) for context, node in statuses.items() if context not in (SCORE, CONTEXT)]
    with_runs = {_suite_of(node).get("databaseId") for node in check_runs}
    with_runs |= {(run.get("check_suite") or {}).get("id") for run in runs}
    idle = [suite for suite in _newest_suites(suites, own) if suite["databaseId"] not in with_runs]
    score, status = statuses.get(SCORE), statuses.get(CONTEXT)
    checks = CheckList(
        checks=(
            *_in_company(_ranked(timed), own),
            *(_stopped(suite) for suite in idle if _counts(suite, parked=parked)),
        ),
        queued_suites=_queued(suites, with_runs, own),
        dispatched=is_dispatched(suites, own),
    )
    return Parsed(
        checks=checks,
        score=(score["description"] or "") if score else None,
        status=(status["state"].lower(), status["description"] or "") if status else None,
    )


def _apart(node: Node, suite: int | None) -> Node:
    """A check run or suite whose workflow run has the suite's number in its event."""
    if "checkSuite" in node:
        return {**node, "checkSuite": _apart(_suite_of(node), suite)}
    run = node.get("workflowRun")
    if not run or run.get("event") != PULL_REQUEST:
        return node
    return {**node, "workflowRun": {**run, "event": f"{PULL_REQUEST} {suite}"}}


def is_dispatched(suites: Iterable[Node], own: Own) -> bool:
    """Whether somebody has started a workflow by hand on this head: the rollup leaves its runs out."""
    return any(
        (suite.get("workflowRun") or {}).get("event") == "workflow_dispatch"
        for suite in suites
        if not own.is_own(suite.get("workflowRun"))
    )


Timed = tuple[float, int, Check]
"""When it started in seconds (see `_started`), its number, and the check."""


def _ranked(timed: Iterable[Timed]) -> list[Check]:
    """Each check with its rank by time; of two that started in one second the one with the higher number is newer."""
    ordered = sorted(timed, key=lambda item: item[:2])
    return [
        replace(check, order=float(rank), started=when if math.isfinite(when) else None)
        for rank, (when, _, check) in enumerate(ordered)
    ]


def _in_company(checks: Sequence[Check], own: Own) -> Sequence[Check]:
    """Of the jobs of this very run that have not ended one is mergebot's; nobody says which. Beside others all do."""
    going = [check for check in checks if check.own and check.run == own.run and check.state in UNDECIDED]
    if not own.run or len(going) == 1:
        return checks
    return [replace(check, own=False) if check in going else check for check in checks]


def _check_run(node: Node, own: Own) -> Timed:
    suite = _suite_of(node)
    app, run = suite.get("app") or {}, suite.get("workflowRun")
    state = _state(node["status"], node["conclusion"])
    check = Check(
        name=node["name"],
        state=state,
        app=app.get("slug") or "",
        app_id=app.get("databaseId") or 0,
        workflow=_workflow(run),
        own=own.is_own(run, state),
        detail=node["detailsUrl"] or "",
        run=_number(run),
    )
    return _started(node["startedAt"], check), node["databaseId"] or 0, check


def _left_out(runs: Iterable[Node], suites: Iterable[Node], own: Own, known: Collection[int]) -> Iterator[Timed]:
    """What only the REST API lists, in its own spelling; the workflow is told by the suite."""
    by_number = {suite["databaseId"]: suite.get("workflowRun") for suite in suites}
    for run in runs:
        if run["id"] in known:
            continue
        app = run.get("app") or {}
        workflow = by_number.get((run.get("check_suite") or {}).get("id"))
        state = _state(run["status"].upper(), (run["conclusion"] or "").upper())
        check = Check(
            name=run["name"],
            state=state,
            app=app.get("slug") or "",
            app_id=app.get("id") or 0,
            workflow=_workflow(workflow),
            own=own.is_own(workflow, state),
            detail=run.get("details_url") or "",
            run=_number(workflow),
        )
        yield _started(run["started_at"], check), run["id"], check


def _started(when: str | None, check: Check) -> float:
    """When a run started. One that says nothing of it has not begun yet; a green one must not hide a later red one."""
    return seconds(when, missing=0.0 if check.state is CheckState.SUCCESS else _NEVER)


def _status(node: Node) -> Timed:
    state = _STATUS_STATES.get(node["state"], CheckState.UNKNOWN)
    check = Check(name=node["context"], state=state, detail=node["targetUrl"] or "")
    return seconds(node["createdAt"], missing=_NEVER), 0, check


def _state(status: str, conclusion: str | None) -> CheckState:
    """A status or conclusion that nobody has heard of is unknown, which blocks."""
    if status == "COMPLETED":
        return _CONCLUSIONS.get(conclusion or "", CheckState.UNKNOWN)
    return _RUN_STATES.get(status, CheckState.UNKNOWN)


def _suite_of(node: Node) -> Node:
    return node.get("checkSuite") or {}


def _workflow(run: Node | None) -> str:
    """A workflow with its event, since the same one runs for several; that of a pull request is the usual one."""
    if run is None:
        return ""
    name, event = (run.get("workflow") or {}).get("name") or "", run.get("event") or ""
    return name if event == PULL_REQUEST else f"{name} ({event})"


def _number(run: Node | None) -> int:
    return (run or {}).get("databaseId") or 0


def _of_actions(suites: Iterable[Node], own: Own) -> Iterator[Node]:
    for suite in suites:
        if (suite.get("app") or {}).get("slug") == ACTIONS and not own.is_own(suite.get("workflowRun")):
            yield suite


def _queued(suites: Iterable[Node], with_runs: Collection[int | None], own: Own) -> int:
    """Suites that have begun, or are to begin, and show no run yet."""
    return sum(
        suite["status"] != "COMPLETED" and suite["databaseId"] not in with_runs for suite in _of_actions(suites, own)
    )


def _newest_suites(suites: Iterable[Node], own: Own) -> list[Node]:
    """The newest suite of each workflow and event: an older one without a run was superseded."""
    newest: dict[str, Node] = {}
    for suite in sorted(_of_actions(suites, own), key=lambda suite: suite["databaseId"] or 0):
        newest[_workflow(suite.get("workflowRun"))] = suite
    return list(newest.values())


def _counts(suite: Node, *, parked: bool) -> bool:
    """Whether a suite that has ended without a run tells of a failure: broken, cancelled, or waiting for approval."""
    if suite["status"] != "COMPLETED" or suite["conclusion"] in _PASSED:
        return False
    event = (suite.get("workflowRun") or {}).get("event")
    return parked or suite["conclusion"] != "ACTION_REQUIRED" or str(event).split(" ")[0] != PULL_REQUEST


def _stopped(suite: Node) -> Check:
    run = suite.get("workflowRun") or {}
    name = (run.get("workflow") or {}).get("name") or "GitHub Actions"
    app = suite.get("app") or {}
    return Check(
        name=name,
        state=_CONCLUSIONS.get(suite["conclusion"] or "", CheckState.UNKNOWN),
        app=ACTIONS,
        app_id=app.get("databaseId") or 0,
        workflow=_workflow(run),
        detail=run.get("url") or "",
        # One that waits for somebody's approval has not failed: there is nothing to start again.
        run=0 if suite["conclusion"] == "ACTION_REQUIRED" else _number(run),
    )


def seconds(when: str | None, *, missing: float = 0.0) -> float:
    """A time of GitHub's as UTC seconds since 1970."""
    return missing if when is None else datetime.fromisoformat(when).timestamp()
