"""What the branch rules and the settings of a repository demand of a merge, as far as mergebot has to know."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from mergebot.forge.github.errors import DeniedError, MissingError
from mergebot.forge.github.session import CONTEXT, Session
from mergebot.model.ids import Branch
from mergebot.model.problem import Problem, Severity
from mergebot.model.snapshot import RequiredCheck

Node = Mapping[str, Any]
SQUASH: Final = "squash"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The rulesets' rules for base; `unread`: why they could not be read ("" = they were)."""

    rules: tuple[Node, ...] = ()
    unread: str = ""


def read_branch_rules(session: Session, base: Branch) -> Rules:
    """Every active rule of a ruleset for base; classic protection is not among them.

    Raises:
        MergebotError: GitHub gave no answer.
    """
    try:
        return Rules(rules=tuple(session.client.pages(f"{session.api}/rules/branches/{quote(base, safe='')}")))
    except (DeniedError, MissingError) as error:
        return Rules(unread=error.message)


def required_checks(rules: Rules, classic: Node | None) -> tuple[RequiredCheck, ...]:
    """The checks that rulesets and the classic rule (`refUpdateRule`) require, each once."""
    found: dict[RequiredCheck, None] = {}
    for rule in rules.rules:
        if rule.get("type") == "required_status_checks":
            for item in (rule.get("parameters") or {}).get("required_status_checks") or ():
                found[RequiredCheck(name=item["context"], app_id=item.get("integration_id") or 0)] = None
    for context in (classic or {}).get("requiredStatusCheckContexts") or ():
        if context:
            found[RequiredCheck(name=context)] = None
    return tuple(found)


def find_problems(
    repository: Node, rules: Rules, classic: Node | None, base: Branch, *, has_queue: bool
) -> tuple[Problem, ...]:
    """What stops every merge, or may stop one; `has_queue`: GitHub says of a PR that base has a queue of its own."""
    types = {str(rule.get("type")) for rule in rules.rules}
    where = f"branch {base}"
    return (
        *_of_settings(repository),
        *_of_queue(where, required=has_queue or "merge_queue" in types),
        *_of_methods(where, rules.rules),
        *_of_own_check(where, required_checks(rules, classic)),
        *_of_signatures(where, "required_signatures" in types or bool((classic or {}).get("requiresSignatures"))),
        *_of_unread(where, rules.unread),
    )


def _of_settings(repository: Node) -> Iterator[Problem]:
    if repository["isArchived"]:
        yield Problem(where="repository", message="it is archived, so nothing can be merged", hint="unarchive it")
    if repository["isDisabled"]:
        yield Problem(where="repository", message="GitHub has disabled it", hint="ask GitHub's support why")
    if not repository["squashMergeAllowed"]:
        yield Problem(
            where="repository",
            message="squash merging is turned off, and mergebot merges in no other way",
            hint="allow squash merging in the repository's settings, under Pull Requests",
        )


def _of_queue(where: str, *, required: bool) -> Iterator[Problem]:
    if required:
        yield Problem(
            where=where,
            message="GitHub's own merge queue is required here: two queues cannot share a branch",
            hint="turn the rule `Require merge queue` off, or leave the merging to GitHub's queue",
        )


def _of_methods(where: str, rules: Iterable[Node]) -> Iterator[Problem]:
    for rule in rules:
        allowed: Collection[str] | None = (rule.get("parameters") or {}).get("allowed_merge_methods")
        if rule.get("type") == "pull_request" and allowed and SQUASH not in allowed:
            yield Problem(
                where=where,
                message=f"a ruleset allows merging by {' or '.join(sorted(allowed))} only, and mergebot squashes",
                hint="allow `Squash` in the ruleset's pull request rule",
            )
            return


def _of_own_check(where: str, required: Iterable[RequiredCheck]) -> Iterator[Problem]:
    if any(check.name.lower() == CONTEXT for check in required):
        yield Problem(
            where=where,
            message=f"the status `{CONTEXT}` is required, but succeeds only after a merge, so none could ever be",
            hint=f"take `{CONTEXT}` off the required checks",
        )


def _of_signatures(where: str, required: bool) -> Iterator[Problem]:  # noqa: FBT001 (the one thing that is said of it)
    if required:
        yield Problem(
            where=where,
            message="signed commits are required: GitHub then refuses squash merges by anyone but a PR's author",
            hint="take base off that rule, or let mergebot pass by it",
            severity=Severity.WARNING,
        )


def _of_unread(where: str, unread: str) -> Iterator[Problem]:
    if unread:
        yield Problem(
            where=where,
            message=f"its rules could not be read, so a required check may show only when GitHub refuses: {unread}",
            hint="give the token the right to read the repository's metadata",
            severity=Severity.WARNING,
        )
