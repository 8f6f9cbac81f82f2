"""Finding a repository, naming commits, listing work trees."""

from pathlib import Path

import pytest

from mergebot.errors import AccessError, GitError
from mergebot.git.repository import Repository, Worktree
from mergebot.model.ids import Branch
from tests.sandbox import Sandbox


class TestOpening:
    def test_finds_the_repository_from_any_folder_in_it(self, sandbox: Sandbox) -> None:
        (sandbox.path / "deep/er").mkdir(parents=True)

        for folder in (sandbox.path, sandbox.path / "deep/er", sandbox.path / ".git"):
            found = Repository.open(folder)
            assert (found.common_dir, found.main_worktree, found.bare) == (sandbox.path / ".git", sandbox.path, False)

    def test_finds_the_main_work_tree_from_a_linked_one(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))

        found = Repository.open(tmp_path / "linked")

        assert (found.path, found.main_worktree) == (tmp_path / "linked", sandbox.path)
        assert (found.git_dir, found.common_dir) == (sandbox.path / ".git/worktrees/linked", sandbox.path / ".git")

    def test_finds_a_bare_repository(self, tmp_path: Path) -> None:
        Sandbox.create(tmp_path / "bare.git", bare=True)

        found = Repository.open(tmp_path / "bare.git")

        assert (found.path, found.bare, found.main_worktree) == (tmp_path / "bare.git", True, None)

    def test_finds_no_main_work_tree_from_a_linked_one_of_a_bare_repository(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        sandbox.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
        sandbox.git("-C", str(tmp_path / "bare.git"), "worktree", "add", "--quiet", str(tmp_path / "linked"), "main")

        found = Repository.open(tmp_path / "linked")

        assert (found.path, found.bare, found.main_worktree) == (tmp_path / "linked", False, None)

    def test_knows_the_format_of_its_ids(self, tmp_path: Path) -> None:
        sandbox = Sandbox(tmp_path)
        sandbox.git("init", "--quiet", "--object-format=sha256")

        assert Repository.open(tmp_path).object_format == "sha256"

    @pytest.mark.parametrize(
        ("folder", "message"), [("", "is not in a git repository"), ("missing", "no such folder"), ("file", "no such")]
    )
    def test_says_what_is_wrong_where_there_is_none(self, tmp_path: Path, folder: str, message: str) -> None:
        (tmp_path / "file").touch()

        with pytest.raises(AccessError, match=message) as error:
            Repository.open(tmp_path / folder)

        assert error.value.hint

    def test_says_which_git_it_needs(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """`merge-tree --write-tree` came with 2.38."""
        old = tmp_path / "git"
        old.write_text("#!/bin/sh\necho git version 2.34.1\n")
        old.chmod(0o755)
        monkeypatch.setattr("git.cmd.Git.GIT_PYTHON_GIT_EXECUTABLE", str(old))

        with pytest.raises(AccessError, match=r"git version 2\.34\.1 is too old"):
            Repository.open(sandbox.path)


class TestTheNameOfACommit:
    def test_may_be_a_branch_a_ref_an_id_or_a_tag(self, sandbox: Sandbox) -> None:
        sandbox.git("tag", "--annotate", "--message", "one", "v1")
        repo = Repository.open(sandbox.path)

        names = ("main", "refs/heads/main", sandbox.sha(), "v1", "HEAD")

        assert {repo.resolve(name) for name in names} == {sandbox.sha()}

    @pytest.mark.parametrize(
        "name", ["", "nope", "-n", "--all", "main..main", "main main", "main\n", "ma\0in", "main:README", "0" * 40]
    )
    def test_means_nothing_where_there_is_no_such_commit(self, sandbox: Sandbox, name: str) -> None:
        assert Repository.open(sandbox.path).resolve(name) is None

    def test_may_begin_with_a_dash(self, sandbox: Sandbox) -> None:
        """Such a branch can be pushed; its name must never be taken for an option."""
        sandbox.git("update-ref", "refs/heads/--upload-pack=x", "HEAD")

        assert Repository.open(sandbox.path).resolve("--upload-pack=x") == sandbox.sha()

    def test_leads_to_its_tree(self, sandbox: Sandbox) -> None:
        repo = Repository.open(sandbox.path)

        assert repo.tree_of(sandbox.sha()) == sandbox.tree()

    def test_of_a_missing_commit_leads_to_an_error(self, sandbox: Sandbox) -> None:
        with pytest.raises(GitError, match="is not in this repository"):
            Repository.open(sandbox.path).tree_of(type(sandbox.sha())("1" * 40))


class TestRefs:
    def test_are_listed_by_the_start_of_their_name(self, sandbox: Sandbox) -> None:
        for name in ("heads/feature", "heads/feature2", "heads/fe/at", "mergebot/merged/1"):
            sandbox.git("update-ref", f"refs/{name}", "HEAD") if name != "heads/fe/at" else None
        repo = Repository.open(sandbox.path)

        assert repo.refs("refs/heads/fea") == dict.fromkeys(
            ["refs/heads/feature", "refs/heads/feature2"], sandbox.sha()
        )
        assert repo.refs() == {
            **dict.fromkeys(["refs/heads/feature", "refs/heads/feature2"], sandbox.sha()),
            "refs/heads/main": sandbox.sha(),
            "refs/mergebot/merged/1": sandbox.sha(),
        }


class TestWorktrees:
    def test_are_listed_with_their_branches(self, sandbox: Sandbox, tmp_path: Path) -> None:
        head = sandbox.sha()
        sandbox.git("worktree", "add", "--quiet", "-b", "feature/x", str(tmp_path / "line\nbreak"))
        sandbox.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "detached"))
        sandbox.git("worktree", "add", "--quiet", "-b", "lost", str(tmp_path / "lost"))
        (tmp_path / "lost").rename(tmp_path / "moved")

        found = Repository.open(sandbox.path).worktrees()

        assert found == (
            Worktree(path=sandbox.path, branch=Branch("main"), head=head, is_main=True),
            Worktree(path=tmp_path / "detached", branch=None, head=head, is_main=False),
            Worktree(path=tmp_path / "line\nbreak", branch=Branch("feature/x"), head=head, is_main=False),
            Worktree(path=tmp_path / "lost", branch=Branch("lost"), head=head, is_main=False, gone=True),
        )

    def test_of_a_repository_without_commits_have_no_head(self, tmp_path: Path) -> None:
        Sandbox(tmp_path).git("init", "--quiet", "--initial-branch=main")

        [found] = Repository.open(tmp_path).worktrees()

        assert (found.branch, found.head) == ("main", None)
