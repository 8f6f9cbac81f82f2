"""Reads what `git merge-tree --write-tree -z --name-only --messages` prints."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mergebot.errors import GitError
from mergebot.git.paths import readable
from mergebot.model.ids import Sha
from mergebot.model.questions import Clean, ConflictedPath, Conflicts

Merged = Clean | Conflicts
"""What a merge that git could do came to."""

_KIND = re.compile(rb"CONFLICT \(([^()]*)\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Message:
    """What git says about some paths; `type` is stable, but tells `add/add` from `content` only in the text."""

    paths: tuple[bytes, ...]
    type: bytes
    text: bytes

    def kind(self) -> str | None:
        """The kind of conflict in git's words; None where it is none (`Auto-merging`)."""
        if not self.type.startswith(b"CONFLICT"):
            return None
        found = _KIND.match(self.text) or _KIND.match(self.type)
        kind = found[1].decode(errors="replace").replace("contents", "content") if found else "content"
        return "submodule" if kind.startswith("submodule") else kind  # `submodule not initialized`: never is, here


def read_batch(output: bytes, pairs: Sequence[tuple[Sha, Sha]]) -> Iterator[Merged]:
    """The answers of `--stdin`, in order, as far as there are any: before each stands 1 for clean, 0 for conflicts.

    That is the other way round than the exit status of a single merge. An answer that was cut short is none.
    """
    fields = _Fields(output)
    for pair in pairs:
        try:
            clean = {b"1": True, b"0": False}[fields.next()]
            answer = _read_one(fields, pair, clean=clean)
        except (EOFError, KeyError, ValueError):
            return
        yield answer


def read_single(output: bytes, pair: tuple[Sha, Sha], *, clean: bool) -> Merged:
    """The answer for a single merge, as git 2.38 needs it.

    Raises:
        GitError: this is no answer.
    """
    try:
        return _read_one(_Fields(output + b"\0"), pair, clean=clean)
    except (EOFError, ValueError) as error:
        raise GitError("git merge-tree gave no answer") from error


class _Fields:
    r"""The fields of the output, each ended by `\0`."""

    def __init__(self, output: bytes) -> None:
        self._fields = output.split(b"\0")
        self._fields.pop()  # what stands behind the last end: nothing, or half a field
        self._at = 0

    def next(self) -> bytes:
        if self._at >= len(self._fields):
            raise EOFError
        self._at += 1
        return self._fields[self._at - 1]

    def until_empty(self) -> Iterator[bytes]:
        while field := self.next():
            yield field


def _read_one(fields: _Fields, pair: tuple[Sha, Sha], *, clean: bool) -> Merged:
    tree = Sha(fields.next().decode("ascii"))
    paths = list(fields.until_empty())
    messages = list(_messages(fields))
    return Clean(tree=tree) if clean else _conflicts(paths, messages, pair)


def _messages(fields: _Fields) -> Iterator[_Message]:
    for count in fields.until_empty():
        if not count.isdigit():
            return  # advice on submodules, which git 2.39 prints here in plain text, in the place of the end
        paths = tuple(fields.next() for _ in range(int(count)))
        yield _Message(paths=paths, type=fields.next(), text=fields.next())


def _conflicts(paths: Sequence[bytes], messages: Sequence[_Message], pair: tuple[Sha, Sha]) -> Conflicts:
    kinds: dict[bytes, str] = {}
    for message in messages:
        kind = message.kind()
        for path in message.paths if kind else ():
            # `content` goes with nearly everything else, so it counts only where nothing says more.
            if kinds.get(path, "content") == "content":
                kinds[path] = kind or "content"
    found: dict[bytes, str] = {}
    # No file at all is not clean: a conflict about folders stands in the messages alone.
    for path in paths or kinds:
        found.setdefault(_at_home(path, pair), kinds.get(path, "content"))
    return Conflicts(paths=tuple(ConflictedPath(path=readable(path), kind=found[path]) for path in sorted(found)))


def _at_home(path: bytes, pair: tuple[Sha, Sha]) -> bytes:
    """Without the `~COMMIT` that git puts behind a file where a folder must be: our commits tell a reader nothing."""
    for commit in pair:
        before, mark, after = path.rpartition(f"~{commit}".encode())
        if mark and (not after or re.fullmatch(rb"_\d+", after)):
            return before
    return path
