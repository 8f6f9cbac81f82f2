"""A pull request that claims the name of another agent (contract 2.2): what others wait for is that agent's change."""

import json
from typing import Final

from mergebot.model.plan import EntryState
from tests.attacks.stage import LANDED, End, ends, open_pull
from tests.scenarios.github_world import AUTHOR, REVIEWER, GithubWorld
from tests.scenarios.world import marked

WAITS: Final = End(EntryState.WAITING, "waits for a to open a pull request")

LOOKS_LIKE_IT: Final = ["\u0430", "A", "a\u200b", "\uff41", "a\u0301", "-a", "a b", "agent:a", "\u202ea"]
"""Cyrillic, another case, an invisible character, a wide letter, an accent, an option, a reversal of the direction."""

NOT_SAID: Final = ["```\nAgent: a\n```", "> Agent: a", "<!--\nAgent: a\n-->", "    Agent: a", "`Agent: a`"]


def dependent(world: GithubWorld) -> None:
    """An agent `b` that needs `a`, who has opened no PR yet."""
    world.depend({"a": [], "b": ["a"]})
    world.agent("b", {"b.txt": marked("b")})


def land_by_hand(world: GithubWorld, *numbers: int) -> None:
    """Somebody merges PRs of strangers, for their own sake."""
    world.answer()
    for number in numbers:
        world.repo.merge(number, by=REVIEWER)
    world.update()


def test_what_a_fork_has_landed_under_that_name_lets_nobody_go(github: GithubWorld) -> None:
    """Guards: a fork's PR is no agent's by its branch, nor by what it says."""
    dependent(github)
    for number, branch in enumerate(("feature/a", "agent/a", "a")):
        files = {f"x{number}.txt": "x\n"}
        land_by_hand(github, github.fork(f"mallory{number}", branch, files, labels=[], body="Agent: a"))
    assert ends(github) == {"b": WAITS}


def test_an_open_one_of_a_fork_takes_no_name_away(github: GithubWorld) -> None:
    """Guards: the same; else any stranger could have an agent blocked, for two that claim its name."""
    dependent(github)
    github.agent("a", {"a.txt": marked("a")})
    github.fork("mallory", "feature/a", {"x.txt": "x\n"}, labels=[], body="Agent: a")
    assert ends(github)["a"] == LANDED


def test_what_an_author_without_write_access_says_is_no_claim(github: GithubWorld) -> None:
    """Guards: `Agent:` counts from an author with write access alone."""
    dependent(github)
    github.hub.user("passer-by", permission="read")
    github.repo.push("topic", {"x.txt": "x\n"}, by=AUTHOR)
    land_by_hand(github, open_pull(github, "x", "topic", body="Agent: a", author="passer-by"))
    del github.pulls["x"]
    assert ends(github) == {"b": WAITS}


def test_of_two_that_claim_one_name_neither_lands(github: GithubWorld) -> None:
    """Guards: two open PRs that claim one agent are both blocked, however good they are."""
    dependent(github)
    github.agent("a", {"a.txt": marked("a")})
    github.agent("mallory", {"m.txt": marked("mallory")}, labels=["merge"], body="Agent: a")
    because = (
        "#2 (branch `feature/a`) and #3 (`Agent:` in its text) both claim to be a's: close one, or correct what it says"
    )
    found = ends(github)
    assert (found["a"], found["mallory"]) == (End(EntryState.BLOCKED, because), End(EntryState.BLOCKED, because))


def test_one_that_claims_two_names_is_blocked(github: GithubWorld) -> None:
    """Guards: outright sources that disagree block: label, text, and the branch that `agents` names."""
    known: dict[str, list[str]] = {name: [] for name in ("a", "b", "c", "d", "e")}
    agents = {name: {"branch": f"feature/{name}"} for name in ("a", "b", "c")}
    github.commit_to_base("agents", {"dependencies.json": json.dumps({"dependencies": known, "agents": agents})})
    github.agent("a", {"a.txt": marked("a")}, labels=["agent:d"])
    github.agent("b", {"b.txt": marked("b")}, body="Agent: d\nAgent: e")
    github.agent("c", {"c.txt": marked("c")}, labels=["agent:d"], body="Agent: e")
    whose = "it is not clear whose pull request this is: its branch in dependencies.json says"
    text, label = "`Agent:` in its text says", "label `agent:d` says d"
    assert ends(github) == {
        "a": End(EntryState.BLOCKED, f"{whose} a but {label}; keep one of them"),
        "b": End(EntryState.BLOCKED, f"{whose} b but {text} d but {text} e; keep one of them"),
        "c": End(EntryState.BLOCKED, f"{whose} c but {label} but {text} e; keep one of them"),
    }


def test_a_name_that_only_looks_like_it_is_another_one(github: GithubWorld) -> None:
    """Guards: names are compared as they are written; the text as it is said, not in code, quotes or comments."""
    dependent(github)
    texts = [*(f"Agent: {name}" for name in LOOKS_LIKE_IT), *NOT_SAID]
    for number, body in enumerate(texts):
        github.agent(f"x{number}", {f"x{number}.txt": marked(f"x{number}")}, labels=["merge"], body=body)
    assert ends(github) == {"b": WAITS, **{f"x{number}": LANDED for number in range(len(texts))}}
    assert "Agent:" not in github.repo.box.git("log", "--format=%(trailers)", "main")
