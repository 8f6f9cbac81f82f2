"""What others do between the look and the write (contract 4: looked at again after and before each merge)."""

from mergebot.model.outcome import Done, Stale
from mergebot.model.plan import Merge
from tests.scenarios.github_world import REVIEWER, GithubWorld
from tests.scenarios.world import marked
from tests.server.faults import Fault, FaultKind, operation, to


def test_a_push_to_base_in_the_last_moment_freezes_nothing(github: GithubWorld) -> None:
    """No forge can be told which base is expected: what landed is held against the base it landed on."""
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    push = Fault(to("PUT", "/merge"), FaultKind.BEFORE, run=lambda: github.repo.push("main", {"late.txt": "late\n"}))
    github.hub.faults.append(push)

    _, result = github.run()

    assert push.hits == 1
    assert [type(item.outcome) for item in result.results if isinstance(item.step, Merge)] == [Done]
    assert github.landed() == ["a"]
    assert "refs/mergebot/lock" not in github.repo.box.refs()
    assert github.plan().frozen == ()


def test_an_approval_taken_back_right_before_the_merge_stops_it(github: GithubWorld) -> None:
    """Each PR is read again, whole, right before its merge (I1)."""
    number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    looks = Fault(
        lambda exchange: operation("MergebotLookup")(exchange) and "v0" in exchange.variables,
        FaultKind.BEFORE,
        run=lambda: github.repo.review(number, by=REVIEWER, state="CHANGES_REQUESTED", body="wait"),
    )
    github.hub.faults.append(looks)

    _, result = github.run()

    assert looks.hits == 1
    assert github.landed() == []
    merges = [item.outcome for item in result.results if isinstance(item.step, Merge)]
    assert merges == [Stale(reason="its reviews changed after the decision")]


def test_the_queue_paused_during_a_pass_is_paused_at_once(github: GithubWorld) -> None:
    """An open issue with the freeze label pauses the queue, also between two merges of one pass."""
    for name in ("a", "b", "c"):
        github.agent(name, {f"{name}.txt": marked(name)}, labels=["merge"])
    github.answer()
    freeze = Fault(
        to("PUT", "/merge"), FaultKind.AFTER, run=lambda: github.repo.issue("stop the press", ["mergebot-freeze"])
    )
    github.hub.faults.append(freeze)

    plan, _ = github.run()

    assert len(github.landed()) == 1
    assert any("stop the press" in reason for reason in plan.frozen)
