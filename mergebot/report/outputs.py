"""The outputs of a step of Actions: `merged`, `blocked` and `plan`, each one line of JSON.

Platform: all outputs of a job together may have 1 MB, counted as UTF-16, so a plan that is too large loses its details.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from mergebot.model.outcome import PassResult
from mergebot.model.plan import EntryState, Plan
from mergebot.report import render
from mergebot.report.jsonform import plan_json, run_json

LONGEST: Final = 400_000
"""Characters of a plan: 0.8 MB as they are counted; what else a job puts out has the rest."""

NOTHING: Final[Mapping[str, str]] = {"merged": "[]", "blocked": "[]", "plan": "{}"}
"""Where there was no pass."""


def run_outputs(plan: Plan, result: PassResult) -> dict[str, str]:
    """What a pass has merged (or found merged), who is blocked after it, and the object of `run --format json`."""
    items = render.results(result.results)
    merged = [i.line.pr for i in items if i.line.action == "merge" and i.result in ("done", "already_done")]
    return {"merged": _line(list(dict.fromkeys(merged))), **_common(plan, run_json(plan, result))}


def plan_outputs(plan: Plan) -> dict[str, str]:
    """As above; a dry run has merged nothing."""
    return {"merged": "[]", **_common(plan, plan_json(plan))}


def _common(plan: Plan, whole: str) -> dict[str, str]:
    blocked = [entry.pr for entry in render.queue(plan) if entry.state is EntryState.BLOCKED]
    return {"blocked": _line(blocked), "plan": _fitting(json.loads(whole))}


def _fitting(whole: dict[str, Any]) -> str:
    """The object; too large, it says `"truncated": true` and has empty lists, first those of the entries' criteria."""
    bare = [{**entry, "criteria": []} for entry in whole["entries"]]
    details = ("entries", "conflicts", "steps", "problems", "order")
    tries: list[dict[str, Any]] = [
        {},
        {"entries": bare},
        *({key: [] for key in details[:count]} for count in range(1, len(details) + 1)),
    ]
    for emptied in tries:
        text = _line({**whole, **emptied, **({"truncated": True} if emptied else {})})
        if len(text) <= LONGEST:
            break
    return text


def _line(value: object) -> str:
    # A runner obeys `##[` in a log, and somebody may print it there.
    return json.dumps(value, separators=(",", ":")).replace("##[", "#\\u0023[")
