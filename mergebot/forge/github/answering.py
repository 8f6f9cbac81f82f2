"""Commands in comments: what they ask for is done, and the comment gets a reaction.

Each part may be repeated without harm, and the reaction comes last: an answer that was cut short is given again.
"""

from collections.abc import Iterator
from typing import Final

from mergebot.forge.github.errors import DeniedError, MissingError, RefusedError
from mergebot.forge.github.labelling import change_labels
from mergebot.forge.github.own_comments import plain
from mergebot.forge.github.plain import as_dict, as_text, one_line
from mergebot.forge.github.writing import Writing
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, Stale
from mergebot.model.people import Reply
from mergebot.model.plan import Answer

_RUNNING: Final = "already running"
_OVER: Final = "cannot be retried"
_RIGHT: Final = "the token needs the right `actions: write`"
_BY_HAND: Final = "run them by hand, or push again"


def answer(writing: Writing, step: Answer) -> Outcome:
    """Change the labels, start failed jobs again, forget a refusal, then react.

    Jobs that cannot be started again do not keep the rest from being done; the reaction is then a puzzled one.

    Raises:
        MergebotError: it was not done, or only in part; it can be repeated.
    """
    writing.touch([step.pr])
    if (stop := _spoken_otherwise(writing, step)) is not None:
        return stop
    change_labels(writing, step.pr, add=step.add, remove=step.remove)
    if step.forget:
        _forget(writing, step)
    troubles = list(_rerun(writing, step))
    failed = next((one for one in troubles if isinstance(one, Failed)), None)
    if failed is None and troubles:
        return troubles[0]
    words = _react(writing, step, Reply.PUZZLED if failed else step.reply)
    return failed or Done(detail=words)


def _spoken_otherwise(writing: Writing, step: Answer) -> Outcome | None:
    """None while the comment is there and says what it said when it was read; a person may take back a word."""
    session = writing.session
    try:
        item = as_dict(session.client.get(f"{session.api}/issues/comments/{step.comment}"))
    except MissingError:
        return AlreadyDone(detail="the comment is gone")
    text = session.seen.remarks.get(step.comment)
    if text is not None and plain(as_text(item.get("body"))) != plain(text):
        return Stale(reason="the comment was changed after the decision")
    return None


def _forget(writing: Writing, step: Answer) -> None:
    """What GitHub has refused before is tried again, now and by the passes to come."""
    deeds = writing.session.deeds
    deeds.refused.pop(step.pr, None)
    deeds.forgotten.add(step.pr)
    deeds.undone.discard(step.pr)


def _rerun(writing: Writing, step: Answer) -> Iterator[Failed | AlreadyDone]:
    """Start the failed jobs again; what stands in the way, run by run.

    Platform: 403 while the run goes on, where none of its jobs has failed, and when it is older than thirty days.
    """
    for run in step.rerun:
        what = f"the failed jobs of the run {run}"
        try:
            writing.send("POST", f"/actions/runs/{run}/rerun-failed-jobs")
        except (DeniedError, RefusedError) as error:
            if _RUNNING in error.words.casefold():
                # Not answered yet: a pass after its end starts them again, unless that has been done by then.
                yield AlreadyDone(detail=f"the run {run} goes on; its failed jobs can start again once it has ended")
                continue
            denied = isinstance(error, DeniedError) and _OVER not in error.words.casefold()
            hint = (error.hint or _RIGHT) if denied else _BY_HAND
            yield Failed(reason=f"{what} cannot be started again: {one_line(error.words)}", hint=hint)
        except MissingError as error:
            yield Failed(reason=f"{what} cannot be started again: {error.message}", hint=_BY_HAND)


def _react(writing: Writing, step: Answer, reply: Reply) -> str:
    """Give the reaction, and remember that the comment is answered; why GitHub did not take the reaction, if so."""
    words = ""
    try:
        if reply is not Reply.SEEN:
            writing.send("POST", f"/issues/comments/{step.comment}/reactions", {"content": reply.value})
    except MissingError:
        reply, words = Reply.SEEN, "the comment is gone"
    except (DeniedError, RefusedError) as error:
        reply, words = Reply.SEEN, f"GitHub takes no reaction to the comment: {one_line(error.words)}"
    writing.session.deeds.answered.setdefault(step.pr, {})[step.comment] = reply
    return words
