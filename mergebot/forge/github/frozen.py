"""Why the whole queue is paused: an open issue with the freeze label, or mergebot itself (contract 2.4)."""

from collections.abc import Iterable, Mapping
from typing import Any

from mergebot.forge.github.asking import shown
from mergebot.forge.github.client import GraphError
from mergebot.forge.github.session import STATE

Node = Mapping[str, Any]


def frozen_by(issues: Node | None, errors: Iterable[GraphError], *, label: str, kept: str, now: str) -> tuple[str, ...]:
    """The reasons, one each; issues that could not be read pause the queue, for one of them may.

    `kept`: a pause that mergebot remembers; `now`: one of this very pass, in the words that the next one has for it.
    """
    reasons: list[str] = []
    if issues is None:
        why = next((shown(error) for error in errors), "GitHub did not show them")
        reasons.append(f"whether an issue with the label `{label}` pauses the queue could not be read: {why}")
    else:
        nodes = [node for node in issues["nodes"] if node is not None]
        reasons += [by_issue(node["title"], node["number"]) for node in nodes]
        if (more := issues["totalCount"] - len(reasons)) > 0:
            reasons.append(f"{more} more issues with the label `{label}`")
    reasons += [
        reason
        for reason in dict.fromkeys((by_memory(kept) if kept else "", now))
        if reason and not any(reason in r for r in reasons)
    ]
    return tuple(reasons)


def by_issue(title: str, number: int) -> str:
    """A pause by an issue, and how it is lifted."""
    return f"{_line(title)} (issue #{number}: close it to go on)"


def by_memory(reason: str) -> str:
    """A pause that only mergebot's memory has, and how it is lifted."""
    return f"{reason} (delete `{STATE}` to go on)"


def _line(title: str) -> str:
    return " ".join(title.split()) or "no reason is given"
