"""Where a PR stands among the others: its place in line, what it waits for, what it will conflict with.

The place is coarse, so that one merge changes what is said of a few PRs and not of all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mergebot.model.ids import AgentName, PrNumber
from mergebot.model.plan import CriterionName, Entry, Pending, Plan
from mergebot.report.render import lone_clashes, verdict_of

SOON = 10


class Place(StrEnum):
    """How near a PR is to its turn."""

    NEXT = "next"
    SECOND = "second"
    THIRD = "third"
    NEXT_TEN = "next_ten"
    LATER = "later"


PLACE_WORDS = {
    Place.NEXT: "next in line",
    Place.SECOND: "second in line",
    Place.THIRD: "third in line",
    Place.NEXT_TEN: "among the next ten in line",
    Place.LATER: "ten or more are before it in line",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rival:
    """What will conflict once one of the two has landed: another PR, or (None) what lands before it together."""

    pr: PrNumber | None
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where one PR stands.

    `place`: None where it is not in line (not requested, blocked, held, or behind one that is). `after`: who lands
    right before it, for those that are near. `notes`: what someone should know although nothing fails.
    """

    place: Place | None = None
    after: PrNumber | None = None
    waits_for: tuple[PrNumber, ...] = ()
    waits_for_agents: tuple[AgentName, ...] = ()
    rivals: tuple[Rival, ...] = ()
    notes: tuple[str, ...] = ()


def standings(plan: Plan) -> Mapping[PrNumber, Standing]:
    """Where every open PR stands."""
    places = {number: at for at, number in enumerate(plan.order)}
    rivals = _rivals(plan)
    notes: dict[str, list[str]] = {}
    for problem in plan.problems:
        notes.setdefault(problem.where, []).append(problem.message)
    found = {}
    for entry in plan.entries:
        at = places.get(entry.pr)
        place = None if at is None else _place(at)
        found[entry.pr] = Standing(
            place=place,
            after=plan.order[at - 1] if at and place in (Place.SECOND, Place.THIRD) else None,
            waits_for=_waits_for(entry),
            waits_for_agents=entry.missing_agents,
            rivals=tuple(rivals.get(entry.pr, ())),
            notes=tuple(notes.get(f"#{entry.pr}", ())),
        )
    return found


def _place(at: int) -> Place:
    near = (Place.NEXT, Place.SECOND, Place.THIRD)
    if at < len(near):
        return near[at]
    return Place.NEXT_TEN if at < SOON else Place.LATER


def _waits_for(entry: Entry) -> tuple[PrNumber, ...]:
    """The open PRs that have to land first."""
    verdict = verdict_of(entry, CriterionName.DEPENDENCIES_MERGED)
    return verdict.evidence.prs if isinstance(verdict, Pending) else ()


def _rivals(plan: Plan) -> Mapping[PrNumber, list[Rival]]:
    """Of pairs only those of which both are asked for; who conflicts with several at once is told so."""
    requested = {entry.pr for entry in plan.entries if entry.position is not None}
    found: dict[PrNumber, list[Rival]] = {}
    for pair in plan.conflicts:
        if {pair.a, pair.b} <= requested:
            files = tuple(path.path for path in pair.paths)
            found.setdefault(pair.a, []).append(Rival(pr=pair.b, files=files))
            found.setdefault(pair.b, []).append(Rival(pr=pair.a, files=files))
    for clash in lone_clashes(plan):
        files = tuple(path.path for path in clash.paths)
        found.setdefault(clash.pr, []).append(Rival(pr=None, files=files))
    return found
