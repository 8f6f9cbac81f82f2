"""Runs one shell command of the user's: bounded in time and in output, and with all its children ended at the end."""

import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Final

from mergebot.model.snapshot import CheckState

TIME_LIMIT: Final = 30 * 60.0
"""Seconds that a command may take."""

MOST_OUTPUT: Final = 4 * 1024 * 1024
"""Bytes of output that the log holds from the start, and again from the end."""

_GRACE: Final = 2.0
"""Seconds between asking a group of processes to end and making it end."""

_SECRET = re.compile(r"GIT_.*|(.*_)?(TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|PAT|API_?KEY)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """How a command ended; `reason` in words."""

    state: CheckState
    reason: str


def run_command(
    command: str, *, cwd: Path, log: Path, env: Mapping[str, str], time_limit: float = TIME_LIMIT
) -> Finished:
    """Run a command by `/bin/sh -c`, without input, all its output in `log`; `time_limit` in seconds.

    It gets the caller's environment without `GIT_*` and without secrets. It runs in a process group of its own, which
    is ended with it: on time-out, on an interrupt, and what it left in the background.

    Raises:
        OSError: it could not be started, or the log could not be written.
    """
    with log.open("wb") as file, _asked_to_end() as asked:
        file.write(f"$ {command}\n".encode("utf-8", "surrogateescape"))
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=cwd,
            env={**_without_secrets(os.environ), **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            in_time = _pump(process, _Log(file), time.monotonic() + time_limit, asked)
        finally:
            _end_group(process)
        if asked.by is not None:
            raise SystemExit(128 + asked.by)
        finished = _finished(process.returncode, time_limit if not in_time else None)
        file.write(f"\n[mergebot: {finished.reason}]\n".encode())
    return finished


def _finished(code: int, limit: float | None) -> Finished:
    if limit is not None:
        return Finished(state=CheckState.TIMED_OUT, reason=f"it did not end within {limit:.0f} seconds")
    if code == 0:
        return Finished(state=CheckState.SUCCESS, reason="it succeeded")
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return Finished(state=CheckState.FAILURE, reason=f"it was ended by {name}")
    why = {126: ": the command cannot be executed", 127: ": the command was not found"}.get(code, "")
    return Finished(state=CheckState.FAILURE, reason=f"exit status {code}{why}")


class _Log:
    """Keeps the beginning and the end of what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._room = MOST_OUTPUT
        self._tail = bytearray()
        self._left_out = 0

    def write(self, data: bytes) -> None:
        """Write the beginning at once, so that it can be followed; remember the end."""
        self._file.write(data[: self._room])
        self._file.flush()
        self._tail += data[self._room :]
        self._room -= min(self._room, len(data))
        if len(self._tail) > 2 * MOST_OUTPUT:
            self._left_out += len(self._tail) - MOST_OUTPUT
            del self._tail[:-MOST_OUTPUT]

    def close(self) -> None:
        """Write the end."""
        if (surplus := len(self._tail) - MOST_OUTPUT) > 0:
            self._left_out += surplus
            del self._tail[:surplus]
        if self._left_out:
            self._file.write(f"\n[mergebot: {self._left_out} bytes are left out here]\n".encode())
        self._file.write(self._tail)


@dataclass
class _Asked:
    """Whether a signal has asked us to end, and which."""

    by: int | None = None


def _pump(process: "subprocess.Popen[bytes]", log: _Log, deadline: float, asked: _Asked) -> bool:
    """Take its output until it ends; whether it did before the deadline.

    What it left in the background may hold the pipe open for ever, so it is the process that counts, not the pipe.
    """
    assert process.stdout is not None  # noqa: S101 (it was started with a pipe)
    handle = process.stdout.fileno()
    os.set_blocking(handle, False)
    closed = False
    with process.stdout, selectors.DefaultSelector() as selector:
        selector.register(handle, selectors.EVENT_READ)
        try:
            while time.monotonic() < deadline and asked.by is None:
                ended = process.poll() is not None
                closed = closed or _drain(handle, log, selector, 0 if ended else 0.05)
                if ended:
                    return True
                if closed:
                    time.sleep(0.01)
        finally:
            log.close()
    return False


def _drain(handle: int, log: _Log, selector: selectors.BaseSelector, wait: float) -> bool:
    """Take what is there, a bounded amount of it; whether the pipe is closed."""
    if not selector.select(wait):
        return False
    for _ in range(64):
        try:
            data = os.read(handle, 65536)
        except BlockingIOError:
            return False
        if not data:
            return True
        log.write(data)
    return False


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    """End the process and everything in its group: politely first, then for good."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
        if process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def _asked_to_end() -> Iterator[_Asked]:
    """Note what asks us to end, so that it is heard at a moment when the command can be ended with us."""
    asked, before = _Asked(), {}

    def note(number: int, _frame: FrameType | None) -> None:
        asked.by = number

    with suppress(ValueError):  # not the main thread: signals are someone else's
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                before[number] = signal.signal(number, note)
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _without_secrets(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if not _SECRET.fullmatch(name)}
