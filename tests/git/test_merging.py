"""Three-way merges in the object store, and what can go wrong in them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from mergebot.git.merging import Merger, Result, ThreeWay, TreeMerge
from mergebot.git.repository import Repository
from mergebot.model.ids import Sha
from mergebot.model.questions import Clean, ConflictedPath, Conflicts, Unanswered
from tests.sandbox import Sandbox

LINES = "".join(f"line {number}\n" for number in range(10))
Files = Mapping[str, str | bytes | None]


def sides(sandbox: Sandbox, base: Files, ours: Files, theirs: Files) -> ThreeWay:
    """Two branches, `ours` and `theirs`, from one commit."""
    fork = sandbox.commit("base", base)
    tips = []
    for name, files in (("ours", ours), ("theirs", theirs)):
        sandbox.branch(name, fork)
        tips.append(sandbox.commit(name, files))
    return ThreeWay(ours=tips[0], theirs=tips[1])


def merged(sandbox: Sandbox, *jobs: ThreeWay | TreeMerge, union: tuple[str, ...] = ()) -> list[Result]:
    """The answers, kept in the repository."""
    with Merger(Repository.open(sandbox.path), scratch=False, union_paths=union) as merger:
        return merger.merge(jobs)


def conflict(**kinds: str) -> Conflicts:
    """Conflicts in these files (a double underline stands for a dot)."""
    paths = {path.replace("__", "."): kind for path, kind in kinds.items()}
    return Conflicts(paths=tuple(ConflictedPath(path=path, kind=paths[path]) for path in sorted(paths)))


def commit_without_tree(sandbox: Sandbox) -> Sha:
    """A commit whose tree is missing, as in a damaged repository."""
    raw = b"tree %b\nauthor A <> 1 +0000\ncommitter A <> 1 +0000\n\n" % (b"2" * 40)
    return Sha(sandbox.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw))


class TestAnAnswer:
    def test_is_the_tree_that_git_merge_gives(self, sandbox: Sandbox) -> None:
        job = sides(
            sandbox, {"a": LINES, "b": LINES}, {"a": "first\n" + LINES, "c": "new"}, {"a": LINES + "last\n", "b": None}
        )
        sandbox.checkout(job.ours)
        sandbox.git("merge", "--quiet", "--no-edit", job.theirs)

        assert merged(sandbox, job) == [Clean(tree=sandbox.tree("HEAD"))]

    @pytest.mark.parametrize(
        ("base", "ours", "theirs", "answer"),
        [
            ({"a": "1"}, {"a": "2"}, {"a": "3"}, conflict(a="content")),
            ({}, {"a": "2"}, {"a": "3"}, conflict(a="add/add")),
            ({"a": "1"}, {"a": "2"}, {"a": None}, conflict(a="modify/delete")),
            ({"a": b"\0\1"}, {"a": b"\0\2"}, {"a": b"\0\3"}, conflict(a="binary")),
            (
                {"a": LINES},
                {"a": None, "b": LINES},
                {"a": None, "c": LINES},
                conflict(a="rename/rename", b="rename/rename", c="rename/rename"),
            ),
            ({"a": LINES}, {"a": None, "b": LINES}, {"a": None}, conflict(b="rename/delete")),
            ({"x": "1"}, {"a": "file"}, {"a/b": "folder"}, conflict(a="file/directory")),
            ({"a": "1", "b": "1"}, {"a": "2", "b": "2"}, {"a": "3", "b": "3"}, conflict(a="content", b="content")),
        ],
    )
    def test_names_the_files_in_conflict_and_gits_kind_of_it(
        self, sandbox: Sandbox, base: Files, ours: Files, theirs: Files, answer: Conflicts
    ) -> None:
        assert merged(sandbox, sides(sandbox, base, ours, theirs)) == [answer]

    def test_names_a_file_that_git_suggests_to_move(self, sandbox: Sandbox) -> None:
        """A file added to a folder that the other side renamed: git asks, and so it is no clean merge."""
        old, new = ({f"{folder}/a": LINES, f"{folder}/b": "b" + LINES} for folder in ("old", "new"))
        job = sides(sandbox, old, {"old/new": "x"}, {**dict.fromkeys(old), **new})

        [answer] = merged(sandbox, job)

        assert answer == Conflicts(paths=(ConflictedPath(path="new/new", kind="file location"),))

    def test_is_a_conflict_even_where_git_names_no_file(self, sandbox: Sandbox) -> None:
        """A folder split in two evenly: the conflict stands in the messages only."""
        old = {f"old/{name}": name + LINES for name in "abcd"}
        split = {f"{'xy'[number % 2]}/{name}": name + LINES for number, name in enumerate("abcd")}
        job = sides(sandbox, old, {"old/new": "1"}, {**dict.fromkeys(old), **split})

        [answer] = merged(sandbox, job)

        assert answer == Conflicts(paths=(ConflictedPath(path="old", kind="directory rename split"),))

    def test_shows_odd_names_safely(self, sandbox: Sandbox) -> None:
        odd = b"caf\xe9\n".decode("utf-8", "surrogateescape")

        job = sides(sandbox, {odd: "1"}, {odd: "2"}, {odd: "3"})

        assert merged(sandbox, job) == [Conflicts(paths=(ConflictedPath(path="caf\\xe9\\x0a", kind="content"),))]

    def test_for_submodules_is_a_conflict_where_both_moved_it(self, sandbox: Sandbox) -> None:
        tips = []
        for name, link in (("ours", "2" * 40), ("theirs", "3" * 40)):
            sandbox.git("checkout", "--quiet", "-B", name, "main")
            sandbox.git("update-index", "--add", "--cacheinfo", f"160000,{link},sub")
            sandbox.git("commit", "--quiet", "-m", name)
            tips.append(sandbox.sha())

        [answer] = merged(sandbox, ThreeWay(ours=tips[0], theirs=tips[1]))

        assert answer == conflict(sub="submodule")

    def test_is_unknown_for_what_git_cannot_merge_and_for_that_alone(self, sandbox: Sandbox) -> None:
        """No common history, a commit that is nowhere, a broken tree: the others in the batch get their answer."""
        job = sides(sandbox, {"a": "1"}, {"a": "2"}, {"a": "3"})
        alone = Sha(sandbox.git("commit-tree", "-m", "unrelated", sandbox.tree()))
        missing, broken = Sha("1" * 40), commit_without_tree(sandbox)
        jobs = [
            job,
            ThreeWay(ours=job.ours, theirs=alone),
            ThreeWay(ours=job.ours, theirs=missing),
            ThreeWay(ours=job.ours, theirs=broken, base=job.theirs),
            job,
        ]

        answers = merged(sandbox, *jobs)

        assert [type(answer) for answer in answers] == [Conflicts, Unanswered, Unanswered, Unanswered, Conflicts]
        reasons = [answer.reason for answer in answers if isinstance(answer, Unanswered)]
        assert reasons[0] == "git could not merge: refusing to merge unrelated histories"
        assert reasons[1] == f"commit {missing} is not in this repository"

    def test_is_the_same_for_many_at_once(self, sandbox: Sandbox) -> None:
        """Many merges are shared out among several processes; the order stays."""
        base = sandbox.commit("base", {"a": LINES})
        heads = []
        for number in range(10):
            sandbox.branch(f"b{number}", base)
            heads.append(sandbox.commit("x", {"a": LINES.replace(f"line {number % 3 * 4}\n", f"changed {number}\n")}))
        jobs = [ThreeWay(ours=ours, theirs=theirs) for ours in heads for theirs in heads]

        assert merged(sandbox, *jobs) == [answer for job in jobs for answer in merged(sandbox, job)]


class TestAGivenBase:
    def test_is_the_only_one_that_counts(self, sandbox: Sandbox) -> None:
        """As a cherry-pick: what lies between the true merge base and the given one is left out."""
        sandbox.commit("base", {"a": LINES})
        sandbox.branch("theirs")
        before = sandbox.commit("left out", {"b": "1"})
        picked = sandbox.commit("picked", {"a": LINES + "last\n"})
        sandbox.checkout("main")
        ours = sandbox.commit("ours", {"a": "first\n" + LINES})
        sandbox.git("cherry-pick", picked)

        assert merged(sandbox, ThreeWay(ours=ours, theirs=picked, base=before)) == [Clean(tree=sandbox.tree())]

    def test_may_be_a_tree(self, sandbox: Sandbox) -> None:
        empty = Sha(sandbox.git("mktree", stdin=b""))
        first, second = sandbox.tree(), sandbox.tree(sandbox.commit("a", {"README": "other"}))

        assert merged(
            sandbox,
            TreeMerge(base=empty, ours=first, theirs=second),
            TreeMerge(base=first, ours=first, theirs=second),
            TreeMerge(base=first, ours=second, theirs=second),
            TreeMerge(base=first, ours=second, theirs=first),
        ) == [conflict(README="add/add"), Clean(tree=second), Clean(tree=second), Clean(tree=second)]


class TestNothingOfTheUserChangesAnAnswer:
    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("merge.renames", "false"),
            ("merge.directoryRenames", "true"),
            ("merge.default", "union"),
            ("diff.renameLimit", "1"),
            ("merge.conflictStyle", "diff3"),
        ],
    )
    def test_no_configuration(self, sandbox: Sandbox, key: str, value: str) -> None:
        job = sides(sandbox, {"a": LINES, "b": "1"}, {"a": None, "c": LINES, "b": "2"}, {"a": LINES + "x", "b": "3"})
        before = merged(sandbox, job)
        sandbox.git("config", "--global", key, value)
        sandbox.git("config", key, value)

        try:
            assert merged(sandbox, job) == before == [conflict(b="content")]
        finally:
            sandbox.git("config", "--global", "--unset", key)

    @pytest.mark.parametrize("where", [".gitattributes", ".git/info/attributes"])
    def test_no_attributes(self, sandbox: Sandbox, where: str) -> None:
        """A forge ignores them when it merges: with them we would call clean what it refuses."""
        job = sides(sandbox, {"a": "1", ".gitattributes": "a merge=union\n"}, {"a": "2"}, {"a": "3"})
        (sandbox.path / where).write_text("a merge=union\n")

        assert merged(sandbox, job) == [conflict(a="content")]

    def test_no_attributes_of_the_users_own(
        self, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Git reads these in every repository, however bare."""
        job = sides(sandbox, {"a": "1"}, {"a": "2"}, {"a": "3"})
        (tmp_path / "xdg" / "git").mkdir(parents=True)
        (tmp_path / "xdg" / "git" / "attributes").write_text("a merge=union\n")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))

        assert merged(sandbox, job) == [conflict(a="content")]

    def test_no_replacement_object(self, sandbox: Sandbox) -> None:
        job = sides(sandbox, {"a": "1"}, {"a": "2"}, {"a": "3"})
        sandbox.git("replace", job.theirs, job.ours)

        assert merged(sandbox, job) == [conflict(a="content")]


class TestUnionPaths:
    def test_keep_both_sides_lines_in_these_files_alone(self, sandbox: Sandbox) -> None:
        job = sides(sandbox, {"LOG": "0\n", "a": "0\n"}, {"LOG": "0\nours\n"}, {"LOG": "0\ntheirs\n"})

        [answer] = merged(sandbox, job, union=("LOG",))

        assert isinstance(answer, Clean)
        assert sandbox.git("show", f"{answer.tree}:LOG") == "0\nours\ntheirs"
        assert merged(sandbox, job, union=("a",)) == merged(sandbox, job) == [conflict(LOG="content")]


class TestTheRepository:
    def test_gets_nothing_from_a_scratch(self, sandbox: Sandbox) -> None:
        job = sides(sandbox, {"a": LINES}, {"a": "first\n" + LINES}, {"a": LINES + "last\n"})
        before = everything(sandbox.path)

        with Merger(Repository.open(sandbox.path), scratch=True) as merger:
            [answer] = merger.merge([ThreeWay(ours=job.ours, theirs=job.theirs, base=sandbox.sha("main"))])
            assert isinstance(answer, Clean)
            assert merger.git().run("cat-file", "-t", answer.tree) == b"tree\n"

        assert everything(sandbox.path) == before

    def test_may_be_bare_shallow_or_use_sha256(self, tmp_path: Path) -> None:
        sandbox = Sandbox(tmp_path / "full")
        sandbox.path.mkdir()
        sandbox.git("init", "--quiet", "--initial-branch=main", "--object-format=sha256")
        job = sides(sandbox, {"a": LINES}, {"a": "first\n" + LINES}, {"a": LINES + "last\n"})
        options = ("--quiet", "--bare", "--depth=2", "--no-single-branch", f"file://{sandbox.path}")
        sandbox.git("clone", *options, str(tmp_path / "bare"))

        assert merged(Sandbox(tmp_path / "bare"), job) == merged(sandbox, job)

    def test_may_lack_objects_and_then_nothing_is_fetched(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """In a partial clone git would fetch a missing file in the middle of a merge: slow, and a way to hang."""
        job = sides(sandbox, {"a": LINES}, {"a": "first\n" + LINES}, {"a": LINES + "last\n"})
        sandbox.git("config", "uploadpack.allowFilter", "true")
        options = ("--quiet", "--bare", "--filter=blob:none", f"file://{sandbox.path}")
        sandbox.git("clone", *options, str(tmp_path / "partial"))
        before = everything(tmp_path / "partial")

        [answer] = merged(Sandbox(tmp_path / "partial"), job)

        assert isinstance(answer, Unanswered)
        assert everything(tmp_path / "partial") == before


def everything(folder: Path) -> dict[str, bytes]:
    """Every file of a repository but for the index, which git rewrites when it looks at the work tree."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "index"}


class TestTheOldestGit:
    def test_gives_the_same_answers(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        """2.38 merges one at a time."""
        job = sides(sandbox, {"a": LINES, "b": "1"}, {"a": "first\n" + LINES}, {"a": LINES + "last\n"})
        clash = ThreeWay(ours=job.ours, theirs=sandbox.commit("clash", {"a": "x\n" + LINES}))
        alone = ThreeWay(ours=job.ours, theirs=Sha(sandbox.git("commit-tree", "-m", "alone", sandbox.tree())))
        jobs = [job, clash, alone, ThreeWay(ours=job.ours, theirs=job.theirs, base=sandbox.sha("main"))]
        now = merged(sandbox, *jobs)

        monkeypatch.setattr("mergebot.git.merging.BATCH_GIT", (99,))

        assert merged(sandbox, *jobs) == now
        assert [type(answer) for answer in now] == [Clean, Conflicts, Unanswered, Clean]
