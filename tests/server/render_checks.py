"""Statuses, check runs, workflow runs and rules as REST gives them."""

from typing import TYPE_CHECKING

from tests.server import render
from tests.server.render import Json, moment
from tests.server.state import CheckRun, CheckSuite, Repository, Rule, Ruleset, Status, Workflow, node_id

if TYPE_CHECKING:
    from tests.server.hub import GitHub

PARAMETERS: Json = {
    "required_status_checks": {"required_status_checks": [], "strict_required_status_checks_policy": False},
    "pull_request": {
        "required_approving_review_count": 0,
        "dismiss_stale_reviews_on_push": False,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    },
}
"""What GitHub always says of a rule of this type."""


def status(hub: "GitHub", repo: Repository, found: Status) -> Json:
    """A status."""
    creator = render.account(hub, found.creator)
    return {
        "url": f"{hub.api}/repos/{repo.full_name}/statuses/{found.sha}",
        "avatar_url": creator["avatar_url"] if creator else None,
        "id": found.id,
        "node_id": node_id("SC", found.id),
        "state": found.state,
        "description": found.description,
        "target_url": found.target_url,
        "context": found.context,
        "created_at": moment(found.created_at),
        "updated_at": moment(found.created_at),
        "creator": creator,
    }


def check_run(hub: "GitHub", repo: Repository, suite: CheckSuite, found: CheckRun) -> Json:
    """A check-run."""
    api = f"{hub.api}/repos/{repo.full_name}/check-runs/{found.id}"
    page = details(hub, repo, suite, found)
    return {
        "id": found.id,
        "head_sha": found.head_sha,
        "node_id": node_id("CR", found.id),
        "external_id": str(found.id),
        "url": api,
        "html_url": page,
        "details_url": page,
        "status": found.status,
        "conclusion": found.conclusion,
        "started_at": moment(found.started_at),
        "completed_at": moment(found.completed_at),
        "output": {
            "title": None,
            "summary": None,
            "text": None,
            "annotations_count": 0,
            "annotations_url": f"{api}/annotations",
        },
        "name": found.name,
        "check_suite": {"id": suite.id},
        "app": render.app(hub, hub.state.apps[suite.app]),
        "pull_requests": [],
    }


def details(hub: "GitHub", repo: Repository, suite: CheckSuite, found: CheckRun) -> str:
    """The page of a run."""
    page = f"{hub.url}/{repo.full_name}"
    return f"{page}/actions/runs/{suite.run.id}/job/{found.id}" if suite.run else f"{page}/runs/{found.id}"


def workflow_run(hub: "GitHub", repo: Repository, suite: CheckSuite, workflow: Workflow) -> Json:
    """A workflow-run."""
    assert suite.run is not None
    api, run = f"{hub.api}/repos/{repo.full_name}", suite.run
    own = f"{api}/actions/runs/{run.id}"
    commit = hub.store(repo).commit(suite.head_sha)
    return {
        "id": run.id,
        "name": workflow.name,
        "node_id": node_id("WFR", run.id),
        "check_suite_id": suite.id,
        "check_suite_node_id": node_id("CS", suite.id),
        "head_branch": suite.head_branch,
        "head_sha": suite.head_sha,
        "path": workflow.path,
        "run_number": run.number,
        "run_attempt": run.attempt,
        "event": run.event,
        "display_title": commit.title,
        "status": suite.status,
        "conclusion": suite.conclusion,
        "workflow_id": workflow.id,
        "url": own,
        "html_url": f"{hub.url}/{repo.full_name}/actions/runs/{run.id}",
        "pull_requests": [],
        "created_at": moment(suite.created_at),
        "updated_at": moment(suite.updated_at),
        "run_started_at": moment(suite.created_at),
        "actor": render.account(hub, run.actor),
        "triggering_actor": render.account(hub, run.actor),
        **{f"{name}_url": f"{own}/{name}" for name in ("jobs", "logs", "artifacts", "cancel", "rerun")},
        "check_suite_url": f"{api}/check-suites/{suite.id}",
        "workflow_url": f"{api}/actions/workflows/{workflow.id}",
        "previous_attempt_url": None,
        "head_commit": {
            "id": commit.sha,
            "tree_id": commit.tree,
            "message": commit.message,
            "timestamp": moment(commit.committed_at),
            "author": _person(commit.author),
            "committer": _person(commit.committer),
        },
        "repository": render.minimal_repository(hub, repo),
        "head_repository": render.minimal_repository(hub, repo),
    }


def rule(repo: Repository, ruleset: Ruleset, found: Rule) -> Json:
    """A repository-rule-detailed; parameters that a test has left out are as GitHub has them by default."""
    parameters = {**PARAMETERS.get(found.type, {}), **found.parameters}
    return {
        "type": found.type,
        **({"parameters": parameters} if parameters else {}),
        "ruleset_source_type": "Repository",
        "ruleset_source": repo.full_name,
        "ruleset_id": ruleset.id,
    }


def _person(signature: str) -> Json:
    name, _, email = signature.rpartition(" ")
    return {"name": name, "email": email.strip("<>")}
