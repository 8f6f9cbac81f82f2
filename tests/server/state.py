"""What the test server knows: plain mutable values, no behaviour but look-ups. REST and GraphQL answer from this alone.

Times are UTC seconds since 1970. A login is as REST spells it, a bot's with `[bot]`. Shas are what git says.
Everything here can be copied deeply: a stale reading is an old copy.
"""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tests.server.state_checks import CheckRun, CheckSuite, Status, Workflow, WorkflowRun
from tests.server.state_people import LEVELS, App, Level, Token, User
from tests.server.state_pulls import AsyncMerge, BaseEvent, Comment, Issue, Label, PullRequest, Reaction, Review, Stack
from tests.server.state_rules import Protection, Rule, Ruleset, Settings

__all__ = [
    "LEVELS",
    "App",
    "AsyncMerge",
    "BaseEvent",
    "CheckRun",
    "CheckSuite",
    "Comment",
    "Issue",
    "Label",
    "Level",
    "Protection",
    "PullRequest",
    "Reaction",
    "Repository",
    "Review",
    "Rule",
    "Ruleset",
    "Settings",
    "Stack",
    "State",
    "Status",
    "Token",
    "User",
    "Workflow",
    "WorkflowRun",
    "node_id",
]


@dataclass
class Repository:
    """`refs`: every ref, full name to object id, as of the last settled push. `issues`: PRs too, by number.

    `renamed_to`: this is only the old name of a repository that has another one now.
    """

    id: int
    owner: str
    name: str
    default: str
    created_at: float
    parent: str | None = None
    settings: Settings = field(default_factory=Settings)
    permissions: dict[str, Level] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    pushed_at: dict[str, float] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    rulesets: list[Ruleset] = field(default_factory=list)
    protections: list[Protection] = field(default_factory=list)
    suites: list[CheckSuite] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    workflows: list[Workflow] = field(default_factory=list)
    renamed_to: str | None = None
    stacks: list[Stack] = field(default_factory=list)
    async_merges: dict[str, AsyncMerge] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    def branch(self, name: str) -> str | None:
        """A branch's tip."""
        return self.refs.get(f"refs/heads/{name}")

    @property
    def pulls(self) -> list[PullRequest]:
        """Every PR, by number."""
        return [issue for _, issue in sorted(self.issues.items()) if isinstance(issue, PullRequest)]

    @property
    def open_pulls(self) -> list[PullRequest]:
        return [pull for pull in self.pulls if pull.state == "open"]

    def pull(self, number: int) -> PullRequest | None:
        found = self.issues.get(number)
        return found if isinstance(found, PullRequest) else None

    def stack_of(self, number: int) -> Stack | None:
        """The native stack that a PR is in."""
        return next((stack for stack in self.stacks if number in stack.members), None)

    def suites_of(self, sha: str) -> list[CheckSuite]:
        return [suite for suite in self.suites if suite.head_sha == sha]

    def statuses_of(self, sha: str) -> list[Status]:
        """The newest status of each context on a commit, in the order the contexts came up."""
        newest = {status.context.lower(): status for status in self.statuses if status.sha == sha}
        return list(newest.values())

    def protection(self, branch: str) -> Protection | None:
        """The classic rule for a branch; only one applies: an exact name wins."""
        fitting = [rule for rule in self.protections if fnmatchcase(branch, rule.pattern)]
        return min(fitting, key=lambda rule: (rule.pattern != branch, rule.id), default=None)

    def rules(self, branch: str, *, login: str = "") -> list[tuple[Ruleset, Rule]]:
        """Every active rule for a branch, except those that this account may pass by."""
        return [
            (ruleset, rule)
            for ruleset in self.rulesets
            if ruleset.enforcement == "active" and login not in ruleset.bypass
            if any(fnmatchcase(branch, pattern) for pattern in ruleset.include)
            for rule in ruleset.rules
        ]


@dataclass
class State:
    """Everything. `users` by login, `repositories` by full name (look them up with `repository`), `apps` by id."""

    users: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    next_id: int = 1000

    def new_id(self) -> int:
        self.next_id += 1
        return self.next_id

    def repository(self, full_name: str) -> Repository | None:
        """By name, case ignored, as GitHub finds it."""
        return next((repo for key, repo in self.repositories.items() if key.lower() == full_name.lower()), None)

    def user(self, login: str) -> User | None:
        return next((user for key, user in self.users.items() if key.lower() == login.lower()), None)

    def permission(self, repository: Repository, login: str | None) -> Level:
        """What an account may do in a repository; the owner may do all."""
        user = self.user(login or "")
        if user is None:
            return "none"
        if user.login == repository.owner:
            return "admin"
        return repository.permissions.get(user.login, user.permission)

    def can(self, repository: Repository, login: str | None, level: Level) -> bool:
        return LEVELS.index(self.permission(repository, login)) >= LEVELS.index(level)


def node_id(kind: str, number: int) -> str:
    """A node id of GraphQL and REST: the kind's prefix as GitHub's new ids have it, then the database id."""
    return f"{kind}_kwDO{number:08d}"
