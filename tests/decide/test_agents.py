"""Which PR is which agent's (contract 2.2)."""

from typing import Any

import pytest

from mergebot.model.ids import AgentName, Branch
from mergebot.model.people import Permission, Person
from mergebot.model.plan import CriterionName, Entry, EntryState
from mergebot.model.policy import DependencyFile, Policy, Queue
from mergebot.model.snapshot import Head
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import entry_of, plan_of, said, verdict_of

BACKEND, RAG = AgentName("backend-agent"), AgentName("rag-agent")
FILE = DependencyFile(
    path="dependencies.json",
    dependencies={BACKEND: (), RAG: ()},
    branches={BACKEND: Branch("feature/backend-architecture")},
)
WRITER = Person(login="wim", permission=Permission.WRITE)
STRANGER = Person(login="sam", permission=Permission.READ)


def head(branch: str, number: int = 1, *, fork: bool = False) -> Head:
    return Head(branch=Branch(branch), sha=sha(1000 + number), fork=fork)


def entry(policy: Policy | None = None, **changes: Any) -> Entry:  # noqa: ANN401 (a builder takes any field)
    pr = pull_request(1, **{"labels": frozenset(), **changes})
    return entry_of(plan_of(snapshot(pr, dependencies=FILE), policy), 1)


SAID: dict[str, tuple[dict[str, Any], str | None]] = {
    "the file's branch": ({"head": head("feature/backend-architecture")}, "backend-agent"),
    "the forge's record": ({"agent": RAG}, "rag-agent"),
    "a label": ({"labels": frozenset({"agent:rag-agent"})}, "rag-agent"),
    "a label on a fork's PR": ({"labels": frozenset({"agent:rag-agent"}), "head": head("x", fork=True)}, "rag-agent"),
    "a line by a writer": ({"body": "## Agent: rag-agent", "author": WRITER}, "rag-agent"),
    "a line by a stranger": ({"body": "## Agent: rag-agent", "author": STRANGER}, None),
    "a line in a fork's PR": ({"body": "Agent: rag-agent", "author": WRITER, "head": head("x", fork=True)}, None),
    "a line that names nobody known": ({"body": "Agent: no-such-agent", "author": WRITER}, None),
    "a line in code": ({"body": "`Agent: rag-agent`", "author": WRITER}, None),
    "branch feature/NAME": ({"head": head("feature/rag-agent")}, "rag-agent"),
    "branch feature/NAME without -agent": ({"head": head("feature/rag")}, "rag-agent"),
    "branch agent/NAME": ({"head": head("agent/rag-agent")}, "rag-agent"),
    "branch NAME": ({"head": head("rag-agent")}, "rag-agent"),
    "no such branch": ({"head": head("rag")}, None),
    "a fork's branch": ({"head": head("feature/rag-agent", fork=True)}, None),
    "outright before guessed": (
        {"head": head("feature/rag-agent"), "labels": frozenset({"agent:backend-agent"})},
        "backend-agent",
    ),
}


@pytest.mark.parametrize(("changes", "agent"), SAID.values(), ids=SAID.keys())
def test_an_agent_is_known_by_what_is_said_outright_or_else_by_its_branch(
    changes: dict[str, Any], agent: str | None
) -> None:
    """Outright: file, record, label, a line by who may say so. Guessed only where these are silent."""
    assert entry(**changes).agent == agent


def test_a_trusted_author_may_claim_without_write_access() -> None:
    """`agents.trusted_authors`; logins are compared without case."""
    policy = Policy(trusted_authors=("SAM",))
    assert entry(policy, body="Agent: rag-agent", author=STRANGER).agent == "rag-agent"


def test_an_agents_pr_is_requested_unless_auto_agents_is_off() -> None:
    """Requested: the merge label, or an agent's PR while `queue.auto_agents` is on (contract 1)."""
    label = frozenset({"agent:rag-agent"})
    assert entry(labels=label).state is EntryState.READY
    assert entry(Policy(queue=Queue(auto_agents=False)), labels=label).state is EntryState.IGNORED


DISPUTED: dict[str, tuple[dict[str, Any], str]] = {
    "outright sources that disagree": (
        {"labels": frozenset({"agent:rag-agent"}), "body": "Agent: backend-agent", "author": WRITER},
        (
            "it is not clear whose pull request this is: label `agent:rag-agent` says rag-agent "
            "but `Agent:` in its text says backend-agent; keep one of them"
        ),
    ),
    "a label with a typo": (
        {"labels": frozenset({"agent:rga-agent"})},
        "label `agent:rga-agent` names no known agent: correct it, or add the agent to dependencies.json",
    ),
}


@pytest.mark.parametrize(("changes", "reason"), DISPUTED.values(), ids=DISPUTED.keys())
def test_a_claim_that_is_not_clear_blocks_and_says_both_sides(changes: dict[str, Any], reason: str) -> None:
    """A typo never means 'no dependency' (contract 2.2, 2.3)."""
    found = entry(**changes)
    assert (found.state, found.because) == (EntryState.BLOCKED, reason)


def test_two_open_prs_of_one_agent_are_both_blocked_and_nobody_else() -> None:
    """Two open PRs claiming one agent: each is blocked, its reason naming both (contract 2.2)."""
    plan = plan_of(
        snapshot(
            pull_request(1, labels=frozenset({"agent:rag-agent"})),
            pull_request(2, head=head("feature/rag", 2)),
            pull_request(3),
            dependencies=FILE,
        )
    )

    reason = (
        "#1 (label `agent:rag-agent`) and #2 (branch `feature/rag`) both claim to be rag-agent's: "
        "close one, or correct what it says"
    )
    for number in (1, 2):
        verdict = verdict_of(plan, number, CriterionName.DEPENDENCIES_MERGED)
        assert said(verdict) == ("fail", "dependencies.agent", reason)
    assert [entry.state for entry in plan.entries] == [EntryState.BLOCKED, EntryState.BLOCKED, EntryState.READY]


def test_a_claim_whose_author_may_not_be_known_to_have_the_right_waits() -> None:
    """Unknown is never taken for yes or no."""
    unsure = Person(login="una", permission=Permission.UNKNOWN)
    found = entry(body="Agent: rag-agent", author=unsure, labels=frozenset({"merge"}))
    assert (found.agent, found.state) == (None, EntryState.WAITING)
    assert "una has write access, which could not be read" in found.because
