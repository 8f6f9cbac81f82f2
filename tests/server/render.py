"""The objects that turn up in others: accounts, repositories, apps, labels; and times as GitHub writes them."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.server.state import App, Label, Repository, User, node_id

if TYPE_CHECKING:
    from tests.server.hub import GitHub

Json = dict[str, Any]


def moment(seconds: float | None) -> str | None:
    """A time, whole seconds, as `2026-11-21T14:00:00Z`."""
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def account(hub: "GitHub", login: str | None) -> Json | None:
    """A simple-user; None for a deleted account."""
    found = hub.state.user(login) if login else None
    return None if found is None else user(hub, found)


def user(hub: "GitHub", who: User) -> Json:
    """A simple-user."""
    api = f"{hub.api}/users/{who.login}"
    page = f"{hub.url}/apps/{who.bare}" if who.kind == "Bot" else f"{hub.url}/{who.login}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node_id("U", who.id),
        "avatar_url": f"{hub.url}/avatars/u/{who.id}",
        "gravatar_id": "",
        "url": api,
        "html_url": page,
        "followers_url": f"{api}/followers",
        "following_url": f"{api}/following{{/other_user}}",
        "gists_url": f"{api}/gists{{/gist_id}}",
        "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{api}/subscriptions",
        "organizations_url": f"{api}/orgs",
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events{{/privacy}}",
        "received_events_url": f"{api}/received_events",
        "type": who.kind,
        "site_admin": False,
    }


def public_user(hub: "GitHub", who: User) -> Json:
    """The account itself, as `GET /user` gives it."""
    words = ("company", "location", "email", "hireable", "bio", "twitter_username")
    return {
        **user(hub, who),
        **dict.fromkeys(words),
        "user_view_type": "public",
        "name": who.name or None,
        "blog": "",
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
    }


URLS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def minimal_repository(hub: "GitHub", repo: Repository) -> Json:
    """A minimal-repository: what runs show of it."""
    api = f"{hub.api}/repos/{repo.full_name}"
    return {
        "id": repo.id,
        "node_id": node_id("R", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "owner": account(hub, repo.owner),
        "private": repo.settings.private,
        "html_url": f"{hub.url}/{repo.full_name}",
        "description": None,
        "fork": repo.parent is not None,
        "url": api,
        **{name: f"{api}{path}" for name, path in URLS.items()},
    }


def repository(hub: "GitHub", repo: Repository) -> Json:
    """A repository, as it stands in the head and base of a PR."""
    page = f"{hub.url}/{repo.full_name}"
    counts = ("forks", "forks_count", "size", "stargazers_count", "watchers", "watchers_count")
    opened = sum(issue.state == "open" for issue in repo.issues.values())
    return {
        **minimal_repository(hub, repo),
        **dict.fromkeys(counts, 0),
        "clone_url": f"{page}.git",
        "git_url": f"git://{page.partition('://')[2]}.git",
        "ssh_url": f"git@127.0.0.1:{repo.full_name}.git",
        "svn_url": page,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "default_branch": repo.default,
        "has_downloads": True,
        "has_issues": repo.settings.has_issues,
        "has_projects": True,
        "has_wiki": True,
        "has_pages": False,
        "has_discussions": False,
        "archived": repo.settings.archived,
        "disabled": repo.settings.disabled,
        "visibility": "private" if repo.settings.private else "public",
        "open_issues": opened,
        "open_issues_count": opened,
        "pushed_at": moment(max(repo.pushed_at.values(), default=repo.created_at)),
        "created_at": moment(repo.created_at),
        "updated_at": moment(repo.created_at),
    }


def full_repository(hub: "GitHub", repo: Repository, *, sees_settings: bool) -> Json:
    """A full-repository; the merge settings are only for those who may push (platform)."""
    settings = repo.settings
    full = {**repository(hub, repo), "network_count": 0, "subscribers_count": 0}
    if not sees_settings:
        return full
    return full | {
        "allow_squash_merge": settings.squash,
        "allow_merge_commit": settings.merge_commit,
        "allow_rebase_merge": settings.rebase,
        "allow_auto_merge": settings.auto_merge,
        "delete_branch_on_merge": settings.delete_branch_on_merge,
        "squash_merge_commit_title": settings.squash_title,
        "squash_merge_commit_message": settings.squash_message,
    }


def app(hub: "GitHub", found: App) -> Json:
    """An integration: the app behind a check."""
    return {
        "id": found.id,
        "slug": found.slug,
        "node_id": node_id("A", found.id),
        "client_id": f"Iv1.{found.id:016x}",
        "owner": user(hub, User("github", 9919, "Organization")),
        "name": found.name,
        "description": "",
        "external_url": "https://github.com/features/actions",
        "html_url": f"{hub.url}/apps/{found.slug}",
        "created_at": "2018-07-30T09:30:17Z",
        "updated_at": "2024-04-10T20:33:16Z",
        "permissions": {"checks": "write", "metadata": "read", "contents": "read"},
        "events": [],
    }


def label(hub: "GitHub", repo: Repository, found: Label) -> Json:
    """A label."""
    return {
        "id": found.id,
        "node_id": node_id("LA", found.id),
        "url": f"{hub.api}/repos/{repo.full_name}/labels/{found.name}",
        "name": found.name,
        "description": found.description,
        "color": found.color,
        "default": False,
    }


def association(hub: "GitHub", repo: Repository, login: str | None) -> str:
    """What GitHub says of an author's relation to the repository; it says nothing of rights."""
    if login is None or hub.state.user(login) is None:
        return "NONE"
    if login == repo.owner:
        return "OWNER"
    if repo.permissions.get(login, "none") != "none":
        return "COLLABORATOR"
    return "CONTRIBUTOR" if any(pull.author == login and pull.merged for pull in repo.pulls) else "NONE"
