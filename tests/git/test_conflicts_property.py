"""On generated histories the prediction is what git says when it is asked about everything, one thing at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from mergebot.git.conflicts import Predictor
from mergebot.git.repository import Repository
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.questions import (
    Clean,
    Collided,
    Collisions,
    Conflicts,
    Forecast,
    Landing,
    Link,
    Nothing,
    Unanswered,
)
from tests.git.histories import Edit, Step, Story, edits
from tests.sandbox import Sandbox


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """One repository for all examples: they only add objects."""
    return Sandbox.create(tmp_path_factory.mktemp("generated") / "repo")


def step(*changes: Edit) -> Step:
    return Step(edits=changes, message="subject\n", author="Ada <ada@example.org>", minute=0)


@dataclass(frozen=True)
class Fleet:
    """What comes to base while PRs are open, and what each of those does, from before or after it."""

    base: Step
    works: Sequence[Sequence[Step]]
    late: Sequence[bool]

    def write(self, sandbox: Sandbox) -> tuple[Sha, Sha, list[Sha]]:
        """The old base, the new one, and the heads."""
        story = Story()
        old = story.add(step(), [])
        new = story.add(self.base, [old])
        heads = [story.branch(new if late else old, work) for work, late in zip(self.works, self.late, strict=True)]
        shas = story.write(sandbox)
        return shas[old.mark], shas[new.mark], [shas[head.mark] for head in heads]


WORKS = st.lists(st.builds(step, edits, edits) | st.builds(step, edits), min_size=1, max_size=2)
FLEETS = st.integers(3, 5).flatmap(
    lambda size: st.builds(
        Fleet,
        st.builds(step, edits),
        st.lists(WORKS, min_size=size, max_size=size),
        st.lists(st.booleans(), min_size=size, max_size=size),
    )
)


def links(heads: Sequence[Sha]) -> tuple[Link, ...]:
    return tuple(Link(pr=PrNumber(number), head=head) for number, head in enumerate(heads, 1))


def merge_tree(sandbox: Sandbox, ours: str, theirs: str) -> str | None:
    """The tree of one merge by one process; None where it conflicts."""
    try:
        return sandbox.git("merge-tree", "--write-tree", ours, theirs).splitlines()[0]
    except AssertionError as refused:
        if not str(refused).startswith(f"git merge-tree --write-tree {ours} {theirs}: exit 1"):
            raise
        return None


def full_matrix(sandbox: Sandbox, base: Sha, heads: Sequence[Sha]) -> set[tuple[int, int]]:
    """All pairs that conflict, every one merged by a process of its own, on commits 'base and its change'.

    Equal work makes equal commits, so a head may contain another one; such a pair is left out.
    """
    own = [set(sandbox.git("rev-list", head, f"^{base}").split()) for head in heads]
    squashed = {}
    for number, head in enumerate(heads, 1):
        tree = merge_tree(sandbox, base, head)
        if tree is not None:
            squashed[number] = sandbox.git("commit-tree", "-p", base, "-m", f"squash {number}", tree)
    return {
        (a, b)
        for a, b in combinations(squashed, 2)
        if heads[a - 1] not in own[b - 1] and heads[b - 1] not in own[a - 1]
        if merge_tree(sandbox, squashed[a], squashed[b]) is None
    }


def collided(answer: Collided | Unanswered) -> set[tuple[int, int]]:
    assert isinstance(answer, Collided)
    assert all(pair.paths for pair in answer.pairs)
    return {(pair.a, pair.b) for pair in answer.pairs}


class TestCollisions:
    @given(fleet=FLEETS)
    @settings(max_examples=60)
    def test_are_those_of_the_full_matrix(self, shared: Sandbox, fleet: Fleet) -> None:
        """The filter leaves out nothing that conflicts, and nothing else is made of it."""
        _, base, heads = fleet.write(shared)

        with Predictor(Repository.open(shared.path)) as predictor:
            found = collided(predictor.collisions(Collisions(base=base, links=links(heads))))

        expected = full_matrix(shared, base, heads)
        event(f"{len(expected)} of {len(heads) * (len(heads) - 1) // 2} pairs conflict")
        assert found == expected

    @given(fleet=FLEETS)
    @settings(max_examples=40)
    def test_are_the_same_after_base_moved_whether_they_were_known_before_or_not(
        self, shared: Sandbox, fleet: Fleet
    ) -> None:
        """What is reused from before base moved is what asking again would give."""
        old, new, heads = fleet.write(shared)
        repo = Repository.open(shared.path)
        early = [head for head, late in zip(heads, fleet.late, strict=True) if not late]

        with Predictor(repo) as predictor:
            predictor.collisions(Collisions(base=old, links=links(early)))
            again = predictor.collisions(Collisions(base=new, links=links(early)))
        with Predictor(repo) as predictor:
            afresh = predictor.collisions(Collisions(base=new, links=links(early)))

        assert again == afresh


def really_landed(sandbox: Sandbox, base: Sha, heads: Sequence[Sha]) -> list[str]:
    """What `git merge --squash` of one head after the other gives: a tree, nothing, or conflicts."""
    sandbox.git("checkout", "--quiet", "--force", "--detach", base)
    found = []
    for head in heads:
        before = sandbox.tree()
        try:
            sandbox.git("merge", "--quiet", "--squash", head)
        except AssertionError:
            sandbox.git("reset", "--quiet", "--hard")
            sandbox.git("clean", "-ffdxq")
            found.append("conflicts")
            continue
        sandbox.git("commit", "--quiet", "--allow-empty", "--message", "landed")
        found.append("nothing" if sandbox.tree() == before else sandbox.tree())
    return found


def told(landing: Landing) -> list[str]:
    found = []
    for answer in landing.links:
        match answer:
            case Clean(tree=tree):
                found.append(str(tree))
            case Nothing():
                found.append("nothing")
            case Conflicts(paths=paths):
                assert paths
                found.append("conflicts")
            case Unanswered(reason=reason):
                found.append(reason)
    return found


class TestTheForecast:
    @given(fleet=FLEETS)
    @settings(max_examples=25)
    def test_is_what_landing_one_after_the_other_gives(self, shared: Sandbox, fleet: Fleet) -> None:
        """PR k on base and all before it that were clean, the tree exactly as a work tree would have it."""
        _, base, heads = fleet.write(shared)

        with Predictor(Repository.open(shared.path)) as predictor:
            landing = predictor.forecast(Forecast(base=base, links=links(heads)))

        assert told(landing) == really_landed(shared, base, heads)
