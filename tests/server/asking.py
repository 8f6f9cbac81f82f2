"""A client without opinions: plain requests and real git, to show what the test server does."""

import base64
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.server.hub import GitHub


@dataclass(frozen=True)
class Said:
    """An answer of the API."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def words(self) -> str:
        return str(self.body["message"])


@dataclass(frozen=True)
class Asker:
    """Asks as one account."""

    hub: GitHub
    token: str

    def __call__(self, method: str, path: str, body: object = None) -> Said:
        """One request to REST; the path as GitHub's documentation has it."""
        return ask(self.hub, method, f"/api/v3{path}", body, authorization=f"Bearer {self.token}")

    def graphql(self, query: str, **variables: object) -> Said:
        """One GraphQL request."""
        body = {"query": query, "variables": variables}
        return ask(self.hub, "POST", "/api/graphql", body, authorization=f"bearer {self.token}")


def ask(hub: GitHub, method: str, path: str, body: object = None, *, authorization: str = "") -> Said:
    """One request, and the answer as it came."""
    connection = HTTPConnection(urlsplit(hub.url).netloc, timeout=10)
    headers = {"User-Agent": "asker", **({"Authorization": authorization} if authorization else {})}
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer: HTTPResponse = connection.getresponse()
        raw = answer.read()
        return Said(answer.status, json.loads(raw) if raw else None, dict(answer.getheaders()))
    finally:
        connection.close()


@dataclass(frozen=True)
class Pushed:
    """What git said: its exit code, its porcelain lines for refs, and what the remote said."""

    code: int
    refs: tuple[str, ...]
    words: str


@dataclass
class Clone:
    """A working copy that pushes and fetches with a token."""

    path: Path
    hub: GitHub
    token: str

    @classmethod
    def of(cls, hub: GitHub, name: str, path: Path, token: str, *options: str) -> "Clone":
        """Clone a repository."""
        path.mkdir(parents=True)
        clone = cls(path, hub, token)
        done = clone.git("clone", "--quiet", *options, f"{hub.url}/{name}.git", ".")
        assert done.returncode == 0, done.stderr
        return clone

    def git(self, *args: str) -> subprocess.CompletedProcess[str]:
        basic = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        names = {f"GIT_{who}_{what}": "cora" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environ = {
            **os.environ,
            **names,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{self.hub.url}/.extraheader",
            "GIT_CONFIG_VALUE_0": f"Authorization: basic {basic}",
        }
        return subprocess.run(["git", *args], cwd=self.path, env=environ, capture_output=True, text=True, check=False)

    def commit(self, name: str, content: str = "content\n", *, message: str = "work") -> str:
        """A commit on what is checked out, with one file."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        self.git("add", "--all")
        assert self.git("commit", "--quiet", "--allow-empty", "--message", message).returncode == 0
        return self.git("rev-parse", "HEAD").stdout.strip()

    def push(self, *refspecs: str, options: Sequence[str] = ()) -> Pushed:
        """Push, and read what came of each ref."""
        done = self.git("push", "--porcelain", *options, "origin", *refspecs)
        refs = tuple(line for line in done.stdout.splitlines() if "\t" in line)
        return Pushed(done.returncode, refs, done.stderr)
