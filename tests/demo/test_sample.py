"""The sample repository: the same everywhere, and made so that its story has something to tell."""

import json
from pathlib import Path

import pytest

from mergebot.demo.fleet import AGENTS, BY_NAME, IMPROVED, SOLVED
from mergebot.demo.sample import STATUS, Sample
from mergebot.demo.shell import Shell
from mergebot.errors import AccessError, GitError
from tests.sandbox import Sandbox


def built(folder: Path) -> Sample:
    folder.mkdir()
    sample = Sample(folder)
    sample.build()
    return sample


def test_it_has_eight_agents_each_with_a_branch_a_work_tree_and_a_name_of_its_own(tmp_path: Path) -> None:
    sample = built(tmp_path / "demo")

    worktrees = sample.shell.git("worktree", "list", "--porcelain").count("worktree ")
    authors = {sample.shell.git("log", "-1", "--format=%an", agent.branch) for agent in AGENTS}
    assert (worktrees, authors) == (9, {agent.author for agent in AGENTS})
    assert len(authors) == 8
    assert sample.shell.git("status", "--porcelain") == ""
    fleet = json.loads((tmp_path / "demo" / STATUS).read_text())
    assert list(fleet["agents"]) == [agent.name for agent in AGENTS]


def test_it_is_the_same_commit_for_commit_whatever_the_users_git_is_set_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signing, hooks, templates and names of the user have no part in it."""
    first = built(tmp_path / "first").shell.git("for-each-ref", "refs/heads")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    config = tmp_path / ".gitconfig"
    config.write_text(f"[commit]\n\tgpgsign = true\n[core]\n\thooksPath = {hooks}\n[user]\n\tname = Mallory\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Mallory")
    monkeypatch.setenv("GIT_DIR", "/nowhere")

    assert built(tmp_path / "second").shell.git("for-each-ref", "refs/heads") == first


def test_one_agent_is_stacked_and_two_are_in_conflict_which_the_story_knows_how_to_solve(tmp_path: Path) -> None:
    sample = built(tmp_path / "demo")
    sandbox = Sandbox(tmp_path / "demo")
    security, devops = BY_NAME["security-agent"].branch, BY_NAME["devops-agent"].branch

    assert (
        sandbox.git("merge-base", "--is-ancestor", BY_NAME["backend-agent"].branch, BY_NAME["github-agent"].branch)
        == ""
    )
    done, words = sample.shell.paste(f"git merge {security}", folder=BY_NAME["devops-agent"].worktree, author="X")
    stopped = sandbox.git("-C", "worktrees/devops-agent", "diff", "--name-only", "--diff-filter=U").splitlines()
    assert (done, stopped) == (False, list(SOLVED))
    assert "Automatic merge failed" in words
    assert sandbox.history(devops)[-1] == "Run the shop in a container, set up by its environment"


def test_every_mark_is_in_the_work_of_its_agent_and_of_those_that_build_on_it() -> None:
    """The proof counts them."""
    for agent in AGENTS:
        texts = {other.name: [text for work in other.work for text in work.files.values()] for other in AGENTS}
        texts["rag-agent"] += IMPROVED.files.values()
        holders = {name for name, written in texts.items() if any(agent.mark in text for text in written)}

        assert holders == {agent.name, *(other.name for other in AGENTS if other.on == agent.name)}


def test_a_machine_without_git_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(AccessError, match="git was not found"):
        Shell(root=tmp_path).git("--version")


def test_a_failing_command_says_which_and_why(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="the demo's `git rev-parse` failed: fatal: not a git repository"):
        Shell(root=tmp_path).git("rev-parse", "HEAD")
