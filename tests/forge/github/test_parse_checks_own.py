"""Which checks are mergebot's own, and so never count; and which only look like it (contract 3)."""

import pytest

from mergebot.forge.github.own import Own
from mergebot.model.snapshot import CheckState
from tests.forge.github.nodes import Node, check_run, status, suite, workflow_run
from tests.forge.github.test_parse_checks import parse, states

IN_QUEUE_YML = {
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_WORKFLOW": "Queue",
    "GITHUB_WORKFLOW_REF": "o/r/.github/workflows/queue.yml@refs/heads/main",
}


def review_run(*, name: str = "CI", file: str = "ci.yml") -> Node:
    """A run of the kind that mergebot's workflow has on a head."""
    return workflow_run(event="pull_request_review", name=name, file=file)


class TestAWorkflowThatTestsPullRequestsAndRunsMergebot:
    """One file with both: a red test must not be missed, and mergebot's own job is no evidence."""

    OWN = Own.of(IN_QUEUE_YML)
    RUN = workflow_run(8, name="Queue", file="queue.yml")

    @pytest.mark.parametrize("conclusion", ["FAILURE", "CANCELLED", "TIMED_OUT"])
    def test_its_failures_count(self, conclusion: str) -> None:
        red = check_run("unit", conclusion=conclusion, of=suite(run=self.RUN))
        assert states(parse(red, own=self.OWN)) == {"unit": CheckState[conclusion]}

    def test_what_is_not_done_is_waited_for(self) -> None:
        going = check_run("unit", status="IN_PROGRESS", of=suite(run=self.RUN))
        assert states(parse(going, own=self.OWN)) == {"unit": CheckState.RUNNING}
        assert parse(suites=(suite(1, status="QUEUED", run=self.RUN),), own=self.OWN).checks.queued_suites == 1

    @pytest.mark.parametrize("conclusion", ["SUCCESS", "NEUTRAL", "SKIPPED"])
    def test_a_green_one_proves_nothing(self, conclusion: str) -> None:
        """It may be mergebot's: without any other check the PR would pass untested."""
        green = check_run("queue", conclusion=conclusion, of=suite(run=self.RUN))
        assert states(parse(green, own=self.OWN)) == {}

    def test_the_run_that_mergebot_runs_in_keeps_it_from_nothing(self) -> None:
        """It would wait for itself."""
        own = Own.of({**IN_QUEUE_YML, "GITHUB_RUN_ID": "8"})
        assert states(parse(check_run(status="IN_PROGRESS", of=suite(run=self.RUN)), own=own)) == {}

    def test_beside_a_job_of_the_same_run_that_goes_on_its_own_one_is_waited_for_too(self) -> None:
        """Which of the two is mergebot's nobody says, and the other may be the test."""
        own = Own.of({**IN_QUEUE_YML, "GITHUB_RUN_ID": "8"})
        jobs = [check_run(name, status="IN_PROGRESS", of=suite(run=self.RUN)) for name in ("queue", "unit")]
        assert set(states(parse(*jobs, own=own))) == {"queue", "unit"}

    def test_a_job_of_the_same_run_that_failed_counts(self) -> None:
        """It is over, and mergebot's own is not: so it is another one."""
        own = Own.of({**IN_QUEUE_YML, "GITHUB_RUN_ID": "8"})
        mine = check_run("queue", status="IN_PROGRESS", of=suite(run=self.RUN))
        red = check_run("unit", conclusion="FAILURE", of=suite(run=self.RUN))
        assert states(parse(mine, red, own=own)) == {"unit": CheckState.FAILURE}


class TestWhatIsMergebotsOwnNeverCounts:
    def test_its_status(self) -> None:
        parsed = parse(status("MergeBot", "FAILURE", text="blocked"))
        assert states(parsed) == {}
        assert parsed.status == ("failure", "blocked")

    def test_the_run_that_it_runs_in(self) -> None:
        own = Own.of({"GITHUB_RUN_ID": "42"})
        mine = check_run(status="IN_PROGRESS", of=suite(run=workflow_run(42, name="Other")))
        assert states(parse(mine, own=own)) == {}

    def test_its_workflow_by_name_or_by_file(self) -> None:
        own = Own.of({"GITHUB_WORKFLOW": "Queue"})
        by_name = check_run("a", conclusion="FAILURE", of=suite(run=review_run(name="Queue")))
        by_file = check_run("b", conclusion="FAILURE", of=suite(run=review_run(file="mergebot.yml")))
        assert states(parse(by_name, by_file, own=own)) == {}

    def test_its_workflow_by_the_file_that_it_runs_in(self) -> None:
        mine = check_run(conclusion="FAILURE", of=suite(run=review_run(name="renamed", file="queue.yml")))
        assert states(parse(mine, own=Own.of(IN_QUEUE_YML))) == {}

    def test_its_suite_that_is_queued_or_was_cancelled(self) -> None:
        run = review_run(file="mergebot.yml")
        queued, cancelled = suite(1, status="QUEUED", run=run), suite(2, conclusion="CANCELLED", run=run)
        parsed = parse(suites=(queued, cancelled))
        assert (parsed.checks.checks, parsed.checks.queued_suites) == ((), 0)

    def test_but_another_workflow_of_the_same_name_does(self) -> None:
        """Names need not be unique; where the file is known, it alone says which workflow is mergebot's."""
        other = check_run(conclusion="FAILURE", of=suite(run=workflow_run(name="Queue", file="unit.yml")))
        assert states(parse(other, own=Own.of(IN_QUEUE_YML))) == {"unit": CheckState.FAILURE}

    def test_what_runs_for_another_repository_has_no_checks_there(self) -> None:
        """One workflow may serve many repositories with `--repo`; theirs may have its file and its name."""
        own = Own.of(IN_QUEUE_YML, "O/Other")
        theirs = check_run(of=suite(run=workflow_run(name="Queue", file="queue.yml")))
        assert states(parse(theirs, own=own)) == {"unit": CheckState.SUCCESS}
        assert Own.of(IN_QUEUE_YML, "O/R") == Own.of(IN_QUEUE_YML)

    def test_a_file_of_another_repository_says_nothing_of_this_one(self) -> None:
        """Platform: a ruleset can demand a workflow that lies elsewhere."""
        own = Own.of({**IN_QUEUE_YML, "GITHUB_REPOSITORY": "other/one"})
        mine = check_run(conclusion="FAILURE", of=suite(run=review_run(name="Queue", file="x.yml")))
        assert states(parse(mine, own=own)) == {}

    def test_but_a_workflow_of_another_name_does(self) -> None:
        own = Own.of({"GITHUB_WORKFLOW": "Queue", "GITHUB_RUN_ID": "42"})
        assert states(parse(check_run(), own=own)) == {"unit": CheckState.SUCCESS}
