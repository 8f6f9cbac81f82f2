"""Change single values of a JSON text and leave every other character as its writers had it.

The text must be valid JSON (the caller has read it); it is only scanned for tokens here, without recursion.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Where a value is in the text; `lead` is where its member or element begins (for a member: at the key)."""

    start: int
    end: int
    lead: int


@dataclass(frozen=True, slots=True)
class Text:
    """A JSON text and the changes to be made to it."""

    text: str
    changes: list[tuple[int, int, str]] = field(default_factory=list)

    def root(self) -> Span:
        """The one value of the text."""
        first = _TOKEN.search(self.text, 1 if self.text.startswith("\ufeff") else 0)
        start = first.start() if first else len(self.text)
        return Span(start=start, end=len(self.text.rstrip()), lead=start)

    def members(self, at: Span) -> dict[str, Span]:
        """The members of an object; none of anything else."""
        return {} if self.text[at.start] != "{" else dict(self._members(at))

    def elements(self, at: Span) -> list[Span]:
        """The elements of a list; none of anything else."""
        if self.text[at.start] != "[":
            return []
        return [Span(start=item.start, end=item.end, lead=item.start) for item in self._items(at)]

    def written(self, at: Span) -> str:
        """The value as it stands in the text."""
        return self.text[at.start : at.end]

    def normal(self, at: Span) -> str:
        """The value as it stands in the text; a text in the spelling of `encode`, whatever escapes it has."""
        written = self.written(at)
        return encode(json.loads(written)) if written.startswith('"') else written

    def put(self, at: Span, key: str, value: str) -> None:
        """Give the object at `at` the member `key` with this value (JSON), in place or as its new last member."""
        members = self.members(at)
        if key in members:
            self.changes.append((members[key].start, members[key].end, value))
            return
        member = f"{encode(key)}: {value}"
        if not members:
            self.changes.append((at.start + 1, at.start + 1, member))
            return
        last = list(members.values())[-1]
        self.changes.append((last.end, last.end, f",{self._space_before(last.lead)}{member}"))

    def put_list(self, at: Span, key: str, items: Sequence[str]) -> None:
        """Give the object at `at` a list of these elements (JSON), laid out as the list was that is there now."""
        old = self.members(at).get(key)
        elements = self.elements(old) if old else []
        if old is None or not elements:
            self.put(at, key, f"[{', '.join(items)}]")
            return
        before = self._space_before(elements[0].lead)
        between = self._space_before(elements[1].lead) if len(elements) > 1 else (before or " ")
        after = self.text[elements[-1].end : old.end - 1]
        body = before + f",{between}".join(items) + after if items else ""
        self.put(at, key, f"[{body}]")

    def result(self) -> str:
        """The text with all changes made."""
        parts, done = [], 0
        # A stable sort: two new members of one object stand where they were put, in the order of the puts.
        for start, end, new in sorted(self.changes, key=lambda change: change[0]):
            parts += [self.text[done:start], new]
            done = end
        return "".join([*parts, self.text[done:]])

    def _space_before(self, offset: int) -> str:
        head = self.text[:offset]
        return head[len(head.rstrip(" \t\r\n")) :]

    def _members(self, at: Span) -> list[tuple[str, Span]]:
        return [(json.loads(self.text[item.lead : item.end_of_key]), _span(item)) for item in self._items(at)]

    def _items(self, at: Span) -> "list[_Item]":
        """The members or elements of the object or list at `at`."""
        items: list[_Item] = []
        current, depth = _Item(), 0
        for token in _TOKEN.finditer(self.text, at.start + 1, at.end):
            mark = token.group()
            if depth == 0 and mark in {",", "]", "}"}:
                items += [current] * (current.start >= 0)
                current = _Item()
                if mark != ",":
                    break
                continue
            if depth == 0 and mark == ":":
                current = _Item(lead=current.start, end_of_key=current.end)
                continue
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(mark, 0)
            current = current.grown(token.start(), token.end())
        return items


@dataclass(frozen=True, slots=True)
class _Item:
    lead: int = -1
    end_of_key: int = -1
    start: int = -1
    end: int = -1

    def grown(self, start: int, end: int) -> "_Item":
        return _Item(self.lead, self.end_of_key, start if self.start < 0 else self.start, end)


def _span(item: _Item) -> Span:
    return Span(start=item.start, end=item.end, lead=item.lead)


def encode(text: str) -> str:
    """A text as JSON, readable where it can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(text)
    return json.dumps(text, ensure_ascii=False)
