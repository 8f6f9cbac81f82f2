"""The checks themselves can fail: each kind of departure from GitHub's description is seen."""

import pytest

from tests.conformance.log import check_exchange, check_log
from tests.conformance.operations import find_operation
from tests.conformance.schemas import problems
from tests.server.faults import Exchange, FaultKind

STATUS = {
    "url": "https://x.test/s",
    "avatar_url": None,
    "id": 1,
    "node_id": "S",
    "state": "success",
    "description": None,
    "target_url": None,
    "context": "mergebot",
    "created_at": "2026-11-21T14:00:00Z",
    "updated_at": "2026-11-21T14:00:00Z",
    "creator": None,
}
MOMENT = "2026-11-21T14:00:00Z"
PATH = f"/repos/o/r/statuses/{'a' * 40}"


def posted(**changes: object) -> Exchange:
    """A commit status as it should be, but for these changes."""
    exchange = Exchange("POST", PATH, request={"state": "success", "context": "mergebot"}, status=201, answer=STATUS)
    for name, value in changes.items():
        setattr(exchange, name, value)
    return exchange


def test_what_github_describes_passes() -> None:
    """Nothing is wrong with it."""
    assert check_log([posted()]) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"path": "/repos/o/r/statussen/1"}, "no such operation"),
        ({"method": "GET"}, "no such operation"),
        ({"query": "force=1"}, "query parameter force is not described"),
        ({"request": None}, "the body is missing"),
        ({"request": {"context": "x"}}, "'state' is a required property"),
        ({"request": {"state": "fine"}}, "is not one of"),
        ({"request": {"state": "success", "colour": "red"}}, "'colour' was unexpected"),
        ({"status": 202}, "status 202 is not described (only 201)"),
        ({"answer": None}, "status 201 has no body"),
        ({"answer": {**STATUS, "id": "1"}}, "answer 201 $.id: '1' is not of type 'integer'"),
        ({"answer": {**STATUS, "context": None}}, "answer 201 $.context: None is not of type 'string'"),
        ({"answer": {**STATUS, "mood": "good"}}, "'mood' was unexpected"),
        ({"answer": {k: v for k, v in STATUS.items() if k != "creator"}}, "'creator' is a required property"),
        ({"status": 422, "answer": {"message": 1}}, "answer 422"),
    ],
)
def test_a_departure_is_seen(changes: dict[str, object], words: str) -> None:
    """One sentence each, with its place."""
    [found] = check_exchange(posted(**changes))

    assert words in found


@pytest.mark.parametrize(("kind", "good", "bad"), [("date-time", MOMENT, "yesterday"), ("uri", "https://x.test/", "x")])
def test_times_and_addresses_have_a_form(kind: str, good: str, bad: str) -> None:
    """What a client parses must be as GitHub writes it; null where the description says so."""
    schema = {"type": "string", "format": kind, "nullable": True}

    assert [list(problems(schema, value, closed=True)) for value in (good, None)] == [[], []]
    assert [words for value in (bad, 7) for words in problems(schema, value, closed=True)] != []


def test_an_error_that_any_operation_may_have_passes() -> None:
    """The description of an operation does not list every one of them."""
    answer = {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"}

    assert check_log([posted(status=401, answer=answer)]) == []


def test_an_answer_that_a_fault_has_spoilt_is_not_looked_at() -> None:
    """But what the client sent is."""
    broken = posted(status=299, answer={"half": 1}, fault=FaultKind.TRUNCATED, request={"state": "fine"})

    [found] = check_log([broken])

    assert "is not one of" in found


def test_a_query_is_held_to_githubs_whole_schema() -> None:
    """Fields that the test server does not serve are GitHub's all the same."""
    good = Exchange("POST", "/api/graphql", kind="graphql", request={"query": "{ viewer { login bio } }"})
    bad = Exchange("POST", "/api/graphql", kind="graphql", request={"query": "{ viewer { log } }"})

    assert check_log([good]) == []
    assert "Cannot query field 'log' on type 'User'" in check_log([bad])[0]


def test_git_is_not_looked_at() -> None:
    """It has a protocol of its own."""
    assert check_log([Exchange("POST", "/o/r.git/git-receive-pack", kind="git", status=200)]) == []


@pytest.mark.parametrize(
    ("verb", "path", "template"),
    [
        ("GET", "/repos/o/r/pulls/comments", "/repos/{owner}/{repo}/pulls/comments"),
        ("GET", "/repos/o/r/pulls/7", "/repos/{owner}/{repo}/pulls/{pull_number}"),
        ("GET", "/repos/o/r/rules/branches/a/b", "/repos/{owner}/{repo}/rules/branches/{branch}"),
    ],
)
def test_the_most_exact_operation_is_meant(verb: str, path: str, template: str) -> None:
    """Where two fit; a branch may have slashes."""
    found = find_operation(verb, path)

    assert found is not None
    assert found.template == template


def test_a_number_in_a_path_must_be_one() -> None:
    """Or GitHub finds nothing."""
    assert check_log([Exchange("GET", "/repos/o/r/pulls/seven/merge", status=204)]) == [
        "204 GET /repos/o/r/pulls/seven/merge: path parameter pull_number: $: 'seven' is not of type 'integer'"
    ]
