"""The graph of what must land before what: cycles, priorities, and the merge order. No recursion, no policy."""

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mergebot.model.ids import PrNumber

Edges = Mapping[PrNumber, Collection[PrNumber]]
"""What each PR needs; PRs that are no key are left out."""

_CYCLES_SHOWN = 20
"""For so many PRs of one tangle the shortest cycle is looked for; the others are shown one of these."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sorted:
    """`order`: dependencies first. `caught`: PRs in a cycle, or that depend on one."""

    order: tuple[PrNumber, ...]
    caught: frozenset[PrNumber]


def needed_by(needs: Edges) -> dict[PrNumber, list[PrNumber]]:
    """The other way round: who waits for whom."""
    waiting: dict[PrNumber, list[PrNumber]] = {number: [] for number in needs}
    for number, needed in needs.items():
        for other in needed:
            if other in waiting:
                waiting[other].append(number)
    return waiting


def _counts(waiting: Mapping[PrNumber, list[PrNumber]]) -> dict[PrNumber, int]:
    """For how many each waits."""
    left = dict.fromkeys(waiting, 0)
    for dependents in waiting.values():
        for number in dependents:
            left[number] += 1
    return left


def sort_out(needs: Edges) -> Sorted:
    """Put dependencies first; what can never come is caught."""
    waiting = needed_by(needs)
    left = _counts(waiting)
    order = [number for number, count in left.items() if not count]
    for number in order:
        for other in waiting[number]:
            left[other] -= 1
            if not left[other]:
                order.append(other)
    return Sorted(order=tuple(order), caught=frozenset(number for number, count in left.items() if count))


def find_cycles(needs: Edges, caught: Collection[PrNumber]) -> dict[PrNumber, tuple[PrNumber, ...]]:
    """A short cycle for each PR that is in one, as the PRs along it, the smallest first, which comes last again."""
    inner = {number: [other for other in needs[number] if other in caught] for number in sorted(caught)}
    found: dict[PrNumber, tuple[PrNumber, ...]] = {}
    for component in components(inner):
        if len(component) == 1:
            continue
        members = set(component)
        edges = {number: [other for other in inner[number] if other in members] for number in component}
        searches = 0
        for number in sorted(component):
            if number in found:
                continue
            cycle = _turned(_shortest_cycle(edges, number))
            searches += 1
            found.update(dict.fromkeys(members - found.keys() if searches == _CYCLES_SHOWN else cycle, cycle))
    return found


def components(needs: Edges) -> list[list[PrNumber]]:
    """The strongly connected components (Tarjan's algorithm, with a stack of our own)."""
    place: dict[PrNumber, int] = {}
    low: dict[PrNumber, int] = {}
    stack: list[PrNumber] = []
    done: list[list[PrNumber]] = []
    closed: set[PrNumber] = set()
    for root in needs:
        if root in place:
            continue
        place[root] = low[root] = len(place)
        stack.append(root)
        work = [(root, iter(needs[root]))]
        while work:
            number, rest = work[-1]
            for other in rest:
                if other not in place:
                    place[other] = low[other] = len(place)
                    stack.append(other)
                    work.append((other, iter(needs[other])))
                    break
                if other not in closed:
                    low[number] = min(low[number], place[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[number])
                if low[number] == place[number]:
                    done.append(_popped(stack, number))
                    closed.update(done[-1])
    return done


def _popped(stack: list[PrNumber], last: PrNumber) -> list[PrNumber]:
    component = [stack.pop()]
    while component[-1] != last:
        component.append(stack.pop())
    return component


def _shortest_cycle(needs: Edges, start: PrNumber) -> list[PrNumber]:
    """From `start` back to it, breadth first."""
    came: dict[PrNumber, PrNumber] = {}
    queue = [start]
    for number in queue:
        for other in needs[number]:
            if other == start:
                path = [number]
                while path[-1] != start:
                    path.append(came[path[-1]])
                return path[::-1]
            if other not in came:
                came[other] = number
                queue.append(other)
    return [start]


def _turned(cycle: list[PrNumber]) -> tuple[PrNumber, ...]:
    at = cycle.index(min(cycle))
    return (*cycle[at:], *cycle[:at], cycle[at])


def inherited(needs: Edges, own: Mapping[PrNumber, int], order: Sequence[PrNumber]) -> dict[PrNumber, int]:
    """Priorities, a PR's raised to the highest of those that wait for it (contract 2.4, `priority_labels`).

    `order`: dependencies first; PRs that are no key of `needs` are passed over.
    """
    found = dict(own)
    for number in reversed(order):
        for other in needs.get(number, ()):
            if other in found and found[other] < found[number]:
                found[other] = found[number]
    return found


def line_up(
    needs: Edges,
    keys: Mapping[PrNumber, tuple[int, ...]],
    clashes: Mapping[PrNumber, Collection[PrNumber]],
) -> tuple[PrNumber, ...]:
    """The merge order: dependencies first; who is in a cycle never comes (contract 4.1).

    Among those whose turn it could be the smallest key comes first, then the one with the fewest conflicts with those
    still in line (`clashes`: who conflicts with whom, both ways), then the smallest number.
    """
    waiting = needed_by(needs)
    left = _counts(waiting)
    against = {number: {other for other in others if other in needs} for number, others in clashes.items()}

    def ticket(number: PrNumber) -> tuple[tuple[int, ...], int, PrNumber]:
        return (keys[number], len(against[number]) if number in against else 0, number)

    heap = [ticket(number) for number, count in left.items() if not count]
    heapq.heapify(heap)
    order: list[PrNumber] = []
    gone: set[PrNumber] = set()
    while heap:
        number = heapq.heappop(heap)[-1]
        if number in gone:
            continue  # an old ticket: it had moved up since
        gone.add(number)
        order.append(number)
        moved: list[PrNumber] = []
        if number in against:
            moved = [other for other in against.pop(number) if not left[other]]
            for other in clashes[number]:
                against.get(other, set()).discard(number)
        for other in waiting[number]:
            left[other] -= 1
            if not left[other]:
                moved.append(other)
        for other in moved:
            heapq.heappush(heap, ticket(other))
    return tuple(order)
