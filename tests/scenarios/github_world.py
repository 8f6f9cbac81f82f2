"""A fleet on GitHub: the test server, agents who push with real git, and the invariants checked after every pass."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mergebot.cycle import plan_once, run_once
from mergebot.forge.protocol import Forge
from mergebot.forge.registry import open_github
from mergebot.model.outcome import PassResult
from mergebot.model.plan import Plan
from tests.sandbox import EPOCH, Sandbox
from tests.scenarios.github_ground import Ground
from tests.scenarios.world import Authored
from tests.server.faults import Exchange
from tests.server.hub import GitHub
from tests.server.state_people import TokenKind

NAME = "fleet/product"
REVIEWER = "rita"
AUTHOR = "fleet"


@dataclass
class GithubWorld(Ground):
    """The world with what people, agents and mergebot do in it."""

    @classmethod
    def create(cls, hub: GitHub, path: Path, *, base: str = "main", kind: TokenKind = "app") -> "GithubWorld":
        """A repository with one commit, an author for all agents, a reviewer, and mergebot's own account."""
        hub.user(AUTHOR, permission="write")
        hub.user(REVIEWER, permission="maintain")
        repo = hub.repository(NAME, default=base, files={"README.md": "product\n"})
        token = hub.token("mergebot", kind=kind)
        work = Sandbox.create(path / "work")
        (path / "cache").mkdir()
        world = cls(hub, repo, work, token, path / "cache", base)
        pat = hub.token(AUTHOR, kind="pat")
        work.git("remote", "add", "origin", f"http://x-access-token:{pat}@{hub.url.partition('://')[2]}/{NAME}.git")
        world.update()
        return world

    # what people and agents do

    def update(self) -> None:
        """Get what is on the server."""
        self.work.git("fetch", "--quiet", "--prune", "origin", "+refs/heads/*:refs/remotes/origin/*")
        self.work.git("checkout", "--quiet", "--detach", f"origin/{self.base}")

    def commit_to_base(self, subject: str, files: Mapping[str, str | bytes | None]) -> str:
        """Someone pushes to base."""
        self.update()
        self._commit(subject, files, "Petra Person <petra@example.com>")
        self.work.git("push", "--quiet", "origin", f"HEAD:refs/heads/{self.base}")
        self.update()
        return self.work.sha(f"origin/{self.base}")

    def configure(self, yaml: str) -> None:
        """Write the config on the default branch."""
        self.commit_to_base("config", {".github/mergebot.yml": yaml})

    def depend(self, dependencies: Mapping[str, list[str]], merge_order: list[list[str]] | None = None) -> None:
        """Write dependencies.json on base."""
        self.needs = dict(dependencies)
        content: dict[str, Any] = {"dependencies": dict(dependencies)}
        if merge_order is not None:
            content["merge_order"] = merge_order
        self.commit_to_base("dependencies", {"dependencies.json": json.dumps(content, indent=2) + "\n"})

    def agent(  # noqa: PLR0913 (a builder: everything but the name has a default)
        self,
        name: str,
        files: Mapping[str, str | bytes | None],
        *,
        on: str | None = None,
        base: str | None = None,
        approved: bool = True,
        score: int | None = 10,
        labels: Sequence[str] = (),
        body: str = "",
        draft: bool = False,
    ) -> int:
        """An agent branches off `on`, commits one file a commit, pushes, and opens a PR into `base`."""
        self.update()
        self.work.git("checkout", "--quiet", "--detach", f"origin/{on or self.base}")
        branch = f"feature/{name}"
        for index, (path, content) in enumerate(files.items()):
            self._author(name, f"{name}: part {index + 1}", {path: content})
        self.work.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        pull = self.repo.open_pull(
            branch, base=base or self.base, title=f"The {name}", body=body, author=AUTHOR, labels=labels, draft=draft
        )
        self.pulls[name] = pull.number
        if approved or score is not None:
            self.review(name, score=score, approve=approved)
        return self.pulls[name]

    def chain(self, *names: str) -> list[int]:
        """Requested PRs, each on the branch of the one before."""
        bases = [None, *(f"feature/{name}" for name in names)]
        return [
            self.agent(name, {f"{name}.txt": f"mark:{name}\n"}, on=base, base=base, labels=["merge"])
            for name, base in zip(names, bases, strict=False)
        ]

    def review(self, name: str, *, score: int | None = 10, approve: bool = True) -> None:
        """The reviewer looks at the head as it is now."""
        text = "" if score is None else f"Review Score: {score}/10"
        state = "APPROVED" if approve else "COMMENTED"
        self.repo.review(self.pulls[name], by=REVIEWER, state=state, body=text)

    def push(self, name: str, files: Mapping[str, str | bytes | None], *, subject: str = "") -> None:
        """The agent pushes another commit to its branch."""
        self.update()
        self.work.git("checkout", "--quiet", "--detach", f"origin/feature/{name}")
        self._author(name, subject or f"{name}: more", files)
        self.work.git("push", "--quiet", "origin", f"HEAD:refs/heads/feature/{name}")

    def _author(self, name: str, subject: str, files: Mapping[str, str | bytes | None]) -> None:
        self._commit(subject, files, f"{name} <{name}@fleet.example>")
        self.authored.setdefault(name, []).append(
            Authored(f"{name} <{name}@fleet.example>", str(EPOCH + 60 * self.work.ticks), subject)
        )

    def _commit(self, subject: str, files: Mapping[str, str | bytes | None], author: str) -> None:
        self.work.commit(subject, files, author=author)

    def answer(self) -> None:
        """CI answers everything that it was asked."""
        self.repo.finish_ci()

    def crowd(self, size: int) -> None:
        """So many open PRs that nobody has asked to merge."""
        for index in range(size):
            self.repo.push(f"crowd/{index}", {f"crowd/{index}.txt": f"{index}\n"}, by=AUTHOR, start=self.base)
            self.repo.open_pull(f"crowd/{index}", base=self.base, title=f"Crowd {index}", author=AUTHOR)

    def fork(
        self, owner: str, branch: str, files: Mapping[str, str | bytes | None], *, labels: Sequence[str], body: str = ""
    ) -> int:
        """A stranger forks, pushes and opens a PR."""
        fork = self.repo.fork(f"{owner}/product")
        fork.push(branch, files, by=owner, start=self.base)
        pull = self.repo.open_pull(
            branch, base=self.base, title=branch, author=owner, fork=fork.full_name, labels=labels, body=body
        )
        return pull.number

    def fork_refs(self, owner: str) -> dict[str, str]:
        """The refs of a fork."""
        return self.hub.repos[f"{owner}/product"].box.refs()

    # what mergebot does

    @property
    def environ(self) -> dict[str, str]:
        """The environment that a process of mergebot gets."""
        return {
            "GITHUB_API_URL": self.hub.api,
            "GITHUB_SERVER_URL": self.hub.url,
            "GITHUB_TOKEN": self.token,
            "RUNNER_TEMP": str(self.cache),
        }

    def forge(self, *, token: str | None = None) -> Forge:
        """GitHub as mergebot opens it."""
        environ = {**self.environ, **({"GITHUB_TOKEN": token} if token else {})}
        return open_github(NAME, environ=environ, clock=self.clock, log=lambda _line: None)

    def clock(self) -> float:
        """The bot's clock is the server's."""
        return float(self.hub.clock())

    def plan(self, *, token: str | None = None) -> Plan:
        """Plan, and see that planning wrote nothing."""
        before = len(self.hub.writes())
        _, _, plan = plan_once(self.forge(token=token), config=None, now=self.clock())
        assert self.hub.writes()[before:] == [], "plan wrote something"
        return plan

    def run(self, *, quiet_after: bool = True) -> tuple[Plan, PassResult]:
        """One pass and every invariant; `quiet_after`: then a second one, which must write nothing."""
        before = self.tip()
        tips = {name: self.repo.pull(number).head_sha for name, number in self.pulls.items()}
        plan, result = run_once(self.forge(), config=None, now=self.clock)
        self.check(before, tips)
        self.check_journal(before)
        if quiet_after:
            self.quiet()
        return plan, result

    def quiet(self) -> PassResult:
        """A pass that has nothing to do: it writes nothing, and keeps to its budget of requests (I5)."""
        writes, asked = len(self.hub.writes()), len(self.asked())
        _, result = run_once(self.forge(), config=None, now=self.clock)
        written = [f"{exchange} {exchange.request}" for exchange in self.hub.writes()[writes:]]
        assert written == [], f"I5: a pass with nothing to do wrote something: {result}"
        count = len(self.asked()) - asked
        budget = math.ceil(len(self.repo.data.open_pulls) / 25) + 6
        assert count <= budget, f"{count} requests for a quiet pass, {budget} allowed"
        return result

    def asked(self) -> list[Exchange]:
        """The API requests so far; git is none."""
        return self.hub.api_requests()

    def settle(self, passes: int = 12) -> list[str]:
        """Pass after pass, with CI answering in between, until nothing changes; who has landed, in order."""
        for _ in range(passes):
            writes = len(self.hub.writes())
            self.run()
            self.answer()
            if len(self.hub.writes()) == writes:
                return self.landed()
        raise AssertionError(f"the queue did not come to rest in {passes} passes: {self.landed()}")
