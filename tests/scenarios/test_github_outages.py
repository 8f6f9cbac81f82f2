"""GitHub is out of order for a while: a pass says so and ends soon, whatever the number of PRs (contract 4)."""

import pytest

from mergebot.cycle import run_once
from mergebot.model.outcome import Failed, PassResult
from mergebot.model.plan import Merge
from tests.scenarios.github_world import GithubWorld
from tests.scenarios.world import marked
from tests.server.faults import Exchange, Fault, FaultKind, to

LONG = 90.0
"""Seconds: who waits for much longer takes a pass for dead."""


def waiting_run(world: GithubWorld) -> tuple[PassResult, float]:
    """One pass, and how long it waited; nobody really waits."""
    waited: list[float] = []
    forge = world.forge()
    forge.writer._writing.sleep = waited.append  # type: ignore[attr-defined]
    forge.reader._session.client._patience._sleep = waited.append  # type: ignore[attr-defined]
    _, result = run_once(forge, config=None, now=world.clock)
    return result, sum(waited)


def crowd(world: GithubWorld, size: int) -> list[str]:
    """So many PRs that are ready."""
    names = [f"agent{number}" for number in range(size)]
    for name in names:
        world.agent(name, {f"{name}.txt": marked(name)}, labels=["merge"])
    world.answer()
    return names


@pytest.mark.parametrize(
    "fault",
    [
        Fault(to("PUT", "/merge"), FaultKind.STATUS, times=1000),
        Fault(to("PUT", "/merge"), FaultKind.STATUS, times=1000, status=405, words="Base branch was modified."),
    ],
    ids=["no answer", "not ready"],
)
def test_merges_that_all_come_to_nothing_are_not_waited_for_one_by_one(github: GithubWorld, fault: Fault) -> None:
    """Each may be waited for, as the first; where others fared the same it is GitHub that is out of order."""
    names = crowd(github, 6)
    github.hub.faults.append(fault)

    result, waited = waiting_run(github)

    assert waited < LONG
    assert github.landed() == []
    tried = {item.step.pr for item in result.results if isinstance(item.step, Merge)}
    assert tried == set(github.pulls.values()), "each of them once at least: that of the first need not be all"
    assert isinstance(result.results[-1].outcome, Failed)
    github.hub.faults.clear()
    github.run(quiet_after=False)
    assert sorted(github.landed()) == sorted(names)


def test_one_that_comes_to_nothing_keeps_no_other_waiting(github: GithubWorld) -> None:
    first, *rest = crowd(github, 3)
    number = github.pulls[first]
    github.hub.faults.append(Fault(to("PUT", f"/pulls/{number}/merge"), FaultKind.STATUS, times=1000))

    waiting_run(github)

    assert sorted(github.landed()) == sorted(rest)


def test_comments_that_cannot_be_looked_up_are_not_all_tried(github: GithubWorld) -> None:
    """A failed lookup takes a quarter of a minute; the next pass finds by itself what is missing."""
    for number in range(8):
        github.agent(f"agent{number}", {f"{number}.txt": "x\n"}, labels=["merge"], score=3)
    github.answer()

    def is_of_comments(exchange: Exchange) -> bool:
        return exchange.path.endswith("/comments")

    github.hub.faults.append(Fault(is_of_comments, FaultKind.STATUS, times=1000))

    result, waited = waiting_run(github)

    assert waited < LONG
    assert any("comment" in line for line in result.unread)
    github.hub.faults.clear()
    github.run()
    assert all(len(github.repo.pull(number).comments) == 1 for number in github.pulls.values())


def test_one_that_was_blocked_landed_and_could_not_be_told_so_stops_nobody(github: GithubWorld) -> None:
    """The last word on its head is `blocked` still: the next pass reads on, and puts that right."""
    number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"], score=3)
    github.answer()
    github.run()
    github.review("a")
    lost = Fault(lambda exchange: "/statuses/" in exchange.path, FaultKind.STATUS, times=1000)
    github.hub.faults.append(lost)
    waiting_run(github)
    head = github.repo.pull(number).head_sha
    assert github.landed() == ["a"]
    assert [status.state for status in github.repo.data.statuses_of(head)] == ["failure"]

    github.hub.faults.clear()
    github.run()

    assert [status.state for status in github.repo.data.statuses_of(head)] == ["success"]


def test_a_merge_of_a_stack_of_which_github_says_nothing_more_is_left_to_the_next_pass(github: GithubWorld) -> None:
    """It was asked for, and it may happen yet: one look at the pull request has to do."""
    github.repo.settings.native_stacks = True
    github.repo.stack(github.chain("one", "two"))
    github.answer()

    def is_poll(exchange: Exchange) -> bool:
        return exchange.method == "GET" and "/merge-async/" in exchange.path

    github.hub.faults.append(Fault(is_poll, FaultKind.STATUS, times=1000))

    result, waited = waiting_run(github)

    assert waited < LONG
    assert [item.outcome for item in result.results if isinstance(item.step, Merge)] == [
        Failed(reason="GitHub has not ended the merge that was asked for", hint="the next pass looks again")
    ]
    github.hub.faults.clear()
    assert github.settle() == ["one", "two"]
