"""What an answer of GitHub's means: its content, or one of the errors of `errors.py`."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from mergebot.errors import AccessError
from mergebot.forge.github.errors import DeniedError, MissingError, NoAnswerError, RefusedError, TooHeavyError
from mergebot.forge.github.transport import Answer, Request
from mergebot.forge.github.words import clean, said

REDIRECTS: Final = (301, 302, 307, 308)
GATEWAY: Final = (502, 504)
"""platform: what GitHub answers when a GraphQL query takes longer than ten seconds."""

_OK: Final = 200
_NO_CONTENT: Final = 204
_HEAVY_KINDS: Final = frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT"})
_HEAVY_WORDS: Final = re.compile(
    r"something went wrong while executing your query|couldn't respond to your request in time|timed ?out|timeout"
    r"|resource limits|node limit",
    re.IGNORECASE,
)
_DENIED_KINDS: Final = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES"})
_BROKEN_KINDS: Final = frozenset({"SERVICE_UNAVAILABLE", "INTERNAL", "INTERNAL_SERVER_ERROR"})
_REPOSITORY: Final = ("repository",)


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphError:
    """One of GraphQL's errors: `kind` in capitals ("" if none), and where in the data it lies."""

    kind: str
    message: str
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """GraphQL's data; what is null because of an error has its error in `errors`."""

    data: Mapping[str, Any]
    errors: tuple[GraphError, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Who asked whom: the API's `host`, the token's `source` and the token itself, so that it can be left out."""

    host: str
    source: str
    hint: str
    secrets: Sequence[str] = ()

    def __repr__(self) -> str:
        return f"Asked({self.host!r})"


def content(answer: Answer, request: Request, asked: Asked) -> Any:  # noqa: ANN401 (JSON)
    """The parsed JSON of an answer, None where it has none.

    Raises:
        DeniedError, MissingError, RefusedError: GitHub said no.
        NoAnswerError: a 5xx, or what came is not JSON.
        AccessError: something else than GitHub's API answers there.
    """
    if answer.status >= 300:  # noqa: PLR2004 (an HTTP status)
        _refuse(answer, request, asked)
    if answer.status == 202 and request.verb == "GET":  # noqa: PLR2004 (an HTTP status)
        raise NoAnswerError(f"{request.title}: GitHub is still preparing the answer")
    if answer.status == _NO_CONTENT or (not answer.text.strip() and request.verb != "GET"):
        return None
    try:
        return json.loads(answer.text)
    except (ValueError, RecursionError):
        raise NoAnswerError(f"{request.title}: {said(answer.text)}") from None


def _refuse(answer: Answer, request: Request, asked: Asked) -> NoReturn:
    words = said(answer.text, asked.secrets)
    status = answer.status
    text = f"{request.title}: GitHub answers {status}: {words}"
    if status in REDIRECTS or status < 400:  # noqa: PLR2004 (an HTTP status)
        raise AccessError(f"{request.title}: {asked.host} points elsewhere ({status})", hint="check GITHUB_API_URL")
    if status == 401:  # noqa: PLR2004 (as above)
        message = f"{asked.host} does not accept the token of {asked.source}: {words}"
        raise DeniedError(message, words=words, hint=asked.hint)
    if status in (403, 451):
        raise DeniedError(text, words=words, hint=_right(answer, words))
    if status in (404, 410):
        raise MissingError(f"{text}: it does not exist, or the token of {asked.source} may not see it")
    if status == 407:  # noqa: PLR2004 (as above)
        raise AccessError(f"{request.title}: the proxy asks for a login", hint="set it in HTTPS_PROXY")
    if status == 408 or status >= 500:  # noqa: PLR2004 (as above)
        raise NoAnswerError(text)
    raise RefusedError(text, status=status, words=words, body=_object(answer))


def _object(answer: Answer) -> Mapping[str, Any] | None:
    """What more an answer says than its words."""
    try:
        found = json.loads(answer.text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, Mapping) else None


def _right(answer: Answer, words: str) -> str:
    """What the token lacks, as far as GitHub tells."""
    if "required" in answer.headers.get("x-github-sso", ""):
        return "authorize the token for the organization's single sign-on, in its owner's settings"
    rights = clean(answer.headers.get("x-accepted-github-permissions", ""))
    if "not accessible by" in words:
        # platform: a comma is an "and", a semicolon an "or"
        needed = rights.replace("=", ": ").replace(";", " or ").replace(",", " and ").replace("_", "-")
        return f"give the token {' '.join(needed.split())}" if rights else "give the token the right for it"
    scopes = clean(answer.headers.get("x-accepted-oauth-scopes", ""))
    return f"the token needs one of the scopes {scopes}" if scopes and "archived" not in words else ""


def reply(answer: Answer, request: Request, asked: Asked) -> Reply:
    """The data of a query, with the errors of the parts that GitHub could not give.

    Raises:
        TooHeavyError: GitHub gave up on it.
        MissingError, DeniedError: there is no such repository for this token.
        RefusedError: GitHub does not understand it.
        NoAnswerError: it could not be answered.
        AccessError: GraphQL is not there.
    """
    if answer.status in GATEWAY:
        raise TooHeavyError(f"{request.title}: GitHub answers {answer.status}: {said(answer.text, asked.secrets)}")
    found, errors = _graph(answer, request, asked)
    if any(error.kind in _HEAVY_KINDS or _HEAVY_WORDS.search(error.message) for error in errors):
        raise TooHeavyError(f"{request.title}: {_words(errors)}")
    if found is None or (found.get("repository") is None and any(error.path == _REPOSITORY for error in errors)):
        _refuse_query(errors, request)
    return Reply(data=found, errors=errors)


def _refuse_query(errors: Sequence[GraphError], request: Request) -> NoReturn:
    words, kinds = _words(errors), {error.kind for error in errors}
    if kinds & _DENIED_KINDS:
        raise DeniedError(f"GitHub does not allow it: {words}", words=words, hint="check what the token may read")
    if "NOT_FOUND" in kinds:
        raise MissingError(f"GitHub says: {words}", hint="check the name, and that the token may read the repository")
    if kinds & _BROKEN_KINDS or not errors:
        raise NoAnswerError(f"{request.title}: {words or 'neither data nor errors'}")
    raise RefusedError(f"{request.title}: GitHub refuses it: {words}", status=_OK, words=words)


def _graph(answer: Answer, request: Request, asked: Asked) -> tuple[Mapping[str, Any] | None, tuple[GraphError, ...]]:
    try:
        body = content(answer, request, asked)
    except MissingError:
        raise AccessError(f"{asked.host} has no GraphQL API there", hint="check GITHUB_API_URL") from None
    if not isinstance(body, Mapping):
        raise NoAnswerError(f"{request.title}: an answer that is no object")
    data, errors = body.get("data"), body.get("errors")
    if not isinstance(errors, list | None):
        raise NoAnswerError(f"{request.title}: errors that cannot be read")
    shown = tuple(_error(error, asked) for error in errors or ())
    return data if isinstance(data, Mapping) else None, shown


def _error(error: object, asked: Asked) -> GraphError:
    if not isinstance(error, Mapping):
        return GraphError(kind="", message=clean(error, asked.secrets))
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    kind = error.get("type") or code or ""
    path = error.get("path")
    return GraphError(
        kind=str(kind).upper(),
        message=clean(error.get("message") or kind or "it did not say why", asked.secrets),
        path=tuple(part for part in path if isinstance(part, str | int)) if isinstance(path, list) else (),
    )


def _words(errors: Sequence[GraphError]) -> str:
    return clean("; ".join(dict.fromkeys(error.message for error in errors)))
