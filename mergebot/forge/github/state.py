"""Keeps mergebot's memory: `merge-queue.json`, and beside it `status.json`, in the tree of `refs/mergebot/state`.

The ref is one commit without a parent. Older ones have no `status.json`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from mergebot.errors import GitError
from mergebot.forge.github.memory import Memory, dumped, parse, with_answers
from mergebot.forge.github.session import STATE
from mergebot.forge.github.writing import Writing, own_refs_refused
from mergebot.git.mirror import Mirror
from mergebot.git.objects import Objects, ident_line
from mergebot.git.remote import PushState, RefUpdate, RemoteRefs
from mergebot.git.repository import Identity
from mergebot.model.ids import Sha
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome

QUEUE: Final = "merge-queue.json"
STATUS: Final = "status.json"
LARGEST: Final = 5_000_000
"""Bytes of a file that are read: a larger one was not written by mergebot."""


def read_memory(mirror: Mirror, refs: RemoteRefs) -> tuple[Memory, Sha | None]:
    """What the forge keeps, and the commit of `refs/mergebot/state` it stands in (None: there is none).

    What is not there, or cannot be used, is forgotten: it is a convenience.

    Raises:
        AccessError: the server does not let us in.
        GitError: it gave no answer.
    """
    commit = refs.refs.get(STATE)
    if commit is None:
        return Memory(), None
    if mirror.fetch([commit]):
        return Memory(), commit
    files = _files(mirror, commit)
    return parse(files.get(QUEUE), files.get(STATUS)), commit


def write_memory(writing: Writing, memory: Memory, *, identity: Identity) -> Outcome:
    """Keep this memory, if it is another one; somebody else's that came in between is merged with it, once."""
    seen = writing.session.seen
    if _texts(memory) == _texts(seen.memory) or not writing.session.deeds.takes_own_refs:
        return AlreadyDone()
    mirror, old = writing.session.mirror, seen.state
    for _ in range(2):
        commit = _commit(mirror, _texts(memory), identity)
        [answer] = writing.push([RefUpdate(ref=STATE, old=old, new=commit)])
        if answer.state is PushState.REFUSED:
            own_refs_refused(writing.session)
            return AlreadyDone(detail="the server does not take it")
        refs = RemoteRefs(refs={STATE: commit} if answer.state is PushState.DONE else writing.refs(STATE))
        if refs.refs.get(STATE) == commit:
            seen.memory, seen.state = memory, commit
            return Done()
        theirs, old = read_memory(mirror, refs)
        memory = _merged(theirs, memory)
        if memory == theirs:
            seen.memory, seen.state = theirs, old
            return AlreadyDone()
    return Failed(reason="mergebot's memory was written by somebody else meanwhile", hint="the next pass keeps it")


def _merged(theirs: Memory, ours: Memory) -> Memory:
    return replace(
        ours,
        heads={**theirs.heads, **ours.heads},
        outgrown={**theirs.outgrown, **ours.outgrown},
        refusals={**theirs.refusals, **ours.refusals},
        comments={**theirs.comments, **ours.comments},
        answered=with_answers(theirs.answered, ours.answered),
        frozen=ours.frozen or theirs.frozen,
    )


def _texts(memory: Memory) -> dict[str, bytes]:
    """The files of the tree, in git's order of names."""
    return {QUEUE: dumped(memory)} | ({STATUS: memory.status} if memory.status else {})


def _files(mirror: Mirror, commit: Sha) -> dict[str, bytes]:
    """The files as they stand in the commit, but for what is no file, or far too large.

    Raises:
        MergebotError: the server gave no answer; a pause may stand in them, so they are not taken for empty.
    """
    repository = mirror.repository
    blobs = _blobs(mirror, commit)
    mirror.fetch_blobs(blobs.values())
    try:
        sizes = {name: int(repository.run("cat-file", "-s", sha)) for name, sha in blobs.items()}
        return {name: repository.run("cat-file", "blob", sha) for name, sha in blobs.items() if sizes[name] <= LARGEST}
    except (GitError, ValueError):
        return {}


def _blobs(mirror: Mirror, commit: Sha) -> dict[str, Sha]:
    blobs: dict[str, Sha] = {}
    try:
        listed = mirror.repository.run("ls-tree", "-z", "--full-tree", commit, "--", QUEUE, STATUS)
        for line in filter(None, listed.split(b"\0")):
            about, _, name = line.partition(b"\t")
            mode, kind, blob = about.split(b" ")
            if kind == b"blob" and mode.startswith(b"100"):
                blobs[name.decode()] = Sha(blob.decode())
    except (GitError, ValueError):
        return {}
    return blobs


def _commit(mirror: Mirror, files: Mapping[str, bytes], identity: Identity) -> Sha:
    repository = mirror.repository
    lines = []
    for name, content in files.items():
        blob = repository.run("hash-object", "-w", "-t", "blob", "--stdin", stdin=content).decode().strip()
        lines.append(f"100644 blob {blob}\t{name}\n")
    tree = repository.run("mktree", stdin="".join(lines).encode()).decode().strip()
    who = ident_line(identity)
    with Objects(repository) as objects:
        return objects.write_commit(
            tree=Sha(tree), parents=[], author=who, committer=who, message=b"mergebot: remember\n"
        )
