"""Which lines of a PR's text count: those that a reader sees as plain text (contract 2.3, 3).

Lines in fenced or indented code, in block quotes and in HTML comments do not; inline code leaves a mark in its place.
The block structure is CommonMark's, read in one pass over the lines, without recursion, in linear time.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from mergebot.decide.inline import COMMENT_END, COMMENT_START, without_code_and_comments, without_comments

R = TypeVar("R", bound="Reader")

_QUOTE = 0
"""A container; any other number is a list item, by the columns that its content is indented."""

_DEEPEST = 100
"""Containers in each other; deeper ones are taken for text, so that no line costs more than this."""

_CODE_INDENT = 4
_HTML_NAMES = "script|pre|style|textarea"

_CONTAINERS = frozenset(">-+*0123456789")
_SPACES = re.compile(r" *")
_STARTS = frozenset(">`~<#-+*=_0123456789")
"""What a line must begin with to be more than text."""
_FENCE = re.compile(r" {0,3}(?:(`{3,})[^`]*|(~{3,}).*)$", re.DOTALL)
_HEADING = re.compile(r" {0,3}#{1,6}(?: (.*)|$)", re.DOTALL)
_HEADING_END = re.compile(r"(?:^| )#+ *$")
_RULE = re.compile(r" {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+) *$")
_ITEM = re.compile(r" {0,3}([-+*]|[0-9]{1,9}[.)])(?= |$)")
_HTML = (
    (
        re.compile(rf" {{0,3}}<(?:{_HTML_NAMES})(?=[ >]|$)", re.IGNORECASE),
        re.compile(rf"</(?:{_HTML_NAMES})>", re.IGNORECASE),
    ),
    (re.compile(r" {0,3}<\?"), re.compile(r"\?>")),
    (re.compile(r" {0,3}<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(r" {0,3}<![A-Za-z]"), re.compile(r">")),
)
_COMMENT = re.compile(rf" {{0,3}}{COMMENT_START}")
_COMMENT_END = re.compile(COMMENT_END)


def counting_lines(body: str, wanted: Callable[[str], bool] = bool) -> list[str]:
    """The lines that count, without indentation, list and heading marks and comments; inline code is `CODE_MARK`.

    `wanted`: whether the caller wants a section, told by its text; the lines of the others may be left out.
    """
    return read_into(Reader(), body, wanted).lines


def read_into(reader: R, body: str, wanted: Callable[[str], bool]) -> R:
    """Let a reader read a text; `wanted`: as for `counting_lines`."""
    for section in _sections(body.replace("\r\n", "\n").replace("\r", "\n")):
        if reader.is_verbatim() or wanted(section) or _opens_verbatim(section):
            for line in section.split("\n"):
                reader.read(line.expandtabs(_CODE_INDENT) if "\t" in line else line)
            reader.end_section()
    return reader


def _sections(body: str) -> list[str]:
    """The text in pieces, each of which begins with a line without indentation that follows a blank one.

    At such a line everything is closed but a fence or raw HTML at the top.
    """
    sections: list[list[str]] = []
    for part in body.split("\n\n"):
        if sections and part[:1] <= " ":
            sections[-1].append(part)
        else:
            sections.append([part])
    return ["\n\n".join(parts) for parts in sections]


def _opens_verbatim(section: str) -> bool:
    """Whether a section may leave something open that reaches over its end."""
    return "```" in section or "~~~" in section or "<" in section


@dataclass(slots=True)
class Reader:
    """Where the reading is: the open containers, and the leaf that is open in the innermost one.

    `own`: which lines are a paragraph that stands in no container, from line to line.
    `keeps_quotes`: lines in quotes are kept too.
    """

    keeps_quotes: bool = False
    lines: list[str] = field(default_factory=list)
    own: list[tuple[int, int]] = field(default_factory=list)
    containers: list[int] = field(default_factory=list)
    paragraph: list[str] = field(default_factory=list)
    fence: str = ""
    html_end: re.Pattern[str] | None = None
    hollow: bool = False
    """The innermost container is a list item that began with an empty line and has nothing in it yet."""

    def is_verbatim(self) -> bool:
        """Whether a fence or raw HTML is open, which a blank line does not end."""
        return bool(self.fence) or self.html_end is not None

    def read(self, line: str) -> None:
        """Read one line."""
        plain = not (self.containers or self.fence or self.html_end)
        if plain and line[:1] > " " and line[0] not in _STARTS:
            self.paragraph.append(line)
            return
        at, matched = self.match_containers(line)
        if matched < len(self.containers):
            self.fence, self.html_end = "", None
        if self.fence:
            self.read_fenced(line[at:])
        elif self.html_end is not None:
            self.read_html(line, at)
        else:
            self.read_blocks(line, at, matched)

    def match_containers(self, line: str) -> tuple[int, int]:
        """How far into the line, and how many of the open containers, the line continues."""
        at = 0
        for matched, width in enumerate(self.containers):
            text_at = _end_of_spaces(line, at)
            if width == _QUOTE:
                if text_at - at >= _CODE_INDENT or not line.startswith(">", text_at):
                    return at, matched
                at = text_at + 1 + line.startswith(" ", text_at + 1)
            elif text_at == len(line):
                if self.hollow and matched == len(self.containers) - 1:
                    return at, matched
            elif text_at - at >= width:
                at += width
            else:
                return at, matched
        return at, len(self.containers)

    def read_fenced(self, rest: str) -> None:
        """A line of a fenced block: it ends with a fence at least as long as the one that opened it."""
        run = rest.strip(" ")
        indent = len(rest) - len(rest.lstrip(" "))
        if indent < _CODE_INDENT and run.startswith(self.fence) and not run.strip(self.fence[0]):
            self.fence = ""

    def read_html(self, line: str, at: int) -> None:
        """A line of raw HTML; what follows the end of a comment on its line is seen, so it counts."""
        if self.html_end is None or (end := self.html_end.search(line, at)) is None:
            return
        if self.html_end is _COMMENT_END:
            self.add(without_comments(line[end.end() :]))
        self.html_end = None

    def html_end_of(self, line: str, at: int) -> re.Pattern[str] | None:
        """What ends the raw HTML that starts here, None if none does."""
        if _COMMENT.match(line, at):
            return _COMMENT_END
        return next((end for start, end in _HTML if start.match(line, at)), None)

    def read_blocks(self, line: str, at: int, matched: int) -> None:
        """What a line starts: containers, then one leaf, or text."""
        text_at = _end_of_spaces(line, at)
        while line[text_at : text_at + 1] in _CONTAINERS and (opened := self.open_container(line, at, matched)) >= 0:
            at, matched = opened, len(self.containers)
            text_at = _end_of_spaces(line, at)
        if text_at == len(line):
            self.close(matched)
            return
        if text_at - at >= _CODE_INDENT and not self.paragraph:
            self.close(matched)  # indented code
        elif text_at - at >= _CODE_INDENT or line[text_at] not in _STARTS or not self.read_leaf(line, at, matched):
            self.read_text(line[text_at:], matched)
        self.hollow = False

    def open_container(self, line: str, at: int, matched: int) -> int:
        """Open the quote or list item that starts here and give the place after its mark; -1 if none does."""
        text_at = _end_of_spaces(line, at)
        if text_at - at >= _CODE_INDENT or len(self.containers) >= _DEEPEST:
            return -1
        if line.startswith(">", text_at):
            self.open(_QUOTE, matched)
            return text_at + 1 + line.startswith(" ", text_at + 1)
        item = _ITEM.match(line, at)
        if item is None or _RULE.match(line, at) or self.is_continuation(line, at, matched, item):
            return -1
        content_at = _end_of_spaces(line, item.end())
        spaces = content_at - item.end()
        hollow = content_at == len(line)
        after = item.end() if hollow else item.end() + (spaces if spaces <= _CODE_INDENT else 1)
        self.open(item.end() + 1 - at if hollow else after - at, matched)
        self.hollow = hollow
        return after

    def is_continuation(self, line: str, at: int, matched: int, item: re.Match[str]) -> bool:
        """Whether a line that could start a list item goes on with the paragraph that is open instead."""
        if not self.paragraph or matched < len(self.containers):
            return False
        numbered = len(item.group(1)) > 1 and item.group(1)[:-1] != "1"
        empty = _end_of_spaces(line, item.end()) == len(line)
        return numbered or empty or _UNDERLINE.match(line, at) is not None

    def read_leaf(self, line: str, at: int, matched: int) -> bool:
        """Start, or be, the block other than a paragraph that this line is; False if it is none."""
        if self.paragraph and matched == len(self.containers) and _UNDERLINE.match(line, at):
            self.end_paragraph()
        elif (heading := _HEADING.match(line, at)) is not None:
            self.close(matched)
            self.add(without_code_and_comments(_HEADING_END.sub("", heading.group(1) or "")))
        elif (fence := _FENCE.match(line, at)) is not None:
            self.close(matched)
            self.fence = fence.group(1) or fence.group(2)
        elif (html_end := self.html_end_of(line, at)) is not None:
            self.close(matched)
            self.html_end = html_end
            self.read_html(line, at)
        elif _RULE.match(line, at):
            self.close(matched)
        else:
            return False
        return True

    def read_text(self, text: str, matched: int) -> None:
        """Text goes on with the open paragraph, even out of its containers (a lazy line), or starts one."""
        if not self.paragraph:
            self.close(matched)
        self.paragraph.append(text)

    def open(self, container: int, matched: int) -> None:
        """Open a container inside the first `matched` ones."""
        self.close(matched)
        self.containers.append(container)

    def close(self, matched: int) -> None:
        """End the paragraph, and the containers but the first `matched` ones."""
        if self.paragraph:
            self.end_paragraph()
        if matched < len(self.containers):
            del self.containers[matched:]
            self.hollow = False

    def end_section(self) -> None:
        """A blank line comes, or the end."""
        self.end_paragraph()

    def end_paragraph(self) -> None:
        """End the paragraph, if one is open; its lines count."""
        if self.paragraph:
            at = len(self.lines)
            if self.keeps_quotes or _QUOTE not in self.containers:  # a long quote need not be looked through
                self.add(*without_code_and_comments("\n".join(self.paragraph)).split("\n"))
            if not self.containers:
                self.own.append((at, len(self.lines)))
            self.paragraph = []

    def add(self, *lines: str) -> None:
        """Add lines, unless they are in a quote."""
        if self.keeps_quotes or _QUOTE not in self.containers:
            self.lines += [line.strip() for line in lines]


def _end_of_spaces(line: str, at: int) -> int:
    if line[at : at + 1] != " ":
        return at
    found = _SPACES.match(line, at)
    return found.end() if found else at
