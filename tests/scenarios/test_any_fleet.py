"""Any fleet, any order of events: the invariants hold after every pass, and what is found good lands in the end."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mergebot.model.outcome import Failed
from tests.scenarios.world import World, marked

NAMES = ("a", "b", "c", "d", "e")
LINES = 9


def shared(edits: dict[int, str]) -> str:
    """A file in which everybody edits one line; neighbours conflict."""
    return "".join(f"{edits.get(line, f'line {line}')}\n" for line in range(LINES))


@dataclass
class Fleet:
    """A world and what may still happen in it; an event that makes no sense at that moment is passed over."""

    world: World
    needs: dict[str, list[str]] = field(default_factory=dict)

    def open(self) -> list[str]:
        """The agents with an open pull request."""
        landed = self.world.landed()
        return [name for name in self.world.agents if name not in landed]

    def start(self, agent: int, on: int, line: int) -> None:
        """An agent starts on main, or on the branch of another, and says so."""
        name = NAMES[agent]
        if name in self.world.agents:
            return
        parents = self.open()
        parent = parents[on % len(parents)] if on and parents else None
        start = f"feature/{parent}" if parent else "main"
        edited = self.world.box.read("shared.txt", start).splitlines()
        files = {f"{name}.txt": marked(name)}
        if line < LINES:
            files["shared.txt"] = shared({**dict(enumerate(edited)), line: f"by {name}"})
        if parent:
            self.needs[name] = [parent]
        self.world.depend(self.needs)
        self.world.agent(name, files, on=start)

    def push(self, agent: int, _on: int, line: int) -> None:
        """An agent with an open pull request adds a commit."""
        if (name := NAMES[agent]) in self.open():
            more = len(self.world.authored[name])
            self.world.push(name, f"{name}: more {more} {line}", {f"{name}-{more}.txt": f"{line}\n"})

    def doubt(self, agent: int, on: int, _line: int) -> None:
        """A reviewer or a test finds fault with it, or no longer."""
        if (name := NAMES[agent]) in self.open():
            key, good, bad = (("review_score", 10, 8), ("approvals", 1, 0), ("tests_passing", True, False))[on % 3]
            self.world.say(name, **{key: bad if self.world.agents[name][key] == good else good})

    def meddle(self, _agent: int, _on: int, line: int) -> None:
        """A person commits on main by hand."""
        lines = dict(enumerate(self.world.box.read("shared.txt").splitlines()))
        files: dict[str, str | bytes | None] = {"hand.txt": f"{self.world.box.ticks}\n"}
        if line < LINES:
            files["shared.txt"] = shared({**lines, line: f"by hand {self.world.box.ticks}"})
        self.world.box.commit(f"by hand {self.world.box.ticks}", files, branch="main")
        self.world.box.git("checkout", "--quiet", "--detach")

    def catch_up(self, agent: int, _on: int, _line: int) -> None:
        """An agent merges main into its branch, where that goes without a conflict."""
        if (name := NAMES[agent]) not in self.open():
            return
        self.world.box.checkout(f"feature/{name}")
        self.world.box.ticks += 1
        try:
            self.world.box.git("merge", "--quiet", "--no-edit", "main")
        except AssertionError:
            self.world.box.git("merge", "--abort")
        self.world.box.git("checkout", "--quiet", "--detach", "main")

    def run(self, _agent: int, _on: int, _line: int) -> None:
        """A pass, every invariant, and a second pass that must write nothing (see `World.run`)."""
        _, result = self.world.run()
        assert result.unread == ()
        assert not [item for item in result.results if isinstance(item.outcome, Failed)]

    def settle(self) -> None:
        """Everybody is found good: all lands but what conflicts, and what waits for that."""
        for name in self.open():
            self.world.say(name, review_score=10, approvals=1, tests_passing=True)
        plan, _ = self.world.run()
        stuck = {str(entry.agent) for entry in plan.entries}
        assert stuck == set(self.open())
        for entry in plan.entries:
            codes = {str(c.verdict.code) for c in entry.criteria if type(c.verdict).__name__ != "Pass"}
            waits = any(other in stuck for other in self.needs.get(str(entry.agent), []))
            assert waits or any(code.startswith("conflicts.") for code in codes), f"{entry.agent} is stuck: {codes}"


EVENTS: tuple[Callable[[Fleet, int, int, int], None], ...] = (
    Fleet.start,
    Fleet.start,
    Fleet.push,
    Fleet.doubt,
    Fleet.meddle,
    Fleet.catch_up,
    Fleet.run,
)
event = st.tuples(st.sampled_from(EVENTS), st.integers(0, 4), st.integers(0, 5), st.integers(0, 2 * LINES))


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
@given(st.lists(event, min_size=6, max_size=16))
def test_the_invariants_hold_after_every_pass(events: list[tuple[Callable[..., None], int, int, int]]) -> None:
    """I1 to I5 and I7, on real git, for any fleet; and nothing is stuck but for a conflict."""
    folder = Path(tempfile.mkdtemp())
    try:
        world = World.create(folder / "repo")
        world.box.commit("start", {"shared.txt": shared({})}, branch="main")
        world.box.git("checkout", "--quiet", "--detach")
        fleet = Fleet(world)
        for act, agent, on, line in [*events, (Fleet.run, 0, 0, 0)]:
            act(fleet, agent, on, line)
        fleet.settle()
    finally:
        shutil.rmtree(folder)
