"""What happened to the base of a PR: an approval is of what was to be seen then, and that depends on the base.

Whoever may push can have a change to some other branch approved, and then point the PR at base: with the same head it
brings all that the other branch has. Only a branch whose own PR has landed hides nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mergebot.forge.github.parse_checks import seconds
from mergebot.forge.github.people import People
from mergebot.model.ids import Branch, PrNumber

Node = Mapping[str, Any]
_CHANGES: Final = {"BaseRefChangedEvent": "previousRefName", "AutomaticBaseChangeSucceededEvent": "oldBase"}
_EVER: Final = float("inf")


@dataclass(frozen=True, kw_only=True, slots=True)
class BaseEvent:
    """At `at` (UTC seconds) the base was changed from `old`; None: it stayed, but was rewritten or deleted."""

    at: float
    old: Branch | None
    by_me: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Bases:
    """What is known of the base that a PR had. `since`: what was before is not known. `now`: the present one.

    `landed`: when the PRs of branches were merged into base, the last one of each branch.
    """

    now: Branch
    landed: Mapping[Branch, float]
    events: Sequence[BaseEvent] = ()
    since: float = 0.0

    def is_same_change(self, when: float) -> bool:
        """Whether what was to be seen then is what would land now, as far as the base tells.

        Its base is what it was, or was the branch of a PR that has landed since, and was not rewritten before that.
        """
        later = [event for event in self.events if event.at >= when]
        change = next((event for event in later if event.old is not None), None)
        if when < self.since:
            return False
        if change is None or change.old is None or change.old == self.now:
            return True
        landed = self.landed.get(change.old)
        if landed is None or (landed < when and not change.by_me):
            return False
        until = landed if when <= landed else change.at
        return not any(event.old is None and not event.by_me and event.at <= until for event in later)


def bases_of(
    node: Node, people: People, landed: Mapping[Branch, float], *, retargeted: Branch | None = None
) -> Bases | None:
    """What the timeline of a PR says; None where GitHub does not show it.

    `retargeted`: the base that this pass has given it, which GitHub may not have told yet.
    """
    items = node.get("timelineItems")
    if items is None or any(item is None for item in items["nodes"]):
        return None
    events = sorted((_event(item, people) for item in items["nodes"]), key=lambda event: event.at)
    now, old = retargeted or Branch(node["baseRefName"]), Branch(node["baseRefName"])
    if now != old:
        events.append(BaseEvent(at=_EVER, old=old, by_me=True))
    is_cut = items["pageInfo"]["hasPreviousPage"]
    since = (events[0].at if events else _EVER) if is_cut else 0.0
    return Bases(now=now, landed=landed, events=events, since=since)


def past_bases(nodes: Iterable[Node]) -> set[Branch]:
    """The branches that these PRs were open into before."""
    found = set()
    for node in nodes:
        for item in (node.get("timelineItems") or {}).get("nodes") or ():
            if item is not None and (name := item.get(_CHANGES.get(item["__typename"], ""))):
                found.add(Branch(name))
    return found


def landed_branches(ended: Mapping[PrNumber, Node], base: Branch, now: Collection[PrNumber]) -> dict[Branch, float]:
    """When the PRs of branches landed on base, the last one of each branch; `now`: those that this pass has merged."""
    found: dict[Branch, float] = {}
    for number, node in ended.items():
        is_merged = number in now or node["state"] == "MERGED"
        if is_merged and node["baseRefName"] == base and not node["isCrossRepository"]:
            branch, at = Branch(node["headRefName"]), seconds(node["mergedAt"], missing=_EVER)
            found[branch] = max(at, found.get(branch, at))
    return found


def _event(item: Node, people: People) -> BaseEvent:
    old = item.get(_CHANGES.get(item["__typename"], ""))
    by_me = item["actor"] is not None and people.person(item["actor"]).is_me
    return BaseEvent(at=seconds(item["createdAt"]), old=Branch(old) if old else None, by_me=by_me)
