"""The rules of rulesets and classic protection on base, and on the branches that agents push."""

from typing import Final

from mergebot.decide.words import listed
from mergebot.doctor.case import CONFIG, Case, Findings, error, note, numbers, unseen, warning
from mergebot.doctor.codes import Code
from mergebot.model.policy import Strategy
from mergebot.model.snapshot import Unknown
from mergebot.model.survey import PERSONAL, BaseRules, HeadRules

GATES: Final = {
    "required_deployments": "deployments",
    "workflows": "workflows that must pass",
    "code_scanning": "code scanning results",
    "copilot_code_review": "a review by Copilot",
}
"""Rules by which GitHub refuses a merge without any check that would show it."""


_FREE_HEADS: Final = (
    "take the agents' branches off that rule, or let mergebot bypass it, or set `rebase.dependents: false`"
)


def rule_findings(case: Case) -> Findings:
    """What the rules demand that mergebot cannot give, or that its config does not know of."""
    rules = case.survey.rules
    if isinstance(rules, Unknown):
        yield unseen(
            code=Code.RULES_UNSEEN,
            message=f"the rules of {case.snapshot.base.branch}: {rules.reason}",
            where=_where(case),
            remedy="give the token the right to read the repository's metadata",
        )
    else:
        yield from _queue(case, rules)
        yield from _merging(case, rules)
        yield from _reviews(case, rules)
        yield from _strict(case, rules)
        yield from _gates(case, rules)
    yield from _heads(case)
    yield from _deletions(case)


def _where(case: Case) -> str:
    return f"{case.page('settings/rules')}, branch {case.snapshot.base.branch}"


def _queue(case: Case, rules: BaseRules) -> Findings:
    # Of a queue in classic protection only the pull requests tell, and the plan says it.
    if "merge_queue" in rules.types or any("merge queue is required" in one.message for one in case.plan.problems):
        yield error(
            code=Code.RULES_MERGE_QUEUE,
            message="GitHub's own merge queue is required: two queues cannot share a branch",
            where=_where(case),
            remedy="turn the rule `Require merge queue` off, or leave the merging to GitHub's queue",
        )


def _merging(case: Case, rules: BaseRules) -> Findings:
    if rules.methods is not None and "squash" not in rules.methods:
        allowed = listed(sorted(rules.methods)) or "no method at all"
        yield error(
            code=Code.RULES_NO_SQUASH,
            message=f"a ruleset allows merging by {allowed} only, and mergebot squashes",
            where=_where(case),
            remedy="in the ruleset, under `Require a pull request before merging`, allow `Squash`",
        )
    if rules.signatures:
        yield warning(
            code=Code.RULES_SIGNATURES,
            message="signed commits are required: GitHub then refuses squash merges by anyone but the author",
            where=_where(case),
            remedy="take base off the rule `Require signed commits`, or put mergebot's App on the bypass list",
        )
    if "update" in rules.types:
        yield warning(
            code=Code.RULES_UPDATES,
            message="updates are restricted: only who may bypass that rule can merge",
            where=_where(case),
            remedy="put mergebot's App on the bypass list, or turn `Restrict updates` off",
        )


def _reviews(case: Case, rules: BaseRules) -> Findings:
    wanted = case.policy.criteria.approvals
    if rules.approvals > wanted:
        yield warning(
            code=Code.RULES_MORE_APPROVALS,
            message=f"GitHub requires {rules.approvals} approvals, the config {wanted}: with fewer it refuses",
            where=_where(case),
            remedy=f"in {CONFIG}:",
            lines=("auto_merge:", "  conditions:", f"    - approvals: {rules.approvals}"),
        )
    if rules.last_push and case.survey.token.kind in PERSONAL:
        yield warning(
            code=Code.RULES_LAST_PUSH,
            message="someone else than the last pusher must approve: after a rebase that is "
            f"{case.survey.token.login}, whose token this is",
            where=_where(case),
            remedy="use a GitHub App's token, or one of an account that reviews nothing",
        )
    if rules.code_owners:
        yield note(
            code=Code.RULES_CODE_OWNERS,
            message="code owners must approve: mergebot does not know them, and hears of it only when GitHub refuses",
            where=_where(case),
            remedy="have the owners review before the label is set; `protected_paths` asks for a person beforehand",
        )


def _strict(case: Case, rules: BaseRules) -> Findings:
    if case.policy.queue.strategy is not Strategy.DIRECT:
        return
    lines = ("queue:", "  strategy: rebase", "rebase:", "  always: true")
    if isinstance(rules.strict, Unknown):
        yield unseen(
            code=Code.RULES_STRICT_UNSEEN,
            message=f"whether branches must be up to date before merging: {rules.strict.reason}",
            where=case.page("settings/branches"),
            remedy=f"if `Require branches to be up to date before merging` is ticked, write in {CONFIG}:",
            lines=lines,
        )
    elif rules.strict:
        yield warning(
            code=Code.RULES_STRICT,
            message="branches must be up to date: with strategy direct each merge keeps all others from merging",
            where=_where(case),
            remedy=f"let mergebot rebase the next in line; in {CONFIG}:",
            lines=lines,
        )


def _gates(case: Case, rules: BaseRules) -> Findings:
    gates = [words for kind, words in GATES.items() if kind in rules.types]
    gates += ["resolved conversations"] * rules.conversations
    if gates:
        yield note(
            code=Code.RULES_OTHER_GATES,
            message=f"GitHub also demands {listed(gates)}: mergebot hears of it only when a merge is refused",
            where=_where(case),
            remedy="nothing, if that is meant; the pull request then shows GitHub's words",
        )


def _heads(case: Case) -> Findings:
    if not case.policy.rebase.dependents:
        return
    locked = [pr for pr in case.snapshot.pull_requests if pr.head.locked and not pr.head.fork and pr.native is None]
    if locked:
        reasons = listed(dict.fromkeys(pr.head.locked for pr in locked))
        yield warning(
            code=Code.RULES_HEADS_LOCKED,
            message=f"mergebot may not rebase {numbers(locked)}: {reasons}",
            where=case.page("settings/rules"),
            remedy=_FREE_HEADS,
        )
    heads = case.survey.heads
    if isinstance(heads, Unknown):
        where, message = case.page("settings/rules"), f"the rules for agents' branches: {heads.reason}"
        yield unseen(code=Code.RULES_UNSEEN, message=message, where=where)
    elif heads is not None and not locked and heads.types & {"non_fast_forward", "update"}:
        yield warning(
            code=Code.RULES_HEADS_LOCKED,
            message=f"a ruleset forbids force pushes to branches like {heads.branch}: mergebot cannot rebase them",
            where=case.page("settings/rules"),
            remedy=_FREE_HEADS,
        )


def _deletions(case: Case) -> Findings:
    heads = case.survey.heads
    if case.policy.cleanup.delete_branch and isinstance(heads, HeadRules) and "deletion" in heads.types:
        yield warning(
            code=Code.RULES_HEADS_KEPT,
            message=f"a ruleset forbids deleting branches like {heads.branch}: every pass tries in vain, and fails",
            where=case.page("settings/rules"),
            remedy="take the agents' branches off that rule, or let mergebot bypass it, or keep the branches:",
            lines=("cleanup:", "  delete_branch: false"),
        )
