"""Git for tests of `decide`: answers every question, as told, or as if nothing ever conflicted."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from mergebot.decide.queue import decide
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.plan import CriterionName, Entry, Plan, Verdict
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
from mergebot.model.snapshot import Snapshot

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
