"""Cycles and waves of the dependency file (contract 2.1)."""

import json
from collections.abc import Mapping, Sequence
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.dependencies import load_dependencies
from mergebot.dependencies.cycles import components, shortest_cycles

CYCLE_OF, REMOVE = "a cycle of", "remove one of these dependencies"
CONTRADICTS = "`merge_order` contradicts the dependencies"
MOVE = "move `b` to wave 1 or earlier, or `a` to wave 3 or later"


def said(dependencies: Mapping[str, Sequence[str]], merge_order: Sequence[Sequence[str]] = ()) -> list[str]:
    text = json.dumps({"dependencies": dependencies, "merge_order": merge_order}, indent=1)
    return [str(problem) for problem in load_dependencies("f", text.encode())[1]]


class TestCycles:
    def test_one_is_shown_whole_in_its_shortest_form(self) -> None:
        """The long way round through c and d is not what anyone has to read; the place is an edge of the cycle."""
        graph = {"a": ["b", "x"], "b": ["c", "e"], "c": ["d"], "d": ["a"], "e": ["a"], "y": ["a"]}

        assert said(graph) == [f"f:18:4: {CYCLE_OF} 3 agents, each waiting for the next: a -> b -> e -> a ({REMOVE})"]

    def test_independent_ones_are_each_shown_once(self) -> None:
        found = said({"a": ["b"], "b": ["a", "c"], "c": ["d"], "d": ["c"], "e": ["e"]})

        assert [line.partition(": ")[2].partition(" (")[0] for line in found] == [
            "a cycle of 2 agents, each waiting for the next: a -> b -> a",
            "a cycle of 2 agents, each waiting for the next: c -> d -> c",
            "`e` depends on itself",
        ]

    def test_one_of_a_thousand_agents_is_shown_whole(self) -> None:
        ring = {f"agent-{i}": [f"agent-{(i + 1) % 1000}"] for i in range(1000)}

        [line] = said(ring)

        way = " -> ".join([*ring, "agent-0"])
        assert line == f"f:3001:4: {CYCLE_OF} 1000 agents, each waiting for the next: {way} ({REMOVE})"

    @pytest.mark.parametrize(
        ("graph", "length"),
        [
            ({i: [i + 1] for i in range(50_000)}, None),
            ({i: [(i + 1) % 20_000] for i in range(20_000)}, 20_000),
            ({i: [(i + 1) % 10_000, (i + 2) % 10_000] for i in range(10_000)}, 5_000),
            ({i: [(i // 50 + 1) % 20 * 50 + j for j in range(50)] for i in range(1_000)}, 20),
            ({i: [(i * i + k) % 9_973 for k in range(5) if (i * i + k) % 9_973 != i] for i in range(9_973)}, 2),
        ],
        ids=["chain", "ring", "double ring", "layers", "tangle"],
    )
    def test_size_is_no_problem(self, graph: Mapping[int, list[int]], length: int | None) -> None:
        """No recursion, and far from quadratic time."""
        cycles = shortest_cycles({str(node): [str(needed) for needed in needs] for node, needs in graph.items()})

        assert [len(cycle) for cycle in cycles] == ([] if length is None else [length])


NODES = "abcde"
GRAPHS = st.fixed_dictionaries({node: st.lists(st.sampled_from(NODES), unique=True) for node in NODES}).map(
    lambda graph: {node: [needed for needed in needs if needed != node] for node, needs in graph.items()}
)


@given(GRAPHS)
def test_cycles_are_those_of_a_brute_force_search(graph: dict[str, list[str]]) -> None:
    """Every way through every choice of nodes is tried; per component the shortest that closes must be found."""
    every = [
        way
        for size in range(2, len(NODES) + 1)
        for way in permutations(NODES, size)
        if all(after in graph[before] for before, after in zip(way, (*way[1:], way[0]), strict=True))
    ]
    lengths: dict[frozenset[str], int] = {}
    for component in map(frozenset, components(graph)):
        inside = [len(way) for way in every if component.issuperset(way)]
        if inside:
            lengths[component] = min(inside)

    found = shortest_cycles(graph)

    assert {frozenset(c): len(w) for w in found for c in components(graph) if w[0] in c} == lengths
    assert all(tuple(way) in every for way in found)
    assert all(any(set(way) <= set(component) for component in components(graph)) for way in every)


@given(GRAPHS)
def test_a_component_comes_after_all_that_it_depends_on(graph: dict[str, list[str]]) -> None:
    place = {node: number for number, component in enumerate(components(graph)) for node in component}

    assert sorted(place) == sorted(NODES)
    assert all(place[needed] <= place[node] for node, needs in graph.items() for needed in needs)


class TestMergeOrder:
    def test_an_agent_may_not_be_in_a_wave_before_one_it_depends_on(self) -> None:
        assert said({"a": ["b"]}, [["a"], ["c"], ["b"]]) == [
            f"f:9:4: {CONTRADICTS}: `a` is in wave 1, but depends on `b` of wave 3 (a -> b) ({MOVE})"
        ]

    def test_every_contradiction_of_an_agent_is_listed(self) -> None:
        """They stand at one place: the agent's in `merge_order`."""
        found = said({"a": ["b", "c"]}, [["a"], ["b"], ["c"]])

        assert [line.partition(" (")[0] for line in found] == [
            f"f:10:4: {CONTRADICTS}: `a` is in wave 1, but depends on `b` of wave 2",
            f"f:10:4: {CONTRADICTS}: `a` is in wave 1, but depends on `c` of wave 3",
        ]

    def test_it_may_be_in_the_same_wave_or_a_later_one(self) -> None:
        """Waves are a preference: within one the dependencies alone decide."""
        assert said({"a": ["b"], "c": ["a", "x"]}, [["a", "b"], ["c"]]) == []

    def test_agents_in_no_wave_pass_the_contradiction_on(self) -> None:
        assert said({"a": ["x"], "x": ["y", "z"], "y": ["c"], "z": ["b"]}, [["a"], ["c"], ["b"]]) == [
            f"f:19:4: {CONTRADICTS}: `a` is in wave 1, but depends on `b` of wave 3 (a -> x -> z -> b) ({MOVE})"
        ]

    def test_a_long_way_is_cut_short(self) -> None:
        chain = {f"u{i}": [f"u{i + 1}"] for i in range(500)}

        [line] = said({"a": ["u0"], **chain, "u500": ["late"]}, [["a"], ["late"]])

        assert "(a -> u0 -> u1 -> u2 -> u3 -> u4 -> u5 -> u6 -> u7 -> u8 -> … -> late)" in line

    def test_a_cycle_among_agents_in_no_wave_does_not_hang_it(self) -> None:
        found = said({"a": ["x"], "x": ["y"], "y": ["x", "late"]}, [["a"], ["late"]])

        assert any("a cycle of 2 agents, each waiting for the next: x -> y -> x" in line for line in found)


WAVES = st.permutations(NODES).flatmap(
    lambda order: st.lists(st.integers(0, 5), max_size=3).map(
        lambda cuts: [order[a:b] for a, b in zip([0, *sorted(cuts)], sorted(cuts), strict=False)]
    )
)


@given(GRAPHS, WAVES)
def test_waves_contradict_exactly_where_some_agent_reaches_a_later_one(
    graph: dict[str, list[str]], waves: list[list[str]]
) -> None:
    """Reachability is found here by brute force, over acyclic graphs."""
    acyclic = {node: [needed for needed in needs if needed > node] for node, needs in graph.items()}
    reach: dict[str, set[str]] = {}
    for node in reversed(NODES):
        reach[node] = {other for needed in acyclic[node] for other in {needed, *reach[needed]}}
    number = {node: wave for wave, names in enumerate(waves) for node in names}
    wrong = any(number[b] > number[a] for a in number for b in reach[a] if b in number)

    assert bool(said(acyclic, waves)) == wrong
