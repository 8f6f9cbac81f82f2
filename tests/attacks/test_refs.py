"""What is written into `refs/mergebot/*` by somebody who may push: nothing merges because of what stands there."""

import json
from typing import Final

import pytest

from mergebot.model.plan import EntryState
from tests.attacks.stage import LANDED, End, ends
from tests.scenarios.github_world import GithubWorld
from tests.scenarios.world import marked

FILES: Final = {
    "nonsense": {"memory.json": "{", "status.json": "]", "merge-queue.json": "\x00"},
    "huge": {"memory.json": "[" * 100_000},
    "claims": {
        "memory.json": json.dumps({"schema": 1, "merged": {"1": "x"}, "answered": {"1": 1}, "frozen": None}),
        "merge-queue.json": json.dumps({"schema": 1, "order": [1], "entries": [{"pr": 1, "state": "ready"}]}),
        "status.json": json.dumps({"agents": {"a": {"status": "merged", "approvals": 9, "review_score": 10}}}),
    },
}


@pytest.mark.parametrize("kind", FILES)
def test_a_forged_memory_merges_nothing_and_stops_nobody(github: GithubWorld, kind: str) -> None:
    """Guards: the state is a report; every verdict is made from what the forge says at the time."""
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"], approved=False)
    github.agent("b", {"b.txt": marked("b")}, labels=["merge"])
    box = github.repo.box
    blobs = {name: box.git("hash-object", "-w", "--stdin", stdin=text.encode()) for name, text in FILES[kind].items()}
    tree = box.git("mktree", stdin="".join(f"100644 blob {blob}\t{name}\n" for name, blob in blobs.items()).encode())
    box.git("update-ref", "refs/mergebot/state", box.git("commit-tree", "-m", "state", tree))
    github.repo.settle()
    waits = End(EntryState.WAITING, "0 of 1 approval, from someone else with write access")
    assert ends(github) == {"a": waits, "b": LANDED}


def test_forged_former_heads_carry_no_approval_over(github: GithubWorld) -> None:
    """Guards: an approval is for a patch; what a branch is said to have been before makes none of another one."""
    number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"], score=None, body="Review Score: 10/10")
    before = github.heads()["a"]
    github.push("a", {"evil.txt": "evil\n"})
    for ref in (f"refs/mergebot/rebased/{number}/{before}", f"refs/mergebot/merged/{number}"):
        github.repo.box.git("update-ref", ref, github.heads()["a"])
    github.repo.settle()
    older = End(EntryState.WAITING, "0 of 1 approval; these do not count: rita (for an older patch)")
    assert ends(github) == {"a": older}
