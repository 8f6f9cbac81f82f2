"""What holds an entry is told apart for programs, too (contract 3)."""

from typing import Any

import pytest

from mergebot.model.plan import EntryState, Hold
from mergebot.model.problem import Problem
from tests.builders import pull_request, snapshot
from tests.decide.worlds import entry_of, plan_of

ERROR = Problem(where="dependencies.json:1:1", message="bad JSON")


@pytest.mark.parametrize(
    ("of_pr", "of_all", "hold"),
    [
        ({"draft": True}, {"frozen": ("red",)}, Hold.DRAFT),
        ({"labels": frozenset({"merge", "Hold"})}, {"frozen": ("red",)}, Hold.LABEL),
        ({}, {"frozen": ("red",), "problems": (ERROR,)}, Hold.FROZEN),
        ({}, {"problems": (ERROR,)}, Hold.INPUT),
    ],
    ids=["draft", "label", "frozen", "input"],
)
def test_the_first_that_fits_holds_it(of_pr: dict[str, Any], of_all: dict[str, Any], hold: Hold) -> None:
    """Its own before that of the whole queue: lifting the freeze alone would not help."""
    found = entry_of(plan_of(snapshot(pull_request(1, **of_pr), **of_all)), 1)
    assert (found.state, found.hold) == (EntryState.HELD, hold)


def test_nothing_holds_one_that_goes_on() -> None:
    assert entry_of(plan_of(snapshot(pull_request(1))), 1).hold is None
