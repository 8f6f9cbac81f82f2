"""The last word in the comment of a PR that is no longer in the queue, for where no pass has had the time to say it.

A PR that is closed, merged by hand, or merged by a pass that was killed must not be called waiting for ever.
"""

from collections.abc import Mapping
from typing import Final

from mergebot.model.ids import PrNumber
from mergebot.model.snapshot import BaseBranch, ClosedPullRequest, Snapshot
from mergebot.report import blocks, safe
from mergebot.report.agents_json import SCHEMA, dump
from mergebot.report.merged import merged_line

_NO_COMMAND: Final = "Nothing that is asked for in its comments is done any more."


def endings(snapshot: Snapshot) -> Mapping[PrNumber, str]:
    """The last comment on each PR that is known to be closed."""
    return {pr.number: _ending(pr) for pr in snapshot.closed}


def farewell(base: BaseBranch) -> str:
    """The last comment on any other PR that has one: all that is known of it is that it is not among the entries."""
    lines = [f"**◦ Not in the queue any more**: it is closed, or no longer on its way into {safe.code(base.branch)}."]
    return blocks.page(lines, dump({"schema": SCHEMA, "state": "gone"}))


def _ending(pr: ClosedPullRequest) -> str:
    state = "merged" if pr.merged else "closed"
    line = merged_line(pr.landed, pr.base) if pr.merged else f"**✗ Closed** without being merged. {_NO_COMMAND}"
    for_agents = dump(
        {
            "schema": SCHEMA,
            "pr": pr.number,
            "head": pr.head.sha,
            "state": state,
            "landed": pr.landed,
            "base": safe.valid(pr.base),
        }
    )
    return blocks.page([line], for_agents)
