"""How text may look where it goes: its width, and whether it may have colour and characters beyond ASCII."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

NARROWEST = 40
"""Columns below which no table is readable; a terminal may wrap it then."""

DEFAULT_WIDTH = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """`width` in columns; `ascii_only`: no character that an ASCII locale would break."""

    width: int = DEFAULT_WIDTH
    color: bool = False
    ascii_only: bool = False

    def pick(self, utf8: str, plain: str) -> str:
        """The one of two spellings that the output can show."""
        return plain if self.ascii_only else utf8


def look_at(stream: TextIO, environ: Mapping[str, str], *, columns: int, no_color: bool) -> Look:
    """The look for a stream: colour only on a terminal that has it, and never against the user's wish.

    `columns`: the width of the terminal. See no-color.org for NO_COLOR: any value but the empty one counts.
    """
    dumb = environ.get("TERM", "") in ("dumb", "unknown")
    color = stream.isatty() and not (no_color or dumb or environ.get("NO_COLOR"))
    encoding = (stream.encoding or "ascii").lower().replace("_", "-")
    return Look(width=max(columns, NARROWEST), color=color, ascii_only=not encoding.startswith("utf"))
