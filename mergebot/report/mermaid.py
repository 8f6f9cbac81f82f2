"""The dependency graph as Mermaid, which GitHub draws in summaries and comments. All untrusted text is escaped.

Platform: GitHub's Mermaid refuses a text of more than 50,000 characters and a graph of more than 500 edges, and one of
hundreds of nodes cannot be read; then a smaller graph is drawn, and it is said what is missing.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from mergebot.model.ids import AgentName, PrNumber
from mergebot.model.plan import CriterionName, Entry, EntryState, Pass, Plan
from mergebot.report import render, safe
from mergebot.report.words import counted

Node: TypeAlias = PrNumber | AgentName
"""A PR, or an agent that has none yet."""

LONGEST: Final = 40_000
MOST_EDGES: Final = 400
MOST_NODES: Final = 100
SMALLER: Final = (100, 60, 30, 15)
"""How many PRs, the first of the queue, a graph has that would be too large with all of them."""

LABEL: Final = 40
"""Characters of a name that a node shows."""

STYLES: Final = {
    "ready": "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    "waiting": "fill:#fff8c5,stroke:#9a6700,color:#1f2328",
    "blocked": "fill:#ffebe9,stroke:#cf222e,color:#1f2328",
    "held": "fill:#ddf4ff,stroke:#0969da,color:#1f2328",
    "ignored": "fill:#f6f8fa,stroke:#59636e,color:#59636e",
    "merged": "fill:#fbefff,stroke:#8250df,color:#1f2328",
    "missing": "fill:#f6f8fa,stroke:#59636e,color:#59636e,stroke-dasharray:4 3",
}
"""Readable on a light page and on a dark one; the state stands in the label too, for who cannot tell colours apart."""

_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """`first` lands before `then`; `stacked`: because `then` stands on its branch."""

    first: Node
    then: Node
    stacked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """`lines` are Mermaid, empty where nothing depends on anything; `left_out`: a sentence on what is not shown."""

    lines: tuple[str, ...] = ()
    left_out: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Graph:
    plan: Plan
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph(plan: Plan) -> Drawing:
    """Who must land before whom: every PR of the queue, what it needs, and agents that have no PR yet."""
    whole = _whole(plan)
    if not whole.edges:
        return Drawing()
    for smaller, left_out in _tries(whole):
        if len(smaller.nodes) > MOST_NODES or len(smaller.edges) > MOST_EDGES:
            continue
        lines = tuple(_lines(smaller))
        if sum(len(line) + 1 for line in lines) <= LONGEST:
            return Drawing(lines=lines if smaller.edges else (), left_out=left_out)
    return Drawing(left_out="The graph of the dependencies is too large to be shown.")


def _tries(whole: _Graph) -> Iterator[tuple[_Graph, str]]:
    """Smaller and smaller graphs, each with what it leaves out."""
    yield whole, ""
    tied = _of(whole, {node for edge in whole.edges for node in (edge.first, edge.then)})
    yield tied, "Left out: what depends on nothing, and nothing on it."
    entries = render.by_number(whole.plan)
    unmerged = _of(tied, {node for node in tied.nodes if isinstance(node, str) or node in entries})
    yield unmerged, "Left out: what is merged, and what depends on nothing."
    for most in SMALLER:
        first = {node for node in unmerged.nodes if isinstance(node, int)}
        kept = set(sorted(first, key=lambda number: (entries[number].position or len(entries) + 1, number))[:most])
        near = {edge.first for edge in unmerged.edges if isinstance(edge.first, str) and edge.then in kept}
        words = f"Shown are only the first {counted(len(kept), 'pull request')} of those that depend on others."
        yield _of(unmerged, kept | near), words


def _of(drawn: _Graph, nodes: set[Node]) -> _Graph:
    """The part of a graph with these nodes."""
    edges = tuple(edge for edge in drawn.edges if edge.first in nodes and edge.then in nodes)
    return replace(drawn, nodes=tuple(node for node in drawn.nodes if node in nodes), edges=edges)


def _whole(plan: Plan) -> _Graph:
    """Every edge, in queue order; PRs that nobody asked to merge only where one of the queue has to do with them."""
    entries = (*render.queue(plan), *render.ignored(plan))
    edges = tuple(edge for entry in entries for edge in _edges(entry))
    named = {node: None for edge in edges for node in (edge.first, edge.then)}
    tied = [entry.pr for entry in entries if entry.pr in named]
    # Those that nothing leads to come last, where no arrow is drawn across them.
    alone = [entry.pr for entry in render.queue(plan) if entry.pr not in named]
    return _Graph(plan=plan, nodes=tuple(dict.fromkeys([*tied, *named, *alone])), edges=edges)


def _edges(entry: Entry) -> Iterator[Edge]:
    for number in dict.fromkeys((*entry.depends_on, *entry.stacked_on)):
        yield Edge(first=number, then=entry.pr, stacked=number in entry.stacked_on)
    for name in entry.missing_agents:
        yield Edge(first=name, then=entry.pr)


def _lines(drawn: _Graph) -> Iterator[str]:
    yield "flowchart LR"
    ids = {node: f"p{node}" if isinstance(node, int) else f"a{at}" for at, node in enumerate(drawn.nodes)}
    used: dict[str, None] = {}
    entries = render.by_number(drawn.plan)
    for node in drawn.nodes:
        entry = entries.get(node) if isinstance(node, int) else None
        label, style = _absent(node, drawn.plan) if entry is None else _shown(entry)
        used[style] = None
        yield f'  {ids[node]}["{label}"]:::{style}'
    for edge in drawn.edges:
        yield f"  {ids[edge.first]} {'-.->' if edge.stacked else '-->'} {ids[edge.then]}"
    for style in used:
        yield f"  classDef {style} {STYLES[style]}"


def _shown(entry: Entry) -> tuple[str, str]:
    """The label and the class of a PR's node."""
    return f"#35;{entry.pr} {escape(render.name(entry))}<br/>{entry.state}", entry.state.value


def _absent(node: Node, plan: Plan) -> tuple[str, str]:
    """The label and the class of a node that no open PR into base stands behind."""
    if isinstance(node, str):
        return f"{escape(node)}<br/>no pull request yet", "missing"
    if _is_open_elsewhere(node, plan):
        return f"#35;{node}<br/>not in this queue", EntryState.IGNORED.value
    agent = next((name for name, number in plan.landed.items() if number == node), "")
    return f"#35;{node} {escape(agent)}<br/>merged", "merged"


def _is_open_elsewhere(number: PrNumber, plan: Plan) -> bool:
    """Whether a PR that is no entry still blocks one: it is open into another branch, so it has not landed."""
    verdicts = (render.verdict_of(entry, CriterionName.DEPENDENCIES_MERGED) for entry in plan.entries)
    blocking = (verdict for verdict in verdicts if verdict is not None and not isinstance(verdict, Pass))
    return any(number in verdict.evidence.prs for verdict in blocking)


def escape(text: str) -> str:
    """A name inside a quoted label: everything but letters, digits and spaces is a numbered entity of Mermaid's.

    So no quote, bracket, comment, link, HTML or Markdown of a stranger is left to act.
    """
    shown = safe.line(text).strip()
    shown = shown if len(shown) <= LABEL else f"{shown[: LABEL - 1]}…"
    escaped = "".join(char if _is_plain(char) else f"#{ord(char)};" for char in shown)
    # Mermaid looks for formulas in the finished label, where an entity no longer helps.
    return escaped.replace("#36;#36;", f"#36;{safe.WORD_JOINER}#36;").replace("#36;#36;", f"#36;{safe.WORD_JOINER}#36;")


def _is_plain(char: str) -> bool:
    return char in _PLAIN or (not char.isascii() and unicodedata.category(char)[0] == "L")
