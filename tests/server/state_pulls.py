"""Issues and pull requests, with what people wrote on them, and native stacks."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Review:
    """`state`: APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING; `commit` the head it was given on."""

    id: int
    author: str | None
    state: str
    body: str
    commit: str | None
    submitted_at: float
    edited_at: float | None = None
    editor: str | None = None


@dataclass
class Reaction:
    """What one account makes of a comment; `content` as REST spells it: `+1`, `-1`, `confused`."""

    id: int
    content: str
    login: str
    created_at: float


@dataclass
class Comment:
    """A comment on an issue or a PR; its author is None once the account is gone, its editor too."""

    id: int
    issue: int
    author: str | None
    body: str
    created_at: float
    updated_at: float
    app: int | None = None
    edited_at: float | None = None
    editor: str | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass
class Issue:
    """What issues and PRs share; they have one series of numbers. `state`: open or closed."""

    number: int
    id: int
    title: str
    body: str | None
    author: str | None
    created_at: float
    updated_at: float
    state: str = "open"
    state_reason: str | None = None
    closed_at: float | None = None
    closed_by: str | None = None
    labels: list[str] = field(default_factory=list)
    locked: bool = False
    comments: list[Comment] = field(default_factory=list)
    edited_at: float | None = None
    editor: str | None = None


@dataclass
class BaseEvent:
    """Something that happened to a PR's base. `kind`: the name of its GraphQL type; `old`: the branch that base was.

    `by`: None where GitHub did it by itself.
    """

    id: int
    kind: str
    at: float
    by: str | None
    old: str
    new: str


@dataclass
class PullRequest(Issue):
    """`head_repository`: None once the fork is gone. `head_sha` stays as it was when the branch is deleted.

    `base_sha`: the base's tip as recorded for the PR; it lags behind the branch. `merge_sha`: the squash commit.
    `mergeable` and `tested`: what GitHub has computed, and for which head and base tip (see `pulls.mergeable`).
    """

    head_repository: str | None = ""
    head_ref: str = ""
    head_sha: str = ""
    base_ref: str = ""
    base_sha: str = ""
    draft: bool = False
    maintainer_can_modify: bool = False
    reviews: list[Review] = field(default_factory=list)
    merged_at: float | None = None
    merged_by: str | None = None
    merge_sha: str | None = None
    mergeable: bool | None = None
    tested: tuple[str, str] | None = None
    looks: int = 0
    auto_merge: bool = False
    in_merge_queue: bool = False
    force_pushed_while_closed: bool = False
    base_events: list[BaseEvent] = field(default_factory=list)

    @property
    def merged(self) -> bool:
        return self.merged_at is not None


@dataclass
class Stack:
    """A native stack: `members` are PR numbers from the bottom to the top; `base` the branch below all of them."""

    id: int
    number: int
    base: str
    members: list[int]
    created_at: float


@dataclass
class AsyncMerge:
    """A request to merge that runs in the background; `looks`: how often it was asked for."""

    uuid: str
    number: int
    sha: str
    created_at: float
    options: dict[str, Any] = field(default_factory=dict)
    status: str = "pending"
    message: str = ""
    requested_by: str = ""
    looks: int = 0
