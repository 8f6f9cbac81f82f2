"""Branch rules: what they say against a merge, and against a push. In GitHub's words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.server.answers import Refused
from tests.server.pkt import Command
from tests.server.state import PullRequest, Repository, Review, Token

if TYPE_CHECKING:
    from tests.server.hub import GitHub

WORKFLOWS = ".github/workflows/"

RULES_VIOLATED = "Repository rule violations found"


def opinions(hub: "GitHub", repository: Repository, pull: PullRequest) -> list[Review]:
    """The latest opinion of each account with write access."""
    latest: dict[str, Review] = {}
    for review in pull.reviews:
        if review.author and review.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
            latest[review.author] = review
    return [review for login, review in latest.items() if hub.state.can(repository, login, "write")]


def approved_by(hub: "GitHub", repository: Repository, pull: PullRequest) -> int:
    return sum(review.state == "APPROVED" for review in opinions(hub, repository, pull))


def changes_requested(hub: "GitHub", repository: Repository, pull: PullRequest) -> bool:
    return any(review.state == "CHANGES_REQUESTED" for review in opinions(hub, repository, pull))


def needed_approvals(repository: Repository, branch: str) -> int:
    """How many approvals the rules of a branch ask for, by the strictest of them."""
    counts = [
        int(rule.parameters.get("required_approving_review_count", 0))
        for _, rule in repository.rules(branch)
        if rule.type == "pull_request"
    ]
    protection = repository.protection(branch)
    return max([*counts, protection.approvals if protection else 0])


def required_checks(repository: Repository, branch: str) -> list[tuple[str, int | None]]:
    """The checks that the rules of a branch ask for, each with the app it must come from (None: any)."""
    found: list[tuple[str, int | None]] = []
    for _, rule in repository.rules(branch):
        if rule.type == "required_status_checks":
            checks = rule.parameters.get("required_status_checks", [])
            found += [(check["context"], check.get("integration_id")) for check in checks]
    protection = repository.protection(branch)
    return found + [(name, None) for name in (protection.required_checks if protection else ())]


def check_state(repository: Repository, sha: str, name: str, app: int | None) -> str:
    """How GitHub says a required check stands on a commit: success, expected, in progress, queued or failing.

    The newest run of each app and workflow counts, and all of them have to pass.
    """
    newest = {
        (suite.app, suite.run.workflow if suite.run else 0): run
        for suite in repository.suites_of(sha)
        for run in suite.runs
        if run.name == name and suite.in_rollup and app in (None, suite.app)
    }
    states = [_run_state(run.status, run.conclusion) for run in newest.values()]
    if app is None:
        named = {"success": "success", "pending": "pending"}
        states += [
            named.get(status.state, "failing") for status in repository.statuses_of(sha) if status.context == name
        ]
    if not states:
        return "expected"
    return next((state for state in states if state != "success"), "success")


def _run_state(status: str, conclusion: str | None) -> str:
    if status != "completed":
        return status.replace("_", " ")
    return "success" if conclusion in ("success", "neutral", "skipped") else "failing"


def judge_merge(
    hub: "GitHub", repository: Repository, pull: PullRequest, token: Token, *, base: str, method: str
) -> None:
    """Refuse with 405 what the rules of `base` do not let in; `pull` is judged as it is now."""
    words = list(_classic(hub, repository, pull, base))
    if words:
        raise Refused(405, words[0])
    words = list(_rulesets(hub, repository, pull, token, base, method))
    if words:
        raise Refused(405, "\n\n".join([RULES_VIOLATED, *words]))


def _classic(hub: "GitHub", repository: Repository, pull: PullRequest, base: str) -> Iterator[str]:
    protection = repository.protection(base)
    if protection is None:
        return
    for name in protection.required_checks:
        state = check_state(repository, pull.head_sha, name, None)
        if state != "success":
            yield f'Required status check "{name}" is {state}.'
    yield from _reviews(hub, repository, pull, protection.approvals)
    tip = repository.branch(base)
    if protection.strict and tip and not hub.store(repository).is_ancestor(tip, pull.head_sha):
        yield "Head branch is out of date"
    if protection.signatures:
        yield "Commits must have verified signatures."


def _reviews(hub: "GitHub", repository: Repository, pull: PullRequest, needed: int) -> Iterator[str]:
    if needed and changes_requested(hub, repository, pull):
        yield "Changes have been requested on this pull request."
    if approved_by(hub, repository, pull) < needed:
        plural = "review is" if needed == 1 else "reviews are"
        yield f"At least {needed} approving {plural} required by reviewers with write access."


def _rulesets(
    hub: "GitHub", repository: Repository, pull: PullRequest, token: Token, base: str, method: str
) -> Iterator[str]:
    for _, rule in repository.rules(base, login=token.login):
        parameters = rule.parameters
        if rule.type == "merge_queue":
            yield "Changes must be made through the merge queue"
        elif rule.type == "required_signatures":
            yield "Commits must have verified signatures."
        elif rule.type == "update":
            yield "Cannot update this protected ref."
        elif rule.type == "required_status_checks":
            for check in parameters.get("required_status_checks", []):
                state = check_state(repository, pull.head_sha, check["context"], check.get("integration_id"))
                if state != "success":
                    yield f'Required status check "{check["context"]}" is {state}.'
        elif rule.type == "pull_request":
            yield from _reviews(hub, repository, pull, parameters.get("required_approving_review_count", 0))
            if method not in parameters.get("allowed_merge_methods", ["merge", "squash", "rebase"]):
                yield f"{method.capitalize()} merges are not allowed on this branch."


def workflow_words(hub: "GitHub", repository: Repository, token: Token, old: str | None, new: str) -> str | None:
    """What GitHub says to a token without the right to change workflow files, if `new` changes one."""
    if token.rights.get("workflows") == "write":
        return None
    store = hub.store(repository)
    empty = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    before = old or _fork_point(hub, repository, new) or empty
    touched = [path for path in store.changed(before, new) if path.startswith(WORKFLOWS)]
    if not touched:
        return None
    who = "a GitHub App" if token.integration else "a Personal Access Token"
    right = "`workflows` permission" if token.integration else "`workflow` scope"
    return f"refusing to allow {who} to create or update workflow `{touched[0]}` without {right}"


def _fork_point(hub: "GitHub", repository: Repository, new: str) -> str | None:
    tip = repository.branch(repository.default)
    return hub.store(repository).merge_base(tip, new) if tip else None


def push_refusal(hub: "GitHub", repository: Repository, token: Token, command: Command) -> tuple[str, str] | None:
    """Why GitHub will not take one ref of a push: the lines that `remote:` says, and the words for the ref."""
    ref, store = command.ref, hub.store(repository)
    if not ref.startswith(("refs/heads/", "refs/tags/")):
        if repository.settings.custom_refs:
            return None
        return f"error: GH013: {RULES_VIOLATED} for {ref}.", "push declined due to repository rule violations"
    if not command.deletes:
        words = workflow_words(hub, repository, token, None if command.creates else command.old, command.new)
        if words:
            return "", words
    branch = ref.removeprefix("refs/heads/")
    if command.deletes and branch == repository.default:
        return f"error: refusing to delete the current branch: {ref}", "refusing to delete the current branch"
    if repository.protection(branch) is None and not repository.rules(branch):
        return None
    forced = not command.creates and not command.deletes and not store.is_ancestor(command.old, command.new)
    if words := _protected(repository, token, branch, command, forced=forced):
        lines = f"error: GH006: Protected branch update failed for {ref}.\nerror: {words}"
        return lines, "protected branch hook declined"
    if words := _ruled(repository, token, branch, command, forced=forced):
        lines = f"error: GH013: {RULES_VIOLATED} for {ref}.\n\n- {words}\n"
        return lines, "push declined due to repository rule violations"
    return None


def _protected(repository: Repository, token: Token, branch: str, command: Command, *, forced: bool) -> str:
    protection = repository.protection(branch)
    if protection is None:
        return ""
    if command.deletes:
        return "" if protection.deletions else "Cannot delete a protected branch"
    if forced and not protection.force_pushes:
        return "Cannot force-push to this branch"
    if protection.push_logins is not None and token.login not in protection.push_logins:
        return "You're not authorized to push to this branch."
    if command.creates:
        return ""
    if protection.required_checks:
        count = len(protection.required_checks)
        return f"{count} of {count} required status checks are expected."
    return "Changes must be made through a pull request." if protection.approvals else ""


def _ruled(repository: Repository, token: Token, branch: str, command: Command, *, forced: bool) -> str:
    for _, rule in repository.rules(branch, login=token.login):
        if rule.type == "deletion" and command.deletes:
            return "Cannot delete this branch"
        if rule.type == "creation" and command.creates:
            return "Cannot create ref due to creations being restricted."
        if rule.type == "non_fast_forward" and forced:
            return "Cannot force-push to this branch"
        if rule.type == "update" and not (command.deletes or command.creates):
            return "Cannot update this protected ref."
        if rule.type in ("pull_request", "merge_queue") and not (command.deletes or command.creates):
            through = "a pull request" if rule.type == "pull_request" else "the merge queue"
            return f"Changes must be made through {through}."
    return ""
