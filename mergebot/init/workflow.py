"""Fills in the workflow's template. Pure.

What goes in is a stranger's text (branches, names of workflows), quoted for YAML; nothing in it can end its line.
"""

import json
import re
from collections.abc import Sequence

from mergebot.init.pinning import Action
from mergebot.model.ids import Branch
from mergebot.report import safe

USUAL_NAME = "CI"
"""What stands for the workflows that test pull requests as long as there are none: GitHub takes no empty list."""

_PLACE = re.compile("__(CI_WORKFLOWS|BASE|CRON|ACTION)__")
_EVERY = 15


def render(template: str, *, base: Branch, tests: Sequence[str], action: Action, minute: int) -> str:
    """The workflow of one repository. `tests`: the names of the workflows that test pull requests.

    `minute`: any number; it chooses the minutes at which the schedule wakes mergebot, four an hour, never a full one.
    """
    first = 1 + minute % (_EVERY - 1)
    values = {
        "CI_WORKFLOWS": f"[{', '.join(map(yaml_text, tests or [USUAL_NAME]))}]",
        "BASE": yaml_text(re.sub(r"[+!\\]", r"\\\g<0>", base)),  # platform: these are special in a filter of branches
        "CRON": f"{','.join(str(first + _EVERY * quarter) for quarter in range(60 // _EVERY))} * * * *",
        "ACTION": f"{action.ref} # {action.comment}" if action.comment else action.ref,
    }
    # In one go, so that no value is filled in itself.
    return _PLACE.sub(lambda place: values[place[1]], template)


def yaml_text(text: str) -> str:
    """A text in double quotes that every YAML parser reads back as it is."""
    quoted = json.dumps(safe.valid(text), ensure_ascii=False)
    return "".join(char if char.isprintable() else _escape(char) for char in quoted)


def _escape(char: str) -> str:
    return f"\\U{ord(char):08x}"
