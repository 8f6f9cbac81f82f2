"""What is sent to GitHub, and what comes back when all is well."""

import base64
import logging
import os
import time
from pathlib import Path

import pytest

from mergebot.errors import AccessError, MergebotError
from mergebot.forge.github.client import GraphError, Reply
from mergebot.forge.github.errors import MovedError, NoAnswerError
from tests.forge.github.scripted import TOKEN, Line, Say, Server, connected, serving


class TestWhatIsSent:
    def test_a_read_is_one_request_with_the_token_in_its_header_alone(self, line: Line) -> None:
        line.say(Say(body={"number": 1}))

        assert line.client.get("/repos/o/r/pulls/1", a="b c", n=1) == {"number": 1}

        [got] = line.server.got
        assert (got.verb, got.path, got.body) == ("GET", "/api/v3/repos/o/r/pulls/1?a=b+c&n=1", None)
        assert got.headers["authorization"] == f"token {TOKEN}"
        assert got.headers["user-agent"].startswith("mergebot/")

    def test_a_quoted_branch_arrives_as_it_was_quoted(self, line: Line) -> None:
        line.say(Say(body=[]))
        line.client.pages("/repos/o/r/rules/branches/feature%2Fa%3Fb%23c%3Bd")
        assert line.server.calls == ["GET /api/v3/repos/o/r/rules/branches/feature%2Fa%3Fb%23c%3Bd?per_page=100"]

    @pytest.mark.parametrize(
        "path",
        ["/repos/o/r/../../user", "/repos/o/./r", "/a/%2e%2E/b", "//host/x", "repos", "/a?b", "/a b", "/a#b", ""],
    )
    def test_a_path_that_would_be_changed_on_the_way_is_not_sent(self, line: Line, path: str) -> None:
        """A name that was not quoted must not lead elsewhere."""
        with pytest.raises(MergebotError, match="cannot be sent as it is"):
            line.client.send("DELETE", path)
        assert line.server.got == []

    def test_a_write_carries_its_body(self, line: Line) -> None:
        line.say(Say(status=201, body={"id": 7}))
        assert line.client.send("POST", "/repos/o/r/issues/1/comments", {"body": "grün"}) == {"id": 7}
        assert line.server.got[0].body == {"body": "grün"}

    def test_a_query_goes_to_graphql_beside_the_rest_api(self, line: Line) -> None:
        """platform: an Enterprise server has `/api/v3` and `/api/graphql`."""
        line.say(Say(body={"data": {"repository": {"name": "r"}}}))

        reply = line.client.query("query One($n: Int!) { x }", {"n": 1})

        assert reply == Reply(data={"repository": {"name": "r"}})
        assert line.server.calls == ["POST /api/graphql"]
        assert line.server.got[0].body == {"query": "query One($n: Int!) { x }", "variables": {"n": 1}}

    def test_the_version_of_the_api_is_named_except_to_a_server_of_ones_own(self, server: Server) -> None:
        """platform: the default moves; an older server may not know the version."""
        own, public = connected(server), connected(server, path="")
        own.say(Say(body={}))
        own.client.get("/user")
        public.client.get("/user")
        assert [got.headers.get("x-github-api-version") for got in server.got] == [None, "2022-11-28"]

    def test_a_login_in_netrc_is_not_used_instead(
        self, line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        line.say(Say(body={}))
        line.client.get("/user")
        assert line.server.got[0].headers["authorization"] == f"token {TOKEN}"

    def test_git_gets_the_token_as_a_basic_login(self, line: Line) -> None:
        basic = line.client.git_authorization()
        assert base64.b64decode(basic.removeprefix("basic ")) == f"x-access-token:{TOKEN}".encode()


class TestWhatComesBack:
    @pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/json; charset=latin-1"])
    def test_text_is_read_as_utf_8_whatever_is_named(self, line: Line, kind: str) -> None:
        line.say(Say(body={"title": "déjà vu 早"}, headers={"Content-Type": kind}))
        assert line.client.get("/x") == {"title": "déjà vu 早"}

    @pytest.mark.parametrize("say", [Say(status=204), Say(status=200), Say(status=205, body=" \n")])
    def test_a_write_may_be_answered_with_nothing(self, line: Line, say: Say) -> None:
        line.say(say)
        assert line.client.send("DELETE", "/repos/o/r/git/refs/heads/x") is None

    def test_a_write_that_is_only_accepted_gives_its_answer(self, line: Line) -> None:
        line.say(Say(status=202, body={"status": "pending"}))
        assert line.client.send("PUT", "/repos/o/r/pulls/1/merge-async", {}) == {"status": "pending"}
        assert line.server.got[0].body == {}

    def test_partial_data_comes_with_its_errors(self, line: Line) -> None:
        """What is null for an error must not look like what is not there."""
        error = {"type": "FORBIDDEN", "message": "Resource not\naccessible", "path": ["repository", "pulls", 3]}
        line.say(Say(body={"data": {"repository": {"pulls": [None]}}, "errors": [error, "odd"]}))
        assert line.client.query("query { x }", {}).errors == (
            GraphError(kind="FORBIDDEN", message="Resource not accessible", path=("repository", "pulls", 3)),
            GraphError(kind="", message="odd"),
        )


class TestPages:
    def link(self, line: Line, path: str) -> dict[str, str]:
        return {"Link": f'<{line.server.url}{path}>; rel="next", <{line.server.url}/api/v3/z>; rel="last"'}

    def test_a_list_is_read_to_its_end(self, line: Line) -> None:
        """platform: the links name the repository by its number."""
        line.say(
            Say(body=[1, 2], headers=self.link(line, "/api/v3/repositories/9/rules?page=2&per_page=100&q=")),
            Say(body=[3], headers={"Link": f'<{line.server.url}/api/v3/z>; rel="prev"'}),
        )
        assert line.client.pages("/repos/o/r/rules") == [1, 2, 3]
        assert line.server.calls == [
            "GET /api/v3/repos/o/r/rules?per_page=100",
            "GET /api/v3/repositories/9/rules?page=2&per_page=100&q=",
        ]

    def test_a_list_inside_an_object_is_found(self, line: Line) -> None:
        line.say(Say(body={"total_count": 1, "workflow_runs": [{"id": 1}]}))
        assert line.client.pages("/repos/o/r/actions/runs") == [{"id": 1}]

    @pytest.mark.parametrize("body", [{"a": [], "b": []}, {"message": "no"}, "3", None])
    def test_what_is_no_list_is_a_failed_read(self, line: Line, body: object) -> None:
        line.say(Say(body=body))
        with pytest.raises(NoAnswerError):
            line.client.pages("/x")

    def test_a_list_that_leads_back_to_itself_ends(self, line: Line) -> None:
        line.say(Say(body=[1], headers=self.link(line, "/api/v3/x?page=2")))
        with pytest.raises(NoAnswerError, match="has no end"):
            line.client.pages("/x")
        assert len(line.server.got) == 2

    @pytest.mark.parametrize("target", ["https://elsewhere.example/api/v3/x?page=2", "http://[bad/api/v3", "/other"])
    def test_a_list_that_goes_on_elsewhere_is_not_followed(self, line: Line, target: str) -> None:
        """The token goes to no other host, and a part of a list is no list."""
        line.say(Say(body=[1], headers={"Link": f'<{target}>; rel="next"'}))
        with pytest.raises(NoAnswerError, match="outside its API"):
            line.client.pages("/x")

    def test_a_page_that_fails_fails_the_list(self, line: Line) -> None:
        line.say(Say(body=[1], headers=self.link(line, "/api/v3/x?page=2")), Say(status=500))
        with pytest.raises(NoAnswerError):
            line.client.pages("/x")


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_a_read_of_a_renamed_repository_is_followed(self, line: Line, status: int) -> None:
        location = {"Location": f"{line.server.url}/api/v3/repositories/9/pulls?state=open"}
        line.say(Say(status=status, headers=location), Say(body=[1]))
        assert line.client.get("/repos/o/old/pulls", state="open") == [1]
        assert line.server.calls[1] == "GET /api/v3/repositories/9/pulls?state=open"

    def test_a_write_to_a_renamed_repository_is_not_done_and_names_the_new_one(self, line: Line) -> None:
        """platform: a redirected write would be sent again as it is; nobody decided that."""
        location = {"Location": f"{line.server.url}/api/v3/repositories/9/pulls/1/merge"}
        line.say(Say(status=301, headers=location), Say(body={"full_name": "o/new"}))

        with pytest.raises(MovedError) as caught:
            line.client.send("PUT", "/repos/o/old/pulls/1/merge", {})

        assert (caught.value.name, caught.value.hint) == ("o/new", "use --repo o/new")
        assert line.server.calls == ["PUT /api/v3/repos/o/old/pulls/1/merge", "GET /api/v3/repositories/9"]

    @pytest.mark.parametrize("location", ["https://elsewhere.example/x", "/login", ""])
    def test_a_write_that_is_sent_elsewhere_is_not_done_either(self, line: Line, location: str) -> None:
        line.say(Say(status=307, headers={"Location": location}))
        with pytest.raises(MovedError, match="renamed or moved") as caught:
            line.client.send("PATCH", "/repos/o/old/pulls/1", {})
        assert caught.value.name == ""
        assert len(line.server.got) == 1

    def test_the_token_is_not_taken_to_another_host(self, line: Line) -> None:
        with serving() as other:
            other.answers = [Say(body={})]
            line.say(Say(status=302, headers={"Location": f"{other.url}/api/v3/x"}))
            with pytest.raises(AccessError, match="points to another place"):
                line.client.get("/x")
            assert other.got == []

    def test_a_circle_of_redirects_ends(self, line: Line) -> None:
        line.say(Say(status=302, headers={"Location": "/api/v3/x"}))
        with pytest.raises(AccessError, match="points elsewhere"):
            line.client.get("/x")
        assert len(line.server.got) == 4

    def test_a_query_is_not_redirected(self, line: Line) -> None:
        line.say(Say(status=301, headers={"Location": f"{line.server.url}/api/v3/other"}))
        with pytest.raises(AccessError, match="points elsewhere"):
            line.client.query("query { x }", {})
        assert len(line.server.got) == 1


class TestTheLog:
    def test_it_tells_each_request_with_its_answer_and_nothing_secret(self, line: Line) -> None:
        line.say(
            Say(body={"data": {}}, headers={"x-ratelimit-remaining": "4987"}), Say(status=404, body={"message": "no"})
        )
        line.client.query("query Queue { x }", {"secret": "hunter2"})
        with pytest.raises(AccessError):
            line.client.get("/repos/o/r", q="hunter2")

        first, second = line.log
        assert first.startswith("POST /api/graphql Queue: 200, 4987 left, ")
        assert second.startswith("GET /repos/o/r: 404, ")
        assert not any(word in line for line in line.log for word in ("hunter2", TOKEN))

    def test_the_library_says_nothing_of_its_own(self, line: Line, caplog: pytest.LogCaptureFixture) -> None:
        """It would log whole bodies."""
        line.say(Say(body={"data": {}}))
        with caplog.at_level(logging.INFO):
            line.client.query("query { x }", {})
        assert [record for record in caplog.records if record.name.startswith("github")] == []


def test_the_client_is_fast_and_makes_no_request_of_its_own(line: Line) -> None:
    """No second of sleep that the platform does not demand."""
    line.say(Say(body={}))
    started = time.perf_counter()
    for number in range(50):
        line.client.send("PATCH", f"/repos/o/r/pulls/{number}", {})
    assert time.perf_counter() - started < 10
    assert line.time.sleeps == []
    assert line.client.requests == len(line.server.got) == 50


def test_nothing_of_the_token_is_in_the_environment_of_git(line: Line) -> None:
    line.client.git_authorization()
    assert not any(TOKEN in value for value in os.environ.values())
