"""Where GitHub is: github.com, a data-residency host or GitHub Enterprise Server (contract 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from mergebot.errors import AccessError

PUBLIC_API: Final = "https://api.github.com"
PUBLIC_SERVER: Final = "https://github.com"
_ENTERPRISE: Final = "/api/v3"
_RESIDENCY: Final = ".ghe.com"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hosts:
    """`api`: the REST API's URL, `server`: that of the pages and of git; both without a slash at the end.

    `graphql`: the GraphQL API's URL where it is not at the usual place.
    """

    api: str = PUBLIC_API
    server: str = PUBLIC_SERVER
    graphql: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """What `GITHUB_API_URL` and `GITHUB_SERVER_URL` say; one of them alone gives the other on an own server.

        Raises:
            AccessError: one of them is no URL that can be used.
        """
        api, server = _url(environ, "GITHUB_API_URL"), _url(environ, "GITHUB_SERVER_URL")
        api = api or _api_of(server or PUBLIC_SERVER)
        graphql = _url(environ, "GITHUB_GRAPHQL_URL")
        # A runner sets all three. Where only the API's was changed, the token must not go to the other host.
        if _place(graphql) != _place(api):
            graphql = ""
        return cls(api=api, server=server or _server_of(api), graphql=graphql)

    @property
    def name(self) -> str:
        """The server's name, with its port where it has one."""
        return urlsplit(self.server).netloc

    @property
    def api_name(self) -> str:
        """The name of the API's host, with its port where it has one."""
        return urlsplit(self.api).netloc

    @property
    def graphql_url(self) -> str:
        """Where GraphQL is asked."""
        return self.graphql or f"{self.api.removesuffix('/v3') if self.is_enterprise else self.api}/graphql"

    @property
    def is_enterprise(self) -> bool:
        """Whether it is a server of one's own: without rate limits unless set, and of an older version."""
        return self.api.endswith(_ENTERPRISE)

    def git_url(self, repository: str) -> str:
        """Where git finds a repository; never with a credential in it."""
        return f"{self.server}/{repository}.git"

    def page(self, repository: str) -> str:
        """The repository's page."""
        return f"{self.server}/{repository}"


def _url(environ: Mapping[str, str], name: str) -> str:
    """The URL that a variable holds, without a slash at its end; "" if it is not set."""
    url = environ.get(name, "").strip().rstrip("/")
    if url and not _usable(url):
        # The value is not shown: it may hold a password.
        raise AccessError(f"{name} is no URL that can be used", hint="write it as https://HOST/PATH, without a login")
    return url


def _usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = "@" not in parts.netloc and not parts.query and not parts.fragment and url.isprintable() and " " not in url
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.casefold()


def _api_of(server: str) -> str:
    """platform: github.com and data-residency hosts have a host of its own for the API, other servers a path."""
    parts = urlsplit(server)
    if server == PUBLIC_SERVER or (parts.hostname or "").endswith(_RESIDENCY):
        return f"{parts.scheme}://api.{parts.netloc}"
    return f"{server}{_ENTERPRISE}"


def _server_of(api: str) -> str:
    parts = urlsplit(api)
    if api == PUBLIC_API or (parts.hostname or "").endswith(_RESIDENCY):
        return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"
    return api.removesuffix(_ENTERPRISE)
