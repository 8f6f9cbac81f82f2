"""Native stacks and the asynchronous merge: everything below goes in too, and the server rebases the rest."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.server import auth, merging, pulls, pushing
from tests.server.answers import Answer, Refused, missing
from tests.server.state import AsyncMerge, PullRequest, Repository, Stack, Token

if TYPE_CHECKING:
    from tests.server.hub import GitHub

ACTIONS = ("default", "direct_merge", "merge_queue")


def submit(
    hub: "GitHub", repository: Repository, pull: PullRequest, token: Token, options: Mapping[str, Any]
) -> Answer:
    """`PUT merge-async`: only the basic state is looked at; the rules are asked when it runs."""
    if not repository.settings.native_stacks:
        raise missing()
    auth.demand(hub.state, repository, token, "contents")
    if pull.merged:
        details = {"message": "Pull request is already merged", "sha": pull.merge_sha}
        return Answer(200, {"status": "merged", "details": details})
    if pull.state != "open" or pull.draft:
        words = "Pull request is a draft" if pull.draft else "Pull request is closed"
        return Answer(400, {"status": "failed", "details": {"message": words}})
    pending = _pending(repository, pull.number)
    if pending is not None:
        return Answer(409, {"status": "pending", "details": _details(pending, "A merge is already in progress")})
    request = AsyncMerge(
        uuid=str(UUID(int=hub.state.new_id())),
        number=pull.number,
        sha=options.get("sha") or pull.head_sha,
        created_at=hub.clock(),
        options=dict(options),
        requested_by=token.text,
    )
    repository.async_merges[request.uuid] = request
    return Answer(202, {"status": "pending", "details": _details(request, "Merge request accepted")})


def poll(hub: "GitHub", repository: Repository, pull: PullRequest, uuid: str) -> Answer:
    """`GET merge-async/UUID`: after some looks it has run."""
    request = repository.async_merges.get(uuid)
    if not repository.settings.native_stacks or request is None or request.number != pull.number:
        raise missing()
    if request.status == "pending" and request.looks >= repository.settings.slow_stacks:
        run(hub, repository, request)
    request.looks += 1
    if request.status == "merged":
        details: dict[str, Any] = {"message": "Pull request merged", "sha": pull.merge_sha}
    elif request.status == "failed":
        details = {"message": request.message}
    else:
        details = _details(request, "Merge in progress")
    return Answer(200, {"status": request.status, "details": details})


def run(hub: "GitHub", repository: Repository, request: AsyncMerge) -> None:
    """Carry a request out: all of it, or nothing."""
    token = hub.state.tokens[request.requested_by]
    try:
        members = _prefix(repository, request)
        for pull in members:
            _judge(hub, repository, pull, request, token)
        _land(hub, repository, members, request, token)
        request.status = "merged"
    except Refused as refused:
        request.status, request.message = "failed", refused.words


def _prefix(repository: Repository, request: AsyncMerge) -> list[PullRequest]:
    """The PR and every open one below it, from the bottom."""
    stack = repository.stack_of(request.number)
    numbers = stack.members[: stack.members.index(request.number) + 1] if stack else [request.number]
    found = [repository.issues[number] for number in numbers]
    members = [pull for pull in found if isinstance(pull, PullRequest) and pull.state == "open"]
    if request.number not in [pull.number for pull in members]:
        raise Refused(422, "Pull Request is closed")
    return members


def _judge(hub: "GitHub", repository: Repository, pull: PullRequest, request: AsyncMerge, token: Token) -> None:
    """Platform: each member is judged by the rules of the stack's base."""
    stack = repository.stack_of(pull.number)
    pinned = {"sha": request.sha} if pull.number == request.number else {}
    merging.judge(hub, repository, pull, {"merge_method": request.options.get("merge_method"), **pinned})
    method = request.options.get("merge_method") or "merge"
    base = stack.base if stack else pull.base_ref
    merging.judge_content(hub, repository, pull, token, base=base, method=method)


def _land(hub: "GitHub", repository: Repository, members: list[PullRequest], request: AsyncMerge, token: Token) -> None:
    stack = repository.stack_of(request.number)
    if stack is None:
        merging.land(hub, repository, members[0], token, request.options)
        return
    store, tip = hub.store(repository), repository.refs[f"refs/heads/{stack.base}"]
    if not store.is_ancestor(tip, members[0].head_sha):
        raise Refused(405, "The stack is not linear: its bottom pull request is behind the stack's base.")
    old_heads = {pull.number: pull.head_sha for pull in members}
    for pull in members:
        pulls.move_base(hub, repository, pull, stack.base)
        last = pull.number == request.number
        options = request.options if last else {"merge_method": request.options.get("merge_method")}
        merging.land(hub, repository, pull, token, options)
        if not last:
            _rebase_rest(hub, repository, stack, pull, old_heads[pull.number], token)
    _rebase_rest(hub, repository, stack, members[-1], old_heads[members[-1].number], token)


def _rebase_rest(
    hub: "GitHub", repository: Repository, stack: Stack, landed: PullRequest, old_head: str, token: Token
) -> None:
    """GitHub rebases and force-pushes what stands above, and retargets the next one."""
    store, onto = hub.store(repository), repository.refs[f"refs/heads/{stack.base}"]
    upstream, moves = old_head, {}
    above = stack.members[stack.members.index(landed.number) + 1 :]
    rest = [pull for number in above if (pull := repository.pull(number)) is not None and pull.state == "open"]
    for pull in rest:
        new = store.replay(store.own_commits(upstream, pull.head_sha), onto, int(hub.clock()))
        if new is None:
            return
        upstream, onto = pull.head_sha, new
        moves[f"refs/heads/{pull.head_ref}"] = new
    if rest:
        pulls.move_base(hub, repository, rest[0], stack.base)
    store.update(moves)
    pushing.settle(hub, repository, by=token.login, token=token)


def _pending(repository: Repository, number: int) -> AsyncMerge | None:
    found = (request for request in repository.async_merges.values() if request.number == number)
    return next((request for request in found if request.status == "pending"), None)


def _details(request: AsyncMerge, message: str) -> dict[str, Any]:
    return {
        "message": message,
        "uuid": request.uuid,
        "merge_method": request.options.get("merge_method") or "default",
        "merge_action": request.options.get("merge_action") or "default",
        "expected_head_sha": request.sha,
    }
