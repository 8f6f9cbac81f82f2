"""Which workflows are started by hand (`checks.dispatch`)."""

from dataclasses import replace
from typing import Any

import pytest

from mergebot.model.ids import Branch, PrNumber
from mergebot.model.plan import Dispatch
from mergebot.model.policy import Checks, Criteria, Policy
from mergebot.model.snapshot import Check, CheckList, CheckState, PullRequest, Unknown
from tests.builders import GREEN, pull_request, sha, snapshot
from tests.decide.worlds import closed, lacking, plan_of, steps

POLICY = Policy(checks=Checks(dispatch=("ci.yml", "lint.yml")))


def pushed(number: int, **changes: Any) -> PullRequest:  # noqa: ANN401 (a builder takes any field)
    """A PR whose head mergebot has pushed, and that has no checks."""
    pr = pull_request(number, **{"checks": CheckList(), **changes})
    return replace(pr, head=replace(pr.head, pushed_at=1_749_999_990.0))


def test_where_a_push_of_mergebot_started_none_all_workflows_are_started() -> None:
    """One step for each PR."""
    plan = plan_of(snapshot(pushed(1), pushed(2), pull_request(3, checks=CheckList())), POLICY)
    reason = "mergebot pushed its head, and no workflow has run on it"
    assert plan.steps == tuple(
        Dispatch(
            pr=PrNumber(n),
            branch=Branch(f"change-{n}"),
            head=sha(1000 + n),
            workflows=("ci.yml", "lint.yml"),
            reason=reason,
        )
        for n in (1, 2)
    )


NOT_NOW: dict[str, dict[str, Any]] = {
    "it has run": {"checks": CheckList(checks=(Check(name="unit", state=CheckState.FAILURE, workflow="CI"),))},
    "it is queued": {"checks": CheckList(queued_suites=1)},
    "it was started": {"checks": CheckList(dispatched=True)},
    "not known": {"checks": Unknown(reason="on its way", passing=True)},
    "not requested": {"labels": frozenset()},
    "held": {"labels": frozenset({"merge", "hold"})},
    "a draft": {"draft": True},
    "refused": {"refused": "the workflow ci.yml was not found"},
}


@pytest.mark.parametrize("changes", NOT_NOW.values(), ids=NOT_NOW.keys())
def test_not_where_it_is_of_no_use(changes: dict[str, Any]) -> None:
    assert steps(pushed(1, **changes), policy=POLICY) == []


def test_not_where_no_workflow_is_named_or_tests_do_not_matter() -> None:
    assert steps(pushed(1)) == []
    assert steps(pushed(1, score_status="5/10"), policy=replace(POLICY, criteria=Criteria(tests_passing=False))) == []


def test_also_where_another_criterion_still_fails() -> None:
    """Its author wants to know whether the rebased head works."""
    assert steps(pushed(1, score_status="5/10"), policy=POLICY) == ["dispatch 1"]


def test_merges_and_rebases_come_first() -> None:
    """They may move the head, and then the run was in vain."""
    assert steps(pushed(1), pull_request(2), policy=POLICY) == ["merge 2"]
    rebased = steps(
        pushed(1), pushed(2, body="Depends-On: #5"), closed=(closed(5),), git=lacking((2, 5)), policy=POLICY
    )
    assert rebased == ["restack 2", "dispatch 1"]


def test_a_head_that_others_have_pushed_is_none_of_ours() -> None:
    assert steps(pull_request(1, checks=CheckList()), pull_request(2, checks=GREEN, labels=frozenset())) == []
