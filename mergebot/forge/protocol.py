"""What the stages know of a forge: a reader, a writer, and the values that pass between them.

Reading and writing are apart, so that a dry run can be given a forge that cannot write. A backend imports neither
another backend nor a stage.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from mergebot.git.repository import Identity, Repository
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.journal import Journal, ThisPass
from mergebot.model.notice import Report
from mergebot.model.outcome import Outcome, PassResult
from mergebot.model.plan import Answer, DeleteBranch, Dispatch, KeepTip, Merge, Plan, Retarget, RunChecks
from mergebot.model.policy import Policy
from mergebot.model.problem import Problem
from mergebot.model.questions import Question
from mergebot.model.snapshot import (
    BaseBranch,
    BranchState,
    Check,
    ClosedPullRequest,
    FleetAgent,
    PullRequest,
    RequiredCheck,
)

Doing = Callable[[str], None]
"""Told what is under way, in a few words without a stranger's text, for the person who waits."""


def quietly(_words: str) -> None:
    """Nobody waits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ForgeState:
    """What a forge says, before git has added its part (`files`, `contains` and `authors` are still empty).

    `texts_from_commits`: a PR without a title or a text of its own takes those of its commit (local mode alone: a
    forge's PR with an empty text says nothing, whatever its commits say).
    """

    base: BaseBranch
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
    texts_from_commits: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleTexts:
    """The rules as they stand on base (local mode: in the work tree): path and raw bytes, None where there is none.

    `configs`: every config file that exists of the places of contract 2.4 (two at once is an error).
    `dependencies`: the dependency file, chosen as contract 2.1 says.
    """

    configs: tuple[tuple[str, bytes], ...] = ()
    dependencies: tuple[str, bytes] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Now:
    """A PR at this moment, as the guard before a step sees it; `merged`: the commit it landed as, if it has.

    `changed`: what else it was judged on is no longer as it was (its checks, its reviews, …), in words.
    """

    open: bool
    head: Sha | None
    base: Branch
    base_sha: Sha
    draft: bool
    labels: frozenset[str]
    merged: Sha | None = None
    changed: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class BranchMove:
    """Move the branch of a PR from `old` to `new`: a compare-and-swap."""

    pr: PrNumber
    branch: Branch
    old: Sha
    new: Sha


class ForgeReader(Protocol):
    """Reads a forge. Every method raises `AccessError` where it is not let in, `MergebotError` where a read failed."""

    @property
    def repository(self) -> str:
        """The repository's name: `owner/name`, or the folder's name in local mode."""
        ...

    @property
    def runs_commands(self) -> bool:
        """Whether `checks.command` may be run: never where the code is a stranger's (I8)."""
        ...

    def read_rules(self, dependencies_path: str | None, given: tuple[str, bytes] | None = None) -> RuleTexts:
        """The config and the dependency file; `dependencies_path` is the config key `dependencies`, if it is set.

        `given`: a config that is used in place of the repository's, for it may name another base.
        """
        ...

    def read(self, policy: Policy) -> ForgeState:
        """Everything about the queue, in one reading."""
        ...

    def look_again(self, number: PrNumber) -> Now:
        """One PR at this moment, read afresh (contract 4.1: label, hold, head and base are read again)."""
        ...

    def prepare(self, questions: Collection[Question]) -> None:
        """Bring the objects that git needs for an answer into `Forge.git`; what cannot be had stays missing there."""
        ...

    def read_journal(self) -> Journal:
        """All that the journal holds, of whatever origin; nothing else is read."""
        ...

    def landed_since(self, branch: Branch, base: Sha) -> Mapping[PrNumber, Sha] | None:
        """The commits that came to a branch since it was at `base`, by the number at the end of their subjects.

        None where that cannot be told. Both may be anybody's words.
        """
        ...


class ForgeWriter(Protocol):
    """Changes a forge. Every method is a guarded step: done, already done, stale or failed, never half done."""

    def lock(self) -> AbstractContextManager[None]:
        """Keep other passes away while it is held; raises `LockedError` where another one holds it."""
        ...

    def merge(self, step: Merge) -> Outcome:
        """Squash-merge, or change nothing; `Done.sha` is the commit that landed."""
        ...

    def move_branches(self, moves: Sequence[BranchMove]) -> Outcome:
        """Move all these branches, or none; the old tips are kept as `refs/mergebot/rebased/N/SHA`."""
        ...

    def retarget(self, step: Retarget) -> Outcome:
        """Change the base of an open PR."""
        ...

    def keep_tip(self, step: KeepTip) -> Outcome:
        """Keep the tip of a merged PR as `refs/mergebot/merged/N`."""
        ...

    def delete_branch(self, step: DeleteBranch) -> Outcome:
        """Delete the head branch of a merged PR."""
        ...

    def run_checks(self, step: RunChecks, policy: Policy) -> Outcome:
        """Have the merged result tested; the answer is in the next reading."""
        ...

    def dispatch(self, step: Dispatch) -> Outcome:
        """Start workflows on a branch that mergebot has pushed (`checks.dispatch`)."""
        ...

    def answer(self, step: Answer) -> Outcome:
        """Do what a comment asks for, then answer it with a reaction."""
        ...

    def freeze(self, reason: str) -> Outcome:
        """Pause the whole queue until a person lifts it."""
        ...

    def publish(self, plan: Plan, result: PassResult, report: Report) -> Outcome:
        """Write what others read, only where it changed.

        Local: `status.json` and `merge-queue.json`, which it draws itself; a forge: `report`, and its memory.
        """
        ...

    def record(self, lines: Sequence[str]) -> Outcome:
        """Append these lines to the journal, which only grows: a compare-and-swap, done or not done.

        A line is ASCII, without a line feed. Where the forge takes no journal it is `AlreadyDone`.
        """
        ...

    def recorded(self) -> tuple[bytes, ...]:
        """The newest lines of the journal, those that `record` needs at hand; raises `MergebotError`."""
        ...

    @property
    def this_pass(self) -> ThisPass:
        """Who writes to the journal."""
        ...

    def committer(self, when: int) -> Identity:
        """Who commits what mergebot rebases, at `when` (UTC seconds since 1970)."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Forge:
    """A forge with the git repository in which its commits are; `doing` is told what a slow pass is at."""

    reader: ForgeReader
    writer: ForgeWriter
    git: Repository
    doing: Doing = quietly
