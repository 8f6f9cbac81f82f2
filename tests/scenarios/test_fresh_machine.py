"""In Actions every pass runs on a machine that has seen nothing of the repository."""

import shutil

from mergebot.decide.codes import Code
from mergebot.model.plan import CriterionName, EntryState, Fail, Plan
from tests.scenarios.github_world import GithubWorld
from tests.scenarios.world import marked


def on_another_machine(world: GithubWorld) -> None:
    """The clone of the last pass is gone."""
    shutil.rmtree(world.cache)
    world.cache.mkdir()


def conflicts(plan: Plan, number: int) -> tuple[EntryState, str, tuple[str, ...]]:
    """What is said of the conflicts of a PR."""
    [entry] = [entry for entry in plan.entries if entry.pr == number]
    [found] = [one.verdict for one in entry.criteria if one.name is CriterionName.MERGE_CONFLICTS]
    assert isinstance(found, Fail)
    return entry.state, found.code, found.evidence.files


def test_a_conflict_with_what_has_landed_is_told_by_every_later_pass(github: GithubWorld) -> None:
    """The old tip of what has landed is kept on the server, and what stands on it is replayed without it (4.4)."""
    github.depend({"b": ["a"]})
    github.agent("a", {"shared.txt": "one\n" + marked("a")})
    github.agent("b", {"shared.txt": "two\n" + marked("b")})
    github.answer()
    github.run(quiet_after=False)
    told = conflicts(github.plan(), github.pulls["b"])

    on_another_machine(github)

    assert told == (EntryState.BLOCKED, Code.CONFLICTS_REBASE, ("shared.txt",))
    assert conflicts(github.plan(), github.pulls["b"]) == told
    assert github.quiet().unread == ()
