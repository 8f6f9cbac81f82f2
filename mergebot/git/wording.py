"""What `git rebase` makes of a commit's author and message, byte for byte."""

import codecs
import re
from dataclasses import dataclass

from mergebot.git.objects import Commit

_BLANK_LINES = re.compile(rb"(?:[ \t\n\v\f\r]*\n)*")
_UTF8_NAMES = {"utf-8", "utf8"}
_NOT_OF_ICONV = {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"}
"""Codecs of Python that are no character sets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """The author line and the message of a carried-over commit, in UTF-8."""

    author: bytes
    message: bytes


def carried_over(commit: Commit) -> Wording:
    """The wording after a rebase.

    As git's sequencer does it: re-encoded from the commit's own encoding to UTF-8; the message ends at a NUL and has no
    leading blank lines; bytes that are no UTF-8 even so are taken for Latin-1 (`verify_utf8` in git's commit.c).
    """
    author, message = _reencoded(commit)
    message = message.partition(b"\0")[0]
    blank = _BLANK_LINES.match(message)
    return Wording(author=as_utf8(author), message=as_utf8(message[blank.end() if blank else 0 :]))


def as_utf8(text: bytes) -> bytes:
    """The text with every byte that is part of no UTF-8 character, as git sees it, taken for Latin-1."""
    done, rest = [], text
    while (bad := _first_bad(rest)) is not None:
        done += [rest[:bad], rest[bad : bad + 1].decode("latin-1").encode()]
        rest = rest[bad + 1 :]
    return b"".join(done) + rest


def _reencoded(commit: Commit) -> tuple[bytes, bytes]:
    name = (commit.encoding or b"utf-8").decode("ascii", "replace").strip()
    if name.lower() in _UTF8_NAMES or _is_no_charset(name):
        return commit.author, commit.message
    try:
        # Both or none: where one character cannot be told, git leaves the whole commit as it is.
        return commit.author.decode(name).encode(), commit.message.decode(name).encode()
    except (LookupError, UnicodeError):
        return commit.author, commit.message


def _is_no_charset(name: str) -> bool:
    try:
        return codecs.lookup(name).name.replace("_", "-") in _NOT_OF_ICONV
    except (LookupError, ValueError):
        return True


def _first_bad(text: bytes) -> int | None:
    # Git also refuses what Python lets pass: U+xxFFFE, U+xxFFFF and U+FDD0 to U+FDEF.
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        decoded, bad = text[: error.start].decode(), error.start
    else:
        bad = -1
    odd = _NONCHARACTER.search(decoded)
    if odd:
        return len(decoded[: odd.start()].encode())
    return bad if bad >= 0 else None


_NONCHARACTER = re.compile(
    "[\ufdd0-\ufdef" + "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF)) + "]"
)
