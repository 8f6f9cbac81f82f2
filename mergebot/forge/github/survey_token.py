"""What can be known of the token without writing anything, for `mergebot doctor`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from mergebot.forge.github.app import AppToken
from mergebot.forge.github.session import Viewer
from mergebot.forge.github.tokens import Credentials
from mergebot.model.people import Permission
from mergebot.model.survey import PERSONAL, Token, TokenKind

_PREFIXES: Final = {
    "ghp_": TokenKind.CLASSIC,
    "github_pat_": TokenKind.FINE_GRAINED,
    "gho_": TokenKind.OAUTH,
    "ghu_": TokenKind.APP_USER,
}
_ACTIONS: Final = "github-actions"


def token_facts(
    credentials: Credentials,
    viewer: Viewer,
    headers: Mapping[str, str],
    permission: str | None,
    environ: Mapping[str, str],
) -> Token:
    """The token's kind, rights and end; `permission`: GraphQL's `viewerPermission`.

    Raises:
        AccessError: an App gets no token.
    """
    kind = _kind(credentials, viewer, environ)
    scopes = headers.get("x-oauth-scopes")
    auth = credentials.auth
    return Token(
        kind=kind,
        source=credentials.source,
        login=f"{viewer.login}[bot]" if viewer.is_bot else viewer.login,
        rights=dict(auth.rights) if isinstance(auth, AppToken) and auth.rights is not None else None,
        # platform: only classic and OAuth tokens have scopes; a header on another one would say nothing.
        scopes=_scopes(scopes) if kind in (TokenKind.CLASSIC, TokenKind.OAUTH) and scopes is not None else None,
        permission=_permission(permission) if kind in PERSONAL else None,
        expires_at=ends_at(headers.get("github-authentication-token-expiration", "")),
    )


def _kind(credentials: Credentials, viewer: Viewer, environ: Mapping[str, str]) -> TokenKind:
    """By the token's prefix, and for a `ghs_` by the account that it acts as."""
    if isinstance(credentials.auth, AppToken):
        return TokenKind.INSTALLATION
    text = credentials.token()
    if text.startswith("ghs_"):
        in_actions = environ.get("GITHUB_ACTIONS") == "true" and not viewer.login
        return TokenKind.ACTIONS if viewer.login == _ACTIONS or in_actions else TokenKind.INSTALLATION
    return next((kind for prefix, kind in _PREFIXES.items() if text.startswith(prefix)), TokenKind.UNKNOWN)


def _scopes(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def _permission(text: str | None) -> Permission:
    try:
        return Permission((text or "").lower())
    except ValueError:
        return Permission.UNKNOWN


def ends_at(text: str) -> float | None:
    """UTC seconds since 1970 of `2026-12-24 18:00:00 UTC` or `… +0100`; None for anything else."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (UTC|[+-]\d{4})", text.strip())
    if found is None:
        return None
    try:
        if found[2] == "UTC":
            return datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S %z").timestamp()
    except ValueError:
        return None
