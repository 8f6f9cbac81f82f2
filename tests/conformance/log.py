"""Hold what a client and the test server said to each other to GitHub's own descriptions."""

import re
from collections.abc import Iterator, Sequence

from graphql import GraphQLSyntaxError, parse, validate

from tests.conformance.github import full_schema, is_installed
from tests.conformance.operations import check_answer, check_path, check_query, check_request, find_operation
from tests.server.faults import Exchange, FaultKind

PREFIX = "/api/v3"

HONEST = ("", FaultKind.LATE, FaultKind.BEFORE, FaultKind.AFTER, FaultKind.STALE)
"""Faults that leave the answer one of GitHub's."""

REFUSED = (400, 422)
"""Who sends what GitHub does not describe is told so; that is an answer that a test may want."""


def check_log(log: Sequence[Exchange]) -> list[str]:
    """Everything in a log that GitHub's descriptions do not know, each with the request it is about; empty: all fits.

    Git is not looked at, nor answers that a fault has spoilt. Needs `github.is_installed()`.
    """
    return list(dict.fromkeys(f"{exchange}: {words}" for exchange in log for words in check_exchange(exchange)))


def departures(log: Sequence[Exchange]) -> list[str]:
    """What `check_log` finds in the REST requests; nothing where the descriptions are not installed.

    GraphQL is left out for the time it takes: what the test server executes fits the vendored part of the schema.
    """
    return check_log([exchange for exchange in log if exchange.kind == "rest"]) if is_installed() else []


def check_exchange(exchange: Exchange) -> Iterator[str]:
    """What is wrong with one request, and with its answer."""
    if exchange.kind == "graphql":
        request = exchange.request if isinstance(exchange.request, dict) else {}
        yield from check_document(str(request.get("query", "")))
    elif exchange.kind == "rest":
        yield from _check_rest(exchange)


def check_document(document: str) -> Iterator[str]:
    """What GitHub's whole schema says against a GraphQL document."""
    try:
        parsed = parse(document)
    except GraphQLSyntaxError as error:
        yield error.message
        return
    yield from (error.message for error in validate(full_schema(), parsed))


def _check_rest(exchange: Exchange) -> Iterator[str]:
    path = re.sub(r"^/repositories/\d+", "/repos/by/id", exchange.path.removeprefix(PREFIX))
    operation = find_operation(exchange.method, path)
    if operation is None:
        yield "GitHub describes no such operation"
        return
    yield from check_path(operation, path)
    yield from check_query(operation, exchange.query)
    if exchange.status not in REFUSED:
        yield from check_request(operation, exchange.request)
    if exchange.fault in HONEST:
        yield from check_answer(operation, exchange.status, exchange.answer)
