"""What counts as a check on a head, and as what (contract 3, tests_passing)."""

from typing import Any

import pytest

from mergebot.decide.checks import newest
from mergebot.forge.github.own import Own
from mergebot.forge.github.parse_checks import Parsed, parse_checks
from mergebot.model.policy import Checks
from mergebot.model.snapshot import Check, CheckState
from tests.forge.github.nodes import NOON, Node, check_run, status, suite, workflow_run


def parse(*contexts: Node, suites: tuple[Node, ...] = (), own: Own = Own(), **more: Any) -> Parsed:  # noqa: ANN401, B008 (a builder; a frozen value)
    return parse_checks(contexts, suites, own=own, **more)


def states(parsed: Parsed) -> dict[str, CheckState]:
    """The states of those that count."""
    return {check.name: check.state for check in newest(parsed.checks.checks, Checks())}


@pytest.mark.parametrize(
    ("status", "conclusion", "state"),
    [
        ("QUEUED", None, CheckState.QUEUED),
        ("REQUESTED", None, CheckState.QUEUED),
        ("PENDING", None, CheckState.QUEUED),
        ("WAITING", None, CheckState.QUEUED),
        ("IN_PROGRESS", None, CheckState.RUNNING),
        ("COMPLETED", "SUCCESS", CheckState.SUCCESS),
        ("COMPLETED", "NEUTRAL", CheckState.NEUTRAL),
        ("COMPLETED", "SKIPPED", CheckState.SKIPPED),
        ("COMPLETED", "FAILURE", CheckState.FAILURE),
        ("COMPLETED", "TIMED_OUT", CheckState.TIMED_OUT),
        ("COMPLETED", "CANCELLED", CheckState.CANCELLED),
        ("COMPLETED", "ACTION_REQUIRED", CheckState.ACTION_REQUIRED),
        ("COMPLETED", "STALE", CheckState.STALE),
        ("COMPLETED", "STARTUP_FAILURE", CheckState.STARTUP_FAILURE),
        ("COMPLETED", "NEVER_HEARD_OF", CheckState.UNKNOWN),
        ("COMPLETED", None, CheckState.UNKNOWN),
        ("NEVER_HEARD_OF", None, CheckState.UNKNOWN),
    ],
)
def test_a_check_run_is_in_the_state_that_github_says(status: str, conclusion: str | None, state: CheckState) -> None:
    """A state or conclusion never heard of is unknown, and no pass."""
    run = check_run(status=status)
    run["conclusion"] = conclusion
    assert states(parse(run)) == {"unit": state}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("SUCCESS", CheckState.SUCCESS),
        ("PENDING", CheckState.RUNNING),
        ("EXPECTED", CheckState.QUEUED),
        ("FAILURE", CheckState.FAILURE),
        ("ERROR", CheckState.FAILURE),
        ("NEVER_HEARD_OF", CheckState.UNKNOWN),
    ],
)
def test_a_commit_status_is_in_the_state_that_github_says(said: str, state: CheckState) -> None:
    assert states(parse(status("lint", said))) == {"lint": state}


def test_app_workflow_and_event_tell_checks_of_one_name_apart() -> None:
    """Of several apps or workflows, or a run and a status, with one name all must pass (contract 3)."""
    parsed = parse(
        check_run("unit", number=1),
        check_run("unit", number=2, of=suite(2, run=workflow_run(event="push"))),
        check_run("unit", number=3, of=suite(3, run=workflow_run(name="Nightly"))),
        check_run("unit", number=4, of=suite(4, app="circleci")),
        status("unit"),
    )
    keys = {(check.app, check.workflow) for check in newest(parsed.checks.checks, Checks())}
    assert keys == {
        ("github-actions", "CI"),
        ("github-actions", "CI (push)"),
        ("github-actions", "Nightly"),
        ("circleci", ""),
        ("", ""),
    }
    assert {check.app_id for check in parsed.checks.checks} == {15368, 99, 0}


def test_of_several_runs_of_one_check_the_newest_counts() -> None:
    """By its start, then by its number; one that has not started yet is the newest (contract 3)."""
    first = check_run(number=9, conclusion="FAILURE", started="2026-11-21T12:00:00Z")
    again = check_run(number=8, conclusion="SUCCESS", started="2026-11-21T12:00:01Z")
    same_second = check_run(number=10, conclusion="CANCELLED", started="2026-11-21T12:00:01Z")
    waiting = check_run(number=3, status="QUEUED", started=None)
    assert states(parse(again, first)) == {"unit": CheckState.SUCCESS}
    assert states(parse(same_second, again)) == {"unit": CheckState.CANCELLED}
    assert states(parse(waiting, again, same_second)) == {"unit": CheckState.QUEUED}


def test_a_green_run_that_tells_no_time_hides_no_red_one() -> None:
    """Which of them is the newer one cannot be told."""
    red = check_run(number=5, conclusion="FAILURE")
    green = check_run(number=4, started=None)
    found = parse_checks([green, red], [], own=Own()).checks.checks
    [counts] = newest(found, Checks())
    assert counts.state is CheckState.FAILURE


class TestASuiteWithoutARun:
    """CI that is parked, broken or has not begun shows no check at all, and that is not green."""

    @pytest.mark.parametrize("status", ["QUEUED", "IN_PROGRESS", "REQUESTED", "WAITING", "PENDING"])
    def test_counts_as_queued_until_it_ends(self, status: str) -> None:
        assert parse(suites=(suite(status=status),)).checks.queued_suites == 1

    def test_is_not_queued_once_it_has_a_run(self) -> None:
        going = suite(5, status="IN_PROGRESS")
        assert parse(check_run(of=going), suites=(going,)).checks.queued_suites == 0

    @pytest.mark.parametrize(
        ("conclusion", "state"),
        [
            ("ACTION_REQUIRED", CheckState.ACTION_REQUIRED),
            ("STARTUP_FAILURE", CheckState.STARTUP_FAILURE),
            ("CANCELLED", CheckState.CANCELLED),
            ("FAILURE", CheckState.FAILURE),
            ("NEVER_HEARD_OF", CheckState.UNKNOWN),
        ],
    )
    def test_is_a_check_of_how_it_ended(self, conclusion: str, state: CheckState) -> None:
        assert states(parse(suites=(suite(conclusion=conclusion),))) == {"CI": state}

    @pytest.mark.parametrize("conclusion", ["SUCCESS", "SKIPPED", "NEUTRAL"])
    def test_is_nothing_where_it_had_nothing_to_do(self, conclusion: str) -> None:
        parsed = parse(suites=(suite(conclusion=conclusion),))
        assert (parsed.checks.checks, parsed.checks.queued_suites) == ((), 0)

    def test_is_nothing_where_a_newer_one_of_its_workflow_took_its_place(self) -> None:
        old, new = suite(1, conclusion="CANCELLED"), suite(2)
        assert states(parse(check_run(of=new), suites=(new, old))) == {"unit": CheckState.SUCCESS}

    def test_is_nothing_where_another_app_made_it(self) -> None:
        """Many apps make a suite for each push and never use it."""
        assert parse(suites=(suite(app="dependabot", status="QUEUED"),)).checks.queued_suites == 0


class TestWorkflowsThatAreStartedByHand:
    DISPATCHED = suite(7, run=workflow_run(7, event="workflow_dispatch"))
    RUN: Node = {  # noqa: RUF012 (never changed)
        "id": 70,
        "name": "unit",
        "status": "completed",
        "conclusion": "failure",
        "started_at": "2026-11-21T12:00:00Z",
        "details_url": None,
        "check_suite": {"id": 7},
        "app": {"id": 15368, "slug": "github-actions"},
    }

    def test_their_runs_are_taken_from_the_list_that_has_them(self) -> None:
        parsed = parse(suites=(self.DISPATCHED,), runs=(self.RUN,))
        [check] = parsed.checks.checks
        assert (check.name, check.state) == ("unit", CheckState.FAILURE)
        assert (check.app, check.app_id, check.workflow) == ("github-actions", 15368, "CI (workflow_dispatch)")
        assert parsed.checks.dispatched

    def test_a_run_that_is_in_both_lists_counts_once(self) -> None:
        parsed = parse(check_run(number=70, of=self.DISPATCHED), suites=(self.DISPATCHED,), runs=(self.RUN,))
        assert len(parsed.checks.checks) == 1

    def test_parked_runs_do_not_count_where_mergebot_starts_the_workflows(self) -> None:
        """A push with the token of a workflow parks the runs of the PR until a person approves them."""
        parked = suite(1, conclusion="ACTION_REQUIRED")
        assert states(parse(suites=(parked,), parked=False)) == {}
        assert states(parse(suites=(parked,))) == {"CI": CheckState.ACTION_REQUIRED}

    def test_a_broken_workflow_counts_all_the_same(self) -> None:
        broken = suite(1, conclusion="STARTUP_FAILURE")
        assert states(parse(suites=(broken,), parked=False)) == {"CI": CheckState.STARTUP_FAILURE}

    def test_mergebots_own_run_is_no_start_of_a_test(self) -> None:
        own = suite(7, run=workflow_run(7, event="workflow_dispatch", file="mergebot.yml"))
        assert not parse(suites=(own,)).checks.dispatched


class TestTheScore:
    def test_is_what_the_status_says_whatever_its_case(self) -> None:
        parsed = parse(status("Review/Score", "SUCCESS", text="9/10"))
        assert (parsed.score, states(parsed)) == ("9/10", {})

    def test_without_a_text_says_nothing_that_could_be_a_score(self) -> None:
        assert parse(status("review/score", text=None)).score == ""

    def test_is_none_where_there_is_no_such_status(self) -> None:
        assert parse(status("lint")).score is None


def test_a_check_leads_to_where_one_can_look() -> None:
    [check] = parse(check_run()).checks.checks
    assert check == Check(
        name="unit",
        state=CheckState.SUCCESS,
        app="github-actions",
        app_id=15368,
        workflow="CI",
        detail="https://host/unit",
        run=1,
    )


class TestTheRunThatACheckIsAJobOf:
    """By its number the failed jobs are started again."""

    def test_is_told_whichever_list_has_it(self) -> None:
        by_hand = suite(7, run=workflow_run(77, event="workflow_dispatch"))
        rest = {
            "id": 5,
            "name": "e2e",
            "status": "completed",
            "conclusion": "failure",
            "started_at": NOON,
            "check_suite": {"id": 7},
        }
        found = parse(check_run(of=suite(1, run=workflow_run(11))), suites=(by_hand,), runs=[rest]).checks.checks
        assert {check.name: check.run for check in found} == {"unit": 11, "e2e": 77}

    def test_is_none_for_another_app_or_a_status(self) -> None:
        found = parse(check_run(of=suite(1, app="checker")), status("lint")).checks.checks
        assert [check.run for check in found] == [0, 0]

    @pytest.mark.parametrize(("conclusion", "run"), [("CANCELLED", 8), ("STARTUP_FAILURE", 8), ("ACTION_REQUIRED", 0)])
    def test_that_ended_without_a_job_can_be_started_again_unless_a_person_must_let_it_run(
        self, conclusion: str, run: int
    ) -> None:
        [check] = parse(suites=(suite(1, conclusion=conclusion, run=workflow_run(8)),)).checks.checks
        assert check.run == run
