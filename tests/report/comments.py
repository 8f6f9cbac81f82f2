"""Pull requests for tests of the comment, with the words that `decide` has for them, and ways to read a comment."""

import json
import re
from dataclasses import replace
from typing import Any, Final

from markdown_it import MarkdownIt

from mergebot.model.notice import Notice
from mergebot.model.outcome import Outcome, PassResult, StepResult
from mergebot.model.plan import (
    Criterion,
    CriterionName,
    Entry,
    EntryState,
    Evidence,
    Fail,
    Link,
    Pass,
    Pending,
    Step,
    Verdict,
)
from mergebot.report.notices import notices
from tests.report.plans import entry, plan, prs

NOTHING: Final = PassResult()
URL: Final = "https://github.example/acme/shop"

REVIEW: Final = Evidence(links=(Link(text="review by mia", url=f"{URL}/pull/12#pullrequestreview-1"),))
LINT: Final = Link(text="lint", url=f"{URL}/actions/runs/1/job/2")

RED: Final = Fail(
    code="tests.failed",
    reason=f"lint, see {LINT.url} (failed): fix it and push, or run it again",
    evidence=Evidence(links=(LINT,)),
)
RUNNING: Final = Pending(code="tests.running", reason="not done yet: e2e, unit")
UNAPPROVED: Final = Pending(code="approvals.missing", reason="0 of 1 approval, from someone else with write access")
BEHIND_12: Final = Pending(
    code="dependencies.open", reason="waits for #12 (backend-agent)", evidence=Evidence(prs=prs(12))
)
COMMANDS: Final = ("git fetch origin", "git switch devops", "git merge origin/main", "git push origin devops")
CONFLICTING: Final = Fail(
    code="conflicts.merge",
    reason="conflicts with main in app/a.py, b|c.py, brought by #11: merge it by hand and push",
    evidence=Evidence(files=("app/a.py", "b|c.py"), prs=prs(11), commands=COMMANDS),
)

_GOOD: Final[dict[CriterionName, Verdict]] = {
    CriterionName.TESTS_PASSING: Pass(code="tests.passed", reason="3 of 3 checks succeeded"),
    CriterionName.REVIEW_SCORE: Pass(code="score.passed", reason="10/10 in the review by mia", evidence=REVIEW),
    CriterionName.MERGE_CONFLICTS: Pass(code="conflicts.none", reason="merges cleanly"),
    CriterionName.DEPENDENCIES_MERGED: Pass(code="dependencies.none", reason="it depends on nothing"),
    CriterionName.APPROVALS: Pass(code="approvals.enough", reason="1 of 1 approval: mia", evidence=REVIEW),
}
_OF: Final = {
    "tests": CriterionName.TESTS_PASSING,
    "score": CriterionName.REVIEW_SCORE,
    "conflicts": CriterionName.MERGE_CONFLICTS,
    "dependencies": CriterionName.DEPENDENCIES_MERGED,
    "approvals": CriterionName.APPROVALS,
}


def judged(number: int, state: EntryState, /, *verdicts: Verdict, **changes: Any) -> Entry:  # noqa: ANN401 (a builder takes any field)
    """An entry in which all is well but these verdicts; each goes to the criterion that its code names."""
    given = {**_GOOD, **{_OF[verdict.code.partition(".")[0]]: verdict for verdict in verdicts}}
    made = entry(number, state, *(Criterion(name=name, verdict=verdict) for name, verdict in given.items()))
    return replace(made, **changes) if changes else made


def after(*pairs: tuple[Step, Outcome]) -> PassResult:
    """A pass that did these steps."""
    return PassResult(results=tuple(StepResult(step=step, outcome=outcome) for step, outcome in pairs))


def notice(one: Entry, result: PassResult = NOTHING, **changes: Any) -> Notice:  # noqa: ANN401 (a builder takes any field)
    """What is said of a PR that is alone, in line where its state lets it be."""
    in_line = (one.pr,) if one.state in (EntryState.READY, EntryState.WAITING) else ()
    [found] = notices(plan(one, **{"url": URL, "order": in_line, **changes}), result)
    return found


def people(comment: str) -> str:
    """The part of a comment that is for people."""
    shown, mark, _ = comment.partition("\n\n<details><summary>For agents: JSON</summary>")
    assert mark, comment
    return shown


def agents(comment: str) -> dict[str, Any]:
    """The object of a comment, which must be the whole content of its last fence."""
    tokens = MarkdownIt("commonmark").enable("table").parse(comment)
    assert [token.type for token in tokens[-3:]] == ["html_block", "fence", "html_block"]
    assert (tokens[-2].info, tokens[-1].content.strip()) == ("json", "</details>")
    found: dict[str, Any] = json.loads(tokens[-2].content)
    return found


def prose(comment: str) -> str:
    """What of a comment is text: no code spans, no fences."""
    outside = re.sub(r"(?ms)^(`{3,})\w*\n.*?^\1$", "", people(comment))
    return re.sub(r"(?<!\\)(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", outside)
