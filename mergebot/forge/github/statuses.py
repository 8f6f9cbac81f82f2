"""The commit status `mergebot` on the heads of pull requests, written only where it says something new.

Platform: at most 1,000 statuses of one context on one commit, a description of 140 characters.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from mergebot.forge.github.plain import one_line
from mergebot.forge.github.session import CONTEXT, OwnStatus, Session
from mergebot.forge.github.writing import Writing
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.notice import LOOK, Notice, StatusState

DESCRIPTION_LIMIT: Final = 140

_NUMBER: Final = re.compile(r"^#\d+ ")
_ASTRAL: Final = re.compile(r"[^\u0000-\uffff]")
"""What takes four bytes in UTF-8; platform: such a character may have the whole status refused."""


def due(session: Session, notices: Iterable[Notice], gone: Collection[PrNumber]) -> Mapping[PrNumber, OwnStatus]:
    """What has to stand on each head, by the PR that it is about.

    `gone`: open PRs that have left the queue, and have a status from before. Platform: a commit has one status of a
    context, so of several PRs with one head one can speak; another each time would be one write each pass.
    """
    ranked: dict[Sha, tuple[int, PrNumber, OwnStatus]] = {}
    shared = set(session.seen.shared)
    for rank, number, status in (*_unfinished(session), *_told(notices), *_left(session, gone)):
        other = ranked.get(status.head)
        if other is not None and other[1] != number:
            shared.add(status.head)
        if other is None or (rank, number) < other[:2] or other[1] == number:
            ranked[status.head] = (rank, number, status)
    return {
        number: _of_one(number, status) if head in shared else status for head, (_, number, status) in ranked.items()
    }


def _told(notices: Iterable[Notice]) -> Iterator[tuple[int, PrNumber, OwnStatus]]:
    """What the notices ask for: what someone has to see to comes first, who is not in the queue last."""
    ranks = {StatusState.FAILURE: 0, StatusState.PENDING: 1, StatusState.SUCCESS: 2}
    for notice in notices:
        status = OwnStatus(head=notice.head, state=notice.state.value, description=_shown(notice.description))
        yield ranks[notice.state] if notice.new_status else 3, notice.pr, status


def _unfinished(session: Session) -> Iterator[tuple[int, PrNumber, OwnStatus]]:
    """What is still to be said of PRs that were merged by a pass that did not come to its end."""
    for number, head in session.seen.unfinished.items():
        yield 2, number, OwnStatus(head=head, state=StatusState.SUCCESS.value, description="merged")


def _left(session: Session, gone: Collection[PrNumber]) -> Iterator[tuple[int, PrNumber, OwnStatus]]:
    """That what an open PR was told before does not count any more."""
    for number in gone:
        words = _shown(f"not in the queue: it is open into {session.seen.bases.get(number, '')}")
        before = session.seen.statuses[number]
        yield 3, number, replace(before, state=StatusState.PENDING.value, description=words)


def is_of_landed(state: str, description: str | None) -> bool:
    """Whether a status was written of a PR that has landed: an open one with the same head was told nothing by it.

    It stays as it is: that what landed has to be looked at is not taken back by somebody who opens one more PR.
    """
    words = _NUMBER.sub("", description or "")
    return state.lower() == StatusState.SUCCESS.value or words.startswith(LOOK)


def _of_one(number: PrNumber, status: OwnStatus) -> OwnStatus:
    return replace(status, description=_shown(f"#{number} {status.description}"))


def _shown(description: str) -> str:
    return _ASTRAL.sub("\ufffd", one_line(description, DESCRIPTION_LIMIT))


def set_status(writing: Writing, number: PrNumber, status: OwnStatus) -> bool:
    """Set it, unless it is set already; gives whether anything was written.

    Raises:
        MergebotError: it could not be set.
    """
    session = writing.session
    if session.seen.statuses.get(number) == status:
        return False
    body = {"state": status.state, "context": CONTEXT, "description": status.description}
    if page := run_page(session):
        body["target_url"] = page
    writing.send("POST", f"/statuses/{status.head}", body)
    session.seen.statuses = {**session.seen.statuses, number: status}
    return True


def run_page(session: Session) -> str:
    """The page of the run in Actions that this pass is, "" elsewhere."""
    environ = session.environ
    run, repository = environ.get("GITHUB_RUN_ID", ""), environ.get("GITHUB_REPOSITORY", "")
    server = environ.get("GITHUB_SERVER_URL", "").rstrip("/")
    if not (run.isascii() and run.isdecimal() and repository and server):
        return ""
    return f"{server}/{repository}/actions/runs/{run}"
