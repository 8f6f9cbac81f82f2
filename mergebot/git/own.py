"""Which commits of a branch `git rebase` would carry over, and in which order; for many branches in one walk.

Git lists the history of all branches once. A branch whose own commits lie in one line is told from that; one with side
branches merged inside, or with a commit that might have come upstream as a cherry-pick, is asked of git by itself: the
order and the patch ids are git's.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mergebot.errors import GitError
from mergebot.git.merging import Merger
from mergebot.git.process import Git
from mergebot.model.ids import Sha
from mergebot.model.questions import Unanswered

MOST_LISTED = 50_000
"""How many commits are listed at once at most; beyond that every branch is asked for by itself, as git rebase does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """The commits reachable from `head` but from none of `upstream` (never empty)."""

    head: Sha
    upstream: tuple[Sha, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """`picks`: the commits to carry over, oldest first, no merges. `already`: those left out, as upstream has them.

    `merges`: the own merges, which are left out too.
    """

    picks: tuple[Sha, ...]
    merges: tuple[Sha, ...] = ()
    already: frozenset[Sha] = frozenset()


def own_commits(merger: Merger, wanted: Sequence[Wanted]) -> list[Own | Unanswered]:
    """The own commits of every branch, in the order asked."""
    try:
        graph = _graph(merger.git(()), wanted)
    except GitError:  # one of them cannot be walked: each by itself then, so that the others get their answer
        graph = None
    lines = [graph.line(want) if graph else None for want in wanted]
    doubtful = graph.may_be_upstream(merger.git(()), wanted, lines) if graph else set()
    return [
        line if line is not None and number not in doubtful else _asked(merger, want)
        for number, (want, line) in enumerate(zip(wanted, lines, strict=True))
    ]


def _asked(merger: Merger, want: Wanted) -> Own | Unanswered:
    try:
        return _ask_git(merger, want)
    except GitError as error:
        return Unanswered(reason=error.message)


def _ask_git(merger: Merger, want: Wanted) -> Own:
    # The walk of git rebase (sequencer_make_script), which knows one upstream: several are made one by a merge.
    upstream = merger.join(want.upstream) if len(want.upstream) > 1 else want.upstream[0]
    marked = merger.git(()).run(
        "rev-list",
        "--topo-order",
        "--reverse",
        "--right-only",
        "--cherry-mark",
        "--max-parents=1",
        f"{upstream}...{want.head}",
    )
    lines = [line.decode() for line in marked.splitlines()]
    merges = merger.git(()).run("rev-list", "--topo-order", "--reverse", "--min-parents=2", want.head, f"^{upstream}")
    return Own(
        merges=tuple(Sha(line.decode()) for line in merges.splitlines()),
        picks=tuple(Sha(line[1:]) for line in lines),
        already=frozenset(Sha(line[1:]) for line in lines if line[0] == "="),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Graph:
    """Commits with their parents; `reached_by` has for each one the set of tips that reach it, as bits."""

    parents: Mapping[Sha, Sequence[Sha]]
    reached_by: Mapping[Sha, int]
    bits: Mapping[Sha, int]

    def mask(self, tips: Collection[Sha]) -> int:
        mask = 0
        for tip in tips:
            mask |= self.bits[tip]
        return mask

    def line(self, want: Wanted) -> Own | None:
        """The own commits, where they lie in one line; else None."""
        upstream = self.mask(want.upstream)
        picks: list[Sha] = []
        merges: list[Sha] = []
        own = self._own([want.head], upstream)
        while own:
            parents = self.parents[own[0]]
            (picks if len(parents) <= 1 else merges).append(own[0])
            own = self._own(parents, upstream)
            if len(own) > 1:
                return None
        return Own(picks=tuple(reversed(picks)), merges=tuple(reversed(merges)))

    def _own(self, commits: Sequence[Sha], upstream: int) -> list[Sha]:
        # What is not in the graph is reached by every tip, so it is nobody's own.
        return [sha for sha in dict.fromkeys(commits) if not self.reached_by.get(sha, upstream) & upstream]

    def only_upstream(self, want: Wanted) -> Iterator[Sha]:
        """The commits that upstream has and the branch has not."""
        upstream, head = self.mask(want.upstream), self.bits[want.head]
        return (sha for sha, reached in self.reached_by.items() if reached & upstream and not reached & head)

    def may_be_upstream(self, git: Git, wanted: Sequence[Wanted], lines: Sequence[Own | None]) -> set[int]:
        """The branches (by index) with an own commit that touches the very paths that one of upstream's touches.

        Only two such commits can have one patch id, so for all others there is nothing to compute.
        """
        theirs = {
            key: frozenset(self.only_upstream(want)) for key, want in {_key(want): want for want in wanted}.items()
        }
        upstream = frozenset[Sha]().union(*theirs.values())
        ours = {sha for line in lines if line for sha in line.picks}
        paths = _changed_paths(git, [*upstream, *(ours if upstream else ())])
        twins: dict[frozenset[bytes], set[Sha]] = defaultdict(set)
        for sha in upstream & paths.keys():
            twins[paths[sha]].add(sha)
        return {
            number
            for number, (want, line) in enumerate(zip(wanted, lines, strict=True))
            if any(
                not twins[paths[sha]].isdisjoint(theirs[_key(want)])
                for sha in (line.picks if line else ())
                if paths.get(sha) in twins
            )
        }


def _key(want: Wanted) -> tuple[Sha, tuple[Sha, ...]]:
    return want.head, want.upstream


def _graph(git: Git, wanted: Sequence[Wanted]) -> _Graph | None:
    """The history that the branches do not all share; None where it is too long, or where they share none."""
    tips = list(dict.fromkeys(sha for want in wanted for sha in (want.head, *want.upstream)))
    shared = git.run("merge-base", "--octopus", *tips, ok=(0, 1)).split()
    if not shared:
        return None
    lines = [*tips, *(f"^{sha.decode()}" for sha in shared)]
    listed = git.run(
        "rev-list",
        "--topo-order",
        "--parents",
        f"--max-count={MOST_LISTED + 1}",
        "--stdin",
        stdin="".join(f"{line}\n" for line in lines).encode(),
    ).splitlines()
    if len(listed) > MOST_LISTED:
        return None
    bits = {tip: 1 << number for number, tip in enumerate(tips)}
    reached: dict[Sha, int] = defaultdict(int, bits)
    parents: dict[Sha, Sequence[Sha]] = {}
    for line in listed:
        commit, *above = (Sha(sha) for sha in line.decode().split())
        parents[commit] = above
        for parent in above:
            reached[parent] |= reached[commit]
    return _Graph(parents=parents, reached_by={sha: reached[sha] for sha in parents}, bits=bits)


def _changed_paths(git: Git, commits: Collection[Sha]) -> dict[Sha, frozenset[bytes]]:
    """The paths that each commit changes, both ends of a rename; merges and empty commits are left out."""
    if not commits:
        return {}
    asked = "".join(f"{sha}\n" for sha in commits).encode()
    output = git.run("diff-tree", "--stdin", "--root", "-r", "-z", "--raw", "--no-renames", stdin=asked)
    fields = iter(output.split(b"\0")[:-1])
    paths: dict[Sha, list[bytes]] = {}
    current: list[bytes] = []
    for field in fields:
        if field.startswith(b":"):
            current.append(next(fields))
        else:
            current = paths.setdefault(Sha(field.decode()), [])
    return {sha: frozenset(changed) for sha, changed in paths.items()}
