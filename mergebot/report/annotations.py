"""Annotations of a job of Actions: what is wrong and where, as the workflow commands that a runner obeys.

Platform: about ten of each kind are shown for a step, so that the last one stands for all that are more.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mergebot.errors import InputError, LockedError, MergebotError
from mergebot.model.finding import Finding, Level
from mergebot.model.outcome import PassResult
from mergebot.model.plan import Plan
from mergebot.model.problem import Problem, Severity
from mergebot.report import render, safe
from mergebot.report.deeds import landed
from mergebot.report.words import errors_first

MOST: Final = 10
LONGEST: Final = 1_000
"""Characters of a message: the log and the summary have all of it."""

_AT: Final = re.compile(r"(?P<file>[^\n#]+?):(?P<line>\d{1,9})(?::(?P<col>\d{1,9}))?")
_FILE: Final = re.compile(r"[^\n#]+\.(?:ya?ml|json)")


class Kind(StrEnum):
    """The kinds of annotations, by the name of their command."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, kw_only=True, slots=True)
class Annotation:
    """One annotation; `where` as in `Problem`: it is shown on a file's line where it names one."""

    kind: Kind
    message: str
    where: str = ""


def plan_annotations(plan: Plan) -> list[str]:
    """The problems of a plan, a command each."""
    return _commands([*_of_problems(plan.problems), *_of_problems(render.frozen_problems(plan))])


def run_annotations(plan: Plan, result: PassResult) -> list[str]:
    """The problems of a pass, its steps that failed, and what it has merged, a command each."""
    items = render.results(result.results)
    failed = [_failed(item) for item in items if item.result == "failed"]
    unread = _of_problems([render.unread_problem(plan, reason) for reason in result.unread])
    merged = [f"#{number}" for number in landed(items)]
    told = [Annotation(kind=Kind.NOTICE, message=f"merged {render.some(merged, MOST)}")] if merged else []
    frozen = _of_problems(render.frozen_problems(plan))
    return _commands([*_of_problems(plan.problems), *failed, *frozen, *unread, *told])


def findings_annotations(findings: Iterable[Finding]) -> list[str]:
    """What doctor has found that keeps the queue from working, or will surprise people; a command each."""
    kinds = {Level.ERROR: Kind.ERROR, Level.WARNING: Kind.WARNING}
    return _commands(
        [
            Annotation(kind=kind, message=f"{one.code}: {one.message}. {one.remedy.removesuffix(':')}", where=one.where)
            for one in findings
            if (kind := kinds.get(one.level)) is not None
        ]
    )


def failure_annotations(error: Exception) -> list[str]:
    """Why there was no pass; of a wrong input every place. That another pass is at work is no fault of anyone's."""
    if isinstance(error, LockedError):
        return []
    if not isinstance(error, MergebotError):
        message = f"unexpected error: {type(error).__name__}: {error}"
        return _commands([Annotation(kind=Kind.ERROR, message=message)])
    hint = f". {error.hint}" if error.hint else ""
    first = Annotation(kind=Kind.ERROR, message=f"{error.message}{hint}")
    return _commands([first, *_of_problems(error.problems if isinstance(error, InputError) else ())])


def _of_problems(problems: Iterable[Problem]) -> Iterator[Annotation]:
    for problem in errors_first(problems):
        kind = Kind.ERROR if problem.severity is Severity.ERROR else Kind.WARNING
        hint = f" ({problem.hint})" if problem.hint else ""
        yield Annotation(kind=kind, message=f"{problem.message}{hint}", where=problem.where)


def _failed(item: render.Result) -> Annotation:
    what = f"{render.action_words(item.line.action)} #{item.line.pr} failed"
    detail = ". ".join(filter(None, [item.detail, item.hint]))
    return Annotation(kind=Kind.ERROR, message=f"{what}: {detail}")


def _commands(annotations: Sequence[Annotation]) -> list[str]:
    """The commands, of each kind as many as are shown, the last one for all the rest."""
    lines: list[str] = []
    for kind in Kind:
        mine = [item for item in annotations if item.kind is kind]
        if len(mine) > MOST:
            rest = f"and {len(mine) - MOST + 1} more: the log and the summary have them all"
            mine = [*mine[: MOST - 1], Annotation(kind=kind, message=rest)]
        lines += map(command, mine)
    return lines


def command(annotation: Annotation) -> str:
    """One workflow command, one line, in which nothing of a stranger's is another command or property."""
    place = _AT.fullmatch(annotation.where)
    message = annotation.message
    properties = {"title": "mergebot"}
    if place is not None:
        at = {"file": place["file"], "line": place["line"], "col": place["col"]}
        properties |= {name: value for name, value in at.items() if value}
    elif _FILE.fullmatch(annotation.where):
        properties["file"] = annotation.where
    elif annotation.where:
        message = f"{annotation.where}: {message}"
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    shown = safe.line(message)
    return f"::{annotation.kind} {listed}::{_data(shown if len(shown) <= LONGEST else f'{shown[: LONGEST - 1]}…')}"


def _data(text: str) -> str:
    """Platform: a runner decodes %25, %0D and %0A in a message, and obeys a second kind of command within a line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace("##[", "#\\#[")


def _property(text: str) -> str:
    """As a message, and `:` and `,`, which end a property."""
    return _data(safe.line(text)).replace(":", "%3A").replace(",", "%2C")
