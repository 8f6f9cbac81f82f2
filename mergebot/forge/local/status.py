"""`status.json`: what every agent says of itself (contract 6).

A problem of the whole file is an error (nothing is merged); one of a single agent blocks that agent's PR and no other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mergebot.errors import MergebotError
from mergebot.forge.local.files import read_file
from mergebot.located.json_text import read_json
from mergebot.located.value import Located, Member, Report
from mergebot.located.words import found, quoted
from mergebot.model.ids import AgentName, Branch, PrNumber
from mergebot.model.problem import Problem, Severity
from mergebot.model.snapshot import FleetAgent

READY: Final = "ready"
MERGED: Final = "merged"

HIGHEST_NUMBER: Final = 2**31 - 1
"""Numbers of pull requests are counted on from the highest one; a slip of the finger must not spoil them all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One agent. `where`: its place in the file; `faults`: what is wrong in it, for people, each with its place.

    `number`: its `pr`. `score`: as in a commit status, `8/10`. `tests`: None where it says nothing.
    """

    name: AgentName
    where: str
    fleet: FleetAgent
    ready: bool = False
    merged: bool = False
    branch: Branch | None = None
    number: PrNumber | None = None
    title: str = ""
    body: str = ""
    labels: frozenset[str] = frozenset()
    draft: bool = False
    tests: bool | None = None
    score: str | None = None
    approvals: int = 0
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusFile:
    """The file as read; `completed`: the names in its list of that name."""

    records: tuple[Record, ...] = ()
    completed: tuple[AgentName, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether it could be read; if not, nothing is known of any agent."""
        return all(problem.severity is not Severity.ERROR for problem in self.problems)


def read_status(path: Path, shown: str) -> StatusFile:
    """Read the file; `shown` is what messages call it. Never raises for what is in it."""
    try:
        raw = read_file(path)
    except MergebotError as error:
        return StatusFile(problems=(Problem(where=shown, message=error.message, hint=error.hint),))
    if raw is None:
        missing = "it does not exist, so no agent has a pull request"
        hint = "an agent whose `status` is `ready` there has one"
        return StatusFile(problems=(Problem(where=shown, message=missing, hint=hint, severity=Severity.WARNING),))
    return parse_status(shown, raw)


def parse_status(shown: str, raw: bytes) -> StatusFile:
    """The records of a status file, with every problem found."""
    root, report = read_json(shown, raw)
    records: list[Record] = []
    completed: tuple[AgentName, ...] = ()
    if root is not None and not isinstance(root.value, dict):
        report.error(root, f"expected an object, found {found(root, mapping='an object')}", 'write {"agents": {}}')
    elif root is not None and isinstance(root.value, dict):
        records = _records(root.value, report)
        completed = _completed(root.value, report)
    problems = report.problems()
    status = StatusFile(records=tuple(records), completed=completed, problems=problems)
    return status if status.usable else StatusFile(problems=problems)


def _records(root: dict[str, Member], report: Report) -> list[Record]:
    if "agents" not in root:
        return []
    agents = root["agents"].value
    if not isinstance(agents.value, dict):
        report.error(agents, f"`agents` must be an object, found {found(agents, mapping='an object')}")
        return []
    return [record for member in agents.value.values() if (record := _record(member, report)) is not None]


def _record(member: Member, report: Report) -> Record | None:
    name, node = AgentName(str(member.key.value)), member.value
    if not name.strip() or not name.isprintable():
        report.warn(member.key, "an agent without a printable name is left out", "give it a name")
        return None
    if not isinstance(node.value, dict):
        message = f"the record of {quoted(name)} must be an object, found {found(node, mapping='an object')}"
        report.warn(node, message, "it has no pull request until that is right")
        return None
    return _Fields(node.value, report).record(name, member.key)


def _completed(root: dict[str, Member], report: Report) -> tuple[AgentName, ...]:
    if "completed" not in root:
        return ()
    node = root["completed"].value
    if not isinstance(node.value, list):
        report.warn(node, f"`completed` must be a list, found {found(node, mapping='an object')}")
        return ()
    names = [item.value for item in node.value if isinstance(item.value, str) and item.value.strip()]
    return tuple(dict.fromkeys(AgentName(name) for name in names))


class _Fields:
    """The keys of one record; a wrong one becomes a fault, never a guess."""

    def __init__(self, members: dict[str, Member], report: Report) -> None:
        self._members = members
        self._report = report
        self._faults: list[str] = []

    def record(self, name: AgentName, key: Located) -> Record:
        """The record; a `status` that is no text cannot mean ready, and is reported."""
        status = self._status(name)
        branch = self._text("branch")
        return Record(
            name=name,
            where=self._report.where(key),
            ready=status.strip().casefold() == READY,
            merged=status.strip().casefold() == MERGED,
            branch=Branch(branch.removeprefix("refs/heads/")) if branch else None,
            number=self._number(),
            title=self._text("title"),
            body=self._text("body"),
            labels=self._labels(),
            draft=self._flag("draft") is True,
            tests=self._flag("tests_passing"),
            score=self._score(),
            approvals=self._approvals(),
            faults=tuple(self._faults),
            fleet=FleetAgent(
                name=name,
                status=status,
                branch=Branch(branch) if branch else None,
                worktree=self._shown("worktree"),
                progress=self._progress(),
                task=self._shown("current_task"),
            ),
        )

    def _node(self, key: str) -> Located | None:
        member = self._members.get(key)
        return None if member is None or member.value.value is None else member.value

    def _status(self, name: str) -> str:
        node = self._node("status")
        if node is None or isinstance(node.value, str):
            return "" if node is None else str(node.value)
        self._report.warn(node, f"`status` of {quoted(name)} must be a text, found {found(node, mapping='an object')}")
        return ""

    def _fault(self, node: Located, key: str, wanted: str) -> None:
        seen = found(node, mapping="an object")
        self._faults.append(f"{self._report.where(node)}: `{key}` must be {wanted}, found {seen}")

    def _text(self, key: str) -> str:
        node = self._node(key)
        if node is None or isinstance(node.value, str):
            return "" if node is None else str(node.value)
        self._fault(node, key, "a text")
        return ""

    def _shown(self, key: str) -> str:
        """A text that is only shown: anything else is left out without a word."""
        node = self._node(key)
        return node.value if node is not None and isinstance(node.value, str) else ""

    def _flag(self, key: str) -> bool | None:
        node = self._node(key)
        if node is None or isinstance(node.value, bool):
            return None if node is None else bool(node.value)
        self._fault(node, key, "true or false")
        return None

    def _whole(self, key: str, wanted: str, fits: Callable[[int], bool]) -> int | None:
        node = self._node(key)
        if node is None:
            return None
        if isinstance(node.value, int) and not isinstance(node.value, bool) and fits(node.value):
            return node.value
        self._fault(node, key, wanted)
        return None

    def _number(self) -> PrNumber | None:
        wanted = f"a whole number from 1 to {HIGHEST_NUMBER}"
        number = self._whole("pr", wanted, lambda value: 1 <= value <= HIGHEST_NUMBER)
        return None if number is None else PrNumber(number)

    def _approvals(self) -> int:
        return self._whole("approvals", "a whole number from 0", lambda value: value >= 0) or 0

    def _score(self) -> str | None:
        """As a commit status would say it; what is not a whole number stays as written, and `decide` judges it."""
        node = self._node("review_score")
        match None if node is None else node.value:
            case None:
                return None
            case bool() | list() | dict():
                assert node is not None  # noqa: S101 (None is the case above)
                self._fault(node, "review_score", "a number")
                return None
            case int() | float() as number:
                return f"{number}/10"
            case text:
                return str(text)

    def _labels(self) -> frozenset[str]:
        node = self._node("labels")
        if node is None:
            return frozenset()
        if isinstance(node.value, list) and all(isinstance(item.value, str) for item in node.value):
            return frozenset(str(item.value) for item in node.value)
        self._fault(node, "labels", "a list of texts")
        return frozenset()

    def _progress(self) -> float | None:
        """From 0 to 1; above 1 it is taken for percent."""
        node = self._node("progress")
        if node is None or isinstance(node.value, bool) or not isinstance(node.value, int | float):
            return None
        share = float(node.value) if node.value <= 1 else float(min(node.value, 100)) / 100
        return min(max(share, 0.0), 1.0)
