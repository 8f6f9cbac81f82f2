"""The criterion `dependencies_merged` (contract 2.3, 3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from mergebot.decide.agents import Claims
from mergebot.decide.codes import Code
from mergebot.decide.graph import find_cycles, needed_by, sort_out
from mergebot.decide.index import Index
from mergebot.decide.needs import Needs
from mergebot.decide.words import listed, numbered
from mergebot.model.ids import PrNumber
from mergebot.model.plan import Evidence, Fail, Pass, Pending, Verdict

_OFF = Pass(code=Code.DEPENDENCIES_OFF, reason="turned off by dependencies_merged: false")
_NONE = Pass(code=Code.DEPENDENCIES_NONE, reason="it depends on nothing")
_FAULTS_SHOWN = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Tangle:
    """`order`: dependencies first. The others can never land: in a cycle, or behind one; `cycle_of`: which one."""

    order: tuple[PrNumber, ...]
    inside: frozenset[PrNumber]
    cycle_of: Mapping[PrNumber, tuple[PrNumber, ...]]


def find_tangle(needs: Mapping[PrNumber, Needs]) -> Tangle:
    """Find every cycle, and what depends on one; nothing else is blocked by it (contract 2.3)."""
    edges = {number: need.open for number, need in needs.items()}
    sorted_out = sort_out(edges)
    caught = sorted_out.caught
    if not caught:
        return Tangle(order=sorted_out.order, inside=frozenset(), cycle_of={})
    cycles = find_cycles(edges, caught)
    cycle_of = dict(cycles)
    waiting = needed_by({number: edges[number] for number in caught})
    behind = sorted(cycles)
    for number in behind:
        for other in waiting.get(number, ()):
            if other not in cycle_of:
                cycle_of[other] = cycle_of[number]
                behind.append(other)
    return Tangle(order=sorted_out.order, inside=frozenset(cycles), cycle_of=cycle_of)


def dependencies_merged(number: PrNumber, needs: Needs, claims: Claims, tangle: Tangle, index: Index) -> Verdict:
    """All dependencies hold; whose PR it is must be clear, for that says what they are."""
    fault = claims.faults.get(number)
    if isinstance(fault, Fail):
        return fault
    if not index.pulls.policy.criteria.dependencies_merged:
        return _OFF
    if needs.faults:
        return _faults(needs.faults)
    if number in tangle.cycle_of:
        return _circle(number, tangle)
    if fault is not None:
        return fault
    if needs.open or needs.outside:
        return _open(needs, claims, index)
    if needs.missing:
        reason = f"waits for {_awaited(needs)}"
        return Pending(code=Code.DEPENDENCIES_AWAITED, reason=reason)
    if not needs.merged:
        return _NONE
    reason = f"landed: {numbered(needs.merged)}"
    return Pass(code=Code.DEPENDENCIES_MERGED, reason=reason, evidence=Evidence(prs=needs.merged))


def _faults(faults: tuple[Fail, ...]) -> Fail:
    """The first fault decides on the code; the reason has the first few."""
    words = "; ".join(fault.reason for fault in faults[:_FAULTS_SHOWN])
    more = f"; and {len(faults) - _FAULTS_SHOWN} more" if len(faults) > _FAULTS_SHOWN else ""
    prs = tuple(sorted({number for fault in faults for number in fault.evidence.prs}))
    return Fail(code=faults[0].code, reason=words + more, evidence=Evidence(prs=prs))


def _circle(number: PrNumber, tangle: Tangle) -> Fail:
    cycle = tangle.cycle_of[number]
    shown = " -> ".join(f"#{n}" for n in cycle) if len(cycle) <= 10 else f"{numbered(cycle)} and back"  # noqa: PLR2004 (what fits a line)
    if number in cycle:
        reason = f"it depends on itself in a circle, {shown}: take one of these dependencies out"
    elif number in tangle.inside:
        reason = f"it is in a knot of circles, one is {shown}: take one of these dependencies out"
    else:
        reason = f"it depends on a circle that can never land, {shown}: take one of these dependencies out"
    return Fail(code=Code.DEPENDENCIES_CYCLE, reason=reason, evidence=Evidence(prs=tuple(sorted(set(cycle)))))


def _open(needs: Needs, claims: Claims, index: Index) -> Pending:
    names = (f"#{n} ({claims.agent[n]})" if n in claims.agent else f"#{n}" for n in needs.open)
    parts = [listed(names)] if needs.open else []
    parts += [f"#{n}, which is open into {index.pulls.open[n].base}" for n in needs.outside[:_FAULTS_SHOWN]]
    parts += [_awaited(needs)] if needs.missing else []
    evidence = Evidence(prs=needs.open + needs.outside)
    return Pending(code=Code.DEPENDENCIES_OPEN, reason=f"waits for {'; '.join(parts)}", evidence=evidence)


def _awaited(needs: Needs) -> str:
    return f"{listed(needs.missing)} to open a pull request"
