"""The token: whose it is, what it may do, and what follows from that."""

from collections.abc import Iterator, Mapping
from typing import Final, assert_never

from mergebot.decide.patches import WRITERS
from mergebot.decide.words import counted, listed
from mergebot.doctor.case import CONFIG, Case, Findings, error, flow, note, numbers, unseen, warning
from mergebot.doctor.codes import Code
from mergebot.model.people import Permission
from mergebot.model.policy import Strategy
from mergebot.model.snapshot import Files, PullRequest
from mergebot.model.survey import PERSONAL, Token, TokenKind

DAY: Final = 86_400
SOON: Final = 14 * DAY
"""Seconds before a token's end from which on it is said."""

WORKFLOWS: Final = ".github/workflows/"
NEEDED: Final[Mapping[str, str]] = {
    "contents": "write",
    "pull_requests": "write",
    "statuses": "write",
    "checks": "read",
    "actions": "read",
    "issues": "read",
}
"""What mergebot needs, by the names that Apps use."""


def token_findings(case: Case) -> Findings:
    """Everything about the token."""
    token = case.survey.token
    whom = token.login or "an unknown account"
    yield note(code=Code.TOKEN_KIND, message=f"mergebot acts as {whom}: {token.kind}", where=token.source)
    yield from _starts_no_ci(case, token)
    yield from _lacking(case, token)
    yield from _workflows(case, token)
    yield from _person(token)
    yield from _end(case, token)


def lacking(rights: Mapping[str, str], needed: Mapping[str, str]) -> list[str]:
    """What is missing of the needed rights, as `name: level`; `*` among the rights stands for every name."""
    order = ("none", "read", "write", "admin")

    def level(name: str) -> int:
        given = rights.get(name, rights.get("*", "none"))
        return order.index(given) if given in order else 0

    return [f"{name}: {wanted}" for name, wanted in needed.items() if level(name) < order.index(wanted)]


def _starts_no_ci(case: Case, token: Token) -> Findings:
    policy = case.policy
    pushes = policy.rebase.dependents or policy.queue.strategy is Strategy.REBASE
    if token.kind is not TokenKind.ACTIONS or not pushes or policy.checks.dispatch:
        return
    files = [one.path.rpartition("/")[2] for one in case.ci if "workflow_dispatch" in one.triggers]
    yield warning(
        code=Code.TOKEN_STARTS_NO_CI,
        message="what GITHUB_TOKEN pushes starts no CI: a branch that mergebot has rebased gets no checks, and waits",
        where=f"{token.source}; rebase.dependents is {str(policy.rebase.dependents).lower()}",
        remedy="use a GitHub App (MERGEBOT_APP_ID and MERGEBOT_APP_PRIVATE_KEY); or set `rebase.dependents: false`; or "
        f"let mergebot start CI (each file needs `on: workflow_dispatch`, the job `actions: write`), in {CONFIG}:",
        lines=("checks:", f"  dispatch: {flow(files or ['ci.yml'])}"),
    )


def _lacking(case: Case, token: Token) -> Findings:
    if missing := list(_missing(case, token)):
        yield error(
            code=Code.TOKEN_LACKS_RIGHTS,
            message=f"the token lacks {listed(missing)}",
            where=token.source,
            remedy=_where_to_grant(token),
        )
    elif _is_unproved(case, token):
        yield unseen(
            code=Code.TOKEN_UNPROVED,
            message="whether it may write (contents, pull requests, statuses, refs/mergebot/*) shows only when it does",
            where=f"{token.source}: GitHub does not say what a {token.kind} may do",
            remedy=_where_to_grant(token),
        )


def _missing(case: Case, token: Token) -> Iterator[str]:
    if token.rights is not None:
        extra = {"actions": "write"} if case.policy.checks.dispatch else {}
        yield from lacking(token.rights, {**NEEDED, **extra})
    if token.scopes is not None and not token.scopes & {"repo", "public_repo"}:
        yield "the scope `repo`"
    if token.permission is not None and token.permission not in {*WRITERS, Permission.UNKNOWN}:
        yield f"write access: {token.login} has only `{token.permission}` here"


def _is_unproved(case: Case, token: Token) -> bool:
    match token.kind:
        case TokenKind.INSTALLATION:
            return token.rights is None
        case TokenKind.CLASSIC | TokenKind.OAUTH:
            return token.scopes is None or token.permission is Permission.UNKNOWN
        case TokenKind.FINE_GRAINED | TokenKind.APP_USER | TokenKind.UNKNOWN:
            return True
        case TokenKind.ACTIONS:  # its rights stand in the workflow, see `own_workflow`
            return not any(one.is_bot for one in case.workflows)
        case _:
            assert_never(token.kind)


def _where_to_grant(token: Token) -> str:
    best = {**NEEDED, "issues": "write"}  # without it a freeze is no issue that people see
    rights = ", ".join(f"{name.replace('_', ' ')}: {level}" for name, level in best.items())
    match token.kind:
        case TokenKind.INSTALLATION:
            return f"on the App's page, Permissions & events, grant {rights}; then accept it where the App is installed"
        case TokenKind.ACTIONS:
            return f"in the workflow's job, under `permissions:`, write {rights}"
        case TokenKind.CLASSIC | TokenKind.OAUTH:
            return "Settings > Developer settings > Tokens (classic): tick `repo`, and `workflow` for workflow files"
        case TokenKind.FINE_GRAINED | TokenKind.APP_USER | TokenKind.UNKNOWN:
            return f"Settings > Developer settings > Fine-grained tokens: for this repository, grant {rights}"
        case _:
            assert_never(token.kind)


def _workflows(case: Case, token: Token) -> Findings:
    touching = [pr for pr in case.requested if _touches(pr)]
    if touching and _cannot_touch(token):
        yield warning(
            code=Code.TOKEN_LACKS_WORKFLOWS,
            message=f"{numbers(touching)} change workflow files, and this token may neither merge nor rebase that",
            where=f"{token.source}; {WORKFLOWS}",
            remedy="merge these by hand, or use a GitHub App with `workflows: write` or a token with scope `workflow`",
        )


def _touches(pr: PullRequest) -> bool:
    return isinstance(pr.files, Files) and any(path.startswith(WORKFLOWS) for path in pr.files.paths)


def _cannot_touch(token: Token) -> bool:
    """Whether it is known that it may not."""
    if token.kind is TokenKind.ACTIONS:
        return True
    if token.rights is not None:
        return bool(lacking(token.rights, {"workflows": "write"}))
    return token.scopes is not None and "workflow" not in token.scopes


def _person(token: Token) -> Findings:
    if token.kind in PERSONAL:
        yield note(
            code=Code.TOKEN_IS_PERSON,
            message=f"mergebot acts as the person {token.login}, whose own approvals then count for no pull request",
            where=token.source,
            remedy="use a GitHub App, or an account that reviews nothing",
        )


def _end(case: Case, token: Token) -> Findings:
    if token.expires_at is None or token.kind in (TokenKind.ACTIONS, TokenKind.INSTALLATION):
        return
    left = token.expires_at - case.snapshot.taken_at
    if left < SOON:
        yield warning(
            code=Code.TOKEN_EXPIRES,
            message=f"the token ends in {counted(max(int(left // DAY), 0), 'day')}, and the queue with it",
            where=token.source,
            remedy="make a new one and put it where this one stands",
        )
