"""How a pass gets to GitHub: over sockets, as everybody does, or handed over in this process, which is much faster.

In process there are no fetches: one store has the objects of the server and of the clone. So what can go wrong with a
fetch, or with what a fetch has left behind, is tried over sockets alone.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from tests.near.near import Near
from tests.near.objects import FastStore, Known
from tests.sandbox import Sandbox
from tests.scenarios.github_world import GithubWorld


class Way(Protocol):
    """How passes get to the server of a world, and how its repository and mergebot's clone are kept and restored."""

    is_near: bool

    def keep(self, folder: Path) -> None:
        """Keep the server's repository as it is."""

    def restore(self, folder: Path) -> None:
        """Put it back to what was kept."""

    def forget(self) -> None:
        """The next pass is on a machine that has seen nothing."""

    def clone(self) -> list[str]:
        """What there is in mergebot's clone, but for loose objects: more or fewer make no difference to anyone."""

    def at_work(self) -> AbstractContextManager[None]:
        """While this lasts, a pass is under way."""


class Sockets:
    """HTTP and git over sockets; each pass without a clone has to fetch."""

    is_near = False

    def __init__(self, world: GithubWorld) -> None:
        self.world = world

    def keep(self, folder: Path) -> None:
        shutil.copytree(self.world.repo.path, folder / "repo.git")

    def restore(self, folder: Path) -> None:
        stores = self.world.hub.stores
        for store in stores.values():
            store.close()
        stores.clear()
        shutil.rmtree(self.world.repo.path)
        shutil.copytree(folder / "repo.git", self.world.repo.path)

    def forget(self) -> None:
        shutil.rmtree(self.world.cache)
        self.world.cache.mkdir()

    def clone(self) -> list[str]:
        cache = self.world.cache
        found = (path for path in cache.rglob("*") if path.is_file() and not _is_loose(path))
        return sorted(f"{path.relative_to(cache)} {path.stat().st_size}" for path in found)

    def at_work(self) -> AbstractContextManager[None]:
        return nullcontext()


def _is_loose(path: Path) -> bool:
    return path.parent.parent.name == "objects" and len(path.parent.name) == len("00")


class InProcess:
    """Requests and git's talk with the server are handed over; what git has said of objects is not asked again."""

    is_near = True

    def __init__(self, world: GithubWorld) -> None:
        self.world = world
        hub, data = world.hub, world.repo.data
        known = Known(world.repo.path / "objects")
        self.near = Near(hub, known.folder)
        hub.stores.pop(data.id).close()
        store = FastStore(world.repo.path, known=known)
        store.box = Remembering(world.repo.path, store=store)
        hub.stores[data.id] = store

    def keep(self, folder: Path) -> None:
        shutil.copytree(self.world.repo.path / "refs", folder / "refs")

    def restore(self, folder: Path) -> None:
        shutil.rmtree(self.world.repo.path / "refs")
        shutil.copytree(folder / "refs", self.world.repo.path / "refs")
        self.world.repo.box.ticks = 0
        self.near.server.late.clear()

    def forget(self) -> None:
        shutil.rmtree(self.world.cache)
        self.world.cache.mkdir()
        self.near.refs.clear()

    def clone(self) -> list[str]:
        return sorted(ref for refs in self.near.refs.values() for ref in refs)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with self.near.installed():
            try:
                yield
            finally:
                self.near.server.catch_up()


@dataclass
class Remembering(Sandbox):
    """Looks into a repository whose objects all stay: what git has said of these refs is not asked again."""

    store: FastStore = field(kw_only=True)
    said: dict[object, bytes] = field(default_factory=dict)

    def raw(self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        if args[0] not in ("log", "rev-list", "merge-base", "diff", "grep", "rev-parse", "cat-file", "ls-tree"):
            return super().raw(*args, stdin=stdin, env=env)
        refs = tuple((ref, sha) for ref, sha in self.refs().items() if "--all" in args or ref.startswith("refs/heads/"))
        key = (args, stdin, refs)
        if key not in self.said:
            self.said[key] = super().raw(*args, stdin=stdin, env=env)
        return self.said[key]

    def refs(self) -> dict[str, str]:
        return self.store.refs()


WAYS: Final[Mapping[str, type[Way]]] = {"in process": InProcess, "sockets": Sockets}
