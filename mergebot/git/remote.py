"""A repository on a server: its refs are read, and moved by compare-and-swap. Every call is one git process."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from time import sleep

from mergebot.errors import AccessError, GitError
from mergebot.git.paths import name
from mergebot.git.process import Git, OutOfTimeError
from mergebot.git.pushing import PushedRef, PushState, lost, read_report
from mergebot.git.refs import RefUpdate
from mergebot.git.transport import Transport, failure, plain_words
from mergebot.model.ids import Branch, Sha

__all__ = ["PushState", "PushedRef", "RefUpdate", "Remote", "RemoteRefs"]

HEADS = "refs/heads/"

PAUSES = (1.0, 3.0)
"""Seconds before the refs, of which there was no answer, are asked for again."""

LONGEST = 600.0
"""How many seconds one command may take at most."""

_REF = re.compile(r"refs/[^\x00-\x20\x7f~^:?*\[\\]+")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_GONE = re.compile(r"^error: unable to delete '(.+)': remote ref does not exist$", re.MULTILINE)
_OURS = re.compile(r"src refspec|bad object|not a valid object|does not support|missing necessary objects")
_LACKS = re.compile(r"unable to read [0-9a-f]{40,64}|missing blob object|unable to get (?:size|type) of")


class LackingError(GitError):
    """Something that the server does not have either, as far as git can tell, is not here to be sent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteRefs:
    """The remote's refs at one moment. `head`: the branch that HEAD names (the default branch), None if unknown."""

    head: Branch | None = None
    refs: Mapping[str, Sha] = field(default_factory=dict)

    def branch(self, name: Branch) -> Sha | None:
        """The tip of a branch, None where there is no such branch."""
        return self.refs.get(f"{HEADS}{name}")


class Remote:
    """A URL, and how to be let in: `authorization` gives `basic BASE64`, or nothing, and is asked before each command.

    `git`: git in the repository whose objects are pushed. `seconds`: how long a command may take. `supply`: brings the
    contents here that pushing these commits takes; called before a push, and again where that failed for the want of
    some, then with all that the server's branches have. `wait`: sleeps.
    """

    def __init__(
        self,
        git: Git,
        url: str,
        authorization: Callable[[], str],
        *,
        seconds: float = LONGEST,
        wait: Callable[[float], None] = sleep,
    ) -> None:
        self.git = git
        self.url = url
        self.seconds = seconds
        self.wait = wait
        self.transport = Transport(git, url, authorization)
        self.supply: Callable[[Sequence[Sha], Collection[Sha] | None], None] = lambda _commits, _known: None

    def refs(self, *prefixes: str) -> RemoteRefs:
        """The refs whose full names start with one of these, such as `refs/heads/`; to ask twice does no harm.

        Raises:
            AccessError: the server does not let us in.
            GitError: there was no answer, also when it was asked again.
        """
        for pause in PAUSES:
            try:
                return self._listed(prefixes)
            except OutOfTimeError:
                raise
            except GitError:
                self.wait(pause)
        return self._listed(prefixes)

    def _listed(self, prefixes: Sequence[str]) -> RemoteRefs:
        patterns = [f"{prefix}*" for prefix in prefixes]
        done = self.git.finish(
            "ls-remote", "--symref", "--", self.url, "HEAD", *patterns,
            env=self.transport.environment(), seconds=self.seconds,
        )  # fmt: skip
        if done.returncode:
            raise failure("ls-remote", done.stderr)
        return _read_refs(done.stdout, prefixes)

    def push(self, moves: Sequence[RefUpdate]) -> tuple[PushedRef, ...]:
        """Make all these moves, or none, each only from where the ref is expected to be; the answers in their order.

        Raises:
            AccessError: the server does not let us in; nothing was changed.
            GitError: it cannot be tried (a bad name, a missing object); nothing was changed.
        """
        for move in moves:
            _check(move)
        new = [move.new for move in moves if move.new]
        self.supply(new, None)
        try:
            return self._push_all(moves)
        except LackingError:  # git ended before the server had anything to do
            self.supply(new, set(self.refs(HEADS).refs.values()))
            return self._push_all(moves)

    def _push_all(self, moves: Sequence[RefUpdate]) -> tuple[PushedRef, ...]:
        report: dict[str, PushedRef] = {}
        while left := [move for move in moves if move.ref not in report]:
            report |= self._push(left)
        return tuple(report[move.ref] for move in moves)

    def _push(self, moves: Sequence[RefUpdate]) -> dict[str, PushedRef]:
        refs = {move.ref: move for move in moves}
        leases = [f"--force-with-lease={move.ref}:{move.old or ''}" for move in moves]
        targets = [f"{move.new or ''}:{move.ref}" for move in moves]
        # A repository that is taken for shallow has git leave out all that any branch there has, and not only what
        # the new commits' parents have: of that a partial clone may lack the contents. The file names no commit.
        env = {**self.transport.environment(), "GIT_SHALLOW_FILE": "/dev/null"}
        try:
            done = self.git.finish(
                "push", "--porcelain", "--atomic", "--no-verify", *leases, "--", self.url, *targets,
                env=env, seconds=self.seconds,
            )  # fmt: skip
        except OutOfTimeError as error:
            return lost(refs, error.message)
        report = {ref: one for ref, one in read_report(done.stdout, done.stderr).items() if ref in refs}
        if not report and done.returncode:
            return _unreported(refs, done.stderr)
        if all(one.state is PushState.SKIPPED for one in report.values()):
            # Skipped for the sake of none: one of them moved under the server's hands, or this push was done before.
            # The latter is curl, which sends a request again where a kept connection ends without a word.
            return lost(refs, next((one.words for one in report.values()), "the server said nothing"))
        return lost(refs, "the server said nothing about it") | report


def _unreported(refs: Mapping[str, RefUpdate], stderr: bytes) -> dict[str, PushedRef]:
    """What a push without a report came to; a ref that was to be deleted, and is not there, stopped it early."""
    said = stderr.decode("utf-8", "replace")
    gone = {ref for ref in _GONE.findall(said) if ref in refs}
    if gone:
        return {ref: PushedRef(ref=ref, state=PushState.DONE) for ref in gone}
    error = failure("push", stderr)
    if _LACKS.search(said):
        raise LackingError(error.message)
    if isinstance(error, AccessError) or _OURS.search(said):
        raise error
    return lost(refs, plain_words(said))


def _check(move: RefUpdate) -> None:
    shas = [sha for sha in (move.old, move.new) if sha is not None]
    if not _REF.fullmatch(move.ref) or ".." in move.ref or "//" in move.ref or move.ref.endswith(("/", ".", ".lock")):
        raise GitError(f"{move.ref!r} is no full name of a ref")
    if not shas or not all(map(_SHA.fullmatch, shas)):
        raise GitError(f"{move.ref} cannot be moved: an object id is not in full")


def _read_refs(output: bytes, prefixes: Sequence[str]) -> RemoteRefs:
    head: Branch | None = None
    refs: dict[str, Sha] = {}
    for line in output.split(b"\n"):
        what, _, ref = line.partition(b"\t")
        if ref == b"HEAD" and what.startswith(b"ref: refs/heads/"):
            head = Branch(name(what).removeprefix("ref: refs/heads/"))
        elif name(ref).startswith(tuple(prefixes)) and not ref.endswith(b"^{}"):
            refs[name(ref)] = Sha(what.decode())
    return RemoteRefs(head=head, refs=refs)
