"""GitHub's API: reads are tried again, writes are sent once, limits are waited for within bounds, errors have kinds."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

from github.Auth import Auth
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

from mergebot.errors import AccessError, MergebotError
from mergebot.forge.github import answers, links
from mergebot.forge.github.answers import REDIRECTS, Asked, GraphError, Reply
from mergebot.forge.github.app import AppToken
from mergebot.forge.github.errors import MovedError, NoAnswerError, TooHeavyError
from mergebot.forge.github.hosts import Hosts
from mergebot.forge.github.limits import Bounds, Patience, limit_of
from mergebot.forge.github.tokens import Credentials
from mergebot.forge.github.transport import Answer, Request, Silence, SilentError, Transport
from mergebot.forge.github.words import clean

__all__ = ["Bounds", "Client", "GraphError", "Reply"]

T = TypeVar("T")

_HOPS: Final = 3
_MOST_PAGES: Final = 1000
_SECONDS_TO_SPREAD: Final = 5
_LOST_AT_ONCE: Final = (Silence.NAME, Silence.TLS, Silence.UNTRUSTED, Silence.PROXY, Silence.UNSENT)
_HINTS: Final = {
    "app": "check the App's id and key, and this machine's clock",
    "actions": "a job's token ends with the job: give the job one of its own",
    "user": "it may have ended or been revoked: make a new one",
    "unknown": "check that it is a token of this host, and has not ended",
}


class Client:
    """Asks one GitHub with one set of credentials; every wait in it is bounded. Not for several threads at once."""

    def __init__(
        self,
        hosts: Hosts,
        credentials: Credentials,
        *,
        clock: Callable[[], float],
        log: Callable[[str], None],
        patience: Patience | None = None,
    ) -> None:
        self._hosts = hosts
        self._credentials = credentials
        self._log = log
        self._patience = patience or Patience(Bounds(), clock=clock)
        self._as_app: Transport | None = None
        if isinstance(credentials.auth, AppToken):
            credentials.auth.connect(self._ask_as, clock)
        self._transport = self._new_transport(credentials.auth)

    @property
    def requests(self) -> int:
        """API requests sent so far, those sent again included."""
        return self._transport.sent + (self._as_app.sent if self._as_app else 0)

    @property
    def credentials(self) -> Credentials:
        """Whom GitHub takes us for, and how."""
        return self._credentials

    def query(self, document: str, variables: Mapping[str, Any]) -> Reply:
        """Ask by GraphQL, for reading only; partial data comes with its errors.

        Raises:
            TooHeavyError: GitHub gave up on it; it was not asked again, ask for less.
            MissingError, DeniedError: there is no such repository for this token.
            RefusedError: this server does not understand the query.
            LimitedError: a rate limit, or the end of this pass's time.
            NoAnswerError: no answer, also when asked again.
            AccessError: GitHub cannot be reached.
        """
        request = self._graph(document, variables)
        return self._read(lambda: answers.reply(self._heavy(request), request, self._asked()))

    def get(self, path: str, **params: str | int) -> Any:  # noqa: ANN401 (JSON)
        """Parsed JSON of a path of the REST API, such as `/repos/o/r/pulls/1`; quoted by the caller.

        Raises:
            MissingError, DeniedError, RefusedError: GitHub does not give it.
            LimitedError: a rate limit, or the end of this pass's time.
            NoAnswerError: no answer, also when asked again.
            AccessError: GitHub cannot be reached.
        """
        found, _ = self._get(Request(verb="GET", path=links.checked(path), params=params))
        return found

    def look(self, path: str) -> tuple[Any, Mapping[str, str]]:
        """As `get`, with the answer's headers, their names in small letters.

        Raises:
            MergebotError: as `get`.
        """
        found, answer = self._get(Request(verb="GET", path=links.checked(path)))
        return found, answer.headers

    def pages(self, path: str, **params: str | int) -> list[Any]:
        """All items of a list, read to the end or not at all.

        Raises:
            MergebotError: as `get`, for any of the pages.
        """
        request: Request | None = Request(verb="GET", path=links.checked(path), params={"per_page": 100, **params})
        items: list[Any] = []
        seen: set[str] = set()
        while request is not None:
            key = f"{request.path}?{sorted(request.params.items())}"
            if key in seen or len(seen) >= _MOST_PAGES:
                raise NoAnswerError(f"{request.title}: the list has no end")
            seen.add(key)
            found, answer = self._get(request)
            items += links.items_of(found, request)
            request = links.next_page(self._hosts, answer)
        return items

    def send(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 (JSON)
        """Change something by REST: exactly one attempt; parsed JSON, or None where the answer has none.

        Raises:
            RefusedError, DeniedError, MissingError, MovedError: it was not done.
            LimitedError: it was not done, for a rate limit or for lack of time.
            NoAnswerError: it may have been done.
            AccessError: GitHub cannot be reached.
        """
        request = Request(verb=verb, path=links.checked(path), body=body)
        answer = self._write(request)
        if answer.status in REDIRECTS:
            raise self._moved(request, answer)
        return answers.content(answer, request, self._asked())

    def git_authorization(self) -> str:
        """What git sends as authorization, with the token of this moment.

        Raises:
            AccessError, LimitedError: the App gets no token.
        """
        basic = base64.b64encode(f"x-access-token:{self._credentials.token()}".encode()).decode()
        return f"basic {basic}"

    def secrets(self) -> Sequence[str]:
        """What must not be shown: the token of this moment, bare and as git sends it.

        Raises:
            AccessError, LimitedError: the App gets no token.
        """
        return [self._credentials.token(), self.git_authorization().removeprefix("basic ")]

    def _new_transport(self, auth: Auth) -> Transport:
        return Transport(self._hosts, auth, timeout=self._patience.bounds.timeout, log=self._log)

    def _graph(self, document: str, variables: Mapping[str, Any]) -> Request:
        named = re.search(r"\b(?:query|mutation)\s+(\w+)", document)
        body = {"query": document, "variables": dict(variables)}
        return Request(verb="POST", path=self._hosts.graphql_url, body=body, operation=named[1] if named else "")

    def _asked(self) -> Asked:
        """For errors: whom we asked, and what must not be shown."""
        credentials = self._credentials
        hint = _HINTS[credentials.kind]
        return Asked(host=self._hosts.api_name, source=credentials.source, hint=hint, secrets=self.secrets())

    def _get(self, request: Request) -> tuple[Any, Answer]:
        def once() -> tuple[Any, Answer]:
            asked, answer = request, self._once(request)
            for _ in range(_HOPS):
                if answer.status not in REDIRECTS:
                    break
                asked = self._followed(asked, answer)
                answer = self._once(asked)
            return answers.content(answer, asked, self._asked()), answer

        return self._read(once)

    def _read(self, ask: Callable[[], T]) -> T:
        self._credentials.token()
        try:
            return self._tried_again(ask)
        except SilentError as error:
            if self._transport.answered:
                raise
            raise self._unreachable(error) from None

    def _tried_again(self, ask: Callable[[], T]) -> T:
        """Ask up to four times within about twenty seconds, as long as no answer comes."""
        retrying = Retrying(
            stop=stop_after_attempt(self._patience.bounds.tries),
            wait=wait_exponential(multiplier=2, max=8) + wait_random(0, 1),
            retry=retry_if_exception(_is_worth_another),
            sleep=self._patience.pause,
            reraise=True,
        )
        return retrying(ask)

    def _write(self, request: Request) -> Answer:
        self._credentials.token()
        if not self._hosts.is_enterprise:  # platform: only where there are limits
            self._patience.pace()
        return self._once(request)

    def _once(self, request: Request, transport: Transport | None = None) -> Answer:
        """One attempt. What a rate limit refused was not done, so it is sent again once the limit has ended."""
        chosen = transport or self._transport
        unaccepted = 0
        while True:
            self._patience.go_on()
            try:
                answer = chosen.send(request)
            except SilentError as error:
                # A host that never answered, and never will, is a mistake in the settings, not a bad moment.
                hopeless = not chosen.answered and error.why in _LOST_AT_ONCE
                raise (self._unreachable(error) if hopeless else error) from None
            if answer.status == 401 and transport is None and self._has_another(unaccepted):  # noqa: PLR2004 (HTTP)
                unaccepted += 1
                continue
            limit = limit_of(answer, now=self._patience.now())
            if limit is None:
                return answer
            self._patience.wait_out(limit)

    def _heavy(self, request: Request) -> Answer:
        try:
            return self._once(request)
        except SilentError as error:
            if error.why is Silence.TIMEOUT:
                raise TooHeavyError(error.message) from None
            raise

    def _has_another(self, unaccepted: int) -> bool:
        """Whether an App's token may be accepted yet, after so many that were not.

        platform: one may have been revoked; one that was just made is not known everywhere for some seconds.
        """
        auth = self._credentials.auth
        if not isinstance(auth, AppToken) or unaccepted > _SECONDS_TO_SPREAD:
            return False
        if unaccepted == 0 and not auth.is_new(_SECONDS_TO_SPREAD):
            auth.forget()
            return bool(auth.token)
        self._patience.pause(1.0)
        return True

    def _unreachable(self, error: SilentError) -> AccessError:
        hint = "check the network, GITHUB_API_URL and HTTPS_PROXY"
        if error.why is Silence.UNTRUSTED:
            hint = "name the certificates to trust in REQUESTS_CA_BUNDLE"
        return AccessError(f"GitHub cannot be reached at {self._hosts.api_name}: {error.why}", hint=hint)

    def _ask_as(self, auth: Auth, verb: str, path: str, body: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 (JSON)
        """Ask as the App itself. To make a token twice does no harm, so that is tried again like a read."""
        transport = self._as_app = self._as_app or self._new_transport(auth)
        request = Request(verb=verb, path=path, body=body)
        asked = Asked(host=self._hosts.api_name, source=self._credentials.source, hint=_HINTS["app"])
        return self._tried_again(lambda: answers.content(self._once(request, transport), request, asked))

    def _followed(self, request: Request, answer: Answer) -> Request:
        """Where a redirect of a read leads; the token goes to no other host."""
        to = links.own(self._hosts, answer.headers.get("location", ""))
        if to is None:
            hint = "check GITHUB_API_URL"
            raise AccessError(f"{request.title}: {self._hosts.api_name} points to another place", hint=hint)
        return to

    def _moved(self, request: Request, answer: Answer) -> MovedError:
        """platform: a renamed repository answers a write with 301 or 307 and its address by number."""
        name = ""
        to = links.own(self._hosts, answer.headers.get("location", ""))
        if to is not None and (path := links.repository_in(to)):
            with suppress(MergebotError, KeyError, TypeError):
                name = clean(self.get(path)["full_name"])
        words = f"it is {name} now" if name else "it has another name now"
        hint = f"use --repo {name}" if name else "use its new name with --repo"
        return MovedError(f"{request.title}: the repository was renamed or moved: {words}", name=name, hint=hint)


def _is_worth_another(error: BaseException) -> bool:
    return isinstance(error, NoAnswerError) and not isinstance(error, TooHeavyError)
