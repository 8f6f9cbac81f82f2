"""A snapshot and the policy it was taken under, as one JSON object and back.

A kept snapshot replays a decision offline. What is read back is checked as strictly as it was written: a wrong type,
an unknown name or a missing part is an `InputError` that says where.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from mergebot.errors import InputError
from mergebot.model.policy import Policy
from mergebot.model.problem import Problem
from mergebot.model.snapshot import Snapshot

if TYPE_CHECKING:
    from mergebot.model.converter import Converter

_FORMAT = "mergebot_snapshot"
_VERSION = 1
_AGAIN = "make a new one with `mergebot plan --save FILE`"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """What the file holds besides its version."""

    policy: Policy
    snapshot: Snapshot


def dump(snapshot: Snapshot, policy: Policy) -> str:
    """The two as an indented JSON object, in ASCII; the same values always give the same text."""
    body = _converter().unstructure(_Kept(policy=policy, snapshot=snapshot))
    return json.dumps({_FORMAT: _VERSION, **body}, indent=1) + "\n"


def load(text: str) -> tuple[Snapshot, Policy]:
    """What `dump` wrote.

    Raises:
        InputError: it is no JSON, no snapshot, of another version, or some part of it does not fit.
    """
    try:
        content = json.loads(text)
    except RecursionError:
        raise InputError("this is no saved snapshot: it is nested too deeply", hint=_AGAIN) from None
    except ValueError as error:
        raise InputError(f"this is no saved snapshot: not valid JSON, or cut short: {error}", hint=_AGAIN) from error
    if not isinstance(content, dict) or _FORMAT not in content:
        raise InputError(f"this is no saved snapshot: it has no {_FORMAT!r} at the top", hint=_AGAIN)
    version = content.pop(_FORMAT)
    if version != _VERSION or isinstance(version, bool):
        message = f"this snapshot has version {version!r:.40}, but this mergebot reads version {_VERSION}"
        raise InputError(message, hint=_AGAIN)
    kept = _structure(content)
    return kept.snapshot, kept.policy


def _structure(content: Mapping[str, Any]) -> _Kept:
    converter = _converter()
    try:
        return converter.structure(content, _Kept)
    except converter.unfit as error:
        problems = [Problem(where=where, message=message) for where, message in converter.explain(error)]
        raise InputError("the saved snapshot does not fit", hint=_AGAIN, problems=problems) from error


@cache
def _converter() -> "Converter":
    from mergebot.model.converter import Converter  # noqa: PLC0415 (start-up time: only kept snapshots need cattrs)

    return Converter()
