"""Branches move, are kept and are deleted by git: one atomic push, a full lease for each ref (contract 4.3 to 4.5)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from mergebot.errors import GitError
from mergebot.forge.github.session import Session
from mergebot.forge.protocol import BranchMove
from mergebot.git.remote import PushedRef, PushState, RefUpdate
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.outcome import AlreadyDone, Done, Failed, Stale
from mergebot.model.plan import KeepTip
from tests.forge.github.desk import Desk

HEADS = "refs/heads/"
ONE = PrNumber(1)


def rewritten(desk: Desk, session: Session, branch: str = "change") -> BranchMove:
    """A new commit for a branch, made in the mirror."""
    old = desk.box.sha(branch)
    repository = session.mirror.repository
    env = desk.box.identity()
    made = repository.run("commit-tree", f"{old}^{{tree}}", "-p", desk.box.sha("main"), "-m", branch, env=env)
    return BranchMove(pr=ONE, branch=Branch(branch), old=old, new=Sha(made.decode().strip()))


def two(desk: Desk, session: Session) -> list[BranchMove]:
    desk.box.git("branch", "other", "change")
    session.mirror.fetch([desk.box.sha("other")])
    return [rewritten(desk, session), replace(rewritten(desk, session, "other"), pr=PrNumber(2))]


Push = Callable[[Sequence[RefUpdate]], tuple[PushedRef, ...]]


def lose_answers(session: Session, *, done: bool) -> None:
    """Pushes get no answer; `done`: they were made all the same."""
    real: Push = session.mirror.remote.push

    def lossy(moves: Sequence[RefUpdate]) -> tuple[PushedRef, ...]:
        if done:
            real(moves)
        return tuple(PushedRef(ref=move.ref, state=PushState.LOST, words="the line is dead") for move in moves)

    session.mirror.remote.push = lossy  # type: ignore[method-assign]


class TestMovingBranches:
    def test_all_move_at_once_and_the_old_tips_are_kept(self, desk: Desk) -> None:
        """No open PR loses a commit (I4): what it was before can be had again."""
        session = desk.session()
        moves = two(desk, session)
        assert desk.writer(session).move_branches(moves) == Done()
        assert [desk.box.sha("change"), desk.box.sha("other")] == [move.new for move in moves]
        assert desk.refs("refs/mergebot/") == {
            f"refs/mergebot/rebased/{move.pr}/{move.old}": move.old for move in moves
        }
        assert session.deeds.moved == {move.pr: move.new for move in moves}
        assert session.deeds.touched == {1, 2}

    def test_one_that_moved_keeps_all_from_moving(self, desk: Desk) -> None:
        """All or none; a stranger's commit is never overwritten."""
        session = desk.session()
        moves = two(desk, session)
        stranger = desk.box.commit("a stranger's", {"b": "2\n"}, branch="other")
        before = desk.refs()
        assert desk.writer(session).move_branches(moves) == Stale(reason="moved after the decision: other")
        assert desk.refs() == before
        assert desk.box.sha("other") == stranger
        assert session.deeds.moved == {}

    def test_a_tip_that_is_kept_already_is_no_hindrance(self, desk: Desk) -> None:
        """A pass that was killed right after its push, or one that sees an older list of refs."""
        session = desk.session()
        move = rewritten(desk, session)
        desk.box.git("update-ref", f"refs/mergebot/rebased/1/{move.old}", move.old)
        assert desk.writer(session).move_branches([move]) == Done()
        assert desk.box.sha("change") == move.new

    def test_a_server_that_takes_branches_alone_gets_those(self, desk: Desk) -> None:
        session = desk.session()
        move = rewritten(desk, session)
        desk.refuse("refs/mergebot/*", "hidden ref")
        assert desk.writer(session).move_branches([move]) == Done()
        assert desk.refs("refs/mergebot/") == {}
        assert len(session.deeds.warnings) == 1

    def test_workflow_files_are_told_with_a_remedy_and_not_tried_again(self, desk: Desk) -> None:
        """GITHUB_TOKEN can never push these; only a person or an App can help."""
        session = desk.session(signs={ONE: "merge=CLEAN review=NONE"})
        move = rewritten(desk, session)
        desk.script.on("GET", "/pulls/1", desk.pull)
        words = (
            "refusing to allow a GitHub App to create or update workflow .github/workflows/ci.yml "
            "without workflows permission"
        )
        desk.refuse(f"{HEADS}change", words)
        outcome = desk.writer(session).move_branches([move])
        assert isinstance(outcome, Failed)
        assert words in outcome.reason
        assert "workflows: write" in outcome.hint
        assert session.deeds.refused[ONE].head == move.old
        assert words in session.deeds.refused[ONE].words
        assert desk.box.sha("change") == move.old

    def test_a_protected_branch_refuses_for_all_but_only_its_own_pr_is_told(self, desk: Desk) -> None:
        session = desk.session()
        moves = two(desk, session)
        desk.script.on("GET", "/pulls/2", desk.pull(number=2))
        desk.refuse(f"{HEADS}other", "GH006: Protected branch update failed")
        outcome = desk.writer(session).move_branches(moves)
        assert isinstance(outcome, Failed)
        assert "GH006" in outcome.reason
        assert set(session.deeds.refused) == {2}
        assert desk.box.sha("change") == moves[0].old, "none moved"

    def test_base_is_never_rewritten(self, desk: Desk) -> None:
        """I7, whatever was decided."""
        session = desk.session()
        outcome = desk.writer(session).move_branches([rewritten(desk, session, "main")])
        assert isinstance(outcome, Failed)
        assert desk.script.calls == []

    def test_an_answer_that_got_lost_is_looked_for(self, desk: Desk) -> None:
        session = desk.session()
        move = rewritten(desk, session)
        lose_answers(session, done=True)
        assert desk.writer(session).move_branches([move]) == Done()
        assert session.deeds.moved == {1: move.new}

    def test_no_answer_and_no_effect_is_stale(self, desk: Desk) -> None:
        session = desk.session()
        move = rewritten(desk, session)
        lose_answers(session, done=False)
        assert desk.writer(session).move_branches([move]) == Stale(reason="the push got no answer, and moved nothing")
        assert session.deeds.moved == {}

    def test_no_answer_because_the_branch_moved_under_the_server_s_hands_is_told_so(self, desk: Desk) -> None:
        """Between git's look at the refs and its push the server speaks of a failed transaction, and of no ref."""
        session = desk.session()
        move = rewritten(desk, session)
        desk.box.commit("more", {"b": "2\n"}, branch="change")
        lose_answers(session, done=False)
        assert desk.writer(session).move_branches([move]) == Stale(reason="moved after the decision: change")

    def test_no_answer_of_any_kind_is_unknown(self, desk: Desk) -> None:
        session = desk.session()
        move = rewritten(desk, session)
        lose_answers(session, done=False)
        desk.box.path.rename(desk.folder / "gone")
        outcome = desk.writer(session).move_branches([move])
        assert isinstance(outcome, Failed)
        assert "unknown" in outcome.reason


class TestKeepingATip:
    def step(self, desk: Desk) -> KeepTip:
        return KeepTip(pr=ONE, tip=desk.box.sha("change"), reason="")

    def test_it_is_kept_under_the_number(self, desk: Desk) -> None:
        assert desk.writer().keep_tip(self.step(desk)) == Done()
        assert desk.refs("refs/mergebot/") == {"refs/mergebot/merged/1": desk.box.sha("change")}

    def test_twice_is_once(self, desk: Desk) -> None:
        desk.writer().keep_tip(self.step(desk))
        assert desk.writer().keep_tip(self.step(desk)) == AlreadyDone()

    def test_another_pass_may_have_kept_it_meanwhile(self, desk: Desk) -> None:
        writer = desk.writer(desk.session())
        desk.box.git("update-ref", "refs/mergebot/merged/1", desk.box.sha("change"))
        assert isinstance(writer.keep_tip(self.step(desk)), Done | AlreadyDone)

    def test_a_stranger_s_move_is_not_undone(self, desk: Desk) -> None:
        writer = desk.writer(desk.session())
        desk.box.git("update-ref", "refs/mergebot/merged/1", desk.box.sha("main"))
        assert isinstance(writer.keep_tip(self.step(desk)), Stale)
        assert desk.refs("refs/mergebot/") == {"refs/mergebot/merged/1": desk.box.sha("main")}

    def test_an_older_tip_is_replaced(self, desk: Desk) -> None:
        desk.box.git("update-ref", "refs/mergebot/merged/1", desk.box.sha("main"))
        assert desk.writer().keep_tip(self.step(desk)) == Done()

    def test_a_server_that_does_not_take_it_is_no_success(self, desk: Desk) -> None:
        """The branch is not deleted as long as its tip is not kept."""
        desk.refuse("refs/mergebot/*", "hidden ref")
        outcome = desk.writer().keep_tip(self.step(desk))
        assert isinstance(outcome, Failed)
        assert "hidden ref" in outcome.reason

    def test_a_commit_that_is_gone_is_told(self, desk: Desk) -> None:
        step = replace(self.step(desk), tip=Sha("1" * 40))
        outcome = desk.writer().keep_tip(step)
        assert isinstance(outcome, Failed)
        assert "refs/pull/1/head" in outcome.hint


def test_git_s_own_errors_are_outcomes(desk: Desk) -> None:
    """An expected failure is no exception."""
    session = desk.session()

    def broken(_moves: Sequence[RefUpdate]) -> tuple[PushedRef, ...]:
        raise GitError("git push failed: no", hint="try")

    session.mirror.remote.push = broken  # type: ignore[method-assign, assignment]
    outcome = desk.writer(session).move_branches([rewritten(desk, session)])
    assert outcome == Failed(reason="git push failed: no", hint="try")
