"""What `decide` says: a verdict for every criterion of every entry, the order, and the steps to take now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from mergebot.model.ids import AgentName, Branch, PrNumber, Sha
from mergebot.model.people import Reply
from mergebot.model.problem import Problem
from mergebot.model.questions import Collision, ConflictedPath, Question
from mergebot.model.snapshot import BaseBranch, Head


class CriterionName(StrEnum):
    """The five criteria, in the order in which they are shown (contract 3)."""

    TESTS_PASSING = "tests_passing"
    REVIEW_SCORE = "review_score"
    MERGE_CONFLICTS = "merge_conflicts"
    DEPENDENCIES_MERGED = "dependencies_merged"
    APPROVALS = "approvals"


class EntryState(StrEnum):
    """The state of an entry, the first that fits (contract 3)."""

    IGNORED = "ignored"
    HELD = "held"
    BLOCKED = "blocked"
    WAITING = "waiting"
    READY = "ready"


class Hold(StrEnum):
    """What holds an entry (contract 3): a draft, a label, a comment that asks for it, a freeze, an input in error."""

    DRAFT = "draft"
    LABEL = "label"
    COMMENT = "comment"
    FROZEN = "frozen"
    INPUT = "input"


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A page that shows a piece of evidence. Both are a stranger's text: whoever shows them escapes them."""

    text: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What a verdict rests on, for programs: files, other PRs, shas, pages, and shell commands that would help.

    `commands` are ready to be pasted: every name in them is quoted for a POSIX shell.
    """

    files: tuple[str, ...] = ()
    prs: tuple[PrNumber, ...] = ()
    shas: tuple[Sha, ...] = ()
    commands: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """The criterion holds. `code` is stable, `reason` is one line."""

    code: str
    reason: str
    evidence: Evidence = Evidence()


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """It may change without anyone touching the PR, or awaits a first answer."""

    code: str
    reason: str
    evidence: Evidence = Evidence()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fail:
    """Someone must act; `reason` says who and what."""

    code: str
    reason: str
    evidence: Evidence = Evidence()


Verdict: TypeAlias = Pass | Pending | Fail


@dataclass(frozen=True, kw_only=True, slots=True)
class Criterion:
    """One criterion and its verdict."""

    name: CriterionName
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An open PR as the queue sees it.

    `because`: one line on why it is in this state (for `ignored`, `held` and a forge's refusal the only place that
    says so). `hold`: what holds it, requested or not. `position`: from 1, None unless requested. `depends_on`: open
    PRs and merged ones, by number. `missing_agents`: agents it waits for that have no PR yet. `stacked_on`: the open
    PRs it is stacked on. `score`: the review score that decides, if one was found. `approvals`: how many people approve
    the patch as it is. `answers`: what became of the newest commands in its comments, a line each, oldest first.
    """

    pr: PrNumber
    title: str
    agent: AgentName | None
    head: Head
    state: EntryState
    because: str
    criteria: tuple[Criterion, ...]
    hold: Hold | None = None
    position: int | None = None
    depends_on: tuple[PrNumber, ...] = ()
    missing_agents: tuple[AgentName, ...] = ()
    stacked_on: tuple[PrNumber, ...] = ()
    score: int | None = None
    approvals: int = 0
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """Squash-merge a PR into base.

    `head` and `base_sha` are what it was judged on; `tree` is the tree that must land. `labels` are the labels that
    were set when it was judged. `title` and `message` make the commit. `native`: it is the bottom of a stack of the
    forge's own, which is merged by the forge's asynchronous endpoint (contract 4.6).
    """

    pr: PrNumber
    branch: Branch
    head: Sha
    base: Branch
    base_sha: Sha
    tree: Sha
    title: str
    message: str
    author: str
    reason: str
    labels: frozenset[str] = frozenset()
    native: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebase:
    """Carry a PR's own commits over: `git rebase --onto ONTO`, without the commits of `excluded`.

    `onto`: a commit, or the number of a PR that is rebased before it in the same restack.
    """

    pr: PrNumber
    branch: Branch
    head: Sha
    excluded: tuple[Sha, ...]
    onto: Sha | PrNumber
    reason: str
    union_paths: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Restack:
    """Rebase a PR and everything stacked on it, parents first, and move all the branches at once or none."""

    rebases: tuple[Rebase, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Retarget:
    """Make base the base of a PR whose base branch was merged."""

    pr: PrNumber
    head: Sha
    old_base: Branch
    new_base: Branch
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KeepTip:
    """Keep the last tip of a merged PR as `refs/mergebot/merged/N`."""

    pr: PrNumber
    tip: Sha
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DeleteBranch:
    """Delete the head branch of a merged PR, provided that it still is at `tip`."""

    pr: PrNumber
    branch: Branch
    tip: Sha
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RunChecks:
    """Have the merged result (`tree`, on `base_sha`) of a PR tested."""

    pr: PrNumber
    head: Sha
    base_sha: Sha
    tree: Sha
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispatch:
    """Start these workflow files on a branch that mergebot has pushed, where its pushes start no checks."""

    pr: PrNumber
    branch: Branch
    head: Sha
    workflows: tuple[str, ...]
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Do what a comment asks for, and answer it with a reaction; repeated, it changes nothing more.

    `comment`: the forge's number of it. `add` and `remove`: labels. `rerun`: workflow runs of which the failed jobs are
    started again. `forget`: what the forge refused before is tried again.
    """

    pr: PrNumber
    comment: int
    reply: Reply
    reason: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    rerun: tuple[int, ...] = ()
    forget: bool = False


Step: TypeAlias = Answer | Merge | Restack | Retarget | KeepTip | DeleteBranch | RunChecks | Dispatch


@dataclass(frozen=True, kw_only=True, slots=True)
class Clash:
    """A PR that would conflict when its turn in the order comes, with what lands before it."""

    pr: PrNumber
    paths: tuple[ConflictedPath, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Everything a pass would say and do.

    `order`: the forecast merge order of the requested entries that no failure keeps out. `steps`: what `run` would
    do now; what comes after the first `Merge` is the forecast of it, and is decided again once that merge is done.
    `conflicts`: pairs that each land alone but not both; `clashes`: who would conflict when its turn comes.
    `stopped`: why nothing in the whole queue goes on ("" = it does). `landed`: the newest merged PR of each agent that
    has one. `questions`: what git must answer before this plan is whole (empty in a plan that is shown or carried
    out). `url`: the repository's page ("" = it has none).
    """

    repository: str
    base: BaseBranch
    taken_at: float
    entries: tuple[Entry, ...] = ()
    order: tuple[PrNumber, ...] = ()
    steps: tuple[Step, ...] = ()
    conflicts: tuple[Collision, ...] = ()
    clashes: tuple[Clash, ...] = ()
    frozen: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    stopped: str = ""
    landed: Mapping[AgentName, PrNumber] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    url: str = ""
