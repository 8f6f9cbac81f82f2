"""Which comment on a PR is mergebot's own, as far as the reading of all PRs tells: no request is needed to find it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from mergebot.forge.github.nodes import COMMENTS, DEAF, PullNode
from mergebot.forge.github.people import People, edited_by
from mergebot.forge.github.session import MARKER, SeenComment
from mergebot.model.ids import PrNumber

_MARK: Final = "\ufeff"


def own_comments(pulls: Iterable[PullNode], people: People) -> dict[PrNumber, SeenComment | None]:
    """Mergebot's own comment on each PR; None where there is none, nothing where older comments were not read."""
    return dict(_own_comments(pulls, people))


def is_marked(body: str) -> bool:
    """Whether a text begins as mergebot's comments do; it is one only if its account wrote it."""
    return body.lstrip(_MARK).partition("\n")[0].strip() == MARKER


def _own_comments(pulls: Iterable[PullNode], people: People) -> Iterator[tuple[PrNumber, SeenComment | None]]:
    for pull in pulls:
        if COMMENTS in pull.faults or DEAF in pull.faults:
            continue
        comments = pull.node["comments"]
        found = next((node for node in comments["nodes"] if _is_ours(node, people)), None)
        if found is not None:
            yield pull.number, SeenComment(id=found["databaseId"], body=found["body"], foreign=bool(edited_by(found)))
        elif comments["totalCount"] <= len(comments["nodes"]):
            yield pull.number, None


def _is_ours(node: Mapping[str, Any], people: People) -> bool:
    return people.person(node["author"]).is_me and is_marked(node["body"])
