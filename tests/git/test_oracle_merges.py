"""What a head gives on base: merged as it is, or replayed."""

from mergebot.git.oracle import Oracle
from mergebot.model.ids import Sha
from mergebot.model.questions import (
    Clean,
    ConflictedPath,
    Conflicts,
    Nothing,
    Replay,
    Squash,
    Unanswered,
)
from tests.git.oracles import GONE, MISSING, TEXT, edited, only, unrelated
from tests.sandbox import Sandbox


class TestSquash:
    def test_gives_the_tree_of_the_merge(self, sandbox: Sandbox, oracle: Oracle) -> None:
        base = sandbox.commit("start", {"a": TEXT})
        sandbox.branch("work")
        head = sandbox.commit("mine", {"a": edited(3)})
        moved = sandbox.commit("theirs", {"a": edited(9)}, branch="main")
        sandbox.git("merge", "--quiet", "--squash", "work")
        merged = sandbox.git("write-tree")

        assert oracle.answer([Squash(base=moved, head=head), Squash(base=base, head=head)]) == {
            Squash(base=moved, head=head): Clean(tree=Sha(merged)),
            Squash(base=base, head=head): Clean(tree=sandbox.tree("work")),
        }

    def test_is_nothing_where_base_has_it_all(self, sandbox: Sandbox, oracle: Oracle) -> None:
        """Landed under another commit, an ancestor of base, or an empty change: nothing is left to merge."""
        sandbox.branch("work")
        head = sandbox.commit("mine", {"a": "1\n"})
        empty = sandbox.commit("empty", branch="main")
        sandbox.branch("nothing")
        nothing = sandbox.commit("nothing")
        base = sandbox.commit("the same", {"a": "1\n"}, branch="main")

        questions = [Squash(base=base, head=commit) for commit in (head, empty, nothing, base)]

        assert list(oracle.answer(questions).values()) == [Nothing()] * 4

    def test_names_the_files_and_the_commits_of_base_that_brought_the_other_side(
        self, sandbox: Sandbox, oracle: Oracle
    ) -> None:
        """Newest first, only those since the merge base, and only those that changed the paths in conflict."""
        sandbox.commit("start", {"a": TEXT, "b": TEXT})
        sandbox.branch("work")
        head = sandbox.commit("mine", {"a": edited(3)})
        first = sandbox.commit("first", {"a": edited(3, "before")}, branch="main")
        sandbox.commit("elsewhere", {"b": edited(1)})
        second = sandbox.commit("second", {"a": edited(3, "again")})

        answer = only(oracle, Squash(base=second, head=head))

        assert answer == Conflicts(
            paths=(ConflictedPath(path="a", kind="content"),), commit=None, brought_by=(second, first)
        )

    def test_names_who_renamed_the_folder_that_a_file_is_added_to(self, sandbox: Sandbox, oracle: Oracle) -> None:
        """The other side has no such path, but it is the one that moved the folder."""
        sandbox.commit("start", {"old/a": TEXT})
        sandbox.branch("work")
        head = sandbox.commit("mine", {"old/b": "1\n"})
        base = sandbox.commit("renamed", {"old/a": None, "new/a": TEXT}, branch="main")

        answer = only(oracle, Squash(base=base, head=head))

        assert isinstance(answer, Conflicts)
        assert answer.brought_by == (base,)

    def test_is_unknown_where_a_commit_is_missing_or_nothing_is_in_common(
        self, sandbox: Sandbox, oracle: Oracle
    ) -> None:
        base, alone = sandbox.sha(), unrelated(sandbox)

        assert only(oracle, Squash(base=base, head=MISSING)) == GONE
        assert isinstance(only(oracle, Squash(base=MISSING, head=base)), Unanswered)
        assert only(oracle, Squash(base=base, head=alone)) == Unanswered(
            reason=f"commit {alone} has no history in common with base"
        )

    def test_merges_a_criss_cross_history_as_git_does(self, sandbox: Sandbox, oracle: Oracle) -> None:
        """Two merge bases, which git merges first: against either alone the head would not have taken back both."""
        sandbox.commit("start", {"a": TEXT})
        sandbox.branch("work")
        mine = sandbox.commit("mine", {"a": edited(1)})
        theirs = sandbox.commit("theirs", {"a": edited(9)}, branch="main")
        sandbox.git("merge", "--quiet", "--no-edit", mine)
        sandbox.checkout("work")
        sandbox.git("merge", "--quiet", "--no-edit", theirs)
        head = sandbox.commit("take both back", {"a": edited(5)})
        base = sandbox.commit("more", {"b": "1\n"}, branch="main")
        sandbox.commit("expected", {"a": edited(5)})

        assert only(oracle, Squash(base=base, head=head)) == Clean(tree=sandbox.tree())


class TestReplay:
    def test_carries_over_the_own_commits_alone(self, sandbox: Sandbox, oracle: Oracle) -> None:
        """What is excluded is dropped: a dependency's commits, which landed as one squash."""
        sandbox.commit("start", {"a": TEXT})
        sandbox.branch("parent")
        parent = sandbox.commit("parent", {"a": edited(3)})
        sandbox.branch("child", "parent")
        child = sandbox.commit("child", {"b": "1\n"})
        onto = sandbox.commit("elsewhere", {"c": "1\n"}, branch="main")
        sandbox.commit("expected", {"b": "1\n"})

        answer = only(oracle, Replay(head=child, excluded=(parent,), onto=onto))

        assert answer == Clean(tree=sandbox.tree())

    def test_is_clean_too_where_the_head_already_sits_there(self, sandbox: Sandbox, oracle: Oracle) -> None:
        base = sandbox.sha()
        sandbox.branch("work")
        head = sandbox.commit("mine", {"a": "1\n"})

        assert only(oracle, Replay(head=head, excluded=(), onto=base)) == Clean(tree=sandbox.tree())

    def test_is_nothing_where_no_own_commit_is_left_or_none_changes_anything(
        self, sandbox: Sandbox, oracle: Oracle
    ) -> None:
        sandbox.branch("work")
        head = sandbox.commit("mine", {"a": "1\n"})
        onto = sandbox.commit("the same, and more", {"a": "1\n", "b": "1\n"}, branch="main")

        assert only(oracle, Replay(head=head, excluded=(head,), onto=onto)) == Nothing()
        assert only(oracle, Replay(head=head, excluded=(), onto=onto)) == Nothing()

    def test_stops_at_a_commit_and_names_who_brought_the_other_side(self, sandbox: Sandbox, oracle: Oracle) -> None:
        sandbox.commit("start", {"a": TEXT})
        sandbox.branch("work")
        sandbox.commit("fine", {"b": "1\n"})
        stops = sandbox.commit("stops", {"a": edited(3)})
        head = sandbox.commit("more", {"b": "2\n"})
        onto = sandbox.commit("theirs", {"a": edited(3, "before")}, branch="main")

        answer = only(oracle, Replay(head=head, excluded=(), onto=onto))

        assert answer == Conflicts(paths=(ConflictedPath(path="a", kind="content"),), commit=stops, brought_by=(onto,))

    def test_keeps_both_sides_lines_in_union_paths(self, sandbox: Sandbox, oracle: Oracle) -> None:
        sandbox.commit("start", {"log.md": "start\n"})
        sandbox.branch("work")
        head = sandbox.commit("mine", {"log.md": "start\nmine\n"})
        onto = sandbox.commit("theirs", {"log.md": "start\ntheirs\n"}, branch="main")
        sandbox.commit("expected", {"log.md": "start\ntheirs\nmine\n"})

        plain = Replay(head=head, excluded=(), onto=onto)
        union = Replay(head=head, excluded=(), onto=onto, union_paths=("*.md",))

        answers = oracle.answer([plain, union])
        assert isinstance(answers[plain], Conflicts)
        assert answers[union] == Clean(tree=sandbox.tree())

    def test_is_unknown_where_a_commit_is_missing(self, sandbox: Sandbox, oracle: Oracle) -> None:
        head = sandbox.sha()

        assert isinstance(only(oracle, Replay(head=MISSING, excluded=(), onto=head)), Unanswered)
        assert isinstance(only(oracle, Replay(head=head, excluded=(), onto=MISSING)), Unanswered)
