"""A GitHub App: found in the environment, its token asked for, renewed before it ends, and never shown."""

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mergebot.errors import AccessError
from mergebot.forge.github.errors import DeniedError, LimitedError
from mergebot.forge.github.hosts import Hosts
from mergebot.forge.github.tokens import Credentials, find_credentials
from tests.forge.github.scripted import NOW, Line, Say, Server, connected

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
APP = {"MERGEBOT_APP_ID": "12345", "MERGEBOT_APP_PRIVATE_KEY": PEM}
FOUND = Say(body={"id": 77})
OK = Say(body={"ok": True})


def token(name: str, minutes: float = 60) -> Say:
    """The answer with a new token that ends so many minutes from the beginning of the test."""
    ends = datetime.fromtimestamp(NOW + 60 * minutes, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Say(status=201, body={"token": f"ghs_{name}", "expires_at": ends, "permissions": {}})


def found_in(environ: dict[str, str]) -> Credentials:
    return find_credentials(environ, Hosts(), "o/r")


@pytest.fixture
def line(server: Server) -> Line:
    return connected(server, APP)


def used(line: Line) -> list[str]:
    """The tokens of the requests that were made as the installation, in order."""
    headers = [got.headers["authorization"] for got in line.server.got]
    return [header.removeprefix("token ") for header in headers if header.startswith("token ")]


class TestItsSettings:
    def test_an_app_comes_before_every_token(self) -> None:
        found = found_in({**APP, "GITHUB_TOKEN": "ghp_abc", "GH_TOKEN": "ghp_abc"})
        assert (found.kind, found.source) == ("app", "the GitHub App in MERGEBOT_APP_ID")

    def test_settings_that_are_empty_are_not_set(self) -> None:
        """platform: a variable or secret that does not exist is an empty text in a workflow."""
        empty = dict.fromkeys((*APP, "MERGEBOT_APP_PRIVATE_KEY_FILE", "MERGEBOT_APP_INSTALLATION_ID"), "")
        assert found_in({**empty, "GITHUB_TOKEN": "ghp_abc"}).source == "GITHUB_TOKEN"

    def test_the_key_may_be_in_a_file_or_have_its_line_breaks_escaped(self, tmp_path: Path) -> None:
        file = tmp_path / "key.pem"
        file.write_text(PEM)
        assert found_in({"MERGEBOT_APP_ID": "Iv23liAbc", "MERGEBOT_APP_PRIVATE_KEY_FILE": str(file)}).kind == "app"
        assert found_in({**APP, "MERGEBOT_APP_PRIVATE_KEY": PEM.replace("\n", "\\n")}).kind == "app"

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"MERGEBOT_APP_ID": ""}, "MERGEBOT_APP_PRIVATE_KEY is set, but MERGEBOT_APP_ID is not"),
            ({"MERGEBOT_APP_PRIVATE_KEY": ""}, "MERGEBOT_APP_ID is set, and neither of"),
            ({"MERGEBOT_APP_PRIVATE_KEY_FILE": "key.pem"}, "MERGEBOT_APP_ID is set, and both of"),
            ({"MERGEBOT_APP_PRIVATE_KEY": "nonsense"}, "MERGEBOT_APP_PRIVATE_KEY holds no private key"),
            ({"MERGEBOT_APP_PRIVATE_KEY": PEM[:400]}, "MERGEBOT_APP_PRIVATE_KEY holds no private key"),
            ({"MERGEBOT_APP_PRIVATE_KEY": "clé"}, "MERGEBOT_APP_PRIVATE_KEY holds no private key"),
            ({"MERGEBOT_APP_ID": "a/b"}, "MERGEBOT_APP_ID is no App id"),
            ({"MERGEBOT_APP_INSTALLATION_ID": "x1"}, "MERGEBOT_APP_INSTALLATION_ID is no number"),
            (
                {"MERGEBOT_APP_PRIVATE_KEY": "", "MERGEBOT_APP_PRIVATE_KEY_FILE": "/nowhere/key.pem"},
                "names a file that cannot be read: No such file",
            ),
        ],
    )
    def test_what_is_half_set_or_broken_is_one_clear_error(self, change: dict[str, str], words: str) -> None:
        """It does not fall back on another token: that would act as somebody else."""
        with pytest.raises(AccessError, match=words) as caught:
            found_in({**APP, **change, "GITHUB_TOKEN": "ghp_abc"})
        assert caught.value.__cause__ is None or isinstance(caught.value.__cause__, OSError)
        assert PEM[100:140] not in f"{caught.value} {caught.value.hint}"

    def test_a_file_that_is_no_text_is_no_key(self, tmp_path: Path) -> None:
        file = tmp_path / "key.pem"
        file.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(AccessError, match="MERGEBOT_APP_PRIVATE_KEY_FILE holds no private key"):
            found_in({"MERGEBOT_APP_ID": "1", "MERGEBOT_APP_PRIVATE_KEY_FILE": str(file)})

    def test_neither_key_nor_token_is_in_what_python_shows_of_it(self, line: Line) -> None:
        line.say(FOUND, token("first"), OK)
        found = found_in(APP)
        assert PEM[100:140] not in f"{found!r} {found.auth!r}"
        with pytest.raises(AccessError, match="not connected"):
            found.token()


class TestItsToken:
    def test_it_is_asked_for_once_and_for_this_repository_alone(self, line: Line) -> None:
        line.say(FOUND, token("first"), OK)

        assert line.client.requests == 0
        assert [line.client.get("/x"), line.client.get("/x")] == [{"ok": True}] * 2

        assert line.server.calls == [
            "GET /api/v3/repos/o/r/installation",
            "POST /api/v3/app/installations/77/access_tokens",
            "GET /api/v3/x",
            "GET /api/v3/x",
        ]
        assert line.server.got[1].body == {"repositories": ["r"]}
        assert used(line) == ["ghs_first", "ghs_first"]
        assert line.client.requests == 4

    def test_the_app_shows_who_it_is_by_its_signature(self, line: Line) -> None:
        line.say(FOUND, token("first"), OK)
        line.client.get("/x")
        for got in line.server.got[:2]:
            scheme, _, signed = got.headers["authorization"].partition(" ")
            options: dict[str, Any] = {"verify_exp": False, "verify_iat": False}
            claims = jwt.decode(signed, KEY.public_key(), algorithms=["RS256"], options=options)  # type: ignore[arg-type]
            assert (scheme, claims["iss"]) == ("Bearer", "12345")

    def test_an_installation_that_is_named_is_not_looked_up(self, server: Server) -> None:
        line = connected(server, {**APP, "MERGEBOT_APP_INSTALLATION_ID": "88"})
        line.say(token("first"), OK)
        line.client.get("/x")
        assert line.server.calls[0] == "POST /api/v3/app/installations/88/access_tokens"

    def test_it_is_renewed_before_it_ends_for_git_too(self, line: Line) -> None:
        line.say(FOUND, token("first", 14), OK)
        before = [line.client.get("/x"), line.client.git_authorization()][1]
        line.time.now = NOW + 10 * 60
        line.say(FOUND, token("second"), OK)
        after = [line.client.git_authorization(), line.client.get("/x")][0]
        assert used(line) == ["ghs_first", "ghs_second"]
        assert [base64.b64decode(text.removeprefix("basic ")) for text in (before, after)] == [
            b"x-access-token:ghs_first",
            b"x-access-token:ghs_second",
        ]

    def test_one_that_was_revoked_is_renewed_once(self, line: Line) -> None:
        line.say(FOUND, token("first"), OK)
        line.client.get("/x")
        line.time.now += 600
        line.say(Say(status=401, body={"message": "Bad credentials"}), FOUND, token("second"), OK)
        assert line.client.send("PUT", "/x", {}) == {"ok": True}
        assert used(line) == ["ghs_first", "ghs_first", "ghs_second"]

    def test_a_new_one_may_be_refused_for_some_seconds(self, line: Line) -> None:
        """platform: it is not known everywhere at once."""
        bad = Say(status=401, body={"message": "Bad credentials"})
        line.say(FOUND, token("first"), bad, bad, OK)
        assert line.client.get("/x") == {"ok": True}
        assert line.time.sleeps == [1, 1]

    def test_one_that_is_never_accepted_ends(self, line: Line) -> None:
        line.say(FOUND, token("first"), Say(status=401, body={"message": "Bad credentials"}))
        with pytest.raises(DeniedError, match="the GitHub App in MERGEBOT_APP_ID"):
            line.client.get("/x")
        assert len(line.server.got) < 12

    def test_a_bad_moment_is_tried_again_and_a_limit_waited_for(self, line: Line) -> None:
        line.say(Say(status=502), FOUND, Say(status=429, headers={"retry-after": "7"}), token("first"), OK)
        assert line.client.send("PUT", "/x", {}) == {"ok": True}
        assert line.time.sleeps[1:] == [7]


class TestAnAppWithoutAToken:
    @pytest.mark.parametrize(
        ("answers", "words"),
        [
            ([Say(status=404, body={"message": "Not Found"})], "the GitHub App is not installed on o/r"),
            ([FOUND, Say(status=422, body={"message": "no such"})], "the GitHub App is not installed on o/r"),
            ([Say(status=401, body={"message": "'Expiration time' claim ('exp') is too far"})], "'exp'"),
            ([FOUND, Say(status=403, body={"message": "This installation has been suspended"})], "suspended"),
            ([Say(status=500)], "the GitHub App gets no token"),
            ([Say(body={})], "the answer holds none"),
            ([FOUND, Say(status=201, body={"token": "ghs_x", "expires_at": "soon"})], "the answer holds none"),
        ],
    )
    def test_it_is_one_clear_error_before_anything_is_written(self, line: Line, answers: list[Say], words: str) -> None:
        line.say(*answers)
        with pytest.raises(AccessError, match=words):
            line.client.send("PUT", "/repos/o/r/pulls/1/merge", {})
        assert not any("merge" in call for call in line.server.calls)

    def test_a_limit_stays_a_limit(self, line: Line) -> None:
        line.say(Say(status=429, headers={"retry-after": "600"}))
        with pytest.raises(LimitedError):
            line.client.get("/x")
