"""The JSON object of `plan` and `run`, exactly as contract 5 has it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from mergebot.model.outcome import PassResult
from mergebot.model.plan import Entry, Plan
from mergebot.model.problem import Problem
from mergebot.model.questions import Collision
from mergebot.report import render, safe

SCHEMA = 1
"""Raised when a program that reads the object would no longer understand it."""

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


def plan_json(plan: Plan) -> str:
    """The object of `plan --format json`."""
    steps: list[Json] = [_line(line) for line in render.steps(plan)]
    return dump(_object(plan, steps, plan.problems))


def run_json(plan: Plan, result: PassResult) -> str:
    """The object of `run --format json`: the same, its steps those that were done, each with its `result`.

    What could not be read stands among the problems, as a warning: it does not stop the queue.
    """
    steps: list[Json] = [_result(item) for item in render.results(result.results)]
    unread = (render.unread_problem(plan, reason) for reason in result.unread)
    return dump(_object(plan, steps, (*plan.problems, *unread)))


def _object(plan: Plan, steps: list[Json], problems: Sequence[Problem]) -> dict[str, Json]:
    return {
        "schema": SCHEMA,
        "repository": safe.valid(plan.repository),
        "base": {"branch": safe.valid(plan.base.branch), "sha": plan.base.sha},
        "entries": [_entry(entry) for entry in (*render.queue(plan), *render.ignored(plan))],
        "order": list(plan.order),
        "steps": steps,
        "conflicts": [_conflict(pair) for pair in plan.conflicts],
        "problems": [
            _problem(problem) for problem in (*problems, *render.frozen_problems(plan), *render.clash_problems(plan))
        ],
    }


def _entry(entry: Entry) -> Json:
    return {
        "pr": entry.pr,
        "title": safe.valid(entry.title),
        "agent": None if entry.agent is None else safe.valid(entry.agent),
        "head": {"branch": safe.valid(entry.head.branch), "sha": entry.head.sha},
        "state": str(entry.state),
        "because": safe.valid(entry.because),
        "position": entry.position,
        "depends_on": list(entry.depends_on),
        "criteria": [
            {
                "name": str(item.name),
                "state": render.word(item.verdict),
                "code": item.verdict.code,
                "reason": safe.valid(item.verdict.reason),
            }
            for item in entry.criteria
        ],
    }


def _line(line: render.Line) -> dict[str, Json]:
    return {"action": line.action, "pr": line.pr, "reason": safe.valid(line.reason)}


def _result(item: render.Result) -> Json:
    # Where nothing was done, why not is what a reader needs.
    line = replace(item.line, reason=item.detail) if item.result in ("stale", "failed") else item.line
    return {**_line(line), "result": item.result}


def _conflict(pair: Collision) -> Json:
    return {"prs": [pair.a, pair.b], "files": [safe.valid(path.path) for path in pair.paths]}


def _problem(problem: Problem) -> Json:
    message = f"{problem.message} ({problem.hint})" if problem.hint else problem.message
    return {"severity": str(problem.severity), "where": safe.valid(problem.where), "message": safe.valid(message)}


def dump(value: Json) -> str:
    """A whole object for programs, in ASCII, which reads the same in every locale.

    So no bidi override or C1 control reaches a terminal, and nothing in it is a command to a runner of Actions.
    """
    text = json.dumps(value, indent=2, ensure_ascii=True)
    return text.replace("##[", "#\\u0023[") + "\n"
