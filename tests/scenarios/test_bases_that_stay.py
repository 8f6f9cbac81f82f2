"""Open into a branch that has landed, where GitHub would refuse, in every pass, to have it pointed at base (I5)."""

from mergebot.model.plan import EntryState
from tests.scenarios.github_world import AUTHOR, REVIEWER, GithubWorld


def refusals(world: GithubWorld) -> list[str]:
    return [str(exchange) for exchange in world.hub.writes() if exchange.method == "PATCH" and exchange.status == 422]


def test_one_whose_every_commit_base_has_is_told_that_nothing_is_left(github: GithubWorld) -> None:
    """Its author threw the own commits away, and took base's."""
    _, two = github.chain("one", "two")
    github.commit_to_base("By hand", {"petra.txt": "petra\n"})
    github.work.git("push", "--quiet", "--force", "origin", "origin/main:refs/heads/feature/two")
    github.authored["two"].clear()
    github.answer()
    github.repo.merge(github.pulls["one"], by=REVIEWER)
    plan, _ = github.run()
    [entry] = plan.entries
    assert (entry.pr, entry.state) == (two, EntryState.BLOCKED)
    assert entry.because == ("nothing is left to merge, main already has all of it: close it, or push what is missing")
    assert refusals(github) == []

    github.push("two", {"two.txt": "mark:two\n"})
    github.review("two")
    assert github.settle() == ["one", "two"]


def test_one_whose_branch_is_open_into_base_already_is_told_which(github: GithubWorld) -> None:
    """There is one pull request of a branch into base, and which of the two it is to be, their author knows."""
    one, two = github.chain("one", "two")
    twin = github.repo.open_pull("feature/two", base="main", title="The same", author=AUTHOR)
    github.answer()
    plan, _ = github.run()
    assert github.landed() == ["one"]
    entry = next(entry for entry in plan.entries if entry.pr == two)
    said = f"its base feature/one landed with #{one}, and #{twin.number} is open from the same branch into main"
    assert (entry.state, entry.because) == (EntryState.BLOCKED, f"{said}: close one of the two")
    assert "close one of the two" in github.repo.data.issues[two].comments[0].body
    assert refusals(github) == []

    github.repo.close(twin.number, by=AUTHOR)
    assert github.settle() == ["one", "two"]
