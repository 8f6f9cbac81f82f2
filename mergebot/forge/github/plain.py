"""Text of strangers (GitHub's words, titles, names) made fit for one line of a message."""

import re
from typing import Any

from mergebot.forge.github.words import MOST, clean
from mergebot.model.ids import Sha

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def one_line(text: str, most: int = MOST) -> str:
    """The text on one line, without control characters and whatever looks like a secret, cut where it is long."""
    line = clean(text)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def as_sha(value: object) -> Sha | None:
    """A full object id, None for anything else."""
    return Sha(value) if isinstance(value, str) and _SHA.fullmatch(value) else None


def as_text(value: object) -> str:
    """The value if it is text, else nothing."""
    return value if isinstance(value, str) else ""


def as_dict(value: object) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}
