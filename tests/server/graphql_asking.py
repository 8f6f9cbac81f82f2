"""How tests ask the test server's GraphQL without HTTP."""

from typing import Any

from tests.server.graphql import execute
from tests.server.hub import GitHub


def ask(hub: GitHub, token: str, fields: str, *, repository: str = "o/r", **variables: object) -> dict[str, Any]:
    """The whole answer to a query for these fields of a repository."""
    owner, _, name = repository.partition("/")
    document = f'query Asked {{ repository(owner: "{owner}", name: "{name}") {{ {fields} }} }}'
    return execute(hub, hub.state.tokens[token], document, variables)


def repository(hub: GitHub, token: str, fields: str) -> dict[str, Any]:
    """The same for an answer without errors: the repository."""
    answer = ask(hub, token, fields)
    assert "errors" not in answer, answer["errors"]
    found: dict[str, Any] = answer["data"]["repository"]
    return found


def pull(hub: GitHub, token: str, number: int, fields: str) -> dict[str, Any]:
    """One PR, without errors."""
    found: dict[str, Any] = repository(hub, token, f"pullRequest(number: {number}) {{ {fields} }}")["pullRequest"]
    return found
