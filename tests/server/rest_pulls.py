"""The routes about pull requests and native stacks."""

from tests.server import merging, people, pulls, render_pull, stacks
from tests.server.answers import Answer, invalid, missing
from tests.server.rest import PAGES, Call, Route
from tests.server.state import PullRequest

PULLS = "/repos/{owner}/{repo}/pulls"
PULL = PULLS + "/{number}"
MERGE_FIELDS = ("commit_title", "commit_message", "sha", "merge_method")


def list_pulls(call: Call) -> Answer:
    """The PRs of a state, by head (`owner:branch`) and base."""
    call.demand("pull_requests", level="read")
    state, head, base = (call.query.get(name, "") for name in ("state", "head", "base"))
    if state not in ("", "open", "closed", "all"):
        raise invalid("PullRequest", "state")
    found = [
        pull
        for pull in call.repository.pulls
        if state == "all" or pull.state == (state or "open")
        if not base or pull.base_ref == base
        if not head or _is_head(pull, head)
    ]
    newest = call.query.get("direction", "desc") == "desc"
    by_update = call.query.get("sort") == "updated"
    found.sort(key=lambda pull: pull.updated_at if by_update else pull.number, reverse=newest)
    return call.paged(found, lambda page: [render_pull.simple(call.hub, call.repository, pull) for pull in page])


def _is_head(pull: PullRequest, head: str) -> bool:
    owner, separator, branch = head.partition(":")
    if not separator:
        return True  # Platform: a head without its owner is passed over.
    return pull.head_ref == branch and (pull.head_repository or "").partition("/")[0].lower() == owner.lower()


def get_pull(call: Call) -> Answer:
    """One PR; the look starts the computation of its mergeability."""
    call.demand("pull_requests", level="read")
    return _shown(call, pulls.mergeable(call.hub, call.repository, call.pull))


def edit_pull(call: Call) -> Answer:
    """Title, text, state, base."""
    call.demand("pull_requests")
    pull, body = call.pull, call.body
    if "base" in body:
        pulls.retarget(call.hub, call.repository, pull, body["base"], by=call.token.login)
    if body.get("state") == "closed" and pull.state == "open":
        people.close(call.hub, pull, by=call.token.login)
    elif body.get("state") == "open" and pull.state == "closed":
        pulls.reopen(call.hub, call.repository, pull, by=call.token.login, runs=call.token.starts_runs)
    elif body.get("state") not in (None, "open", "closed"):
        raise invalid("PullRequest", "state")
    if "title" in body and not body["title"].strip():
        raise invalid("PullRequest", "title", code="missing_field")
    people.edit(call.hub, pull, by=call.token.login, title=body.get("title"), body=body.get("body"))
    return _shown(call, pulls.mergeable(call.hub, call.repository, pull))


def _shown(call: Call, mergeable: bool | None) -> Answer:
    return Answer(200, render_pull.full(call.hub, call.repository, call.pull, mergeable=mergeable))


def merge(call: Call) -> Answer:
    """Merge a PR."""
    return merging.merge(call.hub, call.repository, call.pull, call.token, call.body)


def is_merged(call: Call) -> Answer:
    """204 or 404."""
    if not call.pull.merged:
        raise missing()
    return Answer(204)


def merge_async(call: Call) -> Answer:
    """Ask for a merge in the background."""
    return stacks.submit(call.hub, call.repository, call.pull, call.token, call.body)


def poll_merge(call: Call) -> Answer:
    """How far it is."""
    return stacks.poll(call.hub, call.repository, call.pull, call.path["uuid"])


def list_stacks(call: Call) -> Answer:
    """The native stacks; 404 where they are not enabled."""
    if not call.repository.settings.native_stacks:
        raise missing()
    wanted = call.query.get("pull_request")
    found = [stack for stack in call.repository.stacks if wanted is None or int(wanted) in stack.members]
    return call.paged(found, lambda page: [render_pull.stack(call.hub, call.repository, stack) for stack in page])


ROUTES = (
    Route("GET", PULLS, list_pulls, (*PAGES, "state", "head", "base", "sort", "direction")),
    Route("GET", PULL, get_pull),
    Route("PATCH", PULL, edit_pull, (), ("title", "body", "state", "base", "maintainer_can_modify")),
    Route("PUT", PULL + "/merge", merge, (), MERGE_FIELDS),
    Route("GET", PULL + "/merge", is_merged),
    Route("PUT", PULL + "/merge-async", merge_async, (), (*MERGE_FIELDS, "merge_action")),
    Route("GET", PULL + "/merge-async/{uuid}", poll_merge),
    Route("GET", "/repos/{owner}/{repo}/stacks", list_stacks, (*PAGES, "pull_request")),
)
