"""Reads what `git push --porcelain` says of each ref."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mergebot.git.paths import name
from mergebot.git.transport import plain_words


class PushState(StrEnum):
    """What became of one ref of a push.

    `done`: it is where it should be. `stale`: it was not where it was expected. `refused`: a rule of the server.
    `skipped`: another ref of the same push was not taken. `lost`: no answer came, so it is unknown.
    """

    DONE = "done"
    STALE = "stale"
    REFUSED = "refused"
    SKIPPED = "skipped"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True, slots=True)
class PushedRef:
    """One ref of a push; `words` are the server's reason, on one line."""

    ref: str
    state: PushState
    words: str = ""


_MOVED = re.compile(
    r"stale info|fetch first|non-fast-forward|remote ref updated since checkout|already exists"
    r"|is at [0-9a-f]+ but expected|incorrect old value|cannot lock ref|reference already exists"
)
_OTHERS = re.compile(r"^atomic (?:push failed|push failure|transaction failed)$|^transaction failed$")


def read_report(stdout: bytes, stderr: bytes) -> dict[str, PushedRef]:
    """What is said of each ref; one of which nothing is said is left out. The exit status says less (git < 2.49)."""
    said = plain_words("\n".join(line for line in _lines(stderr) if line.startswith("remote:")))
    return {
        ref: PushedRef(ref=ref, state=state, words=words)
        for ref, state, words in (_read(*line, said) for line in _reports(stdout))
    }


def _reports(stdout: bytes) -> Iterator[tuple[str, str, str]]:
    r"""The lines `FLAG\tFROM:TO\tSUMMARY`, as flag, TO and summary."""
    for line in stdout.split(b"\n"):
        fields = line.split(b"\t", 2)
        if len(fields) == 3 and len(fields[0]) == 1:  # noqa: PLR2004 (as above)
            yield name(fields[0]), name(fields[1].rpartition(b":")[2]), name(fields[2])


def _read(flag: str, ref: str, summary: str, said: str) -> tuple[str, PushState, str]:
    if flag != "!":
        return ref, PushState.DONE, ""
    kind, _, reason = summary.partition(" (")
    reason = reason.removesuffix(")")
    if _OTHERS.search(reason):
        return ref, PushState.SKIPPED, plain_words(reason)
    if kind == "[remote failure]":
        return ref, PushState.LOST, plain_words(reason)
    if _MOVED.search(reason):
        return ref, PushState.STALE, plain_words(reason)
    return ref, PushState.REFUSED, plain_words(": ".join(text for text in (reason, said) if text))


def lost(refs: Mapping[str, object], words: str) -> dict[str, PushedRef]:
    """The answer for refs of which nothing is known."""
    return {ref: PushedRef(ref=ref, state=PushState.LOST, words=words) for ref in refs}


def _lines(said: bytes) -> list[str]:
    return re.split(r"[\n\r]", said.decode("utf-8", "replace"))
