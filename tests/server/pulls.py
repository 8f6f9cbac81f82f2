"""What happens to pull requests: opened, retargeted, closed, reopened, their heads moved, their mergeability."""

from typing import TYPE_CHECKING

from tests.server import ci
from tests.server.answers import invalid
from tests.server.state import BaseEvent, PullRequest, Repository

if TYPE_CHECKING:
    from tests.server.hub import GitHub


def head_ref(number: int) -> str:
    return f"refs/pull/{number}/head"


def is_fork(repository: Repository, pull: PullRequest) -> bool:
    """Whether the head lives in another repository, or in none any more."""
    return pull.head_repository != repository.full_name


def touch(hub: "GitHub", pull: PullRequest) -> None:
    pull.updated_at = hub.clock()


def mergeable(hub: "GitHub", repository: Repository, pull: PullRequest, *, look: bool = True) -> bool | None:
    """Whether it merges cleanly, as GitHub has computed; None: not yet, but a look has started it.

    Platform: every move of the head or the base voids it. `look=False`: do not start it.
    """
    base = repository.branch(pull.base_ref)
    if pull.state != "open" or base is None:
        return pull.mergeable if pull.merged else None
    if pull.tested != (pull.head_sha, base):
        if pull.looks < repository.settings.slow_mergeability:
            pull.looks += int(look)
            return None
        pull.mergeable = merges_cleanly(hub, repository, pull)
        pull.tested = (pull.head_sha, base)
        pull.looks = 0
    return pull.mergeable


def computed(repository: Repository, pull: PullRequest) -> bool:
    """Whether GitHub has computed the mergeability of just this head and base."""
    return pull.tested == (pull.head_sha, repository.branch(pull.base_ref))


def merges_cleanly(hub: "GitHub", repository: Repository, pull: PullRequest) -> bool:
    """The truth of this moment."""
    base = repository.branch(pull.base_ref)
    return base is not None and hub.store(repository).merged_tree(base, pull.head_sha) is not None


def move_head(hub: "GitHub", repository: Repository, pull: PullRequest, new: str, *, by: str, runs: bool) -> None:
    """The head branch has moved: approvals are dismissed where the rules say so, CI starts."""
    store = hub.store(repository)
    old = pull.head_sha
    if pull.state != "open":
        pull.force_pushed_while_closed |= not store.is_ancestor(old, new)
        return
    base = repository.branch(pull.base_ref) or pull.base_sha
    if dismisses_stale(repository, pull) and store.patch(base, old) != store.patch(base, new):
        for review in pull.reviews:
            review.state = "DISMISSED" if review.state == "APPROVED" else review.state
    pull.head_sha = new
    pull.base_sha = repository.branch(pull.base_ref) or pull.base_sha
    pull.auto_merge = False
    touch(hub, pull)
    ci.start_pull(hub, repository, pull, by=by, runs=runs)


def dismisses_stale(repository: Repository, pull: PullRequest) -> bool:
    """Whether a rule of the base dismisses approvals when the diff changes."""
    protection = repository.protection(pull.base_ref)
    if protection is not None and protection.dismiss_stale:
        return True
    rules = (rule for _, rule in repository.rules(pull.base_ref) if rule.type == "pull_request")
    return any(rule.parameters.get("dismiss_stale_reviews_on_push") for rule in rules)


def close(hub: "GitHub", pull: PullRequest, *, by: str | None) -> None:
    """Close it unmerged."""
    pull.state, pull.closed_at, pull.closed_by = "closed", hub.clock(), by
    pull.auto_merge = False
    touch(hub, pull)


def mark_merged(hub: "GitHub", pull: PullRequest, sha: str, *, by: str | None) -> None:
    """It has landed as this commit."""
    pull.state, pull.closed_at, pull.merged_at = "closed", hub.clock(), hub.clock()
    pull.closed_by = pull.merged_by = by
    pull.merge_sha, pull.mergeable = sha, None
    touch(hub, pull)


def reopen(hub: "GitHub", repository: Repository, pull: PullRequest, *, by: str, runs: bool) -> None:
    """Open it again; raises `Refused` as GitHub does."""
    if pull.merged:
        raise invalid("PullRequest", "state", "state cannot be changed. The pull request cannot be reopened.")
    if repository.branch(pull.base_ref) is None:
        raise invalid("PullRequest", "state", f"state cannot be changed. The {pull.base_ref} branch has been deleted.")
    head = hub.head_of(repository, pull)
    if head is None:
        raise invalid("PullRequest", "state", f"state cannot be changed. The {pull.head_ref} branch has been deleted.")
    if pull.force_pushed_while_closed:
        words = f"state cannot be changed. The {pull.head_ref} branch was force-pushed or recreated."
        raise invalid("PullRequest", "state", words)
    pull.state, pull.closed_at, pull.closed_by, pull.head_sha = "open", None, None, head
    touch(hub, pull)
    ci.start_pull(hub, repository, pull, by=by, runs=runs)


def retarget(hub: "GitHub", repository: Repository, pull: PullRequest, base: str, *, by: str) -> None:
    """Change the base branch; raises `Refused` as GitHub does."""
    if pull.base_ref == base:
        return
    if pull.state != "open":
        raise invalid("PullRequest", "base", "Cannot change the base branch of a closed pull request.")
    if repository.stack_of(pull.number) is not None:
        raise invalid("PullRequest", "base", "Cannot change the base branch of a pull request that is part of a stack.")
    tip = repository.branch(base)
    if tip is None:
        raise invalid("PullRequest", "base", code="invalid")
    twin = next(
        (
            other
            for other in repository.open_pulls
            if other is not pull
            and (other.base_ref, other.head_ref, other.head_repository) == (base, pull.head_ref, pull.head_repository)
        ),
        None,
    )
    if twin is not None:
        words = f"A pull request already exists for base branch '{base}' and head branch '{pull.head_ref}'"
        raise invalid("PullRequest", "base", words)
    if hub.store(repository).is_ancestor(pull.head_sha, tip):
        words = f"There are no new commits between base branch '{base}' and head branch '{pull.head_ref}'"
        raise invalid("PullRequest", "base", words)
    move_base(hub, repository, pull, base, by=by)


def move_base(hub: "GitHub", repository: Repository, pull: PullRequest, base: str, *, by: str | None = None) -> None:
    """Change the base without asking; no workflow starts for it (platform: `edited` is not among the defaults).

    `by`: None where GitHub does it by itself.
    """
    note_base(hub, pull, "BaseRefChangedEvent" if by else "AutomaticBaseChangeSucceededEvent", by=by, new=base)
    pull.base_ref = base
    pull.base_sha = repository.branch(base) or pull.base_sha
    touch(hub, pull)


def note_base(hub: "GitHub", pull: PullRequest, kind: str, *, by: str | None, new: str = "") -> None:
    """What has happened to its base, for its timeline."""
    event = BaseEvent(hub.state.new_id(), kind, hub.clock(), by, old=pull.base_ref, new=new or pull.base_ref)
    pull.base_events.append(event)
