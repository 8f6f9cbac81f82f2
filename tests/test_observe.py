"""Observe: the rules are read whole, and what is missing is an error, never 'no agents'."""

from pathlib import Path

from mergebot.model.policy import Waves
from mergebot.model.problem import Severity
from mergebot.observe import read_rules, unread
from tests.builders import pull_request, snapshot
from tests.scenarios.world import World, marked


def test_a_dependency_file_that_the_config_names_must_exist(tmp_path: Path) -> None:
    """A typo in the path never means that nobody depends on anybody (contract 2.1)."""
    world = World.create(tmp_path / "repo")
    world.agent("a", {"a.txt": marked("a")})
    world.depend({"a": ["b"]})
    world.configure("dependencies: config/dependency.json\n")

    plan, result = world.run()

    assert (world.landed(), result.results) == ([], ())
    assert [str(problem) for problem in plan.problems if problem.severity is Severity.ERROR] == [
        (
            "config/dependency.json: the config names this file as `dependencies`, but it does not exist "
            "(create it, or remove the key `dependencies` from the config)"
        )
    ]


def test_a_config_given_by_hand_wins_and_keeps_its_name(tmp_path: Path) -> None:
    """`--config`: an edit can be tried (contract 2)."""
    world = World.create(tmp_path / "repo")
    world.configure("queue:\n  waves: order\n")
    world.depend({"a": ["b"]})
    reader = world._forge().reader

    rules = read_rules(reader, ("mine.yml", b"queue:\n  waves: barrier\n"))
    broken = read_rules(reader, ("mine.yml", b"queue:\n  wave: barrier\n"))

    assert (rules.policy.queue.waves, rules.problems, rules.usable) == (Waves.BARRIER, (), True)
    assert rules.dependencies.agents() == {"a", "b"}
    assert not broken.usable
    assert broken.problems[0].where == "mine.yml:2:3"


def test_nothing_unread_is_nothing_to_tell() -> None:
    assert unread(snapshot(pull_request(1))) == ()
