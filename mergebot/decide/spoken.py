"""Which commands a comment holds: `/mergebot WORD`, alone on a line that a reader sees as the author's own words.

Read as GitHub shows it: a line in code, a quote, a list, a heading or an HTML comment is none, nor is one inside an
HTML element that quotes or hides, in a tag, in the target of a link, or in a formula; nor where that is in doubt.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import count

from mergebot.decide.inline import CODE_MARK
from mergebot.decide.marked import MarkedText, marked_lines
from mergebot.model.people import CALL


class Command(StrEnum):
    """What may be asked of mergebot in a comment."""

    MERGE = "merge"
    CANCEL = "cancel"
    HOLD = "hold"
    UNHOLD = "unhold"
    REBASE = "rebase"
    RETRY = "retry"
    EXPLAIN = "explain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Puzzle:
    """Mergebot is spoken to, but this is no command; `words`: what was said, cut to a sane length."""

    words: str


Asked = Command | Puzzle

_KEPT = 1_000
"""Comments whose commands are kept: a pass decides many times on the same ones."""
_LONGEST = 40
"""Characters of a stranger's words that are repeated."""

_COMMANDS = {command.value: command for command in Command}
_CALL = re.compile(rf"(?P<indent>^[ \t]*)?{CALL}", re.IGNORECASE | re.ASCII | re.MULTILINE)
_CODE_INDENT = 4
"""Columns before a line that is code in some places; a command is so far in nowhere."""

_MARK = "\ue000"
"""Of no meaning in any text: around the number of a call, by which it is known in each reading."""
_CALLED = re.compile(
    rf"{CALL}{_MARK}(?P<number>\d+){_MARK}(?:[ \t\u00a0]+(?P<words>.*))?", re.IGNORECASE | re.ASCII | re.DOTALL
)

_QUOTING = frozenset(
    {"blockquote", "code", "del", "details", "kbd", "math", "pre", "q", "s", "samp", "script", "strike", "style"}
    | {"template", "textarea", "title", "tt", "xmp"}
)
"""HTML elements whose text is quoted, hidden, or struck out."""
_LOOSE = frozenset({"del", "kbd", "q", "samp"})
"""Of these: that the end of one inside a paragraph does not end what was begun before it, so a browser has it."""

_NAME = r"[a-z][a-z0-9-]*+"
_COMMENT = r"<!--(?:>|->|.*?(?:-->|\Z))"
_QUOTED = r"""(?:'[^']*+(?:'|\Z)|"[^"]*+(?:"|\Z))"""
_VALUE = rf"""(?:[^\s"'=<>`]++|{_QUOTED})"""
_TAG = re.compile(
    rf"{_COMMENT}|<(?P<end>/?+)(?P<name>{_NAME})(?:\s++[a-z_:][\w.:-]*+(?:\s*+=\s*+{_VALUE})?+)*+\s*+(?:/?>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""A tag or an HTML comment, over several lines too; one that is never closed takes the rest of the text with it."""
_OPENING = re.compile(rf"<({_NAME})", re.IGNORECASE)
_RAW_TAG = re.compile(
    rf"{_COMMENT}|<(?P<end>/?+)(?P<name>{_NAME})(?:=\s*+{_QUOTED}|[^>])*+(?:>|\Z)", re.IGNORECASE | re.DOTALL
)
"""The same in raw HTML, where a browser takes whatever comes up to the end of the tag."""

_TARGET = r"""\((?:[^()\n"'<> ]|\([^()\n"' ]*\))*+(?:[ ]+(?:"[^"\\\n]*"|'[^'\\\n]*'))?[ ]*\)"""
_LINK = re.compile(rf"!?\[[^\[\]\n]*\]{_TARGET}")
_UNCLEAR = re.compile(r"\]\(|\]:|!\[|\$\$|<[!?]|</(?![a-z])", re.IGNORECASE)
"""What is left of a line without its whole links, and may hide the next lines of the paragraph."""


@lru_cache(maxsize=_KEPT)
def read_commands(body: str) -> tuple[Asked, ...]:
    """What a comment asks for, in its order. Total, and takes time in proportion to the length of the text, once."""
    if CALL not in body.lower():
        return ()
    number = count()
    body = body.replace("\r\n", "\n").replace("\r", "\n").replace(_MARK, "?")
    body = _CALL.sub(lambda call: call[0] if _is_deep(call) else f"{call[0]}{_MARK}{next(number)}{_MARK}", body)
    markdown, html = (dict(_calls(marked_lines(body, _may_matter, raw=raw))) for raw in (False, True))
    return tuple(_asked(words) for place, words in markdown.items() if place in html)


def _is_deep(call: re.Match[str]) -> bool:
    return len((call["indent"] or "").expandtabs(_CODE_INDENT)) >= _CODE_INDENT


def _calls(text: MarkedText) -> Iterator[tuple[str, str]]:
    """The calls that count in one reading of a text, each by its number."""
    for line in _Shown(text).lines():
        if (call := _CALLED.fullmatch(line)) is not None:
            yield call["number"], call["words"] or ""


def _may_matter(section: str) -> bool:
    return CALL in section.lower()


def _asked(words: str) -> Asked:
    words = " ".join(words.split())
    return _COMMANDS.get(words.lower()) or Puzzle(words=_cut("".join(c if c.isprintable() else "?" for c in words)))


def _cut(words: str) -> str:
    words = words.replace("`", "'").replace(CODE_MARK, "…")
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rstrip()}…"


@dataclass(slots=True)
class _Shown:
    """Walks down a text, and knows which HTML elements are open."""

    text: MarkedText
    open: dict[str, int] = field(default_factory=dict)
    before: set[str] = field(default_factory=set)
    tag_end: int = 0

    def lines(self) -> Iterator[str]:
        """The lines of its own paragraphs that no element, tag or link hides."""
        lines, whole = self.text.lines, "\n".join(self.text.lines)
        place, clear = 0, True
        for at, line in enumerate(lines):
            raw = at in self.text.raw
            clear = clear or at in self.text.starts
            if at in self.text.starts and not raw:
                self.before |= self.open.keys() & _LOOSE
            if at in self.text.own and clear and not self.open and self.tag_end <= place:
                yield line
            clear = clear and _UNCLEAR.search(_LINK.sub("", line)) is None and line.count("~~") % 2 == 0
            self._pass_tags(whole, place, place + len(line), _RAW_TAG if raw else _TAG, sure=clear or raw)
            place += len(line) + 1
            if self.tag_end >= place and raw and (at + 1 not in self.text.raw or at + 1 in self.text.raw_ends):
                return  # what would end it is plain text by now

    def _pass_tags(self, whole: str, start: int, end: int, pattern: re.Pattern[str], *, sure: bool) -> None:
        """The tags that begin on this line; where it is not sure that they are shown, they end nothing.

        Nor do those inside what seems to be another tag or a comment: it is none where a block ends in it.
        """
        at = whole.find("<", start, end)
        while at >= 0:
            if at < self.tag_end:
                self._open(_OPENING.match(whole, at))
            elif (tag := pattern.match(whole, at)) is not None:
                self._pass(tag, sure=sure and whole[at - 1 : at] != "\\")
            at = whole.find("<", at + 1, end)

    def _open(self, tag: re.Match[str] | None) -> None:
        name = tag[1].lower() if tag else ""
        if name in _QUOTING:
            self.open[name] = self.open.get(name, 0) + 1

    def _pass(self, tag: re.Match[str], *, sure: bool) -> None:
        self.tag_end = tag.end()
        name = (tag["name"] or "").lower()
        if name not in _QUOTING or (tag["end"] and (not sure or name in self.before)):
            return
        depth = self.open.pop(name, 0) + (-1 if tag["end"] else 1)
        if depth > 0:
            self.open[name] = depth
