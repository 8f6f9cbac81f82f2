"""A pull request that is pointed at another base, or shares its head with one: what was said there counts there."""

from mergebot.model.plan import EntryState
from tests.scenarios.github_world import AUTHOR, REVIEWER, GithubWorld
from tests.scenarios.test_github_rules import entry, later
from tests.scenarios.world import marked


class TestABaseThatIsChanged:
    """An approval or score counts while the patch is what it was then; into another branch it was another one."""

    def test_voids_what_was_said_of_a_change_to_another_branch(self, github: GithubWorld) -> None:
        """Guards: what was said before base was changed. The same head now brings all that the other branch has."""
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
        """The other side of it; by hand too: what was below has been judged itself."""
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
        """Guards: the same. The commits that were rolled back are now the child's, and nobody has looked at them."""
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
    """Guards: newer runs of a check take the place of older ones, but not those for a merge into another branch."""
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
