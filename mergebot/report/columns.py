"""Tables whose widths are worked out here, so that a long title never eats a column that matters."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

GAP: Final = 2
"""Columns between two columns."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its cells, and whether it may be narrower than they are, and then wraps or is cut.

    `least`: how narrow it may get; `liked`: no narrower than this as long as another one has more than it likes.
    """

    title: str
    cells: Sequence[Text]
    right: bool = False
    wrap: bool = False
    widest: int = 10_000
    least: int = 10_000
    liked: int = 0
    natural: int = field(init=False)

    def __post_init__(self) -> None:
        """Work out the width that shows every cell whole."""
        width = max(cell_len(self.title), *(cell.cell_len for cell in self.cells))
        object.__setattr__(self, "natural", min(width, self.widest))


def table(columns: Sequence[Column], *, width: int) -> Table:
    """The columns side by side, in at most `width` columns."""
    shown = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim")
    for column, chosen in zip(columns, _fitted(columns, width), strict=True):
        shown.add_column(
            column.title,
            width=chosen,
            justify="right" if column.right else "left",
            no_wrap=not column.wrap,
            overflow="fold" if column.wrap else "ellipsis",
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        shown.add_row(*row)
    return shown


def grid(*widths: int | None) -> Table:
    """A table without lines: narrow columns of these widths (None: as wide as need be), then one that wraps."""
    shown = Table.grid(padding=(0, GAP, 0, 0))
    for width in widths:
        shown.add_column(no_wrap=True, width=width, overflow="ellipsis")
    shown.add_column(ratio=1, overflow="fold")
    return shown


def _fitted(columns: Sequence[Column], width: int) -> list[int]:
    """Widths that fit: what is too much is taken from the widest of those that may shrink."""
    widths = [column.natural for column in columns]
    for limits in ([max(column.least, column.liked) for column in columns], [column.least for column in columns]):
        while sum(widths) + GAP * (len(widths) - 1) > width:
            able = [place for place, limit in enumerate(limits) if widths[place] > limit]
            if not able:
                break
            widths[max(able, key=lambda place: widths[place])] -= 1
    return widths
