"""Agents drawn from the open pull requests of a repository on GitHub."""

import json

from mergebot.cycle import replan
from mergebot.init.pulls import candidates
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.people import Permission, Person
from mergebot.model.policy import Policy
from mergebot.model.snapshot import Head, PullRequest
from tests.builders import pull_request, sha, snapshot
from tests.cli_process import mergebot
from tests.sandbox import Sandbox
from tests.scenarios.github_world import NAME, GithubWorld

WRITER = Person(login="ada", permission=Permission.WRITE)
STRANGER = Person(login="eve", permission=Permission.READ)


def drawn(*pulls: PullRequest) -> dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """By branch: the agent, what says so, and what it waits for, by branch and by name."""
    seen = snapshot(*pulls)
    found = candidates(seen, replan(seen, Policy()))
    return {one.branch: (one.says, one.why, one.on, one.waits) for one in found}


def on(branch: str, number: int = 1, *, fork: bool = False) -> Head:
    return Head(branch=Branch(branch), sha=sha(number), fork=fork)


def test_a_label_then_the_text_then_the_branch_says_whose_it_is() -> None:
    """The order of contract 2.2."""
    labels = frozenset({"merge", "agent:labelled"})
    assert drawn(
        pull_request(1, head=on("feature/a"), author=WRITER, body="Agent: written", labels=labels),
        pull_request(2, head=on("feature/b", 2), author=WRITER, body="## Agent: written\n"),
        pull_request(3, head=on("feature/c", 3)),
        pull_request(4, head=on("fix/d", 4)),
    ) == {
        "feature/a": ("labelled", "#1, label agent:labelled", (), ()),
        "feature/b": ("written", "#2, `Agent:` in its text", (), ()),
        "feature/c": ("c", "#3, branch feature/c", (), ()),
    }


def test_a_strangers_text_names_no_agent_and_a_forks_pull_request_is_nobodys() -> None:
    """Contract 2.2: the author must have write access; a fork's never matches."""
    label = frozenset({"agent:x"})
    assert (
        drawn(
            pull_request(1, head=on("fix/a"), author=STRANGER, body="Agent: x"),
            pull_request(2, head=on("feature/b", 2, fork=True), author=WRITER, labels=label),
            pull_request(3, head=on("fix/c", 3), author=WRITER, body="Agent: {NAME}"),
        )
        == {}
    )


def test_stacks_and_lines_say_what_it_waits_for() -> None:
    found = drawn(
        pull_request(1, head=on("feature/a")),
        pull_request(2, head=on("feature/b", 2), base=Branch("feature/a")),
        pull_request(3, head=on("feature/c", 3), contains=(PrNumber(2),)),
        pull_request(4, head=on("feature/d", 4), author=WRITER, body="Depends-On: #1, agent:c\n"),
    )

    assert {branch: (on_branches, waits) for branch, (_, _, on_branches, waits) in found.items()} == {
        "feature/a": ((), ()),
        "feature/b": (("feature/a",), ()),
        "feature/c": (("feature/b",), ()),
        "feature/d": (("feature/a",), ("c",)),
    }


def test_init_reads_them_as_plan_does_and_writes_nothing_there(github: GithubWorld) -> None:
    github.agent("base-work", {"a.txt": "a\n"}, labels=["agent:backend-agent"])
    github.agent("docs", {"b.txt": "b\n"}, on="feature/base-work", base="feature/base-work")
    github.agent("tests", {"c.txt": "c\n"}, body="Depends-On: agent:backend-agent, #2\n")
    before = len(github.hub.writes())

    ran = mergebot("init", "--repo", NAME, cwd=github.work.path, env=github.environ)

    assert (ran.code, ran.err) == (0, "")
    assert "3 agents, drawn from the open pull requests of fleet/product:" in ran.out
    assert "backend-agent (#1, label agent:backend-agent, branch feature/base-work)" in ran.out.replace("\n     ", "")
    assert json.loads((github.work.path / ".agent-coordination/dependencies.json").read_text()) == {
        "dependencies": {"docs": ["backend-agent"], "tests": ["docs", "backend-agent"]},
        "merge_order": [["backend-agent"], ["docs"], ["tests"]],
        "agents": {"backend-agent": {"branch": "feature/base-work"}},
    }
    assert github.hub.writes()[before:] == []


def test_base_is_what_github_says_it_is(github: GithubWorld) -> None:
    """A clone that was put together by hand does not know it."""
    github.repo.push("trunk", {"x": "y\n"}, by="fleet")
    github.repo.data.default = "trunk"
    github.repo.box.git("symbolic-ref", "HEAD", "refs/heads/trunk")

    ran = mergebot("init", "--repo", NAME, cwd=github.work.path, env=github.environ)

    assert (ran.code, ran.err) == (0, "")
    assert "base trunk" in ran.out
    assert "none is open into trunk" in ran.out
    assert 'branches: ["trunk"]' in (github.work.path / ".github/workflows/mergebot.yml").read_text()


def test_where_github_cannot_be_read_the_branches_are_and_that_is_said(sandbox: Sandbox) -> None:
    sandbox.branch("feature/x")
    sandbox.commit("x")

    ran = mergebot("init", "--repo", "o/r", cwd=sandbox.path, env={"GITHUB_TOKEN": "", "PATH": "/usr/bin:/bin"})

    assert ran.code == 0
    assert "Not drawn from pull requests: there is no token for GitHub" in ran.out
    assert "x (branch feature/x)" in ran.out


def test_a_server_that_does_not_answer_is_no_reason_to_stop(sandbox: Sandbox) -> None:
    env = {"GITHUB_TOKEN": "ghp_x", "GITHUB_API_URL": "http://127.0.0.1:9", "GITHUB_SERVER_URL": "http://127.0.0.1:9"}

    ran = mergebot("init", "--repo", "o/r", cwd=sandbox.path, env=env)

    assert (ran.code, ran.err) == (0, "")
    assert "Not drawn from pull requests: " in ran.out
    assert "ghp_x" not in ran.out


def test_pull_requests_of_people_alone_leave_the_branches_to_be_looked_at(github: GithubWorld) -> None:
    github.repo.push("fix/typo", {"x": "y\n"}, by="fleet")
    github.repo.open_pull("fix/typo", base="main", title="Typo", author="fleet")

    ran = mergebot("init", "--repo", NAME, "--dry-run", cwd=github.work.path, env=github.environ)

    assert "none of the 1 open pull requests looks like an agent's" in ran.out.replace("\n", " ")
    assert "No agents among branches and work trees" in ran.out
