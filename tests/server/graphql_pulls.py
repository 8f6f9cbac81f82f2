"""Pull requests and their reviews in GraphQL."""

from tests.server import pulls
from tests.server.graphql_commits import ref as ref_of
from tests.server.graphql_issues import ISSUE_FIELDS
from tests.server.graphql_pages import Listing, connection, listed
from tests.server.graphql_people import actor, association, is_writer
from tests.server.graphql_serving import Args, Fields, Item, moment
from tests.server.graphql_verdicts import decision, merge_state, opinionated
from tests.server.state import BaseEvent, PullRequest, Repository, Review, node_id


def state_of(pull: Item[PullRequest]) -> str:
    """A PullRequestState."""
    return "MERGED" if pull.it.merged else pull.it.state.upper()


def head_repository(pull: Item[PullRequest]) -> Item[Repository] | None:
    """The repository that the head is in: null once the fork is gone."""
    found = pull.ctx.state.repository(pull.it.head_repository) if pull.it.head_repository else None
    return None if found is None else Item(pull.ctx, "Repository", found, found)


def head_ref(pull: Item[PullRequest]) -> Item[str] | None:
    """The head's branch: null once it is deleted."""
    found = head_repository(pull)
    return None if found is None else ref_of(found, pull.it.head_ref)


def head_owner(pull: Item[PullRequest]) -> object:
    """Whose repository the head is in."""
    found = head_repository(pull)
    return None if found is None else actor(pull.ctx, found.it.owner)


def mergeable(pull: Item[PullRequest]) -> str:
    """A MergeableState; the first look at a new head or base only starts the computation (as it is assumed to)."""
    looked = pull.ctx.looked
    if pull.it.number not in looked:
        known = pulls.mergeable(pull.ctx.hub, pull.repo, pull.it) if pull.it.state == "open" else None
        looked[pull.it.number] = {None: "UNKNOWN", True: "MERGEABLE", False: "CONFLICTING"}[known]
    return looked[pull.it.number]


def commits(pull: Item[PullRequest], args: Args) -> Listing:
    """The commits of a PR, oldest first, at most 250."""
    if args.get("last") == 1 and not args.get("before"):  # by far the most asked for, and needs no git
        found = [pull.it.head_sha]
    else:
        store = pull.ctx.store(pull.repo)
        found = store.own_commits(pull.it.base_sha, pull.it.head_sha)[:250] or [pull.it.head_sha]
    return Listing([pull.of("PullRequestCommit", (pull.it, sha)) for sha in found], lambda entry: (entry.it[1],))


def reviews(pull: Item[PullRequest], args: Args) -> Listing:
    """Every review, in the order of their submission; what is pending only its author sees."""
    found = [
        review
        for review in pull.it.reviews
        if review.state != "PENDING" or review.author == pull.ctx.token.login
        if args.get("states") is None or review.state in args["states"]
        if args.get("author") is None or (review.author or "").lower() == args["author"].lower()
    ]
    return listed([pull.of("PullRequestReview", review) for review in found])


def review_url(review: Item[Review]) -> str:
    """Its place on the page of the PR."""
    number = next(pull.number for pull in review.repo.pulls if any(one.id == review.it.id for one in pull.reviews))
    return f"{review.page}/pull/{number}#pullrequestreview-{review.it.id}"


def latest_reviews(pull: Item[PullRequest], _args: Args) -> Listing:
    """The last review of each reviewer, whatever it says."""
    found = {review.author: review for review in pull.it.reviews if review.state != "PENDING"}
    return listed([pull.of("PullRequestReview", review) for review in found.values()])


def opinions(pull: Item[PullRequest], args: Args) -> Listing:
    """The last review of each reviewer that approves, asks for changes or was dismissed."""
    found = opinionated(pull, writers_only=bool(args.get("writersOnly")))
    return listed([pull.of("PullRequestReview", review) for review in found])


def timeline(pull: Item[PullRequest], args: Args) -> Listing:
    """What has happened to its base; nothing else of a timeline is served."""
    wanted = {kind.replace("_", "").lower() for kind in args["itemTypes"]}
    return listed([pull.of(event.kind, event) for event in pull.it.base_events if event.kind.lower() in wanted])


def is_queue_required(pull: Item[PullRequest]) -> bool:
    """Whether base has GitHub's own merge queue."""
    return any(rule.type == "merge_queue" for _, rule in pull.repo.rules(pull.it.base_ref))


PULL_REQUEST: Fields[PullRequest] = {
    **ISSUE_FIELDS,
    "id": lambda pull: node_id("PR", pull.it.id),
    "url": lambda pull: f"{pull.page}/pull/{pull.it.number}",
    "resourcePath": lambda pull: f"/{pull.repo.full_name}/pull/{pull.it.number}",
    "state": state_of,
    "isDraft": lambda pull: pull.it.draft,
    "merged": lambda pull: pull.it.merged,
    "mergedAt": lambda pull: moment(pull.it.merged_at),
    "mergedBy": lambda pull: actor(pull.ctx, pull.it.merged_by),
    "mergeCommit": lambda pull: pull.of("Commit", pull.it.merge_sha) if pull.it.merge_sha else None,
    "baseRefName": lambda pull: pull.it.base_ref,
    "baseRefOid": lambda pull: pull.it.base_sha,
    "baseRef": lambda pull: ref_of(pull.of("Repository", pull.repo), pull.it.base_ref),
    "headRefName": lambda pull: pull.it.head_ref,
    "headRefOid": lambda pull: pull.it.head_sha,
    "headRef": head_ref,
    "headRepository": head_repository,
    "headRepositoryOwner": head_owner,
    "isCrossRepository": lambda pull: pull.it.head_repository != pull.repo.full_name,
    "maintainerCanModify": lambda pull: pull.it.maintainer_can_modify,
    "mergeable": mergeable,
    "mergeStateStatus": lambda pull: merge_state(pull, mergeable(pull)),
    "reviewDecision": decision,
    "isInMergeQueue": lambda pull: pull.it.in_merge_queue,
    "isMergeQueueEnabled": is_queue_required,
    "autoMergeRequest": lambda pull: pull.of("AutoMergeRequest", pull.it) if pull.it.auto_merge else None,
    "commits": connection(commits),
    "reviews": connection(reviews, "states", "author"),
    "latestReviews": connection(latest_reviews),
    "latestOpinionatedReviews": connection(opinions, "writersOnly"),
    "timelineItems": connection(timeline, "itemTypes"),
    "reviewRequests": connection(lambda _pull, _args: listed(())),
}

PULL_REQUEST_COMMIT: Fields[tuple[PullRequest, str]] = {
    "id": lambda entry: f"PURC_{entry.it[0].id}_{entry.it[1]}",
    "commit": lambda entry: entry.of("Commit", entry.it[1]),
    "pullRequest": lambda entry: entry.of("PullRequest", entry.it[0]),
}

AUTO_MERGE_REQUEST: Fields[PullRequest] = {
    "enabledAt": lambda request: moment(request.it.updated_at),
    "mergeMethod": lambda _: "SQUASH",
}

REVIEW: Fields[Review] = {
    "id": lambda review: node_id("PRR", review.it.id),
    "databaseId": lambda review: review.it.id,
    "fullDatabaseId": lambda review: str(review.it.id),
    "state": lambda review: review.it.state,
    "body": lambda review: review.it.body,
    "author": lambda review: actor(review.ctx, review.it.author),
    "authorAssociation": lambda review: association(review.ctx, review.repo, review.it.author),
    "authorCanPushToRepository": lambda review: is_writer(review.ctx, review.repo, review.it.author),
    "commit": lambda review: review.of("Commit", review.it.commit) if review.it.commit else None,
    "createdAt": lambda review: moment(review.it.submitted_at),
    "submittedAt": lambda review: moment(review.it.submitted_at),
    "updatedAt": lambda review: moment(review.it.edited_at or review.it.submitted_at),
    "lastEditedAt": lambda review: moment(review.it.edited_at),
    "editor": lambda review: actor(review.ctx, review.it.editor),
    "url": review_url,
}

_BASE_EVENT: Fields[BaseEvent] = {
    "id": lambda event: node_id("E", event.it.id),
    "actor": lambda event: actor(event.ctx, event.it.by),
    "createdAt": lambda event: moment(event.it.at),
}
BASE_CHANGED: Fields[BaseEvent] = {
    **_BASE_EVENT,
    "previousRefName": lambda event: event.it.old,
    "currentRefName": lambda event: event.it.new,
}
BASE_CHANGED_BY_GITHUB: Fields[BaseEvent] = {
    **_BASE_EVENT,
    "oldBase": lambda event: event.it.old,
    "newBase": lambda event: event.it.new,
}
BASE_DELETED: Fields[BaseEvent] = {**_BASE_EVENT, "baseRefName": lambda event: event.it.old}
BASE_REWRITTEN: Fields[BaseEvent] = _BASE_EVENT

REVIEW_REQUEST: Fields[object] = {"id": lambda _: "RR_none"}
