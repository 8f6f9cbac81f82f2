"""The journal of what mergebot did, as a forge keeps it: lines that nobody has looked into yet."""

from dataclasses import dataclass
from typing import Final

REF: Final = "refs/mergebot/journal"


@dataclass(frozen=True, kw_only=True, slots=True)
class ThisPass:
    """The pass that writes a line. `id`: of this pass alone; `url`: the page of its run in Actions ("" = it has none).

    `host`: the machine, where there is no such page.
    """

    id: str
    url: str = ""
    host: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Journal:
    """What stands in the journal, oldest line first. Whoever may push can write there: it is never evidence.

    `tip`: the commit that it was read from (None: there is no journal). `faults`: which parts of it could not be read.
    """

    tip: str | None = None
    lines: tuple[bytes, ...] = ()
    faults: tuple[str, ...] = ()
