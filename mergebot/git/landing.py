"""What heads give when they are brought to a tip: merged as they are, or replayed. Equal merges are asked for once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mergebot.git.history import Standing, standings
from mergebot.git.merging import NOBODY, Merger, ThreeWay, TreeMerge
from mergebot.git.replay import Rebased, RebaseRequest, rebase
from mergebot.git.repository import Identity, Repository
from mergebot.model.ids import Sha
from mergebot.model.questions import Clean, Conflicts, Nothing, Unanswered

Landed: TypeAlias = Clean | Nothing | Conflicts | Unanswered
"""What a head gives on a tip."""

SCRATCH_COMMITTER = Identity(name="mergebot", email="", when=0)
"""Who commits what is thrown away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tip:
    """What heads are brought to: `commit` is base, or made here on top of it; `tree` is its tree."""

    base: Sha
    commit: Sha
    tree: Sha


@dataclass(frozen=True, kw_only=True, slots=True)
class Replaying:
    """Replay a head's own commits on a tip: those that neither the tip nor anything excluded reaches."""

    tip: Tip
    head: Sha
    excluded: tuple[Sha, ...]
    union_paths: tuple[str, ...] = ()


class Lander:
    """Brings heads to tips, in the scratch of its merger."""

    def __init__(self, repo: Repository, merger: Merger) -> None:
        self._repo = repo
        self._merger = merger
        self._standings: dict[tuple[Sha, Sha], Standing | str] = {}
        self._merged: dict[tuple[Sha, tuple[Sha, ...], Sha], Landed] = {}

    def tip(self, base: Sha) -> Tip | None:
        """Base itself as a tip; None where it is missing."""
        commit = self._merger.objects.find_commits([base]).get(base)
        return Tip(base=base, commit=base, tree=commit.tree) if commit else None

    def on_top(self, tip: Tip, tree: Sha) -> Tip:
        """The tip with one more commit that has this tree."""
        commit = self._merger.objects.write_commit(
            tree=tree, parents=(tip.commit,), author=NOBODY, committer=NOBODY, message=b""
        )
        return Tip(base=tip.base, commit=commit, tree=tree)

    def standings(self, base: Sha, heads: Collection[Sha]) -> dict[Sha, Standing | str]:
        """How these heads stand to base; each is looked at once, but again where it could not be read."""
        new = {head for head in heads if isinstance(self._standings.get((base, head), ""), str)}
        if new:
            there = self._merger.objects.find_commits([base, *new])
            found = standings(self._repo, base, new, there=there)
            self._standings |= {(base, head): at for head, at in found.items()}
        return {head: self._standings[base, head] for head in heads}

    def merged(self, tip: Tip, heads: Sequence[Sha]) -> dict[Sha, Landed]:
        """What the ordinary merge of each head into the tip gives.

        What was made here on top of base adds no common history, so the merge bases are those with base itself.
        That is why two tips with one tree give one answer, whatever their commits are.
        """
        answers: dict[Sha, Landed] = {}
        unmerged: dict[Sha, tuple[Sha, ...]] = {}
        for head, at in self.standings(tip.base, heads).items():
            bases = () if isinstance(at, str) else at.bases
            known = _without_merge(at, head) or self._merged.get((tip.tree, bases, head))
            if known is None:
                unmerged[head] = bases
            else:
                answers[head] = known
        return answers | self._merge(tip, unmerged)

    def _merge(self, tip: Tip, bases: Mapping[Sha, tuple[Sha, ...]]) -> dict[Sha, Landed]:
        trees = self._merger.objects.find_commits(sha for head, group in bases.items() for sha in (head, *group))
        plain = {
            head: TreeMerge(base=trees[group[0]].tree, ours=tip.tree, theirs=trees[head].tree)
            for head, group in bases.items()
            if len(group) == 1
        }
        # In a criss-cross history git merges the merge bases first.
        crossed = {head: ThreeWay(ours=tip.commit, theirs=head) for head in bases if head not in plain}
        merged = [*self._merger.merge(list(plain.values())), *self._merger.merge(list(crossed.values()))]
        answers = {head: _or_nothing(answer, tip) for head, answer in zip([*plain, *crossed], merged, strict=True)}
        self._merged |= {
            (tip.tree, bases[head], head): answer
            for head, answer in answers.items()
            if not isinstance(answer, Unanswered)
        }
        return answers

    def replayed(self, jobs: Sequence[Replaying]) -> list[Landed]:
        """What the replay of each head's own commits gives, all of them in step."""
        requests = [
            RebaseRequest(
                head=job.head, excluded=job.excluded, onto=job.tip.commit, union_paths=job.union_paths, careful=True
            )
            for job in jobs
        ]
        answers = rebase(self._merger, requests, SCRATCH_COMMITTER)
        return [
            _or_nothing(Clean(tree=answer.tree) if isinstance(answer, Rebased) else answer, job.tip)
            for job, answer in zip(jobs, answers, strict=True)
        ]


def _without_merge(at: Standing | str, head: Sha) -> Landed | None:
    """The answer, where it takes no merge."""
    if isinstance(at, str):
        return Unanswered(reason=at)
    if not at.bases:
        return Unanswered(reason=f"commit {head} has no history in common with base")
    return Nothing() if head in at.bases else None


def _or_nothing(answer: Landed, tip: Tip) -> Landed:
    return Nothing() if answer == Clean(tree=tip.tree) else answer
