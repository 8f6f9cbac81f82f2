"""The plan and the pass as Markdown, for step summaries and comments. All untrusted text is escaped."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from mergebot.model.outcome import PassResult
from mergebot.model.plan import CriterionName, Entry, Plan
from mergebot.model.problem import Problem
from mergebot.report import render, safe
from mergebot.report.deeds import deeds
from mergebot.report.mermaid import graph
from mergebot.report.sheet import Sheet
from mergebot.report.todos import Todo, left_out, todos, waiting
from mergebot.report.words import errors_first

HEADER = ("Pos", "PR", "Agent", "Title", "State", "Score", "Checks", "Blocked by")

T = TypeVar("T")


def plan_markdown(plan: Plan, *, note: str = "", sheet: Sheet | None = None) -> str:
    """The whole dry run; `note`: a line of plain text below the heading; `sheet`: how much of it is shown."""
    sheet = sheet or Sheet(url=plan.url)
    told = [*_head(sheet, plan), *_note(note), *_problems(sheet, plan, plan.problems)]
    return _page([*told, *_queue(sheet, plan), *_next_steps(sheet, plan), *_rest(sheet, plan)])


def run_markdown(plan: Plan, result: PassResult, *, note: str = "", sheet: Sheet | None = None) -> str:
    """What a pass did, then the queue as it stands after it; `note` and `sheet` as above."""
    sheet = sheet or Sheet(url=plan.url)
    problems = [*plan.problems, *(render.unread_problem(plan, reason) for reason in result.unread)]
    told = [*_head(sheet, plan, deeds(result)), *_note(note), *_problems(sheet, plan, problems)]
    return _page([*told, *_done(sheet, result), *_queue(sheet, plan), *_rest(sheet, plan)])


def _page(parts: Sequence[str]) -> str:
    return safe.output("\n\n".join(parts)) + "\n"


def _head(sheet: Sheet, plan: Plan, done: str = "") -> Iterator[str]:
    yield f"## Merge queue: {safe.markdown(render.headline(plan))}"
    if done:
        yield f"**{sheet.text(done)}**"
    yield safe.markdown(render.counts(plan))


def _note(note: str) -> Iterator[str]:
    if note:
        yield safe.markdown(note)


def _problems(sheet: Sheet, plan: Plan, problems: Sequence[Problem]) -> Iterator[str]:
    for reason in plan.frozen:
        yield f"**The queue is frozen:** {sheet.text(reason)}"
    if problems:
        yield "### Problems"
        yield from _folded(sheet, errors_first(problems), lambda some: "\n".join(_problem(sheet, one) for one in some))


def _problem(sheet: Sheet, problem: Problem) -> str:
    hint = f" ({sheet.text(problem.hint)})" if problem.hint else ""
    return f"- **{problem.severity}** {safe.code(problem.where)}: {sheet.text(problem.message)}{hint}"


def _queue(sheet: Sheet, plan: Plan) -> Iterator[str]:
    if entries := render.queue(plan):
        yield "### Queue"
        yield from _folded(sheet, entries, lambda some: _table(HEADER, [_row(sheet, entry) for entry in some]))
        yield from _graph(plan)
    yield from _todos(sheet, "### Not in the queue", left_out(plan))


def _row(sheet: Sheet, entry: Entry) -> list[str]:
    return [
        str(entry.position),
        sheet.text(f"#{entry.pr}"),
        safe.markdown(entry.agent or ""),
        safe.markdown(entry.title),
        str(entry.state),
        render.score(entry),
        render.word(render.verdict_of(entry, CriterionName.TESTS_PASSING)),
        sheet.text(render.blocked_by(entry)),
    ]


def _graph(plan: Plan) -> Iterator[str]:
    drawing = graph(plan)
    if drawing.lines:
        yield "### Dependencies"
        yield "\n".join(["```mermaid", *drawing.lines, "```"])
        arrows = "An arrow leads from what lands first to what waits for it; a dotted one to what is stacked on it."
        yield " ".join(filter(None, [arrows, drawing.left_out]))
    elif drawing.left_out:
        yield drawing.left_out


def _next_steps(sheet: Sheet, plan: Plan) -> Iterator[str]:
    yield "### What `run` would do now"
    if render.stops_everything(plan):
        yield "Nothing: the problems above come first."
    elif steps := list(enumerate(render.steps(plan), start=1)):
        yield from _folded(sheet, steps, lambda some: "\n".join(f"{at}. {_step(sheet, line)}" for at, line in some))
    else:
        yield "Nothing."


def _step(sheet: Sheet, line: render.Line) -> str:
    return f"{_line(sheet, line)}: {sheet.text(line.reason)}"


def _line(sheet: Sheet, line: render.Line) -> str:
    return f"{render.action_words(line.action)} {sheet.text(f'#{line.pr}')}"


def _done(sheet: Sheet, result: PassResult) -> Iterator[str]:
    yield "### This pass"
    if lines := render.results(result.results):
        yield from _folded(sheet, lines, lambda some: "\n".join(_result(sheet, item) for item in some))
    else:
        yield "Nothing was to be done."


def _result(sheet: Sheet, item: render.Result) -> str:
    detail = ". ".join(filter(None, [item.detail or item.line.reason, item.hint]))
    return f"- **{render.action_words(item.result)}** {_line(sheet, item.line)}: {sheet.text(detail)}"


def _rest(sheet: Sheet, plan: Plan) -> Iterator[str]:
    yield from _todos(sheet, "### Someone must act", todos(plan))
    yield from _todos(sheet, "### Waiting or held", waiting(plan))
    if conflicts := render.conflicts(plan):
        yield "### Conflicts between pull requests"
        yield from _folded(
            sheet,
            [f"- {sheet.text(who)}: {', '.join(safe.code(path.path) for path in paths)}" for who, paths in conflicts],
            "\n".join,
        )


def _todos(sheet: Sheet, title: str, listed: Sequence[Todo]) -> Iterator[str]:
    if listed:
        yield title
        yield from _folded(sheet, listed, lambda some: "\n".join(_todo(sheet, todo) for todo in some))


def _todo(sheet: Sheet, todo: Todo) -> str:
    name = "" if todo.also else f" {safe.markdown(render.name(todo.entry))}"
    who = f"{sheet.text(render.numbers(todo.numbers))}{name}"
    lines = [f"- {who}: {'; '.join(sheet.text(reason) for reason in todo.reasons)}"]
    if todo.commands:
        fenced = safe.block("\n".join(todo.commands))
        lines += ["", *(f"  {line}" for line in fenced.split("\n"))]
    return "\n".join(lines)


def _folded(sheet: Sheet, items: Sequence[T], shown: Callable[[Sequence[T]], str]) -> Iterator[str]:
    """The first items, the next ones folded away, and how many of the last there is no room for."""
    yield shown(items[: sheet.open])
    if more := items[sheet.open : sheet.most]:
        yield f"<details><summary>{len(more)} more</summary>\n\n{shown(more)}\n\n</details>"
    if len(items) > sheet.most:
        yield f"_{len(items) - sheet.most} more are left out here: `mergebot plan` shows them._"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
