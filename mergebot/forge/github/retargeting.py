"""Makes base the base of a PR whose own base was merged, and looks whether it came out so."""

import shlex

from mergebot.errors import MergebotError
from mergebot.forge.github.errors import DeniedError, NoAnswerError, RefusedError
from mergebot.forge.github.looking import Look, look, read_pull
from mergebot.forge.github.plain import one_line
from mergebot.forge.github.writing import Writing
from mergebot.git.remote import HEADS
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, Stale
from mergebot.model.plan import Retarget


def retarget(writing: Writing, step: Retarget) -> Outcome:
    """Change the base of an open PR; that its head has moved is no matter.

    Raises:
        MergebotError: it was not tried (limits, rights, locks).
    """
    session = writing.session
    if (stop := _before(writing, step, look(session, step.pr))) is not None:
        return stop
    writing.touch([step.pr])
    try:
        answer = writing.send("PATCH", f"/pulls/{step.pr}", {"base": step.new_base})
    except NoAnswerError:
        return _found_out(writing, step)
    except DeniedError as error:
        return Failed(reason=f"mergebot may not change its base: {one_line(error.words)}", hint=error.hint)
    except RefusedError as error:
        return _refused(writing, step, error)
    try:
        now = read_pull(answer, step.pr)
    except MergebotError:
        return _found_out(writing, step)
    return _after(writing, step, now)


def _before(writing: Writing, step: Retarget, now: Look) -> Outcome | None:
    if now.is_merged:
        writing.touch([step.pr])
        return Stale(reason="it was merged after the decision")
    if not now.open:
        writing.touch([step.pr])
        return _closed(writing, step)
    if now.base == step.new_base:
        writing.session.deeds.retargeted[step.pr] = step.new_base
        writing.touch([step.pr])
        return AlreadyDone()
    if now.base != step.old_base:
        writing.touch([step.pr])
        return Stale(reason=f"it was pointed at {one_line(now.base)} after the decision")
    return None


def _after(writing: Writing, step: Retarget, now: Look) -> Outcome:
    if now.base == step.new_base and now.open:
        writing.session.deeds.retargeted[step.pr] = step.new_base
        return Done()
    if not now.open:
        return _closed(writing, step)
    return Stale(reason=f"GitHub has it on {one_line(now.base)} still")


def _found_out(writing: Writing, step: Retarget) -> Outcome:
    try:
        return _after(writing, step, look(writing.session, step.pr))
    except MergebotError as error:
        reason = f"GitHub did not answer, and whether the base was changed is unknown: {error.message}"
        return Failed(reason=reason, hint="the next pass looks again")


def _refused(writing: Writing, step: Retarget, error: RefusedError) -> Failed | Stale:
    said = error.words.casefold()
    reason = f"GitHub refuses to change the base of #{step.pr}: {one_line(error.words)}"
    if "closed pull request" in said:
        return _closed(writing, step)
    if "stack" in said:
        return Failed(reason=reason, hint="it is in a stack of GitHub's own, which retargets its members itself")
    if "no new commits" in said or "no commits between" in said:
        return Failed(reason=reason, hint=f"all of #{step.pr} is in {one_line(step.new_base)} already: close it")
    if "already exists" in said:
        return Failed(reason=reason, hint="two pull requests have one head and base then: close one of them")
    return Failed(reason=reason, hint="change the base by hand")


def _closed(writing: Writing, step: Retarget) -> Failed | Stale:
    """Closed by a person, or by GitHub because its base branch is gone; the latter can be undone, in this order alone.

    Platform: a closed PR's base cannot be changed, and it cannot be opened again while its base is missing.
    """
    if f"{HEADS}{step.old_base}" in writing.refs(f"{HEADS}{step.old_base}"):
        return Stale(reason="it was closed after the decision")
    tip = writing.session.seen.refs.branch(step.old_base)
    move = f"{tip or 'OLD_TIP'}:{HEADS}{step.old_base}"
    again = f"git push origin {shlex.quote(move)}"
    there = f"gh pr edit {step.pr} --base {shlex.quote(step.new_base)}"
    hint = f"make the branch again, reopen, then retarget: {again} && gh pr reopen {step.pr} && {there}"
    return Failed(reason=f"#{step.pr} was closed, because its base {one_line(step.old_base)} was deleted", hint=hint)
