"""Every route of the test server, held to GitHub's description of it: requests, answers and refusals."""

import time
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.conformance import scenario
from tests.conformance.log import check_log
from tests.conformance.surveying import surveying
from tests.server.faults import Exchange
from tests.server.hub import GitHub
from tests.server.rest import Route
from tests.server.routes import ROUTES


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Exchange]]:
    """What is said when everything is used once."""
    with GitHub.start(tmp_path_factory.mktemp("conformance")) as hub:
        play(hub)
        yield hub.log


def play(hub: GitHub) -> None:
    """Use every route."""
    for name in ("ada", "bob"):
        hub.user(name, permission="write")
    repo = hub.repository("o/r", owner_kind="Organization")
    client = scenario.Client(hub, hub.token("mergebot", kind="app"))
    scenario.reading(client, repo)
    scenario.ruling(client, repo)
    scenario.talking(client, repo)
    scenario.landing(client, repo)
    scenario.stacking(client, repo)
    scenario.dispatching(client, repo)
    scenario.rerunning(client, repo)
    scenario.refused(hub, repo)
    scenario.asking(client)
    surveying(hub)
    install(hub)


def install(hub: GitHub) -> None:
    """An app gets its token by a signed JWT."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    app = hub.app("queue", public_key=public.decode())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    now = int(time.time())
    claims = {"iss": str(app.id), "iat": now - 60, "exp": now + 500}
    client = scenario.Client(hub, jwt.encode(claims, private, algorithm="RS256"))
    found = client.get("installation")
    client.send("POST", f"/app/installations/{found['id']}/access_tokens", {"permissions": {"contents": "write"}})
    client.send("POST", "/app/installations/1/access_tokens", {})


def test_everything_fits_githubs_description(log: list[Exchange]) -> None:
    """Each request is one that GitHub describes, each answer one that GitHub could give."""
    assert check_log(log) == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.template}")
def test_each_route_was_used_with_success(log: list[Exchange], route: Route) -> None:
    """So that none is left out of the test above; a new route needs its line in `scenario.py`."""
    assert any(
        exchange.kind == "rest"
        and exchange.method == route.method
        and route.pattern.fullmatch(exchange.path)
        and exchange.status < 300
        for exchange in log
    )


@pytest.mark.parametrize("status", [401, 403, 404, 405, 409, 422])
def test_each_refusal_was_met(log: list[Exchange], status: int) -> None:
    """The shapes of errors are held to the description, too."""
    assert any(exchange.status == status for exchange in log)


def test_the_descriptions_are_where_the_makefile_puts_them(log: list[Exchange]) -> None:
    """GraphQL is in the log, and is checked with the rest."""
    assert any(exchange.kind == "graphql" and exchange.status == 200 for exchange in log)
    assert (Path(__file__).parent / "node_modules" / ".installed").is_file()
