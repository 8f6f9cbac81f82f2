"""One consistent reading of everything a decision rests on. Unknown is a value here, and it blocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from mergebot.model.ids import AgentName, Branch, PrNumber, Sha
from mergebot.model.people import Person, Remark
from mergebot.model.policy import DependencyFile
from mergebot.model.problem import Problem
from mergebot.model.questions import Answer, Question


class CheckState(StrEnum):
    """The state of one check run or commit status, as the forge names it; unheard-of ones are UNKNOWN."""

    SUCCESS = "success"
    NEUTRAL = "neutral"
    SKIPPED = "skipped"
    QUEUED = "queued"
    RUNNING = "running"
    FAILURE = "failure"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    ACTION_REQUIRED = "action_required"
    STALE = "stale"
    STARTUP_FAILURE = "startup_failure"
    UNKNOWN = "unknown"


GREEN: Final = frozenset({CheckState.SUCCESS, CheckState.NEUTRAL, CheckState.SKIPPED})
UNDECIDED: Final = frozenset({CheckState.QUEUED, CheckState.RUNNING})


class ReviewState(StrEnum):
    """What a review says."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    COMMENTED = "commented"
    DISMISSED = "dismissed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """Something that could not be read; never taken for empty.

    `passing`: it is on its way and no failure (a forge that has not caught up with a push yet); the PR only waits.
    """

    reason: str
    passing: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One check run or status on a head.

    `order` rises with time (a start time in seconds, or a run's number): of several with one (app, workflow, name)
    the highest counts. `own`: it is mergebot's own workflow, check or status. `detail`: a URL or the path of a log.
    `app_id`: the number of the app that reported it (0: no app, or not known), by which branch rules pin a check.
    `run`: the number of the workflow run that it is a job of (0: of none), by which it can be started again.
    `started`: when, in UTC seconds since 1970 (None: not known).
    """

    name: str
    state: CheckState
    app: str = ""
    workflow: str = ""
    order: float = 0.0
    own: bool = False
    detail: str = ""
    app_id: int = 0
    run: int = 0
    started: float | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class RequiredCheck:
    """A check that the branch rules of the forge require; `app_id`: only from this app (0: from any)."""

    name: str
    app_id: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckList:
    """Every check on the head, read to the end; `queued_suites`: suites that exist but have no run yet.

    `dispatched`: mergebot (or a person) has started a workflow on this very head by hand (`checks.dispatch`).
    """

    checks: tuple[Check, ...] = ()
    queued_suites: int = 0
    dispatched: bool = False


Checks: TypeAlias = CheckList | Unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """One review. `order` rises with time.

    `commit` is the head it was given on (None: no longer known, or it was given on that head as a change to another
    branch, so that it says nothing of this one). `edited_by`: who else has changed its text since ("" = nobody).
    `url`: its page ("" = it has none).
    """

    author: Person
    state: ReviewState
    commit: Sha | None
    body: str = ""
    order: float = 0.0
    edited_by: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewList:
    """Every review, read to the end, oldest first."""

    reviews: tuple[Review, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewTally:
    """Local mode knows only how many approvals there are (contract 6)."""

    approvals: int = 0


Reviews: TypeAlias = ReviewList | ReviewTally | Unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """The paths that a PR changes against its merge base, both ends of a rename; non-UTF-8 bytes are escaped.

    Where base has moved or deleted one of them since, also those that have come to base: it may land there.
    """

    paths: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """A PR's head. `fork`: it lives in another repository. `locked`: why the bot may not move it ("" = it may).

    `pushed_at`: when mergebot pushed this very commit (UTC seconds since 1970); None if it did not.
    """

    branch: Branch
    sha: Sha
    fork: bool = False
    locked: str = ""
    pushed_at: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeStack:
    """The place of a PR in a stack of the forge's own (contract 4.6); `position` from 1, the bottom."""

    number: int
    position: int
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PullRequest:
    """An open PR.

    `agent`: the agent that the forge's own record names outright (local mode: `status.json`).
    `contains`: other PRs, open or merged, a tip of which (a former one too) is a strict ancestor of this head and is
    not reachable from base.
    `authors`: the authors of its own commits as `Name <email>`, oldest first, each once.
    `former_tips`: heads it had before the bot rebased it, or its author added to it.
    `refused`: the forge's own words when it refused exactly this head for a rule of its own ("" = it did not).
    `own_emails`: the addresses that are known to be the author's, in whose name a forge lands it; None: it lands in the
    name of its first commit's author (local mode).
    `native`: its place in a stack of the forge's own; such a PR is never rebased, retargeted or cleaned up by mergebot.
    `remarks`: the newest comments on it that speak to mergebot, oldest first.
    `stuck`: why this very pass has tried to rebase it and could not ("" = it has not); `stalled`: because the world
    moved on, so that another pass may do better.
    """

    number: PrNumber
    title: str
    head: Head
    base: Branch
    author: Person
    body: str = ""
    draft: bool = False
    labels: frozenset[str] = frozenset()
    agent: AgentName | None = None
    checks: Checks = CheckList()
    reviews: Reviews = ReviewList()
    score_status: str | None = None
    files: Files | Unknown = Files()
    contains: tuple[PrNumber, ...] = ()
    authors: tuple[str, ...] = ()
    own_emails: frozenset[str] | None = None
    former_tips: tuple[Sha, ...] = ()
    refused: str = ""
    native: NativeStack | None = None
    remarks: tuple[Remark, ...] = ()
    stuck: str = ""
    stalled: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosedPullRequest:
    """A PR that is no longer open.

    `landed`: the commit that brought it to `base`; None when it was closed unmerged. `head.sha` is its last tip.
    `kept`: that tip is kept as `refs/mergebot/merged/N`, or nothing needs it any more. `native`: the place it had in
    a stack of the forge's own, as far as the forge still says so.
    """

    number: PrNumber
    title: str
    head: Head
    base: Branch
    author: Person
    merged: bool
    landed: Sha | None = None
    body: str = ""
    labels: frozenset[str] = frozenset()
    agent: AgentName | None = None
    former_tips: tuple[Sha, ...] = ()
    kept: bool = True
    native: NativeStack | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BranchState:
    """A branch as it is now. `protected`: the forge protects it. `in_use`: why it cannot be deleted ("" = it can)."""

    sha: Sha
    protected: bool = False
    in_use: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class BaseBranch:
    """The base branch and the tip that everything was judged on."""

    branch: Branch
    sha: Sha


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetAgent:
    """An agent's own account of itself, for the dashboard (never evidence); `progress` from 0 to 1."""

    name: AgentName
    status: str = ""
    branch: Branch | None = None
    worktree: str = ""
    progress: float | None = None
    task: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """Everything a decision rests on, and nothing else; `taken_at` is UTC seconds since 1970.

    `branches`: the state of every head branch of an open or merged PR that still exists.
    `frozen`: why the whole queue is paused, one reason each. `problems`: what could not be read, or is wrong.
    `test_results`: what the test command (`checks.command`) said, by the merged tree that it was run on.
    `required_checks`: what the forge's branch rules require on base. `url`: the repository's page ("" = it has none).
    `deletes_merged`: the forge deletes the branch of a merged PR by itself.
    """

    repository: str
    taken_at: float
    base: BaseBranch
    dependencies: DependencyFile = DependencyFile()
    pull_requests: tuple[PullRequest, ...] = ()
    closed: tuple[ClosedPullRequest, ...] = ()
    branches: Mapping[Branch, BranchState] = field(default_factory=dict)
    fleet: tuple[FleetAgent, ...] = ()
    frozen: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    test_results: Mapping[Sha, Check] = field(default_factory=dict)
    required_checks: tuple[RequiredCheck, ...] = ()
    url: str = ""
    deletes_merged: bool = False
    answers: Mapping[Question, Answer] = field(default_factory=dict)
