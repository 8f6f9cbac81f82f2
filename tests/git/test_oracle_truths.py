"""Yes-or-no questions about commits: containment, the same patch, overlapping files."""

from pathlib import Path

import pytest

from mergebot.git.oracle import Oracle
from mergebot.git.repository import Repository
from mergebot.model.ids import Sha
from mergebot.model.questions import (
    Answer,
    Contains,
    Overlap,
    SamePatch,
    Unanswered,
)
from tests.git.oracles import GONE, MISSING, NO, TEXT, YES, edited, only, unrelated
from tests.sandbox import Sandbox


class TestContains:
    def test_is_reachability_itself_included(self, sandbox: Sandbox, oracle: Oracle) -> None:
        start = sandbox.sha()
        sandbox.branch("work")
        work = sandbox.commit("mine", {"a": "1\n"})
        main = sandbox.commit("theirs", {"b": "1\n"}, branch="main")
        sandbox.git("merge", "--quiet", "--no-edit", work)
        merge, alone = sandbox.sha(), unrelated(sandbox)
        expected = {
            (merge, work): YES, (merge, main): YES, (merge, start): YES, (merge, merge): YES, (work, start): YES,
            (work, main): NO, (start, work): NO, (main, work): NO, (merge, alone): NO, (alone, start): NO,
        }  # fmt: skip

        answers = oracle.answer([Contains(head=head, commit=commit) for head, commit in expected])

        assert answers == {Contains(head=head, commit=commit): told for (head, commit), told in expected.items()}

    def test_is_no_for_a_commit_that_is_not_there_and_unknown_for_such_a_head(
        self, sandbox: Sandbox, oracle: Oracle
    ) -> None:
        """A history that is there in whole does not hold what is missing."""
        head = sandbox.sha()

        assert only(oracle, Contains(head=head, commit=MISSING)) == NO
        assert only(oracle, Contains(head=MISSING, commit=head)) == GONE

    def test_is_never_no_in_a_shallow_clone(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """There history is cut off, so that a commit may well be below."""
        start = sandbox.sha()
        head = sandbox.commit("more", {"a": "1\n"})
        sandbox.git("clone", "--quiet", "--depth=1", f"file://{sandbox.path}", str(tmp_path / "shallow"))

        with Oracle(Repository.open(tmp_path / "shallow")) as oracle:
            assert isinstance(only(oracle, Contains(head=head, commit=start)), Unanswered)
            assert only(oracle, Contains(head=head, commit=head)) == YES


class TestSamePatch:
    @pytest.fixture
    def heads(self, sandbox: Sandbox) -> tuple[Sha, Sha]:
        """The head `work`, and base, which has moved since."""
        sandbox.commit("start", {"a": TEXT, "bin": b"\0one\0", "run": "1\n"})
        sandbox.branch("work")
        old = sandbox.commit("mine", {"a": edited(3), "bin": b"\0two\0"})
        return old, sandbox.commit("theirs", {"a": edited(9), "c": "1\n"}, branch="main")

    def ask(self, sandbox: Sandbox, base: Sha, old: Sha) -> Answer:
        """Whether the branch `work` has the patch of `old`."""
        with Oracle(Repository.open(sandbox.path)) as oracle:
            return only(oracle, SamePatch(base=base, old=old, new=sandbox.sha("work")))

    def test_holds_where_a_rebase_has_kept_both_sides_of_a_union_path_and_only_by_that_rule(
        self, sandbox: Sandbox
    ) -> None:
        """What mergebot made by `union_paths` is the patch that was approved; anything else in it is not."""
        sandbox.commit("start", {"LOG": "start\n"})
        sandbox.branch("work")
        old = sandbox.commit("mine", {"LOG": "start\nmine\n"})
        base = sandbox.commit("theirs", {"LOG": "start\ntheirs\n"}, branch="main")
        kept = sandbox.commit("both", {"LOG": "start\ntheirs\nmine\n"})
        more = sandbox.commit("and more", {"LOG": "start\ntheirs\nmine\nmore\n"})

        with Oracle(Repository.open(sandbox.path)) as oracle:

            def told(new: Sha, *globs: str) -> Answer:
                return only(oracle, SamePatch(base=base, old=old, new=new, union_paths=globs))

            assert (told(kept, "LOG"), told(kept), told(more, "LOG")) == (YES, NO, NO)

    def test_holds_after_a_rebase_and_after_merging_base_in(self, sandbox: Sandbox, heads: tuple[Sha, Sha]) -> None:
        """How base came in makes no difference."""
        old, base = heads
        sandbox.checkout("work")
        sandbox.git("merge", "--quiet", "--no-edit", "main")
        assert self.ask(sandbox, base, old) == YES

        sandbox.git("reset", "--quiet", "--hard", old)
        sandbox.git("rebase", "--quiet", "main")
        assert self.ask(sandbox, base, old) == YES
        assert self.ask(sandbox, sandbox.commit("more", {"d": "1\n"}, branch="main"), old) == YES

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a", edited(3, text=edited(9)).replace("changed 3", "changed  3")),
            ("a", edited(3, text=edited(9)).rstrip("\n")),
            ("a", edited(3, text=edited(9)).replace("\n", "\r\n")),
            ("bin", b"\0TWO\0"),
            ("extra", ""),
            ("c", None),
        ],
        ids=["white space", "last line feed", "line ends", "binary", "a new file", "a file of base"],
    )
    def test_does_not_hold_once_anything_differs(
        self, sandbox: Sandbox, heads: tuple[Sha, Sha], name: str, content: str | bytes | None
    ) -> None:
        """An approval is for exactly this change; a patch-id would miss half of these."""
        old, base = heads
        sandbox.checkout("work")
        sandbox.git("rebase", "--quiet", "main")
        sandbox.commit("sneaked in", {name: content})

        assert self.ask(sandbox, base, old) == NO

    def test_does_not_hold_once_a_mode_differs(self, sandbox: Sandbox, heads: tuple[Sha, Sha]) -> None:
        old, base = heads
        sandbox.checkout("work")
        (sandbox.path / "run").chmod(0o755)
        sandbox.commit("executable", {"run": "1\n"})

        assert self.ask(sandbox, base, old) == NO

    def test_does_not_hold_where_the_old_change_conflicts_with_new_s_base(
        self, sandbox: Sandbox, heads: tuple[Sha, Sha]
    ) -> None:
        """Whoever solved the conflict wrote something that nobody has approved."""
        old, _ = heads
        base = sandbox.commit("in the way", {"a": edited(3, "before", text=edited(9))}, branch="main")
        sandbox.git("branch", "--force", "work", "main")
        sandbox.commit("solved", {"a": edited(3, text=edited(9)), "bin": b"\0two\0"}, branch="work")

        assert self.ask(sandbox, base, old) == NO

    def test_is_not_taken_for_granted_in_a_criss_cross_history(self, sandbox: Sandbox, heads: tuple[Sha, Sha]) -> None:
        """With two merge bases there is no one change that could be the same: a person looks again."""
        mine, theirs = heads
        sandbox.git("merge", "--quiet", "--no-edit", mine)
        base = sandbox.sha("main")
        sandbox.checkout("work")
        sandbox.git("merge", "--quiet", "--no-edit", theirs)
        old = sandbox.commit("more", {"d": "1\n"})
        sandbox.commit("nothing more")

        assert self.ask(sandbox, base, old) == NO

    def test_holds_for_the_head_itself_and_is_unknown_where_one_is_missing(
        self, sandbox: Sandbox, oracle: Oracle
    ) -> None:
        base = sandbox.sha()

        assert only(oracle, SamePatch(base=base, old=MISSING, new=MISSING)) == YES
        assert only(oracle, SamePatch(base=base, old=MISSING, new=base)) == GONE
        assert only(oracle, SamePatch(base=base, old=base, new=MISSING)) == GONE
        assert only(oracle, SamePatch(base=base, old=unrelated(sandbox), new=base)) == NO


class TestOverlap:
    def test_is_a_file_that_both_sides_changed_since_they_parted(self, sandbox: Sandbox, oracle: Oracle) -> None:
        """Lines far apart still count: their tests have not run together."""
        sandbox.commit("start", {"a": TEXT, "b": TEXT})
        sandbox.branch("one")
        one = sandbox.commit("one", {"a": edited(1)})
        sandbox.branch("two", "main")
        two = sandbox.commit("two", {"b": edited(1)})
        base = sandbox.commit("theirs", {"a": edited(9)}, branch="main")
        sandbox.branch("three")
        three = sandbox.commit("three", {"a": edited(1)})

        answers = oracle.answer([Overlap(base=base, head=head) for head in (one, two, three)])

        assert list(answers.values()) == [YES, NO, NO]

    def test_is_unknown_where_it_cannot_be_told(self, sandbox: Sandbox, oracle: Oracle) -> None:
        base, alone = sandbox.sha(), unrelated(sandbox)

        assert only(oracle, Overlap(base=base, head=MISSING)) == GONE
        assert isinstance(only(oracle, Overlap(base=MISSING, head=base)), Unanswered)
        assert isinstance(only(oracle, Overlap(base=base, head=alone)), Unanswered)
