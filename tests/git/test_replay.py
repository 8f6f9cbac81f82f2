"""Rebase in the object store: what is kept, what is dropped, and where it stops, as `git rebase --onto` does."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from mergebot.git.merging import Merger
from mergebot.git.replay import Rebased, RebaseRequest, rebase
from mergebot.git.repository import Repository
from mergebot.model.ids import Sha
from mergebot.model.questions import ConflictedPath, Conflicts, Nothing, Unanswered
from tests.git.real import COMMITTER, as_real, ours, really
from tests.sandbox import Sandbox

LINES = "".join(f"line {number}\n" for number in range(12))
Files = Mapping[str, str | bytes | None]


def branch(sandbox: Sandbox, start: str, *commits: Files, name: str = "topic") -> Sha:
    """A branch from `start` with these commits; its tip."""
    sandbox.git("checkout", "--quiet", "-B", name, start)
    for number, files in enumerate(commits):
        sandbox.commit(f"{name} {number}\n\nbody", files)
    return sandbox.sha()


def agree(sandbox: Sandbox, head: Sha, onto: Sha, *excluded: Sha) -> Rebased:
    """Ours and git's are one; ours is given."""
    answer = ours(sandbox, head, onto, *excluded)
    assert as_real(sandbox, answer, onto) == really(sandbox, head, onto, *excluded)
    assert isinstance(answer, Rebased)
    return answer


class TestEveryKindOfChangeIsCarriedOver:
    @pytest.mark.parametrize(
        "change",
        [
            {"a": LINES + "last\n"},
            {"a": None, "renamed": LINES + "last\n"},
            {"a": None},
            {"dir/new": "new", "b": "changed\n"},
            {"bin": b"\0\1\2\3"},
            {"crlf": "one\r\ntwo\r\n"},
            {b"caf\xe9".decode("utf-8", "surrogateescape"): "not UTF-8"},
            {"-n": "like an option", "with space": "", "line\nbreak": ""},
        ],
    )
    def test_of_files(self, sandbox: Sandbox, change: Files) -> None:
        base = sandbox.commit("base", {"a": LINES, "b": "b\n", "bin": b"\0\1", "crlf": "one\r\n"})
        head = branch(sandbox, base, change, {"README": "second\n"})
        sandbox.checkout("main")
        onto = sandbox.commit("upstream", {"c": "c\n"})

        answer = agree(sandbox, head, onto)

        assert (answer.kept, answer.dropped) == (2, 0)

    def test_of_modes_links_and_submodules(self, sandbox: Sandbox) -> None:
        base = sandbox.commit("base", {"a": LINES})
        sandbox.branch("topic")
        (sandbox.path / "a").chmod(0o755)
        (sandbox.path / "link").symlink_to("nowhere")
        sandbox.commit("modes", {})
        sandbox.git("add", "a", "link")
        sandbox.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
        sandbox.git("commit", "--quiet", "-m", "all three")
        head = sandbox.sha()
        onto = branch(sandbox, base, {"a": LINES + "last\n"}, name="upstream")

        answer = agree(sandbox, head, onto)

        modes = {line.split("\t")[1]: line.split()[0] for line in sandbox.git("ls-tree", answer.tip).splitlines()}
        assert modes == {"README": "100644", "a": "100755", "link": "120000", "sub": "160000"}

    def test_into_a_file_or_folder_that_upstream_renamed(self, sandbox: Sandbox) -> None:
        base = sandbox.commit("base", {"old/a": LINES, "b": LINES.upper()})
        head = branch(sandbox, base, {"old/a": LINES + "last\n", "b": "first\n" + LINES.upper()})
        onto = branch(sandbox, base, {"old/a": None, "new/a": LINES, "b": None, "c": LINES.upper()}, name="upstream")

        answer = agree(sandbox, head, onto)

        assert sandbox.read("new/a", answer.tip) == LINES + "last\n"
        assert sandbox.read("c", answer.tip).startswith("first\n")


class TestCommitsThatAreNotCarriedOver:
    def test_are_those_that_become_empty(self, sandbox: Sandbox) -> None:
        """Upstream has the change as a part of a larger one, so that no patch id tells."""
        base = sandbox.commit("base", {"a": LINES})
        head = branch(sandbox, base, {"a": LINES + "last\n"}, {"b": "2"})
        onto = branch(sandbox, base, {"a": LINES + "last\n", "c": "more"}, name="upstream")

        answer = agree(sandbox, head, onto)

        assert (answer.kept, answer.dropped) == (1, 1)

    def test_are_those_that_upstream_took_and_took_back(self, sandbox: Sandbox) -> None:
        """The same patch is in upstream's history, so it is left out, though its change is gone again."""
        base = sandbox.commit("base", {"a": LINES})
        head = branch(sandbox, base, {"a": LINES + "last\n"}, {"b": "2"})
        onto = branch(sandbox, base, {"a": LINES + "last\n"}, {"a": LINES}, name="upstream")

        answer = agree(sandbox, head, onto)

        assert (answer.kept, answer.dropped) == (1, 1)
        assert sandbox.read("a", answer.tip) == LINES

    def test_are_not_those_that_were_empty_from_the_start(self, sandbox: Sandbox) -> None:
        base = sandbox.commit("base", {"a": LINES})
        head = branch(sandbox, base, {}, {"b": "2"}, {})
        onto = branch(sandbox, base, {}, {"c": "1"}, name="upstream")

        assert agree(sandbox, head, onto).kept == 3

    def test_are_those_of_a_parent_that_landed_as_one_squash(self, sandbox: Sandbox) -> None:
        """A stacked branch: the parent's own commits stay behind, whatever upstream made of them."""
        base = sandbox.commit("base", {"a": LINES})
        parent = branch(sandbox, base, {"a": "1\n" + LINES}, {"a": "2\n" + LINES}, name="parent")
        head = branch(sandbox, parent, {"b": "own"}, name="child")
        onto = branch(sandbox, base, {"a": "2\n" + LINES}, {"a": "3\n" + LINES}, name="upstream")

        answer = agree(sandbox, head, onto, parent)

        assert (answer.kept, answer.dropped) == (1, 0)
        assert isinstance(ours(sandbox, head, onto), Conflicts)

    def test_may_be_all_of_them(self, sandbox: Sandbox) -> None:
        head = branch(sandbox, "main", {"a": "1"})
        onto = branch(sandbox, "main", {"a": "1", "b": "2"}, name="upstream")

        assert ours(sandbox, head, onto) == Nothing()
        assert ours(sandbox, sandbox.sha("main"), onto) == Nothing()
        assert ours(sandbox, onto, onto) == Nothing()
        assert really(sandbox, head, onto) == []


class TestTheShapeOfHistory:
    def test_merges_inside_the_branch_are_flattened(self, sandbox: Sandbox) -> None:
        """Also where upstream was merged in: what it brought is not own."""
        base = sandbox.commit("base", {"a": LINES})
        head = branch(sandbox, base, {"b": "1"})
        side = branch(sandbox, base, {"c": "1"}, {"c": "2"}, name="side")
        onto = branch(sandbox, base, {"a": "first\n" + LINES}, name="upstream")
        sandbox.checkout("topic")
        for other in (side, onto):
            sandbox.git("merge", "--quiet", "--no-edit", "--no-ff", other)
        head = branch(sandbox, sandbox.sha(), {"d": "1"})

        answer = agree(sandbox, head, onto)

        assert answer.kept == 4
        assert sandbox.git("rev-list", "--merges", f"{onto}..{answer.tip}") == ""

    def test_a_root_commit_is_carried_over_as_one_that_adds_everything(self, sandbox: Sandbox) -> None:
        onto = sandbox.sha()
        sandbox.git("checkout", "--quiet", "--orphan", "alone")
        sandbox.git("rm", "-rfq", ".")
        root = sandbox.commit("root", {"own": "1"})
        head = branch(sandbox, root, {"own": "2"})

        assert agree(sandbox, head, onto).kept == 2

    def test_what_sits_there_already_stays_as_it_is(self, sandbox: Sandbox) -> None:
        """Not one id changes, so that no branch is pushed and no check runs again for nothing."""
        onto = sandbox.commit("base", {"a": LINES})
        head = branch(sandbox, onto, {"b": "1"}, {}, {"b": "2"})

        assert agree(sandbox, head, onto) == Rebased(tip=head, tree=sandbox.tree(head), kept=3, dropped=0)


class TestAStop:
    def test_names_the_commit_and_the_files(self, sandbox: Sandbox) -> None:
        base = sandbox.commit("base", {"a": LINES, "b": "1\n"})
        clean = branch(sandbox, base, {"c": "1"})
        clash = branch(sandbox, clean, {"a": "mine\n" + LINES, "b": "2\n"})
        head = branch(sandbox, clash, {"d": "1"})
        onto = branch(sandbox, base, {"a": "theirs\n" + LINES, "b": "3\n"}, name="upstream")

        answer = ours(sandbox, head, onto)

        both = tuple(ConflictedPath(path=path, kind="content") for path in ("a", "b"))
        assert answer == Conflicts(paths=both, commit=clash)
        assert as_real(sandbox, answer, onto) == really(sandbox, head, onto)

    def test_is_avoided_in_files_where_both_sides_lines_are_kept(self, sandbox: Sandbox) -> None:
        """As git does with `merge=union` in `info/attributes`."""
        base = sandbox.commit("base", {"LOG": "0\n"})
        head = branch(sandbox, base, {"LOG": "0\nmine\n"}, {"LOG": "0\nmine\nmore\n"})
        onto = branch(sandbox, base, {"LOG": "0\ntheirs\n"}, name="upstream")

        answer = ours(sandbox, head, onto, union=["LOG"])

        (sandbox.path / ".git/info").mkdir(exist_ok=True)
        (sandbox.path / ".git/info/attributes").write_text("LOG merge=union\n")
        assert as_real(sandbox, answer, onto) == really(sandbox, head, onto)
        assert isinstance(answer, Rebased)

    def test_is_unknown_where_a_commit_is_missing(self, sandbox: Sandbox) -> None:
        missing = Sha("1" * 40)
        head = branch(sandbox, "main", {"a": "1"})

        for request in ((missing, head, head), (head, missing), (head, sandbox.sha("main"), missing)):
            assert ours(sandbox, *request) == Unanswered(reason=f"commit {missing} is not in this repository")

    def test_at_a_shallow_clones_edge_is_as_gits(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """There history ends: git takes the last commit it has for a root."""
        head = branch(sandbox, "main", {"a": "1"}, {"b": "1"})
        onto = branch(sandbox, "main", {"c": "1"}, name="upstream")
        options = ("--quiet", "--depth=1", "--no-single-branch", f"file://{sandbox.path}")
        sandbox.git("clone", *options, str(tmp_path / "shallow"))
        shallow = Sandbox(tmp_path / "shallow")

        answer = ours(shallow, head, onto)

        assert as_real(shallow, answer, onto) == really(shallow, head, onto)


class TestTheUsersThings:
    def test_are_never_touched(self, sandbox: Sandbox) -> None:
        """No work tree, index, HEAD, ref, reflog, config or hook: nothing but new objects."""
        head = branch(sandbox, "main", {"a": LINES}, {"a": LINES + "last\n"})
        onto = branch(sandbox, "main", {"b": "1"}, name="upstream")
        (sandbox.path / "a").write_text("unsaved")
        before = outside_the_objects(sandbox.path)

        ours(sandbox, head, onto)

        assert outside_the_objects(sandbox.path) == before

    def test_may_be_set_as_they_like(self, sandbox: Sandbox) -> None:
        """Configuration that makes `git rebase` behave in another way has no say."""
        head = branch(sandbox, "main", {"a": LINES}, {"a": LINES + "last\n"})
        onto = branch(sandbox, "main", {"b": "1"}, name="upstream")
        expected = ours(sandbox, head, onto)
        for key, value in (("commit.gpgSign", "true"), ("i18n.commitEncoding", "latin1"), ("commit.cleanup", "strip")):
            sandbox.git("config", key, value)

        assert ours(sandbox, head, onto) == expected


def outside_the_objects(folder: Path) -> dict[str, bytes]:
    """Every file of a work tree and its repository, but for the objects."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_relative_to(folder / ".git/objects"))
    return {str(path): path.read_bytes() for path in files}


class TestManyAtOnce:
    def test_each_has_its_own_answer(self, sandbox: Sandbox) -> None:
        """Stacks go parents first; one that cannot be carried over takes only those on top of it along."""
        base = sandbox.commit("base", {"a": LINES})
        parent = branch(sandbox, base, {"p": "1"}, {"p": "2"}, name="parent")
        child = branch(sandbox, parent, {"c": "1"}, name="child")
        clash = branch(sandbox, base, {"a": "mine\n" + LINES}, name="clash")
        on_clash = branch(sandbox, clash, {"d": "1"}, name="on_clash")
        onto = branch(sandbox, base, {"a": "theirs\n" + LINES}, name="upstream")
        requests = [
            RebaseRequest(head=clash, excluded=(), onto=onto),
            RebaseRequest(head=parent, excluded=(), onto=onto),
            RebaseRequest(head=on_clash, excluded=(clash,), onto=0),
            RebaseRequest(head=child, excluded=(parent,), onto=1),
            RebaseRequest(head=base, excluded=(), onto=onto),
            RebaseRequest(head=child, excluded=(parent,), onto=4),
        ]

        with Merger(Repository.open(sandbox.path), scratch=False) as merger:
            answers = rebase(merger, requests, COMMITTER)

        kinds = [Conflicts, Rebased, Unanswered, Rebased, Nothing, Rebased]
        assert [type(answer) for answer in answers] == kinds
        tips = [answer.tip for answer in answers if isinstance(answer, Rebased)]
        assert sandbox.history(tips[1]) == ["initial", "base", "upstream 0", "parent 0", "parent 1", "child 0"]
        assert sandbox.history(tips[2]) == ["initial", "base", "upstream 0", "child 0"]

    def test_a_request_cannot_go_onto_a_later_one(self, sandbox: Sandbox) -> None:
        request = RebaseRequest(head=sandbox.sha(), excluded=(), onto=0)

        with Merger(Repository.open(sandbox.path), scratch=True) as merger, pytest.raises(ValueError, match="earlier"):
            rebase(merger, [request], COMMITTER)
