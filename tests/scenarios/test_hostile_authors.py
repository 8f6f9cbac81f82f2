"""What somebody with write access may try, to have merged what nobody has looked at (contract 3)."""

import pytest

from mergebot.model.plan import EntryState
from tests.scenarios.github_world import AUTHOR, REVIEWER, GithubWorld
from tests.scenarios.test_github_rules import entry, later
from tests.scenarios.world import marked


class TestAReviewThatSomebodyElseHasEdited:
    """Whoever may write can change the text of a review; the score in it has to be the reviewer's own."""

    @pytest.mark.parametrize("text", ["Review Score: 10/10", "Fine."])
    def test_is_no_score_and_lets_no_other_source_speak(self, github: GithubWorld, text: str) -> None:
        """Neither a better score nor none at all opens the way for the author's own claim."""
        number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"], score=4, body="Review Score: 10/10")
        [review] = github.repo.pull(number).reviews
        github.repo.edit_review(review, text, by=AUTHOR)
        github.answer()
        github.run()
        state, because = entry(github, "a")
        assert (github.landed(), state) == ([], EntryState.BLOCKED)
        assert (
            because == f"{AUTHOR} has changed the text of the review by {REVIEWER}: {REVIEWER} has to review it again"
        )

    def test_counts_where_it_was_the_reviewer(self, github: GithubWorld) -> None:
        number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"], score=4)
        [review] = github.repo.pull(number).reviews
        github.repo.edit_review(review, "Review Score: 10/10", by=REVIEWER)
        github.answer()
        github.run()
        assert github.landed() == ["a"]


def test_a_review_of_a_commit_that_is_gone_is_void_and_holds_nothing_up(github: GithubWorld) -> None:
    """Nobody can ever tell what it was given for; waiting for that would be waiting for ever."""
    number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"], approved=False, score=None)
    github.repo.review(number, by=REVIEWER, body="Review Score: 10/10", commit="1" * 40)
    github.answer()
    _, result = github.run()
    assert (github.landed(), result.unread) == ([], ())
    github.hub.user("wanda", permission="write")
    github.repo.review(number, by="wanda", body="Review Score: 10/10")
    github.run()
    assert github.landed() == ["a"]


class TestABaseThatIsChanged:
    """An approval or score counts while the patch is what it was then; into another branch it was another one."""

    def test_voids_what_was_said_of_a_change_to_another_branch(self, github: GithubWorld) -> None:
        """With the same head the PR now brings all that the other branch has."""
        github.repo.push("feature/below", {"evil.txt": "evil\n"}, by=AUTHOR, start="main")
        number = github.agent("a", {"a.txt": marked("a")}, on="feature/below", base="feature/below", labels=["merge"])
        github.repo.edit(number, base="main", by=AUTHOR)
        github.answer()
        github.run()
        assert github.landed() == []
        later(github, 60)
        github.review("a")
        assert github.settle() == ["a"]

    def test_keeps_what_was_said_where_the_other_branch_has_landed(self, github: GithubWorld) -> None:
        """By hand too: what was below has been judged itself."""
        number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        child = github.agent("b", {"b.txt": marked("b")}, on="feature/a", base="feature/a", labels=["merge"])
        github.answer()
        github.repo.merge(number, by=REVIEWER)
        github.update()
        later(github, 60)
        github.repo.edit(child, base="main", by=AUTHOR)
        github.answer()
        assert github.settle() == ["a", "b"]

    def test_voids_it_where_that_branch_was_rolled_back_before_it_landed(self, github: GithubWorld) -> None:
        """The commits that were rolled back are now the child's, and nobody has looked at them."""
        parent = github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        first = github.repo.pull(parent).head_sha
        github.push("a", {"evil.txt": "evil\n"})
        github.agent("b", {"b.txt": marked("b")}, on="feature/a", base="feature/a", labels=["merge"])
        later(github, 60)
        github.work.git("push", "--quiet", "--force", "origin", f"{first}:refs/heads/feature/a")
        github.authored["a"].pop()
        github.review("a")
        github.answer()
        landed = github.settle()
        assert landed == ["a"]
        assert "evil.txt" not in github.repo.box.git("ls-tree", "--name-only", "main")


def test_green_checks_of_another_pull_request_with_the_same_head_hide_no_red_ones(github: GithubWorld) -> None:
    """Newer runs of a check take the place of older ones, but not those for a merge into another branch."""
    github.repo.ci = lambda files: {"unit": "easy.txt" in files}
    number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    github.repo.push("easy", {"easy.txt": "x\n"}, by=AUTHOR, start="main")
    later(github, 100)
    github.repo.open_pull("feature/a", base="easy", title="The same into an easier branch", author=AUTHOR)
    github.answer()
    github.run()
    assert (github.landed(), entry(github, "a")[0]) == ([], EntryState.BLOCKED)
    github.repo.rerun(github.repo.pull(number).head_sha, "unit")
    assert entry(github, "a")[0] is EntryState.READY


def test_a_change_that_a_merge_carries_into_a_protected_folder_needs_its_person(github: GithubWorld) -> None:
    """Base has moved the file since: what the PR calls by its old name lands in the workflow (contract 2.4)."""
    text = "".join(f"line {number}\n" for number in range(20))
    github.hub.user("wanda", permission="write")
    github.commit_to_base("script", {"ci/test.yml": text})
    files = {"ci/test.yml": text + "evil\n", "a.txt": marked("a")}
    number = github.agent("a", files, labels=["merge"], approved=False, score=None)
    github.commit_to_base("move", {"ci/test.yml": None, ".github/workflows/test.yml": text})
    github.repo.review(number, by="wanda", state="APPROVED", body="Review Score: 10/10")
    github.answer()
    github.run()
    state, because = entry(github, "a")
    assert (github.landed(), state, ".github/workflows/test.yml" in because) == ([], EntryState.WAITING, True)
