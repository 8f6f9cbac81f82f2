"""Whole queues on real git, pass by pass, with the invariants after each."""

from pathlib import Path

import pytest

from mergebot.model.outcome import Done
from mergebot.model.plan import EntryState, Merge
from tests.scenarios.world import World, marked

FLEET = {
    "security-agent": [],
    "backend-agent": [],
    "frontend-agent": [],
    "rag-agent": [],
    "devops-agent": [],
    "github-agent": ["backend-agent"],
    "testing-agent": ["backend-agent", "frontend-agent"],
    "docs-agent": ["security-agent", "backend-agent", "rag-agent"],
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.create(tmp_path / "repo")


def states(world: World) -> dict[str, EntryState]:
    return {str(entry.agent): entry.state for entry in world.plan().entries}


class TestTheSampleFleet:
    def test_eight_independent_branches_land_in_dependency_order_in_one_pass(self, world: World) -> None:
        """Every ready entry is merged, dependencies first (contract 4.1)."""
        world.depend({agent: needs for agent, needs in FLEET.items() if needs})
        for agent in reversed(FLEET):
            world.agent(agent, {f"{agent}.txt": marked(agent)})

        _, result = world.run()

        assert all(isinstance(item.outcome, Done) for item in result.results), result
        assert sorted(world.landed()) == sorted(FLEET)
        assert [ref for ref in world.box.refs() if ref.startswith("refs/heads/feature/")] == []

    def test_a_low_score_keeps_only_that_agent_and_its_dependents_out(self, world: World) -> None:
        """An error in one PR never blocks an unrelated one (contract 2.3, 3)."""
        world.depend({"docs-agent": ["security-agent"]})
        world.agent("security-agent", {"s.txt": marked("security-agent")}, review_score=8)
        world.agent("docs-agent", {"d.txt": marked("docs-agent")})
        world.agent("rag-agent", {"r.txt": marked("rag-agent")})

        world.run()

        assert world.landed() == ["rag-agent"]
        assert states(world) == {"security-agent": EntryState.BLOCKED, "docs-agent": EntryState.WAITING}

        world.say("security-agent", review_score=10)
        world.run()

        assert world.landed() == ["rag-agent", "security-agent", "docs-agent"]

    def test_the_plan_before_is_what_the_run_then_does(self, world: World) -> None:
        """The dry run shows what `run` would do now (contract 5)."""
        world.depend({"b": ["a"]})
        world.agent("b", {"b.txt": marked("b")})
        world.agent("a", {"a.txt": marked("a")})
        world.agent("c", {"c.txt": marked("c")})
        forecast = world.plan()

        world.run()

        number = {entry.pr: str(entry.agent) for entry in forecast.entries}
        assert [number[pr] for pr in forecast.order] == world.landed()
        first = [step.pr for step in forecast.steps if isinstance(step, Merge)][:1]
        assert [number[pr] for pr in first] == world.landed()[:1]


class TestStacks:
    def test_a_chain_of_four_lands_from_the_bottom(self, world: World) -> None:
        """A stacked PR waits for its parent, then only its own commits are carried over (contract 4.4)."""
        world.agent("a", {"f.txt": "1\n2\n3\n" + marked("a")})
        world.agent("b", {"f.txt": "1\ntwo\n3\n" + marked("a", "b")}, on="feature/a")
        world.agent("c", {"f.txt": "1\nzwei\n3\n" + marked("a", "b", "c")}, on="feature/b")
        world.agent("d", {"g.txt": marked("d"), "f.txt": "1\nzwei\ndrei\n" + marked("a", "b", "c")}, on="feature/c")

        world.run()

        assert world.landed() == ["a", "b", "c", "d"]
        assert world.box.read("f.txt") == "1\nzwei\ndrei\n" + marked("a", "b", "c")

    def test_what_is_stacked_on_a_waiting_pr_is_restacked_with_it(self, world: World) -> None:
        """Stacked descendants are restacked on their rebased parent, all at once (contract 4.4)."""
        world.agent("a", {"a.txt": marked("a")})
        world.agent("b", {"b.txt": marked("b")}, on="feature/a", approvals=0)
        world.agent("c", {"c.txt": marked("c")}, on="feature/b")

        world.run()

        assert world.landed() == ["a"]
        assert world.box.history("main..feature/c") == ["b: part 1", "c: part 1"]
        assert world.box.sha("feature/b") == world.box.sha("feature/c~1")

        world.say("b", approvals=1)
        world.run()

        assert world.landed() == ["a", "b", "c"]

    def test_a_parent_that_grows_stays_the_parent(self, world: World) -> None:
        """Its child still holds commits of it that are not judged to be good: they may not land with the child (I2)."""
        world.agent("a", {"a.txt": marked("a")}, review_score=8)
        world.agent("b", {"b.txt": marked("b")}, on="feature/a")
        world.run()
        world.push("a", "a: better", {"a2.txt": "more\n"})
        world.run()
        world.push("a", "a: better still", {"a2.txt": "even more\n"})

        world.run()
        assert world.landed() == []

        world.say("a", review_score=10)
        world.push("a", "a: done", {"a2.txt": "most\n"})
        world.run()
        assert world.landed() == ["a", "b"]

    def test_a_parent_that_takes_its_child_in_is_the_child_then(self, world: World) -> None:
        """What a head holds now says more than what another one once held: no circle of the two."""
        world.agent("a", {"a.txt": marked("a")}, review_score=8)
        world.agent("b", {"b.txt": marked("b")}, on="feature/a", review_score=8)
        world.run()
        world.box.git("checkout", "--quiet", "feature/a")
        world.box.git("merge", "--quiet", "--no-ff", "--no-edit", "feature/b")
        world.box.git("checkout", "--quiet", "--detach", "main")

        plan, _ = world.run()

        assert [entry.stacked_on for entry in plan.entries] == [(2,), ()]

    def test_a_diamond_lands_once_each(self, world: World) -> None:
        """A branch that merged two stacked branches waits for both, then keeps only its own commits (contract 4.4)."""
        world.agent("a", {"a.txt": marked("a")})
        world.agent("b", {"b.txt": marked("b")}, on="feature/a")
        world.agent("c", {"c.txt": marked("c")}, on="feature/a", approvals=0)
        world.box.branch("feature/d", "feature/b")
        world.box.ticks += 1
        world.box.git("merge", "--quiet", "--no-edit", "feature/c")
        world.agents["d"] = {
            "status": "ready",
            "branch": "feature/d",
            "tests_passing": True,
            "review_score": 10,
            "approvals": 1,
        }
        world.push("d", "d: part 1", {"d.txt": marked("d")})
        world.save()

        world.run()
        assert world.landed() == ["a", "b"]

        world.say("c", approvals=1)
        world.run()
        assert world.landed() == ["a", "b", "c", "d"]

    def test_a_descendant_that_conflicts_on_its_rebased_parent_never_lands_before_it(self, world: World) -> None:
        """It is left as it was, stays stacked on the parent's former tip, and waits (contract 4.4)."""
        world.agent("a", {"a.txt": marked("a")})
        world.agent("x", {"x.txt": "from x\n" + marked("x")})
        world.agent("b", {"b.txt": marked("b")}, on="feature/a", approvals=0)
        world.agent("c", {"x.txt": "from c\n" + marked("c")}, on="feature/b")
        tip = world.box.sha("feature/c")

        plan, _ = world.run()

        assert world.landed() == ["a", "x"]
        assert world.box.sha("feature/c") == tip
        assert world.box.history("main..feature/b") == ["b: part 1"]
        [_, left] = plan.entries
        assert (left.state, left.depends_on) == (EntryState.BLOCKED, (1, 3))
        assert "x.txt" in left.because

        world.say("b", approvals=1)
        plan, _ = world.run()

        assert world.landed() == ["a", "x", "b"]
        assert "#2" in plan.entries[0].because

    def test_a_dependent_that_may_not_be_moved_is_told_so(self, world: World) -> None:
        """A branch that is checked out with changes stays as it is, and not in silence (contract 4.4)."""
        world.agent("a", {"a.txt": marked("a")})
        world.agent("b", {"b.txt": marked("b")}, on="feature/a", approvals=0)
        tip = world.box.sha("feature/b")
        world.box.git("worktree", "add", "--quiet", "worktrees/b", "feature/b")
        world.box.write("worktrees/b/b.txt", "not committed yet\n")

        plan, _ = world.run()

        assert world.landed() == ["a"]
        assert world.box.sha("feature/b") == tip
        assert [str(problem) for problem in plan.problems] == [
            "#2: not rebased, although #1 has landed: worktrees/b has uncommitted changes (b.txt): commit or stash them"
        ]

        world.box.write("worktrees/b/b.txt", marked("b"))
        plan, _ = world.run()

        assert plan.problems == ()
        assert world.box.history("main..feature/b") == ["b: part 1"]
        assert world.box.sha("HEAD") != tip


class TestConflicts:
    def test_the_second_of_two_that_collide_is_told_and_left_alone(self, world: World) -> None:
        """The files and the PR that brought the other side are named (contract 3)."""
        world.agent("a", {"same.txt": "from a\n" + marked("a")})
        world.agent("b", {"same.txt": "from b\n" + marked("b")})
        tip = world.box.sha("feature/b")
        assert [(pair.a, pair.b, [path.path for path in pair.paths]) for pair in world.plan().conflicts] == [
            (1, 2, ["same.txt"])
        ]

        plan, _ = world.run()

        assert world.landed() == ["a"]
        [entry] = plan.entries
        assert entry.state is EntryState.BLOCKED
        assert "same.txt" in entry.because + " ".join(item.verdict.reason for item in entry.criteria)
        assert "#1" in " ".join(item.verdict.reason for item in entry.criteria)
        assert world.box.sha("feature/b") == tip

    def test_what_union_paths_solve_is_not_foretold_as_a_conflict(self, world: World) -> None:
        """The dry run shows what `run` would do (contract 5): both land, with both sides' lines (contract 2.4)."""
        world.configure("rebase: {union_paths: [log.md]}\n")
        world.agent("a", {"log.md": "a was here\n" + marked("a")})
        world.agent("b", {"log.md": "b was here\n" + marked("b")})

        plan = world.plan()
        world.run()

        assert (plan.conflicts, plan.clashes, plan.order) == ((), (), (1, 2))
        assert world.landed() == ["a", "b"]

    def test_a_dependent_that_edits_the_lines_of_its_dependency_conflicts_only_if_it_must(self, world: World) -> None:
        """A child that continues its parent's lines is carried over without a conflict (contract 4.4)."""
        world.agent("a", {"f.txt": "one\n" + marked("a")})
        world.agent("b", {"f.txt": "one and a half\n" + marked("a", "b")}, on="feature/a")

        world.run()

        assert world.landed() == ["a", "b"]


class TestTheCommand:
    def test_what_a_red_result_says_to_do_has_it_run_again(self, world: World) -> None:
        """A reason is one that a person can act on (contract 3): a failure may have come from outside the tree."""
        flag = world.box.path.parent / "the-database-is-up"
        world.configure(f"checks: {{command: 'test -e {flag}'}}\n")
        world.agent("a", {"a.txt": marked("a")})
        plan, _ = world.run()
        [said] = [entry.because for entry in plan.entries]
        flag.touch()
        log = Path(said.split("see ")[1].split(" (")[0])
        assert said.endswith("fix it and push, or remove that log to have it run again")

        log.unlink()
        world.run()

        assert world.landed() == ["a"]


class TestRules:
    def test_with_a_cycle_nothing_is_merged(self, world: World) -> None:
        """With an error in dependencies.json `run` merges nothing (contract 2.1)."""
        world.agent("a", {"a.txt": marked("a")})
        world.depend({"a": ["b"], "b": ["a"]})

        plan, result = world.run()

        assert world.landed() == []
        assert result.results == ()
        assert "a -> b -> a" in " ".join(problem.message for problem in plan.problems)

    def test_a_broken_status_file_stops_every_merge_and_is_left_as_it_is(self, world: World) -> None:
        """What could not be read is never taken for empty (contract 4)."""
        world.agent("a", {"a.txt": marked("a")})
        file = world.box.path / ".agent-coordination/status.json"
        file.write_text(file.read_text()[:-20])
        broken = file.read_bytes()

        before = world.everything()
        plan = world.plan()

        assert plan.steps == ()
        assert [problem.severity for problem in plan.problems] == ["error"]
        assert world.everything() == before
        assert file.read_bytes() == broken
