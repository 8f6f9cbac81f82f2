"""GraphQL of the test server: GitHub's own schema (the part of it that is served), executed on the one state."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Source,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from tests.server.graphql_limits import Cost, check_limits
from tests.server.graphql_served import fields_of
from tests.server.graphql_serving import Context, Item, NotServedError, moment, resolver
from tests.server.state import Token

if TYPE_CHECKING:
    from tests.server.hub import GitHub

SCHEMA = Path(__file__).with_name("schema.graphql")
HOUR = 3600
UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")


@cache
def served_schema() -> GraphQLSchema:
    """The vendored part of GitHub's schema. Its own SDL breaks rules of the specification, so nothing is assumed."""
    return build_schema(SCHEMA.read_text(encoding="utf-8"), assume_valid=True, assume_valid_sdl=True)


@cache
def checked(document: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    """A document, parsed and held to the schema; the same documents come again and again."""
    try:
        parsed = parse(Source(document))
    except GraphQLSyntaxError as error:
        return None, (error,)
    return parsed, tuple(validate(served_schema(), parsed))


def execute(hub: "GitHub", token: Token, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What GitHub answers, `data` and `errors`; a query that is wrong has no `data`.

    A document that does not fit the schema is the client's mistake, or asks what nobody serves: `hub.unknown` has it.

    Raises:
        NotServedError: a field that the schema has and nobody answers; it is in `hub.unknown`, too.
    """
    given = dict(variables or {})
    parsed, errors = checked(document)
    if parsed is None or errors:
        hub.unknown.extend(f"GraphQL: {error.message}" for error in errors)
        return {"errors": [refused(error) for error in errors]}
    try:
        cost = check_limits(served_schema(), parsed, given)
    except GraphQLError as error:
        return {"errors": [formatted(error)]}
    state = hub.view()
    context = Context(hub=hub, state=state, token=token, rates=rates(hub, token, cost))
    done = execute_sync(
        served_schema(),
        parsed,
        Item(context, "Query", None),
        context_value=context,
        variable_values=given,
        field_resolver=resolver(fields_of),
        type_resolver=lambda value, _info, _type: value.kind,
    )
    _raise_what_is_not_served(hub, done.errors or ())
    if done.data is None and done.errors and all(error.path is None for error in done.errors):
        return {"errors": [formatted(error) for error in done.errors]}
    answer: dict[str, Any] = {"data": done.data}
    if done.errors:
        answer["errors"] = [formatted(error) for error in done.errors]
    return answer


def rates(hub: "GitHub", token: Token, cost: Cost) -> dict[str, object]:
    """The answer to `rateLimit`."""
    resets = (int(hub.clock()) // HOUR + 1) * HOUR
    return {
        "cost": cost.points,
        "nodeCount": cost.nodes,
        "limit": token.api_limit,
        "used": token.used,
        "remaining": max(0, token.api_limit - token.used),
        "resetAt": moment(resets),
    }


def formatted(error: GraphQLError) -> dict[str, Any]:
    """An error as GitHub writes it: its type stands beside its message."""
    extensions = dict(error.extensions or {})
    kind = extensions.pop("type", None)
    parts: dict[str, Any] = {"type": kind} if kind else {}
    if error.path is not None:
        parts["path"] = list(error.path)
    if extensions:
        parts["extensions"] = extensions
    if error.locations:
        parts["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    return {**parts, "message": error.message}


def refused(error: GraphQLError) -> dict[str, Any]:
    """What GitHub says of a document that does not fit its schema; an unknown field in its own words."""
    found = UNKNOWN_FIELD.match(error.message)
    if found is None:
        return formatted(error)
    field, kind = found.groups()
    extensions = {"code": "undefinedField", "typeName": kind, "fieldName": field}
    return {**formatted(error), "extensions": extensions, "message": f"Field '{field}' doesn't exist on type '{kind}'"}


def _raise_what_is_not_served(hub: "GitHub", errors: Sequence[GraphQLError]) -> None:
    """A mistake of a resolver is no answer of GitHub's: it fails the test."""
    for error in errors:
        cause = error.original_error
        if cause is not None and not isinstance(cause, GraphQLError):
            path = ".".join(str(part) for part in error.path or ())
            hub.unknown.append(f"GraphQL: {path}: {cause!r}")
            raise NotServedError(f"{path}: {cause!r}") from cause
