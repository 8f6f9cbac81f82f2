"""The local forge keeps the contract of every forge."""

from pathlib import Path
from typing import Any

import pytest

from mergebot.model.ids import PrNumber, Sha
from mergebot.model.plan import Merge, Plan
from tests.forge.contract import ForgeContract
from tests.forge.fleet import Fleet, merge_step, plan_of


class LocalHub(Fleet):
    """An agent is a pull request here: it opens one by being ready."""

    def open_pr(self, name: str, *, on: str = "main") -> PrNumber:
        """The agent commits and is ready."""
        self.agent(name, on=on)
        return self.pr(name).number

    def name_of(self, number: PrNumber) -> str:
        """The agent that has this number."""
        [name] = [name for name, other in self.numbers().items() if other == number]
        return name

    def push_to(self, number: PrNumber) -> Sha:
        """The agent commits again."""
        return self.push(self.name_of(number))

    def close(self, number: PrNumber) -> None:
        """The agent goes back to work."""
        self.say(self.name_of(number), status="in_progress")

    def set_tests(self, number: PrNumber, *, passing: bool) -> None:
        """The agent reports its tests."""
        self.say(self.name_of(number), tests_passing=passing)

    def set_draft(self, number: PrNumber) -> None:
        """The agent says that it is a draft."""
        self.say(self.name_of(number), draft=True)

    def commit_to_base(self) -> Sha:
        """A person commits."""
        tip = self.box.commit("by hand", {"hand.txt": f"{self.box.ticks}\n"}, branch="main")
        self.box.git("checkout", "--quiet", "--detach")
        return tip

    def merge_step(self, number: PrNumber, **changes: Any) -> Merge:  # type: ignore[override]  # noqa: ANN401 (by number here)
        """The step that merges it now."""
        state = self.read()
        [pr] = [pr for pr in state.pull_requests if pr.number == number]
        return merge_step(self.box, pr, state.base, **changes)

    def plan(self) -> Plan:
        """One entry for each open pull request."""
        return plan_of(self.read())


class TestLocalForge(ForgeContract):
    @pytest.fixture
    def hub(self, tmp_path: Path) -> LocalHub:
        return LocalHub.create(tmp_path / "repo")


class TestLocalForgeOfABareRepository(ForgeContract):
    """The agents work in linked work trees of a bare repository; the state files are inside it."""

    @pytest.fixture
    def hub(self, tmp_path: Path) -> LocalHub:
        return LocalHub.create_bare(tmp_path / "repo.git")
