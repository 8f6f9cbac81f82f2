"""Agents drawn from the branches and work trees of a real repository."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergebot.dependencies import load_dependencies
from mergebot.git.repository import Repository
from mergebot.init import files
from mergebot.init.branches import base_of, candidates
from mergebot.init.drawing import Candidate, draw
from mergebot.model.ids import Branch
from mergebot.model.policy import DependencyFile
from tests.sandbox import Sandbox


def found(sandbox: Sandbox, base: str = "main") -> dict[str, Candidate]:
    repo = Repository.open(sandbox.path)
    return {candidate.branch: candidate for candidate in candidates(repo, Branch(base))}


def grow(sandbox: Sandbox, branch: str, start: str = "main") -> None:
    """A branch with a commit of its own."""
    sandbox.branch(branch, start)
    sandbox.commit(branch)


def drawn(sandbox: Sandbox) -> DependencyFile:
    text = files.dependencies(draw(candidates(Repository.open(sandbox.path), Branch("main"))))
    file, problems = load_dependencies("dependencies.json", text.encode())
    assert problems == ()
    return file


def test_branches_of_agents_count_and_others_do_not(sandbox: Sandbox) -> None:
    for branch in ("feature/a", "agent/b", "fix/c", "d", "develop"):
        grow(sandbox, branch)
    sandbox.checkout("main")
    sandbox.git("worktree", "add", "--quiet", "worktrees/develop-agent", "develop")

    assert {branch: (one.says, one.why) for branch, one in found(sandbox).items()} == {
        "agent/b": ("b", "branch agent/b"),
        "feature/a": ("a", "branch feature/a"),
    }


def test_what_is_merged_into_base_is_no_agents_work_any_more(sandbox: Sandbox) -> None:
    grow(sandbox, "feature/done")
    sandbox.checkout("main")
    sandbox.git("merge", "--quiet", "--no-ff", "--no-edit", "feature/done")
    sandbox.branch("feature/empty")

    assert found(sandbox) == {}


def test_a_branch_of_the_remote_counts_too_and_the_local_one_comes_first(sandbox: Sandbox, tmp_path: Path) -> None:
    grow(sandbox, "feature/there")
    grow(sandbox, "feature/both")
    clone = Sandbox.create(tmp_path / "clone")
    clone.git("remote", "add", "origin", str(sandbox.path))
    clone.git("fetch", "--quiet", "origin")
    clone.git("checkout", "--quiet", "-B", "main", "origin/main")
    grow(clone, "feature/both", "origin/feature/there")

    assert {branch: one.on for branch, one in found(clone).items()} == {
        "feature/both": ("feature/there",),
        "feature/there": (),
    }


def test_the_nearest_below_is_what_a_branch_waits_for(sandbox: Sandbox) -> None:
    """A stack of three: the top waits for the middle, the middle for the bottom."""
    grow(sandbox, "feature/bottom")
    grow(sandbox, "feature/middle", "feature/bottom")
    grow(sandbox, "feature/top", "feature/middle")

    file = drawn(sandbox)
    assert file.dependencies == {"middle": ("bottom",), "top": ("middle",)}
    assert file.merge_order == (("bottom",), ("middle",), ("top",))
    assert file.branches == {}


def test_a_folder_of_work_trees_names_its_agents(sandbox: Sandbox) -> None:
    """The sample fleet: the branches do not follow from the names, and an agent that has just begun counts."""
    sandbox.git("worktree", "add", "--quiet", "-b", "feature/hardening", "worktrees/security-agent")
    sandbox.git("worktree", "add", "--quiet", "-b", "rag", "worktrees/rag-agent")
    sandbox.git("worktree", "add", "--quiet", "-b", "feature/x", "elsewhere")
    sandbox.git("worktree", "add", "--quiet", "-b", "mine", "mine")

    assert {branch: (one.says, one.why, one.worktree) for branch, one in found(sandbox).items()} == {
        "feature/hardening": (
            "security-agent",
            "work tree worktrees/security-agent",
            "worktrees/security-agent",
        ),
        "feature/x": ("x", "branch feature/x", "elsewhere"),
        "rag": ("rag-agent", "work tree worktrees/rag-agent", "worktrees/rag-agent"),
    }
    assert drawn(sandbox).branches == {"security-agent": "feature/hardening", "rag-agent": "rag"}


def test_twins_wait_for_nobody_and_what_is_on_them_for_both(sandbox: Sandbox) -> None:
    """Of two branches on one commit neither is the other's parent; which one a third is built on cannot be told."""
    grow(sandbox, "feature/one")
    sandbox.git("branch", "feature/two", "feature/one")
    grow(sandbox, "feature/three", "feature/one")

    assert drawn(sandbox).dependencies == {"three": ("one", "two")}


@pytest.mark.parametrize(
    ("steps", "base"),
    [
        ([], "main"),
        (["branch -m trunk"], "trunk"),
        (["branch -m feature/a"], "main"),
        (["branch -m master", "checkout -q -b feature/a"], "master"),
        (
            [
                "update-ref refs/remotes/origin/dev HEAD",
                "symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/dev",
            ],
            "dev",
        ),
        (["checkout -q --detach"], "main"),
    ],
)
def test_base_is_what_a_clone_can_tell(sandbox: Sandbox, steps: list[str], base: str) -> None:
    for step in steps:
        sandbox.git(*step.split())

    assert base_of(Repository.open(sandbox.path)) == base


def test_before_the_first_commit_base_is_where_that_will_be(tmp_path: Path) -> None:
    tmp_path.joinpath("new").mkdir()
    empty = Sandbox(tmp_path / "new")
    empty.git("init", "--quiet", "--initial-branch=trunk")

    assert (base_of(Repository.open(empty.path)), found(empty, "trunk")) == ("trunk", {})


PARENTS = st.lists(st.integers(min_value=-1, max_value=6), min_size=1, max_size=6)


@settings(max_examples=15)
@given(PARENTS, st.data())
def test_every_forest_of_branches_gives_a_file_that_loads(parents: list[int], data: st.DataObject) -> None:
    """Each branch starts at base or at an earlier branch, with or without a commit of its own; git has no circles."""
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox.create(Path(folder) / "repo")
        expected: dict[str, int] = {}
        for index, parent in enumerate(parents):
            start = f"feature/n{parent}" if 0 <= parent < index else "main"
            sandbox.branch(f"feature/n{index}", start)
            if data.draw(st.booleans()):
                sandbox.commit(f"work {index}")
            expected[f"n{index}"] = len(sandbox.git("rev-list", "main..HEAD").splitlines())

        file = drawn(sandbox)

        assert file.agents() == {name for name, own in expected.items() if own}
        assert all(expected[needed] < expected[name] for name, needs in file.dependencies.items() for needed in needs)
        assert set(file.dependencies) == {
            name
            for name in file.agents()
            if any(0 < expected[other] < expected[name] and _below(sandbox, other, name) for other in expected)
        }


def _below(sandbox: Sandbox, lower: str, upper: str) -> bool:
    base = sandbox.git("merge-base", f"feature/{lower}", f"feature/{upper}")
    return base == sandbox.sha(f"feature/{lower}")
