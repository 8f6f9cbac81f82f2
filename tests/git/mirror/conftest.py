"""A server with a repository, and a mirror of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mergebot.git.mirror import Mirror
from tests.git.gitserver import GitServer, git_server
from tests.sandbox import Sandbox

TEXT = "".join(f"line {number}\n" for number in range(60))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "server") as server:
        yield server


@pytest.fixture
def hub(server: GitServer, sandbox: Sandbox) -> Sandbox:
    """On `main` some files; `topic` edits one of them in two commits; then `rival` and `main` edit another one."""
    sandbox.commit("files", {name: f"{name}\n{TEXT}" for name in ("a", "b", "c/d", "old")})
    sandbox.branch("topic")
    sandbox.commit("one", {"a": f"a, changed\n{TEXT}", "new": TEXT})
    sandbox.commit("two", {"a": f"a, changed\n{TEXT}at the end\n"})
    sandbox.branch("rival", "main")
    sandbox.commit("at the end of b", {"b": f"b\n{TEXT}at the end\n"})
    sandbox.commit("main goes on", {"b": f"b, changed\n{TEXT}"}, branch="main")
    return server.repository(source=sandbox)


@pytest.fixture
def mirror(server: GitServer, hub: Sandbox, tmp_path: Path) -> Mirror:  # noqa: ARG001 (what it mirrors)
    return server.mirror(tmp_path / "mirrors" / "m")
