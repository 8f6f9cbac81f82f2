"""CI as repositories really have it: doctor tells what never comes, and nothing of what comes another way."""

from dataclasses import replace

import pytest

from mergebot.doctor.triggers import heeds_pushes, reports
from mergebot.forge.github.survey_workflows import parse_workflow
from mergebot.model.ids import Branch
from mergebot.model.snapshot import CheckList, CheckState, RequiredCheck
from tests.doctor.worlds import CI, FINE, World, check, files, workflow

ON = "[pull_request, workflow_dispatch]"
BACKEND, FRONTEND = FINE.snapshot.pull_requests
STACKED = (BACKEND, replace(FRONTEND, base=Branch("feature/backend")))


def started(*triggers: str) -> World:
    """CI is these workflows; the first one is called `Tests`."""
    one, bot = files(ci=CI.replace(ON, triggers[0]))
    more = (workflow(CI.replace(ON, on).replace("Tests", f"W{n}"), f"{n}.yml") for n, on in enumerate(triggers[1:]))
    return FINE.surveyed(workflows=(one, bot, *more))


def unchecked(world: World) -> World:
    pulls = (replace(pr, checks=CheckList()) for pr in world.snapshot.pull_requests)
    return world.seen(pull_requests=tuple(pulls))


class TestPushes:
    BOTH = "{push: , pull_request: {branches: [main]}}"

    def test_a_stack_is_tested_where_every_push_is(self) -> None:
        assert started(self.BOTH).seen(pull_requests=STACKED).said("ci.branches") == []
        assert started(self.BOTH).said("ci.branches") == []

    @pytest.mark.parametrize("push", ["{branches: [main]}", "{tags: ['v*']}", "{paths: [src]}"])
    def test_a_push_that_starts_nothing_there_is_no_help(self, push: str) -> None:
        """platform: with a filter of tags alone no push to a branch starts it."""
        world = started(f"{{push: {push}, pull_request: {{branches: [main]}}}}").seen(pull_requests=STACKED)
        assert world.said("ci.branches") == [
            "`Tests` does not run for #2, which are stacked on other branches than main"
        ]

    def test_a_forks_push_starts_nothing_here(self) -> None:
        fork = replace(STACKED[1], head=replace(STACKED[1].head, fork=True, branch=Branch("main")))
        world = started("{push: {branches: [main]}, pull_request: {branches: [main]}}")
        assert len(world.seen(pull_requests=(BACKEND, fork)).said("ci.branches")) == 1

    def test_a_required_check_comes_by_the_push_whatever_the_pull_request_changes(self) -> None:
        world = started("{push: , pull_request: {paths: [src]}}").requires(RequiredCheck(name="unit"))
        assert world.said("ci.paths") == []

    def test_a_push_to_base_alone_tests_no_pull_request(self) -> None:
        assert len(unchecked(started("{push: {branches: [main]}}")).said("ci.none")) == 1
        assert len(unchecked(started("{push: {tags: ['v*']}}")).said("ci.none")) == 1
        assert unchecked(started("push")).said("ci.none") == []
        assert unchecked(started("{push: {branches: ['feature/*']}}")).said("ci.none") == []

    def test_nobody_wakes_when_ci_by_push_is_done_and_not_named(self) -> None:
        assert started("pull_request", "push").said("workflow.not_woken") == ["mergebot does not wake when W0 is done"]

    def test_a_branch_and_tags_start_it_for_the_branch(self) -> None:
        both = parse_workflow("a.yml", b"on: {push: {branches: [a], tags: [v1]}}\njobs: {}\n")
        assert heeds_pushes(both, Branch("a"))
        assert not heeds_pushes(both, Branch("b"))


class TestOtherWorkflows:
    def test_one_for_releases_is_no_fault(self) -> None:
        world = started("pull_request", "{pull_request: {branches: ['release/*']}}")
        assert world.said("ci.branches") == []

    def test_it_is_one_where_its_check_is_required(self) -> None:
        world = started("pull_request", "{pull_request: {branches: ['release/*']}}")
        assert world.requires(RequiredCheck(name="unit")).said("ci.branches") == [
            "`W0` does not run for pull requests into main"
        ]

    @pytest.mark.parametrize("kinds", ["opened", "labeled, unlabeled", "closed"])
    def test_one_that_greets_or_labels_is_no_ci(self, kinds: str) -> None:
        world = started("pull_request", f"{{pull_request: {{types: [{kinds}]}}}}")
        assert set(world.found()) == {"token.kind"}

    def test_required_it_never_comes_for_new_commits(self) -> None:
        world = started("pull_request", "{pull_request: {types: [opened]}}").requires(RequiredCheck(name="unit"))
        assert len(world.said("ci.types")) == 1


class TestNames:
    @pytest.mark.parametrize(
        ("job", "name", "comes"),
        [
            ("unit", "unit", True),
            ("unit", "unit (3.12, ubuntu)", True),
            ("unit", "unit / lint", True),
            ("unit", "units", False),
            ("'py ${{ matrix.py }} on ${{ matrix.os }}'", "py 3.12 on linux", True),
            ("'py ${{ matrix.py }} on ${{ matrix.os }}'", "py 3.12", False),
            ("'py ${{ matrix.py }} now'", "py now", False),
            ("'${{ matrix.name }}'", "anything", False),
        ],
    )
    def test_a_check_is_known_by_its_jobs_name(self, job: str, name: str, comes: bool) -> None:
        text = f"on: push\njobs: {{a: {{name: {job}}}}}\n"
        assert reports(parse_workflow("a.yml", text.encode()), name) is comes

    @pytest.mark.parametrize(("state", "said"), [(CheckState.RUNNING, 0), (CheckState.SUCCESS, 1)])
    def test_a_job_that_waits_for_others_is_not_yet_missing(self, state: CheckState, said: int) -> None:
        """platform: a job with `needs:` has no check until those are done."""
        world = started("pull_request").requires(RequiredCheck(name="unit"))
        world = world.first(checks=CheckList(checks=(check("first", state=state),)))
        pulls = world.snapshot.pull_requests[:1]
        assert len(world.seen(pull_requests=pulls).said("rules.check_never_seen")) == said
