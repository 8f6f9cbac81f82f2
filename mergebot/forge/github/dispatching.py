"""Starts workflows on a branch that mergebot has pushed, where its pushes start none (`checks.dispatch`)."""

from urllib.parse import quote

from mergebot.forge.github.errors import DeniedError, MissingError, NoAnswerError, RefusedError
from mergebot.forge.github.plain import one_line
from mergebot.forge.github.writing import Writing
from mergebot.git.remote import HEADS
from mergebot.model.outcome import Done, Failed, Outcome, Stale
from mergebot.model.plan import Dispatch


def dispatch(writing: Writing, step: Dispatch) -> Outcome:
    """Start each of the workflows, provided that the branch still is at the head.

    Raises:
        MergebotError: it was not tried (limits, locks).
    """
    ref = f"{HEADS}{step.branch}"
    if (tip := writing.refs(ref).get(ref)) != step.head:
        return Stale(reason=f"{one_line(step.branch)} moved to {tip or 'nothing'} after the decision")
    for workflow in step.workflows:
        if (failed := _start(writing, step, workflow)) is not None:
            return failed
    writing.session.deeds.dispatched.add((step.pr, step.head))
    writing.touch([step.pr])
    return Done()


def _start(writing: Writing, step: Dispatch, workflow: str) -> Failed | None:
    file, shown = quote(workflow.rpartition("/")[2], safe=""), one_line(workflow)
    try:
        writing.send("POST", f"/actions/workflows/{file}/dispatches", {"ref": step.branch})
    except MissingError as error:
        hint = f"`checks.dispatch` names files of .github/workflows on the default branch: is {shown} one?"
        return Failed(reason=f"the workflow {shown} cannot be started: {error.message}", hint=hint)
    except RefusedError as error:
        hint = f"{shown} needs `on: workflow_dispatch`, without inputs that are required"
        return Failed(reason=f"the workflow {shown} cannot be started: {one_line(error.words)}", hint=hint)
    except DeniedError as error:
        hint = error.hint or "the token needs the right `actions: write`"
        return Failed(reason=f"the workflow {shown} cannot be started: {error.message}", hint=hint)
    except NoAnswerError as error:
        hint = "look at the runs of this branch; the next pass does so too"
        return Failed(reason=f"whether the workflow {shown} was started is unknown: {error.message}", hint=hint)
    return None
