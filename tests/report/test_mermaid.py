"""The dependency graph as Mermaid: what it shows and leaves out, and that no text of a stranger leaves its label."""

import re
import string
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.model.ids import AgentName, PrNumber
from mergebot.model.plan import Criterion, CriterionName, EntryState, Plan
from mergebot.report.mermaid import LONGEST, MOST_EDGES, MOST_NODES, STYLES, escape, graph
from tests.report.plans import HOSTILE, entry, fleet, hostile, plan, prs, waits_for

NODE = re.compile(r'  ([pa]\d+)\["((?:[^"#\[\]<>`$%&|{}()\\;]|#\d{1,7};|<br/>)*)"\]:::([a-z]+)')
EDGE = re.compile(r"  ([pa]\d+) (-->|-\.->) ([pa]\d+)")
CLASS = re.compile(r"  classDef ([a-z]+) ((?:[a-z-]+:[#a-z0-9 ]+,?)+)")


@dataclass
class Seen:
    """What a reader of the graph sees."""

    nodes: dict[str, tuple[str, str]]
    edges: list[tuple[str, str, str]]


def read(lines: tuple[str, ...]) -> Seen:
    """A strict reader of the few forms that are used: whatever else stands in the text fails the test."""
    first, *rest = lines
    assert first == "flowchart LR"
    seen, styles = Seen({}, []), set()
    for line in rest:
        if node := NODE.fullmatch(line):
            assert node[1] not in seen.nodes
            seen.nodes[node[1]] = (decoded(node[2]), node[3])
        elif edge := EDGE.fullmatch(line):
            seen.edges.append((edge[1], edge[2], edge[3]))
        else:
            style = CLASS.fullmatch(line)
            assert style is not None, line
            styles.add(style[1])
    assert {end for edge in seen.edges for end in (edge[0], edge[2])} <= seen.nodes.keys()
    assert {style for _, style in seen.nodes.values()} == styles
    return seen


def decoded(label: str) -> str:
    """As Mermaid decodes a label."""
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), label.replace("<br/>", "\n"))


def wide(size: int, **changes: Any) -> Plan:  # noqa: ANN401 (a builder takes any field)
    """So many PRs, each depending on the one before."""
    return plan(*(entry(n, depends_on=prs(n - 1) if n > 1 else (), **changes) for n in range(1, size + 1)))


class TestWhatItShows:
    def test_the_sample_fleet(self) -> None:
        """Every PR of the queue with its state; a dotted arrow to what is stacked."""
        seen = read(graph(fleet()).lines)
        assert seen.nodes["p2"] == ("#2 backend-agent\nready", "ready")
        assert seen.nodes["p4"] == ("#4 rag-agent\nblocked", "blocked")
        assert list(seen.nodes) == ["p2", "p3", "p6", "p7", "p1", "p4", "p5", "p8"], (
            "what is tied to nothing comes last"
        )
        assert seen.edges == [("p2", "-.->", "p6"), ("p2", "-->", "p7"), ("p3", "-->", "p7")]

    def test_an_agent_that_has_opened_nothing_yet(self) -> None:
        waiting = entry(1, EntryState.WAITING, waits_for(missing="qa"), missing_agents=(AgentName("qa"),))
        seen = read(graph(plan(waiting)).lines)
        assert ("qa\nno pull request yet", "missing") in seen.nodes.values()
        assert seen.edges == [("a1", "-->", "p1")]

    def test_a_merged_dependency_by_its_agent(self) -> None:
        seen = read(graph(plan(entry(2, depends_on=prs(1)), landed={AgentName("rag"): PrNumber(1)})).lines)
        assert seen.nodes["p1"] == ("#1 rag\nmerged", "merged")

    def test_one_that_is_open_into_another_branch_is_not_called_merged(self) -> None:
        """It still blocks, so it cannot have landed."""
        seen = read(graph(plan(entry(2, EntryState.WAITING, waits_for(7), depends_on=prs(7)))).lines)
        assert seen.nodes["p7"] == ("#7\nnot in this queue", "ignored")

    def test_without_dependencies_there_is_none(self) -> None:
        assert graph(plan(entry(1), entry(2))).lines == ()

    def test_a_circle_is_drawn(self) -> None:
        seen = read(graph(plan(entry(1, depends_on=prs(2)), entry(2, depends_on=prs(1)))).lines)
        assert seen.edges == [("p2", "-->", "p1"), ("p1", "-->", "p2")]

    @pytest.mark.parametrize("state", list(EntryState))
    def test_every_state_has_a_colour(self, state: EntryState) -> None:
        assert state.value in STYLES


class TestWhatIsTooLarge:
    def test_what_is_tied_to_nothing_is_left_out_first(self) -> None:
        alone = [entry(n) for n in range(3, MOST_NODES + 10)]
        drawing = graph(plan(entry(1), entry(2, depends_on=prs(1)), *alone))
        assert read(drawing.lines).nodes.keys() == {"p1", "p2"}
        assert "depends on nothing" in drawing.left_out

    def test_then_what_is_merged(self) -> None:
        entries = [entry(n, depends_on=prs(n - 1, 1000 + n)) for n in range(2, 80)]
        drawing = graph(plan(entry(1), *entries))
        assert not [style for _, style in read(drawing.lines).nodes.values() if style == "merged"]
        assert "merged" in drawing.left_out

    @pytest.mark.parametrize("size", [150, 1000])
    def test_then_all_but_the_first_of_the_queue(self, size: int) -> None:
        drawing = graph(wide(size))
        seen = read(drawing.lines)
        assert list(seen.nodes) == [f"p{n}" for n in range(1, MOST_NODES + 1)]
        assert "only the first 100 pull requests" in drawing.left_out

    def test_of_long_names_fewer_are_shown(self) -> None:
        """Platform: 50,000 characters; an escaped one takes up to ten."""
        ties = {n: prs(*range(max(1, n - 4), n)) for n in range(1, 101)}
        drawing = graph(plan(*(entry(n, title="\U0001f680" * 40, depends_on=ties[n]) for n in ties)))
        assert sum(len(line) + 1 for line in drawing.lines) <= LONGEST
        assert 0 < len(read(drawing.lines).nodes) < MOST_NODES
        assert "only the first 60" in drawing.left_out

    def test_of_many_arrows_fewer_are_shown(self) -> None:
        tangled = [entry(n, depends_on=prs(*range(1, n))) for n in range(1, 90)]
        seen = read(graph(plan(*tangled)).lines)
        assert 0 < len(seen.edges) <= MOST_EDGES

    def test_where_nothing_fits_it_says_so(self) -> None:
        """One PR that waits for hundreds of agents."""
        everyone = tuple(AgentName(f"agent-{n}") for n in range(500))
        drawing = graph(plan(entry(1, missing_agents=everyone)))
        assert (drawing.lines, "too large" in drawing.left_out) == ((), True)


ATTACKS = (
    '"];click p1 "javascript:alert(1)";x["',
    "`**bold**` _it_ ~~x~~",
    "#quot;#59;</script><script>alert(1)</script>",
    '%%{init: {"theme":"dark"}}%%',
    "a\nend\nsubgraph x",
    "style p1 fill:#f00; classDef ready fill:#123;",
    "$$\\href{javascript:alert(1)}{x}$$",
    "p1@{ shape: cyl } fa:fa-ban",
    HOSTILE,
)


class TestStrangersText:
    @pytest.mark.parametrize("text", ATTACKS)
    def test_stays_in_its_label(self, text: str) -> None:
        other = entry(2, title=text, depends_on=prs(1), missing_agents=(AgentName(text),))
        seen = read(graph(plan(entry(1, agent=AgentName(text)), other)).lines)
        assert seen.nodes.keys() == {"p1", "p2", "a2"}

    @given(st.text())
    def test_whatever_it_is(self, text: str) -> None:
        """Letters, digits and spaces stand for themselves; everything else is an entity, and reads as it is."""
        escaped = escape(text)
        assert re.fullmatch(r"(?:[a-zA-Z0-9 \u2060]|[^\x00-\x7f]|#\d{1,7};)*", escaped)
        assert len(decoded(escaped).replace("\u2060", "")) <= 40
        if text.isascii() and text.isprintable() and len(text) <= 40:
            assert decoded(escaped).replace("\u2060", "") == text.strip()

    @given(st.text(alphabet="$a ", max_size=39))
    def test_is_no_formula(self, text: str) -> None:
        """Mermaid looks for these in the finished label."""
        assert "$$" not in decoded(escape(text))

    def test_no_punctuation_is_left_as_it_is(self) -> None:
        assert re.fullmatch(r"(?:#\d+;|\u2060)+", escape(string.punctuation))

    def test_an_enemys_plan_is_drawn(self) -> None:
        needs = Criterion(name=CriterionName.DEPENDENCIES_MERGED, verdict=waits_for(1).verdict)
        more = entry(3, EntryState.WAITING, needs, agent=AgentName(HOSTILE), depends_on=prs(1))
        assert len(read(graph(plan(*hostile().entries, more)).lines).nodes) == 3
