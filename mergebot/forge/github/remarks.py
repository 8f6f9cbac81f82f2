"""Comments that speak to mergebot: whose they are, and how they have been answered."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from mergebot.forge.github.nodes import COMMENTS, DEAF, PullNode, speaking
from mergebot.forge.github.own_comments import is_marked
from mergebot.forge.github.parse_checks import seconds
from mergebot.forge.github.people import People, edited_by
from mergebot.model.people import Remark, Reply
from mergebot.model.problem import Problem, Severity
from mergebot.model.snapshot import PullRequest

_REPLIES: Final = {"THUMBS_DOWN": Reply.REFUSED, "CONFUSED": Reply.PUZZLED, "THUMBS_UP": Reply.DONE}
"""The reactions that are answers; should there be several of ours, the first of these counts."""

Node = Mapping[str, Any]


def parse_remarks(
    pull: PullNode, people: People, *, answered: Collection[int], given: Mapping[int, Reply], watched: bool = False
) -> tuple[Remark, ...]:
    """The comments that speak to mergebot, oldest first; none where they could not all be read.

    `answered`: those that earlier passes have answered. `given`: how this pass has answered them, by their numbers.
    `watched`: those passes would remember it. What mergebot itself has written is none, also where it was another
    account then. With a person's token, what that person has written is, and a reaction may be that person's: where
    mergebot remembers whether it has answered, that alone counts.
    """
    if COMMENTS in pull.faults or DEAF in pull.faults:
        return ()
    known = {*answered, *given}
    found = (
        _remark(node, people, known, given, doubt=watched and not people.viewer.is_bot)
        for node in speaking(pull.node)
        if not is_marked(node["body"])
    )
    return tuple(sorted((remark for remark in found if not remark.author.is_own_bot), key=lambda remark: remark.id))


def has_new(before: PullRequest, now: PullRequest) -> bool:
    """Whether somebody has spoken to mergebot since, or has changed what is not answered yet."""
    return not _unanswered(now) <= _unanswered(before)


def texts(prs: Iterable[PullRequest]) -> dict[int, str]:
    """The comments that speak to mergebot: their texts, by their numbers."""
    return {remark.id: remark.body for pr in prs for remark in pr.remarks}


def deafness(pulls: Iterable[PullNode]) -> Iterator[Problem]:
    """That the token may not read comments: it is so for all of them, and is said once."""
    words = next((pull.faults[DEAF] for pull in pulls if DEAF in pull.faults), None)
    if words is not None:
        message = f"the comments on pull requests cannot be read, so no command in them is heard: {words}"
        yield Problem(where="comments", message=message, severity=Severity.WARNING)


def _remark(node: Node, people: People, known: Collection[int], given: Mapping[int, Reply], *, doubt: bool) -> Remark:
    number = node["databaseId"]
    reaction = _reaction(node) if number in known or not doubt else None
    return Remark(
        id=number,
        author=people.person(node["author"], association=node["authorAssociation"]),
        body=node["body"],
        url=node["url"],
        edited_by=edited_by(node),
        at=seconds(node["createdAt"]),
        reply=reaction or given.get(number) or (Reply.SEEN if number in known else None),
    )


def _reaction(node: Node) -> Reply | None:
    """The answer that our own account has given."""
    ours = {group["content"] for group in node["reactionGroups"] if group["viewerHasReacted"]}
    return next((reply for content, reply in _REPLIES.items() if content in ours), None)


def _unanswered(pr: PullRequest) -> set[tuple[int, str, str]]:
    return {(remark.id, remark.body, remark.edited_by) for remark in pr.remarks if remark.reply is None}
