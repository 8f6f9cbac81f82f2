"""The GraphQL that mergebot reads by fits GitHub's schema, and costs little of what GitHub allows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from mergebot.errors import AccessError, MergebotError
from mergebot.forge.github import queries
from mergebot.forge.github.asking import ROOM, Ask, Asker
from mergebot.forge.github.client import Client, GraphError, Reply
from mergebot.forge.github.completing import PAGE_WEIGHT
from mergebot.forge.github.errors import TooHeavyError
from mergebot.forge.github.nodes import ask_pull
from mergebot.model.ids import PrNumber
from tests.server.graphql import checked, served_schema
from tests.server.graphql_limits import Cost, check_limits

OID = "a" * 40


@dataclass
class Recorder:
    """Takes documents, and answers each alias with its own name; `most`: what GitHub can do at once."""

    most: int = 1000
    errors: tuple[GraphError, ...] = ()
    documents: list[str] = field(default_factory=list)
    variables: list[dict[str, Any]] = field(default_factory=list)

    def query(self, document: str, variables: Mapping[str, Any]) -> Reply:
        count = document.count(": repo_")
        if count > self.most:
            raise TooHeavyError("too much")
        self.documents.append(document)
        self.variables.append(dict(variables))
        asked = [line.partition(":")[0] for line in document.splitlines() if ": repo_" in line]
        return Reply(data={"repository": {alias: variables[f"v{alias[1:]}"] for alias in asked}}, errors=self.errors)


def asker(recorder: Recorder) -> Asker:
    return Asker(client=cast("Client", recorder), repository="o/r")


def questions(count: int) -> list[Ask]:
    return [Ask(text="repo_thing(x: {})", args=(("Int!", number),)) for number in range(count)]


def cost(document: str, **variables: object) -> Cost:
    parsed, errors = checked(document)
    assert parsed is not None
    assert errors == (), errors
    return check_limits(served_schema(), parsed, variables)


def lookups(text: str, kinds: tuple[str, ...], fragment: str, weight: int) -> list[Ask]:
    """As many of one kind as go into one request."""
    args = tuple((kind, 1 if kind == "Int!" else OID) for kind in kinds)
    return [Ask(text=text, args=args, fragment=fragment, weight=weight)] * (ROOM // weight)


class TestADocument:
    @pytest.mark.parametrize(
        ("document", "variables"),
        [
            (queries.FIRST, {"size": queries.PAGE, "window": queries.WINDOW}),
            (queries.NEXT, {"size": queries.PAGE}),
        ],
        ids=["first", "next"],
    )
    def test_of_a_page_fits_the_schema_and_is_cheap(self, document: str, variables: dict[str, int]) -> None:
        """platform: 500,000 nodes at most, and 1,000 points an hour for the token of a workflow."""
        found = cost(document, owner="o", name="r", base="main", freeze="stop", cursor="c", **variables)
        assert found.nodes < 25_000
        assert found.points <= 4

    @pytest.mark.parametrize(
        ("text", "kinds", "fragment", "weight"),
        [
            (queries.ANY_NUMBER, ("Int!",), queries.ENDED, 1),
            (queries.BY_BRANCH, ("String!",), queries.ENDED, 1),
            (queries.BY_LABEL, ("String!",), queries.ENDED, 1),
            (queries.COLLABORATOR, ("String!",), "", 1),
            (queries.FREEZES, ("String!",), "", 1),
            (queries.MORE_LABELS, ("Int!", "String!"), "", PAGE_WEIGHT),
            (queries.MORE_REVIEWS, ("Int!", "String!"), "", PAGE_WEIGHT),
            (queries.MORE_CONTEXTS, ("GitObjectID!", "String!"), "", PAGE_WEIGHT),
            (queries.MORE_SUITES, ("GitObjectID!", "String!"), "", PAGE_WEIGHT),
        ],
        ids=["number", "branch", "label", "collaborator", "freeze", "labels", "reviews", "contexts", "suites"],
    )
    def test_of_look_ups_fits_the_schema_and_is_cheap(
        self, text: str, kinds: tuple[str, ...], fragment: str, weight: int
    ) -> None:
        aliases = lookups(text, kinds, fragment, weight)
        fields = [f"a{place}: {item.text}" for place, item in enumerate(aliases)]
        numbered: list[str] = []
        types: list[str] = []
        for line in fields:
            for kind in kinds:
                line = line.replace("{}", f"$v{len(types)}", 1)  # noqa: PLW2901 (one after the other)
                types.append(kind)
            numbered.append(line)
        found = cost(queries.document(numbered, types, [fragment] if fragment else []))
        assert found.nodes < 50_000
        assert found.points <= 12

    def test_of_whole_pull_requests_is_as_cheap_as_a_page(self) -> None:
        asks = [ask_pull(PrNumber(number)) for number in range(1, queries.PAGE + 1)]
        fields = [f"a{n}: {item.text.replace('{}', f'$v{n}')}" for n, item in enumerate(asks)]
        found = cost(queries.document(fields, ["Int!"] * len(asks), [queries.PULL]))
        assert found.points <= 2


class TestManyQuestions:
    def test_go_out_together_and_come_back_in_their_order(self) -> None:
        recorder = Recorder()
        answers = asker(recorder).ask(questions(250))
        assert [answer.value for answer in answers] == list(range(250))
        assert len(recorder.documents) == 3

    def test_put_nothing_into_the_document_but_variables(self) -> None:
        """A login, a branch or a label may hold anything, quotes and braces too."""
        recorder = Recorder()
        evil = '"}) { viewer { login } } #{}$v0'
        asker(recorder).ask([Ask(text="repo_thing(x: {}, y: {})", args=(("String!", evil), ("String!", "y")))])
        assert evil not in recorder.documents[0]
        assert "repo_thing(x: $v0, y: $v1)" in recorder.documents[0]
        assert recorder.variables[0] == {"owner": "o", "name": "r", "v0": evil, "v1": "y"}

    def test_are_asked_in_halves_where_github_gives_up(self) -> None:
        recorder = Recorder(most=30)
        assert [answer.value for answer in asker(recorder).ask(questions(100))] == list(range(100))
        assert [document.count(": repo_") for document in recorder.documents] == [25] * 4

    def test_are_given_up_where_not_even_one_can_be_answered(self) -> None:
        with pytest.raises(TooHeavyError):
            asker(Recorder(most=0)).ask(questions(4))

    def test_are_none_without_a_request(self) -> None:
        recorder = Recorder()
        assert asker(recorder).ask([]) == []
        assert recorder.documents == []


class TestAnError:
    def test_belongs_to_the_question_that_it_lies_in(self) -> None:
        error = GraphError(kind="FORBIDDEN", message="no", path=("repository", "a1", "labels", "nodes", 0))
        answers = asker(Recorder(errors=(error,))).ask(questions(3))
        assert [len(answer.errors) for answer in answers] == [0, 1, 0]
        assert answers[1].errors[0].path == ("labels", "nodes", 0)

    @pytest.mark.parametrize("path", [(), ("repository",), ("repository", "a7"), ("repository", "b"), ("viewer", "a0")])
    def test_that_lies_in_none_spoils_all(self, path: tuple[str, ...]) -> None:
        """It cannot be told what is missing."""
        error = GraphError(kind="", message="Something\nodd \x1b[31m", path=path)
        with pytest.raises(MergebotError, match=r"Something odd \?\[31m"):
            asker(Recorder(errors=(error,))).ask(questions(3))

    def test_that_leaves_no_repository_names_it(self) -> None:
        recorder = Recorder()
        recorder.query = lambda *_: Reply(data={"repository": None})  # type: ignore[method-assign]
        with pytest.raises(AccessError, match="o/r"):
            asker(recorder).ask(questions(1))
