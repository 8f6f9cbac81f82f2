"""What a forge shows of each PR: a commit status and a comment, drawn from plan and outcomes.

Nothing in them changes while the PR's situation stays the same: no times, no exact places in the queue, no commit of
base, no list of the checks that are still running.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from mergebot.model.ids import PrNumber, Sha
from mergebot.model.notice import LOOK, Notice, StatusState
from mergebot.model.outcome import AlreadyDone, Done, Failed, PassResult, StepResult
from mergebot.model.plan import Entry, EntryState, Hold, Merge, Plan
from mergebot.report import blocks, render, safe
from mergebot.report.agents_json import SCHEMA, dump
from mergebot.report.comment import comment, not_requested
from mergebot.report.merged import aftermath, merged_comment
from mergebot.report.prose import Prose
from mergebot.report.standing import standings
from mergebot.report.subject import Subject
from mergebot.report.troubles import find_troubles

DESCRIPTION_LIMIT: Final = 140
"""Characters of a commit status's description; platform: a longer one is refused."""

_STATES: Final = {
    EntryState.READY: StatusState.PENDING,
    EntryState.WAITING: StatusState.PENDING,
    EntryState.HELD: StatusState.PENDING,
    EntryState.IGNORED: StatusState.PENDING,
    EntryState.BLOCKED: StatusState.FAILURE,
}


def notices(plan: Plan, result: PassResult, ended: Collection[PrNumber] = ()) -> tuple[Notice, ...]:
    """One for each open PR, and for each that this pass has merged; by number. `ended`: PRs known to be merged.

    Of a PR that nobody has asked to merge only what there is already is brought up to date; an answer to a command
    that was given there is told in any case.
    """
    merged = dict(_merged(plan, result))
    troubles, places = find_troubles(result.results), standings(plan)
    found = {}
    for entry in plan.entries:
        page, failed = render.page_of(plan, entry.pr), troubles.get(entry.pr, ())
        found[entry.pr] = _of_entry(Subject(entry=entry, standing=places[entry.pr], troubles=failed, page=page))
    wrong = _landed_wrong(result.results, set(ended) - {*found, *merged})
    return tuple(notice for _, notice in sorted({**found, **wrong, **merged}.items()))


def stopped(plan: Plan) -> tuple[Notice, ...]:
    """What is said while an input is in error: that nothing goes on, and why.

    Which PRs are in the queue is then not known for sure. Those that seem not to be are told where they were before.
    """
    found, places = [], standings(plan)
    for entry in plan.entries:
        page = render.page_of(plan, entry.pr)
        held = entry if entry.state is not EntryState.IGNORED else _held(entry, plan.stopped)
        notice = _of_entry(Subject(entry=held, standing=places[entry.pr], troubles=(), page=page))
        found.append(notice if held is entry else replace(notice, new_comment=False, new_status=False))
    return tuple(found)


def _held(entry: Entry, why: str) -> Entry:
    return replace(entry, state=EntryState.HELD, because=why, hold=Hold.INPUT)


def _merged(plan: Plan, result: PassResult) -> Iterator[tuple[PrNumber, Notice]]:
    """The PRs that this pass has merged, or found merged when it wanted to."""
    for item in result.results:
        step, outcome = item.step, item.outcome
        if isinstance(step, Merge) and isinstance(outcome, Done | AlreadyDone):
            landed = outcome.sha if isinstance(outcome, Done) else None
            text = merged_comment(step, landed, aftermath(step, plan, result))
            yield step.pr, _of_merge(step, landed, text)


def _of_merge(step: Merge, landed: Sha | None, text: str) -> Notice:
    return Notice(
        pr=step.pr,
        head=step.head,
        state=StatusState.SUCCESS,
        description=f"merged as {landed:.10}" if landed else "merged",
        comment=text,
        new_comment=True,
    )


def _landed_wrong(results: Iterable[StepResult], ended: Collection[PrNumber]) -> Mapping[PrNumber, Notice]:
    """Those that are merged, and yet their merge failed: what landed may not be what was judged.

    One that was refused, and that somebody has closed or pointed elsewhere since, is none of them.
    """
    return {
        item.step.pr: _look_at(item.step, item.outcome)
        for item in results
        if isinstance(item.step, Merge) and isinstance(item.outcome, Failed) and item.step.pr in ended
    }


def _look_at(step: Merge, outcome: Failed) -> Notice:
    prose = Prose(prs=frozenset({step.pr}))
    lines = [f"**✗ Look at this merge**: {prose.line(outcome.reason)}"]
    lines += [prose.line(outcome.hint)] if outcome.hint else []
    reason = safe.valid(outcome.reason)
    for_agents = dump({"schema": SCHEMA, "pr": step.pr, "head": step.head, "state": "failed", "because": reason[:2000]})
    return Notice(
        pr=step.pr,
        head=step.head,
        state=StatusState.FAILURE,
        description=_description(LOOK, outcome.reason),
        comment=blocks.page(lines, for_agents),
        new_comment=True,
    )


def _of_entry(subject: Subject) -> Notice:
    entry = subject.entry
    is_asked_for = entry.state is not EntryState.IGNORED
    return Notice(
        pr=entry.pr,
        head=entry.head.sha,
        state=StatusState.FAILURE if subject.told and is_asked_for else _STATES[entry.state],
        description=_status(entry, subject),
        comment=comment(subject),
        new_comment=is_asked_for or bool(entry.answers),
        new_status=is_asked_for,
    )


def _status(entry: Entry, subject: Subject) -> str:
    if entry.state is EntryState.IGNORED:
        return _description("not in the queue", not_requested(entry.because))
    if subject.told:
        first = subject.told[0]
        return _description("failed", f"{render.action_words(first.action)}: {first.failed.reason}")
    return _description(entry.state, subject.because)


def _description(state: str, reason: str) -> str:
    """One plain line of at most 140 characters."""
    text = safe.line(f"{state}: {' '.join(reason.split())}")
    return text if len(text) <= DESCRIPTION_LIMIT else f"{text[: DESCRIPTION_LIMIT - 1].rstrip()}…"
