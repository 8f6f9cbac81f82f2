"""The step summary of a job: what a pass did, the queue, the graph, and who must act.

Platform: a summary of more than 1 MiB is not shown at all, so a long one is cut, and says so.
"""

from collections.abc import Callable, Sequence
from typing import Final

from mergebot.errors import InputError, LockedError, MergebotError
from mergebot.model.outcome import PassResult
from mergebot.model.plan import Plan
from mergebot.report import safe
from mergebot.report.deeds import deeds
from mergebot.report.markdown import plan_markdown, run_markdown
from mergebot.report.sheet import Sheet

LARGEST: Final = 900 * 1024
"""Bytes of a summary, with some room left for what else the step writes there."""

LENGTHS: Final = (100_000, 1_000, 300, 100, 30, 10, 3)
"""How many items of each list are shown, tried from the longest."""

_TOO_LARGE: Final = "## Merge queue\n\nWhat is to be said is too large for a summary: see the log.\n"


def run_summary(plan: Plan, result: PassResult, *, woken: str = "") -> str:
    """What a pass did and what it left; `woken`: what woke it, in plain text."""
    return _fitting(lambda sheet: run_markdown(plan, result, note=woken, sheet=sheet), plan, deeds(result))


def plan_summary(plan: Plan, *, woken: str = "") -> str:
    """What a pass would do."""
    return _fitting(lambda sheet: plan_markdown(plan, note=woken, sheet=sheet), plan, "A dry run.")


def failure_summary(error: Exception, *, woken: str = "") -> str:
    """Why there was no pass: the message, every problem of the input, and the hint."""
    if isinstance(error, LockedError):
        parts = ["## Merge queue: another pass is at work", safe.markdown(error.message)]
    elif isinstance(error, MergebotError):
        parts = ["## Merge queue: nothing was done", f"**Error:** {safe.markdown(error.message)}", *_problems(error)]
        parts += [f"Hint: {safe.markdown(error.hint)}"] if error.hint else []
    else:
        what = f"**Unexpected error:** {safe.markdown(f'{type(error).__name__}: {error}')}"
        parts = ["## Merge queue: the pass was not finished", what, "The next one completes it. This is a bug."]
    return _whole([*parts, *([safe.markdown(woken)] if woken else [])])


def _problems(error: MergebotError) -> Sequence[str]:
    problems = error.problems[:1_000] if isinstance(error, InputError) else ()
    lines = [f"- {safe.code(problem.where)}: {safe.markdown(problem.message)}" for problem in problems]
    return ["\n".join(lines)] if lines else []


def _fitting(page: Callable[[Sheet], str], plan: Plan, done: str) -> str:
    """The longest version that GitHub takes; where even a few items are too large, the headline alone."""
    for most in LENGTHS:
        text = page(Sheet(url=plan.url, most=most))
        if _size(text) <= LARGEST:
            return text
    return _whole([f"## Merge queue: {safe.markdown(done)}", "The rest is too large for a summary: see the log."])


def _whole(parts: Sequence[str]) -> str:
    text = safe.output("\n\n".join(parts)) + "\n"
    return text if _size(text) <= LARGEST else _TOO_LARGE


def _size(text: str) -> int:
    return len(text.encode(errors="backslashreplace"))
