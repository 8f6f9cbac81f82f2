"""The journal's store: it only grows, within its bound, and whatever stands in the ref does no harm."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergebot.git import journal
from mergebot.git.journal import CURRENT, NAMES, append, as_lines, blobs, holds, newest, read
from mergebot.git.landed import landed_since
from mergebot.git.repository import Identity, Repository
from mergebot.model.ids import Sha
from mergebot.model.journal import Journal
from tests.sandbox import EPOCH, Sandbox

WHO = Identity(when=EPOCH)


@pytest.fixture
def repository(sandbox: Sandbox) -> Repository:
    return Repository.open(sandbox.path)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three segments of 40 bytes."""
    monkeypatch.setattr(journal, "SEGMENT", 40)
    monkeypatch.setattr(journal, "NAMES", NAMES[:3])


def written(repository: Repository, *appends: Sequence[bytes], tip: Sha | None = None) -> Sha:
    """The tip after these appends."""
    for lines in appends:
        tip = append(repository, tip, lines, WHO)
    assert tip is not None
    return tip


def files(sandbox: Sandbox, tip: str) -> dict[str, str]:
    names = sandbox.git("ls-tree", "--name-only", tip).splitlines()
    return {name: sandbox.git("cat-file", "blob", f"{tip}:{name}") for name in names}


class TestGrowing:
    def test_lines_come_back_in_the_order_in_which_they_were_appended(self, repository: Repository) -> None:
        tip = written(repository, [b"one"], [b"two", b"three"])
        assert as_lines(repository, tip) == Journal(tip=tip, lines=(b"one", b"two", b"three"))

    def test_each_commit_has_the_one_before_as_its_parent(self, repository: Repository, sandbox: Sandbox) -> None:
        """So that git itself shows that nothing was taken away."""
        tip = written(repository, [b"one"], [b"two"], [b"three"])
        history = sandbox.git("rev-list", "--reverse", tip).splitlines()
        texts = [sandbox.git("cat-file", "blob", f"{commit}:{CURRENT}") for commit in history]
        assert texts == ["one", "one\ntwo", "one\ntwo\nthree"]

    def test_the_same_append_gives_the_same_commit(self, repository: Repository) -> None:
        """A push that is tried again is the same push."""
        tip = written(repository, [b"one"])
        assert append(repository, tip, [b"two"], WHO) == append(repository, tip, [b"two"], WHO)

    def test_no_ref_is_moved_and_no_work_tree_touched(self, repository: Repository, sandbox: Sandbox) -> None:
        before = (sandbox.refs(), sandbox.git("status", "--porcelain"))
        written(repository, [b"one"])
        assert (sandbox.refs(), sandbox.git("status", "--porcelain")) == before


@pytest.mark.usefixtures("small")
class TestSegments:
    def test_a_full_segment_stays_as_it_is_and_a_new_one_names_the_commit_that_it_continues(
        self, repository: Repository, sandbox: Sandbox
    ) -> None:
        """The old segment's very file stands in the new tree, so that nothing was changed on the way."""
        full = written(repository, [b"a" * 30])
        tip = append(repository, full, [b"b" * 30], WHO)
        assert sandbox.git("rev-list", "--count", tip) == "1"
        assert sandbox.git("log", "-1", "--format=%B", tip).endswith(f"It continues {full}.")
        assert blobs(repository, tip)[journal.NAMES[1]] == blobs(repository, full)[CURRENT]
        assert as_lines(repository, tip).lines == (b"a" * 30, b"b" * 30)

    def test_the_oldest_segment_falls_off(self, repository: Repository, sandbox: Sandbox) -> None:
        tip = written(repository, *([letter * 30] for letter in (b"a", b"b", b"c", b"d")))
        assert files(sandbox, tip) == {CURRENT: "d" * 30, "journal.1.jsonl": "c" * 30, "journal.2.jsonl": "b" * 30}

    def test_more_lines_than_a_segment_holds_fill_several(self, repository: Repository, sandbox: Sandbox) -> None:
        tip = written(repository, [b"old"], [letter * 30 for letter in (b"a", b"b", b"c", b"d")])
        assert [*files(sandbox, tip).values()] == ["c" * 30, "b" * 30, "d" * 30]

    @settings(max_examples=30)
    @given(appends=st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=4), min_size=1, max_size=8))
    def test_whatever_is_appended_the_newest_lines_come_back_within_the_bound(
        self, tmp_path_factory: pytest.TempPathFactory, appends: list[list[int]]
    ) -> None:
        """What is kept is the end of all that was ever appended, in its order; no segment is larger than it may be."""
        repository = Repository.open(Sandbox.create(tmp_path_factory.mktemp("store") / "repo").path)
        every: list[bytes] = []
        tip: Sha | None = None
        for number, sizes in enumerate(appends):
            lines = [b"%d.%d" % (number, place) + b"x" * size for place, size in enumerate(sizes)]
            every += lines
            tip = append(repository, tip, lines, WHO)
            kept = as_lines(repository, tip)
            assert kept.faults == ()
            assert kept.lines == tuple(every[-len(kept.lines) :])
            assert set(lines[-1:]) <= set(kept.lines)
            segments = read(repository, tip)
            assert len(segments) <= 3
            assert all(0 < len(segment.content) <= 40 for segment in segments)
            assert len(segments) == 3 or kept.lines == tuple(every), "nothing falls off before there is no room"


class TestStrangers:
    """Whoever may push can write to the ref: nothing of it is trusted, nothing of it stands in the way."""

    def test_lines_that_are_none_of_ours_are_kept(self, repository: Repository, sandbox: Sandbox) -> None:
        sandbox.commit("theirs", {CURRENT: b"\xff\x00 not JSON, and cut sho", "README.md": "hello\n"})
        theirs = sandbox.sha()
        tip = append(repository, theirs, [b"ours"], WHO)
        assert as_lines(repository, tip).lines == (b"\xff\x00 not JSON, and cut sho", b"ours")
        assert sandbox.git("log", "-1", "--format=%P", tip) == theirs
        assert [*files(sandbox, tip)] == [CURRENT]

    def test_a_file_that_is_far_too_large_is_left_behind(self, repository: Repository, sandbox: Sandbox) -> None:
        """The bound holds, whatever somebody has put there; where it was is said."""
        sandbox.commit("theirs", {CURRENT: b"x" * (journal.SEGMENT + 1), "journal.1.jsonl": "older\n"})
        theirs = sandbox.sha()
        [older, large] = read(repository, theirs)
        assert (older.content, large.content, large.name) == (b"older\n", b"", CURRENT)
        assert "131,073 bytes" in large.fault
        tip = append(repository, theirs, [b"ours"], WHO)
        assert as_lines(repository, tip) == Journal(tip=tip, lines=(b"older", b"ours"))
        assert theirs in sandbox.git("log", "-1", "--format=%B", tip)
        assert sandbox.git("log", "-1", "--format=%P", tip) == ""

    @pytest.mark.parametrize("kind", ["blob", "tree", "tag of a blob", "nowhere", "a link", "a folder"])
    def test_what_is_no_journal_is_begun_anew(self, repository: Repository, sandbox: Sandbox, kind: str) -> None:
        tip = Sha(_odd(sandbox, kind))
        assert newest(repository, tip) == b""
        assert as_lines(repository, tip) == Journal(tip=tip, faults=(f"{tip} is no journal",))
        new = append(repository, tip, [b"ours"], WHO)
        assert as_lines(repository, new).lines == (b"ours",)
        assert tip in sandbox.git("log", "-1", "--format=%B", new)

    def test_an_annotated_tag_of_a_journal_is_continued(self, repository: Repository, sandbox: Sandbox) -> None:
        sandbox.git("tag", "--annotate", "--message=x", "odd", written(repository, [b"one"]))
        tag = Sha(sandbox.git("rev-parse", "odd"))
        new = append(repository, tag, [b"two"], WHO)
        assert as_lines(repository, new).lines == (b"one", b"two")
        assert sandbox.git("log", "-1", "--format=%P", new) == ""


def _odd(sandbox: Sandbox, kind: str) -> str:
    blob = sandbox.git("hash-object", "-w", "--stdin", stdin=b"text\n")
    match kind:
        case "blob":
            return blob
        case "tree":
            return sandbox.git("mktree", stdin=b"")
        case "tag of a blob":
            sandbox.git("tag", "--annotate", "--message=x", "odd", blob)
            return sandbox.git("rev-parse", "odd")
        case "nowhere":
            return "12" * 20
        case "a link":
            tree = sandbox.git("mktree", stdin=f"120000 blob {blob}\t{CURRENT}\n".encode())
        case _:
            inner = sandbox.git("mktree", stdin=b"")
            tree = sandbox.git("mktree", stdin=f"040000 tree {inner}\t{CURRENT}\n".encode())
    return sandbox.git("commit-tree", "-m", "odd", tree)


def test_lines_that_arrived_are_known_again_below_those_of_others(repository: Repository) -> None:
    """A push that got no answer may have been done, and others may have appended since."""
    tip = written(repository, [b"one"], [b"two", b"three"], [b"four"])
    assert holds(repository, tip, [b"two", b"three"])
    assert not holds(repository, tip, [b"two", b"four"])


class TestLanded:
    def test_commits_are_told_by_the_number_at_the_end_of_their_subject(
        self, repository: Repository, sandbox: Sandbox
    ) -> None:
        base = sandbox.sha()
        for subject in ("A (#1)", "odd\rsubject (#2)", "see (#3) there", "B (#1)", ""):
            sandbox.git("commit", "--quiet", "--allow-empty", "--allow-empty-message", "--message", subject)
        tip = sandbox.sha()
        found = landed_since(repository, tip, base)
        assert found is not None
        subjects = {number: sandbox.git("log", "-1", "--format=%s", sha) for number, sha in found.items()}
        assert subjects == {1: "A (#1)", 2: "odd\rsubject (#2)"}

    @pytest.mark.parametrize("base", ["", "--all", "main", "0" * 40, "HEAD", "x" * 40])
    def test_what_is_no_commit_that_is_here_has_no_answer(self, repository: Repository, base: str) -> None:
        """It comes from the journal, in which anybody may have written."""
        tip = repository.resolve("main")
        assert tip is not None
        assert landed_since(repository, tip, Sha(base)) is None


def test_the_bound_is_four_mebibytes() -> None:
    assert (len(NAMES), len(set(NAMES)), journal.SEGMENT * len(NAMES)) == (32, 32, 4 * 1024 * 1024)


def test_a_repository_of_sha256_has_a_journal_too(tmp_path: Path) -> None:
    box = Sandbox(tmp_path)
    box.git("init", "--quiet", "--object-format=sha256")
    repository = Repository.open(tmp_path)
    tip = written(repository, [b"one"], [b"two"])
    assert (len(tip), as_lines(repository, tip).lines) == (64, (b"one", b"two"))
