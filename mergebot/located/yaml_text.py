"""YAML read into located values from PyYAML's stream of events, without its composer, which recurses.

Only what a config needs: one document, text keys, anchors and aliases (shared, never copied). Tags and merge keys are
refused. Plain words mean what PyYAML's safe loader makes of them (YAML 1.1: `no` is false); how they were spelled is
kept, so that a message can say so.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import yaml

from mergebot.located.scalars import plain_value
from mergebot.located.text import Places, decode
from mergebot.located.value import Located, Member, Report, Value
from mergebot.located.words import found, quoted, shown, surprise

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML allows nowhere; PyYAML reports it without line and column."""

_DEEPEST = 100
"""The scanner takes quadratic time in the depth, and no config is half as deep."""

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

_ADVICE = (
    ("mapping values are not allowed", "quote a text that holds `: `, and check the indentation"),
    ("cannot start any token", "quote a text that begins with this character"),
    ("end of stream", "close the quote"),
    ("escape", "write \\\\ for a backslash, or use single quotes"),
)
"""What to do, by a part of PyYAML's message (its C and Python scanners differ in the rest)."""


def read_yaml(path: str, raw: bytes) -> tuple[Located | None, Report]:
    """Read a YAML file: its value, None where it cannot be read, and the report of all problems so far.

    An empty file, or one with nothing but comments, gives the value None at 1:1.
    """
    report = Report(path)
    text = decode(report, raw)
    if text is None:
        return None, report
    if foreign := _UNPRINTABLE.search(text):
        message = f"a character that YAML does not allow (U+{ord(foreign.group()):04X})"
        report.error_at(*Places(text).at(foreign.start()), message, "remove it, or escape it in double quotes")
        return None, report
    composer = _Composer(report)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            composer.take(event)
    except _CannotReadError:
        return None, report
    except yaml.MarkedYAMLError as error:
        _report_syntax(report, error, text)
        return None, report
    return composer.root, report


def _report_syntax(report: Report, error: yaml.MarkedYAMLError, text: str) -> None:
    problem = str(error.problem or "it ends too early")
    mark = error.problem_mark or error.context_mark
    line, column, index = (mark.line + 1, mark.column + 1, mark.index) if mark else (1, 1, 0)
    hint = next((advice for part, advice in _ADVICE if part in problem), "")
    if text[index : index + 1] == "\t":
        hint = "indent with spaces; YAML allows no tabs there"
    if not hint and error.context and error.context_mark:
        hint = f"{error.context}, from {error.context_mark.line + 1}:{error.context_mark.column + 1}"
    report.error_at(line, column, f"not valid YAML: {shown(problem, longest=120)}", hint)


class _CannotReadError(Exception):
    """It was reported; what follows cannot be trusted."""


class _Open(NamedTuple):
    """A list or a map that is not closed yet; `key` holds the key that waits for its value, if any."""

    node: Located
    holds: "list[Located] | dict[str, Member]"
    key: list[Located]
    anchor: str | None


class _Composer:
    def __init__(self, report: Report) -> None:
        self.root: Located = Located(None, 1, 1)
        self._report = report
        self._open: list[_Open] = []
        self._anchors: dict[str, Located] = {}
        self._documents = 0
        self._handlers: dict[str, Callable[[Any], None]] = {
            "DocumentStartEvent": self._document,
            "ScalarEvent": self._scalar,
            "AliasEvent": self._alias,
            "SequenceStartEvent": self._start_list,
            "MappingStartEvent": self._start_map,
            "SequenceEndEvent": self._end,
            "MappingEndEvent": self._end,
        }

    def take(self, event: yaml.Event) -> None:
        """Take the next event of the stream."""
        handler = self._handlers.get(type(event).__name__)
        if handler is not None:
            handler(event)

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            self._refuse(_place(None, event), "a second document begins here", "a config is one document")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._check_tag(event)
        plain = event.implicit[0]
        value = plain_value(event.value) if plain else event.value
        node = _place(value, event, written=event.value if plain else "")
        if event.anchor:
            self._anchors[event.anchor] = node
        self._add(node)

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = event.anchor or ""
        node = self._anchors.get(name)
        if node is None:
            message = f"the alias `*{shown(name)}` has no anchor before it"
            self._refuse(_place(None, event), message, "quote it, if it is meant as text")
        self._add(node)

    def _start_list(self, event: yaml.SequenceStartEvent) -> None:
        self._start(event, [])

    def _start_map(self, event: yaml.MappingStartEvent) -> None:
        self._start(event, {})

    def _start(
        self, event: yaml.SequenceStartEvent | yaml.MappingStartEvent, holds: "list[Located] | dict[str, Member]"
    ) -> None:
        self._check_tag(event)
        node = _place(holds, event)
        if len(self._open) >= _DEEPEST:
            self._refuse(node, f"nested more than {_DEEPEST} levels deep", "a config needs five")
        self._add(node)
        self._open.append(_Open(node, holds, [], event.anchor))

    def _end(self, _event: yaml.Event) -> None:
        # An anchor counts only from its end, so no value can hold itself.
        closed = self._open.pop()
        if closed.anchor:
            self._anchors[closed.anchor] = closed.node

    def _add(self, node: Located) -> None:
        """Put a value where it belongs: it is the root, an item, a key, or the value of the key before it."""
        if not self._open:
            self.root = node
            return
        inside = self._open[-1]
        if isinstance(inside.holds, list):
            inside.holds.append(node)
        elif inside.key:
            self._put(inside.holds, inside.key.pop(), node)
        else:
            inside.key.append(node)

    def _put(self, members: dict[str, Member], key: Located, value: Located) -> None:
        name = key.value
        if not isinstance(name, str):
            self._report.error(key, f"a key must be text, found {found(key)}", surprise(key, wants_text=True))
            return
        if key.written == "<<":
            self._report.error(key, "merge keys (`<<`) are not read", "write the keys out")
            return
        if name in members:
            first = members[name].key
            hint = f"it is already at {first.line}:{first.column}; keep one"
            self._report.error(key, f"duplicate key {quoted(name)}", hint)
        members[name] = Member(key, value)

    def _check_tag(self, event: yaml.ScalarEvent | yaml.SequenceStartEvent | yaml.MappingStartEvent) -> None:
        if event.tag is not None:
            message = f"the tag {quoted(event.tag.replace('tag:yaml.org,2002:', '!!'))} is not read"
            self._report.error(_place(None, event), message, "remove it; quote a value to make it text")

    def _refuse(self, at: Located, message: str, hint: str) -> NoReturn:
        self._report.error(at, message, hint)
        raise _CannotReadError


def _place(value: Value, event: yaml.Event, *, written: str = "") -> Located:
    mark = event.start_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Located(value, line, column, written)
