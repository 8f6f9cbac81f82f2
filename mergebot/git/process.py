"""The one seam to git: starts processes through GitPython and turns failures into `GitError`.

Hermetic: the caller's `GIT_DIR` and the like never leak in, nothing prompts, no hook and no fsmonitor runs, no
replacement objects are used, messages are English. No shell is involved, and no text is ever taken for an option
unless the caller puts it there.
"""

import os
import signal
import subprocess
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING

from mergebot.errors import AccessError, GitError
from mergebot.git.closing import Closing

if TYPE_CHECKING:
    from git.cmd import Git as GitPython

SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "advice.detachedHead": "false",
}
"""Configuration that goes with every command and wins over every file."""

ENVIRONMENT = {
    "GIT_ASKPASS": "",  # an empty one also keeps core.askPass and SSH_ASKPASS away
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",  # git >= 2.44; before, `scratch.py` keeps the remote out of sight
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
    "LANGUAGE": "C",
}

KEPT = (
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_KEY_",
    "GIT_CONFIG_VALUE_",
    "GIT_EXEC_PATH",
    "GIT_HTTP",
    "GIT_PROXY",
    "GIT_PYTHON_",
    "GIT_SSH",
    "GIT_SSL",
)
"""The start of those `GIT_*` variables of the caller that say who and how, but not which repository."""


def settings(pairs: Mapping[str, str], *, on_top: bool = True) -> dict[str, str]:
    """The environment that sets configuration; `on_top` of what the caller's environment sets (safe.directory)."""
    given = os.environ.get("GIT_CONFIG_COUNT", "") if on_top else ""
    start = int(given) if given.isdecimal() else 0
    variables = {"GIT_CONFIG_COUNT": str(start + len(pairs))}
    for number, (key, value) in enumerate(pairs.items(), start):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


@dataclass(frozen=True, kw_only=True, slots=True)
class Git:
    """Git in one folder, with these variables on top of the hermetic ones."""

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def run(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, ok: Collection[int] = (0,)
    ) -> bytes:
        """Run one command to its end and give its output.

        Raises:
            GitError: its exit status is not in `ok`; the message holds git's last words.
        """
        done = self.finish(*args, stdin=stdin, env=env)
        if done.returncode not in ok:
            raise GitError(f"git {args[0]} failed: {last_words(done.stderr) or f'exit status {done.returncode}'}")
        return done.stdout

    def finish(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, seconds: float | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run one command to its end, whatever its exit status is.

        `seconds`: how long it may take. Such a command has no terminal to ask on, and its helpers end with it.

        Raises:
            OutOfTimeError: it took longer, and was killed.
        """
        process = self._start(args, env, alone=seconds is not None)
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        except BaseException as error:  # interrupted: git must not go on by itself, in a folder that is about to go
            _kill(process, group=seconds is not None)
            if isinstance(error, subprocess.TimeoutExpired):
                raise OutOfTimeError(f"git {args[0]} took longer than {seconds:g} seconds, and was ended") from None
            raise
        return subprocess.CompletedProcess(args, process.returncode, out, err)

    def living(self, *args: str) -> "Living":
        """Start a command that answers one question after the other."""
        return Living(self._start(args, None), args[0])

    def _start(
        self, args: tuple[str, ...], env: Mapping[str, str] | None, *, alone: bool = False
    ) -> "subprocess.Popen[bytes]":
        wanted = {**ENVIRONMENT, **settings(SETTINGS), **self.env, **(env or {})}
        command = [*_without_leaks(wanted), executable(), *args]
        if not self.folder.is_dir():  # GitPython would run it in the current folder instead: in another repository
            raise GitError(f"git {args[0]} failed: the folder {self.folder} is gone")
        try:
            started = _gitpython()(str(self.folder)).execute(
                command,
                istream=subprocess.PIPE,
                as_process=True,
                env=wanted,
                shell=False,
                start_new_session=alone,
            )
        except (OSError, ValueError, _failure_to_start()) as error:
            raise GitError(f"git {args[0]} could not be started: {error}") from error
        process = started.proc
        if process is None:  # pragma: no cover (GitPython's type allows it, its code does not)
            raise GitError(f"git {args[0]} could not be started")
        started.proc = None  # from here on the process is ours: the wrapper would kill it when it is collected
        return process


class OutOfTimeError(GitError):
    """A command took longer than it may; it was killed, with all that it had started."""


def _kill(process: "subprocess.Popen[bytes]", *, group: bool) -> None:
    if group:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.communicate()


class Living(Closing):
    """A running git command; closing it ends it."""

    def __init__(self, process: "subprocess.Popen[bytes]", name: str) -> None:
        self._process = process
        self._name = name
        self._stdin: IO[bytes] = _piped(process.stdin)
        self._stdout: IO[bytes] = _piped(process.stdout)

    def ask(self, question: bytes) -> None:
        """Send a question. At most 4,096 bytes may be under way unanswered: that much every pipe holds."""
        try:
            self._stdin.write(question)
            self._stdin.flush()
        except BrokenPipeError:
            raise self._died() from None

    def line(self) -> bytes:
        """The next line of the answer, without its line feed."""
        line = self._stdout.readline()
        if not line.endswith(b"\n"):
            raise self._died()
        return line[:-1]

    def exactly(self, size: int) -> bytes:
        """The next `size` bytes of the answer."""
        data = self._stdout.read(size)
        if len(data) != size:
            raise self._died()
        return data

    def close(self) -> None:
        """End the process, and wait for its end."""
        try:
            self._process.communicate()
        except (BrokenPipeError, ValueError):  # it was gone already
            self._process.kill()
            self._process.wait()

    def _died(self) -> GitError:
        words = last_words(_piped(self._process.stderr).read())
        return GitError(f"git {self._name} ended early: {words or 'no reason given'}")


def last_words(stderr: bytes) -> str:
    """The line in which git says why it gave up: the last fatal or error line, else the last line."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal: ", "error: "))] or lines
    return telling[-1].removeprefix("fatal: ").removeprefix("error: ") if telling else ""


def executable() -> str:
    """The git that is run: GitPython's choice, that is `GIT_PYTHON_GIT_EXECUTABLE`, else the first in PATH."""
    return str(_gitpython().GIT_PYTHON_GIT_EXECUTABLE)


_LOADING = Lock()


@cache
def _gitpython() -> "type[GitPython]":
    try:
        with _LOADING:  # a second thread must not see it before it has found its git
            from git.cmd import Git as GitPython  # noqa: PLC0415 (it takes 80 ms: only who runs git pays for it)
    except ModuleNotFoundError:
        raise
    except ImportError as error:  # what GitPython says where it finds no git
        raise AccessError("git was not found", hint="install git 2.38 or newer, and put it in PATH") from error
    return GitPython


def _failure_to_start() -> type[Exception]:
    from git.exc import GitCommandNotFound  # noqa: PLC0415 (as above)

    return GitCommandNotFound


def _without_leaks(wanted: Mapping[str, str]) -> list[str]:
    # GitPython hands the whole environment on and can only add to it, so env(1) takes away what must not leak.
    leaks = [
        name for name in os.environ if name.startswith("GIT_") and not name.startswith(KEPT) and name not in wanted
    ]
    return ["env", *(word for name in leaks for word in ("-u", name))] if leaks else []


def _piped(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:  # pragma: no cover (all three are always pipes)
        raise GitError("git was started without pipes")
    return stream
