"""Paths and names of refs are bytes in git; these make text of them."""

import re

_NOT_PLAIN = re.compile(rb"[\\\x00-\x1f\x7f]|\xc2[\x80-\x9f]")
_ESCAPE = re.compile(rb"\\(?:x([0-9a-f]{2})|\\)")


def readable(path: bytes) -> str:
    r"""A path for people and programs: safe to print, and the text of no other path.

    UTF-8 stays as it is; control characters and bytes that are no UTF-8 become `\xNN`, a backslash is doubled.
    Nothing is put around it, so that a glob such as `.github/**` holds for odd names too.
    """
    return _NOT_PLAIN.sub(_escaped, path).decode("utf-8", "backslashreplace")


def raw(text: str) -> bytes:
    """The path of which `readable` made this text."""
    return _ESCAPE.sub(_unescaped, text.encode("utf-8", "surrogateescape"))


def name(ref: bytes) -> str:
    """A ref's name or a path of the file system, such that it can be given back to git unchanged."""
    return ref.decode("utf-8", "surrogateescape")


def _escaped(match: re.Match[bytes]) -> bytes:
    return rb"\\" if match[0] == b"\\" else b"".join(b"\\x%02x" % byte for byte in match[0])


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)]) if match[1] else b"\\"
