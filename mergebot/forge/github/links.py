"""Paths of the REST API: which may be sent, where GitHub's own links lead, and what stands on a page of a list."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from mergebot.errors import MergebotError
from mergebot.forge.github.errors import NoAnswerError
from mergebot.forge.github.hosts import Hosts
from mergebot.forge.github.transport import Answer, Request

_PATH: Final = re.compile(r"(/[\w.~!$&'()*+,:@%=-]+)+", re.ASCII)
_DOTS: Final = re.compile(r"/(\.|%2e){1,2}(/|$)", re.IGNORECASE)
_NEXT: Final = re.compile(r'<([^<>]*)>\s*;[^<]*\brel="?next\b')


def checked(path: str) -> str:
    """A path that means what it says: nothing in it is resolved, cut off or sent to another host on the way.

    Raises:
        MergebotError: it does not; a name in it was not quoted.
    """
    if not _PATH.fullmatch(path) or _DOTS.search(path):
        raise MergebotError("a path for GitHub's API that cannot be sent as it is")
    return path


def own(hosts: Hosts, url: str) -> Request | None:
    """The read of a full URL or path that GitHub gave; None where it lies outside its API: no token goes there."""
    try:
        parts, api = urlsplit(url), urlsplit(hosts.api)
    except ValueError:
        return None
    if (parts.scheme or api.scheme, parts.netloc or api.netloc) != (api.scheme, api.netloc):
        return None
    path = parts.path.removeprefix(api.path)
    if not parts.path.startswith(f"{api.path}/") or not _PATH.fullmatch(path) or _DOTS.search(path):
        return None
    return Request(verb="GET", path=path, params=dict(parse_qsl(parts.query, keep_blank_values=True)))


def next_page(hosts: Hosts, answer: Answer) -> Request | None:
    """The read of the page after this one, None at the end of the list.

    Raises:
        NoAnswerError: it is on another host.
    """
    found = _NEXT.search(answer.headers.get("link", ""))
    if found is None:
        return None
    to = own(hosts, found[1])
    if to is None:
        raise NoAnswerError("GitHub's list goes on outside its API")
    return to


def repository_in(request: Request) -> str:
    """The part of a path that names a repository, by its number or its name; "" if there is none."""
    found = re.match(r"/(?:repositories/\d+|repos/[^/]+/[^/]+)(?=/|$)", request.path)
    return found[0] if found else ""


def items_of(found: object, request: Request) -> list[Any]:
    """The items of a page: a list, or the only list in an object.

    Raises:
        NoAnswerError: there is none.
    """
    if isinstance(found, list):
        return found
    lists = [value for value in found.values() if isinstance(value, list)] if isinstance(found, Mapping) else []
    if len(lists) != 1:
        raise NoAnswerError(f"{request.title}: the answer is no list")
    return lists[0]
