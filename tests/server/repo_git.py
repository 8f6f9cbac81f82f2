"""A repository as tests see it: its bare repository, and pushes to it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mergebot.model.ids import Sha
from tests.sandbox import EPOCH, Sandbox
from tests.server import ci, pushing
from tests.server.state import Repository, Settings, Workflow
from tests.server.store import Store

if TYPE_CHECKING:
    from tests.server.hub import GitHub

CONFIG = {
    "uploadpack.allowAnySHA1InWant": "true",
    "uploadpack.allowFilter": "true",
    "receive.hideRefs": "refs/pull",
    "transfer.hideRefs": "refs/server",
    "receive.denyDeleteCurrent": "ignore",
    "http.receivepack": "true",
    "gc.auto": "0",
    "receive.autogc": "false",
    "core.logAllRefUpdates": "false",
}


class BareRepo:
    """The verbs. `data` is what the server knows of it, `box` is for looking into the bare repository.

    `ci`: what CI says of the files of a tree; see `ci.passes`.
    """

    def __init__(self, hub: "GitHub", data: Repository) -> None:
        self.hub = hub
        self.data = data
        self.ci: ci.Ci = ci.passes
        self.own_ci: dict[int, ci.Ci] = {}
        data.workflows.append(Workflow(hub.state.new_id(), "CI", ".github/workflows/ci.yml"))

    @property
    def full_name(self) -> str:
        return self.data.full_name

    @property
    def store(self) -> Store:
        return self.hub.store(self.data)

    @property
    def path(self) -> Path:
        return self.hub.root / f"{self.data.full_name}.git"

    @property
    def box(self) -> Sandbox:
        return self.store.box

    @property
    def settings(self) -> Settings:
        return self.data.settings

    @property
    def url(self) -> str:
        """Where git finds it."""
        return f"{self.hub.url}/{self.full_name}.git"

    def create(self, files: Mapping[str, str | bytes], *, clone_of: Path | None = None) -> None:
        """Make the bare repository, with its first commit or as a clone."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if clone_of is None:
            for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
                (self.path / folder).mkdir(parents=True)
            (self.path / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
        else:
            Sandbox(self.path.parent).git("clone", "--quiet", "--bare", str(clone_of), str(self.path))
        lines = "".join(
            f"[{key.rpartition('.')[0]}]\n\t{key.rpartition('.')[2]} = {value}\n" for key, value in CONFIG.items()
        )
        with (self.path / "config").open("a") as config:
            config.write(lines)
        (self.path / "HEAD").write_text(f"ref: refs/heads/{self.data.default}\n")
        (self.path / "hooks").mkdir(exist_ok=True)
        if clone_of is None:
            self._import(self._commit(self.data.default, files, None, "initial", "Ada Author <ada@example.org>"))
        self.data.refs = self.store.refs()

    def sha(self, name: str) -> Sha:
        """The tip of a branch (any name that git knows)."""
        return self.box.sha(name)

    def push(
        self,
        branch: str,
        content: str | Mapping[str, str | bytes | None] | None,
        *,
        by: str = "ada",
        start: str | None = None,
        message: str = "",
        author: str | None = None,
    ) -> Sha:
        """Somebody pushes to a branch: a commit (a sha), files for a new commit, or None to delete it.

        A branch that is new starts at `start` (default: the default branch). No rule is asked.
        """
        with self.hub.lock:
            self.hub.state.user(by) or self.hub.user(by, permission="write")
            if isinstance(content, Mapping):
                start = start or (branch if self.data.branch(branch) else self.data.default)
                message = message or f"Change {branch}"
                parent = self.data.branch(start) or self.sha(start)
                files = self._commit(branch, content, parent, message, author or f"{by} <{by}@example.org>")
                self._import(files)
            else:
                self.store.update({f"refs/heads/{branch}": content})
            pushing.settle(self.hub, self.data, by=by)
            return Sha(self.data.refs.get(f"refs/heads/{branch}", ""))

    def delete_branch(self, branch: str, *, by: str = "ada") -> None:
        """Press the button on the web site, which retargets the PRs based on it (a push would close them)."""
        with self.hub.lock:
            self.store.update({f"refs/heads/{branch}": None})
            pushing.settle(self.hub, self.data, by=by, retargets=True)

    def push_all(self, branches: Mapping[str, Mapping[str, str | bytes | None]], *, by: str = "ada") -> None:
        """Many new branches at once, each with one commit on the default branch: fast."""
        with self.hub.lock:
            self.hub.state.user(by) or self.hub.user(by, permission="write")
            start = self.sha(self.data.default)
            author = f"{by} <{by}@example.org>"
            self._import(
                b"".join(self._commit(name, files, start, f"Change {name}", author) for name, files in branches.items())
            )
            pushing.settle(self.hub, self.data, by=by)

    def _import(self, commits: bytes) -> None:
        self.box.git("fast-import", "--quiet", "--force", stdin=commits)

    def _commit(
        self, branch: str, files: Mapping[str, str | bytes | None], start: str | None, message: str, author: str
    ) -> bytes:
        """One commit with these files (None deletes one) on top of `start`, to which the branch moves."""
        self.box.ticks += 1
        date = f"{EPOCH + 60 * self.box.ticks} +0000"
        lines = [f"commit refs/heads/{branch}\nauthor {author} {date}\ncommitter {author} {date}\n".encode()]
        lines.append(_data(message.encode()) + (f"from {start}\n".encode() if start else b""))
        for path, content in files.items():
            if content is None:
                lines.append(f"D {path}\n".encode())
            else:
                raw = content.encode() if isinstance(content, str) else content
                lines.append(f"M 100644 inline {path}\n".encode() + _data(raw))
        return b"".join(lines)

    def settle(self, *, by: str = "ada") -> None:
        """Take note of what was done in the bare repository behind the server's back."""
        with self.hub.lock:
            pushing.settle(self.hub, self.data, by=by)


def _data(raw: bytes) -> bytes:
    return f"data {len(raw)}\n".encode() + raw + b"\n"
