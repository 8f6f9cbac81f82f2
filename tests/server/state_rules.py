"""A repository's settings and rules, and the switches of the test server."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Settings:
    """A repository's settings as GitHub has them, and below the blank line the switches of the test server."""

    squash: bool = True
    merge_commit: bool = True
    rebase: bool = True
    auto_merge: bool = False
    delete_branch_on_merge: bool = False
    squash_title: str = "COMMIT_OR_PR_TITLE"
    squash_message: str = "COMMIT_MESSAGES"
    private: bool = False
    archived: bool = False
    disabled: bool = False
    has_issues: bool = True
    actions: bool = True
    allowed_actions: str = "all"
    default_rights: str = "read"

    closes_dependents: bool = False
    """Deleting the branch on merge closes the PRs based on it (else it retargets them)."""
    base_modified: int = 0
    """So many merges are answered with `Base branch was modified`."""
    slow_mergeability: int = 1
    """So many looks at a PR see `mergeable: null` after its head or base moved."""
    merge_needs_look: bool = False
    """A merge is `not mergeable` until GitHub has computed that it is."""
    native_stacks: bool = False
    slow_stacks: int = 1
    """So many looks at an asynchronous merge see it pending."""
    suites_first: bool = False
    """A new suite has no run until the first tick."""
    ci_bases: tuple[str, ...] = ("*",)
    """CI runs for pull requests into these branches alone (`branches:` of the workflow), globs."""
    ci_pushes: tuple[str, ...] = ()
    """CI runs for pushes to these branches, globs; none: to the default branch."""
    approve_forks: bool = False
    """Runs for a fork's PR wait until a person lets them."""
    custom_refs: bool = True
    """Whether refs outside refs/heads and refs/tags may be pushed."""


@dataclass
class Rule:
    """One rule of a ruleset, by GitHub's type (`required_status_checks`, `pull_request`, `merge_queue`, …)."""

    type: str
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass
class Ruleset:
    """Rules for the branches that match `include` (globs on the short name). `bypass`: logins they do not bind."""

    id: int
    name: str
    rules: list[Rule]
    include: tuple[str, ...] = ("*",)
    enforcement: str = "active"
    bypass: tuple[str, ...] = ()


@dataclass
class Protection:
    """A classic branch protection rule; `pattern` is a glob on the branch's short name."""

    id: int
    pattern: str
    required_checks: tuple[str, ...] = ()
    strict: bool = False
    approvals: int = 0
    code_owners: bool = False
    dismiss_stale: bool = False
    linear: bool = False
    signatures: bool = False
    conversations: bool = False
    force_pushes: bool = False
    deletions: bool = False
    push_logins: tuple[str, ...] | None = None
    """Who may push (None: everyone with write)."""
