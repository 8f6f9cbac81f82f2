"""The routes that `mergebot doctor` asks: labels, workflows and their runs, what Actions may do."""

from tests.server import render, render_checks
from tests.server.answers import Answer, missing
from tests.server.render import moment
from tests.server.rest import PAGES, Call, Route
from tests.server.state import CheckSuite, Workflow, node_id

REPO = "/repos/{owner}/{repo}"


def list_labels(call: Call) -> Answer:
    """The labels of the repository."""
    call.demand("issues", "pull_requests", level="read")
    labels = list(call.repository.labels.values())
    return call.paged(labels, lambda page: [render.label(call.hub, call.repository, one) for one in page])


def get_actions(call: Call) -> Answer:
    """Whether Actions may run, and which; for administrators (platform)."""
    call.demand("administration", level="read")
    settings = call.repository.settings
    api = f"{call.hub.api}/repos/{call.repository.full_name}/actions/permissions"
    chosen = {"selected_actions_url": f"{api}/selected-actions"} if settings.allowed_actions == "selected" else {}
    allowed = {"allowed_actions": settings.allowed_actions} if settings.actions else {}
    return Answer(200, {"enabled": settings.actions, **allowed, **chosen})


def get_default_rights(call: Call) -> Answer:
    """What a job's token may do where the job names no permissions; for administrators (platform)."""
    call.demand("administration", level="read")
    rights = call.repository.settings.default_rights
    return Answer(200, {"default_workflow_permissions": rights, "can_approve_pull_request_reviews": False})


def list_workflows(call: Call) -> Answer:
    """The workflows that GitHub knows."""
    call.demand("actions", level="read")
    found = call.repository.workflows

    def wrap(page: list[Workflow]) -> object:
        return {"total_count": len(found), "workflows": [_workflow(call, one) for one in page]}

    return call.paged(found, wrap)


def list_runs(call: Call) -> Answer:
    """The runs of one workflow, the newest first."""
    call.demand("actions", level="read")
    named = call.path["workflow"]
    workflow = next((one for one in call.repository.workflows if named in (one.file, str(one.id))), None)
    if workflow is None:
        raise missing()
    suites = [one for one in call.repository.suites if one.run is not None and one.run.workflow == workflow.id]

    def wrap(page: list[CheckSuite]) -> object:
        runs = [render_checks.workflow_run(call.hub, call.repository, one, workflow) for one in page]
        return {"total_count": len(suites), "workflow_runs": runs}

    return call.paged(suites[::-1], wrap)


def _workflow(call: Call, found: Workflow) -> dict[str, object]:
    api, page = f"{call.hub.api}/repos/{call.repository.full_name}", f"{call.hub.url}/{call.repository.full_name}"
    return {
        "id": found.id,
        "node_id": node_id("W", found.id),
        "name": found.name,
        "path": found.path,
        "state": found.state,
        "created_at": moment(call.repository.created_at),
        "updated_at": moment(call.repository.created_at),
        "url": f"{api}/actions/workflows/{found.id}",
        "html_url": f"{page}/blob/{call.repository.default}/{found.path}",
        "badge_url": f"{page}/workflows/{found.name}/badge.svg",
    }


ROUTES = (
    Route("GET", REPO + "/labels", list_labels, PAGES),
    Route("GET", REPO + "/actions/permissions", get_actions),
    Route("GET", REPO + "/actions/permissions/workflow", get_default_rights),
    Route("GET", REPO + "/actions/workflows", list_workflows, PAGES),
    Route("GET", REPO + "/actions/workflows/{workflow}/runs", list_runs, PAGES),
)
