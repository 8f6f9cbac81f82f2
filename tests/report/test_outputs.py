"""The outputs of a step: JSON that the next step can read, and never more than a job may put out."""

import json
import subprocess
from typing import Any

import pytest

from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, PassResult, Stale, StepResult
from mergebot.model.plan import EntryState
from mergebot.model.problem import Problem
from mergebot.report.jsonform import plan_json, run_json
from mergebot.report.outputs import LONGEST, NOTHING, plan_outputs, run_outputs
from tests.report.plans import after_a_pass, collision, entry, fleet, hostile, merge, plan, prs, score_of


def test_of_a_pass() -> None:
    """Merged ones in their order, blocked ones in the queue's, and the object of `run --format json`."""
    outputs = run_outputs(fleet(), after_a_pass())
    assert (outputs["merged"], outputs["blocked"]) == ("[1]", "[4,5]")
    assert json.loads(outputs["plan"]) == json.loads(run_json(fleet(), after_a_pass()))


def test_merged_are_those_that_landed_or_had_landed() -> None:
    outcomes: list[Outcome] = [Done(), AlreadyDone(), Stale(reason=""), Failed(reason="")]
    results = tuple(StepResult(step=merge(at), outcome=outcome) for at, outcome in enumerate(outcomes, start=1))
    assert run_outputs(plan(), PassResult(results=(*results, results[0])))["merged"] == "[1,2]"


def test_of_a_dry_run() -> None:
    outputs = plan_outputs(fleet())
    assert outputs["merged"] == "[]"
    assert json.loads(outputs["plan"]) == json.loads(plan_json(fleet()))


def test_of_no_pass_all_are_there_and_empty() -> None:
    """A later step's `fromJSON` must not fail on what is missing."""
    assert NOTHING.keys() == run_outputs(fleet(), PassResult()).keys()
    assert [json.loads(value) for value in NOTHING.values()] == [[], [], {}]


RUNNER = plan(entry(1, title="##[error]no"))


@pytest.mark.parametrize(
    "value", [*run_outputs(hostile(), after_a_pass()).values(), *run_outputs(RUNNER, after_a_pass()).values()]
)
def test_each_is_one_line_of_ascii(value: str) -> None:
    assert value.isascii()
    assert len(value.splitlines()) == 1
    assert "##[" not in value


def shown(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 (a builder takes any field)
    text = plan_outputs(plan(**changes))["plan"]
    assert len(text) <= LONGEST
    found: dict[str, Any] = json.loads(text)
    assert found.keys() >= json.loads(plan_json(plan())).keys()
    return found


class TestAPlanThatIsTooLarge:
    """Platform: 128 KiB for a variable, and 1 MB for all outputs of a job, counted as UTF-16."""

    def test_loses_the_pairs_that_conflict_first(self) -> None:
        """There may be a hundred for each pull request."""
        pairs = [collision(n, n + 1, "a.py") for n in range(1, 4_000)]
        found = shown(entries=(entry(1, EntryState.BLOCKED, score_of(8)),), conflicts=tuple(pairs))
        assert (found["truncated"], found["conflicts"]) == (True, [])
        assert found["entries"][0]["criteria"]

    def test_then_the_reasons(self) -> None:
        entries = [entry(n, EntryState.BLOCKED, score_of(8)) for n in range(1, 301)]
        found = shown(entries=tuple(entries), order=prs(1, 2))
        assert found["truncated"] is True
        assert (len(found["entries"]), found["entries"][0]["criteria"], found["order"]) == (300, [], [1, 2])

    def test_is_a_variable_that_a_step_can_be_given_whatever_its_size(self) -> None:
        """Platform: a larger one ends every program of the step with `Argument list too long`."""
        text = plan_outputs(plan(problems=(Problem(where="a", message="x" * 119_000),)))["plan"]
        done = subprocess.run(
            ["printenv", "A_NAME_FOR_IT"], env={"A_NAME_FOR_IT": text}, capture_output=True, check=True
        )
        assert done.stdout.decode() == f"{text}\n"

    def test_then_the_entries(self) -> None:
        found = shown(entries=tuple(entry(n, title="x" * 250) for n in range(1, 2_000)), order=prs(*range(1, 2_000)))
        assert (found["truncated"], found["entries"], len(found["order"])) == (True, [], 1_999)

    def test_then_everything_else(self) -> None:
        found = shown(problems=(Problem(where="a", message="x" * LONGEST),), order=prs(*range(1, 90_000)))
        assert (found["truncated"], found["problems"], found["order"], found["repository"]) == (True, [], [], "fleet")

    def test_one_that_fits_does_not_say_so(self) -> None:
        assert "truncated" not in shown(entries=(entry(1),))
