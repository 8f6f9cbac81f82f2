"""Pull requests and native stacks as REST gives them."""

from typing import TYPE_CHECKING

from tests.server import pulls, render, rules
from tests.server.render import Json, moment
from tests.server.state import PullRequest, Repository, Stack, node_id

if TYPE_CHECKING:
    from tests.server.hub import GitHub


def simple(hub: "GitHub", repo: Repository, pull: PullRequest) -> Json:
    """A pull-request-simple, as the list has it: without `mergeable`."""
    api = f"{hub.api}/repos/{repo.full_name}"
    own, issue = f"{api}/pulls/{pull.number}", f"{api}/issues/{pull.number}"
    page = f"{hub.url}/{repo.full_name}/pull/{pull.number}"
    return {
        "url": own,
        "id": pull.id,
        "node_id": node_id("PR", pull.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue,
        "commits_url": f"{own}/commits",
        "review_comments_url": f"{own}/comments",
        "review_comment_url": f"{api}/pulls/comments{{/number}}",
        "comments_url": f"{issue}/comments",
        "statuses_url": f"{api}/statuses/{pull.head_sha}",
        "number": pull.number,
        "state": pull.state,
        "locked": pull.locked,
        "title": pull.title,
        "user": render.account(hub, pull.author),
        "body": pull.body,
        "labels": [render.label(hub, repo, repo.labels[name]) for name in pull.labels],
        "milestone": None,
        "active_lock_reason": None,
        "created_at": moment(pull.created_at),
        "updated_at": moment(pull.updated_at),
        "closed_at": moment(pull.closed_at),
        "merged_at": moment(pull.merged_at),
        "merge_commit_sha": pull.merge_sha,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _end(hub, pull.head_repository, pull.head_ref, pull.head_sha),
        "base": _end(hub, repo.full_name, pull.base_ref, pull.base_sha),
        "_links": _links(own, issue, page, f"{api}/statuses/{pull.head_sha}"),
        "author_association": render.association(hub, repo, pull.author),
        "auto_merge": None,
        "draft": pull.draft,
        **_stack(repo, pull),
    }


def full(hub: "GitHub", repo: Repository, pull: PullRequest, *, mergeable: bool | None) -> Json:
    """A pull-request; `mergeable` as the look at it found it."""
    base = repo.branch(pull.base_ref) or pull.base_sha
    commits = hub.store(repo).own_commits(base, pull.head_sha) if pull.state == "open" else []
    return {
        **simple(hub, repo, pull),
        "merged": pull.merged,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": state(hub, repo, pull, mergeable),
        "merged_by": render.account(hub, pull.merged_by),
        "comments": len(pull.comments),
        "review_comments": 0,
        "maintainer_can_modify": pull.maintainer_can_modify,
        "commits": len(commits),
        "additions": 0,
        "deletions": 0,
        "changed_files": 0,
    }


def state(hub: "GitHub", repo: Repository, pull: PullRequest, mergeable: bool | None) -> str:
    """`mergeable_state`: a hint, as GraphQL's `mergeStateStatus`."""
    if mergeable is None:
        return "unknown"
    if not mergeable:
        return "dirty"
    if pull.draft:
        return "draft"
    wanted = rules.required_checks(repo, pull.base_ref)
    passed = all(rules.check_state(repo, pull.head_sha, name, app) == "success" for name, app in wanted)
    needed = rules.needed_approvals(repo, pull.base_ref)
    changes = bool(needed) and rules.changes_requested(hub, repo, pull)
    if not passed or changes or rules.approved_by(hub, repo, pull) < needed:
        return "blocked"
    runs = [run for suite in repo.suites_of(pull.head_sha) if suite.in_rollup for run in suite.runs]
    green = all(run.conclusion in ("success", "neutral", "skipped") for run in runs)
    green = green and all(status.state == "success" for status in repo.statuses_of(pull.head_sha))
    return "clean" if green else "unstable"


def stack(hub: "GitHub", repo: Repository, found: Stack) -> Json:
    """A pull-request-stack-minimal."""
    members = [pull for number in found.members if (pull := repo.pull(number)) is not None]
    return {
        "id": found.id,
        "number": found.number,
        "node_id": node_id("STK", found.id),
        "url": f"{hub.api}/repos/{repo.full_name}/stacks/{found.number}",
        "base": {"ref": found.base},
        "open": any(pull.state == "open" for pull in members),
        "created_at": moment(found.created_at),
        "pull_requests": [
            {
                "number": pull.number,
                "state": pull.state,
                "draft": pull.draft,
                "merged_at": moment(pull.merged_at),
                "head": {"ref": pull.head_ref, "sha": pull.head_sha},
            }
            for pull in members
        ],
    }


def mergeable(hub: "GitHub", repo: Repository, pull: PullRequest) -> bool | None:
    """What a look at one PR finds; it starts the computation (platform)."""
    return pulls.mergeable(hub, repo, pull)


def _stack(repo: Repository, pull: PullRequest) -> Json:
    found = repo.stack_of(pull.number)
    if found is None:
        return {}
    place = {
        "id": found.id,
        "number": found.number,
        "size": len(found.members),
        "position": found.members.index(pull.number) + 1,
        "base": {"ref": found.base, "sha": repo.branch(found.base) or ""},
    }
    return {"stack": place}


def _end(hub: "GitHub", full_name: str | None, ref: str, sha: str) -> Json:
    home = hub.state.repository(full_name) if full_name else None
    owner = home.owner if home else (full_name or "").partition("/")[0] or None
    return {
        "label": f"{owner or 'unknown repository'}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": render.account(hub, owner),
        "repo": render.repository(hub, home) if home else None,
    }


def _links(own: str, issue: str, page: str, statuses: str) -> Json:
    links = {
        "self": own,
        "html": page,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{own}/comments",
        "review_comment": f"{own.rpartition('/')[0]}/comments{{/number}}",
        "commits": f"{own}/commits",
        "statuses": statuses,
    }
    return {name: {"href": href} for name, href in links.items()}
