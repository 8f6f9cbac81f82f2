"""The dependency graph as a tree in text: who must land first stands above, what waits for it hangs below."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mergebot.model.ids import AgentName, PrNumber
from mergebot.model.plan import Entry, Plan
from mergebot.report import render

Node = PrNumber | AgentName
"""A PR, or an agent that has none yet."""

DEEPEST = 8
"""Deeper chains go on as a tree of their own, so that a line keeps its room at 80 columns."""

UTF8_GUIDES = ("├── ", "└── ", "│   ", "    ")
ASCII_GUIDES = ("|-- ", "`-- ", "|   ", "    ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Branching:
    """One line of the tree: the guides before it, and the text."""

    guides: str
    text: str
    node: Node


def tree(plan: Plan, *, ascii_only: bool = False) -> tuple[Branching, ...]:
    """The lines of the tree, each shared PR once and then referred to; empty when nothing depends on anything."""
    entries = render.by_number(plan)
    children = _children(plan, entries)
    below = {child for kids in children.values() for child in kids}
    roots = [node for node in children if node not in below]
    # Members of a cycle are below each other; each cycle that no root leads to starts at its first member.
    starts = [*roots, *(node for node in children if node in below)]
    return tuple(_Drawing(entries, children, ASCII_GUIDES if ascii_only else UTF8_GUIDES).draw(starts))


def _children(plan: Plan, entries: Mapping[PrNumber, Entry]) -> dict[Node, list[Node]]:
    """What waits directly for each node, in queue order; only nodes that something waits for have a list."""
    children: dict[Node, list[Node]] = {}
    for entry in (*render.queue(plan), *render.ignored(plan)):
        needed: list[Node] = [number for number in entry.depends_on if number in entries]
        for node in (*needed, *entry.missing_agents):
            children.setdefault(node, []).append(entry.pr)
    return children


class _Drawing:
    """Draws without recursion: a chain of thousands is a chain, not a crash."""

    def __init__(
        self, entries: Mapping[PrNumber, Entry], children: Mapping[Node, list[Node]], guides: tuple[str, str, str, str]
    ) -> None:
        self.entries = entries
        self.children = children
        self.guides = guides
        self.drawn: set[Node] = set()

    def draw(self, starts: list[Node]) -> Iterator[Branching]:
        """Every start that no earlier tree has shown, with what hangs below it."""
        waiting = list(reversed(starts))
        while waiting:
            node = waiting.pop()
            if node not in self.drawn:
                yield from self._tree(node, waiting)

    def _tree(self, root: Node, later: list[Node]) -> Iterator[Branching]:
        tee, corner, bar, gap = self.guides
        stack: list[tuple[Node, str, str]] = [(root, "", "")]
        while stack:
            node, lead, rest = stack.pop()
            depth = len(rest) // len(gap)
            note = self._note(node, depth, later)
            yield Branching(guides=lead, text=self._label(node) + note, node=node)
            if note:
                continue
            self.drawn.add(node)
            kids = self.children.get(node, [])
            for kid in reversed(kids):
                last = kid == kids[-1]
                stack.append((kid, rest + (corner if last else tee), rest + (gap if last else bar)))

    def _note(self, node: Node, depth: int, later: list[Node]) -> str:
        """Where the rest is, when it is not drawn here."""
        if not self.children.get(node):
            return ""
        if node in self.drawn:
            return " (see above)"
        if depth >= DEEPEST:
            later.append(node)
            return " (goes on below)"
        return ""

    def _label(self, node: Node) -> str:
        if isinstance(node, str):
            return f"{node} (no pull request yet)"
        entry = self.entries[node]
        return f"#{node} {render.name(entry)}"
