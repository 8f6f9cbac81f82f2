"""The table of the queue: a row for each requested entry, with what keeps it back."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from mergebot.model.plan import CriterionName, Entry, EntryState
from mergebot.report import render
from mergebot.report.columns import GAP, Column, table
from mergebot.report.look import UNWRAPPED

STATE_STYLES: Final = {
    EntryState.READY: "green",
    EntryState.WAITING: "yellow",
    EntryState.BLOCKED: "red",
    EntryState.HELD: "cyan",
    EntryState.IGNORED: "dim",
}

NAME_MIN, NAME_LIKED, NAME_MAX = 8, 16, 26
TITLE_MIN, TITLE_MAX = 24, 60
BLOCKED_MIN, BLOCKED_MAX = 10, 24
VERDICTS_FROM: Final = 62
"""Columns below which there is only room for who, what state and why."""

POSITION_FROM: Final = 48
"""Columns below which the order alone says who comes first."""


def queue_table(entries: Sequence[Entry], *, width: int, clean: Callable[[str], str]) -> Table:
    """The entries, a row each, in at most `width` columns; `clean` makes untrusted text harmless."""
    return table(list(_columns(entries, width, clean)), width=width)


def _columns(entries: Sequence[Entry], width: int, clean: Callable[[str], str]) -> Iterator[Column]:
    blocked = _blocked(entries, width, clean)
    if width >= POSITION_FROM:
        yield Column(title="Pos", cells=[Text(str(entry.position)) for entry in entries], right=True)
    yield Column(title="PR", cells=[Text(f"#{entry.pr}", style="bold") for entry in entries], right=True)
    yield from _names(entries, width - 3 - 4 - 7 - 5 - 7 - blocked.natural - 7 * GAP, clean)
    yield Column(title="State", cells=[Text(entry.state, style=STATE_STYLES[entry.state]) for entry in entries])
    if width >= VERDICTS_FROM:
        yield Column(title="Score", cells=[Text(render.score(entry)) for entry in entries], right=True)
        tests = [render.word(render.verdict_of(entry, CriterionName.TESTS_PASSING)) for entry in entries]
        yield Column(title="Checks", cells=[Text(word) for word in tests])
    yield blocked


def _blocked(entries: Sequence[Entry], width: int, clean: Callable[[str], str]) -> Column:
    return Column(
        title="Blocked by",
        cells=[Text(clean(render.blocked_by(entry))) for entry in entries],
        wrap=True,
        widest=width if width >= UNWRAPPED // 2 else BLOCKED_MAX,
        least=BLOCKED_MIN,
    )


def _names(entries: Sequence[Entry], room: int, clean: Callable[[str], str]) -> Iterator[Column]:
    """Agent and title where there is room for both, else whichever people know it by."""
    agents = Column(
        title="Agent", cells=[Text(clean(entry.agent or "")) for entry in entries], widest=NAME_MAX, least=NAME_MIN
    )
    if any(entry.agent for entry in entries) and room - agents.natural >= TITLE_MIN:
        yield agents
        titles = [Text(clean(entry.title)) for entry in entries]
        yield Column(title="Title", cells=titles, widest=TITLE_MAX, least=TITLE_MIN)
    else:
        names = [Text(clean(render.name(entry))) for entry in entries]
        yield Column(
            title="Agent or title" if room > 0 else "Agent",
            cells=names,
            widest=TITLE_MAX,
            least=NAME_MIN,
            liked=NAME_LIKED,
        )
