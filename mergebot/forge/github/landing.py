"""A PR was merged: who did it, which commit it is, and that commit is brought here to be looked at."""

from mergebot.forge.github.looking import Look
from mergebot.forge.github.session import Landed
from mergebot.forge.github.writing import Writing, missing
from mergebot.model.ids import Sha
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome
from mergebot.model.plan import Merge

PAUSES = (0.0, 1.0, 3.0)
"""Seconds before each try to fetch the commit: GitHub's git may be a moment behind its API."""


def landed(writing: Writing, step: Merge, sha: Sha) -> Outcome:
    """It landed as this commit by our own doing; the caller holds its tree against the one that was predicted."""
    session = writing.session
    session.deeds.merged[step.pr] = Landed(sha=sha, head=step.head)
    session.deeds.refused.pop(step.pr, None)
    session.deeds.undone.clear()
    touch_around(writing, step)
    if not _fetched(writing, sha):
        reason = (
            f"#{step.pr} landed as {sha:.10}, but that commit could not be fetched, so nobody has compared its tree"
        )
        hint = f"compare it with what was tested: the tree {step.tree} was predicted"
        return Failed(reason=reason, hint=hint, sha=sha)
    parent = session.mirror.repository.resolve(f"{sha}^")
    moved = parent is not None and parent != step.base_sha
    # Platform: there is no way to say which base is expected. The tree tells whether the other commit mattered.
    return Done(sha=sha, detail=f"{step.base} had moved to {parent:.10} in between" if moved else "")


def found_merged(writing: Writing, step: Merge, now: Look, *, asked: bool) -> Outcome:
    """It is merged already; `asked`: this step had asked for it and got no answer, so that may be its own doing."""
    viewer = writing.session.seen.viewer.login
    ours = asked and (not viewer or now.merged_by.casefold() == viewer.casefold())
    if now.merged is not None and now.head == step.head and ours:
        return landed(writing, step, now.merged)
    touch_around(writing, step)
    by = f" by {now.merged_by}" if now.merged_by else ""
    return AlreadyDone(detail=f"it was merged{by}" + (f" as {now.merged:.10}" if now.merged else ""))


def touch_around(writing: Writing, step: Merge) -> None:
    """What a merge may change on GitHub: the PR, what is based on its branch, and the rest of a stack of GitHub's own.

    Platform: where branches are deleted on merge, GitHub retargets or closes those based on them; the members of its
    own stacks are rebased and retargeted.
    """
    seen, deeds = writing.session.seen, writing.session.deeds
    is_ours = step.pr in deeds.merged
    may_change = seen.deletes_merged or not is_ours
    based = [number for number, base in seen.bases.items() if base == step.branch] if may_change else []
    # Of what it has merged itself mergebot knows all there is to know.
    writing.touch([*([] if is_ours else [step.pr]), *based, *seen.stacks.get(step.pr, ())])


def _fetched(writing: Writing, sha: Sha) -> bool:
    for pause in PAUSES:
        if pause:
            writing.sleep(pause)
        if not missing(writing.session, [sha]):
            return True
    return False
