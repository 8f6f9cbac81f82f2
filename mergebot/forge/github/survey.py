"""What GitHub says of a repository beyond its queue, for `mergebot doctor`: reads only, what is denied is unknown."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote

from mergebot.errors import AccessError, MergebotError
from mergebot.forge.github.asking import Asker, repository_of, unclear
from mergebot.forge.github.client import Reply
from mergebot.forge.github.errors import LimitedError
from mergebot.forge.github.rule_texts import tip_of_default
from mergebot.forge.github.session import Session
from mergebot.forge.github.survey_token import token_facts
from mergebot.forge.github.survey_workflows import read_workflows
from mergebot.git.objects import Objects
from mergebot.git.remote import HEADS
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.policy import DependencyFile
from mergebot.model.snapshot import Snapshot, Unknown
from mergebot.model.survey import ActionsSettings, BaseRules, GithubSurvey, HeadRules, Settings
from mergebot.model.workflows import Workflow

T = TypeVar("T")
Node = Mapping[str, Any]

MOST_RUNS: Final = 4
"""So many of mergebot's own workflows are asked when they ran last."""

QUERY: Final = """\
query MergebotSurvey($owner: String!, $name: String!, $base: String!) {
  repository(owner: $owner, name: $name) {
    viewerPermission isArchived isDisabled squashMergeAllowed deleteBranchOnMerge hasIssuesEnabled
    ref(qualifiedName: $base) {
      refUpdateRule {
        requiredStatusCheckContexts requiredApprovingReviewCount requiresCodeOwnerReviews
        requiresConversationResolution requiresLinearHistory requiresSignatures
      }
    }
  }
}
"""
_SKIP: Final = re.compile(
    r"\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|^skip-checks: *true *$", re.IGNORECASE | re.MULTILINE
)


def survey(session: Session, snapshot: Snapshot) -> GithubSurvey:
    """Everything beyond the snapshot, which was taken in the same session.

    Raises:
        AccessError: the repository cannot be seen.
        MergebotError: the repository itself could not be read.
    """
    _, headers = session.client.look(session.api)
    asker = Asker(client=session.client, repository=session.repository)
    reply = asker.query(QUERY, base=f"{HEADS}{snapshot.base.branch}")
    found = repository_of(reply, session.repository)
    viewer = session.seen.viewer
    workflows = _known(lambda: _workflows(session))
    return GithubSurvey(
        repository=session.repository,
        url=session.hosts.page(session.repository),
        token=token_facts(session.client.credentials, viewer, headers, found.get("viewerPermission"), session.environ),
        git=session.mirror.repository.version,
        settings=_settings(found),
        actions=_known(lambda: _actions(session)),
        rules=_known(lambda: _rules(session, snapshot.base.branch, _classic(reply))),
        heads=_known(lambda: _heads(session, snapshot.dependencies)),
        labels=_known(lambda: frozenset(str(item["name"]) for item in session.client.pages(f"{session.api}/labels"))),
        workflows=workflows,
        skipping=_skipping(session, snapshot),
        branches=frozenset(Branch(ref.removeprefix(HEADS)) for ref in session.seen.refs.refs if ref.startswith(HEADS)),
        reports=session.seen.state is not None,
        clock_off=_clock_off(headers.get("date", ""), session.clock()),
    )


def _known(read: Callable[[], T]) -> T | Unknown:
    """The part, or why it could not be read; a limit is no answer of this part, and ends the whole survey."""
    try:
        return read()
    except LimitedError:
        raise
    except (MergebotError, KeyError, TypeError, ValueError) as error:
        return Unknown(reason=error.message if isinstance(error, MergebotError) else "GitHub's answer has another form")


def _settings(found: Node) -> Settings | Unknown:
    names = ("isArchived", "isDisabled", "squashMergeAllowed", "deleteBranchOnMerge", "hasIssuesEnabled")
    if not all(isinstance(found.get(name), bool) for name in names):
        return Unknown(reason="GitHub does not show them to this token")
    archived, disabled, squash, deletes, issues = (bool(found[name]) for name in names)
    return Settings(archived=archived, disabled=disabled, squash=squash, deletes_heads=deletes, issues=issues)


def _actions(session: Session) -> ActionsSettings:
    """platform: both need the right `administration: read`."""
    path = f"{session.api}/actions/permissions"
    found = session.client.get(path)
    rights = _known(lambda: str(session.client.get(f"{path}/workflow")["default_workflow_permissions"]))
    enabled = bool(found["enabled"])
    return ActionsSettings(enabled=enabled, allowed=str(found.get("allowed_actions") or "all"), default_rights=rights)


def _classic(reply: Reply) -> Node:
    """What classic protection demands; an error in it is no "nothing"."""
    for error in reply.errors:
        if error.path[1:2] == ("ref",):
            raise unclear(error)
    return (reply.data["repository"].get("ref") or {}).get("refUpdateRule") or {}


def _ruleset(session: Session, branch: Branch) -> list[Node]:
    return session.client.pages(f"{session.api}/rules/branches/{quote(branch, safe='')}")


def _rules(session: Session, base: Branch, old: Node) -> BaseRules:
    rules = _ruleset(session, base)
    given = [(str(rule["type"]), rule.get("parameters") or {}) for rule in rules]
    pulls = [part for kind, part in given if kind == "pull_request"]
    checks = [part for kind, part in given if kind == "required_status_checks"]
    limits = [frozenset(map(str, part["allowed_merge_methods"])) for part in pulls if part.get("allowed_merge_methods")]
    strict: bool | Unknown = any(part.get("strict_required_status_checks_policy") for part in checks)
    if not strict and any(old.get("requiredStatusCheckContexts") or ()):
        strict = Unknown(reason="classic protection shows that to administrators alone")
    return BaseRules(
        types=frozenset(kind for kind, _ in given),
        methods=frozenset.intersection(*limits) if limits else None,
        approvals=max((int(n or 0) for n in _counts(pulls, old)), default=0),
        code_owners=bool(old.get("requiresCodeOwnerReviews")) or _any(pulls, "require_code_owner_review"),
        last_push=_any(pulls, "require_last_push_approval"),
        conversations=bool(old.get("requiresConversationResolution"))
        or _any(pulls, "required_review_thread_resolution"),
        signatures=bool(old.get("requiresSignatures")) or any(kind == "required_signatures" for kind, _ in given),
        strict=strict,
    )


def _counts(pulls: Iterable[Node], old: Node) -> list[Any]:
    return [*(part.get("required_approving_review_count") for part in pulls), old.get("requiredApprovingReviewCount")]


def _any(parts: Iterable[Node], key: str) -> bool:
    return any(part.get(key) for part in parts)


def _heads(session: Session, file: DependencyFile) -> HeadRules | None:
    """The rules for the branch of an agent, the first by name; it need not exist (platform: it is asked by name)."""
    agent = min(file.agents(), default=None)
    if agent is None:
        return None
    branch = file.branches.get(agent) or Branch(f"feature/{agent}")
    return HeadRules(branch=branch, types=frozenset(str(rule["type"]) for rule in _ruleset(session, branch)))


def _workflows(session: Session) -> tuple[Workflow, ...]:
    """The files of the default branch, with what GitHub says of each."""
    files = read_workflows(session.mirror, tip_of_default(session.seen.refs))
    try:
        listed = session.client.pages(f"{session.api}/actions/workflows")
    except AccessError as error:
        unseen = Unknown(reason=error.message)
        return tuple(replace(file, last_run=unseen) for file in files)
    by_path = {str(item["path"]): item for item in listed}
    asked = 0
    known = []
    for file in files:
        item = by_path.get(file.path)
        if item is not None:
            file = replace(file, state=str(item["state"]))  # noqa: PLW2901 (what GitHub adds to it)
            if file.is_bot and asked < MOST_RUNS:
                asked += 1
                file = replace(file, last_run=_last_run(session, int(item["id"])))  # noqa: PLW2901 (as above)
        known.append(file)
    return tuple(known)


def _last_run(session: Session, workflow: int) -> float | Unknown | None:
    runs = _known(lambda: session.client.get(f"{session.api}/actions/workflows/{workflow}/runs", per_page=1))
    if isinstance(runs, Unknown):
        return runs
    return next((datetime.fromisoformat(run["created_at"]).timestamp() for run in runs["workflow_runs"]), None)


def _skipping(session: Session, snapshot: Snapshot) -> dict[PrNumber, str]:
    """PRs whose head commit says that no workflow shall start; the commits are here already."""
    with Objects(session.mirror.repository) as objects:
        commits = objects.find_commits(pr.head.sha for pr in snapshot.pull_requests)
    said = {sha: _SKIP.search(commit.message.decode("utf-8", "replace")) for sha, commit in commits.items()}
    heads = ((pr.number, said.get(pr.head.sha)) for pr in snapshot.pull_requests)
    return {number: words[0] for number, words in heads if words is not None}


def _clock_off(date: str, now: float) -> float | None:
    try:
        return now - parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return None
