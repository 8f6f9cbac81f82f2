"""What people and agents read on GitHub, as it stands on the server after a pass (contract 4.7)."""

from tests.report.comments import agents, people
from tests.scenarios.github_world import GithubWorld
from tests.scenarios.world import marked
from tests.server.state import Comment


def own(world: GithubWorld, name: str) -> Comment:
    """The one comment on an agent's PR."""
    [found] = world.repo.data.issues[world.pulls[name]].comments
    return found


def text(world: GithubWorld, name: str) -> str:
    """What it says, without the marker."""
    return own(world, name).body.partition("\n")[2].strip()


def headline(world: GithubWorld, name: str) -> str:
    return people(text(world, name)).partition("\n")[0]


def test_each_pull_request_is_told_how_it_stands(github: GithubWorld) -> None:
    """Blocked, waiting, conflicting and merged, in one pass; people and agents are told the same."""
    github.depend({"later": ["scored"]})
    github.agent("landed", {"a.txt": marked("landed")}, labels=["merge"])
    github.agent("conflicting", {"a.txt": marked("conflicting")}, labels=["merge"])
    github.agent("scored", {"s.txt": marked("scored")}, score=8)
    github.agent("later", {"l.txt": marked("later")})
    github.answer()
    github.run()

    assert {name: headline(github, name) for name in github.pulls} == {
        "landed": f"**✓ Merged** as {github.tip()} into `main`.",
        "conflicting": "**✗ Blocked**: it is not merged before someone acts.",
        "scored": "**✗ Blocked**: it is not merged before someone acts.",
        "later": "**◦ Waiting**: it is merged once what waits below holds.",
    }
    assert people(text(github, "landed")).endswith("\n\n- Its branch `feature/landed` is deleted")
    assert people(text(github, "conflicting")).endswith(
        "**Conflicts** in `a.txt`; the other side came with #1.\n\nTo solve it:\n\n```sh\ngit fetch origin\n"
        "git switch feature/conflicting\ngit merge --ff-only origin/feature/conflicting\ngit merge origin/main\n"
        "git push origin feature/conflicting\n```"
    )
    page = f"{github.hub.url}/fleet/product/pull/{github.pulls['scored']}"
    assert f"| [review by rita](<{page}#pullrequestreview-" in text(github, "scored")
    assert f"| [checks](<{page}/checks>) |" in text(github, "scored")
    assert agents(text(github, "later"))["next"] == {"who": "others", "what": "#3 must land first"}


def test_one_that_leaves_the_queue_is_told_so_and_comes_back(github: GithubWorld) -> None:
    """In the same comment: the old words would be a lie, and another comment would be noise."""
    github.agent("one", {"a.txt": marked("one")}, approved=False, labels=["merge"])
    github.answer()
    github.run()
    first = own(github, "one").id
    assert headline(github, "one") == "**◦ Waiting**: it is merged once what waits below holds."

    github.repo.unlabel(github.pulls["one"], "merge")
    github.run()
    assert headline(github, "one") == "**Not in the queue**: add the label \\`merge\\` to queue it"

    github.repo.label(github.pulls["one"], "merge")
    github.run()
    assert headline(github, "one") == "**◦ Waiting**: it is merged once what waits below holds."
    assert own(github, "one").id == first


def test_nobody_else_is_told_that_base_has_moved(github: GithubWorld) -> None:
    """A push to base, or a merge that concerns nobody else, edits no comment (I5)."""
    github.agent("one", {"a.txt": marked("one")}, approved=False, labels=["merge"])
    github.answer()
    github.run()
    before = text(github, "one")

    github.commit_to_base("unrelated", {"z.txt": "z\n"})
    github.agent("two", {"b.txt": marked("two")}, labels=["merge"])
    github.answer()
    github.run()

    assert github.landed() == ["two"]
    assert text(github, "one") == before
