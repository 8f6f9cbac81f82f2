"""Git for tests of `decide`: answers every question, as told, or as if nothing ever conflicted."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, assert_never

from mergebot.decide.queue import decide
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.plan import CriterionName, Entry, Plan, Restack, Step, Verdict
from mergebot.model.policy import Policy
from mergebot.model.questions import (
    Answer,
    Clean,
    Collided,
    Collisions,
    Contains,
    Forecast,
    Landing,
    Overlap,
    Question,
    Replay,
    SamePatch,
    Squash,
    Truth,
)
from mergebot.model.snapshot import BranchState, ClosedPullRequest, Head, PullRequest, Snapshot
from tests.builders import AUTHOR, sha, snapshot

Git = Callable[[Question], Answer | None]
"""Answers a question, or leaves it (None) to a git in which nothing ever conflicts."""

ROUNDS = 8


def easy(question: Question) -> Answer:
    """Everything is clean, every head is up to date, every patch is the same as before."""
    match question:
        case Squash(head=head) | Replay(head=head):
            return Clean(tree=tree_of(head))
        case Contains() | SamePatch():
            return Truth(value=True)
        case Overlap():
            return Truth(value=False)
        case Collisions():
            return Collided(pairs=())
        case Forecast(links=links):
            return Landing(
                links=tuple(
                    Clean(tree=tree_of("".join(link.head for link in links[:n]))) for n in range(1, len(links) + 1)
                )
            )
        case _:
            assert_never(question)


def tree_of(head: str) -> Sha:
    """The tree that an easy merge of this head, or of these heads in this order, gives."""
    return Sha(hashlib.sha1(head.encode(), usedforsecurity=False).hexdigest())


def settled(snapshot: Snapshot, policy: Policy, git: Git = lambda _question: None) -> tuple[Snapshot, Plan]:
    """Decide until git has answered every question."""
    for _ in range(ROUNDS):
        plan = decide(snapshot, policy)
        if not plan.questions:
            return snapshot, plan
        answers = {question: git(question) or easy(question) for question in plan.questions}
        snapshot = replace(snapshot, answers={**snapshot.answers, **answers})
    raise AssertionError(f"still asking after {ROUNDS} rounds: {plan.questions}")


def plan_of(snapshot: Snapshot, policy: Policy | None = None, git: Git = lambda _question: None) -> Plan:
    """The plan, with every question answered."""
    return settled(snapshot, policy or Policy(), git)[1]


def entry_of(plan: Plan, number: int) -> Entry:
    """One entry of a plan."""
    return next(entry for entry in plan.entries if entry.pr == PrNumber(number))


def verdict_of(plan: Plan, number: int, name: CriterionName) -> Verdict:
    """The verdict on one criterion of one entry."""
    return next(c.verdict for c in entry_of(plan, number).criteria if c.name is name)


def said(verdict: Verdict) -> tuple[str, str, str]:
    """A verdict as its kind, code and reason."""
    return type(verdict).__name__.lower(), str(verdict.code), verdict.reason


def brief(steps: tuple[Step, ...]) -> list[str]:
    """Steps as `merge 1`, `restack 2>3`, …."""
    words = []
    for step in steps:
        if isinstance(step, Restack):
            words.append("restack " + ">".join(str(item.pr) for item in step.rebases))
        else:
            words.append(f"{type(step).__name__.lower()} {step.pr}")
    return words


def lacking(*pairs: tuple[int, int]) -> Git:
    """PR `a` does not have what PR `b` landed as."""

    def answer(question: Question) -> Answer | None:
        missed = {(sha(1000 + a), sha(5000 + b)) for a, b in pairs}
        if isinstance(question, Contains) and (question.head, question.commit) in missed:
            return Truth(value=False)
        return None

    return answer


def steps(*prs: PullRequest, policy: Policy | None = None, git: Git = lambda _q: None, **changes: Any) -> list[str]:  # noqa: ANN401 (a builder takes any field)
    return brief(plan_of(snapshot(*prs, **changes), policy, git).steps)


def alive(*numbers: int) -> dict[Branch, BranchState]:
    """The head branches of these PRs exist, at the PRs' heads."""
    return {Branch(f"change-{n}"): BranchState(sha=sha(1000 + n)) for n in numbers}


def closed(number: int, **changes: Any) -> ClosedPullRequest:  # noqa: ANN401 (a builder takes any field)
    """A PR that has landed in `main`, as `sha(5000 + number)`."""
    defaults: dict[str, Any] = {
        "number": PrNumber(number),
        "title": f"Change {number}",
        "head": Head(branch=Branch(f"change-{number}"), sha=sha(1000 + number)),
        "base": Branch("main"),
        "author": AUTHOR,
        "merged": True,
        "landed": sha(5000 + number),
    }
    return ClosedPullRequest(**{**defaults, **changes})
