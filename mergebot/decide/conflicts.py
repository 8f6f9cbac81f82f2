"""The criterion `merge_conflicts` (contract 3): asks git, and knows when a rebase comes first (contract 4.2, 4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from mergebot.decide.answers import Answers
from mergebot.decide.codes import Code
from mergebot.decide.commands import Shell
from mergebot.decide.glob import path_matches_any
from mergebot.decide.index import Index, stands_on_moved, twin_into_base
from mergebot.decide.needs import Needs
from mergebot.decide.rebasing import Overdue, obstacle, overdue, without
from mergebot.decide.words import listed, numbered
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.plan import Evidence, Fail, Pass, Pending, Verdict
from mergebot.model.policy import Strategy
from mergebot.model.questions import (
    IN_A_MERGE,
    Clean,
    Conflicts,
    Contains,
    Nothing,
    Overlap,
    Replay,
    Squash,
    Unanswered,
)
from mergebot.model.snapshot import PullRequest

_SHORT = 10
_CLEAN = Pass(code=Code.CONFLICTS_NONE, reason="merges cleanly")
_NO_FIT = Unanswered(reason="git's answer does not fit the question")


class Due(StrEnum):
    """Why a rebase has to come before the merge."""

    NO = "no"
    DEPENDENCY = "dependency"
    BEHIND = "behind"
    UNION = "union"


@dataclass(frozen=True, kw_only=True, slots=True)
class Landable:
    """Whether a PR lands cleanly, and the tree that base then has.

    `due`: why it is rebased first; `excluded`: without which commits; `landed`: the PRs that these were of. `note`:
    what someone should know although nothing fails.
    """

    verdict: Verdict
    tree: Sha | None = None
    due: Due = Due.NO
    excluded: tuple[Sha, ...] = ()
    landed: tuple[PrNumber, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Merging:
    """Judges entries; `landed_as`: which PR brought a commit to base."""

    index: Index
    answers: Answers
    shell: Shell
    landed_as: Mapping[Sha, PrNumber]

    @classmethod
    def of(cls, index: Index, answers: Answers) -> "Merging":
        """Judge by these answers."""
        closed = index.pulls.closed.values()
        landed_as = {pr.landed: pr.number for pr in closed if pr.landed is not None}
        return cls(index=index, answers=answers, shell=Shell.of(index.pulls.snapshot), landed_as=landed_as)

    @property
    def base(self) -> Sha:
        """The tip of base that everything is judged on."""
        return self.index.pulls.snapshot.base.sha

    def judge(self, pr: PullRequest, needs: Needs) -> Landable:
        """Merges cleanly into base, or will once it has been rebased."""
        if (not_yet := self._base_moved(pr) or self._stays(pr) or self._stack_waits(pr)) is not None:
            return not_yet
        late = overdue(pr, needs, self.index, self.answers)
        match late:
            case Unanswered():
                return _unknown(late)
            case Overdue() if late.obstacle:
                return self._left_behind(self._merged(pr), late)
            case Overdue():
                found = self._rebased(pr, Due.DEPENDENCY, late.excluded)
                if found.verdict.code == Code.CONFLICTS_IN_MERGE and self._stands_on_none(pr, late):
                    merged = self._merged(pr)
                    return merged if merged.tree is not None else found
                return Landable(
                    verdict=found.verdict, tree=found.tree, due=found.due, excluded=late.excluded, landed=late.landed
                )
            case None:
                return self._merged(pr)

    def _base_moved(self, pr: PullRequest) -> Landable | None:
        """Open into the branch of what has landed, to which somebody has pushed since: nobody has judged that."""
        if (landed := stands_on_moved(pr, self.index.moved_bases)) is None:
            return None
        base = self.index.pulls.snapshot.base.branch
        reason = f"its base {pr.base} landed with #{landed}, and was pushed to since: point it at {base}"
        evidence = Evidence(prs=(landed,))
        return Landable(verdict=Fail(code=Code.CONFLICTS_BASE_MOVED, reason=reason, evidence=evidence))

    def _stays(self, pr: PullRequest) -> Landable | None:
        """Open into the branch of what has landed, and cannot be pointed at base, as its own branch is open there."""
        landed = self.index.left_bases.get(pr.base)
        if landed is None or pr.native is not None or (twin := twin_into_base(pr, self.index.pulls)) is None:
            return None
        base = self.index.pulls.snapshot.base.branch
        reason = f"its base {pr.base} landed with #{landed}, and #{twin} is open from the same branch into {base}: "
        verdict = Fail(
            code=Code.CONFLICTS_TWIN, reason=f"{reason}close one of the two", evidence=Evidence(prs=(twin, landed))
        )
        return Landable(verdict=verdict)

    def _stack_waits(self, pr: PullRequest) -> Landable | None:
        """A stack of GitHub's own lands from the bottom; GitHub then rebases and retargets the rest by itself."""
        if pr.native is None:
            return None
        stack, base = self.index.pulls.natives[pr.native.number], self.index.pulls.snapshot.base.branch
        if pr.number != stack[0]:
            below = stack[stack.index(pr.number) - 1]
            return self._in_stack(pr, f"it is above #{below} in a native stack, which lands from the bottom")
        if pr.base != base:
            return self._in_stack(pr, f"it is open into {pr.base}: GitHub points it at {base} once that has landed")
        old = without(pr, self.index.merged_parents.get(pr.number, ()), self.index, self.answers)
        if isinstance(old, Unanswered):
            return _unknown(old)
        if old:
            reason = (
                f"it still stands on what {numbered(old)} had before it landed: GitHub rebases the rest of a native "
                "stack after a merge; if it does not, rebase the stack on its page"
            )
            return self._in_stack(pr, reason)
        return None

    def _in_stack(self, pr: PullRequest, reason: str) -> Landable:
        """It waits whatever git says: against what has just landed, its old commits may conflict with themselves."""
        tree = self._merged(pr).tree
        return Landable(verdict=Pending(code=Code.CONFLICTS_STACK, reason=reason), tree=tree)

    def _stands_on_none(self, pr: PullRequest, late: Overdue) -> bool:
        """Whether it holds none of the old commits of what has landed: then the ordinary merge is as good a way."""
        below = {*pr.contains, *self.index.merged_parents.get(pr.number, ())}
        return below.isdisjoint(late.landed)

    def _left_behind(self, found: Landable, late: Overdue) -> Landable:
        """Judged as it is, and told that it is not rebased, and why (contract 4.4)."""
        return replace(found, note=f"not rebased, although {numbered(late.landed)} has landed: {late.obstacle}")

    def _merged(self, pr: PullRequest) -> Landable:
        """By the ordinary merge."""
        match answer := self.answers.ask(Squash(base=self.base, head=pr.head.sha)):
            case Clean():
                return self._clean(pr, answer.tree)
            case Conflicts():
                return self._conflicting(pr, answer)
            case _:
                return self._neither(answer)

    def _rebased(self, pr: PullRequest, due: Due, excluded: tuple[Sha, ...] = ()) -> Landable:
        """By a rebase onto base."""
        union = self.index.pulls.policy.rebase.union_paths
        match answer := self.answers.ask(
            Replay(head=pr.head.sha, excluded=excluded, onto=self.base, union_paths=union)
        ):
            case Clean():
                return Landable(verdict=self._once_rebased(pr, due), tree=answer.tree, due=due)
            case Conflicts():
                return Landable(verdict=self._stopped(pr, answer, excluded))
            case _:
                return self._neither(answer)

    def _neither(self, answer: object) -> Landable:
        if isinstance(answer, Nothing):
            base = self.index.pulls.snapshot.base.branch
            reason = f"nothing is left to merge, {base} already has all of it: close it, or push what is missing"
            return Landable(verdict=Fail(code=Code.CONFLICTS_NOTHING, reason=reason))
        return _unknown(answer if isinstance(answer, Unanswered) else _NO_FIT)

    def _once_rebased(self, pr: PullRequest, due: Due) -> Verdict:
        base = self.index.pulls.snapshot.base.branch
        if due is Due.UNION:
            reason = (
                f"conflicts only in union_paths: it is rebased onto {base} with both sides' lines, and tested again"
            )
            return Pending(code=Code.CONFLICTS_UNION, reason=reason)
        if pr.base != base:
            return self._other_base(pr)
        return Pass(code=Code.CONFLICTS_NONE, reason=f"merges cleanly, once it is rebased onto {base}")

    def _other_base(self, pr: PullRequest) -> Pending:
        base = self.index.pulls.snapshot.base.branch
        reason = f"it is open into {pr.base}; once that has landed it is pointed at {base}"
        return Pending(code=Code.CONFLICTS_BASE, reason=reason)

    def _clean(self, pr: PullRequest, tree: Sha) -> Landable:
        """Clean as it is; does the strategy want it rebased first all the same?"""
        policy = self.index.pulls.policy
        if pr.base != self.index.pulls.snapshot.base.branch:
            return Landable(verdict=self._other_base(pr), tree=tree)
        if policy.queue.strategy is not Strategy.REBASE or pr.number in self.index.parents:
            return Landable(verdict=_CLEAN, tree=tree)
        behind = self._is_behind(pr)
        if isinstance(behind, Unanswered):
            return _unknown(behind)
        if not behind:
            return Landable(verdict=_CLEAN, tree=tree)
        if why := obstacle(pr, self.index):
            reason = f"it is behind, and mergebot may not rebase it ({why}): bring the branch up to date"
            return Landable(verdict=Fail(code=Code.CONFLICTS_BEHIND, reason=reason))
        return self._rebased(pr, Due.BEHIND)

    def _is_behind(self, pr: PullRequest) -> bool | Unanswered:
        """Whether what landed since touches the same files; with `rebase.always`, whether anything landed."""
        if self.index.pulls.policy.rebase.always:
            has_it = self.answers.truth(Contains(head=pr.head.sha, commit=self.base))
            return has_it if isinstance(has_it, Unanswered) else not has_it
        return self.answers.truth(Overlap(base=self.base, head=pr.head.sha))

    def _conflicting(self, pr: PullRequest, conflicts: Conflicts) -> Landable:
        """Conflicts in `union_paths` alone are solved by a rebase that keeps both sides' lines (contract 2.4)."""
        union = self.index.pulls.policy.rebase.union_paths
        inside = bool(union) and all(path_matches_any(union, path.path) for path in conflicts.paths)
        if inside and pr.number not in self.index.parents and not obstacle(pr, self.index):
            tried = self._rebased(pr, Due.UNION)
            if not isinstance(tried.verdict, Fail):
                return tried
        fail = self._fail(pr, conflicts, Code.CONFLICTS_MERGE, "merge", self.shell.merge(pr))
        return Landable(verdict=fail)

    def _stopped(self, pr: PullRequest, conflicts: Conflicts, excluded: tuple[Sha, ...]) -> Fail:
        if conflicts.commit is not None and conflicts.paths[:1] and conflicts.paths[0].kind == IN_A_MERGE:
            return self._would_lose(pr, conflicts, conflicts.commit)
        tips = self._nearest(pr, excluded)
        return self._fail(pr, conflicts, Code.CONFLICTS_REBASE, "rebase", self.shell.rebase(pr, tips))

    def _would_lose(self, pr: PullRequest, conflicts: Conflicts, merge: Sha) -> Fail:
        """A rebase, by hand too, leaves merges out, and with them what was solved there."""
        files, base = tuple(path.path for path in conflicts.paths), self.index.pulls.snapshot.base.branch
        reason = (
            f"its rebase onto {base} would lose what its merge {merge:.{_SHORT}} holds in {listed(files)}: "
            f"merge {base} into it by hand{self._and_push}"
        )
        evidence = Evidence(files=files, shas=(merge,), commands=self.shell.merge(pr))
        return Fail(code=Code.CONFLICTS_IN_MERGE, reason=reason, evidence=evidence)

    def _nearest(self, pr: PullRequest, tips: tuple[Sha, ...]) -> tuple[Sha, ...]:
        """Of the old tips those that the PR stands on, without those that another one contains."""
        own = [tip for tip in tips if self.answers.truth(Contains(head=pr.head.sha, commit=tip)) is True]
        if len(own) < 2:  # noqa: PLR2004 (one alone is the nearest)
            return tuple(own)
        return tuple(
            tip
            for tip in own
            if not any(self.answers.truth(Contains(head=o, commit=tip)) is True for o in own if o != tip)
        )

    @property
    def _and_push(self) -> str:
        """In a plain repository there is nowhere to push to."""
        return " and push" if self.shell.forge else ""

    def _fail(self, pr: PullRequest, conflicts: Conflicts, code: Code, verb: str, commands: tuple[str, ...]) -> Fail:
        """Names the files, who brought the other side, and what to do."""
        files = tuple(path.path for path in conflicts.paths)
        prs = tuple(dict.fromkeys(self.landed_as[sha] for sha in conflicts.brought_by if sha in self.landed_as))
        others = tuple(sha for sha in conflicts.brought_by if sha not in self.landed_as)
        by = listed([numbered(prs)] * bool(prs) + [sha[:_SHORT] for sha in others])
        base = self.index.pulls.snapshot.base.branch
        word = {"merge": f"conflicts with {base}", "rebase": f"its rebase onto {base} conflicts"}[verb]
        locked = pr.head.locked or ("the branch is in a fork" if pr.head.fork else "")
        reason = f"{word} in {listed(files)}"
        reason += f", brought by {by}" if by else ""
        if pr.native is not None:
            # A merge commit, or a push to one member alone, would take the stack apart.
            reason += ": rebase the native stack on its page"
            return Fail(code=code, reason=reason, evidence=Evidence(files=files, prs=prs, shas=others))
        reason += f": {verb} it by hand{self._and_push}"
        reason += f" (mergebot may not: {locked})" if locked else ""
        return Fail(code=code, reason=reason, evidence=Evidence(files=files, prs=prs, shas=others, commands=commands))


def _unknown(answer: Unanswered) -> Landable:
    reason = f"not known yet: {answer.reason}"
    return Landable(verdict=Pending(code=Code.CONFLICTS_UNKNOWN, reason=reason))
