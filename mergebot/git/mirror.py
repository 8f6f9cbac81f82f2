"""A bare, partial clone: all commits and trees of what was asked for, and only those contents that a merge needs.

On disk it is an ordinary repository: that contents are missing, and where they could be had, is told to our own fetches
alone (by environment). So no other command can ever reach for the network: a missing blob is an error there, no wait.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from mergebot.errors import GitError
from mergebot.git.history import trees_of
from mergebot.git.mirror_folder import KEPT, locked, made, partial, remade, sweep, tidy
from mergebot.git.needed import named_commits, needed_blobs
from mergebot.git.process import OutOfTimeError
from mergebot.git.refs import RefUpdate
from mergebot.git.remote import Remote
from mergebot.git.repository import Repository
from mergebot.git.transport import NAME, failure, plain_words
from mergebot.model.ids import Sha
from mergebot.model.questions import Question

_NOT_THERE = re.compile(r"(?:not our ref|unadvertised object) ([0-9a-f]{40,64})\b")
_NOT_GIVEN = re.compile(r"remote error: |did not send all necessary objects")
_INCOMPLETE = re.compile(r"did not send all necessary objects|could not fetch [0-9a-f]+ from promisor remote")
"""The server's fault, or that of a broken clone: what should be here already is not found."""

_UNREADABLE = re.compile(r"^error: .*\.(?:idx|pack)\b", re.MULTILINE)
"""What git says of files here, in words of many kinds; it begins the server's lines with `remote: `."""

_DAMAGED = re.compile(
    r"corrupt|bad object|bad tree|unable to read|inflate|missing (?:blob|tree|commit)|invalid sha1 pointer"
    r"|not a git repository|packed object|index-pack failed|bad packed ref|loose object|unresolved deltas"
)
_HEX = re.compile(r"[0-9a-f]+")
_LOCKED = re.compile(r"\.lock': File exists")

MOST_REFUSALS = 20
"""After so many refusals that name no object, and nothing given, the search for the one at fault ends."""

PAUSES = (1.0, 3.0)
"""Seconds before a fetch that got no answer is tried again."""


class DamagedError(GitError):
    """The clone itself is broken."""


class Mirror:
    """The clone in one folder; several processes may use it at once. Open it with `Mirror.open`."""

    def __init__(self, repository: Repository, remote: Remote) -> None:
        self.repository = repository
        self.remote = remote
        self.remote.supply = self._supply
        self._lost: frozenset[Sha] = frozenset()

    @classmethod
    def open(cls, folder: Path, url: str, authorization: Callable[[], str]) -> "Mirror":
        """The clone in this folder; made where there is none, and made anew where it is broken.

        Raises:
            AccessError: the server does not let us in; git is missing or too old.
            GitError: the folder cannot be written, or the server gave no answer.
        """
        with locked(folder):
            repository = made(folder, url, authorization)
        return cls(repository, Remote(repository.git, url, authorization))

    def fetch(self, shas: Collection[Sha]) -> frozenset[Sha]:
        """Have these commits here with their whole history; gives those that the server does not have.

        Raises:
            AccessError: the server does not let us in.
            GitError: it gave no answer.
        """
        digits = 64 if self.repository.object_format == "sha256" else 40
        named = [sha for sha in dict.fromkeys(shas) if len(sha) == digits and _HEX.fullmatch(sha)]
        if not named:
            return frozenset(shas)
        with locked(self.repository.path):
            wanted = self._unknown(named)
            try:
                lost = self._fetch(wanted, keep=True)
            except DamagedError:
                self.repository = remade(self.repository)
                lost = self._fetch(named, keep=True)
            if wanted:
                tidy(self.repository, self.remote.transport, named)
        return lost | (set(shas) - set(named))

    def bring(self, questions: Collection[Question]) -> None:
        """Have the commits and contents here that git needs to answer these; what the server lacks stays missing.

        Whoever asks knows commits that no reading has named: the old tip of what has landed, on a fresh machine.

        Raises:
            AccessError: the server does not let us in.
            GitError: it gave no answer.
        """
        named = named_commits(questions)
        self._lost |= self.fetch(named - trees_of(self.repository, named).keys() - self._lost)
        self.fetch_blobs(needed_blobs(self.repository, questions))

    def fetch_blobs(self, blobs: Iterable[Sha]) -> None:
        """Have these contents here; what the server does not have stays missing.

        Raises:
            AccessError: the server does not let us in.
            GitError: it gave no answer.
        """
        missing = self._absent(blobs)
        if missing:
            with locked(self.repository.path):
                self._fetch_more(missing)
                tidy(self.repository, self.remote.transport, ())

    def _supply(self, commits: Sequence[Sha], known: Collection[Sha] | None) -> None:
        """Have the contents here that git sends with these commits, as the server is not known to have them.

        Git leaves out what the tips of the server's branches have: `known`, else all that was fetched from there. It
        does send what was in between: a branch of several commits has contents that its tip has no more.
        """
        tips = known if known is not None else self.repository.refs(KEPT).values()
        here = set(trees_of(self.repository, tips)) - set(commits)
        lines = "".join(f"{line}\n" for line in (*commits, *(f"^{sha}" for sha in here))).encode()
        options = ("--objects-edge-aggressive", "--missing=print", "--stdin")
        listed = self.repository.run("rev-list", *options, stdin=lines).splitlines()
        missing = [Sha(line[1:].decode()) for line in listed if line.startswith(b"?")]
        if missing:
            with locked(self.repository.path):
                self._fetch_more(missing)

    def _fetch_more(self, blobs: Collection[Sha]) -> None:
        """Fetch contents. A broken clone is emptied: what is under way here ends, and the next pass fills it anew."""
        try:
            self._fetch(blobs, keep=False)
        except DamagedError:
            self.repository = remade(self.repository)
            raise

    def _unknown(self, shas: Collection[Sha]) -> list[Sha]:
        """Those of these commits that are not here as a whole; the others are kept from now on."""
        kept = {ref.removeprefix(KEPT) for ref in self.repository.refs(KEPT)}
        new = [sha for sha in dict.fromkeys(shas) if sha not in kept]
        there = list(trees_of(self.repository, new))
        whole = self._whole(there)
        moves = [RefUpdate(ref=f"{KEPT}{sha}", old=None, new=sha) for sha in whole]
        self.repository.update_refs(moves, message="mergebot: keep")
        return [sha for sha in new if sha not in whole]

    def _whole(self, shas: list[Sha]) -> frozenset[Sha]:
        """Those of these commits whose history is here down to what is kept: commits and trees."""
        if not shas:
            return frozenset()
        lines = "".join(f"{sha}\n" for sha in shas)  # git before 2.42 takes no options there
        options = ("--quiet", "--objects", "--filter=blob:none", "--stdin", "--not", f"--glob={KEPT}*")
        done = self.repository.git.finish("rev-list", *options, stdin=lines.encode())
        if not done.returncode:
            return frozenset(shas)
        if len(shas) == 1:
            return frozenset()
        middle = len(shas) // 2
        return self._whole(shas[:middle]) | self._whole(shas[middle:])

    def _is_sound(self) -> bool:
        """Whether all that is kept is here: commits and trees."""
        listed = self.repository.git.finish("rev-list", "--quiet", "--objects", "--filter=blob:none", f"--glob={KEPT}*")
        return not listed.returncode

    def _absent(self, blobs: Iterable[Sha]) -> list[Sha]:
        asked = sorted(blobs)
        if not asked:
            return []
        lines = "".join(f"{sha}\n" for sha in asked).encode()
        found = self.repository.run("cat-file", "--batch-check=%(objecttype)", stdin=lines).splitlines()
        return [sha for sha, answer in zip(asked, found, strict=True) if answer.endswith(b" missing")]

    def _fetch(self, shas: Collection[Sha], *, keep: bool) -> frozenset[Sha]:
        """Fetch these in one request; those that the server does not have are found, and left out.

        It names them one by one. Where it names none, they are looked for by halves; where it gives nothing at all,
        that is not for the want of some object.
        """
        lost: set[Sha] = set()
        parts = [list(shas)]
        refusals, given = 0, False
        while parts:
            part = [sha for sha in parts.pop() if sha not in lost]
            said = self._ask(part, keep=keep) if part else ""
            named = {Sha(sha) for sha in _NOT_THERE.findall(said)} & set(part)
            if named:
                lost |= named
                parts.append(part)
            elif said:
                refusals += 1
                lost |= set(part) if len(part) == 1 else set()
                parts += [part[: len(part) // 2], part[len(part) // 2 :]] if len(part) > 1 else []
                if not given and (refusals >= MOST_REFUSALS or not parts):
                    raise GitError(f"git fetch failed: {plain_words(said)}")
            else:
                given = given or bool(part)
        return frozenset(lost)

    def _ask(self, shas: Collection[Sha], *, keep: bool) -> str:
        """Fetch these; gives the server's words where it does not have one of them."""
        for pause in (*PAUSES, None):
            sweep(self.repository.path)
            try:
                said = self._run(shas, keep=keep)
            except OutOfTimeError:
                if pause is None:
                    raise
                continue
            text = said.decode("utf-8", "replace")
            if not said or _NOT_THERE.search(text):
                return text
            error = failure("fetch", said)
            if _INCOMPLETE.search(text) and (_UNREADABLE.search(text) or not self._is_sound()):
                raise DamagedError(error.message)
            if _NOT_GIVEN.search(text):
                return text
            if _DAMAGED.search(text) and not _LOCKED.search(text):
                raise DamagedError(error.message)
            if not isinstance(error, GitError) or pause is None:
                raise error
            self.remote.wait(pause)
        raise AssertionError  # pragma: no cover (the last pause is None)

    def _run(self, shas: Collection[Sha], *, keep: bool) -> bytes:
        """One fetch; gives what git said where it failed."""
        lines = "".join(f"{sha}:{KEPT}{sha}\n" if keep else f"{sha}\n" for sha in shas)
        settings = {} if keep else {"fetch__negotiationAlgorithm": "noop"}
        done = self.repository.git.finish(
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--stdin", NAME,
            stdin=lines.encode(),
            env=self.remote.transport.environment(**partial(), **settings),
            seconds=self.remote.seconds,
        )  # fmt: skip
        return done.stderr or b"fatal: no words" if done.returncode else b""
