"""Every open PR, page by page, with what is asked once for each reading."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from mergebot.errors import MergebotError
from mergebot.forge.github import queries
from mergebot.forge.github.asking import Asker, below, repository_of, unclear
from mergebot.forge.github.client import GraphError, Reply
from mergebot.forge.github.errors import TooHeavyError
from mergebot.forge.github.nodes import PullNode, pull_node
from mergebot.forge.protocol import Doing, quietly
from mergebot.model.ids import Branch, PrNumber

_OPEN = "open"
_DEPTH = 4
"""`repository`, `open`, `nodes`, the place in the page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """The first reading: `viewer` and `repository` as GitHub gives them, what it could not give, every open PR."""

    viewer: Mapping[str, Any]
    repository: Mapping[str, Any]
    errors: tuple[GraphError, ...]
    pulls: dict[PrNumber, PullNode]


def read_queue(asker: Asker, *, base: Branch, freeze_label: str, doing: Doing = quietly) -> Queue:
    """Every open PR; a page that is too heavy for GitHub is asked for in halves at once.

    Raises:
        MergebotError: a page could not be read, so that PRs would be missing.
    """
    size, window = queries.PAGE, queries.WINDOW
    while True:
        try:
            reply = asker.query(queries.FIRST, base=f"refs/heads/{base}", freeze=freeze_label, size=size, window=window)
            break
        except TooHeavyError:
            if size == 1:
                raise
            size, window = size // 2, max(window // 2, 1)
    found = repository_of(reply, asker.repository)
    pulls = _pulls(reply, found)
    _read_further(asker, pulls, _next(found), size, lambda: doing(_share(pulls, found)))
    errors = tuple(error for error in reply.errors if error.path[:2] != ("repository", _OPEN))
    if any(not error.path or error.path == ("repository",) for error in errors):
        raise unclear(errors[0])
    return Queue(viewer=reply.data.get("viewer") or {}, repository=found, errors=errors, pulls=pulls)


def _share(pulls: Collection[PrNumber], found: Mapping[str, Any]) -> str:
    count = found[_OPEN].get("totalCount")
    return f"Reading pull requests: {len(pulls)} of {count}" if isinstance(count, int) else "Reading pull requests"


def _read_further(
    asker: Asker, pulls: dict[PrNumber, PullNode], cursor: str | None, size: int, tell: Callable[[], None]
) -> None:
    while cursor is not None:
        tell()
        try:
            reply = asker.query(queries.NEXT, size=size, cursor=cursor)
        except TooHeavyError:
            if size == 1:
                raise
            size //= 2
            continue
        found = repository_of(reply, asker.repository)
        # A later page is a later moment: what has moved since comes twice, and counts as it is now.
        pulls.update(_pulls(reply, found))
        cursor = _next(found)


def _next(found: Mapping[str, Any]) -> str | None:
    page = found[_OPEN]["pageInfo"]
    return page["endCursor"] if page["hasNextPage"] else None


def _pulls(reply: Reply, found: Mapping[str, Any]) -> dict[PrNumber, PullNode]:
    """The PRs of a page. One that is not shown at all has no number either: then the page has not been read."""
    nodes = (found.get(_OPEN) or {}).get("nodes")
    mine = [error for error in reply.errors if error.path[:2] == ("repository", _OPEN)]
    if nodes is None or any(node is None for node in nodes) or any(len(error.path) < _DEPTH for error in mine):
        raise unclear(mine[0]) if mine else MergebotError("GitHub's list of pull requests has a gap")
    pulls = {}
    for place, node in enumerate(nodes):
        pull = pull_node(node, (below(error, _DEPTH) for error in mine if error.path[_DEPTH - 1] == place))
        pulls[pull.number] = pull
    return pulls
