"""The plan and the pass as Markdown, for step summaries and comments. All untrusted text is escaped."""

from collections.abc import Iterator, Sequence

from mergebot.model.outcome import PassResult
from mergebot.model.plan import CriterionName, Entry, Plan
from mergebot.model.problem import Problem
from mergebot.report import render, safe
from mergebot.report.todos import Todo, left_out, todos, waiting
from mergebot.report.words import errors_first

HEADER = ("Pos", "PR", "Agent", "Title", "State", "Score", "Checks", "Blocked by")


def plan_markdown(plan: Plan) -> str:
    """The whole dry run."""
    return _page([*_head(plan, plan.problems), *_queue(plan), *_next_steps(plan), *_rest(plan)])


def run_markdown(plan: Plan, result: PassResult) -> str:
    """What a pass did, then the queue as it stands after it."""
    unread = [render.unread_problem(plan, reason) for reason in result.unread]
    return _page([*_head(plan, [*plan.problems, *unread]), *_done(result), *_queue(plan), *_rest(plan)])


def _page(parts: Sequence[str]) -> str:
    return safe.output("\n\n".join(parts)) + "\n"


def _head(plan: Plan, problems: Sequence[Problem]) -> Iterator[str]:
    yield f"## Merge queue: {safe.markdown(render.headline(plan))}"
    yield safe.markdown(render.counts(plan))
    for reason in plan.frozen:
        yield f"**The queue is frozen:** {safe.markdown(reason)}"
    if problems:
        yield "### Problems"
        yield "\n".join(_problem(problem) for problem in errors_first(problems))


def _problem(problem: Problem) -> str:
    hint = f" ({safe.markdown(problem.hint)})" if problem.hint else ""
    return f"- **{problem.severity}** {safe.code(problem.where)}: {safe.markdown(problem.message)}{hint}"


def _queue(plan: Plan) -> Iterator[str]:
    if entries := render.queue(plan):
        yield "### Queue"
        yield _table(HEADER, [_row(entry) for entry in entries])
    yield from _todos("### Not in the queue", left_out(plan))


def _row(entry: Entry) -> list[str]:
    return [
        str(entry.position),
        f"#{entry.pr}",
        safe.markdown(entry.agent or ""),
        safe.markdown(entry.title),
        str(entry.state),
        render.score(entry),
        render.word(render.verdict_of(entry, CriterionName.TESTS_PASSING)),
        safe.markdown(render.blocked_by(entry)),
    ]


def _next_steps(plan: Plan) -> Iterator[str]:
    yield "### What `run` would do now"
    if render.stops_everything(plan):
        yield "Nothing: the problems above come first."
    elif steps := render.steps(plan):
        numbered = enumerate(steps, start=1)
        yield "\n".join(f"{place}. {_line(line)}: {safe.markdown(line.reason)}" for place, line in numbered)
    else:
        yield "Nothing."


def _line(line: render.Line) -> str:
    return f"{render.action_words(line.action)} #{line.pr}"


def _done(result: PassResult) -> Iterator[str]:
    yield "### This pass"
    lines = [_result(item) for item in render.results(result.results)]
    yield "\n".join(lines) or "Nothing was to be done."


def _result(item: render.Result) -> str:
    detail = ". ".join(filter(None, [item.detail or item.line.reason, item.hint]))
    return f"- **{render.action_words(item.result)}** {_line(item.line)}: {safe.markdown(detail)}"


def _rest(plan: Plan) -> Iterator[str]:
    yield from _todos("### Someone must act", todos(plan))
    yield from _todos("### Waiting or held", waiting(plan))
    if conflicts := render.conflicts(plan):
        yield "### Conflicts between pull requests"
        yield "\n".join(f"- {who}: {', '.join(safe.code(path.path) for path in paths)}" for who, paths in conflicts)


def _todos(title: str, listed: Sequence[Todo]) -> Iterator[str]:
    if listed:
        yield title
        yield "\n".join(_todo(todo) for todo in listed)


def _todo(todo: Todo) -> str:
    name = "" if todo.also else f" {safe.markdown(render.name(todo.entry))}"
    lines = [f"- {render.numbers(todo.numbers)}{name}: {'; '.join(safe.markdown(reason) for reason in todo.reasons)}"]
    if todo.commands:
        fenced = safe.block("\n".join(todo.commands))
        lines += ["", *(f"  {line}" for line in fenced.split("\n"))]
    return "\n".join(lines)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
