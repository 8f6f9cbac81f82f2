"""The table of the queue. Its widths are worked out here, so that a long title never eats a column that matters."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from mergebot.model.plan import CriterionName, Entry, EntryState
from mergebot.report import render

STATE_STYLES = {
    EntryState.READY: "green",
    EntryState.WAITING: "yellow",
    EntryState.BLOCKED: "red",
    EntryState.HELD: "cyan",
    EntryState.IGNORED: "dim",
}

GAP = 2
NAME_MIN, NAME_MAX = 8, 26
TITLE_MIN = 24
BLOCKED_MIN, BLOCKED_MAX = 10, 24
VERDICTS_FROM = 62
"""Columns below which there is only room for who, what state and why."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its cells, and whether it may be narrower than they are (`least`) and then wraps or is cut."""

    title: str
    cells: Sequence[Text]
    right: bool = False
    wrap: bool = False
    widest: int = 10_000
    least: int = 10_000
    natural: int = field(init=False)

    def __post_init__(self) -> None:
        """Work out the width that shows every cell whole."""
        width = max(cell_len(self.title), *(cell.cell_len for cell in self.cells))
        object.__setattr__(self, "natural", min(width, self.widest))


def queue_table(entries: Sequence[Entry], *, width: int, clean: Callable[[str], str]) -> Table:
    """The entries, a row each, in at most `width` columns; `clean` makes untrusted text harmless."""
    columns = list(_columns(entries, width, clean))
    widths = _fitted(columns, width)
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim")
    for column, chosen in zip(columns, widths, strict=True):
        table.add_column(
            column.title,
            width=chosen,
            justify="right" if column.right else "left",
            no_wrap=not column.wrap,
            overflow="fold" if column.wrap else "ellipsis",
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*row)
    return table


def _columns(entries: Sequence[Entry], width: int, clean: Callable[[str], str]) -> Iterator[Column]:
    blocked = Column(
        title="Blocked by",
        cells=[Text(clean(render.blocked_by(entry))) for entry in entries],
        wrap=True,
        widest=BLOCKED_MAX,
        least=BLOCKED_MIN,
    )
    yield Column(title="Pos", cells=[Text(str(entry.position)) for entry in entries], right=True)
    yield Column(title="PR", cells=[Text(f"#{entry.pr}", style="bold") for entry in entries], right=True)
    agents = Column(
        title="Agent", cells=[Text(clean(entry.agent or "")) for entry in entries], widest=NAME_MAX, least=NAME_MIN
    )
    fixed = 3 + 4 + 7 + 5 + 7 + blocked.natural + 7 * GAP
    if any(entry.agent for entry in entries) and width - fixed - agents.natural >= TITLE_MIN:
        yield agents
        yield Column(title="Title", cells=[Text(clean(entry.title)) for entry in entries], least=TITLE_MIN)
    else:
        names = [Text(clean(render.name(entry))) for entry in entries]
        yield Column(title="Agent or title", cells=names, least=NAME_MIN)
    yield Column(title="State", cells=[Text(entry.state, style=STATE_STYLES[entry.state]) for entry in entries])
    if width >= VERDICTS_FROM:
        yield Column(title="Score", cells=[Text(render.score(entry)) for entry in entries], right=True)
        tests = [render.word(render.verdict_of(entry, CriterionName.TESTS_PASSING)) for entry in entries]
        yield Column(title="Checks", cells=[Text(word) for word in tests])
    yield blocked


def _fitted(columns: Sequence[Column], width: int) -> list[int]:
    """Widths that fit: what is too much is taken from the widest of those that may shrink."""
    widths = [column.natural for column in columns]
    for _ in range(sum(widths)):
        if sum(widths) + GAP * len(widths) <= width:
            break
        able = [place for place, column in enumerate(columns) if widths[place] > column.least]
        if not able:
            break
        widths[max(able, key=lambda place: widths[place])] -= 1
    return widths
