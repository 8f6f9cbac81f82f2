"""What GraphQL says of the head of PR 1."""

from typing import Any

from tests.server.graphql_asking import pull
from tests.server.hub import GitHub

ROLLUP = (
    "commits(last: 1) { nodes { commit { statusCheckRollup { state contexts(first: 100) {"
    " totalCount checkRunCount statusContextCount nodes { __typename ... on CheckRun { name status conclusion }"
    " ... on StatusContext { context state } } } } checkSuites(first: 9) { totalCount nodes {"
    " status conclusion app { slug databaseId } workflowRun { event workflow { name resourcePath } }"
    " checkRuns(first: 9) { totalCount } } } } } }"
)


def head(hub: GitHub, token: str) -> dict[str, Any]:
    """The head commit of PR 1 with its checks."""
    found: dict[str, Any] = pull(hub, token, 1, ROLLUP)["commits"]["nodes"][0]["commit"]
    return found
