"""GitHub's words made fit to be shown: one line, of bounded length, without a secret and without control characters."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

MOST: Final = 300
"""Characters of a stranger's text that are shown."""

_SECRET: Final = re.compile(
    r"gh[a-z]_[\w.~+/=-]{8,}"  # tokens of people, Apps and runners
    r"|github_pat_\w{8,}"
    r"|(?<![\w-])eyJ[\w-]{8,}\.[\w-]*(\.[\w-]*)?"  # what an App signs
    r"|(?<=://)[^/\s@]+(?=@)"  # a login in a URL
    r"|(?i:(?<=basic )|(?<=bearer )|(?<=token ))[\w.~+/=-]{16,}"
)
_PASSING: Final = re.compile(
    r" on \d{4}-\d\d-\d\dT[\d:.]+Z?(?=\.)"
    r"|\.? ?(?:If you reach out to GitHub Support for help, )?"
    r"please include (?:the request ID )?[`(]?[0-9A-F]+(?::[0-9A-F]+)+[^.]*\.?",
    re.IGNORECASE,
)
"""What GitHub says of one request alone: shown in a comment it would be another text each time."""


def clean(text: object, secrets: Iterable[str] = ()) -> str:
    """One line of at most 300 characters; `secrets` and all that looks like one are left out."""
    line = without_secrets(str(text), secrets)
    line = " ".join("".join(char if char.isprintable() else " " for char in line).split())
    line = _PASSING.sub("", line)
    return line if len(line) <= MOST else f"{line[: MOST - 1]}…"


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these, and without what looks like one."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return _SECRET.sub("***", text)


def said(text: str, secrets: Iterable[str] = ()) -> str:
    """What the body of an error says: GitHub's message with its details, or what else it looks like."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return _other(text)
    if not isinstance(body, Mapping):
        return "an answer without a message"
    details = body.get("details")  # platform: where an asynchronous merge has its words
    message = body.get("message") or (details.get("message") if isinstance(details, Mapping) else None)
    errors = body.get("errors")
    parts = [message] if isinstance(message, str) and message else []
    parts += [part for part in map(_detail, errors if isinstance(errors, list) else [errors]) if part]
    return clean(": ".join([*parts[:1], *(["; ".join(parts[1:])] if parts[1:] else [])]), secrets)


def _detail(error: Any) -> str:  # noqa: ANN401 (whatever GitHub sent)
    if isinstance(error, str):
        return error
    if not isinstance(error, Mapping):
        return ""
    if isinstance(error.get("message"), str):
        return str(error["message"])
    return " ".join(str(error[key]) for key in ("resource", "field", "code") if isinstance(error.get(key), str))


def _other(text: str) -> str:
    if not text.strip():
        return "an empty answer"
    return "a web page, not GitHub's API" if "<" in text[:512] else "an answer that is not JSON"
