"""The outputs of a step of Actions: `merged`, `blocked` and `plan`, each one line of JSON.

Platform: Linux gives a process no variable of more than 128 KiB, and that is how a step is handed a text; all outputs
of a job together may have 1 MB, counted as UTF-16. So a plan that is too large loses its details.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from mergebot.model.outcome import PassResult
from mergebot.model.plan import EntryState, Plan
from mergebot.report import render
from mergebot.report.deeds import landed
from mergebot.report.jsonform import plan_json, run_json

LONGEST: Final = 120_000
"""Characters of a plan, all of them ASCII: with any name it is a variable that a process can be given."""

NOTHING: Final[Mapping[str, str]] = {"merged": "[]", "blocked": "[]", "plan": "{}"}
"""Where there was no pass."""


def run_outputs(plan: Plan, result: PassResult) -> dict[str, str]:
    """What a pass has merged (or found merged), who is blocked after it, and the object of `run --format json`."""
    merged = landed(render.results(result.results))
    return {"merged": _line(list(dict.fromkeys(merged))), **_common(plan, run_json(plan, result))}


def plan_outputs(plan: Plan) -> dict[str, str]:
    """As above; a dry run has merged nothing."""
    return {"merged": "[]", **_common(plan, plan_json(plan))}


def _common(plan: Plan, whole: str) -> dict[str, str]:
    blocked = [entry.pr for entry in render.queue(plan) if entry.state is EntryState.BLOCKED]
    return {"blocked": _line(blocked), "plan": _fitting(json.loads(whole))}


def _fitting(whole: dict[str, Any]) -> str:
    """The object; too large, it says `"truncated": true` and has empty lists: `conflicts` first, then `criteria`."""
    bare = [{**entry, "criteria": []} for entry in whole["entries"]]
    details = ("conflicts", "entries", "steps", "problems", "order")
    tries: list[dict[str, Any]] = [
        {},
        {"conflicts": []},
        {"conflicts": [], "entries": bare},
        *({key: [] for key in details[:count]} for count in range(2, len(details) + 1)),
    ]
    for emptied in tries:
        text = _line({**whole, **emptied, **({"truncated": True} if emptied else {})})
        if len(text) <= LONGEST:
            break
    return text


def _line(value: object) -> str:
    # A runner obeys `##[` in a log, and somebody may print it there.
    return json.dumps(value, separators=(",", ":")).replace("##[", "#\\u0023[")
