"""What others do between the look and the write (contract 4: looked at again after and before each merge)."""

from contextlib import ExitStack

import pytest

from mergebot.cycle import run_once
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.outcome import Done, Failed, Stale, StepResult
from mergebot.model.plan import DeleteBranch, KeepTip, Merge
from tests.scenarios.github_faults import move_base_and_hide_it
from tests.scenarios.github_world import REVIEWER, GithubWorld
from tests.scenarios.world import marked
from tests.server.faults import Exchange, Fault, FaultKind, operation, to


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


def test_what_landed_on_a_moved_base_and_cannot_be_compared_is_told_so(
    github: GithubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is merged, and nobody knows whether its tree is the right one: that is not a failed fetch (contract 4.1)."""
    monkeypatch.setattr("mergebot.git.mirror.PAUSES", ())
    lines = "".join(f"{number}\n" for number in range(20))
    github.commit_to_base("lines", {"lines.txt": lines})
    github.agent("a", {"lines.txt": f"first\n{lines}"}, labels=["merge"])
    github.answer()
    move_base_and_hide_it(github, {"lines.txt": f"{lines}last\n"})

    _, result = github.run(quiet_after=False)

    assert github.landed() == ["a"]
    [merge] = [item.outcome for item in result.results if isinstance(item.step, Merge)]
    assert isinstance(merge, Failed)
    assert "landed as" in merge.reason
    assert "nobody has compared its tree" in merge.reason


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


def test_a_push_to_base_while_the_lock_is_taken_is_seen(github: GithubWorld) -> None:
    """The lock is a push that takes a second: base is looked at after it, so that the merge is judged again."""
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    push = Fault(
        to("POST", "git-receive-pack"), FaultKind.BEFORE, run=lambda: github.repo.push("main", {"late.txt": "late\n"})
    )
    github.hub.faults.append(push)

    _, result = github.run()

    merges = [type(item.outcome) for item in result.results if isinstance(item.step, Merge)]
    assert merges == [Stale, Done]
    assert github.landed() == ["a"]


def test_a_lock_whose_release_gets_no_answer_is_not_left_behind(github: GithubWorld) -> None:
    """Whoever runs on another machine would wait for it to grow old."""
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()

    def is_the_last(exchange: Exchange) -> bool:
        has_state = "refs/mergebot/state" in github.repo.box.refs()
        return has_state and to("POST", "git-receive-pack")(exchange)

    lost = Fault(is_the_last, FaultKind.STATUS)
    github.agent("untested", {"b.txt": marked("untested")}, labels=["merge"])  # so that there is something to remember
    github.hub.faults.append(lost)

    github.run(quiet_after=False)

    assert lost.hits == 1
    assert "refs/mergebot/lock" not in github.repo.box.refs()


@pytest.mark.parametrize("after", [Merge, DeleteBranch])
def test_a_pass_that_slept_and_lost_its_lock_tells_what_it_had_done(
    github: GithubWorld, after: type[Merge | DeleteBranch]
) -> None:
    """A laptop that is closed in the middle: another pass goes on, and what this one merged is no secret."""
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    other, asleep = github.forge(), 0.0

    def sleep(item: StepResult) -> None:
        nonlocal asleep
        if asleep or not isinstance(item.step, after):
            return
        asleep = 25 * 60.0
        held.enter_context(other.writer.lock())
        tip = Sha(github.tip())
        assert isinstance(other.writer.keep_tip(KeepTip(pr=PrNumber(99), tip=tip, reason="it writes")), Done)

    start = github.hub.clock
    github.hub.clock = lambda: start() + asleep
    with ExitStack() as held:
        _, result = run_once(github.forge(), config=None, now=github.clock, progress=sleep)

    assert asleep
    assert [type(item.outcome) for item in result.results if isinstance(item.step, Merge)] == [Done]
    assert any("another pass is at work" in reason for reason in result.unread)
