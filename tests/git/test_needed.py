"""What is told from trees alone to be needed is enough: with it git answers as it does with everything."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from mergebot.git.needed import needed_blobs
from mergebot.git.oracle import Oracle
from mergebot.git.repository import Repository
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.questions import Collisions, Contains, Link, Overlap, Question, Replay, SamePatch, Squash
from tests.git.fleets import with_blobs, without_blobs, write_fleet
from tests.sandbox import Sandbox

TEXT = "".join(f"line {number}\n" for number in range(40))


class TestGeneratedFleets:
    # In the first of these two heads make a rename together that neither of them makes.
    @pytest.mark.parametrize(("number", "size"), [(13, 3), (2, 3), (3, 4)])
    def test_are_answered_as_with_all_contents_question_by_question(
        self, sandbox: Sandbox, tmp_path: Path, number: int, size: int
    ) -> None:
        """Each question alone: what one brings must not help another."""
        fleet = write_fleet(sandbox, Random(number), size=size)  # noqa: S311 (the same fleet every time)
        bare = without_blobs(sandbox, tmp_path / "bare", [fleet.base[-1], *fleet.heads])
        questions = [*fleet.questions(), *fleet.matrix()]
        with Oracle(Repository.open(sandbox.path)) as oracle:
            wanted = oracle.answer(questions)

        for count, question in enumerate(questions):
            blobs = sorted(needed_blobs(Repository.open(bare.path), [question]))
            copy = with_blobs(sandbox, bare, tmp_path / f"copy{count}", blobs)
            with Oracle(Repository.open(copy.path)) as oracle:
                assert oracle.answer([question])[question] == wanted[question], question


def needed(sandbox: Sandbox, *questions: Question) -> Counter[str]:
    """The first line of each file that is needed."""
    found = needed_blobs(Repository.open(sandbox.path), questions)
    return Counter(sandbox.git("cat-file", "blob", sha).partition("\n")[0] for sha in found)


def start(sandbox: Sandbox, *files: str) -> Sha:
    return sandbox.commit("start", {file: f"{file}\n{TEXT}" for file in files})


def changed(sandbox: Sandbox, branch: str, *files: str, onto: str = "main~0") -> Sha:
    """A new branch on which these files are other than before."""
    sandbox.branch(branch, onto)
    return sandbox.commit(branch, {file: f"{file} by {branch}\n{TEXT}" for file in files})


class TestWhatIsNeeded:
    def test_is_nothing_where_no_file_is_changed_twice(self, sandbox: Sandbox) -> None:
        """Git takes over what one side alone has changed, and does not look inside."""
        start(sandbox, "a", "b")
        head = changed(sandbox, "topic", "a", "new")
        base = sandbox.commit("base", {"b": "other\n"}, branch="main")

        assert not needed(sandbox, Squash(base=base, head=head), Replay(head=head, excluded=(), onto=base))

    def test_is_a_file_that_both_changed_and_what_it_was(self, sandbox: Sandbox) -> None:
        start(sandbox, "a", "b")
        head = changed(sandbox, "topic", "a", "b")
        base = sandbox.commit("base", {"a": "a by base\n", "c": "c\n"}, branch="main")

        assert needed(sandbox, Squash(base=base, head=head)) == {"a": 1, "a by topic": 1, "a by base": 1}

    def test_is_what_may_have_been_renamed_where_the_other_side_changed_it(self, sandbox: Sandbox) -> None:
        start(sandbox, "a", "b")
        sandbox.branch("topic")
        head = sandbox.commit("rename", {"a": None, "z": f"a, renamed\n{TEXT}", "b": "b by topic\n"})
        base = sandbox.commit("base", {"a": f"a by base\n{TEXT}"}, branch="main")

        found = needed(sandbox, Squash(base=base, head=head))

        assert {"a", "a, renamed", "a by base"} <= set(found)

    def test_is_no_rename_of_what_the_other_side_left_alone(self, sandbox: Sandbox) -> None:
        start(sandbox, "a", "b")
        sandbox.branch("topic")
        head = sandbox.commit("rename", {"a": None, "z": f"a, renamed\n{TEXT}"})
        base = sandbox.commit("base", {"b": "b by base\n"}, branch="main")

        assert not needed(sandbox, Squash(base=base, head=head))

    def test_is_what_two_heads_changed_for_their_collision_alone(self, sandbox: Sandbox) -> None:
        base = start(sandbox, "a", "b")
        heads = [changed(sandbox, name, "a") for name in ("one", "two")]
        links = tuple(Link(pr=PrNumber(number), head=head) for number, head in enumerate(heads, 1))

        assert not needed(sandbox, *(Squash(base=base, head=head) for head in heads))
        assert needed(sandbox, Collisions(base=base, links=links)) == {"a": 1, "a by one": 1, "a by two": 1}

    def test_is_what_a_commit_and_one_of_base_have_in_common(self, sandbox: Sandbox) -> None:
        """Git compares their patches, to leave out what base has already."""
        start(sandbox, "a", "b")
        head = changed(sandbox, "topic", "a")
        sandbox.commit("base", {"b": "b by base\n"}, branch="main")
        sandbox.git("cherry-pick", head)
        sandbox.git("revert", "--no-edit", "HEAD")

        found = needed(sandbox, Replay(head=head, excluded=(), onto=sandbox.sha("main")))

        assert found == {"a": 1, "a by topic": 1}

    def test_is_nothing_for_what_trees_tell(self, sandbox: Sandbox) -> None:
        start(sandbox, "a")
        head = changed(sandbox, "topic", "a")
        base = sandbox.commit("base", {"a": "a by base\n"}, branch="main")

        assert not needed(sandbox, Overlap(base=base, head=head), Contains(head=head, commit=base))

    def test_is_nothing_where_a_commit_is_missing(self, sandbox: Sandbox) -> None:
        gone, head = Sha("1" * 40), sandbox.sha()

        assert not needed(
            sandbox,
            Squash(base=gone, head=head),
            Squash(base=head, head=gone),
            Replay(head=gone, excluded=(), onto=head),
            SamePatch(base=head, old=gone, new=head),
        )
