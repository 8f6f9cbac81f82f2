"""Merging a pull request as `PUT /pulls/N/merge` does: every refusal GitHub has, then a real squash."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.server import auth, pulls, pushing, rules
from tests.server.answers import Answer, Refused, invalid
from tests.server.state import PullRequest, Repository, Token, User
from tests.server.store import GITHUB

if TYPE_CHECKING:
    from tests.server.hub import GitHub

METHODS = ("merge", "squash", "rebase")
NOT_MERGEABLE = "Pull Request is not mergeable"
STACKED = (
    "Merging stacked PRs via this endpoint is not supported. Use the asynchronous merge endpoint instead. "
    "See https://docs.github.com/rest/pulls/pulls#merge-a-pull-request-asynchronously"
)


def merge(hub: "GitHub", repository: Repository, pull: PullRequest, token: Token, options: Mapping[str, Any]) -> Answer:
    """The answer of the synchronous endpoint; raises `Refused`."""
    auth.demand(hub.state, repository, token, "contents")
    if repository.stack_of(pull.number) is not None:
        raise Refused(403, STACKED)
    judge(hub, repository, pull, options)
    method = options.get("merge_method") or "merge"
    if repository.settings.base_modified > 0:
        repository.settings.base_modified -= 1
        raise Refused(405, "Base branch was modified. Review and try the merge again.")
    if repository.settings.merge_needs_look and not pulls.computed(repository, pull):
        raise Refused(405, NOT_MERGEABLE)
    if not pulls.merges_cleanly(hub, repository, pull):
        raise Refused(405, NOT_MERGEABLE)
    judge_content(hub, repository, pull, token, base=pull.base_ref, method=method)
    sha = land(hub, repository, pull, token, options)
    return Answer(200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


def judge(hub: "GitHub", repository: Repository, pull: PullRequest, options: Mapping[str, Any]) -> None:
    """Refuse what the state of the PR and the settings do not allow."""
    del hub
    method = options.get("merge_method") or "merge"
    if method not in METHODS:
        raise invalid("PullRequest", "merge_method")
    expected = options.get("sha")
    if expected is not None and not re.fullmatch(r"[0-9a-f]{40}", expected):
        raise Refused(422, f"Head sha '{expected}' is not a valid SHA.")
    if pull.state != "open":
        raise Refused(405, NOT_MERGEABLE)
    if pull.draft:
        raise Refused(405, "Pull Request is still a draft")
    if expected is not None and expected != pull.head_sha:
        raise Refused(409, "Head branch was modified. Review and try the merge again.")
    settings = repository.settings
    allowed = {"merge": settings.merge_commit, "squash": settings.squash, "rebase": settings.rebase}
    if not allowed[method]:
        named = {"merge": "Merge commits", "squash": "Squash merges", "rebase": "Rebase merges"}
        raise Refused(405, f"{named[method]} are not allowed on this repository.")


def judge_content(
    hub: "GitHub", repository: Repository, pull: PullRequest, token: Token, *, base: str, method: str
) -> None:
    """Refuse what the rules of `base`, or the rights of the token over workflow files, do not allow."""
    rules.judge_merge(hub, repository, pull, token, base=base, method=method)
    tip = repository.branch(pull.base_ref)
    start = hub.store(repository).merge_base(tip, pull.head_sha) if tip else None
    if start and (words := rules.workflow_words(hub, repository, token, start, pull.head_sha)):
        raise Refused(403, words)


def land(hub: "GitHub", repository: Repository, pull: PullRequest, token: Token, options: Mapping[str, Any]) -> str:
    """Merge it for real, and let everything follow that GitHub lets follow; gives the commit on base."""
    method = options.get("merge_method") or "merge"
    store, base = hub.store(repository), repository.refs[f"refs/heads/{pull.base_ref}"]
    tree = store.merged_tree(base, pull.head_sha)
    if tree is None:
        raise Refused(405, NOT_MERGEABLE)
    if method == "rebase":
        sha = store.replay(store.own_commits(base, pull.head_sha), base, int(hub.clock())) or base
    else:
        parents = [base] if method == "squash" else [base, pull.head_sha]
        message = squash_message(hub, repository, pull, options)
        author = f"{signature(hub.state.user(pull.author or ''))} {int(hub.clock())} +0000"
        sha = store.write_commit(tree, parents, message, author, f"{GITHUB} {int(hub.clock())} +0000")
    advance(hub, repository, pull, sha, token)
    return sha


def advance(hub: "GitHub", repository: Repository, pull: PullRequest, sha: str, token: Token) -> None:
    """Base moves to the commit as which the PR has landed; the branch goes where the setting says so."""
    hub.store(repository).update({f"refs/heads/{pull.base_ref}": sha})
    pulls.mark_merged(hub, pull, sha, by=token.login)
    pushing.settle(hub, repository, by=token.login, token=token)
    settings = repository.settings
    deletable = not pulls.is_fork(repository, pull) and pull.head_ref != repository.default
    if settings.delete_branch_on_merge and deletable and repository.branch(pull.head_ref):
        hub.store(repository).update({f"refs/heads/{pull.head_ref}": None})
        pushing.settle(hub, repository, by=token.login, token=token, retargets=True)


def squash_message(hub: "GitHub", repository: Repository, pull: PullRequest, options: Mapping[str, Any]) -> str:
    """Title and message just as they were given; what was left out follows the repository's settings."""
    commits = hub.store(repository).own_commits(repository.refs[f"refs/heads/{pull.base_ref}"], pull.head_sha)
    first = hub.store(repository).commit(commits[0]) if commits else None
    single = first if len(commits) == 1 else None
    title = options.get("commit_title")
    if title is None:
        ours = repository.settings.squash_title == "COMMIT_OR_PR_TITLE" and single
        title = f"{single.title if ours and single else pull.title} (#{pull.number})"
    message = options.get("commit_message")
    if message is None:
        message = {
            "PR_BODY": pull.body or "",
            "BLANK": "",
            "COMMIT_MESSAGES": "\n\n".join(f"* {hub.store(repository).commit(sha).message.strip()}" for sha in commits),
        }[repository.settings.squash_message]
    return f"{title}\n\n{message}" if message else title


def signature(user: User | None) -> str:
    """How GitHub writes an account's name into a commit."""
    if user is None:
        return "Ghost <ghost@users.noreply.github.com>"
    return f"{user.name or user.login} <{user.id}+{user.login}@users.noreply.github.com>"
