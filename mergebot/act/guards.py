"""Guards: is the world still the one that the step was judged on? Read again right before the step."""

from mergebot.forge.protocol import Now
from mergebot.model.outcome import AlreadyDone, Outcome, Stale
from mergebot.model.plan import Merge


def before_merge(step: Merge, now: Now) -> Outcome | None:
    """None if the merge may go on; label, hold, head and base are those it was judged on (contract 4.1)."""
    if now.merged is not None:
        return AlreadyDone(detail=f"landed as {now.merged:.10}")
    if not now.open:
        return Stale(reason="the pull request was closed after the decision")
    if now.head != step.head:
        return Stale(reason=f"the head moved to {now.head or 'nothing'} after the decision")
    if now.base != step.base:
        return Stale(reason=f"the pull request was pointed at {now.base} after the decision")
    if now.base_sha != step.base_sha:
        return Stale(reason=f"{step.base} moved to {now.base_sha:.10} after the decision")
    if now.draft:
        return Stale(reason="the pull request became a draft after the decision")
    if now.changed:
        return Stale(reason=f"{now.changed} after the decision")
    if now.labels != step.labels:
        changed = ", ".join(sorted(now.labels ^ step.labels))
        return Stale(reason=f"labels changed after the decision: {changed}")
    return None
