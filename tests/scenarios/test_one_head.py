"""A commit has one status `mergebot`, and may be the head of several pull requests (I5)."""

import time

import pytest

from mergebot.cycle import run_once
from tests.scenarios.github_faults import move_base_and_hide_it
from tests.scenarios.github_world import AUTHOR, GithubWorld
from tests.scenarios.test_github_comments_kept import status
from tests.scenarios.world import marked


def test_of_an_open_and_a_merged_one_with_the_same_head_always_the_merged_one_is_told_of(github: GithubWorld) -> None:
    """A commit has one status: told of the one in one pass and of the other in the next, none would be quiet (I5)."""
    github.agent("one", {"a.txt": marked("one")}, labels=["merge"])
    github.agent("two", {"b.txt": marked("two")})
    github.answer()
    github.review("one", score=9)
    github.run()
    github.repo.open_pull("feature/one", base="feature/two", title="Elsewhere too", author=AUTHOR)
    github.answer()
    github.review("one")
    github.run()
    github.run()
    assert github.landed() == ["one"]
    assert status(github, "one") == ("success", f"#1 merged as {github.tip():.10}")


@pytest.mark.parametrize("into", ["feature/two", "elsewhere"])
def test_a_first_status_of_success_is_not_taken_back_by_a_pass_with_nothing_to_do(
    github: GithubWorld, into: str
) -> None:
    """I5: merged in the first pass that saw it, so that the open one with the same head had no status before."""
    github.repo.push("elsewhere", {"x.txt": "x\n"}, by=AUTHOR, start="main")
    github.agent("two", {"b.txt": marked("two")})
    github.agent("one", {"a.txt": marked("one")}, labels=["merge"])
    github.repo.open_pull("feature/one", base=into, title="Elsewhere too", author=AUTHOR)
    github.answer()
    github.run()


def test_a_status_does_not_change_because_a_day_has_passed(github: GithubWorld) -> None:
    github.agent("one", {"a.txt": marked("one")}, labels=["merge"], score=9)
    github.agent("two", {"b.txt": marked("two")})
    github.answer()
    github.run()
    github.repo.open_pull("feature/one", base="feature/two", title="Elsewhere too", author=AUTHOR)
    github.answer()
    github.review("one")
    github.run()
    said = status(github, "one")
    github.hub.clock = lambda: time.time() + 25 * 3600
    github.token = github.hub.token("mergebot", kind="app")
    run_once(github.forge(), config=None, now=github.clock)
    assert status(github, "one") == said


def test_look_at_this_merge_stays(github: GithubWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mergebot.git.mirror.PAUSES", ())
    lines = "".join(f"{number}\n" for number in range(20))
    github.commit_to_base("lines", {"lines.txt": lines})
    github.agent("one", {"lines.txt": f"first\n{lines}"}, labels=["merge"])
    github.agent("two", {"b.txt": marked("two")})
    github.repo.open_pull("feature/one", base="feature/two", title="Elsewhere too", author=AUTHOR)
    github.answer()
    move_base_and_hide_it(github, {"lines.txt": f"{lines}last\n"})
    for _ in range(2):
        run_once(github.forge(), config=None, now=github.clock)
        assert status(github, "one")[0] == "failure"
