"""The queues that the matrix plays: how each starts, and what time does between the passes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.scenarios.github_world import GithubWorld
from tests.scenarios.test_fleet import FLEET
from tests.scenarios.world import marked


@dataclass(frozen=True)
class Story:
    """`prepare`: everything up to the first pass of the matrix. `turn`: what happens after a pass (CI).

    `keeps_clone`: the pass after a killed one finds its clone, as on a laptop; else it is another runner of Actions.
    `on_sockets`: every kill, and every failure of a command about the clone, over sockets too, not only a part of them.
    `fails_every`: of the failures of git's commands one in so many, others each day.
    """

    prepare: Callable[[GithubWorld], None]
    turn: Callable[[GithubWorld], None]
    keeps_clone: bool = False
    on_sockets: bool = False
    fails_every: int = 4


def all_answer(world: GithubWorld) -> None:
    """CI answers everything."""
    world.answer()


def one_answers(world: GithubWorld) -> None:
    """CI answers for one head, that of the oldest open PR that it has not answered for, as it wakes a pass each."""
    heads = [pull.head_sha for pull in world.repo.data.open_pulls]
    waiting = [s for s in world.repo.data.suites if s.status != "completed" and s.results and s.head_sha in heads]
    chosen = min(waiting, key=lambda suite: heads.index(suite.head_sha), default=None)
    others = {id(suite): suite.results for suite in waiting if chosen and suite.head_sha != chosen.head_sha}
    for suite in waiting:
        suite.results = {} if id(suite) in others else suite.results
    world.answer()
    for suite in waiting:
        suite.results = others.get(id(suite), suite.results)


def eight_agents(world: GithubWorld) -> None:
    """The sample fleet, commented on, before CI has answered for the first of them."""
    world.depend(FLEET)
    for agent in FLEET:
        world.agent(agent, {f"{agent}.txt": marked(agent), f"lib/{agent}.txt": "1\n"})
    world.run(quiet_after=False)
    one_answers(world)


def stacked_chain(world: GithubWorld) -> None:
    world.chain("one", "two", "three")
    world.answer()


def diamond(world: GithubWorld) -> None:
    world.agent("root", {"root.txt": marked("root")}, labels=["merge"])
    for side in ("left", "right"):
        world.agent(side, {f"{side}.txt": marked(side)}, on="feature/root", base="feature/root", labels=["merge"])
    world.depend({"top": ["left", "right"]})
    world.agent("top", {"top.txt": marked("top")}, labels=["merge"])
    world.answer()


def conflict(world: GithubWorld) -> None:
    """Of two dependents one conflicts, and stays as it was."""
    world.depend({"b": ["a"], "c": ["a"]})
    world.agent("a", {"shared.txt": "one\n" + marked("a")})
    world.agent("b", {"shared.txt": "two\n" + marked("b")})
    world.agent("c", {"c.txt": marked("c")})
    world.answer()


def native_stack(world: GithubWorld) -> None:
    world.repo.settings.native_stacks = True
    world.repo.stack(world.chain("one", "two", "three"))
    world.answer()


STORIES: Mapping[str, Story] = {
    "eight agents": Story(eight_agents, one_answers, fails_every=8),
    "stacked chain": Story(stacked_chain, all_answer, keeps_clone=True),
    "diamond": Story(diamond, all_answer),
    "conflict": Story(conflict, all_answer, on_sockets=True),
    "native stack": Story(native_stack, all_answer),
}
