"""What `mergebot doctor` looks at besides the queue. Unknown is a value here, with its reason, and is never fine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from mergebot.model.ids import Branch, PrNumber
from mergebot.model.people import Permission
from mergebot.model.snapshot import Unknown
from mergebot.model.workflows import Workflow


class TokenKind(StrEnum):
    """Whose token it is; the value is what people call it."""

    ACTIONS = "GITHUB_TOKEN of an Actions job"
    INSTALLATION = "GitHub App installation token"
    FINE_GRAINED = "fine-grained personal access token"
    CLASSIC = "classic personal access token"
    OAUTH = "OAuth token of a person"
    APP_USER = "GitHub App token of a person"
    UNKNOWN = "token of an unknown kind"


PERSONAL = frozenset({TokenKind.FINE_GRAINED, TokenKind.CLASSIC, TokenKind.OAUTH, TokenKind.APP_USER})
"""Tokens with which mergebot acts as a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """The token. `source`: where it comes from. `login`: the account it acts as.

    `rights`: what an App was given, by GitHub's names, each `read`, `write` or `admin`. `scopes`: those of a classic
    or OAuth token. `permission`: what the person behind it may do here. None: it is not to be seen for this kind.
    `expires_at`: UTC seconds since 1970, None where GitHub names no end.
    """

    kind: TokenKind
    source: str
    login: str
    rights: Mapping[str, str] | None = None
    scopes: frozenset[str] | None = None
    permission: Permission | None = None
    expires_at: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """A repository's settings, as far as the queue depends on them."""

    archived: bool = False
    disabled: bool = False
    squash: bool = True
    deletes_heads: bool = False
    issues: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionsSettings:
    """What Actions may do. `allowed`: all, local_only or selected. `default_rights`: of a job that names none."""

    enabled: bool = True
    allowed: str = "all"
    default_rights: str | Unknown = "read"


@dataclass(frozen=True, kw_only=True, slots=True)
class BaseRules:
    """What rulesets and classic protection demand of a merge into base.

    `types`: GitHub's names of every active rule. `methods`: those that a ruleset allows (None: all). `strict`: a head
    must hold base's tip before it merges; unknown where only an administrator sees it.
    """

    types: frozenset[str] = frozenset()
    methods: frozenset[str] | None = None
    approvals: int = 0
    code_owners: bool = False
    last_push: bool = False
    conversations: bool = False
    signatures: bool = False
    strict: bool | Unknown = False


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadRules:
    """The rules for a branch of the kind that agents push: `branch` is one of them, or would be."""

    branch: Branch
    types: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class GithubSurvey:
    """Everything that GitHub says beyond the queue. `url`: the repository's page.

    `skipping`: PRs whose head commit keeps CI from starting, with the words that do it. `branches`: every branch.
    `reports`: a pass has left its memory here (`refs/mergebot/state`). `clock_off`: seconds by which this machine's
    clock is ahead of GitHub's. `git`: the version of git here.
    """

    repository: str
    url: str
    token: Token
    git: tuple[int, ...]
    settings: Settings | Unknown = Settings()
    actions: ActionsSettings | Unknown = ActionsSettings()
    rules: BaseRules | Unknown = BaseRules()
    heads: HeadRules | Unknown | None = None
    labels: frozenset[str] | Unknown = frozenset()
    workflows: tuple[Workflow, ...] | Unknown = ()
    skipping: Mapping[PrNumber, str] = field(default_factory=dict)
    branches: frozenset[Branch] = frozenset()
    reports: bool = False
    clock_off: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalSurvey:
    """What there is to say of a plain git repository; the paths are those that were looked for, or found."""

    repository: str
    git: tuple[int, ...]
    status_path: str
    has_status: bool
    config_path: str


Survey: TypeAlias = GithubSurvey | LocalSurvey
