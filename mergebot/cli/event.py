"""The event of GitHub's that woke this pass, in words. Only told, never acted on: a pass looks at everything.

What stands in a payload is a stranger's text, and may be anything: it never fails a pass, and it is never believed.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

LARGEST: Final = 30_000_000
"""Bytes of a payload that are read; platform: GitHub sends none of more than 25 MB."""

LONGEST: Final = 60
"""Characters of a name that are told."""

_PULLS: Final = ("pull_request", "issue")
_RUNS: Final = ("workflow_run", "check_suite", "check_run")
_VERDICTS: Final = ("conclusion", "state", "status")


def woken_by(environ: Mapping[str, str]) -> str:
    """`Woken by pull_request_target: labeled #12 by alice`; "" outside of Actions. Plain text, for one line."""
    name = environ.get("GITHUB_EVENT_NAME", "")
    if not name:
        return ""
    told = " ".join(_told(_payload(environ.get("GITHUB_EVENT_PATH", ""))))
    return f"Woken by {_short(name)}" + (f": {told}" if told else "")


def _payload(path: str) -> Mapping[str, Any]:
    """What the file says, if it is a JSON object."""
    try:
        with Path(path).open("rb") as file:
            content = json.loads(file.read(LARGEST))  # an object that is cut off is none
    except (OSError, ValueError, RecursionError, MemoryError):
        return {}
    return content if isinstance(content, dict) else {}


def _told(payload: Mapping[str, Any]) -> Iterator[str]:
    """What happened, to which pull request, branch or workflow, and by whom."""
    if action := _text(payload, "action"):
        yield action
    yield from _subject(payload)
    if sender := _text(_object(payload, "sender"), "login"):
        yield f"by {sender}"


def _subject(payload: Mapping[str, Any]) -> Iterator[str]:
    for kind in _RUNS:
        run = _object(payload, kind)
        if run:
            yield from filter(None, [_text(run, "name"), _verdict(run), _branch(run)])
            return
    for kind in _PULLS:
        if number := _number(_object(payload, kind)):
            yield number
            return
    if context := _text(payload, "context"):
        yield from filter(None, [context, _verdict(payload)])
    elif schedule := _text(payload, "schedule"):
        yield schedule
    elif ref := _text(payload, "ref"):
        yield f"on {ref.removeprefix('refs/heads/')}"


def _verdict(item: Mapping[str, Any]) -> str:
    return next(filter(None, (_text(item, key) for key in _VERDICTS)), "")


def _branch(item: Mapping[str, Any]) -> str:
    branch = _text(item, "head_branch")
    return f"on {branch}" if branch else ""


def _number(item: Mapping[str, Any]) -> str:
    number = item.get("number")
    return f"#{number}" if type(number) is int and 0 < number < 2**31 else ""


def _object(payload: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = payload.get(key)
    return value if isinstance(value, dict) else {}


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return _short(value) if isinstance(value, str) else ""


def _short(text: str) -> str:
    """One line: names of branches, checks and people may be long, and anything."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
