"""The throw-away repository that merges run in."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.errors import GitError, InputError
from mergebot.git import scratch
from mergebot.git.keeping import keep_objects
from mergebot.git.merging import Merger
from mergebot.git.repository import Repository
from mergebot.git.scratch import Scratch, union_lines
from mergebot.model.ids import Sha
from tests.sandbox import Sandbox


class TestTheFolder:
    def test_is_gone_afterwards(self, sandbox: Sandbox) -> None:
        with Merger(Repository.open(sandbox.path), scratch=True) as merger:
            folder = merger.git().folder.parent
            assert folder.exists()

        assert not folder.exists()

    def test_of_a_killed_process_is_removed_by_the_next(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """One that is still held, or was made this moment, stays."""
        monkeypatch.setattr(scratch, "MEMORY", tmp_path)
        held, killed, new = Scratch(), Scratch(), Scratch()
        for folder in (held, killed):
            os.utime(folder.path / "lock", (0, 0))
        for folder in (killed, new):
            os.close(folder._lock)

        Scratch().close()

        assert [folder.path.exists() for folder in (held, killed, new)] == [True, False, True]
        held.close()

    def test_that_cannot_be_made_is_an_error_with_a_way_out(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(scratch, "MEMORY", tmp_path / "none")
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))

        with pytest.raises(GitError, match="no temporary folder can be made") as error:
            Scratch()

        assert "TMPDIR" in error.value.hint

    def test_is_on_the_disk_where_memory_is_short(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Containers often have 64 MB of shared memory, or none."""
        for memory, room in ((Path("/dev/shm"), 1 << 60), (tmp_path / "none", 0)):  # noqa: S108 (what the code looks at)
            monkeypatch.setattr(scratch, "MEMORY", memory)
            monkeypatch.setattr(scratch, "ROOM", room)
            monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
            folder = Scratch()
            assert folder.path.parent == tmp_path
            folder.close()


class TestKeeping:
    @pytest.mark.parametrize("count", [3, 150])
    def test_brings_all_of_it_into_the_repository(self, sandbox: Sandbox, count: int) -> None:
        """A few as loose objects, many as one pack."""
        folder = Scratch()
        env = {"GIT_OBJECT_DIRECTORY": str(folder.results)}
        shas = [sandbox.git("hash-object", "-w", "--stdin", stdin=b"%d" % n, env=env) for n in range(count)]

        keep_objects(Repository.open(sandbox.path), folder)
        folder.close()

        answers = sandbox.git("cat-file", "--batch-check=%(objecttype)", stdin="\n".join(shas).encode())
        assert answers.split() == ["blob"] * count
        assert len(list(sandbox.path.glob(".git/objects/pack/*.pack"))) == (1 if count > 100 else 0)
        assert sandbox.git("fsck", "--strict", "--no-dangling") == ""


class TestUnionPaths:
    @given(st.lists(st.text(min_size=1, max_size=40).filter(lambda glob: "\0" not in glob and glob[0] != "!")))
    def test_are_one_pattern_each_whatever_is_in_them(self, globs: list[str]) -> None:
        """No glob brings in a second line, or another attribute."""
        lines = union_lines(globs).splitlines()

        assert len(lines) == len(globs)
        assert all(line.startswith('"') and line.endswith('" merge=union') for line in lines)

    @pytest.mark.parametrize("glob", ["", "!docs/LOG.md", "a\0b", "x" * 3_000])
    def test_that_git_cannot_say_are_refused(self, glob: str) -> None:
        with pytest.raises(InputError, match="union_paths"):
            union_lines([glob])

    @pytest.mark.parametrize(
        ("glob", "path", "holds"),
        [
            ("LOG.md", "docs/LOG.md", True),
            ("docs/*.md", "docs/LOG.md", True),
            ("docs/*.md", "docs/a/LOG.md", False),
            ("docs/**", "docs/a/LOG.md", True),
            ("docs/", "docs/a/LOG.md", True),
            ("with space", "with space", True),
            ("größe", "größe", True),
            ("#log", "#log", True),
            ("a\nb", "a\nb", True),
            ("[attr]log", "tlog", True),
            ('say "hi"', 'say "hi"', True),
            ("x merge=ours\ny", "y", False),
        ],
    )
    def test_mean_what_they_mean_in_gitattributes(self, sandbox: Sandbox, glob: str, path: str, holds: bool) -> None:
        with Merger(Repository.open(sandbox.path), scratch=True) as merger:
            said = merger.git([glob]).run("check-attr", "-z", "--stdin", "merge", stdin=path.encode() + b"\0")

        assert said.split(b"\0")[2] == (b"union" if holds else b"unspecified")


def test_a_path_with_a_colon_serves_too(tmp_path: Path) -> None:
    """Git takes a list of object directories apart at colons."""
    sandbox = Sandbox.create(tmp_path / 'odd:"name\u00e4')

    with Merger(Repository.open(sandbox.path), scratch=True) as merger:
        assert merger.objects.read_commit(Sha(sandbox.sha())).tree == sandbox.tree()
