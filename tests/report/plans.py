"""Plans for the reports: the sample fleet halfway, and one written by an enemy."""

from typing import Any

from mergebot.model.ids import AgentName, Branch, PrNumber, Sha
from mergebot.model.outcome import AlreadyDone, Done, Failed, PassResult, Stale, StepResult
from mergebot.model.plan import (
    Criterion,
    CriterionName,
    DeleteBranch,
    Entry,
    EntryState,
    Evidence,
    Fail,
    Merge,
    Pass,
    Pending,
    Plan,
    Rebase,
    Restack,
    Verdict,
)
from mergebot.model.problem import Problem
from mergebot.model.questions import Collision, ConflictedPath
from mergebot.model.snapshot import BaseBranch, Head
from tests.builders import sha

BASE = BaseBranch(branch=Branch("main"), sha=sha("base of the fleet"))

PASSED: dict[CriterionName, Verdict] = {
    CriterionName.TESTS_PASSING: Pass(code="tests.passed", reason="1 of 1 checks succeeded"),
    CriterionName.REVIEW_SCORE: Pass(code="score.enough", reason="the review score is 10/10"),
    CriterionName.MERGE_CONFLICTS: Pass(code="conflicts.none", reason="merges cleanly into main"),
    CriterionName.DEPENDENCIES_MERGED: Pass(code="dependencies.merged", reason="depends on nothing"),
    CriterionName.APPROVALS: Pass(code="approvals.enough", reason="1 of 1 approvals"),
}


def entry(number: int, state: EntryState = EntryState.READY, /, *verdicts: Criterion, **changes: Any) -> Entry:  # noqa: ANN401 (a builder takes any field)
    """An entry in which everything passes but the verdicts given."""
    verdict_of = {**PASSED, **{item.name: item.verdict for item in verdicts}}
    lacking = [item.verdict for item in verdicts if not isinstance(item.verdict, Pass)]
    lacking.sort(key=lambda verdict: not isinstance(verdict, Fail))
    defaults: dict[str, Any] = {
        "pr": PrNumber(number),
        "title": f"Change {number}",
        "agent": None,
        "head": Head(branch=Branch(f"change-{number}"), sha=sha(1000 + number)),
        "state": state,
        "because": lacking[0].reason if lacking else "every criterion passes",
        "criteria": tuple(Criterion(name=name, verdict=verdict) for name, verdict in verdict_of.items()),
        "position": number,
        "score": 10,
    }
    return Entry(**{**defaults, **changes})


def plan(*entries: Entry, **changes: Any) -> Plan:  # noqa: ANN401 (a builder takes any field)
    """A plan of these entries."""
    defaults: dict[str, Any] = {"repository": "fleet", "base": BASE, "taken_at": 1_750_000_000.0, "entries": entries}
    return Plan(**{**defaults, **changes})


def prs(*numbers: int) -> tuple[PrNumber, ...]:
    """PR numbers."""
    return tuple(map(PrNumber, numbers))


def collision(a: int, b: int, *paths: str) -> Collision:
    """Two PRs that change the same lines of these files."""
    found = tuple(ConflictedPath(path=path, kind="content") for path in paths)
    return Collision(a=PrNumber(a), b=PrNumber(b), paths=found)


def waits_for(*numbers: int, missing: str = "") -> Criterion:
    """Dependencies that are still open."""
    reason = f"waits for {', '.join(f'#{n}' for n in numbers) or missing}, which has not been merged yet"
    verdict = Pending(code="dependencies.open", reason=reason, evidence=Evidence(prs=prs(*numbers)))
    return Criterion(name=CriterionName.DEPENDENCIES_MERGED, verdict=verdict)


def score_of(score: int) -> Criterion:
    """A review score that is too low."""
    reason = f"the review score is {score}/10, at least 10 is needed; improve the change and have it reviewed again"
    return Criterion(name=CriterionName.REVIEW_SCORE, verdict=Fail(code="score.low", reason=reason))


UNCHECKED = Criterion(
    name=CriterionName.TESTS_PASSING,
    verdict=Pending(code="tests.none", reason="no check has reported on this head yet"),
)

LONG_COMMAND = (
    "git -C worktrees/devops-agent rebase --onto 0123456789012345678901234567890123456789 "
    "9876543210987654321098765432109876543210 feature/devops-infrastructure"
)

CONFLICT = Criterion(
    name=CriterionName.MERGE_CONFLICTS,
    verdict=Fail(
        code="conflicts.base",
        reason="conflicts with main in app/settings.py; #1 brought the other side; rebase it and solve the conflict",
        evidence=Evidence(files=("app/settings.py",), prs=prs(1), commands=(LONG_COMMAND, "git rebase --continue")),
    ),
)


def merge(number: int, reason: str = "every criterion passes") -> Merge:
    """A merge step."""
    return Merge(
        pr=PrNumber(number),
        branch=Branch(f"change-{number}"),
        head=sha(1000 + number),
        base=BASE.branch,
        base_sha=BASE.sha,
        tree=sha(2000 + number),
        title=f"Change {number} (#{number})",
        message="",
        author="Ada Author <ada@example.org>",
        reason=reason,
    )


def rebase(number: int, onto: Sha | PrNumber = BASE.sha, reason: str = "#2 was merged") -> Rebase:
    """One line of a restack."""
    branch = Branch(f"change-{number}")
    return Rebase(pr=PrNumber(number), branch=branch, head=sha(1000 + number), excluded=(), onto=onto, reason=reason)


def fleet() -> Plan:
    """The sample fleet, halfway: some ready, one stacked, one in conflict, one with a score of 8."""
    titles = {
        1: ("security-agent", "Harden the login"),
        2: ("backend-agent", "Split the API into services"),
        3: ("frontend-agent", "日本語のとても長い題名でも表は崩れないはずです、たぶん"),
        4: ("rag-agent", "Answer from the documents"),
        5: ("devops-agent", "Build one small image"),
        6: ("github-agent", "Cache what GitHub says"),
        7: ("testing-agent", "Cover the API and the pages"),
    }
    states = {
        3: (EntryState.WAITING, [UNCHECKED]),
        4: (EntryState.BLOCKED, [score_of(8)]),
        5: (EntryState.BLOCKED, [CONFLICT]),
        6: (EntryState.WAITING, [waits_for(2)]),
        7: (EntryState.WAITING, [waits_for(2, 3)]),
    }
    more: dict[int, dict[str, Any]] = {
        4: {"position": 6, "score": 8},
        5: {"position": 7},
        6: {"position": 4, "depends_on": prs(2), "stacked_on": prs(2)},
        7: {"position": 5, "depends_on": prs(2, 3)},
    }
    entries = [
        entry(number, state, *verdicts, agent=AgentName(agent), title=title, **more.get(number, {}))
        for number, (agent, title) in titles.items()
        for state, verdicts in [states.get(number, (EntryState.READY, []))]
    ]
    held = entry(8, EntryState.HELD, because="draft", title="Try a new idea", position=8, score=None)
    ignored = entry(9, EntryState.IGNORED, because="no label `merge`", position=None)
    return plan(
        *entries,
        held,
        ignored,
        order=prs(1, 2, 3, 6, 7),
        steps=(
            merge(1),
            merge(2),
            Restack(rebases=(rebase(6), rebase(7, PrNumber(6), "it is stacked on #6"))),
            delete_branch(1),
        ),
        conflicts=(collision(1, 5, "app/settings.py"), collision(3, 7, "web/index.html", "web/style.css")),
    )


HOSTILE = (
    "\x1b[31mred\x1b[0m [bold red]x[/] ::error::no <script>alert(1)</script> @everyone\nline two \u202egnp.exe | `x`"
)
"""A title by someone who means harm: terminal, rich markup, CI runner, HTML, mention, line break, override, table."""


def hostile() -> Plan:
    """A plan in which every text that a stranger may choose is an attack."""
    problem = Problem(where=HOSTILE, message=HOSTILE, hint=HOSTILE)
    conflict = Fail(
        code="conflicts.base", reason=HOSTILE, evidence=Evidence(files=(HOSTILE,), commands=("git log '::error::'",))
    )
    verdict = Criterion(name=CriterionName.MERGE_CONFLICTS, verdict=conflict)
    return plan(
        entry(1, EntryState.BLOCKED, verdict, title=HOSTILE),
        entry(2, EntryState.HELD, title="::error::no", because=HOSTILE, agent=AgentName("::warning::x")),
        repository="::error::no",
        frozen=(HOSTILE,),
        problems=(problem,),
        conflicts=(collision(1, 2, HOSTILE),),
    )


def after_a_pass() -> PassResult:
    """Everything that can become of a step."""
    return PassResult(
        results=(
            StepResult(step=merge(1), outcome=Done(sha=sha("landed"))),
            StepResult(step=Restack(rebases=(rebase(6), rebase(7, PrNumber(6)))), outcome=Done(detail="both moved")),
            StepResult(step=merge(2), outcome=Stale(reason="the head moved to 0123456789 after the decision")),
            StepResult(step=merge(3), outcome=Failed(reason="the disk is full", hint="make room, then run again")),
            StepResult(step=delete_branch(1), outcome=AlreadyDone(detail="the branch is gone")),
        ),
        unread=("#5: the checks could not be read",),
    )


def delete_branch(number: int) -> DeleteBranch:
    """The last step of a merge."""
    branch = Branch(f"change-{number}")
    return DeleteBranch(pr=PrNumber(number), branch=branch, tip=sha(1000 + number), reason=f"#{number} was merged")


def failed_checks() -> Criterion:
    """A check that failed."""
    verdict = Fail(code="tests.failed", reason="the check `ci` failed; look at its log and push a fix")
    return Criterion(name=CriterionName.TESTS_PASSING, verdict=verdict)
