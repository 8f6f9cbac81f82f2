"""Verbs on a real git repository, for tests: every commit has fixed names and a date that ticks by one minute."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mergebot.model.ids import Sha

EPOCH = 1_750_000_000
"""The date of the first commit, UTC seconds."""


@dataclass
class Sandbox:
    """A repository in a temporary folder. `ticks` counts the commits, each one minute after the last."""

    path: Path
    ticks: int = field(default=0)

    @classmethod
    def create(cls, path: Path, *, bare: bool = False) -> "Sandbox":
        """A new repository; unless it is bare, `main` has one commit, `initial`, with the file README."""
        path.mkdir(parents=True)
        sandbox = cls(path)
        sandbox.git("init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []))
        if not bare:
            sandbox.commit("initial", {"README": "hello\n"})
        return sandbox

    def git(self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """Run git, raise on failure, and give its output without the last newline."""
        return self.raw(*args, stdin=stdin, env=env).decode("utf-8", "surrogateescape").rstrip("\n")

    def raw(self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """Run git, raise on failure, and give its output as bytes."""
        done = subprocess.run(
            ["git", *args],
            cwd=self.path,
            input=stdin,
            capture_output=True,
            check=False,
            env={**os.environ, **self.identity(), **(env or {})},
        )
        if done.returncode:
            raise AssertionError(
                f"git {' '.join(args)}: exit {done.returncode}\n{done.stderr.decode(errors='replace')}"
            )
        return done.stdout

    def identity(self) -> dict[str, str]:
        """The environment that fixes who commits, and when."""
        date = f"{EPOCH + 60 * self.ticks} +0000"
        return {
            "GIT_AUTHOR_NAME": "Ada Author",
            "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": "Carl Committer",
            "GIT_COMMITTER_EMAIL": "carl@example.org",
            "GIT_COMMITTER_DATE": date,
        }

    def commit(
        self,
        message: str,
        files: Mapping[str, str | bytes | None] | None = None,
        *,
        branch: str | None = None,
        author: str | None = None,
    ) -> Sha:
        """Write the files (None deletes) and commit them, on the branch that is checked out or the one named."""
        if branch is not None:
            self.git("checkout", "--quiet", branch)
        self.ticks += 1
        for name, content in (files or {}).items():
            self.write(name, content)
        self.git("add", "--all", "--force", "--", *(files or {})) if files else None
        by = ["--author", author] if author else []
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", *by, "--message", message)
        return self.sha("HEAD")

    def write(self, name: str, content: str | bytes | None) -> None:
        """Write one file of the work tree; None deletes it."""
        file = self.path / name
        if content is None:
            file.unlink()
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def branch(self, name: str, start: str = "main") -> None:
        """Make a branch at `start` and check it out."""
        self.git("checkout", "--quiet", "-b", name, start)

    def checkout(self, name: str) -> None:
        """Check a branch or a commit out."""
        self.git("checkout", "--quiet", name)

    def sha(self, name: str = "HEAD") -> Sha:
        """The id of the commit that `name` means."""
        return Sha(self.git("rev-parse", "--verify", f"{name}^{{commit}}"))

    def tree(self, name: str = "HEAD") -> Sha:
        """The id of the tree of a commit."""
        return Sha(self.git("rev-parse", "--verify", f"{name}^{{tree}}"))

    def history(self, name: str = "main") -> list[str]:
        """The subjects of a branch's commits, oldest first."""
        return self.git("log", "--reverse", "--format=%s", name).splitlines()

    def refs(self) -> dict[str, str]:
        """Every ref and what it points at."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").split("\n")  # a name may have other ends
        return dict(line.split(" ", 1) for line in lines if line)

    def read(self, name: str, at: str = "main") -> str:
        """A file's text in a commit, whole."""
        return self.raw("show", f"{at}:{name}").decode("utf-8", "surrogateescape")
