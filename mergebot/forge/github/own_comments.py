"""Which comment on a PR is mergebot's own, as far as the reading of all PRs tells: no request is needed to find it.

It is one by its account; or one that the memory names, with the very words that the memory has of it: then mergebot has
written it by another account.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from mergebot.forge.github.memory import OwnComment
from mergebot.forge.github.nodes import COMMENTS, DEAF, PullNode
from mergebot.forge.github.people import People, edited_by
from mergebot.forge.github.session import MARKER, SeenComment
from mergebot.model.ids import PrNumber

_MARK: Final = "\ufeff"


def own_comments(
    pulls: Iterable[PullNode], people: People, named: Mapping[PrNumber, OwnComment]
) -> dict[PrNumber, SeenComment | None]:
    """Mergebot's own comment on each PR; None where there is none, nothing where older comments were not read."""
    return dict(_own_comments(pulls, people, named))


def digest_of(body: str) -> str:
    """What tells two texts apart; line ends and the space around are the server's."""
    return hashlib.sha256(plain(body).encode("utf-8", "surrogateescape")).hexdigest()[:20]


def plain(body: str) -> str:
    """A text without what the server may change of it."""
    return body.replace("\r\n", "\n").strip()


def is_named(number: int, body: str, known: OwnComment | None) -> bool:
    """Whether a comment is the one that the memory has, and says what the memory has of it."""
    return known is not None and known.id == number and is_marked(body) and known.digest == digest_of(body)


def is_marked(body: str) -> bool:
    """Whether a text begins as mergebot's comments do; it is one only if its account wrote it."""
    return body.lstrip(_MARK).partition("\n")[0].strip() == MARKER


def _own_comments(
    pulls: Iterable[PullNode], people: People, named: Mapping[PrNumber, OwnComment]
) -> Iterator[tuple[PrNumber, SeenComment | None]]:
    for pull in pulls:
        if COMMENTS in pull.faults or DEAF in pull.faults:
            continue
        comments, known = pull.node["comments"], named.get(pull.number)
        others = (node for node in comments["nodes"] if is_named(node["databaseId"], node["body"], known))
        ours = (node for node in comments["nodes"] if _is_ours(node, people))
        found = next(others, None) or next(ours, None)
        if found is not None:
            yield pull.number, _seen(found, people)
        elif comments["totalCount"] <= len(comments["nodes"]):
            yield pull.number, None


def _seen(node: Mapping[str, Any], people: People) -> SeenComment:
    mine = people.person(node["author"]).is_me
    return SeenComment(id=node["databaseId"], body=node["body"], foreign=bool(edited_by(node)), mine=mine)


def _is_ours(node: Mapping[str, Any], people: People) -> bool:
    return people.person(node["author"]).is_me and is_marked(node["body"])
