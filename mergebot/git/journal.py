"""A text that only grows, kept in the tree of one ref: lines in, lines out, of bounded size, whatever they say.

The tree has the newest lines in `journal.jsonl`, and the segments before it whole, the newest first, in
`journal.1.jsonl` and so on. As long as a segment grows, each commit has the one before as its parent, so that git
itself shows that nothing was taken away; a new segment begins with a commit that has none, and names the one that it
continues. So old history can go, and neither the tree nor a fetch of it ever grows beyond its bound.

Whoever may push can write to the ref. Nothing here trusts what it finds: what is no such tree, or far too large, is
passed over, and no line is looked into.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mergebot.errors import GitError
from mergebot.git.objects import Objects, ident_line
from mergebot.git.repository import Identity, Repository
from mergebot.model.ids import Sha
from mergebot.model.journal import Journal

SEGMENT: Final = 128 * 1024
"""Bytes of a segment: all that is fetched for one more line, and all that is pushed at most."""

MOST: Final = 32
"""Segments that are kept, 4 MiB in all: some thousand merges, each with its grounds."""

CURRENT: Final = "journal.jsonl"
NAMES: Final = (CURRENT, *(f"journal.{age}.jsonl" for age in range(1, MOST)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """One file of the journal; `fault`: why nothing of it can be shown ("" = `content` is all of it)."""

    name: str
    content: bytes = b""
    fault: str = ""


def blobs(repository: Repository, tip: Sha) -> Mapping[str, Sha]:
    """The segments that stand in this commit, newest first; none where it is no such commit."""
    found: dict[str, Sha] = {}
    try:
        listed = repository.run("ls-tree", "-z", "--full-tree", tip, "--", *NAMES)
    except GitError:
        return {}
    for line in filter(None, listed.split(b"\0")):
        about, _, name = line.partition(b"\t")
        mode, kind, blob = about.split(b" ")
        if kind == b"blob" and mode.startswith(b"100"):
            found[name.decode()] = Sha(blob.decode())
    return {name: found[name] for name in NAMES if name in found}


def read(repository: Repository, tip: Sha) -> tuple[Segment, ...]:
    """Every segment, oldest first, as far as it is here."""
    return tuple(_segment(repository, name, blob) for name, blob in reversed([*blobs(repository, tip).items()]))


def as_lines(repository: Repository, tip: Sha) -> Journal:
    """All lines, oldest first, as far as they are here."""
    segments = read(repository, tip)
    lines = (line for segment in segments for line in segment.content.split(b"\n") if line)
    faults = [f"{segment.name}: {segment.fault}" for segment in segments if segment.fault]
    if not segments:
        faults = [f"{tip} is no journal"]
    return Journal(tip=tip, lines=tuple(lines), faults=tuple(faults))


def newest(repository: Repository, tip: Sha) -> bytes:
    """The newest segment; empty where it is not here, or is none of ours."""
    blob = blobs(repository, tip).get(CURRENT)
    return _segment(repository, CURRENT, blob).content if blob else b""


def append(repository: Repository, tip: Sha | None, lines: Sequence[bytes], identity: Identity) -> Sha:
    """The commit that has these lines after those of `tip` (None: there are none yet); no ref is moved.

    A line has no line feed, and is shorter than a segment.

    Raises:
        GitError: it cannot be written.
    """
    older = list(blobs(repository, tip).items()) if tip else []
    current = _segment(repository, *older[0]) if older and older[0][0] == CURRENT else None
    grown = _joined(current.content, lines) if current and not current.fault else b""
    message = b"mergebot: journal\n"
    if tip and 0 < len(grown) <= SEGMENT and _is_commit(repository, tip):
        files = [_written(repository, grown), *(blob for _, blob in older[1:])]
        return _commit(repository, files, [tip], message, identity)
    # What cannot be read stays behind: it is no segment of ours, and could be of any size.
    kept = [blob for name, blob in older if name != CURRENT or (current and not current.fault and current.content)]
    new = [_written(repository, part) for part in reversed(_parts(lines))]
    message += f"\nIt continues {tip}.\n".encode() if tip else b""
    return _commit(repository, [*new, *kept], [], message, identity)


def holds(repository: Repository, tip: Sha, lines: Sequence[bytes]) -> bool:
    """Whether the newest segment has these lines: a push that was not answered may have arrived."""
    return _joined(b"", lines) in newest(repository, tip)


def _joined(content: bytes, lines: Sequence[bytes]) -> bytes:
    """The lines after the content, of which a last line that was cut short is ended."""
    start = content if not content or content.endswith(b"\n") else content + b"\n"
    return start + b"".join(line + b"\n" for line in lines)


def _parts(lines: Sequence[bytes]) -> list[bytes]:
    """The lines in as many segments as they need, oldest first."""
    parts = [b""]
    for line in lines:
        if parts[-1] and len(parts[-1]) + len(line) >= SEGMENT:
            parts.append(b"")
        parts[-1] += line + b"\n"
    return parts


def _segment(repository: Repository, name: str, blob: Sha) -> Segment:
    try:
        size = int(repository.run("cat-file", "-s", blob))
        if size > SEGMENT:
            return Segment(name=name, fault=f"it has {size:,} bytes, and none of mergebot's has more than {SEGMENT:,}")
        return Segment(name=name, content=repository.run("cat-file", "blob", blob))
    except (GitError, ValueError):
        return Segment(name=name, fault="it cannot be read")


def _is_commit(repository: Repository, tip: Sha) -> bool:
    return repository.run("cat-file", "-t", tip).strip() == b"commit"


def _written(repository: Repository, content: bytes) -> Sha:
    return Sha(repository.run("hash-object", "-w", "-t", "blob", "--stdin", stdin=content).decode().strip())


def _commit(
    repository: Repository, files: Sequence[Sha], parents: Sequence[Sha], message: bytes, identity: Identity
) -> Sha:
    """A commit with these segments, newest first, as far as they are kept."""
    lines = "".join(f"100644 blob {blob}\t{name}\n" for name, blob in zip(NAMES, files, strict=False))
    # The older ones need not be here: they are carried on by their names.
    tree = repository.run("mktree", "--missing", stdin=lines.encode()).decode().strip()
    who = ident_line(identity)
    with Objects(repository) as objects:
        return objects.write_commit(tree=Sha(tree), parents=parents, author=who, committer=who, message=message)
