"""Somebody adds to a branch that others stand on: they stand on it still, while it has what they have (contract 1)."""

import time

import pytest

from mergebot.cycle import run_once
from mergebot.model.plan import Plan
from tests.scenarios.github_world import AUTHOR, GithubWorld
from tests.scenarios.world import marked
from tests.server.faults import Exchange, Fault, FaultKind, to


def below(plan: Plan, number: int) -> tuple[int, ...]:
    """What a PR is stacked on."""
    [entry] = [entry for entry in plan.entries if entry.pr == number]
    return entry.stacked_on


def grown(world: GithubWorld) -> None:
    """`child` stands on what `parent` was before its agent added to it; on GitHub both are into base."""
    world.agent("parent", {"a.txt": marked("parent")}, labels=["merge"])
    world.agent("child", {"b.txt": marked("child")}, on="feature/parent", labels=["merge"])
    world.review("parent", score=3)
    world.answer()
    world.run()
    world.push("parent", {"more.txt": "more\n"})
    world.answer()


def test_who_stands_on_an_older_head_waits_for_the_grown_one_in_every_pass(github: GithubWorld) -> None:
    grown(github)
    for _ in range(3):
        plan, _ = github.run()
        assert below(plan, github.pulls["child"]) == (github.pulls["parent"],)
    assert github.landed() == []


def test_once_the_grown_one_has_landed_the_other_lands_with_its_own_change_alone(github: GithubWorld) -> None:
    grown(github)
    github.run()
    github.run()
    github.review("parent")
    assert github.settle() == ["parent", "child"]
    changed = github.repo.box.git("diff", "--name-only", f"{github.base}^", github.base)
    assert changed.split() == ["b.txt"]


def files(world: GithubWorld, at: str) -> list[str]:
    return world.repo.box.git("ls-tree", "-r", "--name-only", at).split()


def parent_and_child(world: GithubWorld) -> None:
    """Both into base; neither is good enough yet."""
    world.agent("parent", {"a.txt": "a\n"}, labels=["merge"])
    world.agent("child", {"b.txt": marked("child")}, on="feature/parent", labels=["merge"])
    world.review("parent", score=3)
    world.review("child", score=3)
    world.answer()
    world.run()


def begin_anew(world: GithubWorld, name: str, content: dict[str, str]) -> None:
    """The agent throws away what it had, and force pushes."""
    world.update()
    world.authored[name] = []
    world._author(name, f"{name}: anew", content)
    world.work.git("push", "--quiet", "--force", "origin", f"HEAD:refs/heads/feature/{name}")


@pytest.mark.parametrize("grows", [False, True])
def test_what_a_parent_has_thrown_away_is_not_taken_from_who_stands_on_it(github: GithubWorld, *, grows: bool) -> None:
    parent_and_child(github)
    if grows:
        github.push("parent", {"more.txt": "more\n"})
        github.answer()
        github.run()
    begin_anew(github, "parent", {"other.txt": "other\n"})
    github.answer()
    plan, _ = github.run()
    assert below(plan, github.pulls["child"]) == (), "what it stands on is no longer the parent's"
    github.review("parent")
    github.run()
    assert github.landed() == ["parent"]
    assert "a.txt" in files(github, "feature/child"), "a.txt is in no branch any more"


def test_a_pull_request_that_is_parted_in_two_keeps_its_commits(github: GithubWorld) -> None:
    parent_and_child(github)
    first = github.repo.pull(github.pulls["parent"]).head_sha
    github.push("parent", {"more.txt": "more\n"})
    github.answer()
    github.run()
    begin_anew(github, "parent", {"more.txt": "more\n"})
    github.work.git("checkout", "--quiet", "--detach", first)
    github._author("part", "part: end", {"end.txt": "end\n"})
    github.work.git("push", "--quiet", "origin", "HEAD:refs/heads/feature/part")
    part = github.repo.open_pull("feature/part", base="main", title="Part", author=AUTHOR, labels=["merge"])
    github.pulls["part"] = part.number
    github.review("parent")
    github.answer()
    github.run()
    assert github.landed() == ["parent"]
    assert github.repo.box.git("diff", "--name-only", "main...feature/part").split() == ["a.txt", "end.txt"]


def test_a_head_that_could_not_be_kept_is_not_forgotten(github: GithubWorld) -> None:
    """The server does not answer the push of the older head; the one of the memory comes right after it."""
    grown(github)
    pushes: list[Exchange] = []

    def is_the_second(exchange: Exchange) -> bool:
        if to("POST", "/git-receive-pack")(exchange):
            pushes.append(exchange)
            return len(pushes) == 2  # the first one is the lock
        return False

    github.hub.faults.append(Fault(is_the_second, FaultKind.STATUS, status=502))
    github.run(quiet_after=False)
    for _ in range(2):
        plan, _ = run_once(github.forge(), config=None, now=github.clock)
    assert github.landed() == [], "the child has landed with what the parent had, which scores 3"
    assert below(plan, github.pulls["child"]) == (github.pulls["parent"],)


def test_who_stands_on_an_older_head_of_what_grew_and_landed_in_one_pass_lands_with_its_own(
    github: GithubWorld,
) -> None:
    github.agent("parent", {"a.txt": marked("parent"), "wrong.txt": "wrong\n"}, labels=["merge"])
    github.agent("child", {"b.txt": marked("child")}, on="feature/parent", labels=["merge"])
    github.review("parent", score=3)
    github.answer()
    github.run()
    github.push("parent", {"wrong.txt": None})
    github.answer()
    github.review("parent")
    github.run()
    github.answer()
    github.review("child")  # what was approved had it
    assert github.settle() == ["parent", "child"]
    assert "wrong.txt" not in files(github, "main"), "its author took it back before it landed"


def test_who_stands_on_an_older_head_of_what_grew_and_was_rebased_in_one_pass_still_waits(github: GithubWorld) -> None:
    first = github.agent("first", {"f.txt": marked("first")}, labels=["merge"], score=3)
    github.agent("parent", {"a.txt": marked("parent")}, labels=["merge"], body=f"Depends-On: #{first}", score=3)
    github.agent("child", {"b.txt": marked("child")}, on="feature/parent", labels=["merge", "hold"])
    github.answer()
    github.run()
    github.push("parent", {"more.txt": "more\n"})
    github.answer()
    github.review("first")
    github.run()
    plan, _ = github.run()
    assert below(plan, github.pulls["child"]) == (github.pulls["parent"],)


def test_a_commit_by_the_person_whose_token_it_has_is_not_called_mergebots(github: GithubWorld) -> None:
    github.token = github.hub.token(AUTHOR, kind="pat")
    grown(github)
    github.run()
    github.repo.settings.ci_bases = ()
    github.update()
    github.work.git("checkout", "--quiet", "--detach", "origin/feature/parent")
    github.work.write("third.txt", "third\n")
    github.work.git("add", "--all")
    email = f"{github.hub.state.users[AUTHOR].id}+{AUTHOR}@users.noreply.127.0.0.1"
    github.work.git("commit", "--quiet", "-m", "third", env={"GIT_COMMITTER_EMAIL": email})
    github.work.git("push", "--quiet", "origin", "HEAD:refs/heads/feature/parent")
    github.run()
    github.hub.clock = lambda: time.time() + 1200
    plan, _ = github.run()
    [parent] = [entry for entry in plan.entries if entry.pr == github.pulls["parent"]]
    assert "mergebot pushed this head" not in parent.criteria[0].verdict.reason


def test_one_that_was_opened_on_the_parents_head_is_not_everybodys_parent(github: GithubWorld) -> None:
    """Opened as a draft before its agent had committed anything; then it was added to."""
    github.agent("parent", {"a.txt": marked("parent")}, labels=["merge"], score=3)
    github.update()
    github.work.git("push", "--quiet", "origin", "origin/feature/parent:refs/heads/feature/late")
    late = github.repo.open_pull("feature/late", base="main", title="Late", author=AUTHOR, draft=True)
    github.pulls["late"] = late.number
    github.repo.label(late.number, "merge")
    github.answer()
    github.run()
    github.push("late", {"late.txt": marked("late")})
    github.agent("child", {"b.txt": marked("child")}, on="feature/parent", labels=["merge"])
    github.answer()
    github.run(quiet_after=False)
    plan, _ = github.run()
    assert below(plan, github.pulls["child"]) == (github.pulls["parent"],)
