"""How text may look where it goes: its width and length, and whether it may have colour and more than ASCII."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TextIO

NARROWEST: Final = 40
"""Columns below which no table is readable; a terminal may wrap it then."""

DEFAULT_WIDTH: Final = 80

UNWRAPPED: Final = 10_000
"""Columns where nobody looks at a screen: each fact stays on its line, for `grep` and for whoever reads a log."""

ROWS: Final = 25
"""Rows of one section that a person still reads; what is more is counted."""

WHOLE: Final = 1_000_000
"""Rows where everything is to be shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """`width` in columns; `rows`: how many of one section are shown before the rest is counted.

    `ascii_only`: no character that an ASCII locale would break.
    """

    width: int = DEFAULT_WIDTH
    rows: int = WHOLE
    color: bool = False
    ascii_only: bool = False

    def pick(self, utf8: str, plain: str) -> str:
        """The one of two spellings that the output can show."""
        return plain if self.ascii_only else utf8


def look_at(stream: TextIO, environ: Mapping[str, str], *, columns: int, no_color: bool) -> Look:
    """The look for a stream: colour only on a terminal that has it, and never against the user's wish.

    `columns`: the width of the terminal. What is read by a program is whole: on a terminal alone rows are counted.
    See no-color.org for NO_COLOR: any value but the empty one counts.
    """
    terminal = stream.isatty()
    color = terminal and not (no_color or is_dumb(environ) or environ.get("NO_COLOR"))
    encoding = (stream.encoding or "ascii").lower().replace("_", "-")
    return Look(
        width=max(columns, NARROWEST),
        rows=ROWS if terminal else WHOLE,
        color=color,
        ascii_only=not encoding.startswith("utf"),
    )


def is_dumb(environ: Mapping[str, str]) -> bool:
    """Whether the terminal can do no more than print: no colour, no line drawn twice."""
    return environ.get("TERM", "") in ("dumb", "unknown")
