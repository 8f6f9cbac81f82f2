"""Reads commits from one living `git cat-file`, and writes commits as loose objects itself, without a process.

Packs, alternates and partial clones are git's business: everything that is read comes from git.
"""

import hashlib
import os
import re
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mergebot.errors import GitError
from mergebot.git.closing import Closing
from mergebot.git.process import Git, Living
from mergebot.git.repository import Identity, Repository
from mergebot.git.scratch import object_dirs
from mergebot.model.ids import Sha

AT_ONCE = 60
"""How many ids are asked for at once: their lines fit into any pipe, so neither side can block the other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Commit:
    """A commit as it is stored; `author` and `committer` are the whole values of those header lines."""

    sha: Sha
    tree: Sha
    parents: tuple[Sha, ...]
    author: bytes
    committer: bytes
    message: bytes
    encoding: bytes | None = None


class Objects(Closing):
    """Commits of a repository, in and out; a context manager.

    `scratch`: the object directory that is written to, with the repository's own as its alternate; None: its own.
    """

    def __init__(self, repo: Repository, *, scratch: Path | None = None, git: Git | None = None) -> None:
        self._dir = scratch or repo.objects_dir
        self._git = git or Git(folder=repo.path, env=object_dirs(repo, self._dir))
        self._is_shared = scratch is None
        self._common_dir = repo.common_dir
        self._hash = hashlib.sha256 if repo.object_format == "sha256" else hashlib.sha1
        self._known: dict[Sha, Commit] = {}
        self._is_id = re.compile(rf"[0-9a-f]{{{2 * self._hash().digest_size}}}").fullmatch

    @cached_property
    def empty_tree(self) -> Sha:
        """The id of the tree that holds nothing; git knows it without its being stored."""
        return Sha(self._hash(b"tree 0\0").hexdigest())

    @cached_property
    def _shallow(self) -> frozenset[str]:
        try:
            return frozenset((self._common_dir / "shallow").read_text().split())
        except FileNotFoundError:
            return frozenset()

    @cached_property
    def _reader(self) -> Living:
        return self._git.living("cat-file", "--batch")

    def read_commit(self, sha: Sha) -> Commit:
        """One commit.

        Raises:
            GitError: there is no such commit.
        """
        found = self.find_commits([sha]).get(sha)
        if found is None:
            raise GitError(f"commit {sha} is not in this repository")
        return found

    def find_commits(self, shas: Iterable[Sha]) -> dict[Sha, Commit]:
        """Those of these commits that exist; what was read or written once is not read again."""
        asked = dict.fromkeys(shas)
        unread = [sha for sha in asked if sha not in self._known and self._is_id(sha)]
        for start in range(0, len(unread), AT_ONCE):
            self._read_or_leave(unread[start : start + AT_ONCE])
        return {sha: self._known[sha] for sha in asked if sha in self._known}

    def parents_of(self, shas: Iterable[Sha]) -> list[Sha]:
        """The parents of these commits, as far as they are in the repository: a shallow clone ends before some."""
        found = self.find_commits(shas).values()
        return [parent for commit in found if commit.sha not in self._shallow for parent in commit.parents]

    def _read_or_leave(self, shas: Sequence[Sha]) -> None:
        """Read these; one that git dies of (a damaged object) is as good as missing, and spoils no other."""
        try:
            self._read(shas)
        except GitError:
            self.close()
            for sha in shas if len(shas) > 1 else ():
                self._read_or_leave([sha])

    def _read(self, shas: Sequence[Sha]) -> None:
        self._reader.ask("".join(f"{sha}\n" for sha in shas).encode())
        for sha in shas:
            words = self._reader.line().split()
            if len(words) != 3 or not words[2].isdigit():  # noqa: PLR2004 (`ID TYPE SIZE`, else `ID missing`)
                continue
            raw = self._reader.exactly(int(words[2]) + 1)[:-1]
            if words[1] == b"commit":
                self._known[sha] = parse(sha, raw)

    def write_commit(
        self,
        *,
        tree: Sha,
        parents: Sequence[Sha],
        author: bytes,
        committer: bytes,
        message: bytes,
        encoding: bytes | None = None,
    ) -> Sha:
        """Store a commit and give its id; one that is there already is left as it is.

        Raises:
            GitError: it cannot be written.
        """
        lines = [b"tree " + tree.encode(), *(b"parent " + parent.encode() for parent in parents)]
        lines += [b"author " + author, b"committer " + committer]
        lines += [b"encoding " + encoding] if encoding is not None else []
        raw = b"\n".join(lines) + b"\n\n" + message
        sha = self._store(b"commit %d\0%b" % (len(raw), raw))
        self._known[sha] = Commit(
            sha=sha,
            tree=tree,
            parents=tuple(parents),
            author=author,
            committer=committer,
            message=message,
            encoding=encoding,
        )
        return sha

    def _store(self, data: bytes) -> Sha:
        sha = Sha(self._hash(data).hexdigest())
        if sha not in self._known:
            store_loose(self._dir, sha, data, shared=self._is_shared)
        return sha

    def close(self) -> None:
        """End the reading process."""
        reader = self.__dict__.pop("_reader", None)
        if reader is not None:
            reader.close()


def parse(sha: Sha, raw: bytes) -> Commit:
    """A commit from its bytes; headers of several lines (signatures, merged tags) are passed over."""
    head, _, message = raw.partition(b"\n\n")
    headers = [line.partition(b" ") for line in head.split(b"\n") if not line.startswith(b" ")]
    first = {key: value for key, _, value in reversed(headers)}
    return Commit(
        sha=sha,
        tree=Sha(first.get(b"tree", b"").decode()),
        parents=tuple(Sha(value.decode()) for key, _, value in headers if key == b"parent"),
        author=first.get(b"author", b""),
        committer=first.get(b"committer", b""),
        encoding=first.get(b"encoding"),
        message=message,
    )


def ident_line(identity: Identity) -> bytes:
    """The value of an `author` or `committer` line, in UTC; what cannot stand in it is left out, as git does."""
    name, email = _without_crud(identity.name), _without_crud(identity.email)
    return f"{name} <{email}> {identity.when} +0000".encode("utf-8", "surrogateescape")


def author_line(author: str, when: int) -> bytes:
    """The same for an author written as `Name <email>`; without a `<` all of it is the name."""
    name, _, email = author.rpartition("<") if "<" in author else (author, "", "")
    return ident_line(Identity(name=name, email=email, when=when))


def _without_crud(text: str) -> str:
    crud = "".join(map(chr, range(33))) + ".,:;<>\"\\'"
    return re.sub(r"[\n<>\0]", "", text).strip(crud)


def store_loose(folder: Path, sha: str, data: bytes, *, shared: bool = True) -> None:
    """Write a loose object (header and content) as git does: compressed, and nobody ever sees half of it.

    `shared` False: it is a scratch, where nobody but us looks yet, so it is written in place and not compressed.

    Raises:
        GitError: it cannot be written.
    """
    fan = f"{folder}/{sha[:2]}"
    write = _write_aside if shared else _write_in_place
    try:
        try:
            os.utime(f"{fan}/{sha[2:]}")  # a fresh date keeps `git prune` from an object that is about to be used
        except FileNotFoundError:
            _make_fan(folder, fan)
            write(fan, f"{fan}/{sha[2:]}", zlib.compress(data, 1) if shared else _stored(data))
    except OSError as error:
        raise GitError(f"an object cannot be written to {folder}: {error.strerror}") from error


def _stored(data: bytes) -> bytes:
    # With the smallest window zlib has next to nothing to set up: 2 instead of 50 microseconds an object.
    stream = zlib.compressobj(0, zlib.DEFLATED, 9, 1)
    return stream.compress(data) + stream.flush()


def _write_in_place(_fan: str, final: str, packed: bytes) -> None:
    handle = os.open(final, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
    with open(handle, "wb", buffering=0) as file:  # noqa: PTH123 (a handle, not a path)
        file.write(packed)


def _write_aside(fan: str, final: str, packed: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix="tmp_obj_", dir=fan)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 (a handle, not a path)
            file.write(packed)
            os.fchmod(file.fileno(), 0o444)
        Path(temporary).replace(final)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _make_fan(folder: Path, fan: str) -> None:
    try:
        os.mkdir(fan)  # noqa: PTH102 (strings, as this runs for every commit)
    except FileExistsError:
        return
    shared = folder.stat().st_mode & 0o7777
    if shared & 0o2020:  # a repository shared by a group has it on `objects`, and hands it on
        Path(fan).chmod(shared)
