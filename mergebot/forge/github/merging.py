"""The squash merge of one PR by REST, pinned to the head it was judged on, with every answer told apart.

Platform: the head is pinned by `sha`, but no expected base can be given; a 405 has many meanings, and only its words
tell them apart; a 5xx says nothing about whether the merge was done.
"""

from mergebot.errors import MergebotError
from mergebot.forge.github.errors import DeniedError, NoAnswerError, RefusedError
from mergebot.forge.github.landing import found_merged, landed
from mergebot.forge.github.looking import Look, look
from mergebot.forge.github.plain import as_dict, as_sha, one_line
from mergebot.forge.github.refusals import WORKFLOWS_HINT, is_about_workflows, refuse, refuse_conflict
from mergebot.forge.github.writing import Writing
from mergebot.git.remote import HEADS
from mergebot.model.outcome import Failed, Outcome, Stale
from mergebot.model.plan import Merge

PAUSES = (0.0, 2.0, 4.0)
"""Seconds before each try: GitHub's own test merge may be behind base for a moment."""

LOOKS = 5
LOOK_EVERY = 2.0
"""How often, and after how many seconds each, it is asked whether GitHub has worked out if the PR merges."""

PAUSES_AFTER_SILENCE = (1.0, 3.0, 6.0)
"""Seconds before each look at what became of a merge that was not answered."""

_SETTINGS = ("merges are not allowed on this repository", "merge queue", "merge method")
"""Refusals that hold for the repository, not for this head: they are said each time, and not kept."""


def merge(writing: Writing, step: Merge) -> Outcome:
    """Merge it, or change nothing.

    Raises:
        MergebotError: it was not tried (limits, locks).
    """
    return _Direct(writing, step).merge()


class _Direct:
    def __init__(self, writing: Writing, step: Merge) -> None:
        self._writing = writing
        self._session = writing.session
        self._step = step
        self._doubted = False

    def merge(self) -> Outcome:
        self._writing.latch.take()  # it takes its time, so not between the last look at base and the merge
        if (stop := base_moved(self._writing, self._step)) is not None:
            return stop
        for pause in PAUSES if self._writing.is_patient else PAUSES[:1]:
            if pause:
                self._writing.sleep(pause)
                if (stop := self._moved()) is not None:
                    return stop
            try:
                return self._answered(self._put())
            except NoAnswerError:
                return found_out(self._writing, self._step)
            except (DeniedError, RefusedError) as error:
                if (stop := self._refused(error)) is not None:
                    return stop
        reason = f"GitHub has not caught up with {self._step.base} yet, and did not merge it"
        return self._writing.undone(self._step.pr, reason)

    def _put(self) -> object:
        step = self._step
        body = {
            "sha": step.head,
            "merge_method": "squash",
            "commit_title": step.title,
            # Always sent, also empty: left out, GitHub would make a text of its own.
            "commit_message": step.message,
        }
        return self._writing.send("PUT", f"/pulls/{step.pr}/merge", body)

    def _answered(self, answer: object) -> Outcome:
        item = as_dict(answer)
        sha = as_sha(item.get("sha"))
        if item.get("merged") is not True or sha is None:
            return found_out(self._writing, self._step)
        return landed(self._writing, self._step, sha)

    def _refused(self, error: DeniedError | RefusedError) -> Outcome | None:
        """What a refusal comes to; None: try again."""
        step, words = self._step, one_line(error.words)
        said = words.casefold()
        if is_about_workflows(words):
            return refuse(self._session, step.pr, step.head, words, hint=WORKFLOWS_HINT)
        if "asynchronous merge" in said:
            self._writing.touch([step.pr])
            return Failed(
                reason=f"GitHub refuses it: {words}", hint="it became part of a stack; the next pass sees that"
            )
        if isinstance(error, DeniedError):
            hint = error.hint or "a merge needs the right `contents: write`"
            return Failed(reason=error.message, hint=hint)
        if "base branch was modified" in said:
            return None
        if error.status == 409 or "head branch was modified" in said:  # noqa: PLR2004 (the head is not `sha`)
            self._writing.touch([step.pr])
            return Stale(reason="the head moved after the decision")
        if "not mergeable" in said:
            return self._not_mergeable(words)
        if any(text in said for text in _SETTINGS):
            return Failed(reason=f"GitHub refuses it: {words}", hint="change the repository's settings or rules")
        return self._by_a_rule(words)

    def _not_mergeable(self, words: str) -> Outcome | None:
        """A conflict, merged already, or not worked out yet: the words are the same."""
        step = self._step
        for _ in range(LOOKS if self._writing.is_patient else 1):
            now = look(self._session, step.pr)
            if (stop := differs(self._writing, step, now)) is not None:
                return stop
            if now.mergeable is False:
                seen = f"GitHub sees a conflict with {step.base}"
                return refuse_conflict(self._session, step.pr, step.head, step.base_sha, seen)
            if now.mergeable is True:
                if self._doubted:
                    return refuse(self._session, step.pr, step.head, words, now=now)
                self._doubted = True
                return None
            self._writing.sleep(LOOK_EVERY)
        return self._writing.undone(step.pr, "GitHub has not worked out yet whether it merges")

    def _by_a_rule(self, words: str) -> Outcome:
        """A rule, unless the PR is no longer what it was."""
        step = self._step
        try:
            now = look(self._session, step.pr)
        except MergebotError:
            return refuse(self._session, step.pr, step.head, words)
        if (stop := differs(self._writing, step, now)) is not None:
            return stop
        return refuse(self._session, step.pr, step.head, words, now=now)

    def _moved(self) -> Outcome | None:
        """Whether what the merge was judged on has moved while we waited."""
        now = look(self._session, self._step.pr)
        return differs(self._writing, self._step, now) or base_moved(self._writing, self._step)


def base_moved(writing: Writing, step: Merge) -> Outcome | None:
    """None while base is where it was; its move may be the merge of this very PR by an earlier pass.

    Platform: the merge itself takes no expected base, so this is as near to it as one can look.
    """
    ref = f"{HEADS}{step.base}"
    tip = writing.refs(ref).get(ref)
    if tip == step.base_sha:
        return None
    now = look(writing.session, step.pr)
    return differs(writing, step, now) or Stale(reason=f"{step.base} moved to {tip or 'nothing'} after the decision")


def differs(writing: Writing, step: Merge, now: Look) -> Outcome | None:
    """None while the PR still is what the step was decided on."""
    if now.is_merged:
        return found_merged(writing, step, now, asked=False)
    reasons = {
        "the pull request was closed after the decision": not now.open,
        f"the head moved to {now.head} after the decision": now.head != step.head,
        f"the pull request was pointed at {one_line(now.base)} after the decision": now.base != step.base,
        "the pull request became a draft after the decision": now.draft,
        "labels changed after the decision": now.labels != step.labels,
    }
    reason = next((reason for reason, is_so in reasons.items() if is_so), None)
    if reason is None:
        return None
    writing.touch([step.pr])
    return Stale(reason=reason)


def found_out(writing: Writing, step: Merge) -> Outcome:
    """What became of a merge that GitHub has not answered: looked at, never sent again blindly."""
    writing.touch([step.pr])
    unread = ""
    for pause in PAUSES_AFTER_SILENCE if writing.is_patient else PAUSES_AFTER_SILENCE[:1]:
        writing.sleep(pause)
        try:
            now = look(writing.session, step.pr)
        except MergebotError as error:
            unread = error.message
            continue
        unread = ""
        if now.is_merged:
            return found_merged(writing, step, now, asked=True)
        if not now.open or now.head != step.head:
            break
    if unread:
        writing.session.deeds.undone.add(step.pr)
        hint = "look whether it was merged; the next pass does so too"
        return Failed(reason=f"GitHub did not answer the merge, and what became of it is unknown: {unread}", hint=hint)
    return writing.undone(step.pr, "GitHub did not answer the merge, and has not done it")
