"""What people read stays true where they, or others, get in its way (contract 4.7, I5)."""

from mergebot.cycle import run_once
from tests.report.comments import people
from tests.scenarios.github_world import GithubWorld
from tests.scenarios.world import marked
from tests.server.faults import Fault, FaultKind, to


def shown(world: GithubWorld, name: str) -> str:
    """The first line of the one comment on an agent's PR."""
    [found] = world.repo.data.issues[world.pulls[name]].comments
    return people(found.body.partition("\n")[2].strip()).partition("\n")[0]


def status(world: GithubWorld, name: str) -> tuple[str, str | None]:
    """State and text of mergebot's newest status on its head."""
    found = world.repo.data.statuses_of(world.repo.pull(world.pulls[name]).head_sha)
    [own] = [one for one in found if one.context == "mergebot"]
    return own.state, own.description


def test_what_a_limit_kept_from_being_said_is_said_by_the_next_pass(github: GithubWorld) -> None:
    """It was called waiting when it was merged, and must not be so for ever."""
    github.agent("one", {"a.txt": marked("one")}, approved=False, labels=["merge"])
    github.answer()
    github.run()
    github.review("one")
    github.hub.faults.append(Fault(to("PATCH"), FaultKind.PRIMARY, times=100, seconds=3000))
    run_once(github.forge(), config=None, now=github.clock)
    github.hub.faults.clear()
    assert github.landed() == ["one"]
    assert shown(github, "one").startswith("**◦ Waiting**")
    github.run()
    assert shown(github, "one") == f"**✓ Merged** as {github.tip()} into `main`."


def test_one_that_is_pointed_elsewhere_is_neither_waiting_nor_blocked(github: GithubWorld) -> None:
    github.agent("one", {"a.txt": marked("one")}, score=3, labels=["merge"])
    github.answer()
    github.run()
    assert status(github, "one")[0] == "failure"
    github.repo.push("develop", {"d.txt": "d\n"}, by="fleet", start="main")
    github.repo.edit(github.pulls["one"], base="develop")
    github.run()
    assert shown(github, "one").startswith("**◦ Not in the queue any more**")
    assert status(github, "one") == ("pending", "not in the queue: it is open into develop")
    github.repo.unlabel(github.pulls["one"], "merge")
    github.repo.edit(github.pulls["one"], base="main")
    github.run()
    assert shown(github, "one").startswith("**Not in the queue**")


def test_a_locked_conversation_makes_no_pass_fail_for_ever(github: GithubWorld) -> None:
    github.agent("one", {"a.txt": marked("one")}, approved=False, labels=["merge"])
    github.answer()
    github.repo.lock_conversation(github.pulls["one"])
    _, result = run_once(github.forge(), config=None, now=github.clock)
    assert any("locked" in reason or "comment on #1" in reason for reason in result.unread)
    assert github.quiet().unread == ()


def test_another_account_goes_on_with_the_same_comment(github: GithubWorld) -> None:
    """A maintainer runs a pass by hand, or the workflow gets another token: two would contradict each other."""
    github.agent("one", {"a.txt": marked("one")}, approved=False, labels=["merge"])
    github.answer()
    github.run()
    github.hub.user("mona", permission="maintain")
    by_hand = github.hub.token("mona", kind="pat")
    writes = len(github.hub.writes())
    run_once(github.forge(token=by_hand), config=None, now=github.clock)
    assert [str(one) for one in github.hub.writes()[writes:]] == [], "nothing has changed"
    github.repo.label(github.pulls["one"], "hold")
    run_once(github.forge(token=by_hand), config=None, now=github.clock)
    assert shown(github, "one").startswith("**‖ Held**")
    github.quiet()
    github.repo.unlabel(github.pulls["one"], "hold")
    github.run()
    assert shown(github, "one").startswith("**◦ Waiting**")
