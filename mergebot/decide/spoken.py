"""Which commands a comment holds: `/mergebot WORD`, alone on a line that a reader sees as the author's own words.

Read as GitHub shows it: a line in code, a quote, a list, a heading or an HTML comment is none, nor is one inside an
HTML element that quotes or hides, in a tag, in the target of a link, or in a formula; nor where that is in doubt.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count

from mergebot.decide.inline import CODE_MARK
from mergebot.decide.marked import MarkedText, marked_lines


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

CALL = "/mergebot"
_LONGEST = 40
"""Characters of a stranger's words that are repeated."""

_COMMANDS = {command.value: command for command in Command}
_CALL = re.compile(re.escape(CALL), re.IGNORECASE | re.ASCII)
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

_NAME = r"[a-z][a-z0-9-]*+"
_COMMENT = r"<!--(?:>|->|.*?(?:-->|\Z))"
_QUOTED = r"""(?:'[^']*+(?:'|\Z)|"[^"]*+(?:"|\Z))"""
_VALUE = rf"""(?:[^\s"'=<>`]++|{_QUOTED})"""
_TAG = re.compile(
    rf"{_COMMENT}|<(?P<end>/?+)(?P<name>{_NAME})(?:\s++[a-z_:][\w.:-]*+(?:\s*+=\s*+{_VALUE})?+)*+\s*+(?:/?>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""A tag or an HTML comment, over several lines too; one that is never closed takes the rest of the text with it."""
_RAW_TAG = re.compile(
    rf"{_COMMENT}|<(?P<end>/?+)(?P<name>{_NAME})(?:=\s*+{_QUOTED}|[^>])*+(?:>|\Z)", re.IGNORECASE | re.DOTALL
)
"""The same in raw HTML, where a browser takes whatever comes up to the end of the tag."""

_TARGET = r"""\((?:[^()\n"'<> ]|\([^()\n"' ]*\))*+(?:[ ]+(?:"[^"\\\n]*"|'[^'\\\n]*'))?[ ]*\)"""
_LINK = re.compile(rf"!?\[[^\[\]\n]*\]{_TARGET}")
_UNCLEAR = re.compile(r"\]\(|\]:|!\[|\$\$|<[!?]|</(?![a-z])", re.IGNORECASE)
"""What is left of a line without its whole links, and may hide the next lines of the paragraph."""


def read_commands(body: str) -> tuple[Asked, ...]:
    """What a comment asks for, in its order. Total, and takes time in proportion to the length of the text."""
    if CALL not in body.lower():
        return ()
    number = count()
    body = _CALL.sub(lambda call: f"{call[0]}{_MARK}{next(number)}{_MARK}", body.replace(_MARK, "?"))
    markdown, html = (dict(_calls(marked_lines(body, _may_matter, raw=raw))) for raw in (False, True))
    return tuple(_asked(words) for place, words in markdown.items() if place in html)


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
    tag_end: int = 0

    def lines(self) -> Iterator[str]:
        """The lines of its own paragraphs that no element, tag or link hides."""
        lines, whole = self.text.lines, "\n".join(self.text.lines)
        place, clear = 0, True
        for at, line in enumerate(lines):
            clear = clear or at in self.text.starts
            if at in self.text.own and clear and not self.open and self.tag_end <= place:
                yield line
            clear = clear and _UNCLEAR.search(_LINK.sub("", line)) is None
            raw = at in self.text.raw
            self._pass_tags(whole, place, place + len(line), _RAW_TAG if raw else _TAG, sure=clear or raw)
            place += len(line) + 1
            if self.tag_end >= place and raw and at + 1 not in self.text.raw:
                return  # what would end it is plain text by now

    def _pass_tags(self, whole: str, start: int, end: int, pattern: re.Pattern[str], *, sure: bool) -> None:
        """The tags that begin on this line; where it is not sure that they are shown, they end nothing."""
        at = whole.find("<", max(start, self.tag_end), end)
        while at >= 0:
            if (tag := pattern.match(whole, at)) is not None:
                self._pass(tag, sure=sure and whole[at - 1 : at] != "\\")
            at = whole.find("<", tag.end() if tag else at + 1, end)

    def _pass(self, tag: re.Match[str], *, sure: bool) -> None:
        self.tag_end = tag.end()
        name = (tag["name"] or "").lower()
        if name not in _QUOTING or (tag["end"] and not sure):
            return
        depth = self.open.pop(name, 0) + (-1 if tag["end"] else 1)
        if depth > 0:
            self.open[name] = depth
