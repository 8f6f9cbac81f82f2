"""Who there is: accounts, apps and their tokens."""

from dataclasses import dataclass, field
from typing import Literal

Level = Literal["none", "read", "triage", "write", "maintain", "admin"]
TokenKind = Literal["pat", "fine", "app", "actions", "read"]
LEVELS: tuple[Level, ...] = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass
class User:
    """An account. `kind`: User, Bot or Organization. `permission`: in each repository that grants nothing else."""

    login: str
    id: int
    kind: str = "User"
    name: str = ""
    permission: Level = "none"

    @property
    def bare(self) -> str:
        """The login as GraphQL spells it: a bot's without `[bot]`."""
        return self.login.removesuffix("[bot]")


@dataclass
class App:
    """A GitHub App, with its public key (PEM) where it may ask for installation tokens."""

    id: int
    slug: str
    name: str
    owner: str = "github"
    public_key: str = ""
    installation: int = 0
    rights: dict[str, str] = field(default_factory=dict)


@dataclass
class Token:
    """`rights`: by GitHub's names (contents, pull_requests, issues, statuses, …), each read or write."""

    text: str
    login: str
    kind: TokenKind
    rights: dict[str, str] = field(default_factory=dict)
    repositories: tuple[str, ...] = ()
    expires_at: float | None = None
    api_limit: int = 5000
    used: int = 0
    scopes: tuple[str, ...] = ("repo", "workflow")

    @property
    def integration(self) -> bool:
        """Whether an app stands behind it, not a person."""
        return self.kind in ("app", "actions", "read")

    @property
    def starts_runs(self) -> bool:
        """Whether what it pushes and merges starts CI (platform: not so for GITHUB_TOKEN)."""
        return self.kind != "actions"
