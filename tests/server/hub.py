"""The server as tests see it: `with GitHub.start(folder) as hub`, accounts, repositories, faults and the log."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from copy import deepcopy
from pathlib import Path
from typing import Self

from tests.server import auth, ci
from tests.server.faults import Exchange, Fault, FaultKind
from tests.server.http import Listener
from tests.server.repo import Repo
from tests.server.state import App, Level, PullRequest, Repository, State, Token, User
from tests.server.state_people import TokenKind
from tests.server.store import Store


class GitHub(AbstractContextManager["GitHub"]):
    """One GitHub on 127.0.0.1. `lock` guards everything: a request holds it while it has its effect.

    `unknown`: what a client asked for that the server does not know; leaving the context raises it, and all that
    GitHub's own description of its API does not know (where that is installed: `make conformance`). `watch`: sees each
    request to the API under the lock, right before its effect.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lock = threading.RLock()
        self.state = State()
        self.log: list[Exchange] = []
        self.faults: list[Fault] = []
        self.unknown: list[str] = []
        self.watch: Callable[[Exchange], None] = lambda _exchange: None
        self.clock: Callable[[], float] = time.time
        self.repos: dict[str, Repo] = {}
        self.stores: dict[int, Store] = {}
        self._stale: State | None = None
        self._listener: Listener | None = None
        self.state.apps[ci.ACTIONS] = App(id=ci.ACTIONS, slug="github-actions", name="GitHub Actions")

    @classmethod
    def start(cls, root: Path) -> Self:
        """A server that listens, with its repositories below `root`."""
        hub = cls(root / "github")
        hub.root.mkdir(parents=True)
        hub._listener = Listener(hub)
        return hub

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        from tests.conformance.log import departures  # noqa: PLC0415 (it needs the types of the server)

        self.stop()
        if kind is None and self.unknown:
            raise AssertionError("the test server was asked what it does not know:\n" + "\n".join(self.unknown))
        if kind is None and (found := departures(self.log)):
            raise AssertionError("this is not as GitHub describes its API:\n" + "\n".join(found))

    def stop(self) -> None:
        """Stop listening."""
        for fault in self.faults:
            fault.release()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for store in self.stores.values():
            store.close()

    @property
    def url(self) -> str:
        """`GITHUB_SERVER_URL`."""
        return f"http://127.0.0.1:{self._listener.port if self._listener else 0}"

    @property
    def api(self) -> str:
        """`GITHUB_API_URL`, of the form that GitHub Enterprise Server has."""
        return f"{self.url}/api/v3"

    def user(self, login: str, *, permission: Level = "none", name: str = "", kind: str = "User") -> User:
        """An account, made or changed; `permission`: in every repository that grants it nothing else."""
        with self.lock:
            user = self.state.users.get(login) or User(login, self.state.new_id())
            user.permission, user.kind, user.name = permission, kind, name or user.name
            self.state.users[login] = user
            return user

    def token(
        self,
        login: str,
        *,
        kind: TokenKind = "pat",
        rights: Mapping[str, str] | None = None,
        repositories: tuple[str, ...] = (),
        expires_in: float | None = None,
    ) -> str:
        """A token of an account, which is made where there is none (of a bot: give the login without `[bot]`).

        `pat` and `fine`: a person's, with that person's rights. `app`: an installation token. `actions`: the
        GITHUB_TOKEN of a workflow, always `github-actions[bot]`. `read`: an app's that may only read.
        """
        with self.lock:
            given = {"pat": auth.PERSON_RIGHTS, "fine": auth.PERSON_RIGHTS, "read": auth.READ_RIGHTS}
            name = "github-actions" if kind == "actions" else login
            account = name if kind in ("pat", "fine") else f"{name.removesuffix('[bot]')}[bot]"
            if account not in self.state.users:
                person = kind in ("pat", "fine")
                self.user(account, kind="User" if person else "Bot", permission="write" if person else "none")
            prefix = {"pat": "ghp_", "fine": "github_pat_"}.get(kind, "ghs_")
            token = Token(
                text=f"{prefix}{self.state.new_id():036d}",
                login=account,
                kind=kind,
                rights={"metadata": "read", **(given.get(kind, auth.APP_RIGHTS) if rights is None else rights)},
                repositories=repositories,
                expires_at=None if expires_in is None else self.clock() + expires_in,
                api_limit=1000 if kind == "actions" else 5000,
            )
            self.state.tokens[token.text] = token
            return token.text

    def app(self, slug: str, *, public_key: str, rights: Mapping[str, str] | None = None) -> App:
        """A GitHub App that is installed everywhere and gets its tokens by a signed JWT."""
        with self.lock:
            app = App(
                id=self.state.new_id(),
                slug=slug,
                name=slug,
                public_key=public_key,
                installation=self.state.new_id(),
                rights=dict(rights or auth.APP_RIGHTS),
            )
            self.state.apps[app.id] = app
            return app

    def repository(
        self,
        full_name: str,
        *,
        default: str = "main",
        files: Mapping[str, str | bytes] | None = None,
        private: bool = False,
        owner_kind: str = "User",
    ) -> Repo:
        """A new repository whose default branch has one commit, `initial`."""
        with self.lock:
            owner, _, name = full_name.partition("/")
            if self.state.user(owner) is None:
                self.user(owner, kind=owner_kind, permission="none")
            data = Repository(id=self.state.new_id(), owner=owner, name=name, default=default, created_at=self.clock())
            data.settings.private = private
            self.state.repositories[full_name] = data
            repo = self.repos[full_name] = Repo(self, data)
            repo.create(files if files is not None else {"README": "hello\n"})
            return repo

    def delete_user(self, login: str) -> None:
        """Delete an account: what it has written has no author any more."""
        with self.lock:
            del self.state.users[login]

    def delete_repository(self, full_name: str) -> None:
        """Delete a fork: the PRs from it stay open, their head has no repository any more."""
        with self.lock:
            gone = self.state.repositories.pop(full_name)
            for home in self.network(gone):
                for pull in home.pulls:
                    pull.head_repository = None if pull.head_repository == full_name else pull.head_repository

    def rename(self, old: str, new: str) -> Repo:
        """Give a repository another name; the old one leads to it (platform: 301, or 307 for a write)."""
        with self.lock:
            repo = self.repos.pop(old)
            del self.state.repositories[old]
            data, before = repo.data, repo.path
            data.owner, _, data.name = new.partition("/")
            repo.path.parent.mkdir(parents=True, exist_ok=True)
            before.rename(repo.path)
            if data.id in self.stores:
                self.stores.pop(data.id).close()
            self.state.repositories[new], self.repos[new] = data, repo
            owner, _, name = old.partition("/")
            self.state.repositories[old] = Repository(
                self.state.new_id(), owner, name, data.default, data.created_at, renamed_to=new
            )
            for pull in data.pulls:
                pull.head_repository = new if pull.head_repository == old else pull.head_repository
            return repo

    def store(self, repository: Repository) -> Store:
        """The git side of a repository."""
        if repository.id not in self.stores:
            self.stores[repository.id] = Store(self.root / f"{repository.full_name}.git")
        return self.stores[repository.id]

    def network(self, repository: Repository) -> list[Repository]:
        """The repositories whose PRs may have their head in this one: itself, and the one it was forked from."""
        parent = self.state.repository(repository.parent) if repository.parent else None
        return [repository, *([parent] if parent else [])]

    def head_of(self, repository: Repository, pull: PullRequest) -> str | None:
        """The tip of a PR's head branch, None where branch or fork are gone."""
        home = self.state.repository(pull.head_repository) if pull.head_repository else None
        tip = home.branch(pull.head_ref) if home else None
        if tip is not None and home is not None and home is not repository:
            self.bring(home, repository, tip)
        return tip

    def bring(self, source: Repository, home: Repository, sha: str) -> None:
        """Bring a commit of a fork into its parent (platform: they share their objects)."""
        if not self.store(home).has(sha):
            self.store(home).git("fetch", "--quiet", "--no-write-fetch-head", str(self.store(source).path), sha)

    def ci_of(self, repository: Repository, workflow: int) -> ci.Ci:
        """What a workflow says of files: its own function, or the repository's."""
        repo = self.repos[repository.full_name]
        return repo.own_ci.get(workflow, repo.ci)

    def view(self) -> State:
        """The state that GraphQL reads: the present one, or the old one of a stale reading."""
        return self._stale or self.state

    def remember(self) -> State:
        """The state of this moment, for a fault of kind STALE."""
        with self.lock:
            return deepcopy(self.state)

    def freeze_reads(self) -> None:
        """From now on GraphQL shows this moment, until `thaw_reads`."""
        with self.lock:
            self._stale = deepcopy(self.state)

    def thaw_reads(self) -> None:
        with self.lock:
            self._stale = None

    def reading(self, state: State | None) -> AbstractContextManager[None]:
        """Let GraphQL show an old state for the time of one request."""
        return _Reading(self, state)

    def writes(self) -> list[Exchange]:
        """The log's writes: REST other than GET, mutations, pushes; those that were refused too."""
        return [exchange for exchange in self.log if exchange.writes]

    def api_requests(self) -> list[Exchange]:
        """The log without git."""
        return [exchange for exchange in self.log if exchange.kind != "git"]

    def fault(self, exchange: Exchange, *kinds: FaultKind) -> Fault | None:
        """The first fault of one of these kinds that this request meets; it is used up by that."""
        for fault in self.faults:
            if fault.kind in kinds and fault.hits < fault.times and fault.when(exchange):
                fault.hits += 1
                exchange.fault = fault.kind
                return fault
        return None


class _Reading(AbstractContextManager[None]):
    def __init__(self, hub: GitHub, state: State | None) -> None:
        self.hub, self.state = hub, state

    def __enter__(self) -> None:
        self.before = self.hub._stale
        self.hub._stale = self.state or self.before

    def __exit__(self, *_: object) -> None:
        self.hub._stale = self.before
