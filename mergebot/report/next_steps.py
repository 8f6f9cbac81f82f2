"""Who acts next, and how: a table from the code of a verdict, and from what holds an entry.

One sentence each; `{prs}` stands for the PRs that the verdict names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, assert_never

from mergebot.model.plan import Entry, EntryState, Fail, Hold, Pending, Verdict
from mergebot.report import render
from mergebot.report.standing import Place, Standing

PRS_SHOWN: Final = 5


class Who(StrEnum):
    """Who acts next. `OTHERS`: the PRs it waits for."""

    AUTHOR = "author"
    REVIEWER = "reviewer"
    MAINTAINER = "maintainer"
    CI = "ci"
    MERGEBOT = "mergebot"
    OTHERS = "others"
    NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True, slots=True)
class Next:
    """Who acts next, and what they do, as a sentence without its full stop."""

    who: Who
    what: str


def _next(who: Who, what: str) -> Next:
    return Next(who=who, what=what)


_NOTHING: Final = _next(Who.NOBODY, "nothing is to be done for it")
_FINISH: Final = _next(Who.CI, "CI finishes its checks")
_READ_AGAIN: Final = _next(Who.MERGEBOT, "mergebot looks again in its next pass")
_SOLVE: Final = _next(Who.AUTHOR, "the author solves the conflict")
_DEPENDS_ON: Final = _next(Who.AUTHOR, "the author corrects what it says it depends on")

NEXT: Final[Mapping[str, Next]] = MappingProxyType(
    {
        "tests.passed": _NOTHING,
        "tests.off": _NOTHING,
        "tests.not_needed": _NOTHING,
        "tests.none": _next(Who.CI, "CI reports a first check"),
        "tests.no_ci": _next(Who.MAINTAINER, "a maintainer sees to it that checks are started"),
        "tests.running": _FINISH,
        "tests.queued": _FINISH,
        "tests.missing": _next(Who.CI, "CI reports the checks that are required"),
        "tests.unknown": _READ_AGAIN,
        "tests.command": _next(Who.MERGEBOT, "mergebot runs the test command on the merged result"),
        "tests.failed": _next(
            Who.AUTHOR, "the author, or whom the reason names, sees to the checks that did not succeed"
        ),
        "score.passed": _NOTHING,
        "score.off": _NOTHING,
        "score.none": _next(Who.REVIEWER, "a reviewer with write access gives a review score"),
        "score.unknown": _READ_AGAIN,
        "score.low": _next(Who.AUTHOR, "the author improves the change and asks for another review"),
        "score.malformed": _next(Who.REVIEWER, "whoever gave the review score writes it as N/10"),
        "score.disagrees": _next(Who.REVIEWER, "whoever gave the review scores leaves one of them"),
        "score.edited": _next(Who.REVIEWER, "the reviewer reviews it again"),
        "conflicts.none": _NOTHING,
        "conflicts.unknown": _READ_AGAIN,
        "conflicts.base": _next(Who.OTHERS, "the pull request that it is open into lands"),
        "conflicts.base_moved": _next(Who.AUTHOR, "the author points it at the branch it is to land on"),
        "conflicts.twin": _next(Who.AUTHOR, "the author closes one of the two"),
        "conflicts.stack": _next(Who.OTHERS, "its native stack lands from the bottom"),
        "conflicts.union": _next(Who.MERGEBOT, "mergebot rebases it with both sides' lines"),
        "conflicts.merge": _SOLVE,
        "conflicts.rebase": _SOLVE,
        "conflicts.in_merge": _next(Who.AUTHOR, "the author merges base into it by hand"),
        "conflicts.behind": _next(Who.AUTHOR, "the author brings the branch up to date"),
        "conflicts.nothing": _next(Who.AUTHOR, "the author closes it, or pushes what is missing"),
        "dependencies.merged": _NOTHING,
        "dependencies.none": _NOTHING,
        "dependencies.off": _NOTHING,
        "dependencies.open": _next(Who.OTHERS, "{prs} must land first"),
        "dependencies.awaited": _next(Who.OTHERS, "the agents that it waits for open their pull requests"),
        "dependencies.unknown": _READ_AGAIN,
        "dependencies.closed": _DEPENDS_ON,
        "dependencies.no_such": _DEPENDS_ON,
        "dependencies.elsewhere": _DEPENDS_ON,
        "dependencies.unreadable": _DEPENDS_ON,
        "dependencies.itself": _DEPENDS_ON,
        "dependencies.cycle": _next(Who.AUTHOR, "one of the authors takes a dependency out of the circle"),
        "dependencies.agent": _next(Who.AUTHOR, "the author makes clear whose pull request it is"),
        "approvals.enough": _NOTHING,
        "approvals.off": _NOTHING,
        "approvals.missing": _next(Who.REVIEWER, "a reviewer with write access approves"),
        "approvals.none_counts": _next(Who.REVIEWER, "a reviewer whose approval counts approves the patch as it is"),
        "approvals.protected": _next(Who.MAINTAINER, "a person with maintain or admin right approves"),
        "approvals.unknown": _READ_AGAIN,
        "approvals.changes": _next(Who.AUTHOR, "the author answers the changes asked for, then asks for a new review"),
    }
)
"""Every code that a verdict can have, and who acts next."""

_HOLDS: Final[Mapping[Hold, Next]] = MappingProxyType(
    {
        Hold.DRAFT: _next(Who.AUTHOR, "the author marks it as ready for review"),
        Hold.LABEL: _next(Who.MAINTAINER, "someone with write access takes the label off"),
        Hold.COMMENT: _next(Who.MERGEBOT, "mergebot does what the comment asks for"),
        Hold.FROZEN: _next(Who.MAINTAINER, "a maintainer lifts the freeze"),
        Hold.INPUT: _next(Who.MAINTAINER, "a maintainer corrects what the reason names"),
    }
)
_LET_GO: Final = _next(Who.MAINTAINER, "someone with write access lets it go on")
_REQUEST: Final = _next(Who.MAINTAINER, "someone with write access asks for the merge")
_REFUSED: Final = _next(Who.MAINTAINER, "a maintainer sees to what the reason says")
_UNHEARD_OF: Final = _next(Who.AUTHOR, "the author does what the reason says")


def next_steps(entry: Entry, standing: Standing) -> tuple[Next, ...]:
    """Who acts next on an entry, at least one: for each failure, else for each criterion that waits, else its turn."""
    match entry.state:
        case EntryState.IGNORED:
            return (_REQUEST,)
        case EntryState.HELD:
            return (_HOLDS[entry.hold] if entry.hold else _LET_GO,)
        case EntryState.READY:
            return (_turn(standing),)
        case EntryState.BLOCKED:
            refused = (_REFUSED,) * (entry.because not in {item.verdict.reason for item in entry.criteria})
            return refused + _of_verdicts(entry, Fail) or (_REFUSED,)
        case EntryState.WAITING:
            return _of_verdicts(entry, Pending) or (_READ_AGAIN,)
        case _:
            assert_never(entry.state)


def next_of(verdict: Verdict) -> Next:
    """Who acts next on one criterion."""
    known = NEXT.get(verdict.code, _UNHEARD_OF)
    prs = render.some([f"#{number}" for number in verdict.evidence.prs], PRS_SHOWN) or "what it depends on"
    return Next(who=known.who, what=known.what.replace("{prs}", prs))


def _of_verdicts(entry: Entry, kind: type[Fail | Pending]) -> tuple[Next, ...]:
    return _each_once(next_of(item.verdict) for item in entry.criteria if isinstance(item.verdict, kind))


def _each_once(steps: Iterable[Next]) -> tuple[Next, ...]:
    return tuple(dict.fromkeys(steps))


def _turn(standing: Standing) -> Next:
    if standing.after is not None:
        return _next(Who.MERGEBOT, f"mergebot merges it after #{standing.after}")
    is_next = standing.place is Place.NEXT
    return _next(Who.MERGEBOT, "mergebot merges it" if is_next else "mergebot merges it in its turn")
