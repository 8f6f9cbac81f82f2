"""What GitHub said of a PR when it refused it: once that has changed, the refused step is tried again.

Signs are `key=value` words; only keys that both sides know are compared, so that a refusal may add one of its own.
"""

from typing import Final

from mergebot.model.ids import Sha

_UNSURE: Final = {"", "UNKNOWN"}
"""GitHub has not worked the merge state out again yet: no sign of a change."""


_FREE: Final = {"CLEAN", "UNSTABLE", "HAS_HOOKS"}
"""No rule stands in the way; a check that is not required, such as mergebot's own status, makes the difference."""


def signs(*, merge_state: str, review_decision: str) -> str:
    """The signs of a PR: its `mergeStateStatus`, and its `reviewDecision` ("" = none is required)."""
    return f"{merge_sign(merge_state)} review={review_decision or 'NONE'}"


def merge_sign(merge_state: str) -> str:
    """The sign that a `mergeStateStatus` is."""
    return f"merge={'FREE' if merge_state in _FREE else merge_state}"


def with_base(text: str, base: Sha) -> str:
    """Signs that also change with base: a conflict may be gone once base has moved."""
    return f"{text} base={base}".strip()


def unchanged(then: str, now: str, base: Sha) -> bool:
    """Whether GitHub says the same now as when it refused."""
    before, after = _parsed(then), {**_parsed(now), "base": str(base)}
    return all(
        before[key] == after[key] or before[key] in _UNSURE or after[key] in _UNSURE
        for key in before.keys() & after.keys()
    )


def _parsed(text: str) -> dict[str, str]:
    return {key: value for key, _, value in (word.partition("=") for word in text.split())}
