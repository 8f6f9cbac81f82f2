"""JSON read into located values: no recursion, linear time, and a message that says what to do.

Stricter than `json.loads` in two points (no NaN or Infinity, no duplicate key), otherwise equal; a test compares
the two.
"""

import re
from typing import NoReturn

from mergebot.located.text import Places, decode
from mergebot.located.value import Located, Member, Report, Value
from mergebot.located.words import quoted, shown

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_NUMBER_LIKE = re.compile(r"[-+.0-9][-+.\w]*")
_WORD = re.compile(r"[^\W\d][\w$-]*")
_UNITS = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_MISSPELT = {
    "nan": "JSON has no NaN; write a number or null",
    "infinity": "JSON has no infinity; write a number or null",
    "true": "write true",
    "false": "write false",
    "null": "write null",
    "none": "write null",
    "undefined": "write null",
}
_MOST_DIGITS = 300
"""Longer integers become floats: Python's conversion of digits takes quadratic time."""


def read_json(path: str, raw: bytes) -> tuple[Located | None, Report]:
    """Read a JSON file: its value, None where it is no JSON, and the report of all problems so far."""
    report = Report(path, mapping="an object")
    text = decode(report, raw)
    if text is None:
        return None, report
    reader = _Reader(text, report)
    try:
        return reader.document(), report
    except _SyntaxProblem as problem:
        report.error_at(*reader.places.at(problem.offset), problem.message, problem.hint)
        return None, report


class _SyntaxProblem(Exception):  # noqa: N818 (it is caught in this file; the user sees a Problem)
    def __init__(self, offset: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.offset, self.message, self.hint = offset, message, hint


class _Open:
    """A list or an object that is not closed yet."""

    __slots__ = ("bracket", "closer", "holds", "offset")

    def __init__(self, offset: int, bracket: str) -> None:
        self.offset, self.bracket = offset, bracket
        self.closer = "]" if bracket == "[" else "}"
        self.holds: list[Located] | dict[str, Member] = [] if bracket == "[" else {}


class _Reader:
    def __init__(self, text: str, report: Report) -> None:
        self.places = Places(text)
        self._text = text
        self._report = report
        self._offset = 0
        self._open: list[_Open] = []

    def document(self) -> Located:
        """The one value of the file."""
        if not self._peek():
            self._stop("the file is empty", "write {} at least")
        root = self._value()
        while self._open:
            self._member(self._open[-1])
        if self._peek():
            hint = _advice(self._text[self._offset]) or "a JSON file holds one value; remove the rest"
            self._stop(f"{self._here()} after the end of the value", hint)
        return root

    def _member(self, inside: _Open) -> None:
        """One member of the innermost open list or object, or its end."""
        if self._peek() == inside.closer:
            self._close()
            return
        if inside.holds:
            self._comma(inside)
        if isinstance(inside.holds, list):
            inside.holds.append(self._value())
        else:
            self._pair(inside, inside.holds)

    def _comma(self, inside: _Open) -> None:
        if self._peek() != ",":
            self._missing(inside, f"`,` or `{inside.closer}`")
        comma = self._offset
        self._offset += 1
        if self._peek() == inside.closer:
            raise _SyntaxProblem(comma, f"a comma before the closing `{inside.closer}`", "remove the comma")

    def _pair(self, inside: _Open, members: "dict[str, Member]") -> None:
        if self._peek() != '"':
            self._missing(inside, "a key in double quotes")
        place = self._offset
        name = self._string()
        key = self._located(name, place)
        if self._peek() != ":":
            self._missing(inside, f"`:` after the key {quoted(name)}")
        self._offset += 1
        self._peek()
        if name in members:
            first = members[name].key
            hint = f"it is already at {first.line}:{first.column}; keep one"
            self._report.error(key, f"duplicate key {quoted(name)}", hint)
        members[name] = Member(key, self._value())

    def _value(self) -> Located:
        """A value, or the beginning of a list or an object, which is then open."""
        place, character = self._offset, self._text[self._offset : self._offset + 1]
        if character == '"':
            return self._located(self._string(), place)
        if character in {"[", "{"}:
            opened = _Open(place, character)
            self._offset += 1
            self._open.append(opened)
            return self._located(opened.holds, place)
        if found := _NUMBER_LIKE.match(self._text, place):
            return self._located(self._number(found.group()), place)
        if found := _WORD.match(self._text, place):
            return self._located(self._constant(found.group()), place)
        if not character:
            self._ended()
        return self._stop(f"a value is missing before {self._here()}", _advice(character) or "write a value")

    def _close(self) -> None:
        self._open.pop()
        self._offset += 1

    def _number(self, spelling: str) -> int | float:
        found = _NUMBER.fullmatch(spelling)
        if found is None:
            hint = _MISSPELT.get(spelling.lstrip("+-").lower(), "write it like 12, -3 or 0.5")
            self._stop(f"not a number as JSON writes it: {quoted(spelling)}", hint)
        self._offset += len(spelling)
        if found.group(1) or found.group(2) or len(spelling) > _MOST_DIGITS:
            return float(spelling)
        return int(spelling)

    def _constant(self, word: str) -> bool | None:
        if word not in _CONSTANTS:
            hint = _MISSPELT.get(word.lower(), "text stands in double quotes")
            self._stop(f"{quoted(word)} is no JSON value", hint)
        self._offset += len(word)
        return _CONSTANTS[word]

    def _string(self) -> str:
        """The text between two double quotes; the first one is at the present offset."""
        start = self._offset
        self._offset += 1
        parts: list[str] = []
        while True:
            plain = _PLAIN.match(self._text, self._offset)
            assert plain is not None  # noqa: S101 (the pattern matches the empty text too)
            parts.append(plain.group())
            self._offset = plain.end()
            end = self._text[self._offset : self._offset + 1]
            if end == '"':
                self._offset += 1
                return "".join(parts)
            if end != "\\":
                self._broken_string(start, end)
            parts.append(self._escape())

    def _escape(self) -> str:
        r"""The characters that an escape such as `\n`, or a run of `\u` escapes, stands for."""
        if units := _UNITS.match(self._text, self._offset):
            self._offset = units.end()
            return bytes.fromhex(units.group().replace("\\u", "")).decode("utf-16-be", "surrogatepass")
        letter = self._text[self._offset + 1 : self._offset + 2]
        if letter == "u":
            self._stop("`\\u` without four hex digits in a text", "write it like \\u00e9")
        if letter not in _ESCAPES:
            self._stop(f"unknown escape `\\{shown(letter)}` in a text", "write \\\\ for a backslash")
        self._offset += 2
        return _ESCAPES[letter]

    def _broken_string(self, start: int, character: str) -> NoReturn:
        if not character:
            raise _SyntaxProblem(start, "the file ends inside this text", 'add the closing `"`')
        if character in "\r\n":
            raise _SyntaxProblem(start, "the text does not end on its line", 'add the closing `"`; a line end is \\n')
        hint = "write \\t for a tab" if character == "\t" else "write it as an escape such as \\u0001"
        self._stop(f"a control character (U+{ord(character):04X}) in a text", hint)

    def _peek(self) -> str:
        """The next character that is no white space, which is skipped; "" at the end."""
        space = _SPACE.match(self._text, self._offset)
        assert space is not None  # noqa: S101 (the pattern matches the empty text too)
        self._offset = space.end()
        return self._text[self._offset : self._offset + 1]

    def _located(self, value: Value, offset: int) -> Located:
        line, column = self.places.at(offset)
        return Located(value, line, column)

    def _here(self) -> str:
        return quoted(self._text[self._offset : self._offset + 1]) if self._offset < len(self._text) else "the end"

    def _missing(self, inside: _Open, wanted: str) -> NoReturn:
        character = self._text[self._offset : self._offset + 1]
        if not character:
            self._ended()
        hint = _advice(character)
        if character in {"]", "}"}:
            line, column = self.places.at(inside.offset)
            hint = f"`{inside.bracket}` of {line}:{column} is still open"
        self._stop(f"expected {wanted}, found {self._here()}", hint)

    def _ended(self) -> NoReturn:
        inside = self._open[-1]
        line, column = self.places.at(inside.offset)
        self._stop(
            f"the file ends before the `{inside.bracket}` of {line}:{column} is closed",
            f"add what is missing and `{inside.closer}`",
        )

    def _stop(self, message: str, hint: str) -> NoReturn:
        raise _SyntaxProblem(self._offset, message, hint)


def _advice(character: str) -> str:
    """What to do about a character that JSON knows nowhere."""
    if character in {"/", "#"}:
        return "JSON has no comments; remove it"
    if character == "'":
        return "texts stand in double quotes"
    return ""
