"""Checks in GraphQL: suites, runs, statuses and the roll-up of a commit."""

from tests.server import rules
from tests.server.graphql_pages import CONNECTION, Listing, Page, connection, listed
from tests.server.graphql_people import actor
from tests.server.graphql_serving import AnswerError, Args, Fields, Item, Take, moment
from tests.server.state import CheckRun, CheckSuite, Status, Workflow, WorkflowRun, node_id

DONE = "completed"
BAD = ("failure", "timed_out", "cancelled", "action_required", "startup_failure", "stale")


def rollup(commit: Item[str]) -> Item[str] | None:
    """The roll-up of a commit: null where nothing was ever reported."""
    return commit.of("StatusCheckRollup", commit.it) if contexts(commit).entries else None


def posted(commit: Item[str]) -> Item[str] | None:
    """The statuses of a commit alone: null where there are none."""
    return commit.of("Status", commit.it) if commit.repo.statuses_of(commit.it) else None


def one_status(status: Item[str], args: Args) -> Item[Status] | None:
    """The newest status of one context, its case ignored."""
    wanted = args["name"].lower()
    return next((found for found in statuses(status) if found.it.context.lower() == wanted), None)


def statuses(commit: Item[str]) -> list[Item[Status]]:
    """The newest status of each context."""
    commit.ctx.must_read(commit.repo, "statuses")
    return [commit.of("StatusContext", status) for status in commit.repo.statuses_of(commit.it)]


def state_of_statuses(commit: Item[str]) -> str:
    """What the statuses say together."""
    words = {status.state.upper() for status in commit.repo.statuses_of(commit.it)}
    return next((word for word in ("FAILURE", "ERROR", "PENDING") if word in words), "SUCCESS")


def contexts(commit: Item[str], _args: Args | None = None) -> Listing:
    """The newest check run of each name in each suite, then the statuses; one that may not be read is an error."""
    shown = [suite for suite in commit.repo.suites_of(commit.it) if suite.in_rollup]
    runs = [_readable(commit.of("CheckRun", run), "checks") for suite in shown for run in newest(suite)]
    said = commit.repo.statuses_of(commit.it)
    return Listing(
        [*runs, *(_readable(commit.of("StatusContext", status), "statuses") for status in said)], _context_key
    )


def newest(suite: CheckSuite) -> list[CheckRun]:
    """Of runs of one name, the last."""
    return list({run.name: run for run in sorted(suite.runs, key=lambda run: run.id)}.values())


def state_of_commit(commit: Item[str]) -> str:
    """The state of the roll-up: it counts everything, required or not."""
    runs = [run for suite in commit.repo.suites_of(commit.it) if suite.in_rollup for run in newest(suite)]
    words = [status.state for status in commit.repo.statuses_of(commit.it)]
    if any(run.conclusion in BAD for run in runs) or "failure" in words:
        return "FAILURE"
    if "error" in words:
        return "ERROR"
    if any(run.status != DONE for run in runs) or "pending" in words:
        return "PENDING"
    return "SUCCESS"


def suites(commit: Item[str], args: Args) -> Listing:
    """The suites of a commit, dispatched ones too."""
    commit.ctx.must_read(commit.repo, "checks")
    wanted = args.get("filterBy") or {}
    found = [
        commit.of("CheckSuite", suite)
        for suite in commit.repo.suites_of(commit.it)
        if wanted.get("appId") in (None, suite.app)
        if wanted.get("checkName") is None or any(run.name == wanted["checkName"] for run in suite.runs)
    ]
    return listed(found)


def runs_of(suite: Item[CheckSuite], args: Args) -> Listing:
    """The runs of a suite."""
    wanted = args.get("filterBy") or {}
    kept = newest(suite.it) if wanted.get("checkType") == "LATEST" else suite.it.runs
    states = [*(wanted.get("statuses") or ()), *([wanted["status"]] if wanted.get("status") else ())]
    found = [
        suite.of("CheckRun", run)
        for run in kept
        if wanted.get("checkName") in (None, run.name)
        if not states or run.status.upper() in states
        if wanted.get("conclusions") is None or (run.conclusion or "").upper() in wanted["conclusions"]
    ]
    return listed(found if wanted.get("appId") in (None, suite.it.app) else ())


def suite_of(run: Item[CheckRun]) -> Item[CheckSuite]:
    """The suite that a run is in."""
    return run.of("CheckSuite", next(suite for suite in run.repo.suites if suite.id == run.it.suite))


def run_of(suite: Item[CheckSuite]) -> Item[WorkflowRun] | None:
    """The run of Actions behind a suite: null for other apps."""
    if suite.it.run is None:
        return None
    suite.ctx.must_read(suite.repo, "actions")
    return suite.of("WorkflowRun", suite.it.run)


def workflow_of(run: Item[WorkflowRun]) -> Item[Workflow]:
    """The workflow of a run."""
    return run.of("Workflow", next(found for found in run.repo.workflows if found.id == run.it.workflow))


def is_required(entry: Item[CheckRun] | Item[Status], args: Args) -> bool:
    """Whether the base's rules name this check. GitHub wants to know for which PR."""
    if (number := args.get("pullRequestNumber")) is None:
        raise AnswerError("UNPROCESSABLE", "A pull request ID or pull request number is required.")
    pull = entry.repo.pull(number)
    name = entry.it.name if isinstance(entry.it, CheckRun) else entry.it.context
    return pull is not None and name in {wanted for wanted, _ in rules.required_checks(entry.repo, pull.base_ref)}


def _readable(entry: Item[CheckRun] | Item[Status], right: str) -> Item[CheckRun] | Item[Status] | AnswerError:
    try:
        entry.ctx.must_read(entry.repo, right)
    except AnswerError as fault:
        return fault
    return entry


def _context_key(entry: object) -> tuple[object, ...]:
    if not isinstance(entry, Item):
        return (0, 0)
    return (int(isinstance(entry.it, Status)), entry.it.id)


def _run_page(run: Item[CheckRun]) -> str:
    suite = suite_of(run).it
    return f"{run.page}/actions/runs/{suite.run.id}/job/{run.it.id}" if suite.run else f"{run.page}/runs/{run.it.id}"


def _count(page: Item[Page], kind: type) -> int:
    return sum(isinstance(entry, Item) and isinstance(entry.it, kind) for entry in page.it.listing.entries)


CONTEXT_CONNECTION: Fields[Page] = {
    **CONNECTION,
    "checkRunCount": lambda page: _count(page, CheckRun),
    "statusContextCount": lambda page: _count(page, Status),
}

ROLLUP: Fields[str] = {
    "id": lambda rollup: f"SCR_{rollup.it}",
    "state": state_of_commit,
    "contexts": connection(contexts),
    "commit": lambda rollup: rollup.of("Commit", rollup.it),
}

CHECK_SUITE: Fields[CheckSuite] = {
    "id": lambda suite: node_id("CS", suite.it.id),
    "databaseId": lambda suite: suite.it.id,
    "app": lambda suite: suite.of("App", suite.ctx.state.apps[suite.it.app]),
    "status": lambda suite: suite.it.status.upper(),
    "conclusion": lambda suite: suite.it.conclusion.upper() if suite.it.conclusion else None,
    "commit": lambda suite: suite.of("Commit", suite.it.head_sha),
    "createdAt": lambda suite: moment(suite.it.created_at),
    "updatedAt": lambda suite: moment(suite.it.updated_at),
    "workflowRun": run_of,
    "checkRuns": connection(runs_of, "filterBy"),
    "url": lambda suite: f"{suite.page}/commit/{suite.it.head_sha}/checks?check_suite_id={suite.it.id}",
}

CHECK_RUN: Fields[CheckRun] = {
    "id": lambda run: node_id("CR", run.it.id),
    "databaseId": lambda run: run.it.id,
    "name": lambda run: run.it.name,
    "status": lambda run: run.it.status.upper(),
    "conclusion": lambda run: run.it.conclusion.upper() if run.it.conclusion else None,
    "startedAt": lambda run: moment(run.it.started_at),
    "completedAt": lambda run: moment(run.it.completed_at),
    "detailsUrl": _run_page,
    "permalink": _run_page,
    "url": _run_page,
    "externalId": lambda _: "",
    "isRequired": Take(is_required, ("pullRequestNumber",)),
    "checkSuite": suite_of,
}

WORKFLOW_RUN: Fields[WorkflowRun] = {
    "id": lambda run: node_id("WFR", run.it.id),
    "databaseId": lambda run: run.it.id,
    "event": lambda run: run.it.event,
    "runNumber": lambda run: run.it.number,
    "workflow": workflow_of,
    "url": lambda run: f"{run.page}/actions/runs/{run.it.id}",
    "resourcePath": lambda run: f"{run.page}/actions/runs/{run.it.id}".removeprefix(run.ctx.url),
}

WORKFLOW: Fields[Workflow] = {
    "id": lambda workflow: node_id("W", workflow.it.id),
    "databaseId": lambda workflow: workflow.it.id,
    "name": lambda workflow: workflow.it.name,
    "state": lambda _: "ACTIVE",
    "url": lambda workflow: f"{workflow.page}/actions/workflows/{workflow.it.file}",
    "resourcePath": lambda workflow: f"/{workflow.repo.full_name}/actions/workflows/{workflow.it.file}",
}

STATUS: Fields[str] = {
    "id": lambda status: f"S_{status.it}",
    "state": state_of_statuses,
    "context": Take(one_status, ("name",)),
    "contexts": statuses,
    "commit": lambda status: status.of("Commit", status.it),
}

STATUS_CONTEXT: Fields[Status] = {
    "id": lambda status: node_id("SC", status.it.id),
    "context": lambda status: status.it.context,
    "state": lambda status: status.it.state.upper(),
    "description": lambda status: status.it.description,
    "targetUrl": lambda status: status.it.target_url,
    "createdAt": lambda status: moment(status.it.created_at),
    "creator": lambda status: actor(status.ctx, status.it.creator),
    "isRequired": Take(is_required, ("pullRequestNumber",)),
    "commit": lambda status: status.of("Commit", status.it.sha),
}
