"""What `status.json` goes on saying of agents that the pass no longer knows: who was merged once stays merged.

A pass looks up only the merged PRs that an open one may have to do with, so who has landed is forgotten by it; the file
would change although nothing has (I5).
"""

import json
from typing import Any, Final

MOST_PAST: Final = 300
"""Agents that are remembered as merged; of more those with the lowest numbers are forgotten."""


_KEPT: Final = frozenset({"status", "branch", "pr", "pr_url"})


def with_past(new: bytes, old: bytes) -> bytes:
    """The new file, with the merged agents of the old one that have nothing newer; b"" where there is none due.

    None is due while no agent has had a pull request: a repository without a fleet gets no file.
    """
    content, before = _content(new), _content(old)
    if not content:
        return old
    agents = dict(content["agents"])
    past = {name: record for name, record in _merged(before).items() if "pr" not in agents.get(name, {})}
    agents |= dict(sorted(past.items(), key=lambda item: -item[1]["pr"])[:MOST_PAST])
    if not old and not any("pr" in record for record in agents.values()):
        return b""
    agents = dict(sorted(agents.items()))
    completed = [name for name, record in agents.items() if _is_merged(record)]
    return (json.dumps({**content, "agents": agents, "completed": completed}, indent=2) + "\n").encode()


def _content(raw: bytes) -> dict[str, Any]:
    """The file, if it is one of ours; a stranger's is replaced."""
    try:
        content = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) and isinstance(content.get("agents"), dict) else {}


def _merged(content: dict[str, Any]) -> dict[str, Any]:
    """Of what stands there only what mergebot itself writes of a merged agent: others can write the file too."""
    agents = content.get("agents", {}).items()
    return {
        name: {key: value for key, value in record.items() if key in _KEPT and isinstance(value, str | int | None)}
        | ({"blocked_by": []} if "blocked_by" in record else {})
        for name, record in agents
        if _is_merged(record)
    }


def _is_merged(record: object) -> bool:
    return isinstance(record, dict) and record.get("status") == "merged" and type(record.get("pr")) is int
