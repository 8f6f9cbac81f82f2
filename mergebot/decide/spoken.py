"""Which commands a comment holds: `/mergebot WORD`, alone on a line that a reader sees as the author's own words.

Read as GitHub shows it: a line in code, a quote, a list, a heading or an HTML comment is none, nor is one inside an
HTML element that quotes or hides, in a tag, in the target of a link, or in a formula; nor where that is in doubt.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from mergebot.decide.inline import CODE_MARK
from mergebot.decide.text import own_paragraphs


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
_CALLED = re.compile(r"/mergebot(?:[ \t\u00a0]+(?P<words>.*))?", re.IGNORECASE | re.ASCII | re.DOTALL)

_QUOTING = frozenset(
    {"blockquote", "code", "del", "details", "kbd", "math", "pre", "q", "s", "samp", "script", "strike", "style"}
    | {"template", "textarea", "title", "tt", "xmp"}
)
"""HTML elements whose text is quoted, hidden, or struck out."""

_NAME = r"[a-z][a-z0-9-]*+"
_VALUE = r"""(?:[^\s"'=<>`]++|'[^']*+(?:'|\Z)|"[^"]*+(?:"|\Z))"""
_TAG = re.compile(
    rf"<(?P<end>/?+)(?P<name>{_NAME})(?:\s++[a-z_:][\w.:-]*+(?:\s*+=\s*+{_VALUE})?+)*+\s*+(?:/?>|\Z)", re.IGNORECASE
)
"""An HTML tag, over several lines too; a value or a tag that is never closed takes the rest of the text with it."""

_TARGET = r"""\((?:[^()\n"'<>]|\([^()\n"']*\)|<[^<>\n]*>|[ ]"[^"\n]*"(?=\))|[ ]'[^'\n]*'(?=\)))*+\)"""
_LINK = re.compile(rf"!?\[[^\[\]\n]*\]{_TARGET}")
_UNCLEAR = re.compile(r"\]\(|\]:|!\[|\$\$")
"""What is left of a line without its whole links, and may reach into the next line."""
_HTML_LINE = re.compile(r"</?[a-z]", re.IGNORECASE)
"""What may begin a block of raw HTML, which ends with the paragraph, and in which backticks mean nothing."""


def read_commands(body: str) -> tuple[Asked, ...]:
    """What a comment asks for, in its order. Total, and takes time in proportion to the length of the text."""
    if CALL not in body.lower():
        return ()
    lines, own = own_paragraphs(body, _may_matter)
    shown = _Shown("\n".join(lines))
    return tuple(_asked(call["words"] or "") for line in shown.lines(lines, own) if (call := _CALLED.fullmatch(line)))


def _may_matter(section: str) -> bool:
    return CALL in section.lower()


def _asked(words: str) -> Asked:
    words = " ".join(words.split())
    return _COMMANDS.get(words.lower()) or Puzzle(words=_cut("".join(c if c.isprintable() else "?" for c in words)))


def _cut(words: str) -> str:
    words = words.replace("`", "'")
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rstrip()}…"


@dataclass(slots=True)
class _Shown:
    """Walks down a text, and knows which HTML elements are open."""

    text: str
    open: dict[str, int] = field(default_factory=dict)
    tag_end: int = 0

    def lines(self, lines: list[str], own: list[tuple[int, int]]) -> Iterator[str]:
        """The lines of its own paragraphs that no element, tag or link hides."""
        tags, tag, place = _TAG.finditer(self.text), None, 0
        firsts, ends = {first for first, _ in own}, {end for _, end in own}
        inside = clear = raw = False
        for at, line in enumerate(lines):
            inside = at in firsts or (inside and at not in ends)
            clear, raw = at in firsts or clear, (raw and at not in firsts) or _HTML_LINE.match(line) is not None
            tag = tag or next(tags, None)
            while tag is not None and tag.start() < place:
                self._pass(tag)
                tag = next(tags, None)
            if inside and clear and not self.open and self.tag_end <= place:
                yield line
            clear = clear and _UNCLEAR.search(_LINK.sub("", line)) is None and not (raw and CODE_MARK in line)
            place += len(line) + 1

    def _pass(self, tag: re.Match[str]) -> None:
        self.tag_end = tag.end()
        name = tag["name"].lower()
        if name not in _QUOTING:
            return
        depth = self.open.pop(name, 0) + (-1 if tag["end"] else 1)
        if depth > 0:
            self.open[name] = depth
