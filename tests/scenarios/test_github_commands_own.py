"""Commands that only mergebot's memory can tell answered from not: with a person's token, and without a reaction."""

from pathlib import Path

import pytest

from tests.scenarios.github_world import REVIEWER, GithubWorld
from tests.scenarios.test_github_commands import agent, labels, say
from tests.server.hub import GitHub

OWNER = "mergebot"


@pytest.fixture
def personal(hub: GitHub, tmp_path: Path) -> GithubWorld:
    """A fleet whose mergebot has the personal token of a person who may write."""
    world = GithubWorld.create(hub, tmp_path, kind="pat")
    agent(world)
    world.answer()
    return world


def test_the_person_whose_token_it_is_gives_commands_too(personal: GithubWorld) -> None:
    """Else the maintainer of a small repository would be the only one who is not heard, and a hold would not hold."""
    comment = say(personal, "/mergebot hold", by=OWNER)
    personal.run()
    assert (labels(personal), personal.landed()) == ({"merge", "hold"}, [])
    assert personal.repo.reactions(comment, by=OWNER) == ["+1"]


def test_a_thumb_of_that_person_is_no_answer(personal: GithubWorld) -> None:
    """Who agrees with a hold does not undo it; what mergebot has answered itself it remembers."""
    personal.repo.label(personal.pulls["a"], "hold")
    personal.run()
    personal.repo.unlabel(personal.pulls["a"], "hold")
    comment = say(personal, "/mergebot hold", by=REVIEWER)
    personal.repo.react(comment, "+1", by=OWNER)
    personal.run()
    assert (labels(personal), personal.landed()) == ({"merge", "hold"}, [])


def test_where_no_reaction_is_taken_a_pull_request_that_is_no_entry_is_answered_once(github: GithubWorld) -> None:
    """Each further pass would try it again."""
    github.repo.push("other", {"other.txt": "x\n"}, by=REVIEWER, start="main")
    agent(github)
    github.repo.push("feature/b", {"b.txt": "b\n"}, by=REVIEWER, start="other")
    github.pulls["b"] = github.repo.open_pull("feature/b", base="other", title="b", author=REVIEWER).number
    say(github, "/mergebot hold", name="b")
    github.repo.lock_conversation(github.pulls["b"])
    github.run()
