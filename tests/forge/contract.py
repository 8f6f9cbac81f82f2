"""What every forge must do, whatever it is made of: written against the protocol, and a small harness a backend.

A backend's test module subclasses `ForgeContract` and gives it a fixture `hub`.
"""

from dataclasses import replace
from typing import Any, Protocol

import pytest

from mergebot.errors import LockedError
from mergebot.forge.protocol import BranchMove, Forge
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.journal import REF, Journal
from mergebot.model.notice import Report
from mergebot.model.outcome import AlreadyDone, Done, PassResult, Stale
from mergebot.model.plan import DeleteBranch, KeepTip, Merge, Plan
from mergebot.model.policy import Policy
from mergebot.model.snapshot import CheckList, CheckState, ClosedPullRequest, PullRequest
from tests.sandbox import Sandbox


class Hub(Protocol):
    """What a backend's harness can do. `box` is a repository in which the forge's refs can be seen."""

    box: Sandbox

    @property
    def forge(self) -> Forge:
        """The forge, opened anew."""
        ...

    def open_pr(self, name: str, *, on: str = "main") -> PrNumber:
        """Open a pull request of one commit on a branch `feature/NAME`, that every criterion likes."""
        ...

    def push_to(self, number: PrNumber) -> Sha:
        """Someone pushes another commit to it."""
        ...

    def close(self, number: PrNumber) -> None:
        """Someone closes it unmerged."""
        ...

    def set_tests(self, number: PrNumber, *, passing: bool) -> None:
        """Its one check succeeds or fails."""
        ...

    def set_draft(self, number: PrNumber) -> None:
        """Someone makes it a draft."""
        ...

    def commit_to_base(self) -> Sha:
        """Someone commits to base."""
        ...

    def merge_step(self, number: PrNumber, **changes: Any) -> Merge:  # noqa: ANN401 (a builder takes any field)
        """The step that merges it as things stand now."""
        ...

    def plan(self) -> Plan:
        """A plan that sees what is there now."""
        ...


def opened(hub: Hub, number: PrNumber) -> PullRequest:
    """The open pull request of this number."""
    [found] = [pr for pr in hub.forge.reader.read(Policy()).pull_requests if pr.number == number]
    return found


def closed(hub: Hub, number: PrNumber) -> ClosedPullRequest:
    """The closed pull request of this number."""
    [found] = [pr for pr in hub.forge.reader.read(Policy()).closed if pr.number == number]
    return found


def new_tip(hub: Hub, number: PrNumber, base: str = "main") -> tuple[PullRequest, Sha]:
    """The pull request, and a commit like its head on top of base."""
    pr = opened(hub, number)
    tree = hub.box.git("merge-tree", "--write-tree", base, pr.head.sha)
    return pr, Sha(hub.box.git("commit-tree", tree, "-p", base, "-m", "rebased"))


class ForgeContract:
    """One test class, every backend."""

    # reading

    def test_an_open_pull_request_is_read_with_head_and_base(self, hub: Hub) -> None:
        number = hub.open_pr("a")
        pr = opened(hub, number)
        assert (pr.head.branch, pr.head.sha, pr.base) == ("feature/a", hub.box.sha("feature/a"), "main")
        state = hub.forge.reader.read(Policy())
        assert (state.base.branch, state.base.sha) == ("main", hub.box.sha("main"))
        assert state.branches[pr.head.branch].sha == pr.head.sha

    def test_numbers_are_unique_and_stay(self, hub: Hub) -> None:
        numbers = [hub.open_pr("a"), hub.open_pr("b")]
        hub.push_to(numbers[0])
        assert sorted(pr.number for pr in hub.forge.reader.read(Policy()).pull_requests) == sorted(set(numbers))

    def test_checks_say_what_was_reported(self, hub: Hub) -> None:
        number = hub.open_pr("a")
        hub.set_tests(number, passing=False)
        checks = opened(hub, number).checks
        assert isinstance(checks, CheckList)
        assert [check.state for check in checks.checks] == [CheckState.FAILURE]

    def test_a_closed_one_is_no_longer_open(self, hub: Hub) -> None:
        number = hub.open_pr("a")
        hub.close(number)
        assert hub.forge.reader.read(Policy()).pull_requests == ()
        assert not hub.forge.reader.look_again(number).open

    def test_looking_again_sees_what_has_changed_since(self, hub: Hub) -> None:
        """Label, hold, head and base are read again before a merge (contract 4.1)."""
        number = hub.open_pr("a")
        forge = hub.forge
        forge.reader.read(Policy())
        tip, base = hub.push_to(number), hub.commit_to_base()
        hub.set_draft(number)
        now = forge.reader.look_again(number)
        assert (now.open, now.head, now.base_sha, now.draft, now.merged) == (True, tip, base, True, None)

    # merging

    def test_a_merge_is_one_commit_on_base_and_closes_the_pull_request(self, hub: Hub) -> None:
        """Base stays linear (I3), and the last tip is kept (contract 4.3)."""
        number = hub.open_pr("a")
        hub.push_to(number)
        before, step = hub.box.sha("main"), hub.merge_step(number)

        outcome = hub.forge.writer.merge(step)

        landed = hub.box.sha("main")
        assert outcome == Done(sha=landed)
        assert hub.box.git("rev-list", "--parents", "-1", "main") == f"{landed} {before}"
        assert hub.box.tree("main") == step.tree
        pr = closed(hub, number)
        assert (pr.merged, pr.landed, pr.head.sha) == (True, landed, step.head)
        assert hub.forge.reader.read(Policy()).pull_requests == ()
        assert hub.forge.reader.look_again(number).merged == landed

    def test_merging_twice_merges_once(self, hub: Hub) -> None:
        number = hub.open_pr("a")
        step = hub.merge_step(number)
        forge = hub.forge
        assert isinstance(forge.writer.merge(step), Done)
        landed = hub.box.sha("main")
        assert isinstance(forge.writer.merge(step), AlreadyDone)
        assert isinstance(hub.forge.writer.merge(step), AlreadyDone)
        assert hub.box.sha("main") == landed

    def test_a_push_after_the_decision_leaves_base_untouched(self, hub: Hub) -> None:
        """A decision is only good for the commit it was made about (I1)."""
        number = hub.open_pr("a")
        step = hub.merge_step(number)
        hub.push_to(number)
        before = hub.box.sha("main")
        assert isinstance(hub.forge.writer.merge(step), Stale)
        assert hub.box.sha("main") == before

    def test_a_commit_on_base_after_the_decision_stops_the_merge(self, hub: Hub) -> None:
        number = hub.open_pr("a")
        step = hub.merge_step(number)
        base = hub.commit_to_base()
        assert isinstance(hub.forge.writer.merge(step), Stale)
        assert hub.box.sha("main") == base

    def test_a_pull_request_that_was_closed_since_is_not_merged(self, hub: Hub) -> None:
        number = hub.open_pr("a")
        step = hub.merge_step(number)
        hub.close(number)
        before = hub.box.sha("main")
        assert isinstance(hub.forge.writer.merge(step), Stale)
        assert hub.box.sha("main") == before

    # branches

    def test_branches_move_together_and_their_old_tips_are_kept(self, hub: Hub) -> None:
        """The old tips are kept as `refs/mergebot/rebased/N/SHA` (I4)."""
        numbers = [hub.open_pr("a"), hub.open_pr("b")]
        pairs = [new_tip(hub, number) for number in numbers]
        moves = [BranchMove(pr=pr.number, branch=pr.head.branch, old=pr.head.sha, new=tip) for pr, tip in pairs]

        assert isinstance(hub.forge.writer.move_branches(moves), Done)

        assert [opened(hub, number).head.sha for number in numbers] == [tip for _, tip in pairs]
        assert [opened(hub, number).former_tips for number in numbers] == [(pr.head.sha,) for pr, _ in pairs]

    def test_one_branch_that_moved_keeps_all_of_them_where_they_are(self, hub: Hub) -> None:
        """All at once, or none (contract 4.4)."""
        numbers = [hub.open_pr("a"), hub.open_pr("b")]
        pairs = [new_tip(hub, number) for number in numbers]
        moves = [BranchMove(pr=pr.number, branch=pr.head.branch, old=pr.head.sha, new=tip) for pr, tip in pairs]
        pushed = hub.push_to(numbers[1])

        assert isinstance(hub.forge.writer.move_branches(moves), Stale)

        assert [opened(hub, number).head.sha for number in numbers] == [pairs[0][0].head.sha, pushed]

    def test_a_merged_branch_is_deleted_once(self, hub: Hub) -> None:
        number = hub.open_pr("a")
        merge = hub.merge_step(number)
        hub.forge.writer.merge(merge)
        step = DeleteBranch(pr=number, branch=merge.branch, tip=merge.head, reason="")
        assert isinstance(hub.forge.writer.delete_branch(step), Done)
        assert isinstance(hub.forge.writer.delete_branch(step), AlreadyDone)
        assert merge.branch not in hub.forge.reader.read(Policy()).branches
        assert closed(hub, number).head.sha == merge.head

    def test_a_branch_that_moved_on_is_not_deleted(self, hub: Hub) -> None:
        number = hub.open_pr("a")
        old = opened(hub, number).head
        tip = hub.push_to(number)
        step = DeleteBranch(pr=number, branch=old.branch, tip=old.sha, reason="")
        assert isinstance(hub.forge.writer.delete_branch(step), Stale)
        assert hub.box.sha(old.branch) == tip

    def test_base_is_never_deleted(self, hub: Hub) -> None:
        """Base is never deleted or rewritten (I7)."""
        number = hub.open_pr("a")
        base = hub.box.sha("main")
        step = DeleteBranch(pr=number, branch=Branch("main"), tip=base, reason="")
        assert not isinstance(hub.forge.writer.delete_branch(step), Done)
        assert hub.box.sha("main") == base

    def test_keeping_a_tip_twice_keeps_it_once(self, hub: Hub) -> None:
        number = hub.open_pr("a")
        step = KeepTip(pr=number, tip=opened(hub, number).head.sha, reason="")
        assert isinstance(hub.forge.writer.keep_tip(step), Done)
        assert isinstance(hub.forge.writer.keep_tip(step), AlreadyDone)
        assert hub.box.refs()[f"refs/mergebot/merged/{number}"] == step.tip

    # the queue

    def test_a_freeze_holds_until_it_is_lifted_and_survives_a_publication(self, hub: Hub) -> None:
        hub.open_pr("a")
        assert isinstance(hub.forge.writer.freeze("two trees differ"), Done)
        hub.forge.writer.publish(hub.plan(), PassResult(), Report())
        [reason] = hub.forge.reader.read(Policy()).frozen
        assert "two trees differ" in reason

    def test_publishing_the_same_again_writes_nothing(self, hub: Hub) -> None:
        """A pass that finds nothing to do writes nothing (I5)."""
        hub.open_pr("a")
        assert isinstance(hub.forge.writer.publish(hub.plan(), PassResult(), Report()), Done)
        assert isinstance(hub.forge.writer.publish(hub.plan(), PassResult(), Report()), AlreadyDone)

    def test_the_lock_keeps_a_second_pass_out_and_is_free_afterwards(self, hub: Hub) -> None:
        first, second = hub.forge, hub.forge
        with first.writer.lock(), pytest.raises(LockedError), second.writer.lock():
            pass
        with second.writer.lock():
            pass

    # the journal

    def test_what_is_recorded_is_read_back_after_what_was_there(self, hub: Hub) -> None:
        """The journal only grows, and it is read without anything else (contract 7)."""
        assert hub.forge.reader.read_journal() == Journal()
        for line in ('{"a":1}', '{"b":"x"}'):
            forge = hub.forge
            forge.reader.read(Policy())
            assert forge.writer.record([line]) == Done()
        found = hub.forge.reader.read_journal()
        assert found == Journal(tip=hub.box.refs()[REF], lines=(b'{"a":1}', b'{"b":"x"}'))
        forge = hub.forge
        forge.reader.read(Policy())
        assert forge.writer.recorded() == found.lines
        assert isinstance(forge.writer.record([]), AlreadyDone)

    def test_a_pass_is_told_from_every_other_one(self, hub: Hub) -> None:
        assert len({hub.forge.writer.this_pass.id for _ in range(3)}) == 3

    def test_what_landed_since_is_told_by_its_number(self, hub: Hub) -> None:
        number = hub.open_pr("a")
        before, step = hub.box.sha("main"), hub.merge_step(number)
        reader = hub.forge.reader
        assert reader.landed_since(step.base, before) == {}
        named = replace(step, title=f"A change (#{number})")
        hub.forge.writer.merge(named)
        assert reader.landed_since(step.base, before) == {number: hub.box.sha("main")}
        assert reader.landed_since(Branch("nowhere"), before) is None
