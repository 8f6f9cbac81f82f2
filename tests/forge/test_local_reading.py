"""What the local forge reads out of `status.json`, `merge-queue.json` and git (contract 6)."""

import json
from pathlib import Path

import pytest

from mergebot.model.ids import AgentName, Branch
from mergebot.model.people import Permission, Person
from mergebot.model.problem import Severity
from mergebot.model.snapshot import Check, CheckList, CheckState, FleetAgent, Head, PullRequest, ReviewTally
from tests.forge.fleet import STATE, Fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet.create(tmp_path / "repo")


class TestOpenPullRequests:
    def test_a_ready_agent_has_one_with_everything_its_record_says(self, fleet: Fleet) -> None:
        """An agent whose `status` is `ready` has an open PR into base."""
        tip = fleet.agent("a", title="Do it", body="Why.", labels=["hotfix"], draft=True, pr=7, unknown={"x": 1})

        [pr] = fleet.read().pull_requests

        assert pr == PullRequest(
            number=7,  # type: ignore[arg-type]
            title="Do it",
            body="Why.",
            head=Head(branch=Branch("feature/a"), sha=tip),
            base=Branch("main"),
            author=Person(login="a", permission=Permission.WRITE),
            draft=True,
            labels=frozenset({"hotfix"}),
            agent=AgentName("a"),
            checks=CheckList(checks=(Check(name="tests_passing", state=CheckState.SUCCESS, app="status.json"),)),
            reviews=ReviewTally(approvals=1),
            score_status="10/10",
        )

    @pytest.mark.parametrize("status", ["in_progress", "merged", "completed", "", "readyish"])
    def test_any_other_status_has_none(self, fleet: Fleet, status: str) -> None:
        fleet.agent("a", status=status)
        assert fleet.read().pull_requests == ()
        assert fleet.read().problems == ()

    @pytest.mark.parametrize(
        ("written", "read"),
        [(8, "8/10"), (8.5, "8.5/10"), ("9/10", "9/10"), ("good", "good"), (None, None), (11, "11/10")],
    )
    def test_a_score_is_passed_on_as_it_was_written(self, fleet: Fleet, written: object, read: str | None) -> None:
        """Whether it counts is decided elsewhere."""
        fleet.agent("a", review_score=written)
        assert fleet.pr("a").score_status == read

    @pytest.mark.parametrize(
        ("written", "checks"),
        [(True, [CheckState.SUCCESS]), (False, [CheckState.FAILURE]), (None, [])],
    )
    def test_tests_passing_is_a_check_if_it_is_there(
        self, fleet: Fleet, written: bool | None, checks: list[CheckState]
    ) -> None:
        """Missing or null is no check at all, never a green one."""
        fleet.agent("a", tests_passing=written)
        found = fleet.pr("a").checks
        assert isinstance(found, CheckList)
        assert [check.state for check in found.checks] == checks

    def test_a_missing_number_of_approvals_is_none(self, fleet: Fleet) -> None:
        fleet.agent("a", approvals=None)
        assert fleet.pr("a").reviews == ReviewTally(approvals=0)

    def test_reading_writes_nothing(self, fleet: Fleet) -> None:
        fleet.agent("a")
        before = fleet.everything()
        fleet.read()
        assert fleet.everything() == before


class TestBranches:
    def test_the_dependency_file_names_what_the_record_does_not(self, fleet: Fleet) -> None:
        """`branch` in status.json, else `agents.NAME.branch` in dependencies.json (contract 2.2)."""
        fleet.agent("a", branch="odd/place")
        fleet.say("a", branch=None)
        fleet.box.write(f"{STATE}/dependencies.json", json.dumps({"agents": {"a": {"branch": "odd/place"}}}))
        assert fleet.pr("a").head.branch == "odd/place"

    @pytest.mark.parametrize("branch", ["feature/a", "agent/a", "a"])
    def test_a_usual_name_is_found(self, fleet: Fleet, branch: str) -> None:
        fleet.agent("a", branch=branch)
        fleet.say("a", branch=None)
        assert fleet.pr("a").head.branch == branch

    def test_two_usual_names_are_no_answer(self, fleet: Fleet) -> None:
        """A guess that could be wrong is none; it is said, not dropped."""
        fleet.agent("a")
        fleet.say("a", branch=None)
        fleet.box.git("branch", "agent/a")
        state = fleet.read()
        assert state.pull_requests == ()
        [problem] = state.problems
        assert problem.where == f"{STATE}/status.json:3:5"
        assert problem.message == "a is ready, but names no branch, and it may be any of feature/a, agent/a"
        assert problem.hint == "it has no pull request until its `branch` names one that exists"

    def test_a_branch_that_does_not_exist_is_a_problem_of_that_agent_alone(self, fleet: Fleet) -> None:
        fleet.agent("a")
        fleet.agent("b")
        fleet.say("a", branch="feature/typo")
        state = fleet.read()
        assert [pr.agent for pr in state.pull_requests] == ["b"]
        [problem] = state.problems
        assert problem.severity is Severity.WARNING
        assert problem.message == "a is ready, but its branch feature/typo does not exist"

    def test_a_full_ref_name_serves_too(self, fleet: Fleet) -> None:
        fleet.agent("a")
        fleet.say("a", branch="refs/heads/feature/a")
        assert fleet.pr("a").head.branch == "feature/a"

    @pytest.mark.parametrize(
        "name", ["--upload-pack=x", "-", "..", "a b", "a\nb", "ä", "$(touch x)", "'", "refs/heads/x"]
    )
    def test_a_hostile_branch_name_is_never_an_option_nor_a_crash(self, fleet: Fleet, name: str) -> None:
        fleet.agent("a")
        fleet.say("a", branch=name)
        state = fleet.read()
        assert state.pull_requests == ()
        assert len(state.problems) == 1


class TestRefusals:
    @pytest.mark.parametrize(
        ("record", "words"),
        [
            ({"tests_passing": "yes"}, '`tests_passing` must be true or false, found the text "yes"'),
            ({"approvals": "two"}, '`approvals` must be a whole number from 0, found the text "two"'),
            ({"approvals": True}, "`approvals` must be a whole number from 0, found true"),
            ({"approvals": -1}, "`approvals` must be a whole number from 0, found the number -1"),
            ({"review_score": [10]}, "`review_score` must be a number, found a list"),
            ({"review_score": True}, "`review_score` must be a number, found true"),
            ({"pr": 0}, "`pr` must be a whole number from 1 to 2147483647, found the number 0"),
            ({"pr": 10**30}, "`pr` must be a whole number from 1 to 2147483647, found the number 1"),
            ({"labels": "merge"}, '`labels` must be a list of texts, found the text "merge"'),
            ({"draft": "no"}, '`draft` must be true or false, found the text "no"'),
            ({"title": 5}, "`title` must be a text, found the number 5"),
            ({"body": []}, "`body` must be a text, found a list"),
        ],
    )
    def test_a_wrong_type_blocks_that_pull_request_and_says_where(
        self, fleet: Fleet, record: dict[str, object], words: str
    ) -> None:
        """What is wrong in one record never stops another agent (contract 2.3)."""
        fleet.agent("a")
        fleet.agent("b")
        fleet.say("a", **record)

        assert fleet.pr("b").refused == ""
        assert fleet.pr("a").refused.startswith(f"{STATE}/status.json:")
        assert words in fleet.pr("a").refused

    def test_base_is_nobodys_branch(self, fleet: Fleet) -> None:
        fleet.agent("a")
        fleet.say("a", branch="main")
        assert fleet.pr("a").refused == "its branch is main, the base itself: give the agent a branch of its own"

    def test_two_agents_with_one_branch_are_both_told(self, fleet: Fleet) -> None:
        fleet.agent("a")
        fleet.agent("b")
        fleet.say("b", branch="feature/a")
        words = "a and b have one branch, feature/a: give each its own"
        assert [pr.refused for pr in fleet.read().pull_requests] == [words, words]

    def test_two_agents_with_one_number_are_both_told_and_both_there(self, fleet: Fleet) -> None:
        fleet.agent("a", pr=5)
        fleet.agent("b", pr=5)
        words = "a and b claim the same number, `pr`: 5: give each its own"
        assert [(pr.number, pr.refused) for pr in fleet.read().pull_requests] == [(5, words), (6, words)]


class TestTheFileItself:
    @pytest.mark.parametrize(
        ("content", "where", "words"),
        [
            (b"", "1:1", "the file is empty"),
            (b"[]", "1:1", "expected an object, found a list"),
            (b'{"agents": []}', "1:12", "`agents` must be an object, found a list"),
            (b'{"agents": {"a": {}, "a": {}}}', "1:22", "duplicate key `a`"),
            (b'{"agents": {}\n', "2:1", "the file ends before"),
            (b'{"agents": \xff}', "1:12", "not valid UTF-8"),
            (b"[" * 100_000, "1:100001", "the file ends before"),
            (b'{"agents": NaN}', "1:12", "`NaN` is no JSON value"),
        ],
    )
    def test_garbage_is_one_error_with_its_place(self, fleet: Fleet, content: bytes, where: str, words: str) -> None:
        """With such an error nothing is merged, for nothing is known."""
        fleet.agent("a")
        fleet.box.write(f"{STATE}/status.json", content)
        state = fleet.read()
        assert state.pull_requests == ()
        [problem] = state.problems
        assert problem.severity is Severity.ERROR
        assert problem.where == f"{STATE}/status.json:{where}"
        assert words in problem.message

    def test_no_file_is_said(self, fleet: Fleet) -> None:
        (fleet.box.path / STATE / "status.json").unlink()
        [problem] = fleet.read().problems
        assert problem.severity is Severity.WARNING

    def test_a_folder_or_a_pipe_in_its_place_is_an_error_and_no_hang(self, fleet: Fleet) -> None:
        import os  # noqa: PLC0415 (only this test makes a pipe)

        file = fleet.box.path / STATE / "status.json"
        file.unlink()
        os.mkfifo(file)
        [problem] = fleet.read().problems
        assert problem.severity is Severity.ERROR
        assert problem.message.endswith("is not a file")
        file.unlink()
        file.mkdir()
        assert fleet.read().problems[0].severity is Severity.ERROR

    def test_an_agent_that_is_no_object_is_said_and_the_others_go_on(self, fleet: Fleet) -> None:
        fleet.agent("a")
        fleet.reload().whole["agents"]["b"] = "ready"
        fleet.save()
        state = fleet.read()
        assert [pr.agent for pr in state.pull_requests] == ["a"]
        [problem] = state.problems
        assert problem.message == 'the record of `b` must be an object, found the text "ready"'

    def test_the_fleet_is_every_agent_for_the_dashboard(self, fleet: Fleet) -> None:
        fleet.agent("a", status="in_progress", progress=0.6, current_task="JWT", worktree="worktrees/a")
        fleet.agent("b", status="idle", progress="lots", current_task=5)
        fleet.reload().whole["completed"] = ["c", "a"]
        fleet.save()
        assert fleet.read().fleet == (
            FleetAgent(
                name=AgentName("a"),
                status="in_progress",
                branch=Branch("feature/a"),
                worktree="worktrees/a",
                progress=0.6,
                task="JWT",
            ),
            FleetAgent(name=AgentName("b"), status="idle", branch=Branch("feature/b")),
            FleetAgent(name=AgentName("c"), status="completed"),
        )
