"""A repository on the test server, with a reader on it over real HTTP and real git."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mergebot.forge.github.client import Bounds, Client
from mergebot.forge.github.hosts import Hosts
from mergebot.forge.github.limits import Patience
from mergebot.forge.github.reader import GithubReader
from mergebot.forge.github.session import Session
from mergebot.forge.github.tokens import find_credentials
from mergebot.forge.protocol import ForgeState
from mergebot.git.mirror import Mirror
from mergebot.model.ids import PrNumber
from mergebot.model.policy import Policy
from mergebot.model.snapshot import PullRequest
from tests.server.faults import Exchange, Fault, FaultKind
from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.state_people import TokenKind


@dataclass
class Lab:
    """`o/r` on a server; `ada` and `bob` may write, `eve` may not. mergebot is an app, unless `kind` says else."""

    hub: GitHub
    repo: Repo
    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    clock: Callable[[], float] = time.time

    @classmethod
    def start(cls, hub: GitHub, folder: Path) -> "Lab":
        """The repository, with the people in it."""
        hub.user("ada", permission="write")
        hub.user("bob", permission="write")
        hub.user("eve", permission="none")
        return cls(hub=hub, repo=hub.repository("o/r", owner_kind="Organization"), folder=folder)

    def session(self, kind: TokenKind = "app", login: str = "mergebot") -> Session:
        """A new pass's session, with a token of that kind."""
        return self.with_token(self.hub.token(login, kind=kind))

    def with_token(self, token: str) -> Session:
        """A new pass's session."""
        hosts = Hosts(api=self.hub.api, server=self.hub.url)
        credentials = find_credentials({"GITHUB_TOKEN": token}, hosts, "o/r")
        patience = Patience(Bounds(), clock=self.clock, sleep=lambda _seconds: None)
        client = Client(hosts, credentials, clock=self.clock, log=lambda _line: None, patience=patience)
        mirror = Mirror.open(self.folder / "mirror.git", hosts.git_url("o/r"), client.git_authorization)
        return Session(
            hosts=hosts,
            repository="o/r",
            client=client,
            mirror=mirror,
            environ=self.environ,
            clock=self.clock,
        )

    def reader(self, kind: TokenKind = "app", login: str = "mergebot") -> GithubReader:
        """A new pass's reader."""
        return GithubReader(self.session(kind, login))

    def read(self, policy: Policy | None = None, *, kind: TokenKind = "app") -> ForgeState:
        """What a new pass sees."""
        reader = self.reader(kind)
        reader.read_rules(None)
        return reader.read(policy or Policy())

    def pull(self, name: str, *, by: str = "ada", on: str = "main", **more: object) -> PrNumber:
        """A PR of one commit on `feature/NAME`."""
        branch = f"feature/{name}"
        self.repo.push(branch, {f"{name}.txt": f"{name}\n"}, by=by, start=on)
        opened = self.repo.open_pull(branch, title=f"Add {name}", author=by, base=on, **more)  # type: ignore[arg-type]
        return PrNumber(opened.number)

    def asked(self) -> list[Exchange]:
        """The API requests since the last time this was asked."""
        found = self.hub.api_requests()
        self.hub.log.clear()
        return found

    def break_answer(self, when: Callable[[Exchange], bool], edit: Callable[[dict], object], times: int = 1) -> None:  # type: ignore[type-arg]
        """Change GraphQL answers on their way."""
        self.hub.faults.append(Fault(when=when, kind=FaultKind.EDIT, edit=edit, times=times))


def by_number(state: ForgeState) -> dict[int, PullRequest]:
    return {pr.number: pr for pr in state.pull_requests}
