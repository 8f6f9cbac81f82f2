"""Nothing is decided on a part: lists are read to the end, what cannot be read makes the PR wait (contract 3, 4)."""

import pytest

from mergebot.model.plan import EntryState
from tests.scenarios.github_world import REVIEWER, GithubWorld
from tests.scenarios.world import marked
from tests.server.auth import APP_RIGHTS
from tests.server.faults import Exchange, Fault, FaultKind


def test_150_open_pull_requests_are_read_to_the_end(github: GithubWorld) -> None:
    github.crowd(149)
    github.agent("last", {"last.txt": marked("last")}, labels=["merge"])
    github.answer()
    assert len(github.plan().entries) == 150
    github.run()
    assert github.landed() == ["last"]


def test_the_130th_check_on_a_head_counts(github: GithubWorld) -> None:
    """Never decided on a truncated list (platform: 100 contexts a page)."""
    number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    head = github.repo.pull(number).head_sha
    for index in range(130):
        github.repo.status(head, f"check {index:03}", "success" if index != 129 else "failure", "", by=REVIEWER)
    github.run()
    assert github.landed() == []
    [entry] = github.plan().entries
    assert (entry.state, "check 129" in entry.because) == (EntryState.BLOCKED, True)
    github.repo.status(head, "check 129", "success", "", by=REVIEWER)
    assert github.settle() == ["a"]


def is_a_further_page(exchange: Exchange) -> bool:
    """A query for what was beyond the first page of a list."""
    return exchange.kind == "graphql" and "contexts(first: 100, after:" in str(exchange.request)


def test_a_page_that_cannot_be_read_makes_the_pull_request_wait_and_the_pass_say_so(github: GithubWorld) -> None:
    """What could not be read is never taken for empty, and keeps no other PR waiting (contract 4)."""
    number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.agent("b", {"b.txt": marked("b")}, labels=["merge"])
    github.answer()
    head = github.repo.pull(number).head_sha
    for index in range(130):
        github.repo.status(head, f"check {index:03}", "success", "", by=REVIEWER)
    fault = Fault(when=is_a_further_page, kind=FaultKind.STATUS, status=502, times=1000)
    github.hub.faults.append(fault)
    _, result = github.run(quiet_after=False)
    assert github.landed() == ["b"]
    assert any(line.startswith(f"#{number}: ") for line in result.unread)
    github.hub.faults.remove(fault)
    assert github.settle() == ["b", "a"]


def test_planning_needs_only_the_right_to_read(github: GithubWorld) -> None:
    """`plan` writes nothing on the forge (contract 5)."""
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    plan = github.plan(token=github.hub.token("guest", kind="read"))
    [entry] = plan.entries
    assert entry.state is EntryState.READY
    assert plan.order == (github.pulls["a"],)


@pytest.mark.parametrize("right", ["checks", "statuses", "actions"])
def test_without_the_right_to_read_checks_nothing_counts_as_green(github: GithubWorld, right: str) -> None:
    """platform: in a private repository what a token may not see is left out, and the rest may look green."""
    github.repo.settings.private = True
    number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.repo.status(github.repo.pull(number).head_sha, "lint", "success", "", by=REVIEWER)
    github.answer()
    weak = {name: level for name, level in APP_RIGHTS.items() if name != right}
    github.token = github.hub.token("weak", kind="app", rights=weak)
    plan, result = github.run(quiet_after=False)
    assert github.landed() == []
    [entry] = plan.entries
    assert entry.state is EntryState.WAITING, entry.because
    assert result.unread, "exit 1"
