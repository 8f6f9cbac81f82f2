"""CI: which runs a push or a pull request starts, and what they say after ticks (queued, in progress, completed)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tests.server.answers import Refused
from tests.server.state import CheckRun, CheckSuite, PullRequest, Repository, Workflow, WorkflowRun

if TYPE_CHECKING:
    from tests.server.hub import GitHub

Ci = Callable[[dict[str, bytes]], Mapping[str, bool | str]]
"""CI as a function of the files: for each check whether it passes, or its conclusion."""

ACTIONS = 15368
"""The id of the app GitHub Actions."""

GOOD = ("success", "neutral", "skipped")

SKIPS = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")


def passes(_files: dict[str, bytes]) -> Mapping[str, bool | str]:
    """The CI of a repository that says nothing else: one check, `ci`, that passes."""
    return {"ci": True}


def skipped(message: str) -> bool:
    """Whether a commit message keeps workflows from starting."""
    return any(skip in message for skip in SKIPS) or "\nskip-checks: true" in message.lower()


def start_pull(hub: "GitHub", repository: Repository, pull: PullRequest, *, by: str, runs: bool) -> None:
    """Start the `pull_request` workflows, as GitHub does it on opened, synchronize and reopened.

    Platform: nothing starts while the PR conflicts, or when the head commit's message says so; what a GITHUB_TOKEN
    (`runs=False`) has pushed is parked until a person lets it run.
    """
    base = repository.branch(pull.base_ref)
    tree = hub.store(repository).merged_tree(base, pull.head_sha) if base else None
    if tree is None or skipped(hub.store(repository).commit(pull.head_sha).message):
        return
    stack = repository.stack_of(pull.number)
    if not _fits(stack.base if stack else pull.base_ref, repository.settings.ci_bases):
        return
    parked = not runs or (repository.settings.approve_forks and pull.head_repository != repository.full_name)
    for workflow in _listening(repository, "pull_request"):
        suite = _new_suite(hub, repository, workflow, pull.head_sha, pull.head_ref, "pull_request", by)
        _fill(hub, repository, suite, tree, parked=parked)


def start_push(hub: "GitHub", repository: Repository, branch: str, sha: str, *, by: str, runs: bool) -> None:
    """Start the `push` workflows; a GITHUB_TOKEN starts none."""
    fitting = _fits(branch, repository.settings.ci_pushes or (repository.default,))
    commit = hub.store(repository).commit(sha)
    if not runs or not fitting or skipped(commit.message):
        return
    for workflow in _listening(repository, "push"):
        suite = _new_suite(hub, repository, workflow, sha, branch, "push", by)
        _fill(hub, repository, suite, commit.tree, parked=False)


def dispatch(hub: "GitHub", repository: Repository, workflow: Workflow, branch: str, *, by: str) -> CheckSuite:
    """Start one workflow by hand on a branch; its runs are not in the PR's rollup."""
    sha = repository.refs[f"refs/heads/{branch}"]
    suite = _new_suite(hub, repository, workflow, sha, branch, "workflow_dispatch", by)
    suite.in_rollup = False
    _fill(hub, repository, suite, hub.store(repository).commit(sha).tree, parked=False)
    return suite


def approve(hub: "GitHub", repository: Repository, sha: str) -> None:
    """A person lets the parked runs of a head start."""
    for suite in repository.suites_of(sha):
        if suite.conclusion == "action_required" and not suite.runs:
            suite.status, suite.conclusion = "queued", None
            _queue(hub, suite)


def tick(hub: "GitHub", repository: Repository) -> None:
    """Let every run that is under way take one step."""
    now = hub.clock()
    for suite in repository.suites:
        if suite.status == "completed" or not suite.results:
            continue
        if not suite.runs:
            _queue(hub, suite)
        elif suite.status == "queued":
            _advance(suite, "in_progress", now)
        else:
            _complete(suite, now)


def finish(hub: "GitHub", repository: Repository) -> None:
    """Let every run come to its end."""
    while any(suite.status != "completed" and suite.results for suite in repository.suites):
        tick(hub, repository)


def report(hub: "GitHub", repository: Repository, sha: str, name: str, conclusion: str | None, *, app: int) -> CheckRun:
    """An app reports a check run of its own, in a suite of its own for this commit; `conclusion` None: it is queued."""
    now = hub.clock()
    suite = next((one for one in repository.suites_of(sha) if one.app == app and one.run is None), None)
    if suite is None:
        suite = CheckSuite(hub.state.new_id(), app, sha, None, created_at=now, updated_at=now)
        repository.suites.append(suite)
    run = CheckRun(hub.state.new_id(), suite.id, name, sha, started_at=now)
    if conclusion is not None:
        run.status, run.conclusion, run.completed_at = "completed", conclusion, now
    suite.runs.append(run)
    suite.status = "completed" if all(one.status == "completed" for one in suite.runs) else "queued"
    suite.conclusion = conclusion if suite.status == "completed" else None
    return run


def rerun(hub: "GitHub", repository: Repository, sha: str, name: str, conclusion: str) -> CheckRun:
    """Somebody runs a check again: another run of the same name in the same suite; the run keeps its number."""
    suite, old = next((suite, run) for suite in repository.suites_of(sha) for run in suite.runs if run.name == name)
    now = hub.clock()
    again = replace(
        old, id=hub.state.new_id(), status="completed", conclusion=conclusion, started_at=now, completed_at=now
    )
    suite.runs.append(again)
    suite.results[name] = suite.conclusion = conclusion
    if suite.run is not None:
        suite.run.attempt += 1
    return again


def rerun_failed(hub: "GitHub", repository: Repository, suite: CheckSuite) -> None:
    """Queue the failed checks of a run anew; what CI says of the files is asked again, for it may be in a mood."""
    assert suite.run is not None
    newest = {run.name: run for run in sorted(suite.runs, key=lambda run: run.id)}
    failed = [name for name, run in newest.items() if run.conclusion not in GOOD]
    if suite.status != "completed":
        raise Refused(403, "This workflow is already running")
    if not failed:
        raise Refused(403, "This workflow run cannot be retried")
    _ask_ci(hub, repository, suite, suite.tree)
    suite.runs += [CheckRun(hub.state.new_id(), suite.id, name, suite.head_sha) for name in failed]
    suite.status, suite.conclusion = "queued", None
    suite.run.attempt += 1


def _advance(suite: CheckSuite, status: str, now: float) -> None:
    suite.status, suite.updated_at = status, now
    for run in _open(suite):
        run.status, run.started_at = status, now


def _complete(suite: CheckSuite, now: float) -> None:
    suite.status, suite.updated_at = "completed", now
    for run in _open(suite):
        run.status, run.conclusion, run.completed_at = "completed", suite.results[run.name], now
    newest = {run.name: run for run in sorted(suite.runs, key=lambda run: run.id)}
    bad = [run.conclusion for run in newest.values() if run.conclusion not in GOOD]
    suite.conclusion = bad[0] if bad else "success"


def _open(suite: CheckSuite) -> list[CheckRun]:
    """The runs that have not ended: those of an earlier attempt stay as they are."""
    return [run for run in suite.runs if run.status != "completed"]


def _new_suite(  # noqa: PLR0913, PLR0917 (what a run is)
    hub: "GitHub", repository: Repository, workflow: Workflow, sha: str, branch: str, event: str, by: str
) -> CheckSuite:
    run_number = 1 + sum(suite.run is not None and suite.run.workflow == workflow.id for suite in repository.suites)
    run = WorkflowRun(id=hub.state.new_id(), workflow=workflow.id, event=event, number=run_number, actor=by)
    now = hub.clock()
    suite = CheckSuite(
        id=hub.state.new_id(),
        app=ACTIONS,
        head_sha=sha,
        head_branch=branch,
        created_at=now,
        updated_at=now,
        run=run,
    )
    repository.suites.append(suite)
    return suite


def _fill(hub: "GitHub", repository: Repository, suite: CheckSuite, tree: str, *, parked: bool) -> None:
    """Decide what the runs will say, and queue them."""
    suite.tree = tree
    _ask_ci(hub, repository, suite, tree)
    if parked:
        suite.status, suite.conclusion = "completed", "action_required"
    elif not repository.settings.suites_first:
        _queue(hub, suite)


def _ask_ci(hub: "GitHub", repository: Repository, suite: CheckSuite, tree: str) -> None:
    assert suite.run is not None
    says = hub.ci_of(repository, suite.run.workflow)
    results = says({} if says is passes else dict(hub.store(repository).files(tree)))
    named = {True: "success", False: "failure"}
    suite.results = {name: named[said] if isinstance(said, bool) else said for name, said in results.items()}


def _queue(hub: "GitHub", suite: CheckSuite) -> None:
    suite.runs = [
        CheckRun(id=hub.state.new_id(), suite=suite.id, name=name, head_sha=suite.head_sha) for name in suite.results
    ]


def _listening(repository: Repository, event: str) -> list[Workflow]:
    return [workflow for workflow in repository.workflows if event in workflow.events]


def _fits(branch: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(branch, pattern) for pattern in patterns)
