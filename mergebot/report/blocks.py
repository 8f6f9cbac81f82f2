"""The shape of every comment: blocks of Markdown, as many as there is room for, and at the end the JSON for agents."""

from collections.abc import Iterable
from typing import Final

LIMIT: Final = 60_000
"""Characters of a comment; platform: at most 65,536."""

LISTED: Final = 100
"""Things in one list of the object for agents."""

_LEFT_OUT: Final = "*More of this is in the log of the run.*"
_SUMMARY: Final = "<details><summary>For agents: JSON</summary>"


def page(blocks: Iterable[str], for_agents: str) -> str:
    """The blocks and the object; one that does not fit is left out whole, so that no fence stays open.

    `for_agents`: JSON without a backtick, which has its place in any case.
    """
    last = f"{_SUMMARY}\n\n```json\n{for_agents}\n```\n\n</details>"
    room = LIMIT - len(last) - len(_LEFT_OUT) - 4
    kept: list[str] = []
    is_cut = False
    for block in blocks:
        if len(block) + 2 > room:
            is_cut = True
            continue
        kept.append(block)
        room -= len(block) + 2
    return "\n\n".join([*kept, *([_LEFT_OUT] if is_cut else []), last])
