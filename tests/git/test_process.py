"""The seam to git: nothing leaks in, nothing prompts, failures have git's own words."""

import subprocess
import sys
from pathlib import Path

import pytest

from mergebot.errors import GitError
from mergebot.git.process import Git, last_words
from tests.sandbox import Sandbox


class TestTheCallersEnvironment:
    @pytest.mark.parametrize("name", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_WORK_TREE"])
    def test_does_not_say_which_repository(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        """Run from a hook or an alias, git's own variables point at the repository of that hook."""
        monkeypatch.setenv(name, "/nowhere")

        assert Git(folder=sandbox.path).run("status", "--porcelain", "--branch") == b"## main\n"

    def test_keeps_what_it_says_about_the_configuration(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Containers allow a folder by `GIT_CONFIG_COUNT`; ours is added on top."""
        monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
        monkeypatch.setenv("GIT_CONFIG_KEY_0", "some.key")
        monkeypatch.setenv("GIT_CONFIG_VALUE_0", "kept")
        git = Git(folder=sandbox.path)

        assert [git.run("config", key).strip() for key in ("some.key", "gc.auto")] == [b"kept", b"0"]

    def test_cannot_bring_in_replacement_objects(self, sandbox: Sandbox) -> None:
        """A replace ref shows one commit for another, here alone: nobody else would see what was judged."""
        first, second = sandbox.sha(), sandbox.commit("second")
        sandbox.git("replace", second, first)

        assert b"second" in Git(folder=sandbox.path).run("cat-file", "commit", second)


class TestHooks:
    def test_never_run(self, sandbox: Sandbox) -> None:
        hook = sandbox.path / ".git/hooks/reference-transaction"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\ntouch hooked\n")
        hook.chmod(0o755)

        Git(folder=sandbox.path).run("update-ref", "refs/heads/new", sandbox.sha())

        assert not (sandbox.path / "hooked").exists()


class TestAFailure:
    def test_is_an_error_with_gits_last_words(self, sandbox: Sandbox) -> None:
        with pytest.raises(GitError) as error:
            Git(folder=sandbox.path).run("cat-file", "commit", "0" * 40)

        assert error.value.message == f"git cat-file failed: git cat-file {'0' * 40}: bad file"

    def test_is_an_answer_where_the_caller_says_so(self, sandbox: Sandbox) -> None:
        assert Git(folder=sandbox.path).run("show-ref", "--verify", "--quiet", "refs/heads/no", ok=(0, 1)) == b""

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            (b"", ""),
            (b"warning: a\nfatal: b\nhint: c\n", "b"),
            (b"something odd\n", "something odd"),
            (b"error: caf\xe9\n", "caf\ufffd"),
        ],
    )
    def test_is_told_in_one_line(self, said: bytes, words: str) -> None:
        assert last_words(said) == words

    def test_of_a_living_process_is_told_too(self, sandbox: Sandbox) -> None:
        with Git(folder=sandbox.path).living("cat-file", "--no-such-option") as living, pytest.raises(GitError):
            living.line()

    def test_in_a_folder_that_is_gone_runs_nowhere_else(self, tmp_path: Path) -> None:
        """GitPython would fall back to the current folder, and so to whatever repository that is in."""
        with pytest.raises(GitError, match="is gone"):
            Git(folder=tmp_path / "gone").run("rev-parse", "--git-dir")

    @pytest.mark.parametrize("argument", ["nul\0byte", "x" * 3_000_000])
    def test_to_start_is_told_too(self, tmp_path: Path, argument: str) -> None:
        with pytest.raises(GitError, match="git rev-parse could not be started"):
            Git(folder=tmp_path).run("rev-parse", argument)

    def test_to_find_git_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """GitPython looks for git when it is imported."""
        script = (
            "from pathlib import Path\nfrom mergebot.errors import AccessError\n"
            "from mergebot.git.repository import Repository\n"
            "try:\n    Repository.open(Path('.'))\n"
            "except AccessError as error:\n    print(error.message, '|', error.hint)\n"
        )
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))

        assert _python(script) == "git was not found | install git 2.38 or newer, and put it in PATH\n"


class TestStartingUp:
    def test_costs_no_import_of_gitpython_until_git_is_run(self) -> None:
        """It takes 80 ms, which `--version` and `check` need not wait for."""
        assert _python("import sys, mergebot.git.repository\nprint('git' in sys.modules)\n") == "False\n"


def _python(script: str) -> str:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout
