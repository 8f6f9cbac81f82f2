"""What mergebot says of one PR where people look at it: a commit status and a comment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mergebot.model.ids import PrNumber, Sha


class StatusState(StrEnum):
    """The states of a commit status that mergebot uses (contract 4.7)."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"


LOOK: Final = "look at this merge"
"""How the status of a merge begins that went wrong; it stays, while others of that head come and go."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What is said of one open PR, or of one that this pass has merged.

    `state` and `description` make the commit status on `head`; the description is plain text of one line, at most 140
    characters. `comment`: Markdown, already escaped, without the hidden marker. `new_comment`, `new_status`: it is made
    where there is none yet; otherwise only one that is there already is brought up to date.
    Nothing in it changes from pass to pass while the PR's situation stays the same (I5).
    """

    pr: PrNumber
    head: Sha
    state: StatusState
    description: str
    comment: str = ""
    new_comment: bool = False
    new_status: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What a pass leaves for others to read; `status`: the fleet's `status.json` (contract 4.7), b"": none is due.

    `endings`: the last comment on PRs that are closed, `farewell` on others that are no longer entries, both as in
    `Notice.comment`; they are written only where there is a comment already. `partial`: an input is in error, so that
    not all is known; of what is not spoken of nothing is known, and nothing is changed or forgotten.
    """

    notices: tuple[Notice, ...] = ()
    endings: Mapping[PrNumber, str] = field(default_factory=dict)
    farewell: str = ""
    partial: bool = False
    status: bytes = b""
