"""`merge-queue.json`, the bot's own: what it remembers of pull requests, and why the queue is paused.

It is a convenience, never the truth: missing or garbage, it is rebuilt from git and `status.json`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mergebot.errors import MergebotError
from mergebot.forge.local.files import read_file
from mergebot.forge.local.status import HIGHEST_NUMBER
from mergebot.model.ids import AgentName, Branch, PrNumber, Sha
from mergebot.model.problem import Problem, Severity

SCHEMA: Final = 1
OPEN: Final = "open"
CLOSED: Final = "closed"
MERGED: Final = "merged"


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered:
    """One pull request as it was at the end of the last pass; `state` as in the plan, or one of those above."""

    number: PrNumber
    agent: AgentName | None = None
    branch: Branch | None = None
    head: Sha | None = None
    state: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """The whole file; `base`: the tip of base at the end of the last pass, `branch` its name.

    `frozen`: why a person must lift a pause.
    """

    base: Sha | None = None
    branch: Branch | None = None
    prs: tuple[Remembered, ...] = ()
    frozen: str = ""
    problems: tuple[Problem, ...] = ()

    def get(self, number: PrNumber) -> Remembered | None:
        """The pull request of this number."""
        return next((pr for pr in self.prs if pr.number == number), None)


def read_memory(path: Path, shown: str) -> Memory:
    """Read the file; what cannot be used is left out, with a warning where the whole of it is lost."""
    try:
        raw = read_file(path)
    except MergebotError as error:
        return Memory(problems=(_lost(shown, error.message),))
    if raw is None:
        return Memory()
    content = parse(raw)
    if content is None:
        return Memory(problems=(_lost(shown, "it is not the JSON object that mergebot writes"),))
    return _memory(content)


def parse(raw: bytes | None) -> dict[str, Any] | None:
    """The object in the file, None where there is none."""
    try:
        content = json.loads(raw or b"")
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def dumped(content: Mapping[str, Any]) -> bytes:
    """The file's bytes."""
    return (json.dumps(content, indent=2) + "\n").encode()


def _memory(content: Mapping[str, Any]) -> Memory:
    base = content.get("base")
    prs = content.get("prs")
    remembered = [_remembered(item) for item in prs] if isinstance(prs, list) else []
    branch = base.get("branch") if isinstance(base, dict) else None
    frozen = content.get("frozen")
    return Memory(
        base=_sha(base.get("sha")) if isinstance(base, dict) else None,
        branch=Branch(branch) if isinstance(branch, str) else None,
        prs=tuple({pr.number: pr for pr in remembered if pr is not None}.values()),
        frozen=str(frozen) if frozen else "",
    )


def _remembered(item: object) -> Remembered | None:
    if not isinstance(item, dict) or not has_number(item):
        return None
    agent, branch, state = item.get("agent"), item.get("branch"), item.get("state")
    return Remembered(
        number=PrNumber(item["number"]),
        agent=AgentName(agent) if isinstance(agent, str) else None,
        branch=Branch(branch) if isinstance(branch, str) else None,
        head=_sha(item.get("head")),
        state=state if isinstance(state, str) else "",
    )


def has_number(item: object) -> bool:
    """Whether this is an entry that can be used: an object with the number of a pull request."""
    value = item.get("number") if isinstance(item, dict) else None
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= HIGHEST_NUMBER


def _sha(value: object) -> Sha | None:
    """The object id, if it is one: nothing else may reach git's command line."""
    if isinstance(value, str) and len(value) in {40, 64} and all(digit in "0123456789abcdef" for digit in value):
        return Sha(value)
    return None


def _lost(shown: str, why: str) -> Problem:
    hint = "a run writes it anew; a pause that was kept in it is lifted"
    return Problem(where=shown, message=why, hint=hint, severity=Severity.WARNING)
