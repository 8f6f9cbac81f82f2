"""Squash and rebase in the object store: no work tree, no index, no hook.

A rebase gives what `git rebase --onto` gives. All branches go in step: their first commits are merged in one batch,
then their second ones, and so on; that is one process a step, and not several a commit.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from mergebot.errors import GitError
from mergebot.git.merging import Merger, Result, ThreeWay, TreeMerge, trivial_merge
from mergebot.git.objects import Commit, author_line, ident_line
from mergebot.git.own import Own, Wanted, own_commits
from mergebot.git.own_merges import would_be_lost
from mergebot.git.repository import Identity
from mergebot.git.wording import as_utf8, carried_over
from mergebot.model.ids import Sha
from mergebot.model.questions import Clean, Conflicts, Nothing, Unanswered


@dataclass(frozen=True, kw_only=True, slots=True)
class RebaseRequest:
    """Carry the own commits of `head` over to `onto`: those reachable from neither `onto` nor any of `excluded`.

    `onto`: a commit, or the index of an earlier request of the same list, on whose new tip this one goes.
    `union_paths`: globs of the files in which both sides' lines are kept instead of a conflict. `careful`: an own
    merge that holds something of its own (a conflict solved by hand) stops it, where git would lose that.
    """

    head: Sha
    excluded: tuple[Sha, ...]
    onto: Sha | int
    union_paths: tuple[str, ...] = ()
    careful: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebased:
    """The new tip and its tree. `kept`: own commits carried over; `dropped`: those that upstream already has."""

    tip: Sha
    tree: Sha
    kept: int
    dropped: int


Replayed: TypeAlias = Rebased | Nothing | Conflicts | Unanswered


def rebase(merger: Merger, requests: Sequence[RebaseRequest], committer: Identity) -> tuple[Replayed, ...]:
    """What `git rebase --onto` gives for each request, in order; no ref moves.

    Author, author date, message and modes are kept. Commits that become empty are dropped, those empty from the start
    kept, merges flattened, commits that upstream has by patch id left out. `Nothing`: no own commit is left.
    `Conflicts.commit`: the own commit that stops it. A request on top of one that failed is not tried.

    Raises:
        GitError: what came of it cannot be written to the repository.
    """
    if merger.scratch:
        return _rebase(merger, requests, committer)
    with Merger(merger.repo, scratch=True, union_paths=merger.union_paths) as inner:
        answers = _rebase(inner, requests, committer)
        inner.keep()
    return answers


def _rebase(merger: Merger, requests: Sequence[RebaseRequest], committer: Identity) -> tuple[Replayed, ...]:
    answers: dict[int, Replayed] = {}
    ends: dict[int, Sha] = {}
    for wave in _waves(requests):
        placed = {number: _placed(requests[number], ends) for number in wave}
        going = {number: place for number, place in placed.items() if place}
        answers.update({number: Unanswered(reason="its parent was not rebased") for number in placed.keys() - going})
        runs = dict(zip(going, _start(merger, list(going.values())), strict=True))
        _carry_over(merger, list(runs.values()), ident_line(committer))
        answers.update({number: run.answer() for number, run in runs.items()})
        ends.update({number: run.tip for number, run in runs.items() if run.failure is None})
    return tuple(answers[number] for number in range(len(requests)))


def squash(
    merger: Merger, *, base: Sha, head: Sha, author: str, message: str, committer: Identity
) -> Sha | Nothing | Conflicts | Unanswered:
    """The ordinary merge of `base` and `head` as one commit on `base`; `Nothing` where that changes nothing.

    `author`: `Name <email>`; the author date is the committer's.

    Raises:
        GitError: the commit cannot be written.
    """
    [merged] = merger.merge([ThreeWay(ours=base, theirs=head)])
    if not isinstance(merged, Clean):
        return merged
    if merged.tree == merger.objects.read_commit(base).tree:
        return Nothing()
    text = message.encode("utf-8", "replace").replace(b"\0", b"").rstrip(b"\n") + b"\n"
    return merger.objects.write_commit(
        tree=merged.tree,
        parents=(base,),
        author=as_utf8(author_line(author, committer.when)),
        committer=as_utf8(ident_line(committer)),
        message=text,
    )


def _waves(requests: Sequence[RebaseRequest]) -> Iterator[list[int]]:
    """The requests by index: first those on a commit, then those on one of these, and so on."""
    depth: list[int] = []
    waves: dict[int, list[int]] = defaultdict(list)
    for number, request in enumerate(requests):
        if isinstance(request.onto, int) and not 0 <= request.onto < number:
            raise ValueError(f"request {number} goes onto request {request.onto}, which is not an earlier one")
        depth.append(depth[request.onto] + 1 if isinstance(request.onto, int) else 0)
        waves[depth[-1]].append(number)
    return (waves[level] for level in sorted(waves))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """A request whose `onto` is known."""

    want: Wanted
    onto: Sha
    request: RebaseRequest


def _placed(request: RebaseRequest, ends: Mapping[int, Sha]) -> _Place | None:
    onto = ends.get(request.onto) if isinstance(request.onto, int) else request.onto
    if onto is None:
        return None
    upstream = tuple(dict.fromkeys((onto, *request.excluded)))
    return _Place(want=Wanted(head=request.head, upstream=upstream), onto=onto, request=request)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pick:
    """An own commit, the commit it was made on, and the tree it started from."""

    commit: Commit
    parent: Sha | None
    base: Sha

    @property
    def empty(self) -> bool:
        """It changed nothing when it was made."""
        return self.commit.tree == self.base


@dataclass(kw_only=True, slots=True)
class _Run:
    """One branch on its way: `picks` are still to be carried over onto `tip`, the next one last."""

    picks: list[_Pick]
    tip: Sha
    tree: Sha
    union_paths: tuple[str, ...] = ()
    kept: int = 0
    dropped: int = 0
    failure: Conflicts | Unanswered | None = None

    def answer(self) -> Replayed:
        """What became of it."""
        if self.failure is not None:
            return self.failure
        if not self.kept:
            return Nothing()
        return Rebased(tip=self.tip, tree=self.tree, kept=self.kept, dropped=self.dropped)

    def next_merge(self, merger: Merger, committer: bytes) -> ThreeWay | TreeMerge | None:
        """Do what needs no git, up to the next merge that does; None at the end."""
        while self.picks and self.failure is None:
            pick = self.picks[-1]
            trees = TreeMerge(base=pick.base, ours=self.tree, theirs=pick.commit.tree)
            answer = trivial_merge(trees)
            if pick.parent == self.tip:  # as git does: what already sits there stays the commit it is
                self._moved_to(pick.commit.sha, pick.commit.tree)
            elif pick.empty:
                self._write(merger, self.tree, committer)
            elif answer:
                self.take(merger, answer, committer)
            else:
                return ThreeWay(base=pick.parent, ours=self.tip, theirs=pick.commit.sha) if pick.parent else trees
        return None

    def take(self, merger: Merger, answer: Result, committer: bytes) -> None:
        """Go on with the answer for the next pick."""
        match answer:
            case Clean(tree=tree) if tree == self.tree:
                self.picks.pop()
                self.dropped += 1
            case Clean(tree=tree):
                self._write(merger, tree, committer)
            case Conflicts():
                self.failure = replace(answer, commit=self.picks[-1].commit.sha)
            case Unanswered():
                self.failure = answer
            case _:
                assert_never(answer)

    def _write(self, merger: Merger, tree: Sha, committer: bytes) -> None:
        wording = carried_over(self.picks[-1].commit)
        try:
            sha = merger.objects.write_commit(
                tree=tree,
                parents=(self.tip,),
                author=wording.author,
                committer=as_utf8(committer),
                message=wording.message,
            )
        except GitError as error:
            self.failure = Unanswered(reason=error.message)
        else:
            self._moved_to(sha, tree)

    def _moved_to(self, sha: Sha, tree: Sha) -> None:
        self.picks.pop()
        self.tip, self.tree = sha, tree
        self.kept += 1


def _start(merger: Merger, places: Sequence[_Place]) -> list[_Run]:
    """Every branch at its start; one whose commits cannot be read is at its end already."""
    known = merger.objects.find_commits(sha for place in places for sha in (place.want.head, *place.want.upstream))
    whole = [place for place in places if {place.want.head, *place.want.upstream} <= known.keys()]
    own = dict(zip(whole, own_commits(merger, [place.want for place in whole]), strict=True))
    picked = [sha for found in own.values() if isinstance(found, Own) for sha in found.picks]
    merger.objects.find_commits(merger.objects.parents_of(picked))
    return [_run(merger, place, own.get(place) or _gone(place, known)) for place in places]


def _gone(place: _Place, known: Mapping[Sha, Commit]) -> Unanswered:
    missing = next(sha for sha in (place.want.head, *place.want.upstream) if sha not in known)
    return Unanswered(reason=f"commit {missing} is not in this repository")


def _run(merger: Merger, place: _Place, own: Own | Unanswered) -> _Run:
    failure: Conflicts | Unanswered | None = own if isinstance(own, Unanswered) else None
    if isinstance(own, Own) and place.request.careful:
        failure = would_be_lost(merger, own.merges)
    if failure is not None or isinstance(own, Unanswered):
        return _Run(picks=[], tip=place.onto, tree=place.onto, failure=failure)
    try:
        picks = [_pick(merger, sha) for sha in reversed(own.picks)]
        tree = merger.objects.read_commit(place.onto).tree
    except GitError as error:
        return _Run(picks=[], tip=place.onto, tree=place.onto, failure=Unanswered(reason=error.message))
    # Upstream has nothing to offer for a commit that was empty from the start: that one is kept.
    wanted = [pick for pick in picks if pick.empty or pick.commit.sha not in own.already]
    dropped = len(picks) - len(wanted)
    return _Run(picks=wanted, tip=place.onto, tree=tree, union_paths=place.request.union_paths, dropped=dropped)


def _pick(merger: Merger, sha: Sha) -> _Pick:
    commit = merger.objects.read_commit(sha)
    parent = next(iter(merger.objects.parents_of([sha])), None)
    base = merger.objects.read_commit(parent).tree if parent else merger.objects.empty_tree
    return _Pick(commit=commit, parent=parent, base=base)


def _carry_over(merger: Merger, runs: Sequence[_Run], committer: bytes) -> None:
    """Carry all of them over, one merge of each at a time."""
    going = list(runs)
    while going:
        asked: dict[tuple[str, ...], list[tuple[_Run, ThreeWay | TreeMerge]]] = defaultdict(list)
        for run in going:
            job = run.next_merge(merger, committer)
            if job is not None:
                asked[run.union_paths].append((run, job))
        for union_paths, jobs in asked.items():
            answers = merger.merge([job for _, job in jobs], union_paths=union_paths or None)
            for (run, _), answer in zip(jobs, answers, strict=True):
                run.take(merger, answer, committer)
        going = [run for jobs in asked.values() for run, _ in jobs]
