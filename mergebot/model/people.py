"""People, and what they say to mergebot in comments."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

CALL: Final = "/mergebot"
"""What stands in a comment that speaks to mergebot, case ignored."""


class Permission(StrEnum):
    """What a person may do in the repository."""

    NONE = "none"
    READ = "read"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """An account of the forge; `is_bot` is true for apps and bots, `is_me` for the account mergebot acts as."""

    login: str
    is_bot: bool = False
    is_me: bool = False
    permission: Permission = Permission.NONE

    @property
    def is_own_bot(self) -> bool:
        """Whether mergebot alone speaks as this account; one of a person it shares with that person."""
        return self.is_me and self.is_bot


class Reply(StrEnum):
    """How mergebot has answered a comment; the value is the reaction that it put on it.

    `SEEN`: it was answered, but no reaction of ours says how (the forge did not take one, or another account gave it).
    """

    DONE = "+1"
    REFUSED = "-1"
    PUZZLED = "confused"
    SEEN = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """A comment on a PR in which mergebot is spoken to; what it asks for, if anything, is for `decide` to say.

    `id`: the forge's number of it, rising with time. `body`: its whole text, Markdown. `edited_by`: who else has
    changed it since ("" = nobody). `reply`: how mergebot has answered it (None: not yet). `at`: when it was written, in
    UTC seconds since 1970 (None: not known).
    """

    id: int
    author: Person
    body: str
    url: str = ""
    edited_by: str = ""
    reply: Reply | None = None
    at: float | None = field(default=None, compare=False)
