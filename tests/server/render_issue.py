"""Issues, comments and reactions as REST gives them."""

from typing import TYPE_CHECKING

from tests.server import render
from tests.server.render import Json, moment
from tests.server.state import Comment, Issue, PullRequest, Reaction, Repository, node_id

if TYPE_CHECKING:
    from tests.server.hub import GitHub


def issue(hub: "GitHub", repo: Repository, found: Issue) -> Json:
    """An issue; a PR is one too, with the member `pull_request`."""
    api, kind = f"{hub.api}/repos/{repo.full_name}", "pull" if isinstance(found, PullRequest) else "issues"
    own = f"{api}/issues/{found.number}"
    page = f"{hub.url}/{repo.full_name}/{kind}/{found.number}"
    rendered: Json = {
        "id": found.id,
        "node_id": node_id("I", found.id),
        "url": own,
        "repository_url": api,
        "labels_url": f"{own}/labels{{/name}}",
        "comments_url": f"{own}/comments",
        "events_url": f"{own}/events",
        "html_url": page,
        "number": found.number,
        "state": found.state,
        "state_reason": found.state_reason,
        "title": found.title,
        "body": found.body,
        "user": render.account(hub, found.author),
        "labels": [render.label(hub, repo, repo.labels[name]) for name in found.labels],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": found.locked,
        "active_lock_reason": None,
        "comments": len(found.comments),
        "closed_at": moment(found.closed_at),
        "created_at": moment(found.created_at),
        "updated_at": moment(found.updated_at),
        "author_association": render.association(hub, repo, found.author),
    }
    if isinstance(found, PullRequest):
        pull = f"{api}/pulls/{found.number}"
        urls = {"url": pull, "html_url": page, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch"}
        rendered["pull_request"] = {**urls, "merged_at": moment(found.merged_at)}
        rendered["draft"] = found.draft
    return rendered


def comment(hub: "GitHub", repo: Repository, found: Comment) -> Json:
    """An issue-comment."""
    api = f"{hub.api}/repos/{repo.full_name}/issues"
    kind = "pull" if isinstance(repo.issues[found.issue], PullRequest) else "issues"
    page = f"{hub.url}/{repo.full_name}/{kind}/{found.issue}"
    behind = hub.state.apps.get(found.app or 0)
    return {
        "id": found.id,
        "node_id": node_id("IC", found.id),
        "url": f"{api}/comments/{found.id}",
        "html_url": f"{page}#issuecomment-{found.id}",
        "issue_url": f"{api}/{found.issue}",
        "user": render.account(hub, found.author),
        "body": found.body,
        "created_at": moment(found.created_at),
        "updated_at": moment(found.updated_at),
        "author_association": render.association(hub, repo, found.author),
        "performed_via_github_app": render.app(hub, behind) if behind else None,
    }


def reaction(hub: "GitHub", found: Reaction) -> Json:
    """A reaction."""
    return {
        "id": found.id,
        "node_id": node_id("REA", found.id),
        "user": render.account(hub, found.login),
        "content": found.content,
        "created_at": moment(found.created_at),
    }
