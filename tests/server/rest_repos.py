"""The routes about repositories, their rules, checks, statuses, workflows and people."""

from itertools import groupby

from tests.server import auth, ci, people, render, render_checks
from tests.server.answers import Answer, Refused, invalid, missing
from tests.server.rest import PAGES, Call, Route
from tests.server.state import CheckRun, CheckSuite, User, Workflow

REPO = "/repos/{owner}/{repo}"


def get_repository(call: Call) -> Answer:
    """The repository; its merge settings only for who may push."""
    sees = auth.may(call.state, call.repository, call.token, "contents")
    return Answer(200, render.full_repository(call.hub, call.repository, sees_settings=sees))


def list_rules(call: Call) -> Answer:
    """Every active ruleset rule for a branch, also one that does not exist; not the classic protection (platform)."""
    found = call.repository.rules(call.path["branch"])
    return call.paged(found, lambda page: [render_checks.rule(call.repository, *one) for one in page])


def set_status(call: Call) -> Answer:
    """Set a commit status."""
    call.demand("statuses")
    body = call.body
    made = people.set_status(
        call.hub,
        call.repository,
        call.path["sha"],
        body.get("context") or "default",
        body.get("state", ""),
        body.get("description"),
        by=call.token.login,
        target_url=body.get("target_url"),
    )
    return Answer(201, render_checks.status(call.hub, call.repository, made))


def list_check_runs(call: Call) -> Answer:
    """Every check run on a commit, those of dispatched workflows too; `latest`: of each suite and name the newest."""
    call.demand("checks", level="read")
    sha = call.repository.branch(call.path["ref"]) or call.path["ref"]
    if not call.hub.store(call.repository).has(sha):
        raise Refused(422, f"No commit found for SHA: {sha}")
    found = [(suite, run) for suite in call.repository.suites_of(sha) for run in suite.runs]
    if call.query.get("filter", "latest") == "latest":
        found = _latest(found)
    wanted, status, app = call.query.get("check_name"), call.query.get("status"), call.query.get("app_id")
    found = [
        (suite, run)
        for suite, run in found
        if wanted in (None, run.name) and status in (None, run.status) and app in (None, str(suite.app))
    ]
    newest_first = sorted(found, key=lambda pair: pair[1].id, reverse=True)

    def wrap(page: list[tuple[CheckSuite, CheckRun]]) -> object:
        runs = [render_checks.check_run(call.hub, call.repository, suite, run) for suite, run in page]
        return {"total_count": len(found), "check_runs": runs}

    return call.paged(newest_first, wrap)


def _latest(found: list[tuple[CheckSuite, CheckRun]]) -> list[tuple[CheckSuite, CheckRun]]:
    def key(pair: tuple[CheckSuite, CheckRun]) -> tuple[int, str]:
        return pair[0].id, pair[1].name

    groups = groupby(sorted(found, key=lambda pair: (*key(pair), pair[1].id)), key)
    return [list(group)[-1] for _, group in groups]


def dispatch(call: Call) -> Answer:
    """Start a workflow by hand, named by its file or number. Platform: a GITHUB_TOKEN may, too."""
    call.demand("actions")
    named = call.path["workflow"]
    workflow = next((one for one in call.repository.workflows if named in (one.file, str(one.id))), None)
    if workflow is None:
        raise missing()
    if "workflow_dispatch" not in workflow.events:
        raise Refused(422, "Workflow does not have 'workflow_dispatch' trigger")
    branch = str(call.body.get("ref", "")).removeprefix("refs/heads/")
    if not branch:
        raise invalid("WorkflowDispatch", "ref", code="missing_field")
    if call.repository.branch(branch) is None:
        raise Refused(422, f"No ref found for: {branch}")
    suite = ci.dispatch(call.hub, call.repository, workflow, branch, by=call.token.login)
    if not call.body.get("return_run_details"):
        return Answer(204)
    assert suite.run is not None
    api = f"{call.hub.api}/repos/{call.repository.full_name}/actions/runs/{suite.run.id}"
    page = f"{call.hub.url}/{call.repository.full_name}/actions/runs/{suite.run.id}"
    return Answer(200, {"workflow_run_id": suite.run.id, "run_url": api, "html_url": page})


def get_run(call: Call) -> Answer:
    """One workflow run."""
    call.demand("actions", level="read")
    suite = _run(call)
    assert suite.run is not None
    return Answer(
        200, render_checks.workflow_run(call.hub, call.repository, suite, _workflow(call, suite.run.workflow))
    )


def rerun_failed(call: Call) -> Answer:
    """Start the failed jobs of a run again; 403 where it still runs, or nothing failed (platform)."""
    call.demand("actions")
    ci.rerun_failed(call.hub, call.repository, _run(call))
    return Answer(201, {})


def _run(call: Call) -> CheckSuite:
    wanted = call.path["run"]
    suite = next((one for one in call.repository.suites if one.run and str(one.run.id) == wanted), None)
    if suite is None:
        raise missing()
    return suite


def _workflow(call: Call, number: int) -> Workflow:
    return next(one for one in call.repository.workflows if one.id == number)


def get_permission(call: Call) -> Answer:
    """What an account may do; only for who may push (platform), and an account that does not exist is a 404."""
    if not auth.may(call.state, call.repository, call.token, "contents"):
        raise Refused(403, "Must have push access to view collaborator permission.")
    found = call.state.user(call.path["login"])
    if found is None:
        raise missing()
    level = call.state.permission(call.repository, found.login)
    if level == "none" and not call.repository.settings.private:
        level = "read"
    coarse = {"triage": "read", "maintain": "write"}.get(level, level)
    user = {**render.user(call.hub, found), "role_name": level}
    return Answer(200, {"permission": coarse, "role_name": level, "user": user})


def get_user(call: Call) -> Answer:
    """The account itself. Platform: an app's token is none."""
    if call.token.integration:
        raise Refused(403, "Resource not accessible by integration")
    found = call.state.user(call.token.login)
    assert isinstance(found, User)
    return Answer(200, render.public_user(call.hub, found))


def rate_limit(call: Call) -> Answer:
    """The budget; asking for it does not count (platform)."""
    token = call.token
    token.used -= 1
    left = max(token.api_limit - token.used, 0)
    one = {"limit": token.api_limit, "used": token.used, "remaining": left, "reset": int(call.hub.clock()) + 3600}
    resources = dict.fromkeys(("core", "graphql", "search"), one)
    return Answer(200, {"resources": resources, "rate": one})


ROUTES = (
    Route("GET", REPO, get_repository),
    Route("GET", REPO + "/rules/branches/{branch}", list_rules, PAGES),
    Route("POST", REPO + "/statuses/{sha}", set_status, (), ("state", "context", "description", "target_url")),
    Route(
        "GET",
        REPO + "/commits/{ref}/check-runs",
        list_check_runs,
        (*PAGES, "check_name", "status", "filter", "app_id"),
    ),
    Route(
        "POST",
        REPO + "/actions/workflows/{workflow}/dispatches",
        dispatch,
        (),
        ("ref", "inputs", "return_run_details"),
    ),
    Route("GET", REPO + "/actions/runs/{run}", get_run, ("exclude_pull_requests",)),
    Route("POST", REPO + "/actions/runs/{run}/rerun-failed-jobs", rerun_failed, (), ("enable_debug_logging",)),
    Route("GET", REPO + "/collaborators/{login}/permission", get_permission),
    Route("GET", "/user", get_user),
    Route("GET", "/rate_limit", rate_limit),
)
