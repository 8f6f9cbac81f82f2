"""One PR as GitHub describes it, and what of it could not be read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mergebot.forge.github import queries
from mergebot.forge.github.asking import PULL_WEIGHT, Answer, Ask, shown, unclear
from mergebot.forge.github.client import GraphError
from mergebot.model.ids import PrNumber
from mergebot.model.people import CALL

CHECKS: Final = "checks"
REVIEWS: Final = "reviews"
LABELS: Final = "labels"
COMMENTS: Final = "comments"
DEAF: Final = "deaf"
"""The comments, where the token may not read them: that stays so, and keeps no PR waiting."""

REST: Final = "rest"

_PARTS: Final = {
    "commits": CHECKS,
    "statusCheckRollup": CHECKS,
    "checkSuites": CHECKS,
    "reviews": REVIEWS,
    "timelineItems": REVIEWS,
    "labels": LABELS,
    "comments": COMMENTS,
}
_HINTS: Final = frozenset({"headRef", "mergeStateStatus", "reviewDecision", "isMergeQueueEnabled", "mergedBy"})
"""What only explains, or is guarded elsewhere: a PR is judged without it."""

_RIGHTS: Final = {
    CHECKS: "; the token needs to read checks, commit statuses and actions",
    REVIEWS: "; the token needs to read pull requests",
    DEAF: "; the token needs to read pull requests or issues",
}


@dataclass(kw_only=True, slots=True)
class PullNode:
    """One PR. `faults`: why its checks, reviews, labels, comments, or anything else (`REST`) could not be read."""

    number: PrNumber
    node: dict[str, Any]
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether GitHub calls it open."""
        return bool(self.node.get("state") == "OPEN")

    @property
    def commit(self) -> Mapping[str, Any]:
        """Its last commit, empty if GitHub does not show it."""
        commits = (self.node.get("commits") or {}).get("nodes") or [None]
        return (commits[0] or {}).get("commit") or {}


def pull_node(node: dict[str, Any], errors: Iterable[GraphError]) -> PullNode:
    """A PR with the errors that lie in it; their paths start in the node."""
    pull = PullNode(number=PrNumber(node["number"]), node=node)
    for error in errors:
        part = _part(error)
        if part == COMMENTS and error.kind == "FORBIDDEN":
            part = DEAF
        if part is not None:
            right = _RIGHTS.get(part, "") if error.kind == "FORBIDDEN" else ""
            pull.faults.setdefault(part, shown(error) + right)
    if node.get("labels") is None:  # one of them may hold it
        pull.faults.setdefault(LABELS, "GitHub did not show them")
    if DEAF not in pull.faults and (missing := _missing_in(node.get("comments"))):
        pull.faults.setdefault(COMMENTS, missing)
    return pull


def speaking(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The comments on a PR in which mergebot is spoken to, or speaks itself; one that GitHub hides is none."""
    found = (node.get("comments") or {}).get("nodes") or ()
    return [comment for comment in found if comment is not None and CALL in comment["body"].casefold()]


def _missing_in(comments: Mapping[str, Any] | None) -> str:
    """What GitHub did not show of the comments: without it a command might be missed, or be carried out twice."""
    if comments is None or any(comment is None for comment in comments["nodes"]):
        return "GitHub did not show them"
    if any(comment["databaseId"] is None for comment in comments["nodes"]):
        return "GitHub did not number them"
    if any(comment["reactionGroups"] is None for comment in speaking({"comments": comments})):
        return "GitHub did not show the reactions to them"
    return ""


def ask_pull(number: PrNumber) -> Ask:
    """Ask for one PR, with everything that it is judged on."""
    return Ask(text=queries.ONE_PULL, args=(("Int!", number),), fragment=queries.PULL, weight=PULL_WEIGHT)


def pull_of(answer: Answer) -> PullNode | None:
    """The PR that was asked for; None if there is none.

    Raises:
        MergebotError: whether there is one is not clear.
    """
    if answer.value is not None:
        return pull_node(answer.value, answer.errors)
    if not answer.is_missing:
        raise unclear(answer.errors[0])
    return None


def _part(error: GraphError) -> str | None:
    """Which part of a PR an error leaves out; None: one that is only a hint."""
    names = [name for name in error.path if isinstance(name, str)]
    if not names:
        return REST
    if names[0] in _HINTS:
        return None
    return _PARTS.get(names[0], REST)
