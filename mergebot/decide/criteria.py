"""The five criteria of an entry, and the state that follows from them (contract 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mergebot.decide.agents import Claims
from mergebot.decide.answers import Answers
from mergebot.decide.approvals import Protected, approvals, protected_paths
from mergebot.decide.body import Said
from mergebot.decide.checks import tests_passing
from mergebot.decide.conflicts import Landable, Merging
from mergebot.decide.dependencies import Tangle, dependencies_merged
from mergebot.decide.index import Index, has_label
from mergebot.decide.needs import Needs
from mergebot.decide.patches import Patches
from mergebot.decide.requests import Requests, find_requests, is_auto
from mergebot.decide.score import review_score
from mergebot.model.ids import PrNumber
from mergebot.model.plan import Criterion, CriterionName, EntryState, Fail, Hold, Pending, Verdict
from mergebot.model.problem import Severity
from mergebot.model.snapshot import PullRequest, Snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """An entry with its verdicts. `hold`, `held`: what holds it, requested or not, and in words; empty if nothing."""

    pr: PullRequest
    criteria: tuple[Criterion, ...]
    landable: Landable
    state: EntryState
    because: str
    hold: Hold | None
    held: str
    score: int | None
    approved_by: tuple[str, ...]

    def verdict(self, name: CriterionName) -> Verdict:
        """The verdict on one criterion."""
        return next(criterion.verdict for criterion in self.criteria if criterion.name is name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Judge:
    """Judges entries one by one; everything that does not depend on the entry is prepared once."""

    index: Index
    claims: Claims
    said: Mapping[PrNumber, Said]
    needs: Mapping[PrNumber, Needs]
    tangle: Tangle
    merging: Merging
    patches: Patches
    protected: Protected
    stopped: str
    requests: Mapping[PrNumber, Requests]
    shared: dict[int, Criterion] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        index: Index,
        claims: Claims,
        said: Mapping[PrNumber, Said],
        needs: Mapping[PrNumber, Needs],
        tangle: Tangle,
        answers: Answers,
    ) -> "Judge":
        """A judge for this snapshot."""
        snapshot = index.pulls.snapshot
        return cls(
            index=index,
            claims=claims,
            said=said,
            needs=needs,
            tangle=tangle,
            merging=Merging.of(index, answers),
            patches=Patches(base=snapshot.base.sha, answers=answers, union_paths=index.pulls.policy.rebase.union_paths),
            protected=protected_paths(index.pulls.policy, snapshot.dependencies),
            stopped=why_stopped(snapshot),
            requests=find_requests(index, claims),
        )

    def judge(self, pr: PullRequest) -> Judged:
        """All criteria are answered, not only the first that fails."""
        policy, number = self.index.pulls.policy, pr.number
        landable = self.merging.judge(pr, self.needs[number])
        tests = tests_passing(pr, policy, landable.tree, self.index.pulls.snapshot)
        score = review_score(pr, policy, self.said[number], self.patches)
        depends = dependencies_merged(number, self.needs[number], self.claims, self.tangle, self.index)
        approved = approvals(pr, policy, self.protected, self.patches)
        criteria = (
            self._criterion(CriterionName.TESTS_PASSING, tests),
            self._criterion(CriterionName.REVIEW_SCORE, score.verdict),
            self._criterion(CriterionName.MERGE_CONFLICTS, landable.verdict),
            self._criterion(CriterionName.DEPENDENCIES_MERGED, depends),
            self._criterion(CriterionName.APPROVALS, approved.verdict),
        )
        hold, held = self._held(pr)
        state, because = self._state(pr, criteria, held)
        return Judged(
            pr=pr,
            criteria=criteria,
            landable=landable,
            state=state,
            because=because,
            hold=hold,
            held=held,
            score=score.value,
            approved_by=approved.by,
        )

    def _criterion(self, name: CriterionName, verdict: Verdict) -> Criterion:
        """One criterion for every verdict that many entries share: a large queue is mostly the same few."""
        found = self.shared.get(id(verdict))  # which stays what it is, for the criterion holds the verdict
        if found is None or found.name is not name:
            found = self.shared[id(verdict)] = Criterion(name=name, verdict=verdict)
        return found

    def _held(self, pr: PullRequest) -> tuple[Hold | None, str]:
        queue = self.index.pulls.policy.queue
        if pr.draft:
            return Hold.DRAFT, "it is a draft: mark it as ready for review"
        if has_label(pr, queue.hold_label):
            return Hold.LABEL, f"it is held by the label `{queue.hold_label}`: remove it to go on"
        if (asked := self.requests.get(pr.number)) is not None and asked.held:
            return Hold.COMMENT, asked.held
        if not self.stopped:
            return None, ""
        return (Hold.FROZEN if self.index.pulls.snapshot.frozen else Hold.INPUT), self.stopped

    def _state(self, pr: PullRequest, criteria: tuple[Criterion, ...], held: str) -> tuple[EntryState, str]:
        """The first state that fits, and why."""
        queue = self.index.pulls.policy.queue
        if not has_label(pr, queue.label) and not is_auto(pr.number, queue, self.claims):
            return EntryState.IGNORED, f"not requested: add the label `{queue.label}` to queue it"
        if held:
            return EntryState.HELD, held
        if pr.refused:
            return EntryState.BLOCKED, pr.refused
        waiting = ""
        for criterion in criteria:
            verdict = criterion.verdict
            if isinstance(verdict, Fail):
                return EntryState.BLOCKED, verdict.reason
            if isinstance(verdict, Pending):
                waiting = waiting or verdict.reason
        return (EntryState.WAITING, waiting) if waiting else (EntryState.READY, "every criterion holds")


def why_stopped(snapshot: Snapshot) -> str:
    """Why nothing in the whole queue goes on; empty if it does."""
    if snapshot.frozen:
        return f"the queue is frozen: {snapshot.frozen[0]}"
    error = next((problem for problem in snapshot.problems if problem.severity is Severity.ERROR), None)
    return f"nothing is merged before this is corrected: {error.where}: {error.message}" if error else ""
