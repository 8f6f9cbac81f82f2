"""Whole queues on GitHub, pass by pass, with the invariants after each (contract 4)."""

from pathlib import Path

import pytest

from mergebot.model.plan import EntryState
from tests.scenarios.github_world import AUTHOR, GithubWorld
from tests.scenarios.test_fleet import FLEET
from tests.scenarios.world import marked
from tests.server.hub import GitHub


def states(world: GithubWorld) -> dict[int, EntryState]:
    return {entry.pr: entry.state for entry in world.plan().entries}


class TestTheSampleFleet:
    def test_eight_agents_land_in_dependency_order_with_ci_that_answers_after_pushes(self, github: GithubWorld) -> None:
        """Every ready entry is merged, dependencies first; dependents are rebased and tested again (contract 4)."""
        github.depend(FLEET)
        for agent in reversed(FLEET):
            github.agent(agent, {f"{agent}.txt": marked(agent), f"lib/{agent}.txt": "1\n"})

        _, first = github.run()
        assert github.landed() == [], "nothing has been tested yet"
        assert not first.unread

        github.answer()
        landed = github.settle()

        assert sorted(landed) == sorted(FLEET)
        assert [ref for ref in github.repo.box.refs() if ref.startswith("refs/heads/feature/")] == []
        assert {github.state(agent) for agent in FLEET} == {"merged"}

    def test_an_agent_that_works_under_an_account_of_others_is_credited(self, github: GithubWorld) -> None:
        """A squash lands in the name of the PR's author; other commit authors are named in trailers (contract 4.1)."""
        github.agent("rag-agent", {"r.txt": marked("rag-agent")}, labels=["merge"])
        github.answer()
        github.run()
        author, message = github.repo.box.git("show", "--no-patch", "--format=%an%x00%B", "main").split("\0")
        assert author == AUTHOR
        assert message.rstrip().endswith("Reviewed-by: rita\nCo-authored-by: rag-agent <rag-agent@fleet.example>")

    def test_a_low_score_keeps_only_that_agent_and_its_dependents_out(self, github: GithubWorld) -> None:
        """An error in one PR never blocks an unrelated one (contract 2.3, 3)."""
        github.depend({"docs-agent": ["security-agent"], "rag-agent": []})
        github.agent("security-agent", {"s.txt": marked("security-agent")}, score=8)
        github.agent("docs-agent", {"d.txt": marked("docs-agent")})
        github.agent("rag-agent", {"r.txt": marked("rag-agent")})
        github.answer()

        github.run()

        assert github.landed() == ["rag-agent"]
        assert states(github) == {
            github.pulls["security-agent"]: EntryState.BLOCKED,
            github.pulls["docs-agent"]: EntryState.WAITING,
        }

        github.review("security-agent", score=10)
        assert github.settle() == ["rag-agent", "security-agent", "docs-agent"]

    def test_a_base_that_is_not_called_main_is_found(self, hub: GitHub, tmp_path: Path) -> None:
        """Base is the default branch unless the config says otherwise (contract 1)."""
        world = GithubWorld.create(hub, tmp_path, base="trunk")
        world.depend({"b": ["a"]})
        world.agent("a", {"a.txt": marked("a")})
        world.agent("b", {"b.txt": marked("b")})
        world.answer()
        assert world.settle() == ["a", "b"]


class TestStacks:
    def test_a_chain_of_four_lands_from_the_bottom(self, github: GithubWorld) -> None:
        """A stacked PR waits for its parent, is pointed at base, and then only its own commits are carried over."""
        github.chain("one", "two", "three", "four")
        github.answer()

        assert github.settle() == ["one", "two", "three", "four"]
        assert all(github.repo.pull(number).base_ref == "main" for number in github.pulls.values())

    def test_a_diamond_lands_with_each_change_once(self, github: GithubWorld) -> None:
        github.agent("root", {"root.txt": marked("root")}, labels=["merge"])
        for side in ("left", "right"):
            github.agent(side, {f"{side}.txt": marked(side)}, on="feature/root", base="feature/root", labels=["merge"])
        github.depend({"top": ["left", "right"]})
        github.agent("top", {"top.txt": marked("top")}, labels=["merge"])
        github.answer()

        landed = github.settle()

        assert landed[0] == "root"
        assert landed[-1] == "top"
        assert sorted(landed) == ["left", "right", "root", "top"]

    def test_a_dependent_that_edits_the_same_lines_is_told_and_left_as_it_was(self, github: GithubWorld) -> None:
        """A dependent that conflicts is left as it was and told which files, which PR, and the commands (4.4)."""
        github.depend({"b": ["a"]})
        github.agent("a", {"shared.txt": "one\n" + marked("a")})
        github.agent("b", {"shared.txt": "two\n" + marked("b")})
        github.answer()
        before = github.heads()["b"]

        github.settle()

        assert github.landed() == ["a"]
        assert github.heads()["b"] == before
        [comment] = github.repo.pull(github.pulls["b"]).comments
        assert "shared.txt" in comment.body
        assert f"#{github.pulls['a']}" in comment.body
        assert "git rebase" in comment.body

    def test_a_child_rebased_by_its_author_lands_on_the_approval_it_had(self, github: GithubWorld) -> None:
        """An approval counts while the patch is the same, proven by replay (contract 3)."""
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        github.answer()
        github.commit_to_base("elsewhere", {"other.txt": "x\n"})
        github.work.git("fetch", "--quiet", "origin")
        github.work.git("checkout", "--quiet", "--detach", "origin/feature/a")
        github.work.git("rebase", "--quiet", "origin/main")
        github.work.git("push", "--quiet", "--force", "origin", "HEAD:refs/heads/feature/a")
        github.answer()
        assert github.settle() == ["a"]

    def test_other_content_voids_approval_and_score(self, github: GithubWorld) -> None:
        """A push of other content voids them (contract 3; I1)."""
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        github.push("a", {"evil.txt": "x\n"})
        github.answer()
        github.run()
        assert github.landed() == []
        assert states(github)[github.pulls["a"]] is EntryState.WAITING
        github.review("a")
        assert github.settle() == ["a"]

    def test_a_parent_merged_by_hand_lets_the_child_go_on(self, github: GithubWorld) -> None:
        """Retargeted also where the branch is kept or was merged by hand (contract 4.3)."""
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        github.agent("b", {"b.txt": marked("b")}, on="feature/a", base="feature/a", labels=["merge"])
        github.answer()
        github.repo.merge(github.pulls["a"], by="rita")
        assert github.settle() == ["a", "b"]

    @pytest.mark.parametrize("closes", [False, True])
    def test_a_forge_that_deletes_merged_branches_by_itself_closes_no_child(
        self, github: GithubWorld, closes: bool
    ) -> None:
        """Deleting a base closes what is based on it, often for good: retargeted before the merge."""
        github.repo.settings.delete_branch_on_merge = True
        github.repo.settings.closes_dependents = closes
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        github.agent("b", {"b.txt": marked("b")}, on="feature/a", base="feature/a", labels=["merge"])
        github.answer()
        assert github.settle() == ["a", "b"]

    def test_a_native_stack_is_merged_from_the_bottom_and_never_rebased_by_us(self, github: GithubWorld) -> None:
        """By the asynchronous endpoint; GitHub rebases and retargets the rest itself (contract 4.6)."""
        github.repo.settings.native_stacks = True
        github.repo.stack(github.chain("one", "two", "three"))
        github.answer()

        assert github.settle() == ["one", "two", "three"]
        assert not [item for item in github.hub.writes() if item.method == "PATCH" and "/pulls/" in item.path]
        assert not [item for item in github.hub.writes() if item.path.endswith("/merge")]


class TestForks:
    def test_a_fork_lands_and_its_branch_is_left_alone(self, github: GithubWorld) -> None:
        github.hub.user("stranger")
        pull = github.fork("stranger", "fix", {"fix.txt": "fixed\n"}, labels=["merge"])
        github.repo.review(pull, by="rita", state="APPROVED", body="Review Score: 10/10")
        github.answer()
        github.run()
        assert github.repo.pull(pull).merged
        assert github.fork_refs("stranger").get("refs/heads/fix")

    def test_a_fork_that_would_have_to_be_rebased_is_told_so(self, github: GithubWorld) -> None:
        """A branch the bot may not push to is told so (contract 4.4)."""
        github.hub.user("stranger")
        parent = github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        pull = github.fork("stranger", "fix", {"fix.txt": "fixed\n"}, labels=["merge"], body=f"Depends-On: #{parent}")
        github.repo.review(pull, by="rita", state="APPROVED", body="Review Score: 10/10")
        github.answer()
        plan, _ = github.run()
        assert github.landed() == ["a"]
        warned = [problem for problem in plan.problems if problem.where == f"#{pull}"]
        assert github.repo.pull(pull).merged or warned
