"""A merged branch is deleted once nothing needs it any more (contract 4.5)."""

from collections.abc import Sequence
from typing import Any

import pytest

from mergebot.forge.github.client import GraphError, Reply
from mergebot.forge.github.errors import TooHeavyError
from mergebot.forge.github.session import Landed
from mergebot.git.remote import RemoteRefs
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.outcome import AlreadyDone, Done, Failed, Stale
from mergebot.model.plan import DeleteBranch
from tests.forge.github.desk import Desk
from tests.forge.github.test_writer_branches import HEADS, ONE, lose_answers


class TestDeletingABranch:
    def users(self, desk: Desk, based: Sequence[int] = (), headed: Sequence[dict[str, Any]] = ()) -> None:
        """What GitHub says of who needs the branch."""
        answer = {
            "repository": {
                "defaultBranchRef": {"name": "main"},
                "based": {"nodes": [{"number": number} for number in based]},
                "headed": {"nodes": list(headed)},
            }
        }
        desk.script.on("QUERY", "/MergebotBranchUsers", answer)

    def step(self, desk: Desk, branch: str = "change") -> DeleteBranch:
        return DeleteBranch(pr=ONE, branch=Branch(branch), tip=desk.box.sha(branch), reason="")

    def test_it_is_gone(self, desk: Desk) -> None:
        self.users(desk)
        assert desk.writer().delete_branch(self.step(desk)) == Done()
        assert f"{HEADS}change" not in desk.refs()

    def test_gone_already_is_a_success(self, desk: Desk) -> None:
        """GitHub deletes it by itself where the repository is set so."""
        step = self.step(desk)
        desk.box.git("branch", "-D", "change")
        assert isinstance(desk.writer().delete_branch(step), AlreadyDone)

    def test_one_that_was_used_again_stays(self, desk: Desk) -> None:
        step = self.step(desk)
        desk.box.commit("more", {"b": "2\n"}, branch="change")
        assert isinstance(desk.writer().delete_branch(step), Stale)
        assert f"{HEADS}change" in desk.refs()

    def test_one_that_an_open_pr_is_based_on_stays(self, desk: Desk) -> None:
        """Platform: it would be closed, often for good (trap 2)."""
        self.users(desk, based=[2])
        assert desk.writer().delete_branch(self.step(desk)) == Stale(reason="change is needed by #2")
        assert f"{HEADS}change" in desk.refs()

    def test_one_that_another_open_pr_has_as_its_head_stays(self, desk: Desk) -> None:
        self.users(desk, headed=[{"number": 3, "isCrossRepository": False}])
        assert desk.writer().delete_branch(self.step(desk)) == Stale(reason="change is needed by #3")

    def test_the_one_that_this_pass_has_merged_does_not_need_it(self, desk: Desk) -> None:
        """Platform: lists lag behind a merge, and would keep the branch for as long."""
        self.users(desk, headed=[{"number": 1, "isCrossRepository": False}])
        step, session = self.step(desk), desk.session()
        session.deeds.merged[step.pr] = Landed(sha=step.tip, head=step.tip)
        assert desk.writer(session).delete_branch(step) == Done()

    def test_a_fork_s_branch_of_the_same_name_is_another_branch(self, desk: Desk) -> None:
        self.users(desk, headed=[{"number": 3, "isCrossRepository": True}])
        assert desk.writer().delete_branch(self.step(desk)) == Done()

    def test_a_list_that_lags_behind_our_retargeting_is_held_against_the_pr_itself(self, desk: Desk) -> None:
        self.users(desk, based=[2])
        session = desk.session()
        session.deeds.retargeted[PrNumber(2)] = Branch("main")
        desk.script.on("GET", "/pulls/2", desk.pull(number=2, base={"ref": "main"}))
        assert desk.writer(session).delete_branch(self.step(desk)) == Done()

    def test_one_that_was_pointed_back_at_it_keeps_it(self, desk: Desk) -> None:
        self.users(desk, based=[2])
        session = desk.session()
        session.deeds.retargeted[PrNumber(2)] = Branch("main")
        desk.script.on("GET", "/pulls/2", desk.pull(number=2, base={"ref": "change"}))
        assert isinstance(desk.writer(session).delete_branch(self.step(desk)), Stale)

    @pytest.mark.parametrize(
        "answer",
        [
            Reply(data={"repository": {"defaultBranchRef": {"name": "main"}, "based": None, "headed": {"nodes": []}}}),
            Reply(data={"repository": None}, errors=(GraphError(kind="FORBIDDEN", message="no"),)),
            TooHeavyError("502"),
        ],
    )
    def test_where_it_cannot_be_told_who_needs_it_it_stays(self, desk: Desk, answer: object) -> None:
        """Unknown blocks."""
        desk.script.on("QUERY", "/MergebotBranchUsers", answer)
        assert isinstance(desk.writer().delete_branch(self.step(desk)), Failed)
        assert f"{HEADS}change" in desk.refs()

    @pytest.mark.parametrize("known", [True, False])
    def test_base_is_never_deleted(self, desk: Desk, *, known: bool) -> None:
        """I7, also where only GitHub says that it is the default branch."""
        self.users(desk)
        session = desk.session() if known else desk.session(base=None, refs=RemoteRefs())
        assert isinstance(desk.writer(session).delete_branch(self.step(desk, "main")), Failed)
        assert f"{HEADS}main" in desk.refs()

    def test_a_push_between_look_and_deletion_keeps_it(self, desk: Desk) -> None:
        """The lease is the guarantee, the look only saves work."""
        step = self.step(desk)

        def push() -> object:
            desk.box.commit("more", {"b": "2\n"}, branch="change")
            connection: dict[str, object] = {"nodes": []}
            return {"repository": {"defaultBranchRef": {"name": "main"}, "based": connection, "headed": connection}}

        desk.script.on("QUERY", "/MergebotBranchUsers", push)
        assert isinstance(desk.writer().delete_branch(step), Stale)
        assert f"{HEADS}change" in desk.refs()

    def test_a_protected_one_is_told(self, desk: Desk) -> None:
        self.users(desk)
        desk.refuse(f"{HEADS}change", "GH006: Protected branch update failed")
        outcome = desk.writer().delete_branch(self.step(desk))
        assert isinstance(outcome, Failed)
        assert "keep_branches" in outcome.hint

    def test_an_answer_that_got_lost_is_looked_for(self, desk: Desk) -> None:
        self.users(desk)
        session = desk.session()
        lose_answers(session, done=True)
        assert desk.writer(session).delete_branch(self.step(desk)) == Done()

    def test_no_answer_and_no_effect_is_stale(self, desk: Desk) -> None:
        self.users(desk)
        session = desk.session()
        lose_answers(session, done=False)
        assert isinstance(desk.writer(session).delete_branch(self.step(desk)), Stale)
