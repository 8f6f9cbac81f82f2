"""REST and the way into GraphQL: who asks, which route, are its parameters known, and the limits."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode

from tests.server import auth, graphql
from tests.server.answers import Answer, Refused, UnknownRequestError, missing
from tests.server.faults import Exchange
from tests.server.state import Issue, PullRequest, Repository, State, Token

if TYPE_CHECKING:
    from tests.server.hub import GitHub

HOUR = 3600
VERSIONS = ("2022-11-28", "2026-03-10")
MOST_IN_PAGE = 100


@dataclass
class Call:
    """One REST request that has found its route."""

    hub: "GitHub"
    token: Token
    exchange: Exchange
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    found: Repository | None = None

    @property
    def state(self) -> State:
        return self.hub.state

    @property
    def repository(self) -> Repository:
        """The repository of the path; 404 where the token may not see it."""
        if self.found is None:
            raise missing()
        return self.found

    @property
    def issue(self) -> Issue:
        """The issue or PR of the path."""
        found = self.repository.issues.get(_number(self.path["number"]))
        if found is None:
            raise missing()
        return found

    @property
    def pull(self) -> PullRequest:
        """The PR of the path."""
        found = self.issue
        if not isinstance(found, PullRequest):
            raise missing()
        return found

    def demand(self, *rights: str, level: str = "write") -> None:
        """Let the request pass that has one of these rights."""
        auth.demand(self.state, self.repository, self.token, *rights, level=level)

    def paged(self, items: list[Any], wrap: Callable[[list[Any]], Any] = list) -> Answer:
        """One page of a list, with the links to the others."""
        size = min(_number(self.query.get("per_page", "30")) or 30, MOST_IN_PAGE)
        page = max(_number(self.query.get("page", "1")), 1)
        last = max(-(-len(items) // size), 1)
        links = []
        for name, number in (("prev", page - 1), ("next", page + 1), ("last", last), ("first", 1)):
            if 1 <= number <= last and (number != page) and (last > 1):
                links.append(f'<{self._page_url(number)}>; rel="{name}"')
        headers = {"Link": ", ".join(links)} if links else {}
        return Answer(200, wrap(items[(page - 1) * size : page * size]), headers)

    def _page_url(self, page: int) -> str:
        query = urlencode({**self.query, "page": str(page)})
        return f"{self.hub.api}{self.exchange.path}?{query}"


@dataclass(frozen=True)
class Route:
    """`takes`: the query parameters that are known, `fields`: those of the body. `jwt`: an app asks for itself."""

    method: str
    template: str
    handle: Callable[[Call], Answer]
    takes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    jwt: bool = False
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        parts = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template)
        object.__setattr__(self, "pattern", re.compile(parts))


PAGES = ("per_page", "page")


def name_operation(exchange: Exchange) -> None:
    """Give a GraphQL exchange the name of its operation."""
    if exchange.kind == "graphql" and isinstance(exchange.request, dict):
        found = re.search(r"^\s*(query|mutation)\b\s*(\w*)", str(exchange.request.get("query", "")), re.MULTILINE)
        exchange.operation = found[2] if found else ""
        exchange.mutation = found is not None and found[1] == "mutation"


def answer(hub: "GitHub", exchange: Exchange, headers: Message) -> Answer:
    """Answer a request to the API; raises `Refused`, and `UnknownRequestError` for what no route knows."""
    from tests.server.routes import ROUTES  # noqa: PLC0415 (the routes need the types of this module)

    if not headers.get("User-Agent"):
        raise Refused(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent")
    version = headers.get("X-GitHub-Api-Version", VERSIONS[0])
    if version not in VERSIONS:
        raise Refused(400, f"{version} is not a valid API version.")
    route, path = (None, {}) if exchange.kind == "graphql" else find(hub, ROUTES, exchange)
    if route is not None and route.jwt:
        return route.handle(_call(hub, _app_token(hub, headers), exchange, route, path))
    token = auth.api_token(hub.state, headers.get_all("Authorization") or [], hub.clock())
    exchange.who = token.login
    limits = _count(hub, token, exchange)
    if exchange.kind == "graphql":
        answered = _graphql(hub, token, exchange)
    else:
        assert route is not None
        try:
            answered = route.handle(_call(hub, token, exchange, route, path))
        except Refused as refused:
            answered = refused.answer()
    answered.headers.update(limits | auth.scopes(token))
    return answered


def find(hub: "GitHub", routes: tuple[Route, ...], exchange: Exchange) -> tuple[Route, dict[str, str]]:
    """The route of a request, with what its path names."""
    path = by_name(hub, exchange.path)
    for route in routes:
        found = route.pattern.fullmatch(path)
        if found and route.method == exchange.method:
            return route, {name: unquote(value) for name, value in found.groupdict().items()}
    raise UnknownRequestError("no such route")


def by_name(hub: "GitHub", path: str) -> str:
    """A path as it is with the repository's name: `/repositories/ID` is where a renamed one is found."""
    found = re.match(r"/repositories/(\d+)", path)
    names = {repository.id: repository.full_name for repository in hub.state.repositories.values()}
    if found is None or int(found[1]) not in names:
        return path
    return f"/repos/{names[int(found[1])]}{path[found.end() :]}"


def _call(hub: "GitHub", token: Token, exchange: Exchange, route: Route, path: dict[str, str]) -> Call:
    query = dict(parse_qsl(exchange.query, keep_blank_values=True))
    body = exchange.request if exchange.request is not None else {}
    if not isinstance(body, dict):
        raise Refused(400, "Problems parsing JSON")
    strange = [*(set(query) - set(route.takes)), *(set(body) - set(route.fields))]
    if strange:
        raise UnknownRequestError(f"{route.template} does not know {', '.join(sorted(strange))}")
    call = Call(hub, token, exchange, path, query, body)
    if "owner" in path:
        found = hub.state.repository(f"{path['owner']}/{path['repo']}")
        moved = found is not None and found.renamed_to is not None
        if found is not None and found.renamed_to is not None:
            found = hub.state.repository(found.renamed_to)
        if found is not None and (route.jwt or auth.sees(hub.state, found, token)):
            call.found = found
            if moved:
                raise Moved(hub, exchange, found)
    return call


class Moved(Refused):
    """The repository has another name now: 301 for reading, 307 for writing, with the new place."""

    def __init__(self, hub: "GitHub", exchange: Exchange, repository: Repository) -> None:
        super().__init__(301 if exchange.method == "GET" else 307, "Moved Permanently")
        rest = exchange.path.split("/", 4)
        self.place = f"{hub.api}/repositories/{repository.id}{'/' + rest[4] if len(rest) > 4 else ''}"

    def answer(self) -> Answer:
        body = {"message": self.words, "url": self.place, "documentation_url": "https://docs.github.com/rest"}
        return Answer(self.status, body, {"Location": self.place})


def _graphql(hub: "GitHub", token: Token, exchange: Exchange) -> Answer:
    asked = exchange.request
    if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
        raise Refused(400, "A query attribute must be specified and must be a string.")
    if exchange.method != "POST" or set(asked) - {"query", "variables", "operationName"}:
        raise UnknownRequestError(f"GraphQL with {sorted(asked)}")
    return Answer(200, graphql.execute(hub, token, asked["query"], asked.get("variables") or {}))


def _app_token(hub: "GitHub", headers: Message) -> Token:
    from tests.server.rest_apps import app_of  # noqa: PLC0415 (the only place that needs the JWT library)

    app = app_of(hub, headers.get("Authorization") or "")
    return Token(text="", login=f"{app.slug}[bot]", kind="app", rights={"app": str(app.id)})


def _count(hub: "GitHub", token: Token, exchange: Exchange) -> dict[str, str]:
    """Count a request against the primary limit; raises `Refused` once it is used up."""
    token.used += exchange.kind == "rest"
    left = token.api_limit - token.used
    reset = (int(hub.clock()) // HOUR + 1) * HOUR
    headers = {
        "x-ratelimit-limit": str(token.api_limit),
        "x-ratelimit-remaining": str(max(left, 0)),
        "x-ratelimit-used": str(min(token.used, token.api_limit)),
        "x-ratelimit-reset": str(reset),
        "x-ratelimit-resource": "graphql" if exchange.kind == "graphql" else "core",
    }
    if left < 0:
        raise Limited(headers)
    return headers


class Limited(Refused):
    """The hour's budget is used up."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(403, "API rate limit exceeded for installation ID 1.")
        self.headers = headers

    def answer(self) -> Answer:
        return Answer(403, {"message": self.words, "documentation_url": "https://docs.github.com/rest"}, self.headers)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() else 0
