"""The fleet: accounts, agents, branches."""

from dataclasses import replace

import pytest

from mergebot.model.finding import Level
from mergebot.model.ids import AgentName, Branch, PrNumber
from mergebot.model.people import Permission, Person
from mergebot.model.policy import Criteria, Queue
from mergebot.model.problem import Problem
from mergebot.model.snapshot import ClosedPullRequest, Head, ReviewTally, Unknown
from tests.builders import sha
from tests.doctor.worlds import ADA, AGENTS, FINE, LOCAL, World

STRANGER = Person(login="agents[bot]", is_bot=True, permission=Permission.READ)
CLAIM = "Agent: backend\nReview Score: 10/10\n"


def by_one(approvals: int) -> World:
    pulls = (replace(pr, author=ADA, reviews=ReviewTally(approvals=approvals)) for pr in FINE.snapshot.pull_requests)
    return FINE.seen(pull_requests=tuple(pulls))


class TestOneAccount:
    def test_it_matters_until_somebody_else_approves(self) -> None:
        assert by_one(0).level("fleet.one_account") is Level.WARNING
        assert by_one(1).level("fleet.one_account") is Level.NOTE

    def test_where_no_approval_is_needed_it_does_not(self) -> None:
        assert by_one(0).ruled(criteria=Criteria(approvals=0)).said("fleet.one_account") == []

    def test_one_pull_request_is_no_pattern(self) -> None:
        world = by_one(0)
        assert world.seen(pull_requests=world.snapshot.pull_requests[:1]).said("fleet.one_account") == []

    def test_accounts_are_compared_as_github_does(self) -> None:
        one, two = by_one(0).snapshot.pull_requests
        world = by_one(0).seen(pull_requests=(one, replace(two, author=replace(ADA, login="Ada"))))
        assert world.level("fleet.one_account") is Level.WARNING


class TestNames:
    def test_the_closest_agent_is_named(self) -> None:
        [said] = FINE.first(labels=frozenset({"merge", "agent:backent"})).said("fleet.unknown_agent")
        assert said == "#1 names the agent `backent`, which is not known; the closest one is `backend`"

    def test_what_the_text_says_is_read_as_the_queue_reads_it(self) -> None:
        """Code and quotes say nothing (contract 2.2)."""
        assert len(FINE.first(body="**Agent:** nobody").said("fleet.unknown_agent")) == 1
        assert FINE.first(body="> Agent: nobody\n\n```\nAgent: nobody\n```\n").said("fleet.unknown_agent") == []

    def test_the_text_of_a_fork_is_a_strangers(self) -> None:
        fork = Head(branch=Branch("x"), sha=sha("f"), fork=True)
        assert FINE.first(body="Agent: nobody", head=fork).said("fleet.unknown_agent") == []

    def test_a_hostile_name_is_cut(self) -> None:
        [said] = FINE.first(body=f"Agent: {'x' * 50_000}").said("fleet.unknown_agent")
        assert len(said) < 300


class TestBranches:
    def agents(self, **changes: object) -> World:
        file = replace(AGENTS, dependencies={**AGENTS.dependencies, AgentName("docs-agent"): ()}, **changes)  # type: ignore[arg-type] # a builder
        return FINE.seen(dependencies=file)

    @pytest.mark.parametrize("branch", ["feature/docs-agent", "feature/docs", "agent/docs-agent", "docs-agent"])
    def test_a_branch_by_its_name_is_enough(self, branch: str) -> None:
        """The places of contract 2.2."""
        assert self.agents().surveyed(branches=frozenset({Branch(branch)})).said("fleet.no_branch") == []

    def test_a_branch_that_the_file_names_is_the_only_one_that_counts(self) -> None:
        world = self.agents(branches={AgentName("docs-agent"): Branch("work/docs")})
        assert world.surveyed(branches=frozenset({Branch("feature/docs")})).said("fleet.no_branch") != []
        assert world.surveyed(branches=frozenset({Branch("work/docs")})).said("fleet.no_branch") == []

    def test_who_has_landed_needs_no_branch(self) -> None:
        landed = ClosedPullRequest(
            number=PrNumber(9),
            title="Docs",
            head=Head(branch=Branch("feature/docs-agent"), sha=sha("docs")),
            base=Branch("main"),
            author=ADA,
            merged=True,
            landed=sha("landed"),
        )
        assert self.agents().seen(closed=(landed,)).said("fleet.no_branch") == []


class TestTrust:
    def test_the_lines_name_everyone_who_is_trusted_by_then(self) -> None:
        world = FINE.first(author=STRANGER, body=CLAIM).ruled(trusted_authors=("rita",))
        assert world.found()["fleet.untrusted"].lines == ("agents:", "  trusted_authors: ['rita', 'agents[bot]']")

    @pytest.mark.parametrize(
        "author",
        [ADA, replace(STRANGER, is_me=True), replace(STRANGER, permission=Permission.UNKNOWN)],
        ids=["writes", "mergebot", "not known"],
    )
    def test_others_are_not_accused(self, author: Person) -> None:
        assert FINE.first(author=author, body=CLAIM).said("fleet.untrusted") == []

    def test_whom_the_config_trusts_is_fine(self) -> None:
        world = FINE.first(author=STRANGER, body=CLAIM).ruled(trusted_authors=("Agents[bot]",))
        assert world.said("fleet.untrusted") == []

    def test_the_text_of_a_fork_never_counts_whoever_is_trusted(self) -> None:
        fork = Head(branch=Branch("x"), sha=sha("f"), fork=True)
        assert FINE.first(author=STRANGER, body=CLAIM, head=fork).said("fleet.untrusted") == []

    def test_a_text_that_claims_nothing_needs_no_trust(self) -> None:
        assert FINE.first(author=STRANGER, body="A fix").said("fleet.untrusted") == []


class TestLabels:
    def test_names_are_compared_as_github_does_and_quoted_for_the_shell(self) -> None:
        world = FINE.ruled(queue=Queue(label="MERGE", hold_label="wait; rm -rf /"))
        assert world.found()["fleet.labels"].lines == ("gh label create 'wait; rm -rf /'",)

    def test_labels_that_could_not_be_read_are_not_missing(self) -> None:
        world = FINE.surveyed(labels=Unknown(reason="403"))
        assert (world.said("fleet.labels"), world.level("settings.unseen")) == ([], Level.UNSEEN)


def test_a_missing_status_file_is_told_once() -> None:
    """The plan has it as a problem, too."""
    missing = Problem(where=".agent-coordination/status.json", message="it does not exist")
    world = LOCAL.surveyed(has_status=False).seen(problems=(missing,))
    assert set(world.found()) == {"local.no_status"}
    assert set(LOCAL.seen(problems=(missing,)).found()) == {"queue.problem"}


def test_a_broken_dependency_file_is_not_a_missing_one() -> None:
    """The plan says what is wrong with it."""
    broken = Problem(where="dependencies.json:3:1", message="a cycle")
    world = FINE.seen(dependencies=replace(AGENTS, path="", dependencies={}), problems=(broken,))
    assert set(world.found()) == {"token.kind", "queue.problem"}
    other = replace(broken, where=".agent-coordination/status.json")
    assert "fleet.no_dependencies" in world.seen(problems=(other,)).found()


def test_that_nobody_gives_scores_is_said_only_where_they_are_asked_for() -> None:
    """One score is enough: somebody gives some."""
    one = FINE.first(score_status=None)
    none = one.seen(pull_requests=tuple(replace(pr, score_status=None) for pr in one.snapshot.pull_requests))
    assert one.said("fleet.no_scores") == []
    assert none.said("fleet.no_scores") == ["10/10 is asked for, and no pull request in the queue has a score"]
    assert none.ruled(criteria=Criteria(review_score=None)).said("fleet.no_scores") == []
    assert none.seen(pull_requests=()).said("fleet.no_scores") == []
