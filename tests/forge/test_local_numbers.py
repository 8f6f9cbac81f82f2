"""Numbers of pull requests, and which of them are merged: git is the truth, the files only help (contract 6)."""

import json
from pathlib import Path

import pytest

from mergebot.model.outcome import Done
from mergebot.model.snapshot import ClosedPullRequest
from tests.forge.fleet import STATE, Fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet.create(tmp_path / "repo")


def merge(fleet: Fleet, name: str) -> None:
    assert isinstance(fleet.forge.writer.merge(fleet.merge_step(name)), Done)


def closed(fleet: Fleet) -> dict[str, ClosedPullRequest]:
    return {str(pr.agent): pr for pr in fleet.read().closed}


def forget(fleet: Fleet) -> None:
    (fleet.root / STATE / "merge-queue.json").unlink()


class TestNumbers:
    def test_they_are_given_in_the_order_of_the_file(self, fleet: Fleet) -> None:
        """The next free one above every number ever seen."""
        fleet.agent("z")
        fleet.agent("a")
        fleet.agent("m", pr=41)
        assert fleet.numbers() == {"z": 42, "a": 43, "m": 41}

    def test_a_new_agent_at_the_top_changes_no_number_that_was_published(self, fleet: Fleet) -> None:
        """A number is remembered in `merge-queue.json`."""
        fleet.agent("a")
        fleet.agent("b")
        fleet.publish()
        fleet.agent("c")
        fleet.reload().whole["agents"] = dict(reversed(fleet.whole["agents"].items()))
        fleet.save()
        assert fleet.numbers() == {"a": 1, "b": 2, "c": 3}

    def test_a_merge_changes_no_number_of_the_others_though_nothing_was_published(self, fleet: Fleet) -> None:
        """The pass may be killed before it publishes."""
        for name in ("a", "b", "c"):
            fleet.agent(name)
        merge(fleet, "c")
        assert fleet.numbers() == {"a": 1, "b": 2}

    def test_a_pull_request_that_is_taken_back_and_opened_again_keeps_its_number(self, fleet: Fleet) -> None:
        fleet.agent("a")
        fleet.agent("b")
        fleet.publish()
        fleet.say("a", status="in_progress")
        fleet.publish()
        assert [pr["state"] for pr in fleet.queue()["prs"]] == ["closed", "ready"]
        fleet.say("a", status="ready")
        assert fleet.numbers() == {"a": 1, "b": 2}

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"prs": 5}', b'{"prs": [5, {"number": []}], "base": 3}'],
    )
    def test_a_broken_memory_is_rebuilt_and_never_fatal(self, fleet: Fleet, content: bytes) -> None:
        fleet.agent("a", pr=3)
        merge(fleet, "a")
        fleet.agent("b")
        (fleet.root / STATE / "merge-queue.json").write_bytes(content)
        assert fleet.numbers() == {"b": 4}
        fleet.publish()
        assert [(pr["number"], pr["agent"], pr["state"]) for pr in fleet.queue()["prs"]] == [
            (3, "a", "merged"),
            (4, "b", "ready"),
        ]


class TestMergedByTheBot:
    def test_killed_before_anything_was_published_it_is_merged_all_the_same(self, fleet: Fleet) -> None:
        """A ready agent whose branch still is at the merged tip is merged, not a new PR."""
        tip = fleet.agent("a")
        merge(fleet, "a")
        forget(fleet)
        state = fleet.read()
        assert state.pull_requests == ()
        [pr] = state.closed
        assert (pr.number, pr.agent, pr.merged, pr.landed) == (1, "a", True, fleet.box.sha("main"))
        assert (pr.head.branch, pr.head.sha, pr.title) == ("feature/a", tip, "Work")

    def test_with_its_branch_deleted_too(self, fleet: Fleet) -> None:
        fleet.agent("a")
        merge(fleet, "a")
        fleet.box.git("branch", "-D", "feature/a")
        forget(fleet)
        state = fleet.read()
        assert (state.pull_requests, state.problems) == ((), ())
        assert [pr.number for pr in state.closed] == [1]

    def test_a_branch_that_moved_on_is_a_new_pull_request_with_a_new_number(self, fleet: Fleet) -> None:
        fleet.agent("a", pr=5)
        merge(fleet, "a")
        tip = fleet.push("a")
        pr = fleet.pr("a")
        assert (pr.number, pr.head.sha, pr.refused) == (6, tip, "")
        assert closed(fleet)["a"].number == 5

    def test_a_branch_reset_to_base_after_the_merge_opens_nothing(self, fleet: Fleet) -> None:
        fleet.agent("a")
        merge(fleet, "a")
        fleet.box.git("branch", "--force", "feature/a", "main")
        assert fleet.read().pull_requests == ()

    def test_a_ref_without_its_commit_on_base_means_nothing(self, fleet: Fleet) -> None:
        """A git that was killed in the middle of the transaction: base comes last, so it did not happen."""
        tip = fleet.agent("a")
        fleet.publish()
        stray = fleet.box.git("commit-tree", f"{tip}^{{tree}}", "-p", "main", "-m", "Work (#1)\n\nAgent: a")
        fleet.box.git("update-ref", "refs/mergebot/landed/1", stray)
        fleet.box.git("update-ref", "refs/mergebot/merged/1", tip)
        assert fleet.numbers() == {"a": 1}
        merge(fleet, "a")
        assert fleet.box.refs()["refs/mergebot/landed/1"] == fleet.box.sha("main")

    def test_a_merge_that_a_person_took_off_base_again_no_longer_counts(self, fleet: Fleet) -> None:
        """What depends on it waits, and it is said how to go on: fail closed."""
        fleet.agent("a")
        before = fleet.box.sha("main")
        merge(fleet, "a")
        fleet.publish()
        fleet.box.git("branch", "--force", "main", before)

        state = fleet.read()

        assert [(pr.number, pr.merged) for pr in state.closed] == [(1, False)]
        assert [problem.message.split(",")[0] for problem in state.problems] == ["a is listed as completed"]
        fleet.say("a", status="ready")
        assert fleet.numbers() == {"a": 1}
        merge(fleet, "a")
        assert closed(fleet)["a"].merged

    def test_a_branch_at_the_tip_of_another_agents_merge_is_not_taken_for_it(self, fleet: Fleet) -> None:
        fleet.agent("a")
        merge(fleet, "a")
        fleet.box.git("branch", "feature/b", "feature/a")
        fleet.reload().whole["agents"]["b"] = {"status": "ready", "branch": "feature/b"}
        fleet.save()
        assert fleet.numbers() == {"b": 2}


class TestMergedByHand:
    def test_base_holds_a_branch_that_it_did_not_hold_before(self, fleet: Fleet) -> None:
        """Its head is remembered, so that a branch without any commit is not taken for a merged one."""
        tip = fleet.agent("a")
        fleet.publish()
        fleet.box.git("checkout", "--quiet", "main")
        fleet.box.git("merge", "--quiet", "--no-ff", "--no-edit", "feature/a")
        fleet.box.git("checkout", "--quiet", "--detach")

        state = fleet.read()

        assert state.pull_requests == ()
        [pr] = state.closed
        assert (pr.number, pr.agent, pr.merged, pr.landed, pr.head.sha) == (1, "a", True, None, tip)
        fleet.publish()
        assert fleet.read().closed == state.closed
        assert fleet.status()["agents"]["a"]["status"] == "merged"
        assert fleet.status()["completed"] == ["a"]

    def test_a_branch_without_a_commit_stays_open(self, fleet: Fleet) -> None:
        """There is nothing to merge; that is for the decision to say."""
        fleet.box.git("branch", "feature/a", "main")
        fleet.whole["agents"]["a"] = {"status": "ready", "branch": "feature/a"}
        fleet.save()
        fleet.publish()
        assert fleet.numbers() == {"a": 1}

    def test_an_agent_that_is_listed_as_completed_counts_as_merged(self, fleet: Fleet) -> None:
        """`completed` with no pull request of ours: merged by hand (contract 6)."""
        tip = fleet.agent("a", status="done")
        fleet.reload().whole["completed"] = ["a", "ghost"]
        fleet.save()
        found = closed(fleet)
        assert {name: (pr.number, pr.merged, pr.landed) for name, pr in found.items()} == {
            "a": (1, True, None),
            "ghost": (2, True, None),
        }
        assert found["a"].head.sha == tip
        fleet.publish()
        assert closed(fleet) == found

    def test_the_branch_of_one_that_only_claims_it_is_not_to_be_deleted(self, fleet: Fleet) -> None:
        """It may be at work on its next task there (I7)."""
        fleet.agent("a", status="in_progress")
        fleet.reload().whole["completed"] = ["a"]
        fleet.save()
        [state] = fleet.read().branches.values()
        assert state.in_use == "its agent is listed as completed, but nothing shows that base has its commits"

    def test_ready_means_open_whatever_the_list_says(self, fleet: Fleet) -> None:
        fleet.agent("a")
        fleet.reload().whole["completed"] = ["a"]
        fleet.save()
        state = fleet.read()
        assert [pr.agent for pr in state.pull_requests] == ["a"]
        assert state.closed == ()


def test_the_memory_has_the_form_that_others_may_read(fleet: Fleet) -> None:
    """`merge-queue.json` is the merge order of the open PRs, without any time in it."""
    tip = fleet.agent("a")
    fleet.publish()
    assert (fleet.root / STATE / "merge-queue.json").read_text() == json.dumps(
        {
            "schema": 1,
            "base": {"branch": "main", "sha": fleet.box.sha("main")},
            "order": [1],
            "prs": [
                {
                    "number": 1,
                    "agent": "a",
                    "branch": "feature/a",
                    "head": tip,
                    "state": "ready",
                    "position": 1,
                    "because": "",
                }
            ],
            "frozen": None,
        },
        indent=2,
    ) + "\n"
