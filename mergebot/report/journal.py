"""What mergebot writes into its journal: a JSON object for each step, a merge with all the grounds that it rests on.

Titles, names and reasons are a stranger's words. They are kept as they are, but cut; whoever shows them escapes them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha1, sha256
from typing import Final, assert_never

from mergebot import __version__
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.outcome import Done, Failed, Outcome
from mergebot.model.plan import (
    Answer,
    Criterion,
    DeleteBranch,
    Dispatch,
    Entry,
    KeepTip,
    Merge,
    Plan,
    Rebase,
    Restack,
    Retarget,
    RunChecks,
    Step,
)
from mergebot.model.snapshot import (
    Check,
    CheckList,
    ClosedPullRequest,
    PullRequest,
    Review,
    ReviewList,
    ReviewTally,
    Snapshot,
)
from mergebot.report import render
from mergebot.report.jsonform import Json

BEGUN: Final = "begun"
"""The outcome of a merge that is about to be tried; what became of it stands in a later line of the same pass."""

_SHA1_DIGITS: Final = 40

Fields = dict[str, Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class Grounds:
    """What a step was decided on. `rules`: the files of rules, path and bytes, by `config` and `dependencies`."""

    snapshot: Snapshot
    plan: Plan
    rules: Mapping[str, tuple[str, bytes]]

    def pull_request(self, number: PrNumber) -> PullRequest | None:
        """The open PR of this number."""
        return next((pr for pr in self.snapshot.pull_requests if pr.number == number), None)


def begun(step: Merge, grounds: Grounds) -> Fields:
    """A merge that is about to be tried, with everything that it rests on."""
    entry = render.by_number(grounds.plan).get(step.pr)
    return {
        **_subject(step.pr, entry),
        "action": "merge",
        "outcome": BEGUN,
        **_merge(step),
        "reason": step.reason,
        "grounds": _grounds(step, entry, grounds),
        "rules": _rules(grounds),
        "version": __version__,
    }


def found(pr: ClosedPullRequest, begun_by: str) -> Fields:
    """A merge that an earlier pass had begun, and that has landed, though nobody wrote that down.

    `begun_by`: that pass, where what became of it was not recorded; "" where it had failed.
    """
    lost = "the pass that began it did not record its outcome; it was found merged"
    return {
        "pr": pr.number,
        "agent": pr.agent,
        "title": pr.title,
        "action": "merge",
        "outcome": "found",
        "begun_by": begun_by,
        "head": {"branch": pr.head.branch, "sha": pr.head.sha},
        "base": {"branch": pr.base},
        "landed": pr.landed,
        "reason": lost if begun_by else "it was found merged; an earlier try had failed",
    }


def ended(step: Step, outcome: Outcome, grounds: Grounds) -> Iterator[Fields]:
    """What became of a step; a restack has an object for each PR."""
    results = tuple(render.results_of(step, outcome))
    entries = render.by_number(grounds.plan)
    for number, result in results:
        yield {
            **_subject(number, entries.get(number)),
            "action": result.line.action,
            "outcome": result.result,
            **_about(step, number, grounds),
            "reason": result.line.reason,
            "detail": result.detail,
            "hint": result.hint,
            **_made(step, outcome, number),
        }
    if isinstance(outcome, Failed) and outcome.froze:
        yield {
            **_subject(results[0][0], None),
            "action": "freeze",
            "outcome": "done",
            "reason": outcome.reason,
            "detail": outcome.froze,
        }


def _subject(number: PrNumber, entry: Entry | None) -> Fields:
    return {"pr": number, "agent": entry.agent if entry else None, "title": entry.title if entry else None}


def _about(step: Step, number: PrNumber, grounds: Grounds) -> Fields:
    """Which shas and names a step is about."""
    match step:
        case Merge():
            return _merge(step)
        case Restack(rebases=rebases):
            return _rebase(next(item for item in rebases if item.pr == number))
        case Retarget():
            return {"head": {"sha": step.head}, "old_base": step.old_base, "new_base": step.new_base}
        case KeepTip():
            return {"head": {"sha": step.tip}}
        case DeleteBranch():
            return {"head": {"branch": step.branch, "sha": step.tip}}
        case RunChecks():
            return {"head": {"sha": step.head}, "base": {"sha": step.base_sha}, "tree": step.tree}
        case Dispatch():
            return {"head": {"branch": step.branch, "sha": step.head}, "workflows": list(step.workflows)}
        case Answer():
            return _answer(step, grounds.pull_request(step.pr))
        case _:
            assert_never(step)


def _merge(step: Merge) -> Fields:
    head: Json = {"branch": step.branch, "sha": step.head}
    return {"head": head, "base": {"branch": step.base, "sha": step.base_sha}, "tree": step.tree}


def _rebase(item: Rebase) -> Fields:
    onto: Fields = {"onto_pr": item.onto} if isinstance(item.onto, int) else {"onto": item.onto}
    return {"head": {"branch": item.branch, "sha": item.head}, **onto, "without": list(item.excluded)}


def _answer(step: Answer, pr: PullRequest | None) -> Fields:
    remark = next((one for one in (pr.remarks if pr else ()) if one.id == step.comment), None)
    return {
        "comment": step.comment,
        "by": remark.author.login if remark else None,
        "url": remark.url if remark else None,
        "reply": step.reply.name.lower(),
        "add": list(step.add),
        "remove": list(step.remove),
        "rerun": list(step.rerun),
    }


def _made(step: Step, outcome: Outcome, number: PrNumber) -> Fields:
    """What came of it: the commit that landed, or the new head."""
    if isinstance(step, Merge) and isinstance(outcome, Done | Failed):
        return {"landed": outcome.sha, **({"detail": outcome.detail} if isinstance(outcome, Done) else {})}
    if not isinstance(step, Restack) or not isinstance(outcome, Done):
        return {}
    new = dict(outcome.moved).get(number)
    if new is None:
        is_left = re.search(rf"left as it was: #{number}\b", outcome.detail)
        return {"outcome": "failed" if is_left else "already_done"}
    return {"new": new}


def _grounds(step: Merge, entry: Entry | None, grounds: Grounds) -> Fields:
    pr = grounds.pull_request(step.pr)
    tested = grounds.snapshot.test_results.get(step.tree)
    checks = [*(pr.checks.checks if pr and isinstance(pr.checks, CheckList) else ()), *([tested] if tested else ())]
    reviews = pr.reviews.reviews if pr and isinstance(pr.reviews, ReviewList) else ()
    return {
        "criteria": [_criterion(item) for item in (entry.criteria if entry else ())],
        "checks": [_check(check) for check in checks if not check.own],
        "reviews": [_review(review) for review in reviews],
        "approvals": _approvals(entry, pr),
        "score": entry.score if entry else None,
        "depends_on": list(entry.depends_on) if entry else [],
        "labels": [*sorted(step.labels)],
        "author": pr.author.login if pr else None,
    }


def _approvals(entry: Entry | None, pr: PullRequest | None) -> int | None:
    """How many people approve the patch; local mode knows no more than a number."""
    if pr and isinstance(pr.reviews, ReviewTally):
        return pr.reviews.approvals
    return entry.approvals if entry else None


def _criterion(item: Criterion) -> Json:
    evidence = item.verdict.evidence
    return {
        "name": str(item.name),
        "state": render.word(item.verdict),
        "code": item.verdict.code,
        "reason": item.verdict.reason,
        "files": list(evidence.files),
        "prs": list(evidence.prs),
        "shas": list(evidence.shas),
        "links": [{"text": link.text, "url": link.url} for link in evidence.links],
    }


def _check(check: Check) -> Json:
    """A check as it was reported; whether it counts is for the criterion to say."""
    return {
        "name": check.name,
        "state": str(check.state),
        "app": check.app,
        "workflow": check.workflow,
        "run": check.run or None,
        "url": check.detail,
    }


def _review(review: Review) -> Json:
    return {
        "by": review.author.login,
        "permission": str(review.author.permission),
        "state": str(review.state),
        "commit": review.commit,
        "url": review.url,
    }


def _rules(grounds: Grounds) -> Fields:
    """Which rules: by the names that git has for what is in the files, so that they can be found in base's history."""
    is_sha1 = len(grounds.snapshot.base.sha) == _SHA1_DIGITS
    return {kind: {"path": path, "blob": _blob(raw, is_sha1=is_sha1)} for kind, (path, raw) in grounds.rules.items()}


def _blob(raw: bytes, *, is_sha1: bool) -> Sha:
    data = b"blob %d\0" % len(raw) + raw
    return Sha((sha1(data, usedforsecurity=False) if is_sha1 else sha256(data)).hexdigest())
