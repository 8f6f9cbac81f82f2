"""The folder of a mirror: made, checked, made anew, tidied; one process at a time, so that none trips over another."""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mergebot.errors import GitError, MergebotError
from mergebot.git.process import Git
from mergebot.git.refs import RefUpdate
from mergebot.git.repository import Repository
from mergebot.git.transport import NAME, Transport, failure
from mergebot.model.ids import Sha

KEPT = "refs/kept/"
"""`refs/kept/SHA`: a commit that was fetched; its whole history is here."""

MARK = "mergebot-mirror"
"""The empty file by which a folder is known for a mirror: nothing else is ever removed."""

MOST_KEPT = 5_000
MOST_PACKS = 40
"""Every fetch brings a pack; from so many on they are made one."""

LEFT_BEHIND = 3600.0
"""Seconds after which a half-written file belongs to no living process."""

STALE_LOCK = 2.0
"""The same for the lock file of a ref, which is held for a few milliseconds."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only process that changes the mirror in this folder; waits for the others.

    Raises:
        GitError: the folder cannot be made.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder.with_name(f"{folder.name}.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise GitError(f"no clone can be kept in {folder.parent}: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def made(folder: Path, url: str, authorization: Callable[[], str]) -> Repository:
    """The repository in this folder; made if it is not there, made anew if it is broken."""
    if folder.exists():
        sweep(folder)
        with suppress(MergebotError):
            repository = Repository.open(folder)
            _check(repository)
            return repository
    return _make(folder, _object_format(folder.parent, url, authorization))


def remade(repository: Repository) -> Repository:
    """The same repository, empty."""
    return _make(repository.path, repository.object_format)


def partial() -> dict[str, str]:
    """The configuration that lets a fetch leave contents out; it stands in no file."""
    return {f"remote__{NAME}__promisor": "true", f"remote__{NAME}__partialCloneFilter": "blob:none"}


def sweep(folder: Path) -> None:
    """Remove what killed processes left behind."""
    halves = {"objects/pack/*tmp*": LEFT_BEHIND, "objects/??/tmp_obj_*": LEFT_BEHIND}
    for pattern, age in {**halves, "*.lock": STALE_LOCK, "refs/**/*.lock": STALE_LOCK}.items():
        for file in folder.glob(pattern):
            with suppress(OSError):  # it is gone already
                if time.time() - file.stat().st_mtime > age:
                    file.unlink()


def tidy(repository: Repository, transport: Transport, wanted: Collection[Sha]) -> None:
    """Keep the number of refs and packs small; that it fails is no harm."""
    with suppress(GitError):
        kept = repository.refs(KEPT)
        if len(kept) > MOST_KEPT:
            old = {ref: sha for ref, sha in kept.items() if sha not in set(wanted)}
            moves = [RefUpdate(ref=ref, old=sha, new=None) for ref, sha in old.items()]
            repository.update_refs(moves, message="mergebot: let go")
        repository.run("pack-refs", "--all")
        if len(list(repository.objects_dir.glob("pack/*.pack"))) > MOST_PACKS:
            env = transport.environment(**partial())
            repository.git.finish("repack", "-a", "-d", "-q", "--window=0", env=env, seconds=300)


def _make(folder: Path, object_format: str) -> Repository:
    try:
        if (folder.exists() and not folder.is_dir()) or (any(folder.glob("*")) and not (folder / MARK).exists()):
            hint = "name another folder for the clone, or remove this one"
            raise GitError(f"{folder} is no clone of mergebot's, so it is left alone", hint=hint)
        _empty(folder)
    except OSError as error:
        raise GitError(f"no clone can be kept in {folder}: {error.strerror}") from error
    options = ("--quiet", "--bare", "--template=", f"--object-format={object_format}")
    Git(folder=folder).run("init", *options, ".")
    return Repository.open(folder)


def _empty(folder: Path) -> None:
    """Leave nothing but the mark: a process that is killed in here leaves a folder that the next one knows, as broken.

    Raises:
        OSError: something in it cannot be removed.
    """
    folder.mkdir(exist_ok=True)
    (folder / MARK).touch()
    (folder / "HEAD").unlink(missing_ok=True)  # first: without it nobody takes the rest for a repository
    for item in folder.iterdir():
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item, ignore_errors=True)
        elif item.name != MARK:
            item.unlink(missing_ok=True)


def _check(repository: Repository) -> None:
    if not repository.bare or not (repository.path / MARK).exists():
        raise GitError(f"{repository.path} is no clone of mergebot's")
    repository.run("for-each-ref", "--format=%(tree)")


def _object_format(place: Path, url: str, authorization: Callable[[], str]) -> str:
    """How the server names objects, told from the ids of its branches."""
    git = Git(folder=place)
    done = git.finish(
        "ls-remote", "--heads", "--", url, env=Transport(git, url, authorization).environment(), seconds=300
    )
    if done.returncode:
        raise failure("ls-remote", done.stderr)
    return "sha256" if len(done.stdout.partition(b"\t")[0]) > 40 else "sha1"  # noqa: PLR2004 (digits of SHA-1)
