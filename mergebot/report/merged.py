"""The comment on a PR that this pass has merged: as what, and what followed from it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mergebot.model.ids import PrNumber, Sha
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, PassResult, Stale
from mergebot.model.plan import CriterionName, DeleteBranch, Merge, Pass, Plan, Restack, Retarget
from mergebot.report import blocks, render, safe
from mergebot.report.agents_json import SCHEMA, dump
from mergebot.report.prose import Prose

PRS_SHOWN: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Aftermath:
    """What followed from a merge: PRs that were rebased, pointed at base, or wait for nothing more; and its branch."""

    rebased: tuple[PrNumber, ...]
    retargeted: tuple[PrNumber, ...]
    freed: tuple[PrNumber, ...]
    branch: Outcome | None

    @property
    def prs(self) -> frozenset[PrNumber]:
        """Every PR that it names."""
        return frozenset({*self.rebased, *self.retargeted, *self.freed})


def aftermath(step: Merge, plan: Plan, result: PassResult) -> Aftermath:
    """What the pass did because of one merge, and who has become free by it."""
    rebased: set[PrNumber] = set()
    retargeted: set[PrNumber] = set()
    branch: Outcome | None = None
    for item in result.results:
        match item.step, item.outcome:
            case Restack() as restack, Done(detail=detail) if step.head in restack.rebases[0].excluded:
                rebased |= {one.pr for one in restack.rebases if _has_moved(one.pr, detail)}
            case Retarget(pr=pr, old_base=step.branch), Done() | AlreadyDone():
                retargeted.add(pr)
            case DeleteBranch(pr=step.pr), outcome:
                branch = outcome
            case _:
                pass
    return Aftermath(
        rebased=tuple(sorted(rebased)), retargeted=tuple(sorted(retargeted)), freed=_freed(step.pr, plan), branch=branch
    )


def _has_moved(number: PrNumber, detail: str) -> bool:
    """Of a restack those that conflict are left as they were: its outcome says which."""
    return re.search(rf"#{number} is now at ", detail) is not None


def _freed(number: PrNumber, plan: Plan) -> tuple[PrNumber, ...]:
    dependents = (entry for entry in plan.entries if number in entry.depends_on)
    return tuple(
        entry.pr
        for entry in dependents
        if isinstance(render.verdict_of(entry, CriterionName.DEPENDENCIES_MERGED), Pass)
    )


def merged_comment(step: Merge, landed: Sha | None, after: Aftermath) -> str:
    """The whole comment; `landed`: the commit, None where somebody else's merge was found."""
    prose = Prose(prs=after.prs, shas=frozenset({landed} if landed else ()))
    for_agents = dump(
        {
            "schema": SCHEMA,
            "pr": step.pr,
            "head": step.head,
            "state": "merged",
            "landed": landed,
            "base": safe.valid(step.base),
            "rebased": list(after.rebased[: blocks.LISTED]),
            "retargeted": list(after.retargeted[: blocks.LISTED]),
            "freed": list(after.freed[: blocks.LISTED]),
        }
    )
    return blocks.page(_blocks(step, landed, after, prose), for_agents)


def merged_line(landed: Sha | None, base: str) -> str:
    """The first line of the comment on any merged PR."""
    shown = f"as {landed} " if landed else ""
    return f"**✓ Merged** {shown}into {safe.code(base)}."


def _blocks(step: Merge, landed: Sha | None, after: Aftermath, prose: Prose) -> Iterator[str]:
    yield merged_line(landed, step.base)
    lines = [
        *_listed("Rebased onto it", after.rebased),
        *_listed(f"Now open into {safe.code(step.base)}", after.retargeted),
        *_listed("Every dependency has landed", after.freed),
        *_branch(step, after.branch, prose),
    ]
    if lines:
        yield "\n".join(lines)


def _listed(what: str, prs: Sequence[PrNumber]) -> Iterator[str]:
    if prs:
        yield f"- {what}: {render.some([f'#{number}' for number in prs], PRS_SHOWN)}"


def _branch(step: Merge, outcome: Outcome | None, prose: Prose) -> Iterator[str]:
    match outcome:
        case Done() | AlreadyDone():
            yield f"- Its branch {safe.code(step.branch)} is deleted"
        case Failed(reason=reason) | Stale(reason=reason):
            yield f"- Its branch {safe.code(step.branch)} is kept: {prose.line(reason)}"
        case _:
            pass
