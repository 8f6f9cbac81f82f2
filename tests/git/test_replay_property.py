"""Our rebase against git's own, on generated histories."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.git.histories import Step, Story, steps
from tests.git.real import as_real, ours, really
from tests.sandbox import Sandbox

FIRST = Step((), "initial\n", "Ada <ada@example.org>", 0)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """One repository for all examples: objects pile up, and nothing else of one example is left for the next."""
    return Sandbox.create(tmp_path_factory.mktemp("workshop") / "repo")


class TestARebaseGivesWhatGitGives:
    @given(before=steps(most=2), branch=steps(most=4), upstream=steps(most=3))
    @settings(max_examples=35)
    def test_for_commits_in_a_line(
        self, workshop: Sandbox, before: Sequence[Step], branch: Sequence[Step], upstream: Sequence[Step]
    ) -> None:
        """The same trees, messages, authors and order; or it stops at the same commit with the same files."""
        story = Story()
        fork = story.branch(story.add(FIRST, []), before)
        head, onto = story.branch(fork, branch), story.branch(fork, upstream)
        shas = story.write(workshop)

        answer = ours(workshop, shas[head.mark], shas[onto.mark])

        assert as_real(workshop, answer, shas[onto.mark]) == really(workshop, shas[head.mark], shas[onto.mark])

    @given(
        upstream=steps(most=3),
        branch=steps(most=6, tangled=True),
        parent=steps(most=2),
        own=steps(most=3, tangled=True),
    )
    @settings(max_examples=30)
    def test_for_side_branches_merges_and_commits_that_are_left_out(
        self,
        workshop: Sandbox,
        upstream: Sequence[Step],
        branch: Sequence[Step],
        parent: Sequence[Step],
        own: Sequence[Step],
    ) -> None:
        """Also with upstream merged into the branch, dates that run back, and a parent whose commits are left out."""
        story = Story()
        fork = story.add(FIRST, [])
        onto = story.branch(fork, upstream)
        below = story.branch(fork, parent)
        head = story.branch(story.branch(below, branch, [onto, fork]), own)
        shas = story.write(workshop)
        tip, new, old = shas[head.mark], shas[onto.mark], shas[below.mark]

        answer = ours(workshop, tip, new, old)

        assert as_real(workshop, answer, new) == really(workshop, tip, new, old)

    @given(upstream=steps(most=2), branch=steps(most=4), picked=st.sets(st.integers(0, 3)))
    @settings(max_examples=25)
    def test_for_commits_that_upstream_has_already(
        self, workshop: Sandbox, upstream: Sequence[Step], branch: Sequence[Step], picked: set[int]
    ) -> None:
        """The same change under another commit (a cherry-pick) is left out, or becomes empty and is dropped."""
        story = Story()
        fork = story.add(FIRST, [])
        again = [step for number, step in enumerate(branch) if number in picked]
        head, onto = story.branch(fork, branch), story.branch(fork, [*again, *upstream])
        shas = story.write(workshop)

        answer = ours(workshop, shas[head.mark], shas[onto.mark])

        assert as_real(workshop, answer, shas[onto.mark]) == really(workshop, shas[head.mark], shas[onto.mark])
