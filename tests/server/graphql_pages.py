"""Connections: pages with real cursors. A cursor names a place in the order, not an index, as GitHub's do."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.server.graphql_serving import AnswerError, Args, Fields, Item, T, Take

Key = tuple[Any, ...]

BOUNDS = ("first", "last", "after", "before")


@dataclass(frozen=True)
class Listing:
    """Everything a connection runs over, in its order; `key` is what that order sorts by.

    An entry may be an error: then this node is null, and the error has its path.
    """

    entries: Sequence[Any]
    key: Callable[[Any], Key]
    descending: bool = False


@dataclass(frozen=True)
class Page:
    """The part of a listing that one answer holds."""

    listing: Listing
    start: int
    end: int

    @property
    def entries(self) -> Sequence[Any]:
        return self.listing.entries[self.start : self.end]

    def cursor(self, index: int) -> str:
        """The cursor of the entry at this place of the listing."""
        text = json.dumps(self.listing.key(self.listing.entries[index]))
        return base64.b64encode(f"cursor:v2:{text}".encode()).decode()

    @property
    def info(self) -> dict[str, object]:
        """PageInfo."""
        some = self.end > self.start
        return {
            "hasNextPage": self.end < len(self.listing.entries),
            "hasPreviousPage": self.start > 0,
            "startCursor": self.cursor(self.start) if some else None,
            "endCursor": self.cursor(self.end - 1) if some else None,
        }


def connection(listing: Callable[[Item[T], Args], Listing], *args: str) -> Take[T]:
    """A field that is a connection over a listing."""

    def resolve(source: Item[T], given: Args) -> Item[Page]:
        return source.of("Connection", cut(listing(source, given), given))

    return Take(resolve, (*args, *BOUNDS))


def by_id(entry: Item[Any]) -> Key:
    """The usual order: as things came up."""
    return (entry.it.id,)


def listed(entries: Sequence[Any], key: Callable[[Any], Key] = by_id, *, descending: bool = False) -> Listing:
    """A listing of entries in any order: sorted by the key."""
    return Listing(sorted(entries, key=key, reverse=descending), key, descending)


def cut(listing: Listing, args: Args) -> Page:
    """The page that first, last, after and before ask for; the bounds were checked before the execution."""
    start, end = 0, len(listing.entries)
    if args.get("after") is not None:
        start = _place(listing, args["after"], behind=True)
    if args.get("before") is not None:
        end = max(start, _place(listing, args["before"], behind=False))
    if args.get("first") is not None:
        end = min(end, start + args["first"])
    elif args.get("last") is not None:
        start = max(start, end - args["last"])
    return Page(listing, start, end)


def _place(listing: Listing, cursor: str, *, behind: bool) -> int:
    try:
        text = base64.b64decode(cursor, validate=True).decode().removeprefix("cursor:v2:")
        key = tuple(json.loads(text))
    except (ValueError, TypeError):
        raise AnswerError("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.") from None
    keys = [listing.key(entry) for entry in listing.entries]
    if listing.descending:
        return sum(found > key or (behind and found == key) for found in keys)
    return sum(found < key or (behind and found == key) for found in keys)


@dataclass(frozen=True)
class Edge:
    """One edge of a connection."""

    page: Page
    index: int

    @property
    def node(self) -> Item[Any]:
        """What the edge leads to."""
        entry: Item[Any] = self.page.listing.entries[self.index]
        return entry


def edges(source: Item[Page]) -> list[Item[Edge]]:
    """The edges of a page."""
    return [source.of("Edge", Edge(source.it, index)) for index in range(source.it.start, source.it.end)]


CONNECTION: Fields[Page] = {
    "totalCount": lambda page: len(page.it.listing.entries),
    "pageInfo": lambda page: page.of("PageInfo", page.it.info),
    "nodes": lambda page: page.it.entries,
    "edges": edges,
}

EDGE: Fields[Edge] = {
    "cursor": lambda edge: edge.it.page.cursor(edge.it.index),
    "node": lambda edge: edge.it.node,
}

PAGE_INFO: Fields[dict[str, object]] = {
    "hasNextPage": lambda info: info.it["hasNextPage"],
    "hasPreviousPage": lambda info: info.it["hasPreviousPage"],
    "startCursor": lambda info: info.it["startCursor"],
    "endCursor": lambda info: info.it["endCursor"],
}
