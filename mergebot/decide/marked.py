"""All lines of a text with the place of each: for who must know that a line is its author's own, and seen by all."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from mergebot.decide.text import Reader, read_into

_TAG_START = re.compile(r" {0,3}</?[a-z]", re.IGNORECASE)
_BLANK = re.compile(r" *$")


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkedText:
    """All lines but those of code and comments. `own`: whether a line's paragraph stands in no quote, list or heading.

    `starts`: the lines with which a paragraph begins. `raw`: lines of raw HTML; before those in `raw_ends` it ended.
    """

    lines: list[str]
    own: set[int]
    starts: set[int]
    raw: set[int]
    raw_ends: set[int]


def marked_lines(body: str, wanted: Callable[[str], bool], *, raw: bool) -> MarkedText:
    """The lines of a text, and where they stand; `wanted`: as for `counting_lines`.

    `raw`: what begins with an HTML tag is raw HTML up to the next blank line, in which Markdown means nothing. That is
    so of some tags in some places; who wants to be sure asks for both readings.
    """
    reader = read_into(_RawReader(keeps_quotes=True) if raw else Reader(keeps_quotes=True), body, wanted)
    verbatim, ends = (reader.verbatim, reader.ends) if isinstance(reader, _RawReader) else (set(), set())
    return MarkedText(
        lines=reader.lines,
        own={line for first, end in reader.own for line in range(first, end)},
        starts={first for first, _ in reader.own},
        raw=verbatim,
        raw_ends=ends,
    )


@dataclass(slots=True)
class _RawReader(Reader):
    """Takes every tag at the start of a line for the start of raw HTML."""

    verbatim: set[int] = field(default_factory=set)
    ends: set[int] = field(default_factory=set)

    def html_end_of(self, line: str, at: int) -> re.Pattern[str] | None:
        """Up to a blank line, unless it is of those that end with an end of their own."""
        return Reader.html_end_of(self, line, at) or (_BLANK if _TAG_START.match(line, at) else None)

    def read_html(self, line: str, at: int) -> None:
        """A line of it, as it is: what it opens may stay open behind it."""
        if self.html_end is None:
            return
        blank = _BLANK.match(line, at) is not None
        if not blank:
            if not self.containers and self.html_end is _BLANK:
                self.own.append((len(self.lines), len(self.lines) + 1))
            self.verbatim.add(len(self.lines))
            self.add(line[at:])
        if blank if self.html_end is _BLANK else self.html_end.search(line, at):
            self.html_end = None
            self.ends.add(len(self.lines))

    def end_section(self) -> None:
        """The blank line is not read."""
        Reader.end_section(self)
        if self.html_end is _BLANK:
            self.html_end = None
            self.ends.add(len(self.lines))
