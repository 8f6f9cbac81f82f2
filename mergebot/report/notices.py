"""What a forge shows of each PR: a commit status and a comment, drawn from plan and outcomes.

Nothing in them changes while the PR's situation stays the same: no times, no places in the queue, no commit of base.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from mergebot.model.ids import PrNumber, Sha
from mergebot.model.notice import Notice, StatusState
from mergebot.model.outcome import AlreadyDone, Done, Failed, PassResult, StepResult
from mergebot.model.plan import (
    Criterion,
    CriterionName,
    Entry,
    EntryState,
    Fail,
    Merge,
    Pending,
    Plan,
    Restack,
)
from mergebot.report import render, safe

DESCRIPTION_LIMIT = 140
"""Characters of a commit status's description; platform: a longer one is refused."""

COMMENT_LIMIT = 20_000
REASON_LIMIT = 2_000
FILES_SHOWN = 20

_STATES = {
    EntryState.READY: StatusState.PENDING,
    EntryState.WAITING: StatusState.PENDING,
    EntryState.HELD: StatusState.PENDING,
    EntryState.BLOCKED: StatusState.FAILURE,
}
_RUNNING = frozenset({"tests.running", "tests.queued"})
_STILL_RUNNING = "its checks are still running"
_LEFT_OUT = "More of this is in the log of the run."


def notices(plan: Plan, result: PassResult) -> tuple[Notice, ...]:
    """One for each requested PR, and for each that this pass has merged; by number."""
    merged = dict(_merged(result.results))
    troubles = _troubles(result.results)
    found = {entry.pr: _of_entry(entry, troubles.get(entry.pr, ())) for entry in plan.entries if _is_in_queue(entry)}
    known = {entry.pr for entry in plan.entries}
    for item in result.results:
        step, outcome = item.step, item.outcome
        if isinstance(step, Merge) and isinstance(outcome, Failed) and step.pr not in known | merged.keys():
            found[step.pr] = _landed_wrong(step, outcome)
    return tuple(notice for _, notice in sorted({**found, **merged}.items()))


def _is_in_queue(entry: Entry) -> bool:
    return entry.state is not EntryState.IGNORED


def _merged(results: Iterable[StepResult]) -> Iterator[tuple[PrNumber, Notice]]:
    """The PRs that this pass has merged, or found merged when it wanted to."""
    for item in results:
        step, outcome = item.step, item.outcome
        if isinstance(step, Merge) and isinstance(outcome, Done | AlreadyDone):
            yield step.pr, _of_merge(step, outcome.sha if isinstance(outcome, Done) else None)


def _of_merge(step: Merge, landed: Sha | None) -> Notice:
    words = f"merged as {landed:.10}" if landed else "merged"
    shown = f"as {landed} " if landed else ""
    return Notice(
        pr=step.pr,
        head=step.head,
        state=StatusState.SUCCESS,
        description=words,
        comment=f"**Merged** {shown}into {safe.code(step.base)}.",
    )


def _landed_wrong(step: Merge, outcome: Failed) -> Notice:
    """It is no longer open, and yet its merge failed: what landed may not be what was judged."""
    lines = [f"**Look at this merge**: {_escaped(outcome.reason, [step.pr])}"]
    lines += [_escaped(outcome.hint, [step.pr])] if outcome.hint else []
    return Notice(
        pr=step.pr,
        head=step.head,
        state=StatusState.FAILURE,
        description=_description("look at this merge", outcome.reason),
        comment=_cut(["\n\n".join(lines)]),
        new_comment=True,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Trouble:
    """A step of this pass that failed; `told`: this PR is the one that someone has to see to."""

    action: str
    failed: Failed
    told: bool


def _troubles(results: Iterable[StepResult]) -> Mapping[PrNumber, tuple[_Trouble, ...]]:
    """The last failure of each kind of step, by the PRs that it hit."""
    found: dict[PrNumber, dict[str, _Trouble]] = {}
    for item in results:
        failed = item.outcome
        for line in render.lines(item.step):
            if not isinstance(failed, Failed):
                # What went well at another try is no trouble any more.
                found.get(line.pr, {}).pop(line.action, None)
                continue
            named = re.search(rf"#{line.pr}\b", failed.reason) is not None
            told = not isinstance(item.step, Restack) or named or item.step.rebases[0].pr == line.pr
            found.setdefault(line.pr, {})[line.action] = _Trouble(action=line.action, failed=failed, told=told)
    return {number: tuple(kinds.values()) for number, kinds in found.items()}


def _of_entry(entry: Entry, troubles: Collection[_Trouble]) -> Notice:
    state = _STATES[entry.state]
    told = [trouble for trouble in troubles if trouble.told]
    description = _description(entry.state, _why(entry))
    if told and entry.state is not EntryState.BLOCKED:
        description = _description("failed", f"{render.action_words(told[0].action)}: {told[0].failed.reason}")
        state = StatusState.FAILURE
    return Notice(
        pr=entry.pr,
        head=entry.head.sha,
        state=state,
        description=description,
        comment=_cut(_comment(entry, troubles)),
        new_comment=entry.state is EntryState.BLOCKED or bool(told),
    )


def _why(entry: Entry) -> str:
    """The main reason; which checks are still running is no news."""
    if entry.state is EntryState.WAITING:
        first = next((item.verdict for item in entry.criteria if isinstance(item.verdict, Pending)), None)
        if first is not None and first.code in _RUNNING:
            return _STILL_RUNNING
    return entry.because


def _description(state: str, reason: str) -> str:
    """One plain line of at most 140 characters."""
    text = safe.line(f"{state}: {' '.join(reason.split())}")
    return text if len(text) <= DESCRIPTION_LIMIT else f"{text[: DESCRIPTION_LIMIT - 1].rstrip()}…"


def _comment(entry: Entry, troubles: Collection[_Trouble]) -> Iterator[str]:
    """The comment in blocks: the state, every reason, the files, the failures, the commands."""
    lacking = [item for item in entry.criteria if isinstance(item.verdict, Fail | Pending)]
    lacking.sort(key=lambda item: not isinstance(item.verdict, Fail))  # what someone must do comes first
    yield _headline(entry, lacking)
    if lacking:
        yield "\n".join(_criterion(entry, item) for item in lacking)
    conflict = render.verdict_of(entry, CriterionName.MERGE_CONFLICTS)
    if conflict is not None and conflict.evidence.files:
        yield f"Conflicting files: {render.some(list(map(safe.code, conflict.evidence.files)), FILES_SHOWN)}"
    for trouble in troubles:
        if trouble.failed.reason not in entry.because:
            reason = _escaped(trouble.failed.reason, _named(entry))
            yield f"In the last pass its {_noun(trouble.action)} failed: {reason}"
        if trouble.failed.hint:
            yield _escaped(trouble.failed.hint, _named(entry))
    commands = dict.fromkeys(command for item in lacking for command in item.verdict.evidence.commands)
    if commands:
        yield safe.block("\n".join(commands))


def _headline(entry: Entry, lacking: Collection[Criterion]) -> str:
    """The state in a line; the reason too where no criterion gives it."""
    match entry.state:
        case EntryState.READY:
            return "**Ready**: every criterion holds, it is merged in its turn."
        case EntryState.WAITING if lacking:
            return "**Waiting**: it is merged once this holds."
        case EntryState.BLOCKED if any(item.verdict.reason == entry.because for item in lacking):
            return "**Blocked**: it is not merged before someone acts."
        case _:
            return f"**{str(entry.state).capitalize()}**: {_escaped(entry.because, _named(entry))}"


def _criterion(entry: Entry, item: Criterion) -> str:
    verdict = item.verdict
    reason = _STILL_RUNNING if verdict.code in _RUNNING else verdict.reason
    shown = _escaped(reason, {*verdict.evidence.prs, *_named(entry)})
    return f"- `{item.name}` ({'fails' if isinstance(verdict, Fail) else 'waits'}): {shown}"


def _noun(action: str) -> str:
    return {"retarget": "change of base", "run_checks": "test run"}.get(action, render.action_words(action))


def _named(entry: Entry) -> frozenset[PrNumber]:
    """The PRs that its comment may refer to: others are only a stranger's text that looks like a reference."""
    evidence = (number for item in entry.criteria for number in item.verdict.evidence.prs)
    return frozenset({entry.pr, *entry.depends_on, *entry.stacked_on, *evidence})


def _escaped(reason: str, prs: Collection[PrNumber]) -> str:
    """One line of Markdown that refers to these PRs alone."""
    text = reason if len(reason) <= REASON_LIMIT else f"{reason[:REASON_LIMIT]}…"
    shown = safe.markdown(" ".join(text.split()))
    shown = re.sub(r"(?i)\b(GH-)(?=\d)", rf"\1{safe.WORD_JOINER}", shown)
    allowed = {str(number) for number in prs}

    def plain(found: re.Match[str]) -> str:
        return found[0] if found[1] in allowed else f"#{safe.WORD_JOINER}{found[1]}"

    return re.sub(r"#([0-9]+)", plain, shown)


def _cut(blocks: Iterable[str]) -> str:
    """The blocks, as many as there is room for; one is never cut in two, so that no fence stays open."""
    kept: list[str] = []
    room = COMMENT_LIMIT - len(_LEFT_OUT) - 2
    for block in blocks:
        if len(block) + 2 > room:
            kept.append(_LEFT_OUT)
            break
        kept.append(block)
        room -= len(block) + 2
    return "\n\n".join(kept)
