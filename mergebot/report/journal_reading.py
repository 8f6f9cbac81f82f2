"""Reads the journal back: which lines are mergebot's, and which outcome belongs to which merge that was begun.

Whoever may push can write lines, of any shape. Those that are not as mergebot writes them are shown as unreadable, and
of those that are nobody knows who wrote them: the journal tells, it proves nothing, and nothing is decided by it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.journal import Journal
from mergebot.report.journal import BEGUN
from mergebot.report.journal_line import SCHEMA
from mergebot.report.jsonform import Json

LONGEST: Final = 64_000
"""Bytes of a line that is looked into; mergebot's own are far shorter."""

SHOWN: Final = 200
"""Bytes of an unreadable line that are shown."""

HIGHEST: Final = 10**12
"""No number of mergebot's is higher."""


LANDED: Final = ("done", "already_done", "found")
"""The outcomes of a merge that say that it has landed."""

SAME: Final = ("head", "base", "tree", "grounds", "rules", "version", "shortened")
"""What makes two tries of a merge the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One line. `at`: its place in the journal, from 1. `fields`: the object; empty where it cannot be read."""

    at: int
    raw: bytes
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pr(self) -> PrNumber | None:
        """The pull request that it is about; None where it cannot be read."""
        return PrNumber(self.fields["pr"]) if self.fields else None

    @property
    def is_merge(self) -> bool:
        """Whether it is about a merge: begun, or what became of it."""
        return self.text("action") == "merge"

    @property
    def is_begun(self) -> bool:
        """Whether it is a merge that was begun."""
        return self.is_merge and self.text("outcome") == BEGUN

    @property
    def shown(self) -> str:
        """The beginning of the line as it stands there."""
        return self.raw[:SHOWN].decode("utf-8", "surrogateescape")

    def text(self, *path: str) -> str:
        """The text at this place; "" where there is none."""
        value = self._at(path)
        return value if isinstance(value, str) else ""

    def number(self, *path: str) -> int | None:
        """The whole number at this place, where there is one."""
        value = self._at(path)
        return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < HIGHEST else None

    def items(self, *path: str) -> tuple["Record", ...]:
        """The objects in the list at this place."""
        value = self._at(path)
        listed = value if isinstance(value, list) else []
        return tuple(Record(at=self.at, raw=b"", fields=item) for item in listed if isinstance(item, dict))

    def texts(self, *path: str) -> tuple[str, ...]:
        """The texts and numbers in the list at this place."""
        value = self._at(path)
        return tuple(str(item) for item in (value if isinstance(value, list) else []) if isinstance(item, str | int))

    def _at(self, path: Sequence[str]) -> object:
        value: object = self.fields
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


@dataclass(frozen=True, kw_only=True, slots=True)
class Log:
    """What is shown of a journal. `records`: oldest first; `older`: how many before them are not shown.

    `ends`: for merges that were begun, by the place of that line, the line of what became of them. `unreadable`: lines
    of the journal that are not as mergebot writes them, also those that are not shown.
    """

    repository: str
    pr: PrNumber | None
    tip: str | None
    records: tuple[Record, ...]
    older: int
    ends: Mapping[int, Record]
    begins: Mapping[int, Record]
    unreadable: int
    faults: tuple[str, ...]

    def unfinished(self) -> tuple[Record, ...]:
        """The merges that were begun, and of which nobody wrote down what became of them."""
        return tuple(record for record in self.records if record.is_begun and record.at not in self.ends)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """The last try to merge a pull request that the journal tells of: how it was begun, and what became of it."""

    begun: Record
    end: Record | None

    @property
    def has_landed(self) -> bool:
        """Whether it says so."""
        return self.end is not None and (self.end.text("outcome") in LANDED or self.end.text("landed") != "")

    def is_as(self, line: str) -> bool:
        """Whether a merge that is about to be begun is the very same once more: same commits, grounds and rules."""
        now = _parsed(0, line.encode())
        return all(now.fields.get(key) == self.begun.fields.get(key) for key in SAME)

    def ended_as(self, line: str) -> bool:
        """Whether the very same came of it once more."""
        now = _parsed(0, line.encode())
        return self.end is not None and all(
            now.text(key) == self.end.text(key) for key in ("outcome", "detail", "hint")
        )


def last_tries(lines: Sequence[bytes]) -> dict[PrNumber, Tried]:
    """The last try of each pull request, as these lines tell."""
    every = tuple(_parsed(place, line) for place, line in enumerate(lines, 1))
    ends, _ = _pairs(every)
    begun = (record for record in every if record.is_begun)
    return {record.pr: Tried(begun=record, end=ends.get(record.at)) for record in begun if record.pr is not None}


def read(repository: str, journal: Journal, *, pr: PrNumber | None, limit: int) -> Log:
    """The newest lines, of one pull request if `pr` is given, with the beginnings of merges that belong to them."""
    every = tuple(_parsed(place, line) for place, line in enumerate(journal.lines, 1))
    wanted = [record for record in every if pr is None or record.pr == pr]
    ends, begins = _pairs(every)
    return Log(
        repository=repository,
        pr=pr,
        tip=journal.tip,
        records=tuple(wanted[-limit:]),
        older=max(0, len(wanted) - limit),
        ends=ends,
        begins=begins,
        unreadable=sum(not record.fields for record in every),
        faults=journal.faults,
    )


def place_of(record: Record) -> tuple[Branch, Sha]:
    """The branch that a merge was begun on, and where it was."""
    return Branch(record.text("base", "branch")), Sha(record.text("base", "sha"))


def log_object(log: Log, on_base: Mapping[int, Json]) -> dict[str, Json]:
    """The object of `log --format json`; `on_base`: what is known of merges without an outcome, by their places."""
    return {
        "schema": SCHEMA,
        "repository": log.repository,
        "pr": log.pr,
        "tip": log.tip,
        "entries": [dict(record.fields) for record in log.records if record.fields],
        "older": log.older,
        "unfinished": [
            {"pr": record.pr, "pass": record.text("pass"), "number": record.number("number"), **_known(on_base, record)}
            for record in log.unfinished()
        ],
        "unreadable": [
            {"line": record.at, "text": ascii(record.raw[:SHOWN])} for record in log.records if not record.fields
        ],
        "faults": [*log.faults],
    }


def _known(on_base: Mapping[int, Json], record: Record) -> dict[str, Json]:
    return {"is_known": record.at in on_base, "on_base": on_base.get(record.at)}


def _parsed(place: int, line: bytes) -> Record:
    try:
        value = json.loads(line, parse_float=_refused, parse_constant=_refused) if len(line) <= LONGEST else None
    except (ValueError, RecursionError):
        value = None
    record = Record(at=place, raw=line, fields=value if isinstance(value, dict) else {})
    return record if _is_ours(record) else Record(at=place, raw=line)


def _is_ours(record: Record) -> bool:
    texts = all(record.text(key) for key in ("time", "pass", "action", "outcome"))
    number = record.number("pr")
    return texts and record.number("schema") == SCHEMA and number is not None and number > 0


def _refused(_text: str) -> NoReturn:
    raise ValueError  # mergebot writes no such number, and no JSON could be made of it again


def _pairs(records: Sequence[Record]) -> tuple[dict[int, Record], dict[int, Record]]:
    """What became of each merge that was begun, and where each of those lines began, by the places of the lines."""
    opened: dict[tuple[str, PrNumber | None], Record] = {}
    ends: dict[int, Record] = {}
    begins: dict[int, Record] = {}
    for record in records:
        key = record.text("begun_by") or record.text("pass"), record.pr
        if record.is_begun:
            opened[key] = record
        elif record.is_merge and (start := opened.pop(key, None)) is not None:
            ends[start.at], begins[record.at] = record, start
    return ends, begins
