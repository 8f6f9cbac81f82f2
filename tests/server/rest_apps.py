"""The routes that a GitHub App uses for itself, with a signed JWT: its installation, and tokens for it."""

from typing import TYPE_CHECKING, Any

import jwt

from tests.server import render
from tests.server.answers import Answer, Refused, missing
from tests.server.render import moment
from tests.server.rest import Call, Route
from tests.server.state import App

if TYPE_CHECKING:
    from tests.server.hub import GitHub

LIFE = 3600
LONGEST_JWT = 600


def app_of(hub: "GitHub", authorization: str) -> App:
    """The app that has signed a JWT; raises `Refused` 401 as GitHub does."""
    scheme, _, text = authorization.partition(" ")
    try:
        issuer = int(jwt.decode(text, options={"verify_signature": False}).get("iss", 0))
        app = hub.state.apps[issuer]
        options: Any = {"verify_exp": False, "verify_iat": False}
        claims = jwt.decode(text, app.public_key, algorithms=["RS256"], options=options)
    except (jwt.PyJWTError, KeyError, ValueError) as error:
        raise Refused(401, "A JSON web token could not be decoded") from error
    now = hub.clock()
    if scheme.lower() != "bearer" or not now < claims["exp"] <= now + LONGEST_JWT + 60:
        raise Refused(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time")
    return app


def get_installation(call: Call) -> Answer:
    """Where the app is installed: the repository's installation."""
    app, repo = _app(call), call.repository
    owner = render.account(call.hub, repo.owner)
    assert owner is not None
    installation = {
        "id": app.installation,
        "account": owner,
        "repository_selection": "all",
        "access_tokens_url": f"{call.hub.api}/app/installations/{app.installation}/access_tokens",
        "repositories_url": f"{call.hub.api}/installation/repositories",
        "html_url": f"{call.hub.url}/settings/installations/{app.installation}",
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": owner["id"],
        "target_type": owner["type"],
        "permissions": app.rights,
        "events": [],
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": "2024-01-01T00:00:00Z",
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": None,
    }
    return Answer(200, installation)


def make_token(call: Call) -> Answer:
    """An installation token; it lives an hour."""
    app = _app(call)
    if call.path["installation"] != str(app.installation):
        raise missing()
    rights = call.body.get("permissions") or app.rights
    text = call.hub.token(app.slug, kind="app", rights=rights, expires_in=LIFE)
    expires = moment(call.hub.clock() + LIFE)
    return Answer(201, {"token": text, "expires_at": expires, "permissions": rights, "repository_selection": "all"})


def _app(call: Call) -> App:
    return call.state.apps[int(call.token.rights["app"])]


ROUTES = (
    Route("GET", "/repos/{owner}/{repo}/installation", get_installation, jwt=True),
    Route(
        "POST",
        "/app/installations/{installation}/access_tokens",
        make_token,
        (),
        ("repositories", "repository_ids", "permissions"),
        jwt=True,
    ),
)
