"""The commit status `mergebot` on the heads of pull requests, written only where it says something new.

Platform: at most 1,000 statuses of one context on one commit, a description of 140 characters.
"""

import re
from collections.abc import Mapping
from typing import Final

from mergebot.forge.github.plain import one_line
from mergebot.forge.github.session import CONTEXT, OwnStatus, Session
from mergebot.forge.github.writing import Writing
from mergebot.model.ids import PrNumber
from mergebot.model.notice import Notice, StatusState

DESCRIPTION_LIMIT: Final = 140

_ASTRAL: Final = re.compile(r"[^\u0000-\uffff]")
"""What takes four bytes in UTF-8; platform: such a character may have the whole status refused."""


def wanted(notice: Notice) -> OwnStatus:
    """The status that a notice asks for."""
    description = _ASTRAL.sub("\ufffd", one_line(notice.description, DESCRIPTION_LIMIT))
    return OwnStatus(head=notice.head, state=notice.state.value, description=description)


def unfinished(session: Session) -> Mapping[PrNumber, OwnStatus]:
    """What is still to be said of PRs that were merged by a pass that did not come to its end."""
    return {
        number: OwnStatus(head=head, state=StatusState.SUCCESS.value, description="merged")
        for number, head in session.seen.unfinished.items()
    }


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
