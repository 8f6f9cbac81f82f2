"""What is checked out: moved along where it is clean, never touched where it is the user's (contract 6)."""

from pathlib import Path

import pytest

from mergebot.cycle import run_once
from mergebot.forge.protocol import BranchMove
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.outcome import Done, Failed, Outcome, Stale
from mergebot.model.plan import DeleteBranch
from tests.forge.fleet import NOW, STATE, Fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """Base is checked out in the main work tree."""
    fleet = Fleet.create(tmp_path / "repo")
    fleet.box.commit("files", {"kept": "1\n", "edited": "1\n", "dir/file": "1\n"}, branch="main")
    fleet.box.git("checkout", "--quiet", "--detach")
    return fleet


def change(fleet: Fleet) -> None:
    """Agent `a` edits, adds, deletes, makes a file of a folder and a folder of a file."""
    fleet.agent("a")
    fleet.box.branch("wide", "feature/a")
    fleet.box.commit("wide", {"edited": "2\n", "dir/file": None, "README": None}, branch="wide")
    (fleet.box.path / "dir").rmdir()
    fleet.box.commit("wider", {"dir": "now a file\n", "README/inside": "now a folder\n", "tool": "#!/bin/sh\n"})
    fleet.box.git("update-index", "--chmod=+x", "tool")
    fleet.box.git("commit", "--quiet", "--amend", "--no-edit")
    fleet.box.git("checkout", "--quiet", "--force", "--detach", "main")
    fleet.say("a", branch="wide")


def merge(fleet: Fleet, name: str = "a") -> Outcome:
    return fleet.forge.writer.merge(fleet.merge_step(name))


def is_clean(fleet: Fleet) -> bool:
    return not fleet.box.git("status", "--porcelain", "--untracked-files=no")


class TestBase:
    def test_a_clean_checkout_follows_the_merge(self, fleet: Fleet) -> None:
        change(fleet)
        fleet.box.checkout("main")
        assert merge(fleet) == Done(sha=fleet.box.sha("main"))
        assert is_clean(fleet)
        assert (fleet.box.path / "edited").read_text() == "2\n"
        assert (fleet.box.path / "README/inside").is_file()
        assert (fleet.box.path / "tool").stat().st_mode & 0o100
        assert [ref for ref in fleet.box.refs() if "checkout" in ref] == []

    def test_a_file_that_was_only_touched_does_not_matter(self, fleet: Fleet) -> None:
        change(fleet)
        fleet.box.checkout("main")
        for name in ("edited", "kept"):
            (fleet.box.path / name).touch()
        assert isinstance(merge(fleet), Done)
        assert is_clean(fleet)

    @pytest.mark.parametrize("staged", [True, False])
    def test_uncommitted_changes_freeze_the_queue_and_are_named(self, fleet: Fleet, staged: bool) -> None:
        """Moving the branch under them would have the user's next commit undo what landed."""
        fleet.agent("a")
        fleet.box.checkout("main")
        fleet.box.write("kept", "mine\n")
        fleet.box.git(*(["add", "kept"] if staged else ["status"]))
        words = "the work tree repo has uncommitted changes (kept): commit or stash them"
        assert fleet.read().frozen == (f"main is checked out: {words}",)
        before = fleet.everything()
        assert merge(fleet) == Stale(reason=words)
        assert fleet.everything() == {**before, "files": fleet.everything()["files"]}
        assert (fleet.box.path / "kept").read_text() == "mine\n"

    def test_a_merge_of_the_users_that_is_under_way_freezes_it_too(self, fleet: Fleet) -> None:
        fleet.agent("a")
        fleet.box.checkout("main")
        fleet.box.git("merge", "--quiet", "--no-ff", "--no-commit", "feature/a")
        [reason] = fleet.read().frozen
        assert reason == "main is checked out: a merge is under way in the work tree repo: finish or abort it"

    def test_an_untracked_file_in_the_way_stops_that_merge_alone(self, fleet: Fleet) -> None:
        fleet.agent("a")
        fleet.box.checkout("main")
        fleet.box.write("a.txt", "mine\n")
        assert fleet.read().frozen == ()
        outcome = merge(fleet)
        assert isinstance(outcome, Failed)
        assert "'a.txt' would be overwritten by merge: move that file away" in outcome.reason
        assert (fleet.box.path / "a.txt").read_text() == "mine\n"
        assert "refs/mergebot/landed/1" not in fleet.box.refs()

    def test_other_untracked_files_do_not_matter(self, fleet: Fleet) -> None:
        fleet.agent("a")
        fleet.box.checkout("main")
        fleet.box.write("notes", "mine\n")
        assert isinstance(merge(fleet), Done)
        assert (fleet.box.path / "notes").read_text() == "mine\n"

    def test_the_bots_own_files_are_never_in_the_way(self, fleet: Fleet) -> None:
        """Tracked or not: the bot writes them, and no merge overwrites them."""
        fleet.agent("a")
        fleet.box.commit("track", {f"{STATE}/status.json": "{}\n"}, branch="main")
        fleet.box.branch("with-state", "main")
        fleet.box.commit("an agent commits its state", {f"{STATE}/status.json": '{"agents": {}}\n'})
        fleet.box.git("checkout", "--quiet", "main")
        fleet.whole["agents"]["a"]["branch"] = "with-state"
        text = (fleet.save().root / STATE / "status.json").read_text()

        assert fleet.read().frozen == ()
        assert isinstance(merge(fleet), Done)

        assert (fleet.root / STATE / "status.json").read_text() == text
        assert fleet.box.git("status", "--porcelain", "--untracked-files=no") == f" M {STATE}/status.json"
        assert fleet.read().frozen == ()

    def test_base_in_a_linked_work_tree_follows_too(self, fleet: Fleet, tmp_path: Path) -> None:
        fleet.agent("a")
        fleet.box.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "main")
        assert isinstance(merge(fleet), Done)
        assert (tmp_path / "linked/a.txt").read_text() == "a\n"


class TestAPassThatWasKilledInTheMiddleOfAMove:
    def begun(self, fleet: Fleet) -> Sha:
        """The refs have moved, the files have not."""
        change(fleet)
        fleet.box.checkout("main")
        old, step = fleet.box.sha("main"), fleet.merge_step("a")
        assert isinstance(fleet.forge.writer.merge(step), Done)
        new = fleet.box.sha("main")
        fleet.box.git("read-tree", "-m", "-u", new, old)
        from mergebot.forge.local.moving import Move  # noqa: PLC0415 (only to name the ref)

        move = Move(folder=fleet.box.path, old=old, new=new)
        fleet.box.git("update-ref", move.ref, old)
        return new

    @pytest.mark.parametrize("done", [[], ["edited"], ["tool"], ["edited", "tool", "a.txt"]])
    def test_is_completed_by_the_next_one(self, fleet: Fleet, done: list[str]) -> None:
        """Files that are the old or the new version are brought to the new one."""
        new = self.begun(fleet)
        for name in done:
            (fleet.box.path / name).write_bytes(fleet.box.raw("show", f"{new}:{name}"))
            (fleet.box.path / name).chmod(0o755 if name == "tool" else 0o644)
        assert fleet.read().frozen == ()
        with fleet.forge.writer.lock():
            pass
        assert is_clean(fleet)
        assert (fleet.box.path / "edited").read_text() == "2\n"
        assert [ref for ref in fleet.box.refs() if "checkout" in ref] == []

    def test_a_file_that_went_already_is_no_hindrance(self, fleet: Fleet) -> None:
        self.begun(fleet)
        (fleet.box.path / "dir/file").unlink()
        (fleet.box.path / "dir").rmdir()
        with fleet.forge.writer.lock():
            pass
        assert is_clean(fleet)

    def test_what_the_user_changed_meanwhile_is_left_alone_and_said(self, fleet: Fleet) -> None:
        new = self.begun(fleet)
        fleet.box.write("edited", "mine\n")
        with fleet.forge.writer.lock():
            pass
        assert (fleet.box.path / "edited").read_text() == "mine\n"
        [reason] = fleet.read().frozen
        assert "these files were changed meanwhile: edited; save your version elsewhere" in reason

        fleet.box.git("checkout", "HEAD", "--", "edited")
        with fleet.forge.writer.lock():
            pass
        assert is_clean(fleet)
        assert fleet.box.sha("main") == new
        assert fleet.read().frozen == ()

    def test_one_that_cannot_be_completed_is_said(self, fleet: Fleet) -> None:
        """A checkout that is behind shows what has landed as undone: the user's next commit would make that true."""
        self.begun(fleet)
        lock = fleet.box.path / ".git/index.lock"
        lock.touch()
        _, result = run_once(fleet.forge, config=None, now=lambda: NOW)
        [reason] = result.unread
        assert reason.startswith(f"{fleet.box.path} could not follow its branch, and shows its last commits undone: ")
        assert reason.endswith(
            "index.lock': File exists: another git is at work there; if none is, remove that lock file"
        )

        lock.unlink()
        _, result = run_once(fleet.forge, config=None, now=lambda: NOW)
        assert result.unread == ()
        assert is_clean(fleet)

    def test_whoever_has_checked_out_something_else_has_settled_it(self, fleet: Fleet) -> None:
        self.begun(fleet)
        fleet.box.git("checkout", "--quiet", "--force", "feature/a")
        with fleet.forge.writer.lock():
            pass
        assert [ref for ref in fleet.box.refs() if "checkout" in ref] == []
        assert is_clean(fleet)


class TestAgentsWorkTrees:
    def work_tree(self, fleet: Fleet, name: str) -> Path:
        fleet.box.git("worktree", "add", "--quiet", f"worktrees/{name}", f"feature/{name}")
        return fleet.box.path / "worktrees" / name

    def move(self, fleet: Fleet, name: str) -> BranchMove:
        head = fleet.pr(name).head
        tree = fleet.box.git("merge-tree", "--write-tree", "main", head.sha)
        new = Sha(fleet.box.git("commit-tree", tree, "-p", "main", "-m", "rebased"))
        return BranchMove(pr=fleet.pr(name).number, branch=head.branch, old=head.sha, new=new)

    def test_a_clean_one_follows_its_branch(self, fleet: Fleet) -> None:
        fleet.agent("a")
        folder = self.work_tree(fleet, "a")
        fleet.box.commit("base moves", {"kept": "2\n"}, branch="main")
        fleet.box.git("checkout", "--quiet", "--detach")
        assert fleet.pr("a").head.locked == ""

        assert isinstance(fleet.forge.writer.move_branches([self.move(fleet, "a")]), Done)

        assert (folder / "kept").read_text() == "2\n"
        assert not fleet.box.git("-C", str(folder), "status", "--porcelain")

    def test_one_with_uncommitted_changes_locks_the_branch_and_says_so(self, fleet: Fleet) -> None:
        fleet.agent("a")
        folder = self.work_tree(fleet, "a")
        move = self.move(fleet, "a")
        (folder / "a.txt").write_text("at work\n")
        words = "worktrees/a has uncommitted changes (a.txt): commit or stash them"
        assert fleet.pr("a").head.locked == words
        assert fleet.forge.writer.move_branches([move]) == Stale(reason=f"feature/a cannot be moved: {words}")
        assert fleet.pr("a").head.sha == move.old
        assert (folder / "a.txt").read_text() == "at work\n"
        assert fleet.read().frozen == ()

    def test_a_rebase_under_way_locks_the_branch_though_it_is_not_checked_out(self, fleet: Fleet) -> None:
        fleet.agent("a")
        folder = self.work_tree(fleet, "a")
        fleet.box.commit("base conflicts", {"a.txt": "other\n"}, branch="main")
        fleet.box.git("checkout", "--quiet", "--detach")
        with pytest.raises(AssertionError, match="could not apply"):
            fleet.box.git("-C", str(folder), "rebase", "main")
        assert fleet.pr("a").head.locked == "a rebase is under way in worktrees/a: finish or abort it"

    def test_a_branch_that_is_checked_out_is_not_deleted_and_says_where(self, fleet: Fleet) -> None:
        tip = fleet.agent("a")
        self.work_tree(fleet, "a")
        merge(fleet)
        assert fleet.read().branches[Branch("feature/a")].in_use == "it is checked out in worktrees/a"
        step = DeleteBranch(pr=PrNumber(1), branch=Branch("feature/a"), tip=tip, reason="")
        assert fleet.forge.writer.delete_branch(step) == Stale(reason="feature/a is checked out in worktrees/a")

    def test_opened_in_an_agents_work_tree_the_state_is_that_of_the_main_one(self, fleet: Fleet) -> None:
        fleet.agent("a")
        folder = self.work_tree(fleet, "a")
        fleet.root = folder
        assert fleet.forge.reader.repository == "repo"
        assert [pr.agent for pr in fleet.read().pull_requests] == ["a"]
