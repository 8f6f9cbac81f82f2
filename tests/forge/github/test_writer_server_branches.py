"""Branches, on the test server: moved together, kept, deleted."""

from mergebot.forge.protocol import BranchMove
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.outcome import AlreadyDone, Done, Failed, Stale
from mergebot.model.plan import DeleteBranch, KeepTip, Retarget
from tests.forge.github.lab import Lab
from tests.forge.github.passes import ONE, Pass
from tests.server.state import Protection


class TestBranches:
    def move(self, one: Pass, number: int = 1, tree: str = "") -> BranchMove:
        pull = one.lab.repo.pull(number)
        repository = one.session.mirror.repository
        made = repository.run(
            "commit-tree", f"{one.sha(tree) if tree else pull.head_sha}^{{tree}}", "-p", one.sha("main"), "-m", "again",
            env=one.lab.repo.box.identity(),
        )  # fmt: skip
        new = Sha(made.decode().strip())
        return BranchMove(pr=PrNumber(number), branch=Branch(pull.head_ref), old=Sha(pull.head_sha), new=new)

    def test_prs_follow_their_branches(self, lab: Lab) -> None:
        lab.pull("a")
        lab.pull("b")
        one = Pass.start(lab)
        moves = [self.move(one, 1), self.move(one, 2)]
        assert one.writer.move_branches(moves) == Done()
        assert [lab.repo.pull(number).head_sha for number in (1, 2)] == [move.new for move in moves]
        assert f"refs/mergebot/rebased/1/{moves[0].old}" in lab.repo.data.refs

    def test_a_protected_branch_keeps_all_where_they_were(self, lab: Lab) -> None:
        lab.pull("a")
        lab.pull("b")
        one = Pass.start(lab)
        lab.repo.protect(Protection(id=1, pattern="feature/b"))
        moves = [self.move(one, 1), self.move(one, 2)]
        outcome = one.writer.move_branches(moves)
        assert isinstance(outcome, Failed)
        assert "#2" in outcome.reason
        assert [lab.repo.pull(number).head_sha for number in (1, 2)] == [move.old for move in moves]
        assert set(one.session.deeds.refused) == {2}

    def test_workflow_files_are_not_pushed_by_a_job_s_token(self, lab: Lab) -> None:
        """Platform: also where the change to them came from base."""
        lab.pull("a")
        lab.repo.push("main", {".github/workflows/ci.yml": "on: push\n"})
        one = Pass.start(lab, "actions")
        outcome = one.writer.move_branches([self.move(one, tree="main")])
        assert isinstance(outcome, Failed)
        assert "workflows: write" in outcome.hint

    def test_a_server_without_custom_refs_is_pushed_to_all_the_same(self, lab: Lab) -> None:
        lab.pull("a")
        one = Pass.start(lab)
        lab.repo.data.settings.custom_refs = False
        with one.writer.lock():
            assert one.writer.move_branches([self.move(one)]) == Done()
        assert len(one.session.deeds.warnings) == 1

    def test_a_token_that_may_only_read_pushes_nothing(self, lab: Lab) -> None:
        lab.pull("a")
        one = Pass.start(lab, "read")
        assert isinstance(one.writer.move_branches([self.move(one)]), Failed)

    def merged(self, lab: Lab, **settings: bool) -> tuple[Pass, DeleteBranch, Retarget]:
        """PR 1 is merged, PR 2 is based on its branch."""
        lab.pull("a")
        lab.pull("b", on="feature/a")
        for name, value in settings.items():
            setattr(lab.repo.data.settings, name, value)
        one = Pass.reading(lab)
        step = one.merge_step()
        assert isinstance(one.writer.merge(step), Done)
        assert one.writer.keep_tip(KeepTip(pr=ONE, tip=step.head, reason="")) == Done()
        branch = Branch("feature/a")
        retarget = Retarget(
            pr=PrNumber(2), head=one.sha("feature/b"), old_base=branch, new_base=Branch("main"), reason=""
        )
        return one, DeleteBranch(pr=ONE, branch=branch, tip=step.head, reason=""), retarget

    def test_a_branch_goes_once_nobody_is_based_on_it(self, lab: Lab) -> None:
        """Retargeted first, deleted then: no PR is ever closed by it (trap 2)."""
        one, delete, retarget = self.merged(lab)
        assert one.writer.delete_branch(delete) == Stale(reason="feature/a is needed by #2")
        assert one.writer.retarget(retarget) == Done()
        assert one.writer.delete_branch(delete) == Done()
        assert "refs/heads/feature/a" not in lab.repo.data.refs
        assert (lab.repo.pull(2).state, lab.repo.pull(2).base_ref) == ("open", "main")
        assert lab.repo.data.refs["refs/mergebot/merged/1"] == delete.tip

    def test_stale_lists_do_not_close_anything(self, lab: Lab) -> None:
        """GraphQL shows the time before the retargeting; the PR itself is asked."""
        one, delete, retarget = self.merged(lab)
        lab.hub.freeze_reads()
        assert one.writer.retarget(retarget) == Done()
        assert one.writer.delete_branch(delete) == Done()
        assert lab.repo.pull(2).state == "open"

    def test_github_may_have_done_both_itself(self, lab: Lab) -> None:
        one, delete, retarget = self.merged(lab, delete_branch_on_merge=True)
        assert one.writer.retarget(retarget) == AlreadyDone()
        assert isinstance(one.writer.delete_branch(delete), AlreadyDone)

    def test_what_github_closed_is_told_how_to_rescue(self, lab: Lab) -> None:
        one, delete, retarget = self.merged(lab, delete_branch_on_merge=True, closes_dependents=True)
        outcome = one.writer.retarget(retarget)
        assert isinstance(outcome, Failed)
        assert f"git push origin {delete.tip}:refs/heads/feature/a && gh pr reopen 2" in outcome.hint
