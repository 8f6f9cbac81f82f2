"""Real git in a real work tree, as the reference for what is done in the object store."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mergebot.git.merging import Merger
from mergebot.git.paths import readable
from mergebot.git.replay import Rebased, RebaseRequest, Replayed, rebase
from mergebot.git.repository import Identity, Repository
from mergebot.model.ids import Sha
from mergebot.model.questions import Conflicts, Nothing
from tests.sandbox import Sandbox

_AT_HOME = re.compile(rb"~(HEAD|[0-9a-f]{7,40}( \(.*\))?)(_\d+)?$", re.DOTALL)
"""What git puts behind the name of a file that stands where a folder must be."""

COMMITTER = Identity(name="Mergebot", email="bot@example.org", when=1_760_000_000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Carried:
    """What a rebase keeps of a commit, and what it makes of it."""

    tree: str
    author: bytes
    message: bytes
    encoding: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopped:
    """A rebase that stopped: at which commit, and the files in conflict."""

    commit: str
    paths: tuple[str, ...]


def commits(sandbox: Sandbox, upstream: str, tip: str) -> list[Carried]:
    """What lies on top of `upstream`, oldest first."""
    listed = sandbox.raw("rev-list", "--reverse", "--topo-order", f"{upstream}..{tip}")
    output, found = sandbox.raw("cat-file", "--batch", stdin=listed), []
    for _ in listed.splitlines():
        line, _, output = output.partition(b"\n")
        size = int(line.split()[2])
        head, _, message = output[:size].partition(b"\n\n")
        lines = dict(reversed([line.split(b" ", 1) for line in head.split(b"\n") if not line.startswith(b" ")]))
        found.append(
            Carried(
                tree=lines[b"tree"].decode(),
                author=lines[b"author"],
                message=message,
                encoding=lines.get(b"encoding", b""),
            )
        )
        output = output[size + 1 :]
    return found


def really(sandbox: Sandbox, head: Sha, onto: Sha, *excluded: Sha) -> list[Carried] | Stopped:
    """What `git rebase --onto` gives, in the sandbox's own work tree (left clean)."""
    upstream = excluded[0] if len(excluded) == 1 else onto
    if len(excluded) > 1 or (excluded and excluded[0] != onto):
        parents = [word for sha in dict.fromkeys((onto, *excluded)) for word in ("-p", sha)]
        upstream = Sha(sandbox.git("commit-tree", *parents, "-m", "all of upstream", f"{onto}^{{tree}}"))
    sandbox.git("checkout", "--quiet", "--force", "--detach", head)
    sandbox.git("clean", "-ffdxq")
    try:
        sandbox.git("-c", "core.editor=true", "rebase", "--quiet", "--onto", onto, upstream)
    except AssertionError:
        if not (sandbox.path / ".git/rebase-merge").exists():
            raise
        unmerged = sandbox.raw("diff", "--name-only", "--diff-filter=U", "-z").split(b"\0")[:-1]
        stopped = Stopped(
            commit=sandbox.git("rev-parse", "REBASE_HEAD"),
            paths=tuple(readable(path) for path in sorted({_AT_HOME.sub(b"", path) for path in unmerged})),
        )
        sandbox.git("rebase", "--abort")
        return stopped
    return commits(sandbox, onto, "HEAD")


def ours(sandbox: Sandbox, head: Sha, onto: Sha, *excluded: Sha, union: Sequence[str] = ()) -> Replayed:
    """What our rebase gives, kept in the repository."""
    with Merger(Repository.open(sandbox.path), scratch=False) as merger:
        request = RebaseRequest(head=head, excluded=excluded, onto=onto, union_paths=tuple(union))
        [answer] = rebase(merger, [request], COMMITTER)
    return answer


def as_real(sandbox: Sandbox, answer: Replayed, onto: Sha) -> list[Carried] | Stopped:
    """Our answer in the terms of `really`."""
    match answer:
        case Rebased(tip=tip):
            return commits(sandbox, onto, tip)
        case Nothing():
            return []
        case Conflicts(paths=paths, commit=commit):
            return Stopped(commit=str(commit), paths=tuple(path.path for path in paths))
        case _:
            raise AssertionError(answer)
