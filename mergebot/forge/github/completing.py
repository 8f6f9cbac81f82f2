"""Lists that did not fit into their first page are read to the end, those of all PRs together."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mergebot.forge.github import queries
from mergebot.forge.github.asking import Answer, Ask, Asker, shown
from mergebot.forge.github.errors import NoAnswerError
from mergebot.forge.github.nodes import CHECKS, COMMENTS, LABELS, REVIEWS, PullNode
from mergebot.forge.github.parse_checks import seconds

MOST_ROUNDS: Final = 100
"""Further pages of one list: 10,000 items, ten times what GitHub keeps of checks."""

PAGE_WEIGHT: Final = 10
Node = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class _List:
    """A list of a PR: the part it belongs to, where it is, and how more of it is asked for.

    `recent`: of what did not fit, only what is not long ago is wanted.
    """

    part: str
    find: Callable[[Node], Node | None]
    text: str
    of_commit: bool
    backwards: bool = False
    recent: bool = False

    def held(self, pull: PullNode) -> dict[str, Any] | None:
        """The list as far as it is read; None if there is none."""
        found = self.find(pull.commit if self.of_commit else pull.node)
        return found if isinstance(found, dict) else None

    def more(self, pull: PullNode, since: float) -> Ask | None:
        """The question for its next page; None if it is whole, or what is left of it is from before `since`."""
        held = self.held(pull)
        if held is None:
            return None
        flag, cursor = ("hasPreviousPage", "startCursor") if self.backwards else ("hasNextPage", "endCursor")
        if not held["pageInfo"][flag] or (self.recent and _begins(held) < since):
            return None
        whose: tuple[str, str | int] = ("GitObjectID!", pull.commit["oid"]) if self.of_commit else ("Int!", pull.number)
        return Ask(text=self.text, args=(whose, ("String!", held["pageInfo"][cursor])), weight=PAGE_WEIGHT)

    def add(self, pull: PullNode, answer: Answer) -> None:
        """Put the next page to what is there; without it the whole list is unknown."""
        held, page = self.held(pull), self.find(answer.value) if answer.value else None
        if held is None or page is None or answer.errors:
            why = shown(answer.errors[0]) if answer.errors else "it changed while it was read"
            pull.faults.setdefault(self.part, f"not all of it could be read: {why}")
            return
        nodes = [*page["nodes"], *held["nodes"]] if self.backwards else [*held["nodes"], *page["nodes"]]
        held.update(page, nodes=nodes)


def _begins(held: Node) -> float:
    """When the oldest item of those that are read was made; one that is not shown tells nothing."""
    return min((seconds(node["createdAt"]) for node in held["nodes"] if node), default=0.0)


def _rollup(commit: Node) -> Node | None:
    return (commit.get("statusCheckRollup") or {}).get("contexts")


_LISTS: Final = (
    _List(part=LABELS, find=lambda node: node.get("labels"), text=queries.MORE_LABELS, of_commit=False),
    _List(
        part=REVIEWS, find=lambda node: node.get("reviews"), text=queries.MORE_REVIEWS, of_commit=False, backwards=True
    ),
    _List(
        part=COMMENTS,
        find=lambda node: node.get("comments"),
        text=queries.MORE_COMMENTS,
        of_commit=False,
        backwards=True,
        recent=True,
    ),
    _List(part=CHECKS, find=_rollup, text=queries.MORE_CONTEXTS, of_commit=True),
    _List(part=CHECKS, find=lambda node: node.get("checkSuites"), text=queries.MORE_SUITES, of_commit=True),
)


def complete(asker: Asker, pulls: Collection[PullNode], now: float) -> None:
    """Read every list of these PRs to its end, and all comments of the last day.

    One that cannot be read is a fault of its PR, and of no other.

    Raises:
        MergebotError: GitHub does not let us ask at all.
    """
    since = now - queries.RECENT
    for _ in range(MOST_ROUNDS):
        due = list(_due(pulls, since))
        if not due:
            break
        try:
            answers = asker.ask([item for _, _, item in due])
        except NoAnswerError as error:
            for pull, what, _ in due:
                pull.faults.setdefault(what.part, f"not all of it could be read: {error.message}")
            break
        for (pull, what, _), answer in zip(due, answers, strict=True):
            what.add(pull, answer)
    for pull, what, _ in _due(pulls, since):
        pull.faults.setdefault(what.part, "there is more of it than can be read")
    for pull in pulls:
        _check_whole(pull)


def _due(pulls: Collection[PullNode], since: float) -> Iterator[tuple[PullNode, _List, Ask]]:
    for pull in pulls:
        for what in _LISTS:
            if what.part not in pull.faults and (item := what.more(pull, since)) is not None:
                yield pull, what, item


def _check_whole(pull: PullNode) -> None:
    """A list with a gap, or shorter than GitHub counts, was cut short."""
    for what in _LISTS:
        held = what.held(pull)
        if held is None or what.part in pull.faults or what.recent:
            continue
        if any(node is None for node in held["nodes"]) or len(held["nodes"]) < held["totalCount"]:
            there = sum(node is not None for node in held["nodes"])
            pull.faults[what.part] = f"GitHub gave {there} of {held['totalCount']} entries"
