"""Who asks, and what the token lets them do."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.server.answers import Refused
from tests.server.state import Repository, State, Token

APP_RIGHTS = {
    "metadata": "read",
    "contents": "write",
    "pull_requests": "write",
    "issues": "write",
    "statuses": "write",
    "checks": "read",
    "actions": "write",
}
"""What mergebot asks of an App; `workflows` is left out on purpose."""

READ_RIGHTS = dict.fromkeys(APP_RIGHTS, "read")
PERSON_RIGHTS = {**dict.fromkeys(APP_RIGHTS, "write"), "workflows": "write", "administration": "write"}


def api_token(state: State, headers: Sequence[str], now: float) -> Token:
    """The token of an API request; raises `Refused` 401 where there is none or a bad one."""
    if not headers:
        raise Refused(401, "Requires authentication")
    scheme, _, text = headers[0].partition(" ")
    if scheme.lower() not in ("token", "bearer"):
        raise Refused(401, "Bad credentials")
    return _known(state, text, now)


def git_token(state: State, headers: Sequence[str], now: float) -> Token | None:
    """The token of a git request: None where there is none; raises `Refused`."""
    if len(headers) > 1:
        raise Refused(400, 'Duplicate header: "Authorization"')
    if not headers:
        return None
    scheme, _, text = headers[0].partition(" ")
    if scheme.lower() != "basic":
        raise Refused(401, "Bad credentials")
    try:
        user, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError as error:
        raise Refused(401, "Bad credentials") from error
    token = _known(state, password, now)
    if token.integration and user != "x-access-token":
        raise Refused(401, "Bad credentials")
    return token


def _known(state: State, text: str, now: float) -> Token:
    token = state.tokens.get(text)
    if token is None or (token.expires_at is not None and token.expires_at <= now):
        raise Refused(401, "Bad credentials")
    return token


def scopes(token: Token) -> dict[str, str]:
    """The headers that tell of the token itself (platform: scopes of a classic one alone, the end of a person's)."""
    found = {"X-OAuth-Scopes": ", ".join(token.scopes)} if token.kind == "pat" else {}
    if token.expires_at is not None and not token.integration:
        ends = datetime.fromtimestamp(token.expires_at, UTC)
        found["GitHub-Authentication-Token-Expiration"] = f"{ends:%Y-%m-%d %H:%M:%S} UTC"
    return found


def may(state: State, repository: Repository, token: Token, right: str, level: str = "write") -> bool:
    """Whether a token may do this; a person's token may do at most what the person may."""
    if token.repositories and repository.full_name not in token.repositories:
        return False
    if level not in (("read", "write") if token.rights.get(right) == "write" else (token.rights.get(right),)):
        return False
    if token.integration:
        return True
    needed = "read" if level == "read" else ("admin" if right == "administration" else "write")
    if needed == "read" and not repository.settings.private:
        return True
    return state.can(repository, token.login, "read" if needed == "read" else "admin" if needed == "admin" else "write")


def sees(state: State, repository: Repository, token: Token | None) -> bool:
    """Whether the repository exists for this token."""
    if not repository.settings.private:
        return True
    return token is not None and may(state, repository, token, "metadata", "read")


def demand(state: State, repository: Repository, token: Token, *rights: str, level: str = "write") -> None:
    """Let a request pass that has one of these rights, else refuse it in GitHub's words."""
    if any(may(state, repository, token, right, level) for right in rights):
        if repository.settings.archived and level == "write":
            raise Refused(403, "Repository was archived so is read-only.")
        return
    accepted = {"X-Accepted-GitHub-Permissions": "; ".join(f"{right}={level}" for right in rights)}
    if token.integration:
        raise Refused(403, "Resource not accessible by integration", headers=accepted)
    if token.kind == "fine":
        raise Refused(403, "Resource not accessible by personal access token", headers=accepted)
    raise Refused(404, "Not Found") if rights == ("contents",) else Refused(403, "Must have push access to repository.")
