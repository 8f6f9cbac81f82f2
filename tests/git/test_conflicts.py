"""Which PRs conflict with each other, and what happens when they land in order, on real histories."""

from collections.abc import Callable, Iterator, Mapping

import pytest

from mergebot.git.conflicts import Predictor
from mergebot.git.repository import Repository
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.questions import (
    Clean,
    Collided,
    Collision,
    Collisions,
    ConflictedPath,
    Conflicts,
    Forecast,
    Landing,
    Link,
    Nothing,
    Unanswered,
)
from tests.sandbox import Sandbox

Changes = Mapping[str, str | bytes | None]
MISSING = Sha("1" * 40)
TEXT = "".join(f"line {number}\n" for number in range(12))


def edited(line: int, text: str = TEXT) -> str:
    return text.replace(f"line {line}\n", f"changed {line}\n")


@pytest.fixture
def predictor(sandbox: Sandbox) -> Iterator[Predictor]:
    with Predictor(Repository.open(sandbox.path)) as predictor:
        yield predictor


@pytest.fixture
def work(sandbox: Sandbox) -> Callable[..., Link]:
    """Opens a PR with one commit; numbers go up from 1."""
    opened: list[Link] = []

    def open_pr(changes: Changes, start: str = "main") -> Link:
        number = PrNumber(len(opened) + 1)
        sandbox.branch(f"pr{number}", start)
        opened.append(Link(pr=number, head=sandbox.commit(f"work {number}", changes)))
        sandbox.checkout("main")
        return opened[-1]

    return open_pr


def collision(a: int, b: int, path: str, kind: str) -> Collision:
    return Collision(a=PrNumber(a), b=PrNumber(b), paths=(ConflictedPath(path=path, kind=kind),))


class TestCollisions:
    def test_name_each_pair_once_with_its_paths(
        self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]
    ) -> None:
        """Two PRs on one line collide; on lines far apart, or in other files, they do not."""
        base = sandbox.commit("start", {"a": TEXT, "b": TEXT})
        first = work({"a": edited(3)})
        second = work({"a": edited(3).replace("changed", "otherwise"), "b": edited(1)})
        far = work({"a": edited(9)})
        apart = work({"c": "new\n"})

        answer = predictor.collisions(Collisions(base=base, links=(second, apart, far, first)))

        assert answer == Collided(pairs=(collision(1, 2, "a", "content"),))

    def test_see_a_file_where_the_other_has_a_folder(
        self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]
    ) -> None:
        links = (work({"thing": "a file\n"}), work({"thing/part": "in a folder\n"}))

        answer = predictor.collisions(Collisions(base=sandbox.sha(), links=links))

        assert answer == Collided(pairs=(collision(1, 2, "thing", "file/directory"),))

    def test_see_a_file_that_is_added_to_a_folder_the_other_has_renamed(
        self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]
    ) -> None:
        """No path is common to both, yet git carries the new file over, and asks first."""
        base = sandbox.commit("start", {"old/a": TEXT, "old/b": edited(1)})
        renamed = work({"old/a": None, "old/b": None, "new/a": TEXT, "new/b": edited(1)})
        added = work({"old/c": "new\n"})
        partly = work({"old/a": None, "new/a": TEXT})

        answer = predictor.collisions(Collisions(base=base, links=(renamed, added, partly)))

        assert isinstance(answer, Collided)
        assert [(pair.a, pair.b) for pair in answer.pairs] == [(renamed.pr, added.pr)]

    def test_see_a_file_that_one_deletes_and_the_other_renames(
        self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]
    ) -> None:
        """Both have a deletion of the old path, one and the same entry in their changes, and yet they conflict."""
        base = sandbox.commit("start", {"old": TEXT, "other": TEXT})
        links = (work({"old": None}), work({"old": None, "new": TEXT}), work({"old": None}))

        answer = predictor.collisions(Collisions(base=base, links=links))

        assert isinstance(answer, Collided)
        assert [(pair.a, pair.b) for pair in answer.pairs] == [(1, 2), (2, 3)]

    def test_leave_out_what_does_not_merge_into_base_or_is_not_there(
        self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]
    ) -> None:
        """Such a PR is in no pair: its own conflict is what stops it."""
        sandbox.commit("start", {"a": TEXT})
        one, two = work({"a": edited(3)}), work({"a": edited(3).replace("changed", "otherwise")})
        missing = Link(pr=PrNumber(9), head=MISSING)
        base = sandbox.commit("came first", {"a": edited(3).replace("changed", "before")}, branch="main")

        assert predictor.collisions(Collisions(base=base, links=(one, two, missing))) == Collided(pairs=())

    def test_leave_out_a_pair_of_which_one_contains_the_other(
        self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]
    ) -> None:
        """Stacked PRs, or two with one head, are no rivals."""
        base = sandbox.commit("start", {"a": TEXT})
        parent = work({"a": edited(3)})
        child = work({"a": edited(3).replace("changed", "again")}, "pr1")
        twin = Link(pr=PrNumber(3), head=parent.head)
        rival = work({"a": edited(3).replace("changed", "otherwise")})
        rival = Link(pr=PrNumber(4), head=rival.head)

        answer = predictor.collisions(Collisions(base=base, links=(parent, child, twin, rival)))

        assert isinstance(answer, Collided)
        assert [(pair.a, pair.b) for pair in answer.pairs] == [(1, 4), (2, 4), (3, 4)]

    def test_take_a_stacked_pr_without_what_it_is_stacked_on(
        self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]
    ) -> None:
        """With its parent's head excluded only its own commits count."""
        base = sandbox.commit("start", {"a": TEXT})
        parent = work({"a": edited(3)})
        child = work({"b": "1\n"}, "pr1")
        rival = work({"a": edited(3).replace("changed", "otherwise")})
        alone = Link(pr=child.pr, head=child.head, excluded=(parent.head,))

        answer = predictor.collisions(Collisions(base=base, links=(alone, rival)))

        assert answer == Collided(pairs=())

    def test_are_unknown_where_base_is_missing(self, predictor: Predictor) -> None:
        answer = predictor.collisions(Collisions(base=MISSING, links=()))

        assert answer == Unanswered(reason=f"base {MISSING} is not in the repository")


class TestPairsAreMergedOnce:
    def test_when_they_are_asked_about_again(
        self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]
    ) -> None:
        """Neither the same question nor one with more PRs has a known pair merged again."""
        base = sandbox.commit("start", {"a": TEXT})
        links = [work({"a": edited(line)}) for line in (1, 4, 9)]
        predictor.collisions(Collisions(base=base, links=tuple(links)))
        assert predictor.pairs_merged == 3

        links.append(work({"a": edited(6)}))
        predictor.collisions(Collisions(base=base, links=tuple(links)))

        assert predictor.pairs_merged == 6

    def test_as_whole_trees_too(self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]) -> None:
        """A file that both add is no contest of contents alone; its answer is kept all the same."""
        links = (work({"a": "mine\n"}), work({"a": "yours\n"}))
        first = predictor.collisions(Collisions(base=sandbox.sha("main"), links=links))
        moved = sandbox.commit("elsewhere", {"b": "1\n"}, branch="main")

        assert predictor.collisions(Collisions(base=moved, links=links)) == first
        assert first == Collided(pairs=(collision(1, 2, "a", "add/add"),))
        assert predictor.pairs_merged == 1

    def test_when_base_moved_elsewhere(self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]) -> None:
        """What landed in other files changes neither change nor their conflict; what landed in theirs does."""
        base = sandbox.commit("start", {"a": TEXT, "b": TEXT})
        links = (work({"a": edited(1)}), work({"a": edited(1).replace("changed", "otherwise")}))
        first = predictor.collisions(Collisions(base=base, links=links))

        moved = sandbox.commit("elsewhere", {"b": edited(1)}, branch="main")
        assert predictor.collisions(Collisions(base=moved, links=links)) == first
        assert predictor.pairs_merged == 1

        moved = sandbox.commit("here", {"a": edited(9)}, branch="main")
        assert predictor.collisions(Collisions(base=moved, links=links)) == first
        assert predictor.pairs_merged == 2

    def test_but_again_where_a_rename_may_be_seen_and_base_moved(
        self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]
    ) -> None:
        """A file that stays in the folder keeps git from taking the folder for renamed, though no PR touches it."""
        base = sandbox.commit("start", {"old/a": TEXT, "old/b": edited(1)})
        renamed = work({"old/a": None, "old/b": None, "new/a": TEXT, "new/b": edited(1)})
        added = work({"old/c": "new\n", "new/a": "other\n"})
        stays = sandbox.commit("stays", {"old/stays": "1\n"}, branch="main")
        again = work({"old/a": None, "old/b": None, "new/a": TEXT, "new/b": edited(1)})
        renamed_later = Link(pr=renamed.pr, head=again.head)

        before = predictor.collisions(Collisions(base=base, links=(renamed, added)))
        after = predictor.collisions(Collisions(base=stays, links=(renamed_later, added)))

        assert isinstance(before, Collided)
        assert isinstance(after, Collided)
        assert [path.path for path in before.pairs[0].paths] == ["new/a", "new/c"]
        assert [path.path for path in after.pairs[0].paths] == ["new/a"]


class TestTheForecast:
    def test_tries_each_on_base_and_all_before_it_that_were_clean(
        self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]
    ) -> None:
        """A conflict names the PRs that landed before and changed the path, the last one first; it does not land."""
        base = sandbox.commit("start", {"a": TEXT, "b": TEXT})
        one, other = work({"a": edited(3), "c": "1\n"}), work({"b": edited(3)})
        loser = work({"a": edited(3).replace("changed", "otherwise"), "b": edited(9)})
        again = work({"a": edited(3), "c": "1\n"})
        last = work({"b": edited(9)})

        landing = predictor.forecast(Forecast(base=base, links=(one, other, loser, again, last)))

        conflict = Conflicts(paths=(ConflictedPath(path="a", kind="content"),), brought_by=(one.head,))
        sandbox.commit("all", {"a": edited(3), "b": edited(9, edited(3)), "c": "1\n"})
        assert landing.links[1:] == (landing.links[1], conflict, Nothing(), Clean(tree=sandbox.tree()))

    def test_names_the_commits_of_base_where_no_earlier_pr_is_to_blame(
        self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]
    ) -> None:
        sandbox.commit("start", {"a": TEXT})
        late, other = work({"a": edited(3)}), work({"b": "1\n"})
        base = sandbox.commit("came first", {"a": edited(3).replace("changed", "before")}, branch="main")

        landing = predictor.forecast(Forecast(base=base, links=(other, late)))

        conflict = Conflicts(paths=(ConflictedPath(path="a", kind="content"),), brought_by=(base,))
        assert landing.links[1] == conflict

    def test_replays_a_stacked_pr_on_its_parent_once_that_has_landed(
        self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]
    ) -> None:
        """The parent's commits are dropped, for the squash has their change."""
        base = sandbox.commit("start", {"a": TEXT})
        parent = work({"a": edited(3)})
        child = work({"a": edited(4, edited(3))}, "pr1")
        child = Link(pr=child.pr, head=child.head, excluded=(parent.head,))

        landing = predictor.forecast(Forecast(base=base, links=(parent, child)))

        sandbox.commit("both", {"a": edited(4, edited(3))})
        assert landing.links == (Clean(tree=sandbox.tree("pr1")), Clean(tree=sandbox.tree()))

    def test_goes_on_past_a_head_that_is_missing(
        self, sandbox: Sandbox, predictor: Predictor, work: Callable[..., Link]
    ) -> None:
        link = work({"a": "1\n"})
        missing = Link(pr=PrNumber(9), head=MISSING)

        landing = predictor.forecast(Forecast(base=sandbox.sha("main"), links=(missing, link)))

        unknown = Unanswered(reason=f"commit {MISSING} is not in the repository")
        assert landing == Landing(links=(unknown, Clean(tree=sandbox.tree("pr1"))))

    def test_is_unknown_where_base_is_missing(self, predictor: Predictor) -> None:
        link = Link(pr=PrNumber(1), head=MISSING)

        unknown = Unanswered(reason=f"base {MISSING} is not in the repository")
        assert predictor.forecast(Forecast(base=MISSING, links=(link,))) == Landing(links=(unknown,))
