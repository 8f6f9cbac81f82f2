"""What GitHub concludes about a PR: the review decision and the merge state."""

from tests.server import rules
from tests.server.graphql_checks import state_of_commit
from tests.server.graphql_people import is_writer
from tests.server.graphql_serving import Item
from tests.server.state import PullRequest, Review


def opinionated(pull: Item[PullRequest], *, writers_only: bool) -> list[Review]:
    """The last review of each reviewer that says yes or no, or that was dismissed."""
    opinions = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
    found = {review.author: review for review in pull.it.reviews if review.state in opinions}
    return [review for review in found.values() if not writers_only or is_writer(pull.ctx, pull.repo, review.author)]


def decision(pull: Item[PullRequest]) -> str | None:
    """A PullRequestReviewDecision: null where base requires no review."""
    needed = rules.needed_approvals(pull.repo, pull.it.base_ref)
    if not needed:
        return None
    states = [review.state for review in opinionated(pull, writers_only=True)]
    if "CHANGES_REQUESTED" in states:
        return "CHANGES_REQUESTED"
    return "APPROVED" if states.count("APPROVED") >= needed else "REVIEW_REQUIRED"


def merge_state(pull: Item[PullRequest], mergeable: str) -> str:
    """A MergeStateStatus; a hint only: it says nothing of a PR whose mergeability is not known."""
    if mergeable == "UNKNOWN":
        return "UNKNOWN"
    if mergeable == "CONFLICTING":
        return "DIRTY"
    if pull.it.draft:
        return "DRAFT"
    if decision(pull) not in (None, "APPROVED") or not _required_passed(pull):
        return "BLOCKED"
    if _is_behind(pull):
        return "BEHIND"
    head = pull.of("Commit", pull.it.head_sha)
    return "CLEAN" if state_of_commit(head) == "SUCCESS" else "UNSTABLE"


def _required_passed(pull: Item[PullRequest]) -> bool:
    wanted = rules.required_checks(pull.repo, pull.it.base_ref)
    return all(rules.check_state(pull.repo, pull.it.head_sha, name, app) == "success" for name, app in wanted)


def _is_behind(pull: Item[PullRequest]) -> bool:
    protection = pull.repo.protection(pull.it.base_ref)
    strict = protection is not None and protection.strict
    for _, rule in pull.repo.rules(pull.it.base_ref):
        strict |= bool(rule.parameters.get("strict_required_status_checks_policy"))
    tip = pull.repo.branch(pull.it.base_ref)
    return strict and tip is not None and not pull.ctx.store(pull.repo).is_ancestor(tip, pull.it.head_sha)
