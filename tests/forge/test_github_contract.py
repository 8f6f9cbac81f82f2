"""GitHub as a forge, held to what every forge must do: on the test server, over real HTTP and real git."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mergebot.errors import LockedError
from mergebot.forge.github.reader import GithubReader
from mergebot.forge.github.writer import GithubWriter
from mergebot.forge.protocol import Forge
from mergebot.git.repository import Repository
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.notice import Report
from mergebot.model.outcome import AlreadyDone, Done, PassResult
from mergebot.model.plan import Entry, EntryState, KeepTip, Merge, Plan
from mergebot.model.policy import Policy
from mergebot.model.snapshot import PullRequest
from tests.forge.contract import ForgeContract, Hub
from tests.forge.github.lab import Lab
from tests.sandbox import Sandbox
from tests.server.hub import GitHub


@dataclass
class GithubHub:
    """The harness on the test server."""

    lab: Lab
    passing: dict[str, bool] = field(default_factory=dict)

    @property
    def box(self) -> Sandbox:
        return self.lab.repo.box

    @property
    def forge(self) -> Forge:
        session = self.lab.session()
        # The contract makes its new commits on the server; a pass makes them in the clone.
        alternates = session.mirror.repository.objects_dir / "info/alternates"
        alternates.parent.mkdir(exist_ok=True)
        alternates.write_text(f"{Repository.open(self.box.path).objects_dir}\n")
        writer = GithubWriter(session, wait=lambda _seconds: None)
        return Forge(reader=GithubReader(session), writer=writer, git=session.mirror.repository)

    def open_pr(self, name: str, *, on: str = "main") -> PrNumber:
        number = self.lab.pull(name, on=on, labels=["merge"])
        self.lab.repo.review(number, by="bob", body="Review Score: 10/10")
        self.lab.repo.finish_ci()
        return number

    def push_to(self, number: PrNumber) -> Sha:
        branch = self.lab.repo.pull(number).head_ref
        return self.lab.repo.push(branch, {f"more-{number}.txt": "more\n"})

    def close(self, number: PrNumber) -> None:
        self.lab.repo.close(number)

    def set_tests(self, number: PrNumber, *, passing: bool) -> None:
        for suite in self.lab.repo.data.suites_of(self.lab.repo.pull(number).head_sha):
            suite.status, suite.conclusion = "completed", "success" if passing else "failure"
            for run in suite.runs:
                run.status, run.conclusion = "completed", suite.conclusion

    def set_draft(self, number: PrNumber) -> None:
        self.lab.repo.edit(number, draft=True)

    def commit_to_base(self) -> Sha:
        return self.lab.repo.push("main", {"base.txt": "base\n"})

    def merge_step(self, number: PrNumber, **changes: Any) -> Merge:  # noqa: ANN401 (a builder takes any field)
        state = self.forge.reader.read(Policy())
        [pr] = [pr for pr in state.pull_requests if pr.number == number]
        fields: dict[str, Any] = {
            "pr": number,
            "branch": pr.head.branch,
            "head": pr.head.sha,
            "base": state.base.branch,
            "base_sha": state.base.sha,
            "tree": Sha(self.box.git("merge-tree", "--write-tree", state.base.sha, pr.head.sha)),
            "title": f"{pr.title} (#{number})",
            "message": "",
            "author": "ada <ada@example.org>",
            "reason": "",
            "labels": pr.labels,
        }
        return Merge(**{**fields, **changes})

    def plan(self) -> Plan:
        state = self.forge.reader.read(Policy())
        entries = tuple(map(_entry, state.pull_requests))
        return Plan(repository="o/r", base=state.base, taken_at=0.0, entries=entries)


def _entry(pr: PullRequest) -> Entry:
    return Entry(
        pr=pr.number, title=pr.title, agent=None, head=pr.head, state=EntryState.READY, because="", criteria=()
    )


class TestGithub(ForgeContract):
    @pytest.fixture
    def hub(self, tmp_path: Path) -> Iterator[GithubHub]:
        with GitHub.start(tmp_path) as server:
            yield GithubHub(Lab.start(server, tmp_path))

    def test_publishing_the_same_again_writes_nothing(self, hub: Hub) -> None:
        """What was written before is known from the reading, which comes first in a pass (I5)."""
        hub.open_pr("a")
        for expected in (Done, AlreadyDone):
            forge = hub.forge
            forge.reader.read(Policy())
            assert isinstance(forge.writer.publish(hub.plan(), PassResult(), Report()), expected)

    def test_the_lock_keeps_a_second_pass_out_and_is_free_afterwards(self, hub: Hub) -> None:
        """On a forge it is taken by the first write: a pass that finds nothing to do writes nothing (I5)."""
        number = hub.open_pr("a")
        step = KeepTip(pr=number, tip=hub.merge_step(number).head, reason="")
        first, second = hub.forge, hub.forge
        with first.writer.lock():
            first.writer.keep_tip(step)
            with pytest.raises(LockedError), second.writer.lock():
                pass
        with second.writer.lock():
            pass
