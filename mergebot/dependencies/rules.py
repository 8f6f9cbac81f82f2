"""What must hold between the names of dependencies.json: no cycle, no wave that comes too early, no likely typo."""

from typing import NamedTuple

from mergebot.dependencies.cycles import Graph, components, shortest_cycles
from mergebot.dependencies.reading import Draft
from mergebot.located.value import Report
from mergebot.located.words import quoted, shown

_SHORTEST_TYPO, _LONGEST_TYPO = 5, 64
"""Short names are near each other by nature, and long ones are not typed by hand."""

_LONGEST_WAY = 10


def check_cycles(draft: Draft, report: Report) -> None:
    """Every tangle of agents that wait for each other, by its shortest cycle, whole (contract 2.1)."""
    for cycle in shortest_cycles(_graph(draft)):
        last, first = cycle[-1], cycle[0]
        way = arrows([*cycle, first])
        message = f"a cycle of {len(cycle)} agents, each waiting for the next: {way}"
        report.error(draft.needs[last][first], message, "remove one of these dependencies")


def check_merge_order(draft: Draft, report: Report) -> None:
    """No agent may be in an earlier wave than one it depends on, be it through agents in no wave (contract 2.1)."""
    wave_of = {name: number for number, wave in enumerate(draft.waves, start=1) for name, _ in wave}
    latest = _latest_needs(_graph(draft), wave_of)
    for number, wave in enumerate(draft.waves, start=1):
        for name, at in wave:
            for needed in draft.needs.get(name, ()):
                need = _Need(wave_of[needed], needed, needed) if needed in wave_of else latest.get(needed)
                if need is not None and need.wave > number:
                    late = quoted(need.last)
                    report.error(
                        at,
                        f"`merge_order` contradicts the dependencies: {quoted(name)} is in wave {number}, but depends "
                        f"on {late} of wave {need.wave} ({_way(name, needed, latest)})",
                        f"move {late} to wave {number} or earlier, or {quoted(name)} to wave {need.wave} or later",
                    )


def check_typos(draft: Draft, report: Report) -> None:
    """Warn of a name that is depended on once, is nowhere else, and is one slip away from one other name."""
    known = {*draft.keys, *draft.agents, *(name for wave in draft.waves for name, _ in wave)}
    mentions: dict[str, list[tuple[str, str]]] = {}
    for name, needs in draft.needs.items():
        for needed in needs:
            mentions.setdefault(needed, []).append((name, needed))
    suspects = {name: uses[0][0] for name, uses in mentions.items() if len(uses) == 1 and name not in known}
    if not suspects:
        return
    near = _Near({*known, *mentions} - suspects.keys())
    for name, user in suspects.items():
        meant = near.find(name)
        if len(meant) == 1:
            message = f"{quoted(name)} is named only here"
            report.warn(draft.needs[user][name], message, f"did you mean {quoted(meant.pop())}?")


def arrows(names: list[str]) -> str:
    """`a -> b -> c`: a depends on b, b on c."""
    return " -> ".join(shown(name) for name in names)


def _graph(draft: Draft) -> Graph:
    return {name: list(needs) for name, needs in draft.needs.items()}


class _Need(NamedTuple):
    """The latest wave that an agent in no wave waits for, the agent in it, and the next one on the way there."""

    wave: int
    last: str
    through: str


def _latest_needs(graph: Graph, wave_of: dict[str, int]) -> dict[str, _Need]:
    """For every agent in no wave. Agents in a cycle know only part of it: the cycle is an error of its own."""
    latest: dict[str, _Need] = {}
    for component in components(graph):
        for name in component:
            if name not in wave_of:
                needs = [needed for needed in graph.get(name, ()) if needed in wave_of or needed in latest]
                options = [
                    _Need(wave_of[needed], needed, needed)
                    if needed in wave_of
                    else latest[needed]._replace(through=needed)
                    for needed in needs
                ]
                if options:
                    latest[name] = max(options, key=lambda option: option.wave)
    return latest


def _way(name: str, needed: str, latest: dict[str, _Need]) -> str:
    """The agents from one to the other; of a long way only the first and the last."""
    way = [name, needed]
    while way[-1] in latest:
        if len(way) == _LONGEST_WAY:
            return f"{arrows(way)} -> … -> {shown(latest[way[-1]].last)}"
        way.append(latest[way[-1]].through)
    return arrows(way)


class _Near:
    """Finds names that differ by one letter added, lost, replaced or by two swapped, in time linear in their length."""

    def __init__(self, names: set[str]) -> None:
        self._by_trunk: dict[str, set[str]] = {}
        for name in names:
            for trunk in _trunks(name):
                self._by_trunk.setdefault(trunk, set()).add(name)

    def find(self, name: str) -> set[str]:
        """The names that are one slip away; a slip in a digit is none: `agent-1` and `agent-2` are two agents."""
        near = {other for trunk in _trunks(name) for other in self._by_trunk.get(trunk, ())}
        return {other for other in near if _one_slip(name, other)}


def _trunks(name: str) -> set[str]:
    """The name, and what is left of it when one letter is lost."""
    if not _SHORTEST_TYPO <= len(name) <= _LONGEST_TYPO:
        return set()
    return {name, *(name[:i] + name[i + 1 :] for i in range(len(name)))}


def _one_slip(a: str, b: str) -> bool:
    """Whether one edit makes one name of the other, in letters."""
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    if any(character.isdigit() for character in a + b):
        return False
    return max(len(a), len(b)) <= 1 or (len(a) == len(b) == 2 and a == b[::-1])  # noqa: PLR2004 (two letters swapped)
