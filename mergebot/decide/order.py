"""The forecast order, who collides with whom, and what git foresees (contract 4.1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mergebot.decide.agents import Claims
from mergebot.decide.answers import Answers
from mergebot.decide.conflicts import Due
from mergebot.decide.criteria import Judged
from mergebot.decide.dependencies import Tangle
from mergebot.decide.glob import path_matches_any
from mergebot.decide.graph import inherited, line_up
from mergebot.decide.index import Index
from mergebot.decide.needs import Needs
from mergebot.decide.rebasing import obstacle, tips_of
from mergebot.decide.waves import wave_of
from mergebot.model.ids import PrNumber
from mergebot.model.plan import Clash, EntryState
from mergebot.model.questions import (
    Clean,
    Collided,
    Collision,
    Collisions,
    ConflictedPath,
    Conflicts,
    Forecast,
    Landing,
    Link,
    Nothing,
    Unanswered,
)
from mergebot.model.snapshot import PullRequest

_UNITED = ("content", "add/add")
"""The kinds of conflict that keeping both sides' lines solves."""

Foreseen = Clean | Nothing | Conflicts | Unanswered


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """Who comes when. `collisions`: pairs that each land, but not both."""

    order: tuple[PrNumber, ...]
    collisions: tuple[Collision, ...]


def find_order(
    index: Index,
    claims: Claims,
    needs: Mapping[PrNumber, Needs],
    tangle: Tangle,
    judged: Mapping[PrNumber, Judged],
    answers: Answers,
) -> Line:
    """The merge order of all requested entries that no failure keeps out, and every collision."""
    edges = _candidates(index, needs, tangle, judged)
    collisions = _collisions(index, judged, answers)
    clashes: dict[PrNumber, set[PrNumber]] = {}
    for pair in collisions:
        if pair.a in edges and pair.b in edges:
            clashes.setdefault(pair.a, set()).add(pair.b)
            clashes.setdefault(pair.b, set()).add(pair.a)
    return Line(order=line_up(edges, _keys(index, claims, edges, tangle.order), clashes), collisions=collisions)


def _candidates(
    index: Index, needs: Mapping[PrNumber, Needs], tangle: Tangle, judged: Mapping[PrNumber, Judged]
) -> dict[PrNumber, tuple[PrNumber, ...]]:
    """Entries that are ready or waiting, and whose open dependencies are too, with those dependencies."""
    going = {n for n, entry in judged.items() if entry.state in (EntryState.READY, EntryState.WAITING)}
    if not index.pulls.policy.criteria.dependencies_merged:
        # Then dependencies only say who is first where both go; a circle says nothing.
        return {n: () if n in tangle.cycle_of else needs[n].open for n in sorted(going)}
    found: dict[PrNumber, tuple[PrNumber, ...]] = {}
    for number in tangle.order:
        need = needs[number]
        if number in going and not need.outside and all(other in found for other in need.open):
            found[number] = need.open
    return found


def _keys(
    index: Index, claims: Claims, edges: Mapping[PrNumber, tuple[PrNumber, ...]], order: Sequence[PrNumber]
) -> dict[PrNumber, tuple[int, int]]:
    """Priority label first, inherited by what it waits for, then the wave; PRs of no wave come last."""
    queue = index.pulls.policy.queue
    waves = wave_of(index.pulls.snapshot.dependencies)
    last = len(index.pulls.snapshot.dependencies.merge_order)
    labels = {label.casefold(): priority for label, priority in queue.priority_labels.items()}
    own = {n: _priority(index.entries[n], labels) for n in edges}
    priorities = inherited(edges, own, order) if any(own.values()) else own
    agents = claims.agent
    return {n: (-priorities[n], waves.get(agents[n], last) if n in agents else last) for n in edges}


def _priority(pr: PullRequest, labels: Mapping[str, int]) -> int:
    return max((labels[low] for label in pr.labels if (low := label.casefold()) in labels), default=0)


def _collisions(index: Index, judged: Mapping[PrNumber, Judged], answers: Answers) -> tuple[Collision, ...]:
    """Asked once everything is known of each PR by itself, for the question names all that land."""
    links = tuple(
        Link(pr=number, head=entry.pr.head.sha, excluded=entry.landable.excluded)
        for number, entry in judged.items()
        if entry.landable.tree is not None and entry.landable.due is not Due.UNION
    )
    if answers.missing or len(links) < 2:  # noqa: PLR2004 (a pair)
        return ()
    answer = answers.ask(Collisions(base=index.pulls.snapshot.base.sha, links=links))
    pairs = answer.pairs if isinstance(answer, Collided) else ()
    return tuple(pair for pair in pairs if not all(is_united(index, n, pair.paths) for n in (pair.a, pair.b)))


def is_united(index: Index, number: PrNumber, paths: Iterable[ConflictedPath]) -> bool:
    """Whether a PR that conflicts in these paths is rebased with both sides' lines, so that it lands all the same."""
    union = index.pulls.policy.rebase.union_paths
    inside = all(path.kind in _UNITED and path_matches_any(union, path.path) for path in paths)
    return bool(union) and inside and not obstacle(index.entries[number], index)


def foresee(
    index: Index,
    needs: Mapping[PrNumber, Needs],
    judged: Mapping[PrNumber, Judged],
    order: Sequence[PrNumber],
    answers: Answers,
) -> dict[PrNumber, Foreseen]:
    """What becomes of each when they land in this order; nothing is known of any if git could not say."""
    if answers.missing or not order:
        return {}
    links = tuple(_link(index, needs[number], judged[number]) for number in order)
    answer = answers.ask(Forecast(base=index.pulls.snapshot.base.sha, links=links))
    if not isinstance(answer, Landing) or len(answer.links) != len(links):
        return {}
    return dict(zip(order, answer.links, strict=True))


def _link(index: Index, needs: Needs, entry: Judged) -> Link:
    """By the ordinary merge, unless it will have been rebased by then, which GitHub itself does to a native stack."""
    pr = entry.pr
    if not needs.open:
        return Link(pr=pr.number, head=pr.head.sha, excluded=entry.landable.excluded)
    excluded = dict.fromkeys(entry.landable.excluded)
    if pr.native is not None or (index.pulls.policy.rebase.dependents and not obstacle(pr, index)):
        for number in needs.open:
            for tip in tips_of(index.entries[number]):
                excluded[tip] = None
    return Link(pr=pr.number, head=pr.head.sha, excluded=tuple(excluded))


def clashes(index: Index, order: Iterable[PrNumber], foreseen: Mapping[PrNumber, Foreseen]) -> tuple[Clash, ...]:
    """Who would conflict when its turn comes, with what lands before it."""
    return tuple(
        Clash(pr=number, paths=found.paths)
        for number in order
        if isinstance(found := foreseen.get(number), Conflicts) and not is_united(index, number, found.paths)
    )
