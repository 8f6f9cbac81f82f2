"""The criterion `tests_passing` (contract 3)."""

import pytest

from mergebot.model.plan import CriterionName
from mergebot.model.policy import Checks, Criteria, Policy
from mergebot.model.snapshot import Check, CheckList, CheckState, Unknown
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import plan_of, said, tree_of, verdict_of

S = CheckState


def check(name: str, state: CheckState = S.SUCCESS, *, order: float = 0, app: str = "", own: bool = False) -> Check:
    return Check(name=name, state=state, order=order, app=app, own=own)


def verdict(
    checks: CheckList | Unknown, policy: Checks | None = None, results: dict[str, CheckState] | None = None
) -> tuple[str, str, str]:
    """The verdict; `results`: what the test command said of what the head merges to."""
    head = pull_request(1).head.sha
    ran = {tree_of(head): check(name, state) for name, state in (results or {}).items()}
    plan = plan_of(snapshot(pull_request(1, checks=checks), test_results=ran), Policy(checks=policy or Checks()))
    return said(verdict_of(plan, 1, CriterionName.TESTS_PASSING))


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


def test_of_several_apps_with_one_name_all_must_pass() -> None:
    """A status cannot stand in for a run."""
    assert verdict(listed(check("unit"), check("unit", S.FAILURE, app="other")))[0] == "fail"


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
