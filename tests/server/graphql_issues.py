"""Issues, labels, comments and reactions in GraphQL, and what issues and PRs have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.server.graphql_pages import Listing, connection, listed
from tests.server.graphql_people import actor, association, edited_by
from tests.server.graphql_serving import Args, Fields, Item, moment
from tests.server.state import Comment, Issue, Label, PullRequest, Reaction, node_id

REACTIONS = {
    "+1": "THUMBS_UP",
    "-1": "THUMBS_DOWN",
    "laugh": "LAUGH",
    "hooray": "HOORAY",
    "confused": "CONFUSED",
    "heart": "HEART",
    "rocket": "ROCKET",
    "eyes": "EYES",
}
"""The kinds of reactions: REST's names, and GraphQL's."""


@dataclass(frozen=True)
class ReactionGroup:
    """The reactions of one kind."""

    content: str
    reactions: Sequence[Reaction]


def ordered(issues: Sequence[Item[Issue]], args: Args) -> Listing:
    """In the order that `orderBy` asks for; without it by number."""
    wanted = args.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}
    keys = {
        "CREATED_AT": lambda entry: (entry.it.number,),
        "UPDATED_AT": lambda entry: (entry.it.updated_at, entry.it.number),
        "COMMENTS": lambda entry: (len(entry.it.comments), entry.it.number),
    }
    return listed(issues, keys[wanted["field"]], descending=wanted["direction"] == "DESC")


def has_label(issue: Issue, names: Sequence[str] | None) -> bool:
    """Whether it has one of these labels, case ignored; no names: no demand."""
    mine = {label.lower() for label in issue.labels}
    return names is None or any(name.lower() in mine for name in names)


def labels_of(issue: Item[Issue], _args: Args) -> Listing:
    """The labels on an issue or a PR, by name."""
    known = {name.lower(): label for name, label in issue.repo.labels.items()}
    found = [issue.of("Label", known.get(name.lower()) or Label(id=0, name=name)) for name in issue.it.labels]
    return listed(found, lambda label: (label.it.name.lower(),))


def comments_of(issue: Item[Issue], _args: Args) -> Listing:
    """The comments, oldest first."""
    return listed([issue.of("IssueComment", comment) for comment in issue.it.comments])


def reaction_groups(comment: Item[Comment]) -> list[Item[ReactionGroup]]:
    """A group for each kind of reaction, also where there is none."""
    found = comment.it.reactions
    groups = (ReactionGroup(name, [one for one in found if one.content == kind]) for kind, name in REACTIONS.items())
    return [comment.of("ReactionGroup", group) for group in groups]


def comment_url(comment: Item[Comment]) -> str:
    """Its place on the page of the issue or the PR."""
    number = comment.it.issue
    kind = "pull" if isinstance(comment.repo.issues[number], PullRequest) else "issues"
    return f"{comment.page}/{kind}/{number}#issuecomment-{comment.it.id}"


ISSUE_FIELDS: Fields[Issue] = {
    "databaseId": lambda issue: issue.it.id,
    "fullDatabaseId": lambda issue: str(issue.it.id),
    "number": lambda issue: issue.it.number,
    "title": lambda issue: issue.it.title,
    "body": lambda issue: issue.it.body or "",
    "author": lambda issue: actor(issue.ctx, issue.it.author),
    "authorAssociation": lambda issue: association(issue.ctx, issue.repo, issue.it.author),
    "closed": lambda issue: issue.it.state == "closed",
    "closedAt": lambda issue: moment(issue.it.closed_at),
    "createdAt": lambda issue: moment(issue.it.created_at),
    "updatedAt": lambda issue: moment(issue.it.updated_at),
    "lastEditedAt": lambda issue: moment(issue.it.edited_at),
    "editor": edited_by,
    "locked": lambda issue: issue.it.locked,
    "labels": connection(labels_of, "orderBy"),
    "comments": connection(comments_of, "orderBy"),
    "repository": lambda issue: issue.of("Repository", issue.repo),
}

ISSUE: Fields[Issue] = {
    **ISSUE_FIELDS,
    "id": lambda issue: node_id("I", issue.it.id),
    "state": lambda issue: issue.it.state.upper(),
    "stateReason": lambda issue: issue.it.state_reason.upper() if issue.it.state_reason else None,
    "url": lambda issue: f"{issue.page}/issues/{issue.it.number}",
    "resourcePath": lambda issue: f"/{issue.repo.full_name}/issues/{issue.it.number}",
}

LABEL: Fields[Label] = {
    "id": lambda label: node_id("LA", label.it.id),
    "name": lambda label: label.it.name,
    "color": lambda label: label.it.color,
    "description": lambda label: label.it.description,
}

COMMENT: Fields[Comment] = {
    "id": lambda comment: node_id("IC", comment.it.id),
    "databaseId": lambda comment: comment.it.id,
    "fullDatabaseId": lambda comment: str(comment.it.id),
    "author": lambda comment: actor(comment.ctx, comment.it.author),
    "authorAssociation": lambda comment: association(comment.ctx, comment.repo, comment.it.author),
    "body": lambda comment: comment.it.body,
    "createdAt": lambda comment: moment(comment.it.created_at),
    "updatedAt": lambda comment: moment(comment.it.updated_at),
    "viewerDidAuthor": lambda comment: comment.it.author == comment.ctx.token.login,
    "lastEditedAt": lambda comment: moment(comment.it.edited_at),
    "editor": lambda comment: actor(comment.ctx, comment.it.editor),
    "reactionGroups": reaction_groups,
    "url": comment_url,
}

REACTION_GROUP: Fields[ReactionGroup] = {
    "content": lambda group: group.it.content,
    "viewerHasReacted": lambda group: any(one.login == group.ctx.token.login for one in group.it.reactions),
}
