"""Runs the test command (`checks.command`) on a merged result, in a throw-away work tree, once for each result.

The logs and results are kept in the git directory, named by the merged tree and the command.
"""

import hashlib
import json
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mergebot.errors import GitError, MergebotError
from mergebot.forge.local.commands import Finished, run_command
from mergebot.forge.local.files import read_file, write_file
from mergebot.git.repository import Repository
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.snapshot import Check, CheckState

NAME: Final = "checks.command"
PREFIX: Final = "mergebot-check-"
"""What the throw-away work trees are called; whatever is called so and is left over is removed."""

MOST_RESULTS: Final = 500
"""Results beyond this are forgotten, the oldest first: with their logs they take room."""

_RESULT = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})-([0-9a-f]{12})\.json")


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A commit with the merged tree, made for the test; `command` is the user's, for `/bin/sh -c`."""

    pr: PrNumber
    commit: Sha
    tree: Sha
    command: str


def read_results(folder: Path, command: str | None) -> dict[Sha, Check]:
    """What this command said of every tree that it was run on."""
    if command is None:
        return {}
    results = {}
    for path in sorted(folder.glob(f"*-{_key(command)}.json")) if folder.is_dir() else ():
        match = _RESULT.fullmatch(path.name)
        if match and (state := _state(path)) is not None:
            log = path.with_suffix(".log")
            results[Sha(match[1])] = Check(name=NAME, state=state, app=NAME, detail=str(log))
    return results


def has_result(folder: Path, tree: Sha, command: str) -> bool:
    """Whether this tree was tested with this command."""
    return _state(_result(folder, tree, command)) is not None


def run_job(git: Repository, folder: Path, job: Job) -> Finished:
    """Run the command, keep its log and its result, and remove the work tree, whatever happens.

    Raises:
        MergebotError: it could not be run at all; nothing is kept, the next pass tries again.
    """
    _forget_oldest(folder)
    log = _result(folder, job.tree, job.command).with_suffix(".log")
    temporary = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        work = temporary / "work"
        git.run("worktree", "add", "--quiet", "--detach", str(work), job.commit)
        log.parent.mkdir(parents=True, exist_ok=True)
        finished = run_command(job.command, cwd=work, log=log, env={"MERGEBOT_PR": str(job.pr), "CI": "true"})
    except OSError as error:
        raise MergebotError(f"the test command cannot be run: {error}", hint="see `checks.command`") from error
    finally:
        _remove(git, temporary)
    content = {
        "schema": 1,
        "tree": job.tree,
        "command": job.command,
        "state": finished.state,
        "reason": finished.reason,
    }
    write_file(_result(folder, job.tree, job.command), (json.dumps(content, indent=2) + "\n").encode())
    return finished


def remove_leftovers(git: Repository) -> None:
    """Remove the throw-away work trees of a pass that was killed; only while the lock is held."""
    for worktree in git.worktrees():
        if worktree.path.parent.name.startswith(PREFIX):
            _remove(git, worktree.path.parent)


def _remove(git: Repository, temporary: Path) -> None:
    # The test command may have made folders read-only, or git's own record may be gone: both are got rid of by hand.
    with suppress(GitError):
        git.run("worktree", "remove", "--force", "--force", str(temporary / "work"), ok=(0, 128))
    shutil.rmtree(temporary, ignore_errors=True)
    if temporary.exists():
        with suppress(OSError):
            for folder in [temporary, *(path for path in temporary.rglob("*") if path.is_dir())]:
                folder.chmod(0o700)
        shutil.rmtree(temporary, ignore_errors=True)


def _key(command: str) -> str:
    return hashlib.sha256(command.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _result(folder: Path, tree: Sha, command: str) -> Path:
    return folder / f"{tree}-{_key(command)}.json"


def _state(path: Path) -> CheckState | None:
    """The state in a result file; None where there is none that can be read, or its log was removed to ask for more."""
    if not path.with_suffix(".log").exists():
        return None
    try:
        content = json.loads(read_file(path) or b"")
        return CheckState(content["state"])
    except (MergebotError, ValueError, RecursionError, KeyError, TypeError):
        return None


def _forget_oldest(folder: Path) -> None:
    with suppress(OSError):
        results = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in results[: max(0, len(results) - MOST_RESULTS + 1)]:
            path.unlink(missing_ok=True)
            path.with_suffix(".log").unlink(missing_ok=True)
