"""What a command leaves in a job of GitHub Actions: annotations, the step summary, the step's outputs, and who woke it.

Outside of Actions nothing of it is done. None of it ever fails a command: what the pass did has been done.
"""

import os
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import click

from mergebot.cli.event import woken_by
from mergebot.cli.output import log
from mergebot.errors import InputError
from mergebot.model.finding import Finding
from mergebot.model.outcome import PassResult
from mergebot.model.plan import Plan
from mergebot.report.annotations import (
    failure_annotations,
    findings_annotations,
    plan_annotations,
    run_annotations,
)
from mergebot.report.findings import findings_markdown
from mergebot.report.outputs import NOTHING, plan_outputs, run_outputs
from mergebot.report.summary import failure_summary, plan_summary, run_summary

LARGEST_SUMMARY: Final = 1024 * 1024
"""Platform: bytes of a step's summary; of a larger one nothing is shown."""


def are_here() -> bool:
    """Whether this is a job of Actions, or of a runner that works alike."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def failure_told() -> Iterator[None]:
    """What stops the command before it has a result is told in the job as well; the error goes on to the one sink."""
    if not are_here():
        yield
        return
    if woken := woken_by(os.environ):
        log(woken)
    try:
        yield
    except (click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        known = InputError(error.format_message()) if isinstance(error, click.ClickException) else error
        _leave(failure_annotations(known), failure_summary(known, woken=woken), NOTHING)
        raise


def tell_plan(plan: Plan) -> None:
    """A dry run."""
    if are_here():
        _leave(plan_annotations(plan), plan_summary(plan, woken=woken_by(os.environ)), plan_outputs(plan))


def tell_pass(plan: Plan, result: PassResult) -> None:
    """A pass, and the plan as it is at its end."""
    if are_here():
        summary = run_summary(plan, result, woken=woken_by(os.environ))
        _leave(run_annotations(plan, result), summary, run_outputs(plan, result))


def tell_findings(repository: str, findings: Sequence[Finding]) -> None:
    """What doctor has found; there is no pass, so the outputs are empty."""
    if are_here():
        _leave(findings_annotations(findings), findings_markdown(repository, findings), NOTHING)


def _leave(commands: Sequence[str], summary: str, outputs: Mapping[str, str]) -> None:
    _command(commands)
    _append("GITHUB_STEP_SUMMARY", summary, most=LARGEST_SUMMARY)
    _append("GITHUB_OUTPUT", "".join(_output(name, value) for name, value in outputs.items()))


def _command(commands: Sequence[str]) -> None:
    """On stderr, so that stdout is nothing but the result; platform: a runner reads commands from both streams."""
    stream: TextIO | None = sys.stderr
    try:
        if stream is not None:
            stream.write("".join(f"{line}\n" for line in commands))
            stream.flush()
    except OSError:
        return


def _output(name: str, value: str) -> str:
    """Between two lines that do not occur in it: whatever the value is, it ends where it should."""
    fence = f"mergebot_{secrets.token_hex(16)}"
    while fence in value:
        fence = f"mergebot_{secrets.token_hex(16)}"
    return f"{name}<<{fence}\n{value}\n{fence}\n"


def _append(variable: str, text: str, *, most: int | None = None) -> None:
    """Add to the file that the runner has named, if it has; that it cannot be written is said, and no failure."""
    path = os.environ.get(variable, "")
    if not path:
        return
    try:
        with Path(path).open("ab") as file:
            raw = text.encode(errors="backslashreplace")
            if most is not None and file.tell() + len(raw) > most:
                log(f"the step's summary has no room left: nothing is added to {variable}")
                return
            file.write(raw)
    except OSError as error:
        log(f"{variable} cannot be written: {error.strerror}")
