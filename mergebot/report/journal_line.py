"""An object of the journal as one line, within its bounds."""

import json
from datetime import UTC, datetime
from typing import Final

from mergebot.model.journal import ThisPass
from mergebot.report import safe
from mergebot.report.jsonform import Json

SCHEMA: Final = 1
"""Raised when a program that reads a line would no longer understand it."""

LONGEST: Final = 16_000
"""Bytes of a line."""

BOUNDS: Final = ((40, 300), (20, 120), (5, 64), (0, 64))
"""How many items of a list are kept, and how many characters of a text: the first that fit. No sha is ever cut."""

WHOLE: Final = ("criteria",)
"""Lists that are never cut: there are five criteria, and no long name of a check may push one of them out."""

URL_LIMIT: Final = 500
"""Characters of a page's address. A longer one is left out: cut, it would lead elsewhere."""


def line(fields: dict[str, Json], *, by: ThisPass, at: float, number: int) -> str:
    """The line: when, by which pass, as the how-manieth of its lines, and what.

    ASCII, without a line feed; what has no value is left out.
    """
    time = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    who: dict[str, Json] = {"pass": by.id, "number": number, "run": by.url, "host": by.host}
    whole: dict[str, Json] = {"schema": SCHEMA, "time": time, **who, **fields}
    text = ""
    for items, length in BOUNDS:
        cut = _Cut(items, length)
        shown = cut.object(whole)
        text = json.dumps(shown | ({"shortened": True} if cut.has_cut else {}), separators=(",", ":"))
        if len(text) <= LONGEST:
            break
    return text


class _Cut:
    """Cuts values; `has_cut`: something of a list was left out."""

    def __init__(self, items: int, length: int) -> None:
        self._items = items
        self._length = length
        self.has_cut = False

    def object(self, value: dict[str, Json]) -> dict[str, Json]:
        shown = {key: self._value(key, item) for key, item in value.items()}
        return {key: item for key, item in shown.items() if item not in (None, "", [], {})}

    def _value(self, key: str, value: Json) -> Json:
        match value:
            case str() if key == "url":
                return safe.valid(value) if len(value) <= URL_LIMIT else None
            case str():
                text = safe.valid(value)
                return text if len(text) <= self._length else f"{text[: self._length - 1]}…"
            case list():
                most = len(value) if key in WHOLE else self._items
                self.has_cut |= len(value) > most
                return [self._value("", item) for item in value[:most]]
            case dict():
                return self.object(value)
            case _:
                return value
