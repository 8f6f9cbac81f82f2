"""What somebody with write access may try, to have merged what nobody has looked at (contract 3)."""

from mergebot.model.plan import EntryState
from tests.scenarios.github_world import AUTHOR, GithubWorld
from tests.scenarios.test_github_rules import entry, later
from tests.scenarios.world import marked


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
