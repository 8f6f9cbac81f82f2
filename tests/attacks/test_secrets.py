"""Where a token could be seen: outputs, files, comments, commits, the list of processes, git's configuration (I6)."""

import base64
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.scenarios.github_world import NAME, GithubWorld
from tests.scenarios.test_fleet import FLEET
from tests.scenarios.world import marked
from tests.server.faults import Fault, FaultKind

GIT: frozenset[str] = frozenset({"git", "git-remote-http", "git-remote-https", "env"})
"""Who gets the token by its environment: git, what git starts to talk to the server, and env(1), which becomes git."""


@dataclass
class Seen:
    """What the processes that came up meanwhile showed to others: `/proc`, looked at again and again."""

    before: frozenset[str]
    lines: set[bytes] = field(default_factory=set)
    environments: dict[str, set[bytes]] = field(default_factory=dict)

    def look(self) -> None:
        """Note all command lines, and by program the environments; a process that is just beginning shows none."""
        for name in processes() - self.before:
            try:
                line = Path("/proc", name, "cmdline").read_bytes()
                environment = Path("/proc", name, "environ").read_bytes()
            except OSError:
                continue
            if line and line == Path("/proc", name, "cmdline").read_bytes():
                self.lines.add(line)
                program = Path(os.fsdecode(line.partition(b"\0")[0])).name
                self.environments.setdefault(program, set()).add(environment)


def processes() -> frozenset[str]:
    """Their numbers."""
    return frozenset(name for name in os.listdir("/proc") if name.isdecimal())  # noqa: PTH208 (names are all we want)


@contextmanager
def watching() -> Iterator[Seen]:
    """Look as often as the test server lets us, until the end."""
    seen, over = Seen(processes()), threading.Event()

    def watch() -> None:
        while not over.wait(0.002):
            with suppress(OSError):
                seen.look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def spellings(token: str) -> list[bytes]:
    """The token, and as git sends it."""
    return [token.encode(), base64.b64encode(f"x-access-token:{token}".encode())]


def holding(folder: Path, secrets: list[bytes]) -> list[Path]:
    """The files below a folder that hold one of these, in their names or in what they hold."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(secret in path.read_bytes() + bytes(path) for secret in secrets)]


def mergebot(world: GithubWorld, folder: Path, *args: str) -> bytes:
    """A pass in a job of Actions, with files of its own; both its streams."""
    for name in ("home", "temporary", "runner"):
        (folder / name).mkdir(exist_ok=True)
    env = {
        **os.environ,
        **world.environ,
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": NAME,
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "temporary"),
        "RUNNER_TEMP": str(folder / "runner"),
        "GIT_TRACE": "1",
        "GIT_CURL_VERBOSE": "1",
        "GIT_TRACE_CURL": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "mergebot", *args], env=env, cwd=folder, capture_output=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


@pytest.fixture
def fleet(github: GithubWorld) -> GithubWorld:
    """Eight agents, four of which wait for others: a pass merges, rebases, pushes, deletes and writes."""
    github.depend(FLEET)
    for agent in reversed(FLEET):
        github.agent(agent, {f"{agent}.txt": marked(agent)})
    github.answer()
    return github


def test_the_token_is_nowhere_that_another_can_look(fleet: GithubWorld, tmp_path: Path) -> None:
    """Guards: git gets it by its environment for one command; no command line, file, output, comment or ref has it."""
    secrets, folder = spellings(fleet.token), tmp_path / "job"
    folder.mkdir()
    with watching() as seen:
        said = mergebot(fleet, folder, "run", "-v") + mergebot(fleet, folder, "plan", "-v")
    assert fleet.landed() != []
    assert [secret for secret in secrets if secret in said] == []
    assert [line for line in seen.lines if any(secret in line for secret in secrets)] == []
    assert holding(folder, secrets) == []
    assert [
        str(one) for one in fleet.hub.writes() if any(secret.decode() in str(one.request) for secret in secrets)
    ] == []
    objects = fleet.repo.box.raw("cat-file", "--batch-all-objects", "--batch")
    assert [secret for secret in secrets if secret in objects] == []
    holders = {name for name, envs in seen.environments.items() if any(secrets[1] in one for one in envs)}
    assert (holders <= GIT, "git" in holders) == (True, True), holders


@pytest.mark.parametrize("path", ["/merge", "git-receive-pack", "/comments"])
def test_nothing_that_goes_wrong_tells_it(fleet: GithubWorld, tmp_path: Path, path: str) -> None:
    """Guards: words of GitHub and of git are searched for it before they are shown, and so is every error."""
    folder = tmp_path / "job"
    folder.mkdir()
    words = f"Not today: {fleet.token}, Authorization: Basic {spellings(fleet.token)[1].decode()}"
    refused = Fault(lambda exchange: exchange.writes and path in exchange.path, FaultKind.STATUS, times=99)
    fleet.hub.faults.append(replace(refused, status=422 if path == "/merge" else 403, words=words))
    said = mergebot(fleet, folder, "run", "-v")
    assert fleet.hub.faults[0].hits > 0
    assert path == "git-receive-pack" or b"Not today: ***" in said, said
    assert [secret for secret in spellings(fleet.token) if secret in said] == []
    assert holding(folder, spellings(fleet.token)) == []
    objects = fleet.repo.box.raw("cat-file", "--batch-all-objects", "--batch")
    assert [secret for secret in spellings(fleet.token) if secret in objects] == []
    comments = [comment.body for issue in fleet.repo.data.issues.values() for comment in issue.comments]
    assert not any(fleet.token in comment for comment in comments)
