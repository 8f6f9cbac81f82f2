"""The comment on an open PR: its state in a line, who acts next, the criteria, conflicts, its place, and for agents."""

from collections.abc import Iterable, Iterator
from typing import Final, assert_never

from mergebot.model.plan import Criterion, CriterionName, EntryState, Fail, Pass, Pending, Verdict
from mergebot.report import blocks, render, safe
from mergebot.report.agents_json import agents_json
from mergebot.report.prose import Prose, prose_of
from mergebot.report.standing import PLACE_WORDS, Rival
from mergebot.report.subject import Subject

FILES_SHOWN: Final = 20
LINKS_SHOWN: Final = 5
RIVALS_SHOWN: Final = 10
ANSWERS_SHOWN: Final = 10
CELL_LIMIT: Final = 800

_NOT_IN_QUEUE: Final = "Not in the queue"
_JOINED: Final = "\u00a0"
"""No line is broken between a sign and its word."""


def comment(subject: Subject) -> str:
    """The whole comment, Markdown, at most `blocks.LIMIT` characters."""
    after = () if subject.standing.after is None else (subject.standing.after,)
    prose = prose_of(subject.entry, after, home=subject.page.rpartition("/pull/")[0])
    return blocks.page(_blocks(subject, prose), agents_json(subject))


def _blocks(subject: Subject, prose: Prose) -> Iterator[str]:
    entry, standing = subject.entry, subject.standing
    yield _headline(subject, prose)
    if subject.is_left_out:
        return
    yield f"**Next**: {'; '.join(prose.line(step.what) for step in subject.next)}."
    yield from _answers(entry.answers, prose)
    yield _table(subject, prose)
    if entry.state is not EntryState.IGNORED:
        yield _place(subject, prose)
    yield from _conflict(subject, prose)
    yield from _rivals(standing.rivals)
    yield from (f"**Note**: {prose.line(note)}" for note in standing.notes)
    yield from _troubles(subject, prose)


def _headline(subject: Subject, prose: Prose) -> str:
    """The state in a line; the reason too where no criterion gives it."""
    entry = subject.entry
    match entry.state:
        case EntryState.READY:
            return "**✓ Ready**: every criterion holds."
        case EntryState.WAITING if any(subject.lacking()):
            return "**◦ Waiting**: it is merged once what waits below holds."
        case EntryState.WAITING:
            return f"**◦ Waiting**: {prose.line(subject.because)}"
        case EntryState.BLOCKED if any(verdict.reason == entry.because for verdict in subject.lacking()):
            return "**✗ Blocked**: it is not merged before someone acts."
        case EntryState.BLOCKED:
            return f"**✗ Blocked**: {prose.line(subject.because)}"
        case EntryState.HELD:
            return f"**‖ Held**: {prose.line(subject.because)}"
        case EntryState.IGNORED:
            return f"**{_NOT_IN_QUEUE}**: {prose.line(not_requested(entry.because))}"
        case _:
            assert_never(entry.state)


def not_requested(because: str) -> str:
    """What to do to have it merged."""
    return because.removeprefix("not requested: ")


def _answers(answers: Iterable[str], prose: Prose) -> Iterator[str]:
    newest = list(answers)[-ANSWERS_SHOWN:]
    if newest:
        yield "**Answers**\n\n" + "\n".join(f"- {prose.line(line)}" for line in newest)


def _table(subject: Subject, prose: Prose) -> str:
    lines = ["| Criterion | State | Reason | Evidence |", "|---|---|---|---|"]
    return "\n".join([*lines, *(_row(subject, item, prose) for item in subject.entry.criteria)])


def _row(subject: Subject, item: Criterion, prose: Prose) -> str:
    verdict = item.verdict
    evidence = [f"#{number}" for number in verdict.evidence.prs]
    evidence += [prose.link(link) for link in subject.links(item.name, verdict)]
    cells = [
        f"`{item.name}`",
        _sign(verdict),
        prose.line(subject.reason(verdict), CELL_LIMIT),
        render.some(evidence, LINKS_SHOWN),
    ]
    return f"| {' | '.join(cells)} |"


def _sign(verdict: Verdict) -> str:
    match verdict:
        case Pass():
            return f"✓{_JOINED}pass"
        case Pending():
            return f"◦{_JOINED}waits"
        case Fail():
            return f"**✗{_JOINED}fails**"
        case _:
            assert_never(verdict)


def _place(subject: Subject, prose: Prose) -> str:
    """Where it stands, and what it waits for."""
    entry, standing = subject.entry, subject.standing
    if standing.place is not None:
        place = PLACE_WORDS[standing.place] + (" once it is ready" if entry.state is EntryState.WAITING else "")
    else:
        place = f"not in line while {_is_kept_out(entry.state)}"
    waits = [f"#{number}" for number in standing.waits_for] + [prose.line(name) for name in standing.waits_for_agents]
    behind = f"; it waits for {render.some(waits, RIVALS_SHOWN)}" if waits else ""
    return f"**In the queue**: {place}{behind}."


def _is_kept_out(state: EntryState) -> str:
    return "what it depends on is not" if state in (EntryState.WAITING, EntryState.READY) else f"it is {state}"


def _conflict(subject: Subject, prose: Prose) -> Iterator[str]:
    """The files, who brought the other side, and the commands."""
    verdict = render.verdict_of(subject.entry, CriterionName.MERGE_CONFLICTS)
    if isinstance(verdict, Fail) and verdict.evidence.files:
        evidence = verdict.evidence
        sides = [f"#{number}" for number in evidence.prs] + [prose.line(sha[:10]) for sha in evidence.shas]
        side = f"; the other side came with {render.some(sides, RIVALS_SHOWN)}" if sides else ""
        yield f"**Conflicts** in {_files(evidence.files)}{side}."
    commands = dict.fromkeys(command for lacking in subject.lacking() for command in lacking.evidence.commands)
    if commands:
        yield f"To solve it:\n\n{safe.block(chr(10).join(commands))}"


def _rivals(rivals: tuple[Rival, ...]) -> Iterator[str]:
    """What will conflict; worded alike on both sides, so that it stays the same whoever comes first."""
    lines = [_rival(rival) for rival in rivals[:RIVALS_SHOWN]]
    if len(rivals) > RIVALS_SHOWN:
        lines.append(f"- and with {len(rivals) - RIVALS_SHOWN} more")
    if lines:
        yield "**Will conflict**\n\n" + "\n".join(lines)


def _rival(rival: Rival) -> str:
    if rival.pr is None:
        return f"- with what lands before it, in {_files(rival.files)}: it has to be rebased when its turn comes"
    return f"- with #{rival.pr} in {_files(rival.files)}: whichever of the two lands second has to be rebased"


def _files(files: Iterable[str]) -> str:
    return render.some([safe.code(file) for file in files], FILES_SHOWN)


def _troubles(subject: Subject, prose: Prose) -> Iterator[str]:
    for trouble in subject.failures:
        if trouble.failed.reason not in subject.entry.because:
            yield f"In the last pass its {trouble.noun} failed: {prose.line(trouble.failed.reason)}"
        if trouble.failed.hint:
            yield prose.line(trouble.failed.hint)
