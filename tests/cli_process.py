"""Runs the command line as users do: a process, with its exit code and both its streams."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a process answered."""

    code: int
    out: str
    err: str


def mergebot(*args: str, cwd: Path, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Ran:
    """Run `python -m mergebot`, without a terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "mergebot", *args],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "80", **(env or {})},
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Ran(
        code=done.returncode,
        out=done.stdout.decode("utf-8", "surrogateescape"),
        err=done.stderr.decode("utf-8", "surrogateescape"),
    )
