"""Commits in and out of the object store."""

from pathlib import Path

import pytest

from mergebot.errors import GitError
from mergebot.git.objects import Commit, Objects, author_line, ident_line
from mergebot.git.repository import Identity, Repository
from mergebot.model.ids import Sha
from tests.sandbox import Sandbox


def written(objects: Objects, tree: Sha, *parents: Sha, message: bytes = b"m\n") -> Sha:
    """A commit of nobody in particular."""
    return objects.write_commit(
        tree=tree, parents=parents, author=b"A <a> 1 +0000", committer=b"C <c> 2 +0130", message=message
    )


class TestReading:
    def test_gives_every_part_as_it_is_stored(self, sandbox: Sandbox) -> None:
        raw = (
            f"tree {sandbox.tree()}\nparent {sandbox.sha()}\nauthor A\xe4 <> 1 +0000\ncommitter C <c@x> 2 -0130\n"
            "encoding latin1\ngpgsig -----BEGIN\n author of nothing\n -----END\n\n\nsubject\xe4\n\nparent body"
        ).encode("latin-1")
        sha = Sha(sandbox.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw))

        with Objects(Repository.open(sandbox.path)) as objects:
            assert objects.read_commit(sha) == Commit(
                sha=sha,
                tree=sandbox.tree(),
                parents=(sandbox.sha(),),
                author=b"A\xe4 <> 1 +0000",
                committer=b"C <c@x> 2 -0130",
                encoding=b"latin1",
                message=b"\nsubject\xe4\n\nparent body",
            )

    def test_finds_only_commits(self, sandbox: Sandbox) -> None:
        """A tree, a tag, an id that is nowhere, or text that is no id at all, is not there."""
        sandbox.git("tag", "--annotate", "--message", "one", "v1")
        tag = Sha(sandbox.git("rev-parse", "v1"))
        others = [sandbox.tree(), tag, Sha("1" * 40), Sha("HEAD"), Sha("main\nmain"), Sha("")]

        with Objects(Repository.open(sandbox.path)) as objects:
            assert list(objects.find_commits([*others, sandbox.sha()])) == [sandbox.sha()]
            with pytest.raises(GitError, match=r"commit 1111.* is not in this repository"):
                objects.read_commit(Sha("1" * 40))

    def test_of_a_damaged_commit_spoils_no_other(self, sandbox: Sandbox) -> None:
        good, bad, other = sandbox.sha(), sandbox.commit("bad"), sandbox.commit("other")
        file = sandbox.path / f".git/objects/{bad[:2]}/{bad[2:]}"
        file.chmod(0o644)
        file.write_bytes(b"damaged")

        with Objects(Repository.open(sandbox.path)) as objects:
            assert list(objects.find_commits([good, bad, other])) == [good, other]

    def test_reads_thousands_without_blocking(self, sandbox: Sandbox) -> None:
        """Questions and answers go through pipes that hold little: neither side may wait for the other."""
        commit = "commit refs/heads/many\ncommitter C <c> 1 +0000\ndata 100\n" + "x" * 100 + "\n\n"
        sandbox.git("fast-import", "--quiet", stdin=commit.encode() * 4_000)
        shas = [Sha(sha) for sha in sandbox.git("rev-list", "many").split()]

        with Objects(Repository.open(sandbox.path)) as objects:
            assert list(objects.find_commits(shas)) == shas


class TestWriting:
    @pytest.mark.parametrize("object_format", ["sha1", "sha256"])
    def test_gives_the_object_that_git_would_write(self, tmp_path: Path, object_format: str) -> None:
        sandbox = Sandbox(tmp_path)
        sandbox.git("init", "--quiet", f"--object-format={object_format}")
        root = sandbox.commit("root", {"a": "1"})

        with Objects(Repository.open(tmp_path)) as objects:
            sha = written(objects, sandbox.tree(root), root)

        raw = f"tree {sandbox.tree(root)}\nparent {root}\nauthor A <a> 1 +0000\ncommitter C <c> 2 +0130\n\nm\n".encode()
        assert sandbox.raw("cat-file", "commit", sha) == raw
        assert sandbox.git("hash-object", "-t", "commit", "--stdin", stdin=raw) == sha
        assert sandbox.git("fsck", "--strict", "--no-dangling") == ""

    def test_leaves_files_as_git_leaves_them(self, sandbox: Sandbox) -> None:
        """Read-only, and no temporary file beside them; a second time changes nothing."""
        with Objects(Repository.open(sandbox.path)) as objects:
            sha = written(objects, sandbox.tree())
        with Objects(Repository.open(sandbox.path)) as objects:
            assert written(objects, sandbox.tree()) == sha

        [file] = (sandbox.path / f".git/objects/{sha[:2]}").iterdir()
        assert (file.name, file.stat().st_mode & 0o777) == (sha[2:], 0o444)

    def test_lets_the_group_of_a_shared_repository_in(self, tmp_path: Path) -> None:
        sandbox = Sandbox(tmp_path)
        sandbox.git("init", "--quiet", "--shared=group")
        tree = Sha(sandbox.git("mktree", stdin=b""))

        with Objects(Repository.open(tmp_path)) as objects:
            sha = written(objects, tree)

        assert (tmp_path / f".git/objects/{sha[:2]}").stat().st_mode & 0o7777 == 0o2775

    def test_into_a_scratch_leaves_the_repository_alone(self, sandbox: Sandbox, tmp_path: Path) -> None:
        (tmp_path / "scratch").mkdir()

        with Objects(Repository.open(sandbox.path), scratch=tmp_path / "scratch") as objects:
            sha = written(objects, sandbox.tree(), sandbox.sha())
            assert objects.read_commit(sandbox.sha()).tree == objects.read_commit(sha).tree

        assert Repository.open(sandbox.path).resolve(sha) is None

    def test_says_where_it_could_not(self, sandbox: Sandbox, tmp_path: Path) -> None:
        with (
            Objects(Repository.open(sandbox.path), scratch=tmp_path / "missing") as objects,
            pytest.raises(GitError, match=r"cannot be written to .*missing: No such file"),
        ):
            written(objects, sandbox.tree())


class TestAnIdentity:
    @pytest.mark.parametrize(
        ("name", "email", "line"),
        [
            ("Ada", "ada@example.org", "Ada <ada@example.org> 5 +0000"),
            ("", "", " <> 5 +0000"),
            ("Größe", "a@b", "Größe <a@b> 5 +0000"),
            (" Eve <x>\ncommitter M ", "e>\n@x", "Eve xcommitter M <e@x> 5 +0000"),
            ('"Dot."', "a@b", "Dot <a@b> 5 +0000"),
        ],
    )
    def test_is_one_line_whatever_is_in_it(self, name: str, email: str, line: str) -> None:
        assert ident_line(Identity(name=name, email=email, when=5)).decode() == line

    @pytest.mark.parametrize(
        ("author", "line"),
        [
            ("Ada <ada@example.org>", "Ada <ada@example.org> 5 +0000"),
            ("Ada", "Ada <> 5 +0000"),
            ("<ada@example.org>", " <ada@example.org> 5 +0000"),
        ],
    )
    def test_of_an_author_is_read_from_name_and_address(self, author: str, line: str) -> None:
        assert author_line(author, 5).decode() == line
