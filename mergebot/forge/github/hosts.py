"""Where GitHub is: github.com, a data-residency host or GitHub Enterprise Server (contract 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

PUBLIC_API = "https://api.github.com"
PUBLIC_SERVER = "https://github.com"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hosts:
    """`api`: the REST API's URL, `server`: that of the pages and of git; both without a slash at the end."""

    api: str = PUBLIC_API
    server: str = PUBLIC_SERVER

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """What `GITHUB_API_URL` and `GITHUB_SERVER_URL` say; one of them alone gives the other on an own server."""
        api = environ.get("GITHUB_API_URL", "").rstrip("/")
        server = environ.get("GITHUB_SERVER_URL", "").rstrip("/")
        if server and not api:
            api = PUBLIC_API if server == PUBLIC_SERVER else f"{server}/api/v3"
        if api and not server:
            server = PUBLIC_SERVER if api == PUBLIC_API else api.removesuffix("/api/v3")
        return cls(api=api or PUBLIC_API, server=server or PUBLIC_SERVER)

    @property
    def name(self) -> str:
        """The server's name, with its port where it has one."""
        return urlsplit(self.server).netloc

    def git_url(self, repository: str) -> str:
        """Where git finds a repository; never with a credential in it."""
        return f"{self.server}/{repository}.git"

    def page(self, repository: str) -> str:
        """The repository's page."""
        return f"{self.server}/{repository}"
