"""The root of GraphQL queries, and repositories."""

from collections.abc import Callable

from tests.server.graphql_commits import git_object, ref
from tests.server.graphql_issues import has_label, ordered
from tests.server.graphql_pages import EDGE, Edge, Listing, connection, listed
from tests.server.graphql_people import actor, viewer
from tests.server.graphql_pulls import state_of
from tests.server.graphql_serving import AnswerError, Args, Context, Fields, Item, Take, level_name
from tests.server.state import Issue, PullRequest, Repository, User, node_id


def find_repository(root: Item[None], args: Args) -> Item[Repository]:
    """`repository(owner:, name:)`; one that the token may not see does not exist for it."""
    name = f"{args['owner']}/{args['name']}"
    found = root.ctx.state.repository(name)
    if found is not None and found.renamed_to and args.get("followRenames", True):
        found = root.ctx.state.repository(found.renamed_to)
    if found is None or not root.ctx.sees(found):
        raise AnswerError("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
    return Item(root.ctx, "Repository", found, found)


def pull_requests(repo: Item[Repository], args: Args) -> Listing:
    """The PRs that fit, in the order asked for."""
    repo.ctx.must_read(repo.it, "pull_requests")
    pulls: list[Item[PullRequest]] = [repo.of("PullRequest", pull) for pull in repo.it.pulls]
    found = [
        pull
        for pull in pulls
        if args.get("states") is None or state_of(pull) in args["states"]
        if args.get("headRefName") in (None, pull.it.head_ref)
        if args.get("baseRefName") in (None, pull.it.base_ref)
        if has_label(pull.it, args.get("labels"))
    ]
    return ordered(found, args)


def issues(repo: Item[Repository], args: Args) -> Listing:
    """The issues that fit; PRs are not among them."""
    repo.ctx.must_read(repo.it, "issues")
    wanted = {**args, **(args.get("filterBy") or {})}
    found: list[Item[Issue]] = [
        repo.of("Issue", issue)
        for issue in repo.it.issues.values()
        if not isinstance(issue, PullRequest)
        if wanted.get("states") is None or issue.state.upper() in wanted["states"]
        if has_label(issue, wanted.get("labels"))
    ]
    return ordered(found, args)


def one_pull(repo: Item[Repository], args: Args) -> Item[PullRequest]:
    """`pullRequest(number:)`."""
    repo.ctx.must_read(repo.it, "pull_requests")
    if (found := repo.it.pull(args["number"])) is None:
        raise AnswerError("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {args['number']}.")
    return repo.of("PullRequest", found)


def one_issue(repo: Item[Repository], args: Args) -> Item[Issue]:
    """`issue(number:)`: a PR is none."""
    found = repo.it.issues.get(args["number"])
    if found is None or isinstance(found, PullRequest):
        raise AnswerError("NOT_FOUND", f"Could not resolve to an Issue with the number of {args['number']}.")
    return repo.of("Issue", found)


def any_number(repo: Item[Repository], args: Args) -> Item[Issue] | Item[PullRequest]:
    """`issueOrPullRequest(number:)`."""
    found = repo.it.issues.get(args["number"])
    if found is None:
        words = f"Could not resolve to an issue or pull request with the number of {args['number']}."
        raise AnswerError("NOT_FOUND", words)
    return repo.of("PullRequest", found) if isinstance(found, PullRequest) else repo.of("Issue", found)


def collaborators(repo: Item[Repository], args: Args) -> Listing:
    """The people with a permission of their own; only who may push sees them. Apps are never among them."""
    if not repo.ctx.may_push(repo.it):
        raise repo.ctx.forbidden("Must have push access to view repository collaborators.")
    wanted, part = (args.get("login") or "").lower(), (args.get("query") or "").lower()
    found = [
        repo.of("User", user)
        for user in repo.ctx.state.users.values()
        if user.kind == "User" and is_collaborator(repo, user)
        if wanted in ("", user.login.lower()) and part in user.login.lower()
    ]
    return listed(found)


def is_collaborator(repo: Item[Repository], user: User) -> bool:
    """Whether a permission was granted; that everyone may read a public repository makes nobody a collaborator."""
    granted = repo.it.permissions.get(user.login, "none")
    return granted != "none" or repo.ctx.state.can(repo.it, user.login, "triage")


def collaborator_level(edge: Item[Edge]) -> str | None:
    """What the person of this edge may do."""
    user: Item[User] = edge.it.node
    return level_name(edge.ctx.state.permission(user.repo, user.it.login))


def _viewer_level(repo: Item[Repository]) -> str | None:
    if repo.ctx.token.integration:
        return None  # platform: null for apps
    return level_name(repo.ctx.state.permission(repo.it, repo.ctx.token.login))


def _rate(name: str) -> Callable[[Item[Context]], object]:
    return lambda rate: rate.ctx.rates[name]


QUERY: Fields[None] = {
    "viewer": lambda root: viewer(root.ctx),
    "repository": Take(find_repository, ("owner", "name", "followRenames")),
    "rateLimit": lambda root: root.of("RateLimit", root.ctx),
}

RATE_LIMIT: Fields[Context] = {
    name: _rate(name) for name in ("cost", "limit", "nodeCount", "remaining", "resetAt", "used")
}

REPOSITORY: Fields[Repository] = {
    "id": lambda repo: node_id("R", repo.it.id),
    "databaseId": lambda repo: repo.it.id,
    "name": lambda repo: repo.it.name,
    "nameWithOwner": lambda repo: repo.it.full_name,
    "owner": lambda repo: actor(repo.ctx, repo.it.owner),
    "url": lambda repo: repo.page,
    "isArchived": lambda repo: repo.it.settings.archived,
    "isDisabled": lambda repo: repo.it.settings.disabled,
    "isFork": lambda repo: repo.it.parent is not None,
    "isPrivate": lambda repo: repo.it.settings.private,
    "visibility": lambda repo: "PRIVATE" if repo.it.settings.private else "PUBLIC",
    "hasIssuesEnabled": lambda repo: repo.it.settings.has_issues,
    "squashMergeAllowed": lambda repo: repo.it.settings.squash,
    "mergeCommitAllowed": lambda repo: repo.it.settings.merge_commit,
    "rebaseMergeAllowed": lambda repo: repo.it.settings.rebase,
    "autoMergeAllowed": lambda repo: repo.it.settings.auto_merge,
    "deleteBranchOnMerge": lambda repo: repo.it.settings.delete_branch_on_merge,
    "squashMergeCommitTitle": lambda repo: repo.it.settings.squash_title,
    "squashMergeCommitMessage": lambda repo: repo.it.settings.squash_message,
    "viewerPermission": _viewer_level,
    "defaultBranchRef": lambda repo: ref(repo, repo.it.default),
    "ref": Take(lambda repo, args: ref(repo, args["qualifiedName"]), ("qualifiedName",)),
    "object": Take(git_object, ("oid", "expression")),
    "pullRequests": connection(pull_requests, "states", "labels", "headRefName", "baseRefName", "orderBy"),
    "pullRequest": Take(one_pull, ("number",)),
    "issues": connection(issues, "states", "labels", "filterBy", "orderBy"),
    "issue": Take(one_issue, ("number",)),
    "issueOrPullRequest": Take(any_number, ("number",)),
    "collaborators": connection(collaborators, "query", "login", "affiliation"),
}

COLLABORATOR_EDGE: Fields[Edge] = {**EDGE, "permission": collaborator_level}
