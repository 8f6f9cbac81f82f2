"""The merge of a PR in a stack of GitHub's own, by the asynchronous endpoint: asked for, then polled to its end.

Platform: no other endpoint merges these. It merges the PR and every open one below it; the step is for the lowest, so
that is the only one. GitHub then rebases and retargets the rest of the stack by itself.
"""

import re
from collections.abc import Mapping
from typing import Any

from mergebot.errors import MergebotError
from mergebot.forge.github.errors import DeniedError, LimitedError, MissingError, NoAnswerError, RefusedError
from mergebot.forge.github.landing import found_merged, landed, touch_around
from mergebot.forge.github.looking import look
from mergebot.forge.github.merging import base_moved, differs, found_out
from mergebot.forge.github.plain import as_dict, as_sha, as_text, one_line
from mergebot.forge.github.refusals import WORKFLOWS_HINT, is_about_workflows, refuse
from mergebot.forge.github.writing import Writing
from mergebot.model.outcome import Failed, Outcome, Stale
from mergebot.model.plan import Merge

LONGEST = 60.0
"""Seconds that a merge may be under way before it is left to the next pass."""

POLL_EVERY = 1.5

_UUID = re.compile(r"[0-9A-Za-z-]{1,64}")
_MOVED = ("head branch was modified", "base branch was modified", "was pushed", "was cancelled")


def merge(writing: Writing, step: Merge) -> Outcome:
    """Merge the lowest PR of a stack, or change nothing.

    Raises:
        MergebotError: it was not tried (limits, locks).
    """
    writing.latch.take()  # it takes its time, so not between the last look at base and the merge
    if (stop := base_moved(writing, step)) is not None:
        return stop
    body = {
        "sha": step.head,
        "merge_method": "squash",
        "merge_action": "direct_merge",
        "commit_title": step.title,
        "commit_message": step.message,
    }
    try:
        answer = as_dict(writing.send("PUT", f"/pulls/{step.pr}/merge-async", body))
    except NoAnswerError:
        return found_out(writing, step)
    except MissingError as error:
        hint = "take the pull request out of its stack on GitHub, or merge it there"
        return Failed(reason=f"this server does not merge stacks by request: {error.message}", hint=hint)
    except DeniedError as error:
        return _refused(writing, step, error.words) or Failed(
            reason=error.message, hint=error.hint or "a merge needs the right `contents: write`"
        )
    except RefusedError as error:
        if error.status == 409:  # noqa: PLR2004 (somebody has asked for it before; its options may differ from ours)
            return _watch(writing, step, _uuid(error.body))
        return _refused(writing, step, error.words) or _not_now(writing, step, error.words)
    if answer.get("status") == "merged":  # before we asked
        return found_merged(writing, step, look(writing.session, step.pr), asked=False)
    return _ended(writing, step, answer) or _watch(writing, step, _uuid(answer))


def _watch(writing: Writing, step: Merge, uuid: str) -> Outcome:
    """Ask until it has ended; without a `uuid` the PR itself has to tell."""
    waited = 0.0
    longest = LONGEST if writing.is_patient else POLL_EVERY
    while waited < longest:
        writing.sleep(POLL_EVERY)
        waited += POLL_EVERY
        try:
            if not uuid:
                now = look(writing.session, step.pr)
                if now.is_merged:
                    return found_merged(writing, step, now, asked=True)
                if (stop := differs(writing, step, now)) is not None:
                    return stop
                continue
            path = f"{writing.session.api}/pulls/{step.pr}/merge-async/{uuid}"
            answer = as_dict(writing.session.client.get(path))
        except (LimitedError, NoAnswerError):  # it was asked several times already, for a third of a minute
            break
        except MissingError:  # its result is kept for a day only
            uuid = ""
            continue
        if (ended := _ended(writing, step, answer)) is not None:
            return ended
    return _late(writing, step)


def _late(writing: Writing, step: Merge) -> Outcome:
    touch_around(writing, step)
    try:
        now = look(writing.session, step.pr)
    except MergebotError as error:
        return Failed(reason=f"what became of the merge is unknown: {error.message}", hint="the next pass looks again")
    if now.is_merged:
        return found_merged(writing, step, now, asked=True)
    writing.session.deeds.undone.add(step.pr)
    return Failed(reason="GitHub has not ended the merge that was asked for", hint="the next pass looks again")


def _ended(writing: Writing, step: Merge, answer: dict[str, Any]) -> Outcome | None:
    """What the end of an asynchronous merge comes to; None while it is under way."""
    details = as_dict(answer.get("details"))
    words = one_line(as_text(details.get("message")))
    match answer.get("status"):
        case "merged":
            sha = as_sha(details.get("sha"))
            return landed(writing, step, sha) if sha else found_out(writing, step)
        case "enqueued":
            touch_around(writing, step)
            return Failed(reason=f"GitHub put it into its own merge queue: {words}", hint="use one queue for a branch")
        case "failed":
            touch_around(writing, step)
            return _refused(writing, step, words) or refuse(writing.session, step.pr, step.head, words)
        case _:
            return None


def _refused(writing: Writing, step: Merge, words: str) -> Outcome | None:
    """For refusals that are told by their words; None for others."""
    said = words.casefold()
    if is_about_workflows(words):
        return refuse(writing.session, step.pr, step.head, words, hint=WORKFLOWS_HINT)
    if any(text in said for text in _MOVED):
        return Stale(reason=f"something moved after the decision: {one_line(words)}")
    return None


def _not_now(writing: Writing, step: Merge, words: str) -> Outcome:
    """It is closed, a draft, or not what it was; else a rule."""
    try:
        stop = differs(writing, step, look(writing.session, step.pr))
    except MergebotError:
        stop = None
    return stop or refuse(writing.session, step.pr, step.head, words)


def _uuid(answer: Mapping[str, Any]) -> str:
    uuid = as_text(as_dict(answer.get("details")).get("uuid"))
    return uuid if _UUID.fullmatch(uuid) else ""
