"""A hub with one repository, for the tests of the test server itself."""

from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.server.asking import Asker
from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.state import App


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    """A server that listens."""
    with GitHub.start(tmp_path) as hub:
        hub.user("alice", permission="write")
        hub.user("rita", permission="maintain")
        yield hub


@pytest.fixture
def repo(hub: GitHub) -> Repo:
    """The repository `o/r`."""
    return hub.repository("o/r")


@pytest.fixture
def app(hub: GitHub, repo: Repo) -> Asker:
    """An installation of an app that may do what mergebot asks for."""
    del repo
    return Asker(hub, hub.token("mergebot", kind="app"))


@pytest.fixture(scope="session")
def keys() -> tuple[str, str]:
    """An app's private and public key, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.fixture
def jwt_of(hub: GitHub, keys: tuple[str, str]) -> Callable[[], tuple[App, str]]:
    """Makes an app and the header with which it asks for itself."""

    def make() -> tuple[App, str]:
        app = hub.app("mergebot-app", public_key=keys[1])
        now = int(hub.clock())
        claims = {"iat": now - 60, "exp": now + 300, "iss": str(app.id)}
        return app, f"Bearer {jwt.encode(claims, keys[0], algorithm='RS256')}"

    return make
