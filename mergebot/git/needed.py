"""Which contents git needs to answer questions, told from trees alone, so that they can be had in one request."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import assert_never

from mergebot.git.history import Standing, standings, trees_of
from mergebot.git.reach import Reach, commits_between
from mergebot.git.repository import Repository
from mergebot.git.spans import Contents, Merging, Span, Spans
from mergebot.model.ids import Sha
from mergebot.model.questions import Collisions, Contains, Forecast, Overlap, Question, Replay, SamePatch, Squash


@dataclass(frozen=True, kw_only=True, slots=True)
class Landing:
    """A head on its way: by the ordinary merge (`excluded` None), or by a replay of its own commits."""

    head: Sha
    excluded: tuple[Sha, ...] | None = None


def needed_blobs(repo: Repository, questions: Collection[Question]) -> set[Sha]:
    """The blobs that git needs for these, whether they are here or not; what names a missing commit needs none."""
    survey = _Survey(repo, questions)
    merges = [merging for question in questions for merging in survey.merges(question)]
    contents = Contents(repo, merges)
    return {blob for merging in dict.fromkeys(merges) for blob in contents.needed(merging)}


def named_commits(questions: Iterable[Question]) -> set[Sha]:
    """The commits that these are about."""
    asked = list(questions)
    found = {sha for pair in _merged(asked) for sha in pair} | {sha for tips in _replayed(asked) for sha in tips}
    for question in asked:
        match question:
            case Contains(head=one, commit=other) | Overlap(base=one, head=other):
                found |= {one, other}
            case _:
                pass
    return found


class _Survey:
    """Which merges each question takes."""

    def __init__(self, repo: Repository, questions: Collection[Question]) -> None:
        self._repo = repo
        self._bases: dict[tuple[Sha, Sha], tuple[Sha, ...]] = {}
        replayed = {sha for tips in _replayed(questions) for sha in tips}
        self._here = frozenset(trees_of(repo, replayed))
        self._reach = Reach.of(repo, sorted(self._here))
        heads: dict[Sha, set[Sha]] = defaultdict(set)
        for base, head in _merged(questions):
            heads[base].add(head)
        for base, group in heads.items():
            found = standings(repo, base, group)
            self._bases |= {(base, head): at.bases for head, at in found.items() if isinstance(at, Standing)}

    def merges(self, question: Question) -> Iterator[Merging]:
        """The merges that the answer takes."""
        match question:
            case Squash(base=base, head=head):
                yield from self._landing(base, [Landing(head=head)])
            case Replay(head=head, excluded=excluded, onto=onto):
                yield from self._landing(onto, [Landing(head=head, excluded=excluded)])
            case Collisions(base=base, links=links) | Forecast(base=base, links=links):
                landings = [Landing(head=link.head, excluded=link.excluded or None) for link in links]
                yield from self._landing(base, landings, in_a_row=isinstance(question, Forecast))
            case SamePatch(base=base, old=old, new=new):
                olds, news = self._merge_bases(base, old), self._merge_bases(base, new)
                if len(olds) == len(news) == 1:
                    yield Merging(base=(Span(olds=olds, new=news[0]),), others=((Span(olds=olds, new=old),),))
            case Contains() | Overlap():
                return
            case _:
                assert_never(question)

    def _landing(self, base: Sha, landings: Iterable[Landing], *, in_a_row: bool = False) -> Iterator[Merging]:
        """The heads on base, each by itself and all together; and the merges inside of those that are replayed."""
        came: list[Span] = []
        others: list[Spans] = []
        twins: list[Span] = []
        for landing in landings:
            if landing.excluded is None:
                bases = self._merge_bases(base, landing.head)
                came += (Span(olds=(fork,), new=base) for fork in bases)
                others += [tuple(Span(olds=(fork,), new=landing.head) for fork in bases), *self._crossed(bases)]
                continue
            own = self._commits((landing.head,), (base, *landing.excluded))
            came += (Span(olds=(fork,), new=base) for fork in _outside(own))
            others.append(own)
            theirs = self._commits((base, *landing.excluded), (landing.head,))
            twins += (span for span in theirs if len(span.olds) <= 1)
            yield from (self._inner(span) for span in own if len(span.olds) > 1)
        yield Merging(base=_once(came), others=tuple(others), twins=_once(twins), in_a_row=in_a_row)

    def _inner(self, merge: Span) -> Merging:
        """A merge inside a branch, which is made again to see whether it holds something of its own."""
        ours, *others = merge.olds
        came: list[Span] = []
        brought: list[Spans] = []
        for theirs in others:
            bases = self._merge_bases(ours, theirs)
            came += (Span(olds=(fork,), new=ours) for fork in bases)
            brought += [tuple(Span(olds=(fork,), new=theirs) for fork in bases), *self._crossed(bases)]
        return Merging(base=_once(came), others=tuple(brought))

    def _crossed(self, bases: Sequence[Sha]) -> Iterator[Spans]:
        """Several merge bases are merged themselves, and theirs before them."""
        for one, other in pairwise(bases):
            deeper = self._merge_bases(one, other)
            for side in (one, other):
                yield tuple(Span(olds=(fork,), new=side) for fork in deeper)
            yield from self._crossed(deeper)

    def _merge_bases(self, one: Sha, other: Sha) -> tuple[Sha, ...]:
        if (one, other) not in self._bases:
            done = self._repo.git.finish("merge-base", "--all", one, other)
            found = done.stdout.decode().split() if not done.returncode else []
            self._bases[one, other] = tuple(map(Sha, found))
        return self._bases[one, other]

    def _commits(self, tips: Sequence[Sha], without: Sequence[Sha]) -> Spans:
        """The commits that the tips reach, and the others do not; none where that cannot be told."""
        if not self._here.issuperset((*tips, *without)):
            return ()
        found = self._reach.between(tips, without) if self._reach else commits_between(self._repo, tips, without)
        return tuple(Span(olds=parents, new=sha) for sha, parents in found)


def _merged(questions: Iterable[Question]) -> Iterator[tuple[Sha, Sha]]:
    """Which heads are merged with which base, by the ordinary merge."""
    for question in questions:
        match question:
            case Squash(base=base, head=head):
                yield base, head
            case SamePatch(base=base, old=old, new=new):
                yield from ((base, old), (base, new))
            case Collisions(base=base, links=links) | Forecast(base=base, links=links):
                yield from ((base, link.head) for link in links if not link.excluded)
            case _:
                pass


def _replayed(questions: Iterable[Question]) -> Iterator[tuple[Sha, ...]]:
    """The commits between which own ones lie: what a head goes onto, the head, and what is not its own."""
    for question in questions:
        match question:
            case Replay(head=head, excluded=excluded, onto=onto):
                yield onto, head, *excluded
            case Collisions(base=base, links=links) | Forecast(base=base, links=links):
                yield from ((base, link.head, *link.excluded) for link in links if link.excluded)
            case _:
                pass


def _outside(own: Spans) -> Iterator[Sha]:
    """The parents of own commits that are not own."""
    inside = {span.new for span in own}
    return (parent for span in own for parent in span.olds if parent not in inside)


def _once(spans: Iterable[Span]) -> Spans:
    return tuple(dict.fromkeys(spans))
