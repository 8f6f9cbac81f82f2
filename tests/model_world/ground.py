"""The ground of a model: one server, one repository and its clone, put back to the same start for each example."""

import shutil
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mergebot.forge.registry import open_github
from tests.near.near import Near
from tests.near.objects import FastStore, Known
from tests.sandbox import EPOCH
from tests.scenarios.github_faults import START, Time
from tests.server import pushing
from tests.server.faults import Exchange
from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.state import Repository, State

NAME = "fleet/product"
BASE = "main"
RITA, WALT, MALLORY, AUTHOR = "rita", "walt", "mallory", "fleet"
AGENTS = ("a", "b", "c", "d", "e")
BOT = "mergebot[bot]"


class _Nowhere:
    """A listener that nobody reaches: what is sent to it would be refused."""

    port = 9

    def close(self) -> None:
        """Nothing was opened."""


def shared(**lines: str) -> bytes:
    """The file in which people meet: one line a place, `slotN=…` puts another one there."""
    return "".join(f"{lines.get(f'slot{place}', f'base:{place}')}\nkeep:{place}\n" for place in range(4)).encode()


@dataclass
class Ground:
    """The server, and what is needed to start again. `time` is everybody's clock."""

    hub: GitHub
    near: Near
    repo: Repo
    known: Known
    start: State
    token: str
    caches: Path
    time: Time = field(default_factory=Time)

    @classmethod
    def create(cls, folder: Path) -> "Ground":
        """A repository with a few files, people of every kind, and mergebot's account."""
        hub = GitHub(folder / "github")
        hub.root.mkdir(parents=True)
        hub._listener = _Nowhere()  # type: ignore[assignment]
        time = Time()
        hub.clock = time
        for login, right in ((AUTHOR, "write"), (RITA, "maintain"), (WALT, "write"), (MALLORY, "read")):
            hub.user(login, permission=right)  # type: ignore[arg-type]
        token = hub.token("mergebot", kind="app")
        files: dict[str, str | bytes] = {
            "README.md": "product\n",
            "shared.txt": shared(),
            "dependencies.json": '{"dependencies": {}}\n',
        }
        repo = hub.repository(NAME, files=files)
        known = Known(repo.path / "objects")
        hub.stores[repo.data.id].close()
        hub.stores[repo.data.id] = FastStore(repo.path, known=known)
        ground = cls(hub, Near(hub, known.folder), repo, known, deepcopy(hub.state), token, folder / "caches", time)
        ground.caches.mkdir()
        return ground

    def again(self) -> None:
        """Everything as it was at the start, but for the objects, which are nobody's until a ref names them."""
        hub = self.hub
        hub.faults.clear()
        hub.log.clear()
        hub.unknown.clear()
        hub.state = deepcopy(self.start)
        self.time.now = START
        for number, store in [*hub.stores.items()]:
            if number != self.repo.data.id:
                store.close()
                del hub.stores[number]
        for name in [name for name in hub.repos if name != NAME]:
            shutil.rmtree(hub.repos.pop(name).path)
        self.repo.data = hub.state.repositories[NAME]
        shutil.rmtree(self.repo.path / "refs")
        self.repo.store.update(dict(self.repo.data.refs))
        self.near.refs.clear()

    def fork(self, owner: str) -> Repo:
        """Somebody's copy of the repository."""
        hub, name = self.hub, f"{owner}/product"
        if name in hub.repos:
            return hub.repos[name]
        data = Repository(hub.state.new_id(), owner, "product", BASE, hub.clock(), parent=NAME)
        hub.state.repositories[name] = data
        fork = hub.repos[name] = Repo(hub, data)
        data.workflows.clear()
        (fork.path / "refs/heads").mkdir(parents=True)
        (fork.path / "objects").symlink_to(self.known.folder)
        (fork.path / "HEAD").write_text("ref: refs/heads/main\n")
        (fork.path / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
        hub.stores[data.id] = FastStore(fork.path, known=self.known)
        return fork

    @property
    def store(self) -> FastStore:
        store = self.repo.store
        assert isinstance(store, FastStore)
        return store

    def files(self, commit: str) -> dict[str, bytes]:
        """The files of a commit."""
        return self.store.files(self.store.commit(commit).tree)

    def commit(self, parents: list[str], files: Mapping[str, bytes], author: str, subject: str, tick: int) -> str:
        """A commit with just these files."""
        date = f"{EPOCH + 60 * tick} +0000"
        lines = [f"tree {self.known.write_tree(files)}", *(f"parent {parent}" for parent in parents)]
        lines += [
            f"author {author} <{author}@fleet.example> {date}",
            f"committer {author} <{author}@fleet.example> {date}",
        ]
        return self.known.write("commit", "\n".join([*lines, "", f"{subject}\n"]).encode())

    def move(self, branch: str, sha: str | None, *, by: str, repo: Repo | None = None) -> None:
        """Somebody pushes a branch (None: deletes it)."""
        home = repo or self.repo
        with self.hub.lock:
            home.store.update({f"refs/heads/{branch}": sha})
            pushing.settle(self.hub, home.data, by=by)

    def environ(self, where: str) -> dict[str, str]:
        """The environment of a process of mergebot."""
        return {
            "GITHUB_API_URL": self.hub.api,
            "GITHUB_SERVER_URL": self.hub.url,
            "GITHUB_TOKEN": self.token,
            "RUNNER_TEMP": str(self.caches / where),
        }

    def watch(self, on: Any) -> None:  # noqa: ANN401 (a function of an exchange)
        """Have every request looked at, under the server's lock, before its effect."""
        self.hub.watch = on


def clone(ground: Ground, where: str) -> None:
    """Make mergebot's clone, with the objects that everybody has."""
    (ground.caches / where).mkdir()
    with ground.near.installed():
        open_github(NAME, environ=ground.environ(where), clock=ground.time, log=lambda _line: None)


def writes(log: list[Exchange]) -> int:
    """How many of these were meant to change anything."""
    return sum(exchange.writes for exchange in log)
