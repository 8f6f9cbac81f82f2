"""Cycles in a graph: every tangle once, by its shortest cycle. No recursion, so a chain may have any length."""

from collections.abc import Iterator, Mapping, Sequence

Graph = Mapping[str, Sequence[str]]
"""Each node with what it depends on; a node that is only depended on may be missing."""


def components(graph: Graph) -> list[list[str]]:
    """The strongly connected components, each after all that it depends on."""
    return _Components(graph).found


def shortest_cycles(graph: Graph) -> list[list[str]]:
    """The shortest cycle of every component that has one, without nodes that depend on themselves alone.

    Each cycle begins with the node that the graph lists first.
    """
    order = {node: place for place, node in enumerate(graph)}
    cycles = []
    for component in components(graph):
        if len(component) > 1:
            members = set(component)
            listed = sorted(component, key=order.__getitem__)
            within = {node: [needed for needed in graph[node] if needed in members] for node in listed}
            cycle = _shortest_cycle(within)
            start = cycle.index(min(cycle, key=order.__getitem__))
            cycles.append(cycle[start:] + cycle[:start])
    return sorted(cycles, key=lambda cycle: order[cycle[0]])


class _Components:
    """Tarjan's algorithm with a stack of its own."""

    def __init__(self, graph: Graph) -> None:
        self.found: list[list[str]] = []
        self._graph = graph
        self._number: dict[str, int] = {}  # in order of discovery
        self._lowest: dict[str, int] = {}  # the earliest node known to be reachable
        self._pending: list[str] = []  # discovered, but in no component yet
        self._settled: set[str] = set()
        self._path: list[tuple[str, Iterator[str]]] = []
        for root in graph:
            if root not in self._number:
                self._explore(root)

    def _explore(self, root: str) -> None:
        self._enter(root)
        while self._path:
            node, rest = self._path[-1]
            for needed in rest:
                if needed not in self._number:
                    self._enter(needed)
                    break
                if needed not in self._settled:
                    self._lowest[node] = min(self._lowest[node], self._number[needed])
            else:
                self._leave(node)

    def _enter(self, node: str) -> None:
        self._number[node] = self._lowest[node] = len(self._number)
        self._pending.append(node)
        self._path.append((node, iter(self._graph.get(node, ()))))

    def _leave(self, node: str) -> None:
        self._path.pop()
        if self._path:
            above = self._path[-1][0]
            self._lowest[above] = min(self._lowest[above], self._lowest[node])
        if self._lowest[node] == self._number[node]:
            component: list[str] = []
            while not component or component[-1] != node:
                component.append(self._pending.pop())
            self._settled.update(component)
            self.found.append(component)


def _shortest_cycle(graph: Graph) -> list[str]:
    """The shortest cycle of a strongly connected graph.

    It is enough to look for the way back to the nodes of a set that every cycle runs through. Three such sets are
    cheap to find; one is small in a long ring, one in a graph of layers, one where the file has an order of its own.
    In a dense graph all are large, but its cycles are short, and the search for a shorter one soon ends.
    """
    best: list[str] = []
    for start in min(_depth_first_set(graph), _breadth_first_set(graph), _listed_before(graph), key=len):
        best = _way_back(graph, start, shorter_than=len(best)) or best
        if len(best) == 2:  # noqa: PLR2004 (two nodes: there is nothing shorter)
            break
    return best


def _depth_first_set(graph: Graph) -> list[str]:
    """The nodes that a depth-first search finds again on its own path."""
    targets: dict[str, None] = {}
    root = next(iter(graph))
    seen, on_path = {root}, {root}
    path = [(root, iter(graph[root]))]
    while path:
        node, rest = path[-1]
        for needed in rest:
            if needed in on_path:
                targets[needed] = None
            elif needed not in seen:
                seen.add(needed)
                on_path.add(needed)
                path.append((needed, iter(graph[needed])))
                break
        else:
            path.pop()
            on_path.remove(node)
    return list(targets)


def _breadth_first_set(graph: Graph) -> list[str]:
    """The nodes that an edge reaches which does not lead away from the root of a breadth-first search."""
    root = next(iter(graph))
    level = {root: 0}
    queue = [root]
    for node in queue:  # which grows meanwhile
        for needed in graph[node]:
            if needed not in level:
                level[needed] = level[node] + 1
                queue.append(needed)
    return list({needed: None for node in queue for needed in graph[node] if level[needed] <= level[node]})


def _listed_before(graph: Graph) -> list[str]:
    """The nodes that an edge reaches from a node that is listed after them."""
    place = {node: number for number, node in enumerate(graph)}
    return list({needed: None for node in graph for needed in graph[node] if place[needed] < place[node]})


def _way_back(graph: Graph, start: str, *, shorter_than: int) -> list[str]:
    """The shortest cycle through a node, breadth first; empty if none is shorter (0: of any length)."""
    came_from = {start: start}
    ring, length = [start], 1
    while ring and (not shorter_than or length < shorter_than):
        outer = []
        for node in ring:
            for needed in graph[node]:
                if needed == start:
                    return _walk_back(came_from, node)
                if needed not in came_from:
                    came_from[needed] = node
                    outer.append(needed)
        ring, length = outer, length + 1
    return []


def _walk_back(came_from: Mapping[str, str], node: str) -> list[str]:
    walk = [node]
    while came_from[walk[-1]] != walk[-1]:
        walk.append(came_from[walk[-1]])
    return walk[::-1]
