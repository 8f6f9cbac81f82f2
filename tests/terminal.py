"""Runs the command line at a terminal: a real pseudo-terminal, with what a person would see of it."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

LEADS = """
import fcntl, os, signal, sys, termios
os.setsid()
if sys.argv.pop(1) == "stays":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""The terminal is the process's own, as it is for what a shell starts in the foreground."""

CLEAN = {"TERM": "xterm", "CI": "", "GITHUB_ACTIONS": "", "COLUMNS": "", "LINES": "", "NO_COLOR": ""}
"""The environment of a person: the machine that runs the tests may be in CI."""


def words(text: str) -> str:
    """The text without colours, without what moves the cursor, and with one space between two words."""
    uncoloured = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", " ", uncoloured).split())


@dataclass
class Terminal:
    """The process, and all that it has written to the terminal so far. `piped`: its stdout, where that is a pipe."""

    process: subprocess.Popen[bytes]
    master: int
    seen: str = ""

    @property
    def piped(self) -> IO[bytes]:
        """What is no terminal of its streams."""
        found = self.process.stdout or self.process.stderr
        assert found is not None
        return found

    def wait_for(self, pattern: str, *, seconds: float = 30) -> str:
        """Read until the pattern is found in the words that are new (see `words`); gives all that is new."""
        start, end = len(self.seen), time.monotonic() + seconds
        while not re.search(pattern, words(self.seen[start:])):
            assert time.monotonic() < end, f"{pattern!r} never came; last: {words(self.seen[start:])[-2000:]!r}"
            assert self.read(), f"{pattern!r} never came, and it has ended; last: {words(self.seen[start:])[-2000:]!r}"
        return self.seen[start:]

    def read(self) -> bool:
        """Read what there is; False once there will be nothing more."""
        if not select.select([self.master], [], [], 0.1)[0]:
            return True
        try:
            part = os.read(self.master, 65536)
        except OSError:  # Linux: the last one on the other side has gone
            return False
        self.seen += part.decode("utf-8", "replace")
        return bool(part)

    def end(self) -> int:
        """Read to the end; gives the exit code."""
        end = time.monotonic() + 30
        while self.read():
            assert time.monotonic() < end, f"it does not end; seen: {self.seen!r}"
        return self.process.wait(timeout=30)

    def resize(self, columns: int, lines: int) -> None:
        """Make the window another one."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def rest(self, seconds: float) -> None:
        """Read for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.read():
            pass

    def hang_up(self) -> None:
        """Close the window."""
        os.close(self.master)
        self.master = -1

    def interrupt(self) -> None:
        """Ctrl-C, as the terminal itself sends it."""
        os.write(self.master, b"\x03")


@contextmanager
def at_a_terminal(
    *args: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    columns: int = 80,
    piped: Literal["stdout", "stderr", ""] = "",
    stays: bool = False,
    program: Sequence[str] = ("-m", "mergebot"),
) -> Iterator[Terminal]:
    """Run mergebot at a terminal, with one of its streams piped if it is named; `stays`: a hangup does not end it.

    `program`: what Python runs instead.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", LEADS, "stays" if stays else "", *program, *args],
        cwd=cwd,
        env={**os.environ, **CLEAN, **(env or {})},
        stdin=slave,
        stdout=subprocess.PIPE if piped == "stdout" else slave,
        stderr=subprocess.PIPE if piped == "stderr" else slave,
    )
    os.close(slave)
    terminal = Terminal(process, master)
    try:
        yield terminal
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()
        if terminal.master >= 0:
            os.close(master)
