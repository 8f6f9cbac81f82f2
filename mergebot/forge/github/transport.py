"""One request over HTTP, and what came back: by PyGithub, without anything that it would do by itself.

PyGithub follows redirects of writes, waits for ever where a read is answered with 202, and raises its own exceptions
and those of two more libraries. All of that ends here: an `Answer` with any status, or a `SilentError`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from github.Auth import Auth
from github.Requester import HTTPRequestsConnectionClass, Requester, RequestsResponse

import mergebot
from mergebot.forge.github.errors import NoAnswerError
from mergebot.forge.github.hosts import Hosts
from mergebot.forge.github.words import clean

API_VERSION: Final = "2022-11-28"
"""platform: without it the default of the day is used, and that moves."""

_PASSED_OVER: Final = (202, 301)
"""The statuses on which PyGithub acts by itself."""


class Silence(StrEnum):
    """Why nothing came back."""

    NAME = "its name is not known"
    TLS = "no secure connection can be made"
    UNTRUSTED = "its certificate is not trusted"
    PROXY = "the proxy does not let the request through"
    REFUSED = "no connection can be made"
    TIMEOUT = "it does not answer in time"
    BROKEN = "the connection broke"
    UNSENT = "the request cannot be sent"


class SilentError(NoAnswerError):
    """Nothing came back, for the reason `why`."""

    def __init__(self, message: str, *, why: Silence) -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """`path`: in the REST API, quoted, or a full URL on the same host. `title`: what logs and errors call it."""

    verb: str
    path: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    operation: str = ""

    @property
    def title(self) -> str:
        """The request in words: without its parameters, and without a body."""
        return clean(f"{self.verb} {urlsplit(self.path).path} {self.operation}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back; the names of `headers` in small letters."""

    status: int
    headers: Mapping[str, str]
    text: str


class _Passed(Exception):  # noqa: N818 (it carries an answer past PyGithub)
    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class _Connection(HTTPRequestsConnectionClass):
    """Sends exactly once, to one place, over http or https; PyGithub sees no answer on which it would act."""

    def __init__(self, api: str, timeout: float) -> None:
        parts = urlsplit(api)
        super().__init__(parts.netloc, parts.port, retry=None)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.limits = (min(timeout, 10.0), timeout)

    def getresponse(self) -> RequestsResponse:
        response = self.session.request(
            self.verb,
            f"{self.origin}{self.url}",
            headers=self.headers,
            data=self.input,
            timeout=self.limits,
            allow_redirects=False,
        )
        response.encoding = "utf-8"  # where GitHub names none, requests would guess
        if response.status_code in _PASSED_OVER:
            headers = {name.lower(): value for name, value in response.headers.items()}
            raise _Passed(Answer(status=response.status_code, headers=headers, text=response.text))
        return RequestsResponse(response)


class Transport:
    """Sends requests to one GitHub, each exactly once, and says so to `log`."""

    def __init__(self, hosts: Hosts, auth: Auth, *, timeout: float, log: Callable[[str], None]) -> None:
        self.sent = 0
        self.answered = False
        self._hosts = hosts
        self._log = log
        self._connection = _Connection(hosts.api, timeout)
        self._requester = Requester(
            auth=auth,
            base_url=hosts.api,
            timeout=int(timeout),
            user_agent=f"mergebot/{mergebot.__version__}",
            per_page=100,
            verify=True,
            retry=None,
            pool_size=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
            api_version=None if hosts.is_enterprise else API_VERSION,
        )

    def send(self, request: Request) -> Answer:
        """Send it once.

        Raises:
            SilentError: nothing came back.
        """
        self.sent += 1
        started = time.monotonic()
        try:
            answer = self._send(request)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            why = _why(error)
            self._note(request, str(why), started)
            # The foreign exception is not kept: a request with its headers hangs on it.
            raise SilentError(f"{request.title}: {self._hosts.api_name}: {why}", why=why) from None
        self.answered = True
        left = answer.headers.get("x-ratelimit-remaining", "")
        self._note(request, f"{answer.status}{f', {clean(left)} left' if left else ''}", started)
        return answer

    def _send(self, request: Request) -> Answer:
        headers = {"Accept": "application/vnd.github+json"}
        try:
            status, found, text = self._requester.requestJson(
                request.verb, request.path, dict(request.params), headers, request.body, self._connection
            )
        except _Passed as passed:
            return passed.answer
        return Answer(status=status, headers=found, text=text)

    def _note(self, request: Request, what: str, started: float) -> None:
        self._log(f"{request.title}: {what}, {1000 * (time.monotonic() - started):.0f} ms")


def _why(error: Exception) -> Silence:
    """The kind of a failure; its words are not used: some hold the headers."""
    kinds = [
        (requests.exceptions.SSLError, Silence.UNTRUSTED if "CERTIFICATE_VERIFY" in str(error) else Silence.TLS),
        (requests.exceptions.ProxyError, Silence.PROXY),
        (requests.exceptions.ConnectTimeout, Silence.REFUSED),
        (requests.exceptions.Timeout, Silence.TIMEOUT),
        (requests.exceptions.ConnectionError, _broken(error)),
        (requests.exceptions.ChunkedEncodingError, Silence.BROKEN),
        (requests.exceptions.ContentDecodingError, Silence.BROKEN),
        (requests.exceptions.RequestException, Silence.UNSENT),
    ]
    return next((why for kind, why in kinds if isinstance(error, kind)), Silence.BROKEN)


def _broken(error: Exception) -> Silence:
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", inner)
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return Silence.NAME
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return Silence.REFUSED
    if isinstance(reason, urllib3.exceptions.ReadTimeoutError):
        return Silence.TIMEOUT
    return Silence.BROKEN
