"""Branch rules and required checks."""

from dataclasses import replace

import pytest

from mergebot.model.finding import Level
from mergebot.model.ids import Branch
from mergebot.model.policy import Checks, Cleanup, Criteria, Queue, Rebase, Strategy
from mergebot.model.problem import Problem, Severity
from mergebot.model.snapshot import CheckList, NativeStack, RequiredCheck, Unknown
from mergebot.model.survey import ActionsSettings, BaseRules, HeadRules, Settings
from tests.doctor.worlds import FINE, World, bot, check, files

QUEUE = Problem(where="branch main", message="GitHub's own merge queue is required here: two queues")


def ruled(**changes: object) -> World:
    return FINE.surveyed(rules=replace(BaseRules(), **changes))  # type: ignore[arg-type] # a builder


class TestWhatThePlanSaysToo:
    def test_a_problem_of_settings_or_rules_is_told_once_by_its_own_code(self) -> None:
        """The plan has it as a problem, without a code."""
        archived = Problem(where="repository", message="it is archived, so nothing can be merged")
        world = FINE.surveyed(settings=Settings(archived=True)).seen(problems=(archived,))
        assert set(world.found()) == {"token.kind", "settings.archived"}

    def test_a_queue_in_classic_protection_shows_only_in_the_plan(self) -> None:
        """Rulesets do not have it; a pull request tells."""
        assert set(FINE.seen(problems=(QUEUE,)).found()) == {"token.kind", "rules.merge_queue"}

    def test_where_settings_or_rules_could_not_be_looked_at_the_plans_problem_stays(self) -> None:
        """Nothing is lost between the two."""
        squash = Problem(where="repository", message="squash merging is turned off")
        unread = Unknown(reason="no")
        world = FINE.surveyed(rules=unread, settings=unread).seen(problems=(QUEUE, squash))
        assert sorted(world.said("queue.problem")) == sorted([QUEUE.message, squash.message])

    def test_a_warning_stays_a_warning(self) -> None:
        odd = Problem(where="x.yml", message="odd", severity=Severity.WARNING)
        assert FINE.seen(problems=(odd,)).level("queue.problem") is Level.WARNING


class TestRequiredChecks:
    def test_the_closest_one_that_was_seen_is_named(self) -> None:
        [said] = FINE.requires(RequiredCheck(name="units")).said("rules.check_never_seen")
        assert said == "the required check `units` was seen on no open pull request; the closest one is `unit`"

    def test_the_config_may_name_them_by_glob(self) -> None:
        assert FINE.ruled(checks=Checks(required=("un*",))).said("rules.check_never_seen") == []
        world = FINE.ruled(checks=Checks(required=("zz*",)))
        assert world.found()["rules.check_never_seen"].where == ".github/mergebot.yml, checks.required"

    def test_a_check_on_one_head_is_enough(self) -> None:
        """It exists; that others lack it is for the plan to say."""
        one, two = FINE.snapshot.pull_requests
        world = FINE.seen(pull_requests=(replace(one, checks=CheckList()), two))
        assert world.requires(RequiredCheck(name="unit")).said("rules.check_never_seen") == []

    @pytest.mark.parametrize("app", [0, 15_368])
    def test_the_right_app_or_any_is_fine(self, app: int) -> None:
        assert set(FINE.requires(RequiredCheck(name="unit", app_id=app)).found()) == {"token.kind"}

    def test_mergebots_own_status_in_the_config_counts_as_required(self) -> None:
        assert FINE.ruled(checks=Checks(required=("mergebot",))).level("rules.own_check") is Level.ERROR

    def test_the_job_of_mergebots_workflow_is_its_own_too(self) -> None:
        assert FINE.requires(RequiredCheck(name="queue")).level("rules.own_check") is Level.ERROR

    def test_a_name_that_another_workflow_has_as_well_is_not(self) -> None:
        """Its check may come from there."""
        world = bot("  queue:\n", "  unit:\n").requires(RequiredCheck(name="unit"))
        assert world.said("rules.own_check") == []

    def test_without_any_check_nothing_can_be_said_and_that_is_said(self) -> None:
        pulls = tuple(replace(pr, checks=Unknown(reason="lost")) for pr in FINE.snapshot.pull_requests)
        world = FINE.seen(pull_requests=pulls).requires(RequiredCheck(name="unit"))
        assert world.level("rules.checks_unseen") is Level.UNSEEN
        assert world.said("rules.check_never_seen") == []


class TestReviews:
    @pytest.mark.parametrize(("required", "ours", "warned"), [(2, 1, True), (1, 1, False), (0, 2, False), (1, 0, True)])
    def test_github_may_want_no_more_than_the_config(self, required: int, ours: int, warned: bool) -> None:
        world = ruled(approvals=required).ruled(criteria=Criteria(approvals=ours))
        assert bool(world.said("rules.more_approvals")) is warned

    def test_an_app_may_be_the_last_pusher(self) -> None:
        assert ruled(last_push=True).said("rules.last_push") == []


class TestStrict:
    def test_strategy_rebase_keeps_up_by_itself(self) -> None:
        world = ruled(strict=True).ruled(queue=Queue(strategy=Strategy.REBASE))
        assert set(world.found()) == {"token.kind"}
        assert ruled(strict=True).found()["rules.strict"].lines[1] == "  strategy: rebase"


class TestHeads:
    LOCKED = replace(FINE.snapshot.pull_requests[0].head, locked="a rule forbids force pushes")

    def test_branches_that_may_not_be_moved_are_named_once(self) -> None:
        world = FINE.first(head=self.LOCKED).surveyed(heads=HeadRules(branch=Branch("x"), types=frozenset({"update"})))
        assert world.said("rules.heads_locked") == ["mergebot may not rebase #1: a rule forbids force pushes"]

    def test_where_nothing_is_rebased_it_is_no_matter(self) -> None:
        world = FINE.first(head=self.LOCKED).ruled(rebase=Rebase(dependents=False))
        assert world.said("rules.heads_locked") == []

    def test_forks_and_native_stacks_are_never_rebased_anyway(self) -> None:
        assert FINE.first(head=replace(self.LOCKED, fork=True)).said("rules.heads_locked") == []
        native = NativeStack(number=1, position=1, size=2)
        assert FINE.first(head=self.LOCKED, native=native).said("rules.heads_locked") == []

    def test_linear_history_is_fine(self) -> None:
        assert set(ruled(types=frozenset({"required_linear_history", "deletion"})).found()) == {"token.kind"}


def test_who_keeps_the_branches_may_forbid_to_delete_them() -> None:
    world = FINE.surveyed(heads=HeadRules(branch=Branch("feature/x"), types=frozenset({"deletion"})))
    assert len(world.said("rules.heads_kept")) == 1
    assert world.ruled(cleanup=Cleanup(delete_branch=False)).said("rules.heads_kept") == []


def test_deleting_heads_does_no_harm_without_stacks_of_ours() -> None:
    """GitHub looks after its own stacks."""
    world = FINE.surveyed(settings=Settings(deletes_heads=True))
    assert set(world.found()) == {"token.kind"}
    native = world.first(base=Branch("feature/other"), native=NativeStack(number=1, position=2, size=2))
    assert native.said("settings.deletes_heads") == []
    assert world.first(base=Branch("feature/other")).said("settings.deletes_heads") != []


def test_actions_may_be_off_where_mergebot_runs_elsewhere() -> None:
    """Then it is only good to know."""
    world = FINE.surveyed(actions=ActionsSettings(enabled=False), workflows=files()[:1])
    assert world.level("actions.disabled") is Level.NOTE


def test_a_check_from_another_app_is_named_with_it() -> None:
    one, two = FINE.snapshot.pull_requests
    other = CheckList(checks=(check(app="lint-bot", app_id=99),))
    world = FINE.seen(pull_requests=(replace(one, checks=other), replace(two, checks=other)))
    [said] = world.requires(RequiredCheck(name="unit", app_id=15_368)).said("rules.check_other_app")
    assert said == "the required check `unit` must come from the app 15368; it came from lint-bot (99)"
