"""The state machine: each rule is one step, and after each the invariants hold."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from mergebot.model.plan import Pass, Plan
from tests.model_world.checks import Checks
from tests.model_world.ground import WALT, Ground, writes
from tests.model_world.oracle import Oracle
from tests.model_world.passes import LOST, WHERE, Bots, Ran
from tests.model_world.tally import Tally
from tests.model_world.world import World
from tests.server.faults import Exchange, Fault

MOST_PASSES = 9
"""After so many quiet passes, each followed by CI, nothing is left to do."""
NUMBER = st.integers(0, 120)
PLACE = st.integers(0, 60)
VERBS = (
    "push_more", "rewrite", "label", "review", "edit", "close", "merge_by_hand", "push_to_base", "delete_branch",
    "ci", "dismiss", "freeze", "update_branch", "open_pull", "say", "other_app",
)  # fmt: skip
MEETING = (*VERBS, "push_more", "rewrite", "push_more", "rewrite", "review", "label", "open_pull")
WHERES = st.sampled_from(sorted(WHERE))


class Machine(RuleBasedStateMachine):
    """A world with mergebot in it. `ground` and `tally` are those of the whole run."""

    ground: Ground
    tally: Tally

    def __init__(self) -> None:
        super().__init__()
        self.ground.again()
        self.tally.worlds += 1
        self.bots = Bots(self.ground)
        self.world = World(self.ground)
        self.oracle = Oracle(self.ground, self.world, self.bots.acting)
        self.checks = Checks(self.ground, self.world, self.oracle)
        self.ground.watch(self.oracle.watch)

    def did(self, verb: str, one: int, other: int) -> None:
        """One thing that somebody does."""
        self.tally.steps[verb] += 1
        self.tally.idle[verb] += not self.world.do(verb, one, other)
        self.checks.after_step()

    @initialize(one=NUMBER, other=NUMBER, more=NUMBER)
    def start(self, one: int, other: int, more: int) -> None:
        """Three PRs, tested, and one or all of them approved; then somebody may think otherwise."""
        for number in (one, other, more):
            self.world.do("open_pull", number, number // 3)
        self.world.do("nod", one, more)
        self.world.do("review", other, one)
        self.checks.after_step()

    # passes

    def ran(self, name: str, fault: Fault | None = None, *, locks: bool = True) -> Ran:
        """One pass, with what it meets on its way."""
        self.tally.steps[name] += 1
        self.tally.passes += 1
        if fault is None:
            done = self.bots.run(locks=locks)
        else:
            with self.bots.fault(fault):
                done = self.bots.run(locks=locks)
            self.tally.faults[f"{name} {fault.kind}" if name == "lost" else name] += fault.hits > 0
        self.checks.after_step()
        return done

    @rule()
    def one_pass(self) -> None:
        """A pass that nothing disturbs."""
        self.ran("one_pass")

    @rule()
    def quiet(self) -> None:
        """Two in a row: the second has nothing to do, and writes nothing (I5)."""
        log, at = self.ground.hub.log, len(self.ground.hub.log)
        first = self.ran("quiet")
        if any("refs/heads/" in str(exchange.request) for exchange in log[at:] if exchange.kind == "git"):
            first = self.ran("quiet")  # CI has news of what it pushed
        at = len(log)
        self.ran("quiet")
        if first.result is None or first.result.unread:
            return
        written = [f"{exchange} {exchange.request}" for exchange in log[at:] if exchange.writes]
        assert not written, f"I5: a pass with nothing to do wrote {written}"

    @rule(where=WHERES, place=PLACE, verb=st.sampled_from(MEETING), one=NUMBER, other=NUMBER)
    def met(self, where: str, place: int, verb: str, one: int, other: int) -> None:
        """Somebody does something in the middle of a pass, most often to just what it is about to change."""

        def act(exchange: Exchange) -> None:
            self.world.aim = self.world.meant(exchange) if one % 3 else None
            self.world.do(verb, one, other)
            self.world.aim = None

        self.ran("met", self.bots.met(where, place, act))

    @rule(where=WHERES, place=PLACE, kind=st.integers(0, len(LOST) - 1))
    def lost(self, where: str, place: int, kind: int) -> None:
        """A request or its answer is lost."""
        self.ran("lost", self.bots.lost(where, place, kind))

    @rule(where=WHERES, place=PLACE)
    def killed(self, where: str, place: int) -> None:
        """A pass is killed."""
        self.ran("killed", self.bots.killed(where, place))

    @rule(place=PLACE, verb=st.sampled_from(MEETING), one=NUMBER, other=NUMBER)
    def stale(self, place: int, verb: str, one: int, other: int) -> None:
        """GitHub shows for some readings what was so before."""
        fault = self.bots.stale(place)
        self.world.do(verb, one, other)
        self.ran("stale", fault)

    @rule(where=WHERES, place=PLACE, locks=st.booleans())
    def two(self, where: str, place: int, *, locks: bool) -> None:
        """Two at once: the second runs whole, without a lock, in the middle of the first."""
        self.ran("two", self.bots.met(where, place, lambda _: self.bots.run("there", locks=False)), locks=locks)

    def teardown(self) -> None:
        """Let everything be allowed: soon nothing is left that could merge."""
        try:
            self._end()
        finally:
            self.tally.merges += self.checks.merges
            self.tally.rebases += self.checks.rebases
            self.tally.by_people += len(self.checks.merged) - self.checks.merges

    def _end(self) -> None:
        try:
            self._come_to_rest()
        except AssertionError as error:
            error.add_note(self.checks.story())
            raise

    def _come_to_rest(self) -> None:
        world = self.world
        world.repo.finish_ci()
        self.ran("at the end")
        for pull in world.open():  # one who may write, and keeps no protected path; what others have against it stays
            world.approve(pull, WALT)
        self.ran("at the end")
        for pull in world.open():  # all that is wanted of others; what is held, paused or not asked for stays so
            world.approve(pull)
        self.ran("at the end")
        for number in world.frozen():
            world.repo.close(number, by="rita")
        for pull in world.open():
            world.repo.edit(pull.number, draft=False, by="rita")
            for name in ("hold", "merge"):
                world.repo.unlabel(pull.number, name)
            world.repo.label(pull.number, "merge")
            world.approve(pull)
            world.repo.status(pull.head_sha, "review/score", by="walt", description="10/10")
        for _ in range(MOST_PASSES):
            world.repo.finish_ci()
            self._green()
            log, at = self.ground.hub.log, len(self.ground.hub.log)
            done = self.ran("at the end")
            if not writes(log[at:]):
                break
        assert not done.error, done.error
        assert done.plan is not None
        assert not writes(log[at:]), f"it does not come to rest: {[str(x) for x in log[at:] if x.writes]}"
        self.checks.settled(_states(done.plan))
        self.tally.ended += 1

    def _green(self) -> None:
        for pull in self.world.open():
            for suite in self.world.repo.data.suites_of(pull.head_sha):
                for run in {run.name: run for run in suite.runs}.values():
                    if run.conclusion != "success":
                        run.status, run.conclusion = "completed", "success"
                suite.status, suite.conclusion = "completed", "success"


def _states(plan: Plan) -> dict[int, tuple[str, dict[str, str]]]:
    return {
        entry.pr: (
            f"{entry.state}: {entry.because}",
            {str(one.name): one.verdict.reason for one in entry.criteria if not isinstance(one.verdict, Pass)},
        )
        for entry in plan.entries
    }


def _verb(name: str) -> Callable[[Machine, int, int], None]:
    def step(self: Machine, one: int, other: int) -> None:
        self.did(name, one, other)

    step.__name__ = step.__qualname__ = name
    step.__doc__ = getattr(World, name).__doc__
    return step


ALL = (*VERBS, "open_fork", "nod", "status", "wait")
for _name in ALL:
    _made: Any = rule(one=NUMBER, other=NUMBER)(_verb(_name))
    setattr(Machine, _name, _made)
