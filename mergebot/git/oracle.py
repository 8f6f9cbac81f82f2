"""Answers what `decide` asks git: every question gets an answer, and where git cannot say, the reason."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, assert_never

from mergebot.errors import GitError
from mergebot.git.closing import Closing
from mergebot.git.comparisons import Comparer, contained, missing
from mergebot.git.conflicts import Predictor
from mergebot.git.culprits import with_culprits
from mergebot.git.landing import Landed, Replaying
from mergebot.git.repository import Repository
from mergebot.model.ids import Sha
from mergebot.model.questions import (
    Answer,
    Collisions,
    Conflicts,
    Contains,
    Forecast,
    Overlap,
    Question,
    Replay,
    SamePatch,
    Squash,
    Unanswered,
)

Q = TypeVar("Q", Squash, Replay, Contains, SamePatch, Overlap, Collisions, Forecast)


class Oracle(Closing):
    """Git's answers for one pass, each given once; a context manager.

    Nothing is written to the repository: what git makes on the way goes to a scratch that is thrown away.
    """

    def __init__(self, repo: Repository) -> None:
        self._repo = repo
        self._predictor = Predictor(repo)
        self._comparer = Comparer(self._predictor.merger, self._predictor.lander)
        self._known: dict[Question, Answer] = {}

    def answer(self, questions: Collection[Question]) -> dict[Question, Answer]:
        """An answer to every question; one that git could not answer is asked again the next time."""
        batch = _sorted_by_kind(question for question in dict.fromkeys(questions) if question not in self._known)
        found = _guarded(self._squashes, batch.squashes)
        found |= _guarded(self._replays, batch.replays)
        found |= _guarded(lambda asked: contained(self._repo, asked), batch.contains)
        found |= _guarded(self._comparer.same_patches, batch.same_patches)
        found |= _guarded(self._comparer.overlapping, batch.overlaps)
        found |= _guarded(lambda asked: {one: self._predictor.collisions(one) for one in asked}, batch.collisions)
        found |= _guarded(lambda asked: {one: self._predictor.forecast(one) for one in asked}, batch.forecasts)
        self._known |= {question: answer for question, answer in found.items() if not isinstance(answer, Unanswered)}
        return {question: self._known.get(question) or found[question] for question in questions}

    def _squashes(self, questions: Sequence[Squash]) -> dict[Squash, Landed]:
        heads: dict[Sha, set[Sha]] = defaultdict(set)
        for question in questions:
            heads[question.base].add(question.head)
        found = {base: self._predictor.against_base(base, group) for base, group in heads.items()}
        return {question: found[question.base][question.head] for question in questions}

    def _replays(self, questions: Sequence[Replay]) -> dict[Replay, Landed]:
        """All replays go in step, whatever they go onto."""
        tips = {onto: self._predictor.lander.tip(onto) for onto in {question.onto for question in questions}}
        jobs = {
            question: Replaying(
                tip=tip, head=question.head, excluded=question.excluded, union_paths=question.union_paths
            )
            for question in questions
            if (tip := tips[question.onto])
        }
        landed = dict(zip(jobs, self._predictor.lander.replayed(list(jobs.values())), strict=True))
        return {q: self._with_culprits(landed.get(q, missing(q.onto)), q) for q in questions}

    def _with_culprits(self, answer: Landed, question: Replay) -> Landed:
        if not isinstance(answer, Conflicts):
            return answer
        return with_culprits(answer, self._repo, base=question.onto, head=question.head)

    def close(self) -> None:
        """Throw the scratch away."""
        self._predictor.close()


@dataclass(kw_only=True, slots=True)
class _ByKind:
    squashes: list[Squash] = field(default_factory=list)
    replays: list[Replay] = field(default_factory=list)
    contains: list[Contains] = field(default_factory=list)
    same_patches: list[SamePatch] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)
    collisions: list[Collisions] = field(default_factory=list)
    forecasts: list[Forecast] = field(default_factory=list)


def _sorted_by_kind(questions: Iterable[Question]) -> _ByKind:
    kinds = _ByKind()
    for question in questions:
        match question:
            case Squash():
                kinds.squashes.append(question)
            case Replay():
                kinds.replays.append(question)
            case Contains():
                kinds.contains.append(question)
            case SamePatch():
                kinds.same_patches.append(question)
            case Overlap():
                kinds.overlaps.append(question)
            case Collisions():
                kinds.collisions.append(question)
            case Forecast():
                kinds.forecasts.append(question)
            case _:
                assert_never(question)
    return kinds


def _guarded(ask: Callable[[list[Q]], Mapping[Q, Answer]], questions: list[Q]) -> dict[Question, Answer]:
    """The answers of one kind; where git fails as a whole (a broken repository), that is each one's answer."""
    try:
        return dict(ask(questions).items()) if questions else {}
    except GitError as error:
        return dict.fromkeys(questions, Unanswered(reason=error.message))
