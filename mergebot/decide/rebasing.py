"""When a rebase is due (contract 4.4), and which branches mergebot may not move."""

from collections.abc import Iterable
from dataclasses import dataclass

from mergebot.decide.answers import Answers
from mergebot.decide.index import Index
from mergebot.decide.needs import Needs
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.questions import Contains, Unanswered
from mergebot.model.snapshot import ClosedPullRequest, PullRequest

NATIVE = "it is in a native stack, which GitHub rebases itself"


@dataclass(frozen=True, kw_only=True, slots=True)
class Overdue:
    """A PR still stands on the old commits of what has landed: `excluded` are those, `landed` the PRs.

    `obstacle`: why mergebot may not rebase it, so that it stays as it is ("" if it may).
    """

    excluded: tuple[Sha, ...]
    landed: tuple[PrNumber, ...]
    obstacle: str = ""


def tips_of(pr: PullRequest | ClosedPullRequest) -> tuple[Sha, ...]:
    """The last tip of a PR and those it had before a rebase."""
    if not pr.former_tips:
        return (pr.head.sha,)
    return tuple(dict.fromkeys((pr.head.sha, *pr.former_tips)))


def obstacle(pr: PullRequest, index: Index) -> str:
    """Why mergebot may not move a PR's branch; empty if it may."""
    head, pulls = pr.head, index.pulls
    if pr.native is not None:
        return NATIVE
    if head.locked:
        return head.locked
    if head.fork:
        return "the branch is in a fork"
    if pulls.is_long_lived(head.branch):
        return f"{head.branch} is protected or long-lived"
    if len(pulls.heads[head.branch]) > 1:
        return f"{head.branch} is the branch of several pull requests"
    if not stands_in_queue(pr, index):
        return f"it is open into {pr.base}"
    return ""


def stands_in_queue(pr: PullRequest, index: Index) -> bool:
    """Whether a PR is on its way to base: open into it, or into the branch of an entry or of a merged PR."""
    if pr.base == index.pulls.snapshot.base.branch or pr.base in index.left_bases:
        return True
    return any(number in index.entries for number in index.pulls.heads.get(pr.base, ()))


def overdue(pr: PullRequest, needs: Needs, index: Index, answers: Answers) -> Overdue | Unanswered | None:
    """Whether what a PR depends on has landed since, so that it has to be rebased onto base.

    A PR on an open parent is not: it goes along with its parent.
    """
    if not needs.merged or not index.pulls.policy.rebase.dependents or index.parents.get(pr.number):
        return None
    missed = without(pr, needs.merged, index, answers)
    if isinstance(missed, Unanswered):
        return missed
    if not missed:
        return None
    tips = dict.fromkeys(tip for number in missed for tip in tips_of(index.pulls.closed[number]))
    return Overdue(excluded=tuple(tips), landed=missed, obstacle=obstacle(pr, index))


def without(
    pr: PullRequest, merged: Iterable[PrNumber], index: Index, answers: Answers
) -> tuple[PrNumber, ...] | Unanswered:
    """Which of these merged PRs have landed in base as commits that a PR does not have yet."""
    snapshot = index.pulls.snapshot
    missed: list[PrNumber] = []
    unknown: Unanswered | None = None
    for number in merged:
        landed = index.pulls.closed[number].landed
        if landed is None:
            continue
        has_it = answers.truth(Contains(head=pr.head.sha, commit=landed))
        if has_it is False:
            # A base that was set back would never have it, however often the PR is rebased onto it.
            has_it = (
                not in_base
                if isinstance(in_base := answers.truth(Contains(head=snapshot.base.sha, commit=landed)), bool)
                else in_base
            )
            if has_it is False:
                missed.append(number)
        if isinstance(has_it, Unanswered):
            unknown = unknown or has_it
    return tuple(missed) if unknown is None else unknown
