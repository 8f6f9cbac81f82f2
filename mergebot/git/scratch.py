r"""A throw-away `GIT_DIR` over the objects of a repository.

Merges run in it, so that neither the user's configuration nor any `.gitattributes` can change an answer (forges
ignore both when they merge), no remote is known from which git could fetch in the middle of a merge, and nothing but
objects can be written. Decided on purpose: the only attributes are `merge=union` for the globs of `union_paths`.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from mergebot.errors import GitError, InputError
from mergebot.git.process import Git, settings
from mergebot.git.repository import Repository

MEMORY = Path("/dev/shm")  # noqa: S108 (each user of it makes a folder of his own in it, with mkdtemp)
ROOM = 256 * 1024 * 1024
"""How many bytes must be free in memory before it is used: containers often give it 64 MB only."""

PREFIX = "mergebot-scratch-"
SAFE_AGE = 60.0
"""Seconds after which a scratch folder without a lock is one that was left behind."""

LONGEST_LINE = 2048
"""Git passes over longer lines in files of attributes."""


class Scratch:
    """A temporary folder, in memory where there is room; `close` removes it.

    It has two object directories: `results`, and `private` for what only helps on the way. `GitError` where there is
    no room for it.
    One that a killed process left behind is removed by the next: nobody holds its lock any more.
    """

    def __init__(self) -> None:
        place = _place()
        _sweep(place)
        try:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
            self._lock = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self.results, self.private = self.path / "results", self.path / "private"
            self.results.mkdir()
            self.private.mkdir()
        except OSError as error:
            hint = "make room there, or name another folder in TMPDIR"
            raise GitError(f"no temporary folder can be made in {place}: {error.strerror}", hint=hint) from error

    def git(self, repo: Repository, *, writes_to: Path, union_paths: Sequence[str]) -> Git:
        """Git with an empty repository of its own, on the objects of `repo` and of this scratch."""
        folder = Path(tempfile.mkdtemp(prefix="git-", dir=self.path))
        _lay_out(folder, repo, union_paths)
        env = {
            "GIT_DIR": str(folder),
            "GIT_SHALLOW_FILE": str(repo.common_dir / "shallow"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            **settings(self._settings(writes_to), on_top=False),
            **object_dirs(repo, writes_to, self.private),
        }
        return Git(folder=folder, env=env)

    def _settings(self, writes_to: Path) -> dict[str, str]:
        # What is thrown away, or packed soon, is not worth compressing: that would be a third of a merge's time.
        brief = {"core.looseCompression": "0"} if writes_to == self.results else {}
        return {"core.attributesFile": os.devnull, **brief}

    def close(self) -> None:
        """Remove the folder with everything in it."""
        try:
            _remove(self.path)
        except OSError:  # someone else tidied up there as well
            shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def object_dirs(repo: Repository, writes_to: Path, *also: Path) -> Mapping[str, str]:
    """The environment that has git write to one object directory and read from all of them."""
    others = [folder for folder in dict.fromkeys([repo.objects_dir, *also]) if folder != writes_to]
    return {
        "GIT_OBJECT_DIRECTORY": str(writes_to),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": ":".join(_quoted(str(folder)) for folder in others),
    }


def union_lines(globs: Sequence[str]) -> str:
    """The lines of `info/attributes` that make git keep both sides' lines in these files.

    Every glob is quoted, so that it is one pattern whatever is in it, and none can bring in another attribute.

    Raises:
        InputError: git has no way to say such a pattern.
    """
    return "".join(f"{_pattern(glob)} merge=union\n" for glob in globs)


def _pattern(glob: str) -> str:
    if not glob or "\0" in glob or glob.startswith("!"):
        hint = "name the files by globs such as docs/LOG.md or logs/*.md; an exception (!) cannot be said"
        raise InputError(f"union_paths: {glob!r} is no glob of files", hint=hint)
    whole = f"{glob}**" if glob.endswith("/") else glob
    # `[attr]` at the start would define an attribute; the same set of letters in another order does not.
    quoted = _quoted(f"[atr]{whole[6:]}" if whole.startswith("[attr]") else whole, always=True)
    if len(quoted) > LONGEST_LINE - len(" merge=union\n"):
        raise InputError(f"union_paths: a glob of {len(glob)} characters is too long", hint="name a folder instead")
    return quoted


def _quoted(text: str, *, always: bool = False) -> str:
    """Quoted as git quotes paths (in C's way) where it is needed."""
    raw = os.fsencode(text)
    plain = all(32 <= byte < 127 and byte not in b':"\\' for byte in raw)  # noqa: PLR2004 (printable ASCII)
    if plain and not always:
        return text
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:03o}" for b in raw) + '"'  # noqa: PLR2004 (printable ASCII)


def _lay_out(folder: Path, repo: Repository, union_paths: Sequence[str]) -> None:
    config = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
    if repo.object_format != "sha1":
        config += f"[extensions]\n\tobjectformat = {repo.object_format}\n"
    (folder / "HEAD").write_text("ref: refs/heads/none\n")
    (folder / "config").write_text(config)
    (folder / "refs").mkdir()
    (folder / "info").mkdir()
    if union_paths:
        (folder / "info" / "attributes").write_text(union_lines(union_paths))


def _place() -> Path:
    try:
        memory = os.statvfs(MEMORY)
    except OSError:
        return Path(tempfile.gettempdir())
    roomy = memory.f_bavail * memory.f_frsize >= ROOM and os.access(MEMORY, os.W_OK | os.X_OK)
    return MEMORY if roomy else Path(tempfile.gettempdir())


def _remove(folder: Path | str) -> None:
    # shutil.rmtree takes three times as long, for the sake of folders that others can write to; this one is ours.
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _remove(entry.path)
            else:
                os.unlink(entry.path)  # noqa: PTH108 (strings, as this runs for every object)
    os.rmdir(folder)  # noqa: PTH106 (the same)


def _sweep(place: Path) -> None:
    for left in place.glob(f"{PREFIX}*/lock"):
        try:
            _remove_if_left_behind(left)
        except OSError:  # it is held by its process, belongs to someone else, or is just being removed
            continue


def _remove_if_left_behind(lock: Path) -> None:
    about = lock.stat()
    if about.st_uid != os.getuid() or time.time() - about.st_mtime < SAFE_AGE:
        return
    handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(lock.parent, ignore_errors=True)
    finally:
        os.close(handle)
