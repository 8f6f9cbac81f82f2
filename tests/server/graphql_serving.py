"""How the test server answers GraphQL: tables of fields, by GitHub's names; a field in no table is served by nobody.

The vendored schema is cut to these tables (tests/conformance/cut_schema.py), so that both always agree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from graphql import GraphQLError, GraphQLResolveInfo

from tests.server import auth
from tests.server.state import LEVELS, Level, Repository, State, Token, User
from tests.server.store import Store

if TYPE_CHECKING:
    from tests.server.hub import GitHub

T = TypeVar("T")
U = TypeVar("U")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)

Args = Mapping[str, Any]
"""A field's arguments by GitHub's names, as the schema has coerced them; those not given are missing."""


class NotServedError(Exception):
    """The test server has no answer for this field: it must learn it, or the client must not ask."""


class AnswerError(GraphQLError):
    """An error as GitHub words it, with its type; the field it is raised for becomes null."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message, extensions={"type": kind})


@dataclass(frozen=True, kw_only=True)
class Context:
    """One execution: who asks, and the state that is seen (an older copy, if a fault says so).

    `rates`: the answer to `rateLimit`. `looked`: the mergeability of the PRs looked at: one look for one request.
    """

    hub: "GitHub"
    state: State
    token: Token
    rates: Mapping[str, object] = field(default_factory=dict)
    looked: dict[int, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the server's web pages are."""
        return self.hub.url

    def store(self, repo: Repository) -> Store:
        """A repository's git."""
        return self.hub.store(repo)

    def sees(self, repo: Repository) -> bool:
        """Whether the repository exists for this token."""
        return auth.sees(self.state, repo, self.token)

    @property
    def viewer(self) -> User:
        """The account behind the token."""
        found = self.state.user(self.token.login)
        if found is None:
            raise NotServedError(f"a token of {self.token.login}, whom the state does not know")
        return found

    def is_level(self, repo: Repository, level: Level) -> bool:
        """Whether the account behind the token has this permission or a higher one."""
        return self.state.can(repo, self.token.login, level)

    def may_push(self, repo: Repository) -> bool:
        """Whether the token may write to the repository's branches."""
        return auth.may(self.state, repo, self.token, "contents")

    def must_read(self, repo: Repository, right: str) -> None:
        """Raise FORBIDDEN unless the token may read this (a name of GitHub's app permissions).

        platform: what is public every token may read; in a private repository an app needs the permission.
        """
        if repo.settings.private and not auth.may(self.state, repo, self.token, right, "read"):
            raise self.forbidden()

    def forbidden(self, words: str = "") -> AnswerError:
        """FORBIDDEN in GitHub's words for this kind of token."""
        if self.token.integration or not words:
            return AnswerError("FORBIDDEN", "Resource not accessible by integration")
        return AnswerError("FORBIDDEN", words)


@dataclass(frozen=True)
class Item(Generic[T_co]):
    """A value that GraphQL answers as an object of type `kind`; `home`: the repository it is in."""

    ctx: Context
    kind: str
    it: T_co
    home: Repository | None = None

    @property
    def repo(self) -> Repository:
        """The repository it is in."""
        if self.home is None:
            raise NotServedError(f"a {self.kind} that is in no repository")
        return self.home

    def of(self, kind: str, it: U) -> "Item[U]":
        """Another value in the same repository."""
        return Item(self.ctx, kind, it, self.home)

    @property
    def page(self) -> str:
        """The repository's web page."""
        return f"{self.ctx.url}/{self.repo.full_name}"


@dataclass(frozen=True)
class Take(Generic[T_contra]):
    """A field with arguments; `args`: those that it understands, besides the four of a connection."""

    resolve: Callable[[Item[T_contra], Args], object]
    args: tuple[str, ...] = ()


Fields = Mapping[str, Callable[[Item[T]], object] | Take[T]]
"""The fields of one GraphQL type."""


def moment(seconds: float | None) -> str | None:
    """A DateTime as GitHub writes it."""
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def level_name(level: Level) -> str | None:
    """A RepositoryPermission; null where there is none."""
    return level.upper() if LEVELS.index(level) else None


def resolver(fields_of: Callable[[str], Fields[Any]]) -> Callable[..., object]:
    """The one field resolver of the schema: it looks the field up in the tables."""

    def resolve(source: Item[Any], info: GraphQLResolveInfo[Context], **args: object) -> object:
        found = fields_of(info.parent_type.name).get(info.field_name)
        if found is None:
            raise NotServedError(f"GraphQL field {info.parent_type.name}.{info.field_name}")
        return found.resolve(source, args) if isinstance(found, Take) else found(source)

    return resolve
