"""Commands as a person would run them in the sample repository, whatever the machine's own git configuration is."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mergebot.errors import AccessError, GitError

EPOCH = 1_767_225_600
"""When the story begins (2026-01-01, UTC seconds): its commits are the same in every run."""

MINUTE = 60


@dataclass
class Clock:
    """The story's time, UTC seconds; each look at it is a minute later."""

    seconds: int = EPOCH

    def __call__(self) -> float:
        """The time now."""
        self.seconds += MINUTE
        return float(self.seconds)


@dataclass(frozen=True, kw_only=True)
class Shell:
    """Runs commands in folders of one repository."""

    root: Path
    clock: Clock = field(default_factory=Clock)

    def git(self, *args: str, folder: str = ".", author: str = "Demo") -> str:
        """Run git, and give its output without the last newline.

        Raises:
            GitError: it failed.
        """
        done = self._run(["git", *args], folder, author)
        if done.returncode:
            raise GitError(f"the demo's `git {args[0]}` failed: {_last_words(done)}")
        return done.stdout.rstrip("\n")

    def paste(self, command: str, *, folder: str, author: str) -> tuple[bool, str]:
        """Run a command line as if it had been pasted into a terminal: did it succeed, and what did it say?"""
        done = self._run(["/bin/sh", "-c", command], folder, author)
        return done.returncode == 0, _last_words(done)

    def _run(self, command: list[str], folder: str, author: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                command,
                cwd=self.root / folder,
                env=self._environment(author),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="surrogateescape",
                check=False,
            )
        except FileNotFoundError as error:
            raise AccessError(f"{command[0]} was not found", hint="install git, and see that it is on PATH") from error

    def _environment(self, author: str) -> Mapping[str, str]:
        """Neither the user's name nor the user's signing, hooks or editor have a part in the story."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        mail = f"{author.lower().replace(' ', '-')}@example.org"
        date = f"{int(self.clock())} +0000"
        return {
            **kept,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_EDITOR": "true",
            "GIT_AUTHOR_NAME": author,
            "GIT_AUTHOR_EMAIL": mail,
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": author,
            "GIT_COMMITTER_EMAIL": mail,
            "GIT_COMMITTER_DATE": date,
            "LC_ALL": "C.UTF-8",
        }


def _last_words(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (done.stdout + "\n" + done.stderr).splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"exit {done.returncode}"
