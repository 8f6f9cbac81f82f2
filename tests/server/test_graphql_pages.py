"""Pages of the test server's GraphQL: GitHub's bounds, cursors that survive changes, GitHub's price."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.graphql import execute, served_schema
from tests.server.graphql_asking import ask, repository
from tests.server.graphql_limits import Cost
from tests.server.hub import GitHub
from tests.server.repo import Repo


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    with GitHub.start(tmp_path) as hub:
        hub.user("ada", permission="write")
        yield hub


@pytest.fixture
def repo(hub: GitHub) -> Repo:
    repo = hub.repository("o/r")
    for number in range(1, 8):
        repo.issue(f"issue {number}")
    return repo


@pytest.fixture
def token(hub: GitHub) -> str:
    return hub.token("ada")


def page(hub: GitHub, token: str, args: str) -> tuple[list[int], dict[str, object]]:
    """The numbers on one page, and its PageInfo."""
    info = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    found = repository(hub, token, f"issues({args}) {{ nodes {{ number }} {info} }}")["issues"]
    return [node["number"] for node in found["nodes"]], found["pageInfo"]


class TestPages:
    @pytest.mark.usefixtures("repo")
    def test_forward_to_the_end(self, hub: GitHub, token: str) -> None:
        """Each page says whether there is another, and where it starts."""
        seen, cursor = [], ""
        while True:
            numbers, info = page(hub, token, f"first: 3{cursor}")
            seen.append(numbers)
            if not info["hasNextPage"]:
                break
            cursor = f', after: "{info["endCursor"]}"'

        assert seen == [[1, 2, 3], [4, 5, 6], [7]]

    @pytest.mark.usefixtures("repo")
    def test_backward_to_the_start(self, hub: GitHub, token: str) -> None:
        """`last` and `before` go the other way; each page is still in order."""
        first, info = page(hub, token, "last: 3")
        second, info = page(hub, token, f'last: 3, before: "{info["startCursor"]}"')
        third, end = page(hub, token, f'last: 3, before: "{info["startCursor"]}"')

        assert (first, second, third) == ([5, 6, 7], [2, 3, 4], [1])
        assert (info["hasPreviousPage"], end["hasPreviousPage"]) == (True, False)

    def test_what_vanishes_between_two_pages_moves_nothing(self, hub: GitHub, repo: Repo, token: str) -> None:
        """A cursor is a place in the order, not an index: nothing is skipped when an earlier entry goes."""
        first, info = page(hub, token, "states: [OPEN], first: 3")
        repo.close(1)
        repo.close(3)

        second, _ = page(hub, token, f'states: [OPEN], first: 3, after: "{info["endCursor"]}"')

        assert (first, second) == ([1, 2, 3], [4, 5, 6])

    def test_what_changes_between_two_pages_of_the_last_updated_comes_twice_or_never(
        self, hub: GitHub, repo: Repo, token: str
    ) -> None:
        """An order by time moves under the reader, on GitHub too."""
        ticks = iter(range(2_000_000_000, 2_000_000_100))
        hub.clock = lambda: next(ticks)
        for number in range(1, 8):
            repo.edit(number, body="edited")
        order = "orderBy: { field: UPDATED_AT, direction: DESC }"

        first, info = page(hub, token, f"{order}, first: 2")
        repo.edit(2, body="edited again")
        second, _ = page(hub, token, f'{order}, first: 9, after: "{info["endCursor"]}"')

        assert (first, second) == ([7, 6], [5, 4, 3, 1])

    @pytest.mark.usefixtures("repo")
    def test_an_empty_page_has_no_cursor(self, hub: GitHub, token: str) -> None:
        """There is nothing to go on from."""
        assert page(hub, token, "states: [CLOSED], first: 3") == (
            [],
            {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
        )


class TestBounds:
    @pytest.mark.parametrize(
        ("args", "kind", "words"),
        [
            ("", "MISSING_PAGINATION_BOUNDARIES", "You must provide a `first` or `last` value"),
            ("(first: 101)", "EXCESSIVE_PAGINATION", "exceeds the `first` limit of 100 records."),
            ("(last: 150)", "EXCESSIVE_PAGINATION", "exceeds the `last` limit of 100 records."),
            ("(first: 0)", "INVALID_PAGINATION_BOUNDARIES", "cannot be less than 1"),
            ("(first: 1, last: 1)", "INVALID_PAGINATION_BOUNDARIES", "is not supported"),
        ],
    )
    @pytest.mark.usefixtures("repo")
    def test_every_connection_needs_one_to_a_hundred(
        self, hub: GitHub, token: str, args: str, kind: str, words: str
    ) -> None:
        """The whole query fails: there is no data."""
        answer = ask(hub, token, f"issues{args} {{ totalCount }}")

        assert answer["errors"][0]["type"] == kind
        assert words in answer["errors"][0]["message"]
        assert "data" not in answer

    @pytest.mark.usefixtures("repo")
    def test_a_variable_is_a_bound_too(self, hub: GitHub, token: str) -> None:
        """Its value is looked at, or its default."""
        document = (
            'query Q($size: Int! = 200) { repository(owner: "o", name: "r") { issues(first: $size) { totalCount } } }'
        )
        known = hub.state.tokens[token]

        assert execute(hub, known, document)["errors"][0]["type"] == "EXCESSIVE_PAGINATION"
        assert execute(hub, known, document, {"size": 2})["data"]["repository"]["issues"] == {"totalCount": 7}

    @pytest.mark.usefixtures("repo")
    def test_a_cursor_that_is_none_is_an_error_of_its_field(self, hub: GitHub, token: str) -> None:
        """A cursor cannot be made up."""
        answer = ask(hub, token, 'issues(first: 1, after: "x y") { totalCount }')

        assert answer["errors"][0]["type"] == "INVALID_CURSOR_ARGUMENTS"
        assert answer["data"] == {"repository": None}


QUEUE = """query Queue($size: Int!) {
  rateLimit { cost nodeCount limit remaining used }
  repository(owner: "o", name: "r") {
    pullRequests(states: [OPEN], first: $size) {
      nodes {
        labels(first: 50) { totalCount }
        latestReviews(first: 50) { totalCount }
        latestOpinionatedReviews(first: 50, writersOnly: true) { totalCount }
        reviewRequests(first: 1) { totalCount }
        commits(last: 1) { nodes { commit { statusCheckRollup { contexts(first: 100) { ...Some } } } } }
      }
    }
  }
}
fragment Some on StatusCheckRollupContextConnection { totalCount nodes { ... on CheckRun { name } } }
"""


class TestThePrice:
    @pytest.mark.parametrize(("size", "points", "nodes"), [(10, 1, 2_530), (25, 2, 6_325), (50, 3, 12_650)])
    @pytest.mark.usefixtures("repo")
    def test_a_query_costs_what_githubs_formula_says(
        self, hub: GitHub, token: str, size: int, points: int, nodes: int
    ) -> None:
        """A hundredth of the connections that may have to be fetched; the nodes that may come at most."""
        rates = execute(hub, hub.state.tokens[token], QUEUE, {"size": size})["data"]["rateLimit"]

        assert (rates["cost"], rates["nodeCount"], rates["limit"]) == (points, nodes, 5000)

    def test_the_least_price_is_one_point(self) -> None:
        """A query without connections costs one, too."""
        assert Cost().points == 1

    @pytest.mark.usefixtures("repo")
    def test_more_than_half_a_million_nodes_are_refused(self, hub: GitHub, token: str) -> None:
        """Counted before anything is fetched."""
        answer = ask(
            hub,
            token,
            "pullRequests(first: 100) { nodes { labels(first: 100) { nodes { name } }"
            " comments(first: 100) { nodes { id } } reviews(first: 100) { nodes { id } }"
            " commits(first: 100) { nodes { commit { checkSuites(first: 50) { totalCount } } } } } }",
        )

        assert answer == {
            "errors": [
                {
                    "type": "MAX_NODE_LIMIT_EXCEEDED",
                    "message": "This query requests up to 540,100 possible nodes which exceeds the maximum limit of"
                    " 500,000.",
                }
            ]
        }


class TestWhatNobodyServes:
    def test_a_field_that_is_not_in_the_schema_fails_the_test(self, tmp_path: Path) -> None:
        """GitHub's words for the client, and the test fails when the server is left."""
        hub = GitHub.start(tmp_path)
        hub.repository("o/r")

        answer = ask(hub, hub.token("ada"), "forkCount")
        with pytest.raises(AssertionError, match="forkCount"):
            hub.__exit__(None, None, None)

        assert "data" not in answer
        assert answer["errors"][0]["message"] == "Field 'forkCount' doesn't exist on type 'Repository'"
        assert answer["errors"][0]["extensions"]["code"] == "undefinedField"

    def test_the_schema_has_no_mutation(self) -> None:
        """Mergebot writes by REST; who needs a mutation must have it served first."""
        assert served_schema().mutation_type is None
