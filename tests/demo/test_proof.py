"""The proof at the demo's end finds what is missing, doubled or wrongly signed."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from mergebot.demo.fleet import AGENTS
from mergebot.demo.proof import Found, prove
from mergebot.demo.shell import Shell
from tests.sandbox import Sandbox

MARKS = {agent.name: f"{agent.mark}\n" for agent in AGENTS}


def landed(folder: Path, marks: Mapping[str, str] = MARKS, *, author: str | None = None) -> Sandbox:
    """A main on which every agent's change landed as one commit."""
    sandbox = Sandbox.create(folder / "repo")
    for number, agent in enumerate(AGENTS, start=1):
        by = f"{author or agent.author} <{agent.name}@example.org>"
        sandbox.commit(f"Change (#{number})", {f"{agent.name}.txt": marks[agent.name]}, author=by)
    return sandbox


def wrong(sandbox: Sandbox) -> list[str]:
    return [item.agent.name for item in prove(Shell(root=sandbox.path)).found if not item.holds]


def test_it_holds_when_each_change_is_there_once(tmp_path: Path) -> None:
    sandbox = landed(tmp_path)
    proof = prove(Shell(root=sandbox.path))

    assert proof.holds
    assert proof.log[0].endswith("Docs Agent: Change (#8)")
    assert proof.found[0] == Found(
        agent=AGENTS[0], commits=(proof.log[7].split()[0],), authors=("Security Agent",), times=1
    )


def test_a_lost_change_is_found(tmp_path: Path) -> None:
    assert wrong(landed(tmp_path, {**MARKS, "rag-agent": "something else\n"})) == ["rag-agent"]


def test_a_doubled_change_is_found(tmp_path: Path) -> None:
    assert wrong(landed(tmp_path, {**MARKS, "rag-agent": MARKS["rag-agent"] * 2})) == ["rag-agent"]


def test_a_change_that_came_went_and_came_again_is_found(tmp_path: Path) -> None:
    """It is there once, but two commits brought it."""
    sandbox = landed(tmp_path)
    sandbox.commit("Take it away", {"rag-agent.txt": "gone\n"})
    sandbox.commit("Bring it again", {"rag-agent.txt": MARKS["rag-agent"]})

    assert wrong(sandbox) == ["rag-agent"]


def test_a_change_under_another_name_is_found(tmp_path: Path) -> None:
    assert wrong(landed(tmp_path, author="Mallory")) == [agent.name for agent in AGENTS]


@pytest.mark.parametrize("extra", ["commit", "merge"])
def test_a_main_with_more_than_the_changes_does_not_hold(extra: str, tmp_path: Path) -> None:
    sandbox = landed(tmp_path)
    if extra == "commit":
        sandbox.commit("Something else", {"x": "x"})
    else:
        sandbox.branch("side", "main~1")
        sandbox.git("commit", "--allow-empty", "--quiet", "-m", "side")
        sandbox.checkout("main")
        sandbox.git("merge", "--quiet", "--no-ff", "-m", "merge", "side")

    assert not prove(Shell(root=sandbox.path)).holds
    assert wrong(sandbox) == []
