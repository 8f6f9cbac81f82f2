"""What can happen between here and GitHub: a write is never repeated, a read fails only after several tries."""

import socket
import traceback

import pytest
import requests
import responses
import urllib3.exceptions

from mergebot.errors import AccessError
from mergebot.forge.github.client import Client
from mergebot.forge.github.errors import NoAnswerError, TooHeavyError
from mergebot.forge.github.hosts import Hosts
from mergebot.forge.github.limits import Bounds, Patience
from mergebot.forge.github.tokens import find_credentials
from tests.forge.github.scripted import TOKEN, FakeTime, Line, Say, Server, connected

API = "https://api.github.com"
BROKEN = [Say(act="reset"), Say(act="cut", body={"a": 1}), Say(body='{"a": '), Say(body="<html>hi"), Say(status=500)]


class TestOverARealConnection:
    @pytest.mark.parametrize("say", BROKEN)
    def test_a_write_that_breaks_off_is_sent_once_and_its_outcome_unknown(self, line: Line, say: Say) -> None:
        """It may have been done: the caller has to look."""
        line.say(say)
        with pytest.raises(NoAnswerError):
            line.client.send("PUT", "/repos/o/r/pulls/1/merge", {})
        assert len(line.server.got) == 1
        assert line.time.sleeps == []

    @pytest.mark.parametrize("say", [*BROKEN, Say(body="")])
    def test_a_read_that_breaks_off_is_tried_again(self, line: Line, say: Say) -> None:
        line.say(say, say, Say(body={"a": 1}))
        assert line.client.get("/x") == {"a": 1}
        assert len(line.server.got) == 3

    @pytest.mark.parametrize("say", [*BROKEN, Say(body="")])
    def test_a_read_that_always_breaks_off_has_failed(self, line: Line, say: Say) -> None:
        line.say(Say(body={}), say)
        line.client.get("/first")
        with pytest.raises(NoAnswerError):
            line.client.get("/x")
        assert len(line.server.got) == 5

    def test_a_write_without_an_answer_in_time_is_sent_once(self, server: Server) -> None:
        line = connected(server, bounds=Bounds(timeout=0.05))
        line.say(Say(act="hang"))
        with pytest.raises(NoAnswerError, match="does not answer in time"):
            line.client.send("PUT", "/x", {})
        assert len(server.got) == 1

    def test_a_read_without_an_answer_in_time_is_tried_again(self, server: Server) -> None:
        line = connected(server, bounds=Bounds(timeout=0.05))
        line.say(Say(act="hang"), Say(body={"a": 1}))
        assert line.client.get("/x") == {"a": 1}

    def test_a_query_without_an_answer_in_time_was_too_heavy(self, server: Server) -> None:
        line = connected(server, bounds=Bounds(timeout=0.05))
        line.say(Say(act="hang"))
        with pytest.raises(TooHeavyError):
            line.client.query("query { x }", {})
        assert len(server.got) == 1

    def test_an_answer_may_come_after_a_connection_was_closed_between_two_requests(self, line: Line) -> None:
        line.say(Say(body={}, headers={"Connection": "close"}))
        assert [line.client.get("/x"), line.client.get("/x")] == [{}, {}]
        assert len(line.server.got) == 2

    def test_a_port_on_which_nobody_listens_is_a_wrong_address(self) -> None:
        """Nothing has ever answered there: the settings are wrong, or the network is away."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            hosts = Hosts(api=f"http://127.0.0.1:{free.getsockname()[1]}/api/v3", server="http://127.0.0.1")
            with pytest.raises(AccessError, match="no connection can be made") as caught:
                client(hosts, FakeTime()).get("/x")
        assert hosts.api_name in caught.value.message
        assert "GITHUB_API_URL" in caught.value.hint

    def test_a_redirect_to_what_is_no_address_is_a_failed_read(self, line: Line) -> None:
        line.say(Say(status=301, headers={"Location": "http://[bad"}))
        with pytest.raises((NoAnswerError, AccessError)):
            line.client.get("/x")


def client(hosts: Hosts, time: FakeTime) -> Client:
    """A client for a host that is not there."""
    credentials = find_credentials({"GITHUB_TOKEN": TOKEN}, hosts, "o/r")
    patience = Patience(Bounds(timeout=5), clock=time.clock, monotonic=time.clock, sleep=time.sleep)
    return Client(hosts, credentials, clock=time.clock, log=lambda _: None, patience=patience)


UNKNOWN = urllib3.exceptions.NameResolutionError("api.github.com", None, socket.gaierror("x"))  # type: ignore[arg-type]
CASES = [
    (requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED: self-signed"), "certificate is not trusted", 1),
    (requests.exceptions.SSLError("UNEXPECTED_EOF"), "no secure connection", 1),
    (requests.exceptions.ProxyError("refused"), "the proxy does not let", 1),
    (requests.exceptions.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", UNKNOWN)), "name is not known", 1),  # type: ignore[arg-type]
    (requests.exceptions.InvalidHeader(f"Invalid header: token {TOKEN}"), "cannot be sent", 1),
    (requests.exceptions.ConnectTimeout("slow"), "no connection can be made", 4),
    (requests.exceptions.ConnectionError("aborted"), "the connection broke", 4),
    (requests.exceptions.ContentDecodingError("gzip"), "the connection broke", 4),
]


@pytest.mark.parametrize(("error", "words", "tries"), CASES)
def test_a_host_that_never_answers_is_named_with_the_reason(error: Exception, words: str, tries: int) -> None:
    """What no second try can cure is not tried a second time. No secret is in the error (I6)."""
    with responses.RequestsMock() as mock:
        mock.get(f"{API}/user", body=error)
        with pytest.raises(AccessError, match=words) as caught:
            client(Hosts(), FakeTime()).get("/user")
        assert len(mock.calls) == tries
    assert "api.github.com" in caught.value.message
    shown = "".join(traceback.format_exception(caught.value))
    assert TOKEN not in shown


def test_a_certificate_that_is_not_trusted_says_where_one_is_named() -> None:
    with responses.RequestsMock() as mock:
        mock.put(f"{API}/x", body=CASES[0][0])
        with pytest.raises(AccessError) as caught:
            client(Hosts(), FakeTime()).send("PUT", "/x", {})
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint


def test_a_host_that_has_answered_before_has_only_a_bad_moment() -> None:
    """In the middle of a pass that is a failed read or an unknown write, not a wrong setting."""
    with responses.RequestsMock() as mock:
        mock.get(f"{API}/user", json={})
        mock.put(f"{API}/x", body=CASES[3][0])
        found = client(Hosts(), FakeTime())
        found.get("/user")
        with pytest.raises(NoAnswerError, match="name is not known"):
            found.send("PUT", "/x", {})
        assert len(mock.calls) == 2


def test_a_write_is_not_sent_again_where_no_connection_could_be_made() -> None:
    with responses.RequestsMock() as mock:
        mock.put(f"{API}/x", body=requests.exceptions.ConnectTimeout("slow"))
        with pytest.raises(NoAnswerError):
            client(Hosts(), FakeTime()).send("PUT", "/x", {})
        assert len(mock.calls) == 1
