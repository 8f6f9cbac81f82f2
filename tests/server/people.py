"""What people do with issues and pull requests, whatever way they come: the web site, REST, a test."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mergebot.model.ids import Sha
from tests.server import ci, merging, pulls
from tests.server.answers import Refused, invalid
from tests.server.state import Comment, Issue, Label, PullRequest, Reaction, Repository, Review, Stack, Status, Token

if TYPE_CHECKING:
    from tests.server.hub import GitHub

MOST_STATUSES = 1000
LONGEST_DESCRIPTION = 140
LONGEST_BODY = 65_536
REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def next_number(repository: Repository) -> int:
    return max(repository.issues, default=0) + 1


def open_issue(hub: "GitHub", repository: Repository, title: str, body: str | None, author: str) -> Issue:
    """A new issue."""
    _account(hub, author)
    if not repository.settings.has_issues:
        raise Refused(410, "Issues has been disabled in this repository.")
    now = hub.clock()
    number = next_number(repository)
    issue = Issue(number, hub.state.new_id(), title, body, author, created_at=now, updated_at=now)
    repository.issues[number] = issue
    return issue


def open_pull(  # noqa: PLR0913 (what a PR has)
    hub: "GitHub",
    repository: Repository,
    branch: str,
    base: str,
    author: str,
    *,
    fork: str | None,
    options: Mapping[str, Any],
) -> PullRequest:
    """A new PR; CI starts for it. Raises `Refused` where GitHub would not open it."""
    _account(hub, author)
    home = repository if fork is None else hub.state.repository(fork)
    head = home.branch(branch) if home else None
    if home is None or head is None:
        raise invalid("PullRequest", "head")
    tip = repository.branch(base)
    if tip is None:
        raise invalid("PullRequest", "base")
    if home is not repository:
        hub.bring(home, repository, head)
    if hub.store(repository).is_ancestor(head, tip):
        raise invalid("PullRequest", "base", f"No commits between {base} and {branch}")
    now, number = hub.clock(), next_number(repository)
    pull = PullRequest(
        number,
        hub.state.new_id(),
        options["title"],
        options.get("body"),
        author,
        created_at=now,
        updated_at=now,
        head_repository=home.full_name,
        head_ref=branch,
        head_sha=head,
        base_ref=base,
        base_sha=tip,
        draft=bool(options.get("draft")),
    )
    repository.issues[number] = pull
    hub.store(repository).update({pulls.head_ref(number): head})
    repository.refs[pulls.head_ref(number)] = head
    ci.start_pull(hub, repository, pull, by=author, runs=True)
    return pull


def label(hub: "GitHub", repository: Repository, issue: Issue, name: str) -> None:
    """Put a label on; it is made where there is none of that name (case ignored, as GitHub does)."""
    known = next((key for key in repository.labels if key.lower() == name.lower()), None)
    if known is None:
        known = name
        repository.labels[name] = Label(hub.state.new_id(), name)
    if known not in issue.labels:
        issue.labels.append(known)
        issue.updated_at = hub.clock()


def unlabel(hub: "GitHub", issue: Issue, name: str) -> bool:
    """Take a label off; whether it was there."""
    kept = [known for known in issue.labels if known.lower() != name.lower()]
    found, issue.labels = len(kept) < len(issue.labels), kept
    if found:
        issue.updated_at = hub.clock()
    return found


def edit(hub: "GitHub", issue: Issue, *, by: str, title: str | None = None, body: str | None = None) -> None:
    """Another title or text."""
    if body is not None and body != issue.body:
        issue.body, issue.edited_at, issue.editor = body, hub.clock(), by
    if title is not None:
        issue.title = title
    issue.updated_at = hub.clock()


def close(hub: "GitHub", issue: Issue, *, by: str, reason: str = "completed") -> None:
    """Close an issue, or a PR unmerged."""
    if isinstance(issue, PullRequest):
        pulls.close(hub, issue, by=by)
        return
    issue.state, issue.state_reason, issue.closed_at, issue.closed_by = "closed", reason, hub.clock(), by
    issue.updated_at = hub.clock()


def review(hub: "GitHub", pull: PullRequest, *, by: str, state: str, body: str, commit: str | None = None) -> Review:
    """Review a PR; its author may only comment (platform)."""
    _account(hub, by)
    if by == pull.author and state != "COMMENTED":
        words = "approve" if state == "APPROVED" else "request changes on"
        raise Refused(422, f"Review Can not {words} your own pull request")
    made = Review(hub.state.new_id(), by, state, body, commit or pull.head_sha, hub.clock())
    pull.reviews.append(made)
    pull.updated_at = hub.clock()
    return made


def comment(
    hub: "GitHub", issue: Issue, body: str, *, by: str, app: int | None = None, insider: bool = False
) -> Comment:
    """Write a comment; an `insider` (a person with write access) also where the conversation is locked."""
    _account(hub, by)
    if not body.strip():
        raise invalid("IssueComment", "body", "body cannot be blank", code="missing_field")
    if len(body) > LONGEST_BODY:
        raise invalid("IssueComment", "body", f"body is too long (maximum is {LONGEST_BODY} characters)")
    if issue.locked and not insider:
        raise Refused(403, "Unable to create comment because issue is locked.")
    now = hub.clock()
    made = Comment(hub.state.new_id(), issue.number, by, body, created_at=now, updated_at=now, app=app)
    issue.comments.append(made)
    issue.updated_at = now
    return made


def edit_comment(hub: "GitHub", found: Comment, body: str, *, by: str) -> None:
    """Change the text of a comment."""
    found.body, found.editor = body, by
    found.edited_at = found.updated_at = hub.clock()


def react(hub: "GitHub", issue: Issue, found: Comment, content: str, *, by: str) -> tuple[Reaction, bool]:
    """React to a comment; whether that is new: each account has one of a kind. Platform: a lock stops everybody."""
    _account(hub, by)
    if content not in REACTIONS:
        raise invalid("Reaction", "content", "content is not included in the list")
    known = next((one for one in found.reactions if (one.content, one.login) == (content, by)), None)
    if known is not None:
        return known, False
    if issue.locked:
        raise Refused(403, "Unable to create reaction because issue is locked.")
    made = Reaction(hub.state.new_id(), content, by, hub.clock())
    found.reactions.append(made)
    return made, True


def set_status(  # noqa: PLR0913 (what a status has)
    hub: "GitHub",
    repository: Repository,
    sha: str,
    context: str,
    state: str,
    description: str | None,
    *,
    by: str,
    target_url: str | None = None,
) -> Status:
    """Set a commit status; raises `Refused` as GitHub does."""
    _account(hub, by)
    if state not in ("error", "failure", "pending", "success"):
        raise invalid("Status", "state", "state is not included in the list")
    if description is not None and len(description) > LONGEST_DESCRIPTION:
        raise invalid("Status", "description", f"description is too long (maximum is {LONGEST_DESCRIPTION} characters)")
    if not hub.store(repository).has(sha):
        raise Refused(422, f"No commit found for SHA: {sha}")
    same = [one for one in repository.statuses if one.sha == sha and one.context.lower() == context.lower()]
    if len(same) >= MOST_STATUSES:
        raise invalid("Status", "sha", "This SHA and context has reached the maximum number of statuses.")
    made = Status(hub.state.new_id(), sha, context, state, description, target_url, by, hub.clock())
    repository.statuses.append(made)
    return made


def stack(hub: "GitHub", repository: Repository, numbers: Sequence[int]) -> Stack:
    """Make PRs a native stack, from the bottom to the top."""
    members = [pull for number in numbers if (pull := repository.pull(number)) is not None]
    for lower, upper in pairwise(members):
        if upper.base_ref != lower.head_ref:
            raise Refused(
                422, "Pull requests must form a stack, where each PR's base ref is the previous PR's head ref"
            )
    repository.settings.native_stacks = True
    number = max((other.number for other in repository.stacks), default=0) + 1
    made = Stack(hub.state.new_id(), number, members[0].base_ref, list(numbers), hub.clock())
    repository.stacks.append(made)
    return made


def merge(hub: "GitHub", repository: Repository, pull: PullRequest, *, by: str, method: str) -> Sha:
    """A person merges by the web site; no rule is asked."""
    _account(hub, by)
    token = Token(text="", login=by, kind="pat")
    return Sha(merging.land(hub, repository, pull, token, {"merge_method": method}))


def _account(hub: "GitHub", login: str) -> None:
    """An account that nobody has made yet may read."""
    if hub.state.user(login) is None:
        hub.user(login, permission="read")
