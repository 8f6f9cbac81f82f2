"""Every sentence a user reads, made from plan and outcomes. Plain text; whoever shows it escapes it for the place.

Reasons are `decide`'s words; here they are only put together, never derived again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from mergebot.model.ids import PrNumber
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, Stale, StepResult, WouldDo
from mergebot.model.plan import (
    Answer,
    Clash,
    CriterionName,
    DeleteBranch,
    Dispatch,
    Entry,
    EntryState,
    Fail,
    KeepTip,
    Merge,
    Pass,
    Pending,
    Plan,
    Rebase,
    Restack,
    Retarget,
    RunChecks,
    Step,
    Verdict,
)
from mergebot.model.problem import Problem, Severity
from mergebot.model.questions import ConflictedPath
from mergebot.report.words import counted

STATE_ORDER = (EntryState.READY, EntryState.WAITING, EntryState.BLOCKED, EntryState.HELD, EntryState.IGNORED)

TOKENS = {
    CriterionName.TESTS_PASSING: "checks",
    CriterionName.REVIEW_SCORE: "score",
    CriterionName.MERGE_CONFLICTS: "conflict",
    CriterionName.DEPENDENCIES_MERGED: "dependencies",
    CriterionName.APPROVALS: "approval",
}
"""One word for each criterion, for a narrow column."""


SEE_BELOW = "see below"
"""In place of a reason that is longer."""

SHORT = 32
"""Characters of a reason that a column of the table bears."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One step in one line: what is done, to which PR, and why. A restack has a line for each PR it rebases."""

    action: str
    pr: PrNumber
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A line, with what became of it: `done`, `already_done`, `stale` or `failed`, and the detail."""

    line: Line
    result: str
    detail: str
    hint: str = ""


def headline(plan: Plan) -> str:
    """The repository and the base that everything was judged on."""
    return f"{plan.repository}, {plan.base.branch} at {plan.base.sha:.10}"


def counts(plan: Plan) -> str:
    """How many PRs are open, and how many of them are in which state."""
    if not plan.entries:
        return f"No pull request is open into {plan.base.branch}."
    count = Counter(entry.state for entry in plan.entries)
    states = ", ".join(f"{count[state]} {state}" for state in STATE_ORDER if count[state])
    return f"{counted(len(plan.entries), 'open pull request')}: {states}"


def queue(plan: Plan) -> tuple[Entry, ...]:
    """The requested entries, by position."""
    requested = (entry for entry in plan.entries if entry.position is not None)
    return tuple(sorted(requested, key=lambda entry: (entry.position or 0, entry.pr)))


def ignored(plan: Plan) -> tuple[Entry, ...]:
    """The open PRs that nobody has asked to merge, by number."""
    return tuple(sorted((entry for entry in plan.entries if entry.position is None), key=lambda entry: entry.pr))


def name(entry: Entry) -> str:
    """Whom people know it by: the agent, or where there is none the title."""
    return entry.agent or entry.title


def verdict_of(entry: Entry, criterion: CriterionName) -> Verdict | None:
    """The verdict on one criterion; None where it was not asked."""
    return next((item.verdict for item in entry.criteria if item.name is criterion), None)


def word(verdict: Verdict | None) -> str:
    """A verdict as the contract spells it (contract 3): `pass`, `pending` or `fail`; `-` where there is none."""
    match verdict:
        case None:
            return "-"
        case Pass():
            return "pass"
        case Pending():
            return "pending"
        case Fail():
            return "fail"
        case _:
            assert_never(verdict)


def score(entry: Entry) -> str:
    """The review score as `N/10`; `-` where none was found."""
    return "-" if entry.score is None else f"{entry.score}/10"


def blocked_by(entry: Entry) -> str:
    """What keeps an entry back, in a few words, failures first; empty when nothing does."""
    if entry.state in (EntryState.HELD, EntryState.IGNORED):
        return _short(entry.because)
    failing = [_token(entry, item.name, item.verdict) for item in entry.criteria if isinstance(item.verdict, Fail)]
    pending = [_token(entry, item.name, item.verdict) for item in entry.criteria if isinstance(item.verdict, Pending)]
    if entry.state is EntryState.BLOCKED and not failing:
        return _short(entry.because)
    return ", ".join(failing + pending)


def _short(because: str) -> str:
    """The part of a reason before its colon, if that is short: all of it is said further down."""
    head = because.split(": ", maxsplit=1)[0]
    return head if len(head) <= SHORT else SEE_BELOW


def _token(entry: Entry, criterion: CriterionName, verdict: Verdict) -> str:
    prs = [f"#{number}" for number in verdict.evidence.prs]
    if criterion is CriterionName.DEPENDENCIES_MERGED:
        return ", ".join([*prs, *entry.missing_agents]) or TOKENS[criterion]
    if criterion is CriterionName.MERGE_CONFLICTS and prs and isinstance(verdict, Fail):
        return f"conflict with {', '.join(prs)}"
    return TOKENS[criterion]


def steps(plan: Plan) -> tuple[Line, ...]:
    """What `run` would do now, a line each."""
    return tuple(line for step in plan.steps for line in lines(step))


def lines(step: Step) -> tuple[Line, ...]:
    """A step's lines, in the contract's words for actions (contract 5)."""
    match step:
        case Restack(rebases=rebases):
            return tuple(_rebase(item) for item in rebases)
        case Answer(pr=pr, reason=reason):
            return (Line(action="answer", pr=pr, reason=reason),)
        case Merge(pr=pr, reason=reason):
            return (Line(action="merge", pr=pr, reason=reason),)
        case Retarget(pr=pr, reason=reason):
            return (Line(action="retarget", pr=pr, reason=reason),)
        case KeepTip(pr=pr, reason=reason):
            return (Line(action="keep_tip", pr=pr, reason=reason),)
        case DeleteBranch(pr=pr, reason=reason):
            return (Line(action="delete_branch", pr=pr, reason=reason),)
        case Dispatch(pr=pr, reason=reason):
            return (Line(action="dispatch", pr=pr, reason=reason),)
        case RunChecks(pr=pr, reason=reason):
            return (Line(action="run_checks", pr=pr, reason=reason),)
        case _:
            assert_never(step)


def names_of(step: Step) -> str:
    """A step in a few words: `merge #12`."""
    return ", ".join(f"{action_words(line.action)} #{line.pr}" for line in lines(step))


def _rebase(step: Rebase) -> Line:
    return Line(action="rebase", pr=step.pr, reason=step.reason)


def results(done: Iterable[StepResult]) -> tuple[Result, ...]:
    """What a pass did, a line each."""
    return tuple(result for item in done for result in result_lines(item))


def result_lines(item: StepResult) -> Iterator[Result]:
    """A step's lines, each with what became of the step."""
    plain = _outcome(item.outcome)
    if isinstance(item.step, Merge) and isinstance(item.outcome, Done) and item.outcome.sha:
        plain = replace(plain, detail=f"landed as {item.outcome.sha:.10}: {item.step.title}")
    for line in lines(item.step):
        yield replace(plain, line=line)


def results_of(step: Step, outcome: Outcome) -> Iterator[tuple[PrNumber, Result]]:
    """The same for a step and its outcome, by PR."""
    return ((one.line.pr, one) for one in result_lines(StepResult(step=step, outcome=outcome)))


def _outcome(outcome: Outcome) -> Result:
    nowhere = Line(action="", pr=PrNumber(0), reason="")
    match outcome:
        case Done(detail=detail, sha=sha):
            made = detail or (f"made {sha:.10}" if sha else "")
            return Result(line=nowhere, result="done", detail=made)
        case AlreadyDone(detail=detail):
            return Result(line=nowhere, result="already_done", detail=detail)
        case Stale(reason=reason):
            return Result(line=nowhere, result="stale", detail=reason)
        case Failed(reason=reason, hint=hint):
            return Result(line=nowhere, result="failed", detail=reason, hint=hint)
        case WouldDo():
            return Result(line=nowhere, result="would_do", detail="")
        case _:
            assert_never(outcome)


def action_words(action: str) -> str:
    """An action as people say it: `delete_branch` is `delete branch`."""
    return action.replace("_", " ")


def stops_everything(plan: Plan) -> bool:
    """Whether an input is wrong, so that nothing is merged (contract 2.1)."""
    return any(problem.severity is Severity.ERROR for problem in plan.problems)


def unread_problem(plan: Plan, reason: str) -> Problem:
    """What could not be read, as a warning: the PRs it concerns wait, the others go on (contract 4)."""
    return Problem(where=plan.repository, message=f"not finished: {reason}", severity=Severity.WARNING)


def lone_clashes(plan: Plan) -> tuple[Clash, ...]:
    """Who will conflict when its turn comes, but with no single PR before it: no pair in the plan explains it."""
    place = {number: at for at, number in enumerate(plan.order)}
    later = {max(pair.a, pair.b, key=lambda n: place.get(n, -1)) for pair in plan.conflicts}
    return tuple(clash for clash in plan.clashes if clash.pr not in later)


def conflicts(plan: Plan) -> tuple[tuple[str, tuple[ConflictedPath, ...]], ...]:
    """Who conflicts with whom, and in what: pairs, then those that only conflict with several at once."""
    pairs = ((f"#{pair.a} and #{pair.b}", pair.paths) for pair in plan.conflicts)
    alone = ((f"#{clash.pr} and those before it", clash.paths) for clash in lone_clashes(plan))
    return (*pairs, *alone)


def clash_problems(plan: Plan) -> Iterator[Problem]:
    """The lone clashes as problems, for programs."""
    for clash in lone_clashes(plan):
        files = ", ".join(path.path for path in clash.paths)
        message = f"it conflicts in {files} when its turn comes, with what lands before it together"
        yield Problem(where=f"#{clash.pr}", message=message, severity=Severity.WARNING)


def frozen_problems(plan: Plan) -> tuple[Problem, ...]:
    """Why the queue is paused, as warnings: no input is wrong, but nothing is merged."""
    return tuple(
        Problem(where=plan.repository, message=f"the queue is frozen: {reason}", severity=Severity.WARNING)
        for reason in plan.frozen
    )


def page_of(plan: Plan, number: PrNumber) -> str:
    """The page of a PR; "" where the repository has none (local mode)."""
    return f"{plan.url}/pull/{number}" if plan.url else ""


def numbers(prs: Iterable[PrNumber]) -> str:
    """PRs as `#1, #2, #3`."""
    return ", ".join(f"#{number}" for number in prs)


def some(items: Sequence[str], limit: int) -> str:
    """The first few of many, and how many more there are."""
    more = len(items) - limit
    return ", ".join(items[:limit]) + (f" and {more} more" if more > 0 else "")


def by_number(plan: Plan) -> Mapping[PrNumber, Entry]:
    """The entries by PR number."""
    return {entry.pr: entry for entry in plan.entries}
