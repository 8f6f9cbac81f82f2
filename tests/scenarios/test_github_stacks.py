"""What people do to stacks on GitHub beside the queue: merge by hand, delete branches, use them again (contract 4)."""

import pytest

from mergebot.cycle import run_once
from mergebot.model.plan import EntryState
from tests.scenarios.github_world import AUTHOR, GithubWorld
from tests.scenarios.test_github_rules import entry
from tests.scenarios.world import marked


@pytest.mark.parametrize(("method", "deleted"), [("rebase", True), ("merge", False)])
def test_a_parent_merged_by_hand_by_another_method_lets_its_stack_go_on(
    github: GithubWorld, method: str, deleted: bool
) -> None:
    """Only the child's own commits are carried over, whatever has become of its parent's (contract 4.3, 4.4)."""
    github.agent("a", {"a1.txt": "1\n", "a2.txt": "2\n"}, labels=["merge"])
    github.agent("b", {"b.txt": "b\n"}, on="feature/a", base="feature/a", labels=["merge"])
    github.agent("c", {"c.txt": "c\n"}, on="feature/b", base="feature/b", labels=["merge"])
    github.answer()
    github.repo.settings.delete_branch_on_merge = deleted
    github.repo.merge(github.pulls["a"], by="rita", method=method)
    for _ in range(4):
        # Not all invariants can be held against it: a person has made base other than mergebot leaves it.
        run_once(github.forge(), config=None, now=github.clock)
        github.answer()
    log = github.repo.box.git("log", "--first-parent", "-2", "--name-only", "--format=%s", "main").split("\n")
    assert [line for line in log if line] == ["The c (#3)", "c.txt", "The b (#2)", "b.txt"]


def test_a_pr_with_several_parents_lands_after_all_with_its_own_commits_alone(github: GithubWorld) -> None:
    """A merge of two open heads and one commit on top (contract 4.4)."""
    github.agent("left", {"left.txt": marked("left")}, labels=["merge"])
    github.agent("right", {"right.txt": marked("right")}, labels=["merge"])
    github.update()
    work = github.work
    work.git("checkout", "--quiet", "--detach", "origin/feature/left")
    work.git("merge", "--quiet", "--no-edit", "origin/feature/right")
    work.git("push", "--quiet", "origin", "HEAD:refs/heads/join")
    github.update()
    work.git("checkout", "--quiet", "--detach", "origin/join")
    work.commit("top", {"top.txt": marked("top")}, author="top <top@fleet.example>")
    work.git("push", "--quiet", "origin", "HEAD:refs/heads/feature/top")
    pull = github.repo.open_pull("feature/top", base="main", title="The top", author=AUTHOR, labels=["merge"])
    github.pulls["top"] = pull.number
    github.review("top")
    github.answer()
    assert github.settle()[-1] == "top"
    assert github.repo.box.git("show", "--name-only", "--format=", "main").split() == ["top.txt"]


def test_a_branch_that_its_agent_uses_again_is_another_pr_and_is_not_lost(github: GithubWorld) -> None:
    """The next PR on the branch of a merged one is judged by itself, and its branch stays till it has landed."""
    github.depend({"b": ["a"]})
    github.agent("a", {"a.txt": "1\n"})
    github.agent("b", {"b.txt": marked("b")}, score=7)
    github.answer()
    github.run()
    first, github.needs = github.pulls["a"], {}
    assert github.repo.pull(first).merged
    github.authored["a"] = []
    github.agent("a", {"again.txt": "again\n"}, approved=False, score=None)
    github.review("b")
    github.answer()
    github.run()
    assert "refs/heads/feature/a" in github.repo.box.refs()
    assert entry(github, "b")[0] is EntryState.WAITING, "its agent has an open PR again"
    github.review("a")
    assert github.settle() == ["a", "b"]


def test_a_branch_used_again_for_something_else_keeps_what_stood_on_the_old_one_right(github: GithubWorld) -> None:
    """The child of the first PR on a branch is no child of the second one's commits."""
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.agent("b", {"b.txt": marked("b")}, on="feature/a", labels=["merge"], approved=False, score=None)
    github.answer()
    github.run()
    assert github.landed() == ["a"]
    github.update()
    github.pulls["first"] = github.pulls["a"]
    github.agent("a", {"a3.txt": "other\n"}, labels=["merge"])
    github.answer()
    github.review("b")
    github.settle()
    assert github.state("b") == github.state("a") == "merged"
    landed = github.repo.pull(github.pulls["b"]).merge_sha
    assert github.repo.box.git("show", "--name-only", "--format=", str(landed)).split() == ["b.txt"]


def test_a_head_branch_that_somebody_deletes_closes_its_pr_and_holds_what_needs_it(github: GithubWorld) -> None:
    """A PR that was closed unmerged blocks what depends on it, with that reason (contract 2.3)."""
    number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.agent("b", {"b.txt": marked("b")}, labels=["merge"], body=f"Depends-On: #{number}")
    github.answer()
    github.work.git("push", "--quiet", "origin", ":refs/heads/feature/a")
    github.run()
    assert github.landed() == []
    state, because = entry(github, "b")
    assert (state, f"#{number}" in because) == (EntryState.BLOCKED, True)
