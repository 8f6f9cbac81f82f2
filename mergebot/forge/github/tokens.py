"""Which token there is: a GitHub App's, else GITHUB_TOKEN, GH_TOKEN, or the one that `gh` has (contract 5)."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from github.Auth import Auth, Token

from mergebot.errors import AccessError
from mergebot.forge.github.app import AppToken, app_of
from mergebot.forge.github.hosts import Hosts

Kind = Literal["app", "actions", "user", "unknown"]
"""Whose token it is. `actions`: the job's own, after whose pushes no workflow runs.

An App's token that was made in the job looks the same: who the viewer is decides.
"""

_VARIABLES: Final = ("GITHUB_TOKEN", "GH_TOKEN")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_.~+/=:-]+")
_TIME_LIMIT: Final = 10.0
_HINT: Final = "set GITHUB_TOKEN or GH_TOKEN, or log in with gh auth login"


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """How mergebot shows who it is. `source`: where that comes from, in words."""

    kind: Kind
    source: str
    auth: Auth = field(repr=False)

    def token(self) -> str:
        """The token of this moment; an App's is renewed before it ends.

        Raises:
            AccessError: the App gets none.
        """
        return self.auth.token


def find_credentials(environ: Mapping[str, str], hosts: Hosts, repository: str) -> Credentials:
    """The credentials that the environment offers for a repository; nothing is asked of GitHub yet.

    Raises:
        AccessError: there are none, or what is set cannot be used.
    """
    app = app_of(environ, repository)
    if app is not None:
        return Credentials(kind="app", source="the GitHub App in MERGEBOT_APP_ID", auth=AppToken(app))
    for name in _VARIABLES:
        if value := environ.get(name, "").strip():
            return _credentials(value, name, environ)
    if value := _from_gh(environ, hosts):
        return _credentials(value, "gh auth token", environ)
    raise AccessError("there is no token for GitHub: GITHUB_TOKEN, GH_TOKEN and gh have none", hint=_HINT)


def _credentials(token: str, source: str, environ: Mapping[str, str]) -> Credentials:
    if not _TOKEN.fullmatch(token):
        # It is not shown: most of it is a secret.
        hint = "set the token alone, on one line and without quotes"
        raise AccessError(f"{source} holds something that is no token", hint=hint)
    return Credentials(kind=_kind(token, environ), source=source, auth=Token(token))


def _kind(token: str, environ: Mapping[str, str]) -> Kind:
    if token.startswith("ghs_"):
        return "actions" if environ.get("GITHUB_ACTIONS") == "true" else "app"
    return "user" if token.startswith(("ghp_", "github_pat_", "gho_", "ghu_")) else "unknown"


def _from_gh(environ: Mapping[str, str], hosts: Hosts) -> str:
    """The token that gh has for this host; "" where it has none, or is not there."""
    program = shutil.which("gh", path=environ.get("PATH", ""))
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, "auth", "token", f"--hostname={hosts.name}"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_TIME_LIMIT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""
