"""The forecast order (contract 4.1), positions, and the graph under them."""

import itertools
from collections.abc import Mapping
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from mergebot.decide.graph import components, find_cycles, line_up, sort_out
from mergebot.decide.queue import decide
from mergebot.model.ids import AgentName, Branch, PrNumber
from mergebot.model.policy import DependencyFile, Policy, Queue
from mergebot.model.questions import (
    Answer,
    Collided,
    Collision,
    Collisions,
    ConflictedPath,
    Conflicts,
    Forecast,
    Landing,
    Question,
)
from mergebot.model.snapshot import Check, CheckList, CheckState, Head, PullRequest, Snapshot
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import easy, entry_of, plan_of, settled

PATH = (ConflictedPath(path="a.py", kind="content"),)
RED = CheckList(checks=(Check(name="ci", state=CheckState.FAILURE),))
HOT = frozenset({"merge", "hotfix"})


def pr(number: int, *labels: str, needs: str = "", **changes: object) -> PullRequest:
    body = f"Depends-On: {needs}" if needs else ""
    return pull_request(number, labels=frozenset({"merge", *labels}), body=body, **changes)


def of_agent(number: int, agent: str) -> PullRequest:
    return pull_request(number, head=Head(branch=Branch(agent), sha=sha(1000 + number)))


def test_dependencies_come_first() -> None:
    """Whatever their numbers."""
    assert plan_of(snapshot(pr(1, needs="#3"), pr(2), pr(3, needs="#4"), pr(4))).order == (2, 4, 3, 1)


def test_a_priority_label_comes_next_and_is_inherited_by_dependencies() -> None:
    """The highest of a PR's counts (contract 2.4)."""
    policy = Policy(queue=Queue(priority_labels={"hotfix": 100, "soon": 10, "later": -5}))
    prs = [pr(1, "later"), pr(2), pr(3), pr(4, needs="#3"), pr(5, "soon", "later"), pr(6, "hotfix", needs="#4")]
    assert plan_of(snapshot(*prs), policy).order == (3, 4, 6, 5, 2, 1)


def test_then_the_wave_and_prs_of_no_wave_last() -> None:
    """`merge_order` is a preference among equals (contract 2.1)."""
    file = DependencyFile(
        path="d.json",
        merge_order=((AgentName("c"), AgentName("b")), (AgentName("a"),)),
        dependencies={AgentName("d"): ()},
    )
    prs = [pr(1), of_agent(2, "a"), of_agent(3, "b"), of_agent(4, "c"), of_agent(5, "d")]
    assert plan_of(snapshot(*prs, dependencies=file)).order == (3, 4, 2, 1, 5)


def colliding(*pairs: tuple[int, int]) -> Collided:
    return Collided(pairs=tuple(Collision(a=PrNumber(a), b=PrNumber(b), paths=PATH) for a, b in pairs))


def test_then_the_order_that_leaves_the_fewest_conflicts_among_the_rest() -> None:
    """Counted anew as PRs leave."""

    def git(question: Question) -> Answer | None:
        return colliding((1, 2), (1, 3), (2, 4)) if isinstance(question, Collisions) else None

    plan = plan_of(snapshot(*(pr(n) for n in range(1, 6))), git=git)
    assert plan.order == (5, 3, 1, 2, 4)
    assert [(pair.a, pair.b) for pair in plan.conflicts] == [(1, 2), (1, 3), (2, 4)]


def test_collisions_are_asked_for_once_all_that_land_are_known() -> None:
    """The question names them all, so that asking it sooner would be in vain; one alone collides with nobody."""
    assert not [q for q in decide(snapshot(pr(1), pr(2)), Policy()).questions if isinstance(q, Collisions)]
    assert not [q for q in settled(snapshot(pr(1)), Policy())[0].answers if isinstance(q, Collisions)]


def test_who_would_conflict_in_its_turn_is_said() -> None:
    """The forecast of the whole order, each on what lands before it."""

    def git(question: Question) -> Answer | None:
        if not isinstance(question, Forecast):
            return None
        clean = easy(question)
        assert isinstance(clean, Landing)
        return Landing(links=(*clean.links[:1], Conflicts(paths=PATH), *clean.links[2:]))

    plan = plan_of(snapshot(pr(1), pr(2), pr(3)), git=git)
    assert [(clash.pr, clash.paths) for clash in plan.clashes] == [(2, PATH)]


def test_what_a_failure_keeps_out_is_not_in_it_nor_is_what_waits_for_that() -> None:
    """Nor is what is held; their positions come after."""
    prs = [pr(1, checks=RED), pr(2, needs="#1"), pr(3, "hold"), pr(4), pull_request(5, labels=frozenset())]
    plan = plan_of(snapshot(*prs))
    assert plan.order == (4,)
    assert [entry.position for entry in plan.entries] == [2, 3, 4, 1, None]


def test_a_waiting_one_is_in_it_and_so_is_what_waits_for_it() -> None:
    plan = plan_of(snapshot(pr(1, checks=CheckList()), pr(2, needs="#1")))
    assert plan.order == (1, 2)
    assert entry_of(plan, 2).depends_on == (1,)


Graph = Mapping[PrNumber, tuple[PrNumber, ...]]
NUMBERS = st.integers(1, 12).map(PrNumber)
GRAPHS = st.dictionaries(NUMBERS, st.lists(NUMBERS, max_size=4, unique=True).map(tuple), max_size=12)


@given(GRAPHS)
def test_no_graph_puts_anyone_before_its_dependencies(graph: Graph) -> None:
    """Everyone comes once, or is caught in or behind a cycle."""
    found = sort_out(graph)
    place = {number: at for at, number in enumerate(found.order)}
    assert sorted(found.order) == sorted(graph.keys() - found.caught)
    assert all(place[other] < at for number, at in place.items() for other in graph[number] if other in graph)
    lined = line_up(graph, {number: (-number,) for number in graph}, {})
    assert sorted(lined) == sorted(found.order)
    assert all(lined.index(other) < at for at, n in enumerate(lined) for other in graph[n] if other in graph)


@given(GRAPHS)
def test_every_cycle_that_is_shown_is_one(graph: Graph) -> None:
    """And everyone in a cycle is shown one."""
    inner = {n: tuple(o for o in needs if o in graph and o != n) for n, needs in graph.items()}
    cycles = find_cycles(inner, sort_out(inner).caught)
    for cycle in cycles.values():
        assert cycle[0] == cycle[-1] == min(cycle)
        assert all(after in inner[before] for before, after in itertools.pairwise(cycle))
    in_one = {n for component in components(inner) if len(component) > 1 for n in component}
    assert cycles.keys() == in_one


Case = tuple[list[int], tuple[str, ...], bool, bool]
CASES = st.lists(
    st.tuples(
        st.lists(st.integers(1, 8), max_size=3),
        st.sampled_from([(), ("hotfix",), ("hold",)]),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


def world(cases: list[Case]) -> Snapshot:
    """PRs with random dependencies, labels, tests and stacking."""
    return snapshot(
        *(
            pr(
                number,
                *labels,
                needs=", ".join(f"#{other}" for other in others),
                checks=RED if red else CheckList(checks=(Check(name="ci", state=CheckState.SUCCESS),)),
                contains=(PrNumber(number - 1),) if stacked and number > 1 else (),
            )
            for number, (others, labels, red, stacked) in enumerate(cases, start=1)
        )
    )


@settings(max_examples=60)
@given(CASES, st.randoms(use_true_random=False))
def test_the_order_of_a_listing_decides_nothing(cases: list[Case], draw: Random) -> None:
    """A permutation of the PRs gives the same plan."""
    seen = world(cases)
    shuffled = list(seen.pull_requests)
    draw.shuffle(shuffled)
    assert plan_of(snapshot(*shuffled)) == plan_of(seen)
