"""What GitHub refuses: each refusal has its kind, GitHub's words and what to do, and no secret (contract 5)."""

import base64
import traceback
from collections.abc import Iterator, Mapping

import pytest

from mergebot.errors import AccessError, ExitCode, MergebotError
from mergebot.forge.github.errors import DeniedError, MissingError, NoAnswerError, RefusedError, TooHeavyError
from mergebot.forge.github.words import MOST, clean, said
from tests.forge.github.scripted import TOKEN, Line, Say, connected, serving

BASIC = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


@pytest.fixture
def line() -> Iterator[Line]:
    with serving() as server:
        yield connected(server)


def graph(kind: str, message: str = "words", *, path: list[object] | None = None, data: object = None) -> Say:
    """An answer of GraphQL with one error."""
    return Say(body={"data": data, "errors": [{"type": kind, "message": message, "path": path or []}]})


class TestRest:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (400, RefusedError),
            (401, DeniedError),
            (403, DeniedError),
            (404, MissingError),
            (405, RefusedError),
            (408, NoAnswerError),
            (409, RefusedError),
            (410, MissingError),
            (422, RefusedError),
            (451, DeniedError),
            (500, NoAnswerError),
            (502, NoAnswerError),
            (503, NoAnswerError),
            (504, NoAnswerError),
        ],
    )
    def test_each_status_of_a_write_has_its_kind_after_one_attempt(
        self, line: Line, status: int, kind: type[MergebotError]
    ) -> None:
        """A write is never sent again where it may have been done."""
        line.say(Say(status=status, body={"message": "the words"}))
        with pytest.raises(MergebotError, match="the words") as caught:
            line.client.send("PUT", "/repos/o/r/pulls/1/merge", {})
        assert type(caught.value) is kind
        assert len(line.server.got) == 1
        assert line.time.sleeps == []

    def test_a_refusal_has_its_status_and_github_s_words_with_their_details(self, line: Line) -> None:
        errors = [{"resource": "Status", "field": "sha", "code": "invalid"}, {"message": "no commit"}, "odd", 3]
        line.say(Say(status=422, body={"message": "Validation Failed", "errors": errors}))
        with pytest.raises(RefusedError) as caught:
            line.client.send("POST", "/repos/o/r/statuses/1", {})
        assert caught.value.status == 422
        assert caught.value.words == "Validation Failed: Status sha invalid; no commit; odd"

    def test_a_token_that_is_not_accepted_is_named_by_where_it_comes_from(self, line: Line) -> None:
        line.say(Say(status=401, body={"message": "Bad credentials"}))
        with pytest.raises(DeniedError) as caught:
            line.client.get("/user")
        assert caught.value.message.endswith("does not accept the token of GITHUB_TOKEN: Bad credentials")
        assert "make a new one" in caught.value.hint
        assert caught.value.exit_code is ExitCode.BAD_INPUT
        assert len(line.server.got) == 1

    @pytest.mark.parametrize(
        ("headers", "hint"),
        [
            ({"x-accepted-github-permissions": "contents=write"}, "give the token contents: write"),
            (
                {"x-accepted-github-permissions": "issues=write; pull_requests=write,contents=read"},
                "give the token issues: write or pull-requests: write and contents: read",
            ),
            ({}, "give the token the right for it"),
            (
                {"x-github-sso": "required; url=https://github.com/orgs/o/sso?authorization_request=SECRET"},
                "authorize the token for the organization's single sign-on, in its owner's settings",
            ),
        ],
    )
    def test_the_right_that_is_missing_is_named(self, line: Line, headers: Mapping[str, str], hint: str) -> None:
        line.say(Say(status=403, body={"message": "Resource not accessible by integration"}, headers=headers))
        with pytest.raises(DeniedError) as caught:
            line.client.send("PUT", "/repos/o/r/pulls/1/merge", {})
        assert caught.value.words == "Resource not accessible by integration"
        assert caught.value.hint == hint

    def test_a_classic_token_s_missing_scope_is_named(self, line: Line) -> None:
        line.say(Say(status=403, body={"message": "no"}, headers={"x-accepted-oauth-scopes": "repo, workflow"}))
        with pytest.raises(DeniedError) as caught:
            line.client.get("/x")
        assert caught.value.hint == "the token needs one of the scopes repo, workflow"

    def test_what_does_not_exist_ends_a_command_as_lack_of_access(self, line: Line) -> None:
        """platform: GitHub answers 404 also for what a token may not see."""
        line.say(Say(status=404, body={"message": "Not Found"}))
        with pytest.raises(MissingError, match="or the token of GITHUB_TOKEN may not see it") as caught:
            line.client.get("/repos/o/r")
        assert caught.value.exit_code is ExitCode.BAD_INPUT

    def test_a_proxy_that_asks_for_a_login_is_told_apart(self, line: Line) -> None:
        line.say(Say(status=407, body="<html>"))
        with pytest.raises(AccessError, match="proxy asks for a login"):
            line.client.get("/x")


class TestGraph:
    @pytest.mark.parametrize(
        ("say", "kind"),
        [
            (graph("NOT_FOUND", path=["repository"], data={"repository": None, "viewer": {}}), MissingError),
            (graph("FORBIDDEN", path=["repository"], data={"repository": None}), DeniedError),
            (graph("FORBIDDEN"), DeniedError),
            (graph("INSUFFICIENT_SCOPES"), DeniedError),
            (graph("NOT_FOUND"), MissingError),
            (graph("", "Field 'stack' doesn't exist on type 'PullRequest'"), RefusedError),
            (Say(status=401, body={"message": "Bad credentials"}), DeniedError),
            (Say(status=403, body={"message": "Resource not accessible"}), DeniedError),
            (Say(status=400, body={"message": "Problems parsing JSON"}), RefusedError),
            (Say(status=404, body="<html>"), AccessError),
        ],
    )
    def test_each_refusal_of_a_query_has_its_kind_at_once(
        self, line: Line, say: Say, kind: type[MergebotError]
    ) -> None:
        line.say(say)
        with pytest.raises(MergebotError) as caught:
            line.client.query("query { x }", {})
        assert type(caught.value) is kind
        assert len(line.server.got) == 1

    @pytest.mark.parametrize(
        "say",
        [
            Say(status=502, body="<html>"),
            Say(status=504),
            graph("RESOURCE_LIMITS_EXCEEDED", data={"repository": {"pulls": []}}),
            graph("MAX_NODE_LIMIT_EXCEEDED"),
            graph("", "Something went wrong while executing your query. This may be the result of a timeout"),
            graph("", "We couldn't respond to your request in time. Sorry about that."),
        ],
    )
    def test_a_query_that_is_too_heavy_is_not_asked_again(self, line: Line, say: Say) -> None:
        """The caller asks for less; the same again would cost as much again. Part of an answer is none."""
        line.say(say)
        with pytest.raises(TooHeavyError):
            line.client.query("query { x }", {})
        assert len(line.server.got) == 1
        assert line.time.sleeps == []

    @pytest.mark.parametrize(
        "say",
        [
            Say(status=500),
            Say(status=503),
            Say(body={}),
            Say(body=[]),
            Say(body={"data": 3}),
            Say(body={"data": {}, "errors": "odd"}),
            graph("SERVICE_UNAVAILABLE"),
            Say(body={"message": "hello"}),
        ],
    )
    def test_a_query_without_an_answer_is_asked_again_and_then_failed(self, line: Line, say: Say) -> None:
        line.say(say)
        with pytest.raises(NoAnswerError) as caught:
            line.client.query("query { x }", {})
        assert not isinstance(caught.value, TooHeavyError)
        assert len(line.server.got) == 4


class TestWords:
    @pytest.mark.parametrize(
        "text",
        [
            f"Bad token {TOKEN} here",
            f"see https://x-access-token:{TOKEN}@github.com/o/r",
            f"Authorization: basic {BASIC}",
            f"Authorization: Basic {BASIC}",
            "other ghs_0123456789abcdefghij0123456789abcdefghij and github_pat_11ABCDEFG0_abcdefgh",
            "jwt eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2lnbmF0dXJlcw",
            "https://me:hunter2secret@host/x",
        ],
    )
    def test_a_secret_that_github_repeats_is_left_out_everywhere(self, line: Line, text: str) -> None:
        """No secret appears in output (I6), not even in a traceback."""
        line.say(Say(status=422, body={"message": text, "errors": [text]}))
        with pytest.raises(RefusedError) as caught:
            line.client.send("POST", "/x", {})
        shown = "".join(traceback.format_exception(caught.value)) + caught.value.words + caught.value.hint
        for secret in (TOKEN, BASIC, "0123456789abcdefghij", "11ABCDEFG0", "c2lnbmF0dXJlcw", "hunter2secret"):
            assert secret not in shown
        assert "***" in caught.value.words

    def test_a_token_that_looks_like_nothing_is_left_out_too(self, line: Line) -> None:
        """An old token is only letters and digits."""
        plain = "0123456789abcdef0123456789abcdef01234567"
        line = connected(line.server, {"GITHUB_TOKEN": plain})
        line.say(Say(status=422, body={"message": f"it was {plain}."}))
        with pytest.raises(RefusedError) as caught:
            line.client.send("POST", "/x", {})
        assert caught.value.words == "it was ***."

    @pytest.mark.parametrize(
        "words",
        [
            "It went wrong on 2026-01-02T03:04:0{n}Z. Please include `A1B2:34C5:6D:{n}F` when reporting this issue.",
            "It went wrong. If you reach out to GitHub Support for help, please include the request ID 8C3A:2B1F:{n}D.",
        ],
    )
    def test_what_is_said_of_one_request_alone_is_left_out(self, words: str) -> None:
        """In a comment it would be another text in each pass (I5)."""
        assert {clean(words.format(n=n)).removesuffix(".") for n in range(3)} == {"It went wrong"}

    def test_words_are_one_line_without_control_characters_and_not_too_long(self) -> None:
        assert clean("a\r\n::set-output\x1b[2J\u202e\tb\u2028c") == "a ::set-output [2J b c"
        assert len(clean("x" * 1000)) == MOST

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "an empty answer"),
            ("<!DOCTYPE html><h1>Login</h1>", "a web page, not GitHub's API"),
            ("upstream error", "an answer that is not JSON"),
            ("[1]", "an answer without a message"),
            ('{"message": "a", "errors": "b"}', "a: b"),
            ('{"message": 3, "errors": [{"message": "only this"}]}', "only this"),
            ("[" * 100_000, "an answer that is not JSON"),
        ],
    )
    def test_whatever_comes_is_put_into_words(self, text: str, words: str) -> None:
        assert said(text) == words
