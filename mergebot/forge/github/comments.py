"""The one comment that mergebot keeps on a PR: found by account and marker, edited in place, written if it changed.

A stranger's comment is never touched, whatever it says: a token with write access could edit it. One of another account
is mergebot's where its memory names it, with the very words that stand there.
"""

from dataclasses import replace
from typing import Any, Final

from mergebot.forge.github.errors import DeniedError, MissingError, NoAnswerError
from mergebot.forge.github.memory import OwnComment
from mergebot.forge.github.own_comments import digest_of, is_marked, is_named, plain
from mergebot.forge.github.plain import as_dict, as_text
from mergebot.forge.github.session import MARKER, Session
from mergebot.forge.github.writing import Writing
from mergebot.model.ids import PrNumber
from mergebot.model.notice import Notice

LIMIT: Final = 65_000
"""Characters of a comment; platform: at most 65,536."""

CUT: Final = "\n\n… (cut)"

DUE: Final = OwnComment(id=0, digest="")
"""There is none yet, and the one that was to be written could not be."""


def body_of(notice: Notice) -> str:
    """The whole text of a comment, with the marker on its first line."""
    body = f"{MARKER}\n{notice.comment.strip()}\n"
    return body if len(body) <= LIMIT else body[: LIMIT - len(CUT)] + CUT


def put_comment(writing: Writing, notice: Notice, remembered: OwnComment | None) -> tuple[OwnComment | None, bool]:
    """Bring a PR's comment up to date; gives what to remember of it, and whether anything was written.

    Raises:
        MergebotError: it could not be done.
    """
    body = body_of(notice)
    digest = digest_of(body)
    known, is_sure = _known(writing.session, notice.pr, remembered)
    if not notice.comment.strip() or (known is not None and known.digest == digest):
        return known, False
    if known is None and not notice.new_comment:
        return None, False
    if known is not None and known.id and is_sure:
        try:
            _edit(writing, known.id, body)
        except MissingError:
            remembered = None  # somebody has deleted it since
        except DeniedError as error:
            if is_locked(error) or _is_mine(writing.session, notice.pr):
                raise
            remembered = None  # it is another account's, and out of reach
        else:
            return OwnComment(id=known.id, digest=digest), True
    found = _remembered(writing.session, notice.pr, remembered) or _found(writing.session, notice.pr)
    if found is None and not notice.new_comment:
        return None, False
    if found is not None and _same(as_text(found.get("body")), body):
        return OwnComment(id=found["id"], digest=digest), False
    number = _create(writing, notice.pr, body) if found is None else _edit(writing, found["id"], body)
    return OwnComment(id=number, digest=digest), True


def is_locked(error: DeniedError) -> bool:
    """Whether it is this one conversation that takes no words, and not the token that may write none."""
    return "locked" in error.words.casefold()


def unsaid(notice: Notice, known: OwnComment | None) -> OwnComment:
    """What is remembered where a conversation is locked: the same words are not tried again, other words once."""
    return OwnComment(id=known.id if known else 0, digest=digest_of(body_of(notice)))


def _known(session: Session, number: PrNumber, remembered: OwnComment | None) -> tuple[OwnComment | None, bool]:
    """The comment as the reading shows it, and whether it does; else as the memory has it.

    What it says is taken from the memory, for the server may spell a text otherwise than it was sent; unless somebody
    else has changed it.
    """
    if number not in session.seen.comments:
        return remembered, False
    seen = session.seen.comments[number]
    if seen is None:
        return (None if remembered is None or remembered.id else remembered), True
    if remembered is not None and remembered.id in (0, seen.id) and not seen.foreign:
        return replace(remembered, id=seen.id), True
    return OwnComment(id=seen.id, digest=digest_of(seen.body)), True


def _is_mine(session: Session, number: PrNumber) -> bool:
    seen = session.seen.comments.get(number)
    return seen is not None and seen.mine


def _remembered(session: Session, number: PrNumber, known: OwnComment | None) -> dict[str, Any] | None:
    """The comment that the memory names, if it is there and really ours."""
    if known is None or not known.id:
        return None
    try:
        item = as_dict(session.client.get(f"{session.api}/issues/comments/{known.id}"))
    except MissingError:
        return None
    is_here = as_text(item.get("issue_url")).endswith(f"/issues/{number}")
    is_ours = _is_ours(session, item) or is_named(known.id, as_text(item.get("body")), known)
    return item if is_here and item.get("id") == known.id and is_ours else None


def _found(session: Session, number: PrNumber) -> dict[str, Any] | None:
    """The oldest comment of ours on a PR, looked for in all of them."""
    items = session.client.pages(f"{session.api}/issues/{number}/comments")
    return next((item for item in items if isinstance(item, dict) and _is_ours(session, item)), None)


def _is_ours(session: Session, item: dict[str, Any]) -> bool:
    viewer, user = session.seen.viewer, as_dict(item.get("user"))
    login = as_text(user.get("login"))
    if not viewer.login or not isinstance(item.get("id"), int):
        return False
    is_bot = login.endswith("[bot]") or user.get("type") == "Bot"
    same = login.removesuffix("[bot]").casefold() == viewer.login.casefold() and is_bot == viewer.is_bot
    return same and is_marked(as_text(item.get("body")))


def _edit(writing: Writing, number: int, body: str) -> int:
    writing.send("PATCH", f"/issues/comments/{number}", {"body": body})
    return number


def _create(writing: Writing, number: PrNumber, body: str) -> int:
    """Write a new one; where no answer came it is looked for, and never written again blindly."""
    try:
        made = as_dict(writing.send("POST", f"/issues/{number}/comments", {"body": body})).get("id")
    except NoAnswerError:
        made = None
    if isinstance(made, int):
        return made
    found = _found(writing.session, number)
    if found is None:
        raise NoAnswerError(f"GitHub did not answer the comment on #{number}, and it is not there")
    return int(found["id"])


def _same(one: str, other: str) -> bool:
    return plain(one) == plain(other)
