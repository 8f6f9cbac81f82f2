"""What open PRs may depend on and is no longer open: merged lately, or long ago, by mergebot or by hand."""

from mergebot.forge.github.asking import Answer
from mergebot.forge.github.closed import found_in, wanted
from mergebot.forge.github.reader import GithubReader
from mergebot.forge.protocol import ForgeState
from mergebot.model.ids import AgentName, Branch
from mergebot.model.people import Permission
from mergebot.model.policy import DependencyFile, Policy
from mergebot.model.snapshot import BranchState, ClosedPullRequest
from tests.forge.github.lab import Lab
from tests.forge.github.nodes import Node, page, pull_node

DEPENDENCIES = """{
  "dependencies": {"second-agent": ["first-agent"]},
  "agents": {"first-agent": {"branch": "work/first"}}
}"""


def closed(state: ForgeState) -> dict[int, ClosedPullRequest]:
    return {pr.number: pr for pr in state.closed}


class TestAMergeByHand:
    def test_is_seen_with_the_commit_that_it_landed_as(self, lab: Lab) -> None:
        number = lab.pull("a", body="Agent: first-agent", labels=["agent:a"])
        head = lab.repo.sha("feature/a")
        landed = lab.repo.merge(number, by="ada")
        pr = closed(lab.read())[number]
        assert (pr.title, pr.body, pr.labels) == ("Add a", "Agent: first-agent", frozenset({"agent:a"}))
        assert (pr.head.branch, pr.head.sha, pr.base) == ("feature/a", head, "main")
        assert (pr.merged, pr.landed) == (True, landed)
        assert pr.author.permission is Permission.WRITE

    def test_leaves_its_branch_to_whom_did_it(self, lab: Lab) -> None:
        number = lab.pull("a")
        lab.repo.merge(number, by="ada")
        found = lab.read().branches[Branch("feature/a")]
        assert found.in_use == "it was merged by ada, who may still want its branch"

    def test_has_its_tip_kept_only_where_an_open_one_stands_on_it(self, lab: Lab) -> None:
        """Contract 4.3: the old tip is what a rebase of the dependents starts from."""
        below, alone = lab.pull("below"), lab.pull("alone")
        lab.pull("above", on="feature/below")
        lab.repo.merge(below, by="ada")
        lab.repo.merge(alone, by="ada")
        found = closed(lab.read())
        assert (found[below].kept, found[alone].kept) == (False, True)

    def test_or_has_it_by_history_alone(self, lab: Lab) -> None:
        below = lab.pull("below")
        lab.repo.push("feature/above", {"above.txt": "above\n"}, start="feature/below")
        lab.repo.open_pull("feature/above", base="main")
        lab.repo.merge(below, by="ada")
        lab.repo.push("feature/below", None)
        assert not closed(lab.read())[below].kept


class TestAMergeByMergebot:
    def test_has_its_tip_kept_and_its_head_told(self, lab: Lab) -> None:
        """A pass that was killed is completed by the next one."""
        number = lab.pull("a")
        head = lab.repo.sha("feature/a")
        session = lab.session()
        lab.repo.status(head, "mergebot", "pending", "waiting", by="mergebot[bot]")
        lab.repo.merge(number, by="mergebot[bot]")
        reader = GithubReader(session)
        state = reader.read(Policy())
        assert not closed(state)[number].kept
        assert state.branches[Branch("feature/a")] == BranchState(sha=head)
        assert session.seen.unfinished == {number: head}

    def test_is_done_with_once_both_are_there(self, lab: Lab) -> None:
        number = lab.pull("a")
        head = lab.repo.sha("feature/a")
        session = lab.session()
        lab.repo.merge(number, by="mergebot[bot]")
        lab.repo.status(head, "mergebot", "success", "merged", by="mergebot[bot]")
        lab.repo.box.git("update-ref", f"refs/mergebot/merged/{number}", head)
        state = GithubReader(session).read(Policy())
        assert closed(state)[number].kept
        assert session.seen.unfinished == {}


class TestWhatIsNamedInATextIsLookedUp:
    def test_by_its_number_however_old_it_is(self, lab: Lab) -> None:
        done, dropped = lab.pull("done"), lab.pull("dropped")
        lab.repo.merge(done)
        lab.repo.close(dropped)
        lab.hub.faults.clear()
        lab.pull("a", body=f"Depends-On: #{dropped}, https://github.com/o/r/pull/{done}\n- Depends on #77")
        found = closed(lab.read())
        assert (found[done].merged, found[dropped].merged) == (True, False)
        assert 77 not in found

    def test_and_an_issue_is_no_pull_request(self, lab: Lab) -> None:
        issue = lab.repo.issue("Something")
        lab.pull("a", body=f"Depends-On: #{issue.number}")
        assert closed(lab.read()) == {}

    def test_in_few_requests(self, lab: Lab) -> None:
        lab.pull("a", body="Depends-On: " + ", ".join(f"#{number}" for number in range(500, 560)))
        lab.asked()
        lab.read()
        assert len(lab.asked()) <= 1 + 6


class TestAgentsOfTheDependencyFile:
    """A dependency on an agent holds once it has a merged PR: also one of long ago (contract 2.3)."""

    def test_are_looked_up_by_their_branch(self, lab: Lab) -> None:
        """One that was closed unmerged is not among those that were merged lately."""
        lab.repo.push("main", {"dependencies.json": DEPENDENCIES})
        lab.repo.push("work/first", {"first.txt": "1\n"})
        first = lab.repo.open_pull("work/first").number
        lab.repo.close(first)
        lab.pull("second-agent")
        assert not closed(lab.read())[first].merged

    def test_and_by_their_label(self, lab: Lab) -> None:
        lab.repo.push("main", {"dependencies.json": DEPENDENCIES})
        first = lab.pull("something", labels=["agent:first-agent"])
        lab.repo.close(first)
        lab.pull("second-agent")
        assert closed(lab.read())[first].labels == {"agent:first-agent"}


def node(number: int, branch: str, **more: object) -> Node:
    return pull_node(number, **{"headRefName": branch, **more})


FILE = DependencyFile(
    dependencies={AgentName("second"): (AgentName("first-agent"),), AgentName("third"): (AgentName("second"),)},
    branches={AgentName("first-agent"): Branch("work/first")},
)
MAIN = Branch("main")


class TestWhatIsLookedUp:
    def test_is_the_agent_that_an_open_ones_agent_depends_on(self) -> None:
        found = wanted([node(1, "feature/second")], [], file=FILE, base=MAIN, every_agent=False)
        assert found.labels == {"agent:first-agent"}
        assert found.branches == {
            "work/first",
            "feature/first-agent",
            "feature/first",
            "agent/first-agent",
            "first-agent",
        }

    def test_is_nothing_of_one_that_is_open_or_was_merged_lately(self) -> None:
        second, first = node(1, "feature/second"), node(2, "work/first")
        labelled = node(2, "x", labels=page({"name": "agent:first-agent"}))
        for opened, ended in ([second, first], []), ([second], [first]), ([second], [labelled]):
            assert wanted(opened, ended, file=FILE, base=MAIN, every_agent=False).labels == frozenset()

    def test_is_one_that_was_merged_into_another_branch(self) -> None:
        elsewhere = node(2, "work/first", baseRefName="develop")
        found = wanted([node(1, "feature/second")], [elsewhere], file=FILE, base=MAIN, every_agent=False)
        assert found.labels == {"agent:first-agent"}

    def test_is_every_agent_where_the_waves_are_a_barrier(self) -> None:
        found = wanted([node(1, "feature/second")], [], file=FILE, base=MAIN, every_agent=True)
        assert found.labels == {"agent:first-agent", "agent:third"}

    def test_is_an_agent_that_a_text_names(self) -> None:
        opened = node(1, "x", body="**Depends-On:** agent:first-agent, agent:nobody")
        found = wanted([opened], [], file=FILE, base=MAIN, every_agent=False)
        assert found.labels == {"agent:first-agent"}

    def test_is_the_dependency_of_an_agent_that_a_text_names(self) -> None:
        """Whose PR it is may be said in its text alone."""
        found = wanted([node(1, "x", body="- **Agent:** second")], [], file=FILE, base=MAIN, every_agent=False)
        assert "agent:first-agent" in found.labels

    def test_is_a_number_in_any_form_but_none_that_no_pull_request_can_have(self) -> None:
        body = "Depends-On: #3, GH-4 https://host/o/r/pull/5\ndepends on 6\nDepends-On: #0 #4294967296\nFixes #9"
        found = wanted([node(1, "x", body=body), node(3, "y")], [], file=FILE, base=MAIN, every_agent=False)
        assert found.numbers == {4, 5, 6}

    def test_is_the_branch_that_an_open_one_is_based_on(self) -> None:
        opened = [node(1, "a", baseRefName="gone"), node(2, "b", baseRefName="a"), node(3, "c")]
        assert wanted(opened, [], file=DependencyFile(), base=MAIN, every_agent=False).branches == {"gone"}

    def test_is_asked_for_once(self) -> None:
        found = wanted([node(1, "feature/second")], [], file=FILE, base=MAIN, every_agent=False)
        assert (found - found).asks() == []
        assert (found | found) == found


class TestAnAnswer:
    def test_that_is_an_open_pull_request_is_no_ended_one(self) -> None:
        assert list(found_in([Answer(value=pull_node(5)), Answer(value=None)])) == []

    def test_that_is_a_list_gives_all_in_it(self) -> None:
        merged = pull_node(5, state="MERGED")
        assert list(found_in([Answer(value={"nodes": [merged, pull_node(6, state="CLOSED")]})])) == [
            merged,
            pull_node(6, state="CLOSED"),
        ]
