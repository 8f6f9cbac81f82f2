"""The criterion `tests_passing` (contract 3)."""

from dataclasses import replace
from typing import Any

import pytest

from mergebot.model.plan import CriterionName
from mergebot.model.policy import Checks, Criteria, Policy
from mergebot.model.snapshot import Check, CheckList, CheckState, RequiredCheck, Unknown
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import plan_of, said, tree_of, verdict_of

S = CheckState


NOW = 1_750_000_000.0


def check(name: str, state: CheckState = S.SUCCESS, **more: Any) -> Check:  # noqa: ANN401 (a builder takes any field)
    return Check(name=name, state=state, **more)


def verdict(
    checks: CheckList | Unknown,
    policy: Checks | None = None,
    results: dict[str, CheckState] | None = None,
    *,
    required: tuple[RequiredCheck, ...] = (),
    pushed: float | None = None,
) -> tuple[str, str, str]:
    """The verdict.

    `results`: what the test command said of what the head merges to. `required`: what the forge requires. `pushed`:
    how many seconds ago mergebot pushed the head.
    """
    head = pull_request(1).head
    ran = {tree_of(head.sha): check(name, state) for name, state in (results or {}).items()}
    pr = pull_request(1, checks=checks, head=replace(head, pushed_at=None if pushed is None else NOW - pushed))
    seen = snapshot(pr, test_results=ran, required_checks=required, taken_at=NOW)
    return said(verdict_of(plan_of(seen, Policy(checks=policy or Checks())), 1, CriterionName.TESTS_PASSING))


def listed(*checks: Check, queued: int = 0) -> CheckList:
    return CheckList(checks=checks, queued_suites=queued)


def test_all_that_count_must_have_succeeded() -> None:
    """Success, neutral and skipped are successes; at least one must have reported."""
    green = listed(check("a"), check("b", S.NEUTRAL), check("c", S.SKIPPED))
    assert verdict(green) == ("pass", "tests.passed", "3 of 3 checks succeeded")


FAILURES = {
    S.FAILURE: "unit (failed): fix it and push, or run it again",
    S.TIMED_OUT: "unit (timed out): fix it and push, or run it again",
    S.CANCELLED: "unit (cancelled): run it again",
    S.STALE: "unit (stale): it never finished, run it again",
    S.STARTUP_FAILURE: "unit (startup failure): correct the workflow file and push",
    S.ACTION_REQUIRED: (
        "unit (action required): a person with write access has to approve the workflow run, or do what it asks for"
    ),
}


@pytest.mark.parametrize(("state", "reason"), FAILURES.items())
def test_any_other_conclusion_fails_and_says_what_to_do(state: CheckState, reason: str) -> None:
    """Also where another one is still running."""
    found = verdict(listed(check("unit", state), check("lint", S.RUNNING), check("docs")))
    assert found == ("fail", "tests.failed", reason)


def test_each_remedy_is_said_once() -> None:
    """Several failures of one kind have one remedy."""
    several = listed(check("b", S.FAILURE), check("a", S.FAILURE), check("c", S.TIMED_OUT), check("d", S.CANCELLED))
    assert verdict(several)[2] == (
        "d (cancelled): run it again; a, b (failed); c (timed out): fix it and push, or run it again"
    )


PENDING = {
    "running": (listed(check("unit", S.RUNNING), check("lint", S.QUEUED)), "tests.running", "not done yet: lint, unit"),
    "a queued suite": (
        listed(check("a"), queued=1),
        "tests.queued",
        "1 suite of checks is queued and has not started",
    ),
    "none": (listed(), "tests.none", "no check has reported yet"),
    "only its own": (listed(check("mergebot", S.FAILURE, own=True)), "tests.none", "no check has reported yet"),
    "a state never heard of": (
        listed(check("a", S.UNKNOWN)),
        "tests.unknown",
        "in a state that mergebot does not know: a",
    ),
    "on its way": (
        Unknown(reason="GitHub has not caught up with the push yet", passing=True),
        "tests.queued",
        "its checks are not known yet: GitHub has not caught up with the push yet",
    ),
    "unreadable": (Unknown(reason="page 2 failed"), "tests.unknown", "its checks could not be read: page 2 failed"),
}


@pytest.mark.parametrize(("checks", "code", "reason"), PENDING.values(), ids=PENDING.keys())
def test_what_has_not_answered_yet_is_pending(checks: CheckList | Unknown, code: str, reason: str) -> None:
    """A list that could not be read is unknown, not green."""
    assert verdict(checks) == ("pending", code, reason)


def test_of_several_runs_of_one_check_the_newest_counts() -> None:
    """One check: the same app, workflow and name."""
    old, new = check("unit", S.FAILURE, order=1), check("unit", order=2)
    assert verdict(listed(new, old))[0] == verdict(listed(old, new))[0] == "pass"


def test_of_two_that_began_at_once_the_worse_one_counts() -> None:
    """The order of a list decides nothing."""
    red, green = check("unit", S.FAILURE), check("unit")
    assert verdict(listed(red, green))[0] == verdict(listed(green, red))[0] == "fail"


@pytest.mark.parametrize("other", [check("unit", app="other", order=2), check("unit", workflow="nightly", order=2)])
def test_of_several_apps_or_workflows_with_one_name_all_must_pass(other: Check) -> None:
    """A status cannot stand in for a run, nor a later success of another one for its failure."""
    assert verdict(listed(check("unit", S.FAILURE, order=1), other))[0] == "fail"


def test_required_checks_must_have_reported() -> None:
    """Names or globs; every one of them is met by some check."""
    policy = Checks(required=("lint", "test/*"))
    assert verdict(listed(check("lint"), check("test/a")), policy)[0] == "pass"
    assert verdict(listed(check("lint")), policy) == (
        "pending",
        "tests.missing",
        "required, but not reported yet: test/*",
    )


def test_ignored_checks_never_count() -> None:
    """Neither for nor against."""
    policy = Checks(ignore=("flaky*",))
    assert verdict(listed(check("a"), check("flaky-1", S.FAILURE)), policy)[0] == "pass"
    assert verdict(listed(check("flaky-1")), policy)[1] == "tests.none"


def test_none_at_all_may_pass_where_the_config_says_so() -> None:
    """`checks.allow_none`."""
    assert verdict(listed(), Checks(allow_none=True))[:2] == ("pass", "tests.not_needed")
    assert verdict(listed(check("a", S.FAILURE)), Checks(allow_none=True))[0] == "fail"


def test_it_can_be_turned_off() -> None:
    """`tests_passing: false`."""
    policy = Policy(criteria=Criteria(tests_passing=False))
    plan = plan_of(snapshot(pull_request(1, checks=listed(check("a", S.FAILURE)))), policy)
    assert said(verdict_of(plan, 1, CriterionName.TESTS_PASSING))[:2] == ("pass", "tests.off")


class TestWhatTheForgeRequires:
    """The branch rules of the forge name checks, literally, and may pin the app that has to report them."""

    UNIT = (RequiredCheck(name="unit [a*]"),)
    PINNED = (RequiredCheck(name="unit", app_id=7),)

    def test_it_must_have_reported_besides_what_the_config_requires(self) -> None:
        assert verdict(listed(check("lint")), Checks(required=("docs",)), required=self.UNIT) == (
            "pending",
            "tests.missing",
            "required, but not reported yet: docs, unit [a*]",
        )
        assert verdict(listed(check("unit [a*]")), required=self.UNIT)[0] == "pass"

    def test_its_name_is_no_glob(self) -> None:
        """The platform compares names."""
        assert verdict(listed(check("unit a1")), required=self.UNIT)[1] == "tests.missing"
        assert verdict(listed(check("unit 1")), required=(RequiredCheck(name="unit *"),))[1] == "tests.missing"

    def test_only_the_pinned_app_meets_it(self) -> None:
        """Anyone with write access may set a status of any name."""
        assert verdict(listed(check("unit", app="ci", app_id=7)), required=self.PINNED)[0] == "pass"
        assert verdict(listed(check("unit"), check("lint", app_id=7)), required=self.PINNED) == (
            "pending",
            "tests.missing",
            "required, but not reported yet: unit from the app 7",
        )

    def test_of_several_runs_of_a_required_name_all_must_pass(self) -> None:
        both = listed(check("unit", app_id=7), check("unit", S.FAILURE, app_id=7, workflow="nightly"))
        assert verdict(both, required=self.PINNED)[0] == "fail"

    def test_ignoring_it_in_the_config_changes_nothing(self) -> None:
        """The forge would refuse the merge: it must have reported and succeeded all the same."""
        policy = Checks(ignore=("unit",))
        assert verdict(listed(check("lint")), policy, required=self.PINNED)[1] == "tests.missing"
        red = listed(check("lint"), check("unit", S.FAILURE, app_id=7))
        assert verdict(red, policy, required=self.PINNED)[0] == "fail"
        other = listed(check("unit", app_id=7), check("unit", S.FAILURE, app_id=8, app="other"))
        assert verdict(other, policy, required=self.PINNED)[0] == "pass"

    def test_none_at_all_does_not_pass_then(self) -> None:
        """`checks.allow_none` is about pull requests of which nothing is required."""
        assert verdict(listed(), Checks(allow_none=True), required=self.PINNED)[1] == "tests.missing"


class TestAPushThatStartsNoChecks:
    """Platform: a push with the token of Actions starts no workflow, or one that waits to be approved."""

    def test_it_is_told_once_checks_should_have_come(self) -> None:
        """In words that stay the same from pass to pass."""
        kind, code, reason = verdict(listed(), pushed=601)
        assert (kind, code) == ("pending", "tests.no_ci")
        assert reason.startswith("mergebot pushed this head, and no check has come since: pushes with GITHUB_TOKEN")
        assert verdict(listed(), pushed=90_000) == (kind, code, reason)

    def test_a_forge_has_some_minutes_to_start_them(self) -> None:
        assert verdict(listed(), pushed=600)[1] == "tests.none"

    def test_only_where_mergebot_pushed_and_nothing_has_come(self) -> None:
        assert verdict(listed())[1] == "tests.none"
        assert verdict(listed(queued=1), pushed=601)[1] == "tests.queued"
        assert verdict(listed(check("unit", S.RUNNING)), pushed=601)[1] == "tests.running"
        assert verdict(listed(), Checks(allow_none=True), pushed=601)[1] == "tests.not_needed"

    def test_it_says_more_than_which_check_is_missing(self) -> None:
        assert verdict(listed(), pushed=601, required=(RequiredCheck(name="unit"),))[1] == "tests.no_ci"

    def test_runs_that_wait_to_be_approved_say_why(self) -> None:
        parked = listed(check("ci", S.ACTION_REQUIRED))
        assert "the runs of a push with GITHUB_TOKEN wait for that" in verdict(parked, pushed=5)[2]

    def test_workflows_that_are_to_be_started_are_waited_for(self) -> None:
        """Green checks of other apps are no sign that the tests have run."""
        policy = Checks(dispatch=("ci.yml",))
        waits = ("pending", "tests.none", "mergebot has still to start the workflows of checks.dispatch on it")
        assert verdict(listed(), policy, pushed=5) == waits
        assert verdict(listed(check("preview")), policy, pushed=5) == waits
        assert verdict(listed(check("preview")), policy)[0] == "pass"
        assert verdict(listed(check("unit", workflow="CI")), policy, pushed=5)[0] == "pass"

    def test_workflows_that_were_started_in_vain_are_told(self) -> None:
        started = CheckList(dispatched=True)
        policy = Checks(dispatch=("ci.yml",))
        assert verdict(started, policy, pushed=5)[1] == "tests.none"
        kind, code, reason = verdict(started, policy, pushed=601)
        assert (kind, code) == ("pending", "tests.no_ci")
        assert reason.startswith("workflows were started by hand on this head, and no check has come of it")


class TestTheTestCommand:
    """`checks.command`: its result on the merged tree is a check like any other."""

    POLICY = Checks(command="make test")

    def test_it_is_waited_for(self) -> None:
        assert verdict(listed(), self.POLICY) == (
            "pending",
            "tests.command",
            "the test command has not been run on the merged result yet",
        )

    def test_its_success_is_enough(self) -> None:
        assert verdict(listed(), self.POLICY, {"make test": S.SUCCESS})[2] == "1 of 1 check succeeded"

    def test_its_failure_fails(self) -> None:
        assert verdict(listed(check("agent")), self.POLICY, {"make test": S.FAILURE})[0] == "fail"

    def test_its_result_is_kept_until_its_log_is_removed(self) -> None:
        """That tree was tested; a check of another kind has a remedy of its own."""
        reason = verdict(listed(check("ci", S.CANCELLED)), self.POLICY, {"make test": S.FAILURE})[2]
        assert reason == (
            "ci (cancelled): run it again; make test (failed): fix it and push, or remove that log to have it run again"
        )

    def test_the_agents_own_word_counts_too(self) -> None:
        """All that count must pass."""
        said_no = listed(check("tests_passing", S.FAILURE))
        assert verdict(said_no, self.POLICY, {"make test": S.SUCCESS})[0] == "fail"

    def test_a_result_of_another_tree_is_no_answer(self) -> None:
        """Base has moved: what was tested is not what would land."""
        ran = {sha("another tree"): check("make test")}
        plan = plan_of(snapshot(pull_request(1, checks=listed()), test_results=ran), Policy(checks=self.POLICY))
        assert said(verdict_of(plan, 1, CriterionName.TESTS_PASSING))[1] == "tests.command"

    def test_a_result_counts_only_while_a_command_is_set(self) -> None:
        assert verdict(listed(), Checks(), {"make test": S.SUCCESS})[1] == "tests.none"
