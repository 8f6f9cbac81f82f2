"""The schema that the test server answers by is a part of GitHub's own, and the client's documents fit the whole."""

from itertools import pairwise

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    NoUnusedFragmentsRule,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    parse,
    specified_rules,
    validate,
)

from tests.conformance import github
from tests.conformance.cut_schema import cut
from tests.conformance.documents import documents, is_whole
from tests.conformance.log import check_document
from tests.server.graphql import SCHEMA, served_schema

OWN = [
    kind
    for name, kind in served_schema().type_map.items()
    if not name.startswith("__") and not is_specified_scalar_type(kind)
]


class TestTheVendoredSchemaIsGithubs:
    """What the test server calls GraphQL is GitHub's, cut but not changed."""

    def test_it_is_what_the_cutting_gives_today(self) -> None:
        """Whoever serves a new field cuts anew: `python -m tests.conformance.cut_schema`."""
        assert SCHEMA.read_text(encoding="utf-8") == cut(github.full_sdl())

    @pytest.mark.parametrize("kind", OWN, ids=lambda kind: kind.name)
    def test_every_type_is_a_part_of_the_original(self, kind: GraphQLNamedType) -> None:
        """No field, argument, value or nullability is ours, and nothing that GitHub demands is left out."""
        original = github.full_schema().type_map[kind.name]

        assert type(kind) is type(original)
        assert differences(kind, original) == []

    def test_a_changed_nullability_would_be_seen(self) -> None:
        """The comparison can fail."""
        changed = served_schema().type_map["PullRequest"]
        original = github.full_schema().type_map["Issue"]

        assert "resourcePath" not in " ".join(differences(changed, original))
        assert any(words.startswith("state: ") for words in differences(changed, original))


class TestTheDocumentsOfTheClient:
    """What mergebot asks, GitHub knows."""

    def test_there_are_some(self) -> None:
        """The search finds documents, so that the next tests mean something."""
        assert any(is_whole(text) for text in documents().values())

    @pytest.mark.parametrize("name", documents())
    def test_each_is_valid_on_githubs_whole_schema(self, name: str) -> None:
        """A document that one unknown field spoils fails as a whole on GitHub."""
        text = documents()[name]

        assert invalid(text) == []

    @pytest.mark.parametrize("name", documents())
    def test_each_is_served_by_the_test_server(self, name: str) -> None:
        """The vendored schema has every field that the client asks for."""
        text = documents()[name]
        rules = [rule for rule in specified_rules if rule is not NoUnusedFragmentsRule]

        assert [error.message for error in validate(served_schema(), parse(text), rules)] == []


def invalid(text: str) -> list[str]:
    """What GitHub's schema says against a document; a fragment alone may be unused."""
    if is_whole(text):
        return list(check_document(text))
    rules = [rule for rule in specified_rules if rule is not NoUnusedFragmentsRule]
    return [error.message for error in validate(github.full_schema(), parse(text), rules)]


def differences(kind: GraphQLNamedType, original: GraphQLNamedType) -> list[str]:
    """Where a type is not a part of the original."""
    if isinstance(kind, GraphQLEnumType) and isinstance(original, GraphQLEnumType):
        return [] if kind.values.keys() == original.values.keys() else ["values"]
    if isinstance(kind, GraphQLUnionType) and isinstance(original, GraphQLUnionType):
        return sorted({one.name for one in kind.types} - {one.name for one in original.types})
    if isinstance(kind, GraphQLInputObjectType) and isinstance(original, GraphQLInputObjectType):
        return input_differences(kind, original)
    fielded = (GraphQLObjectType, GraphQLInterfaceType)
    if isinstance(kind, fielded) and isinstance(original, fielded):
        return field_differences(kind, original)
    return []


def input_differences(kind: GraphQLInputObjectType, original: GraphQLInputObjectType) -> list[str]:
    """The same for an input type."""
    wrong = [
        name
        for name, field in kind.fields.items()
        if name not in original.fields or str(field.type) != str(original.fields[name].type)
    ]
    missing = [name for name, field in original.fields.items() if is_required_input_field(field)]
    return [*wrong, *(name for name in missing if name not in kind.fields)]


def field_differences(
    kind: GraphQLObjectType | GraphQLInterfaceType, original: GraphQLObjectType | GraphQLInterfaceType
) -> list[str]:
    """The same for a type with fields: names, types, arguments with their defaults, interfaces."""
    wrong = [one.name for one in kind.interfaces if one.name not in {other.name for other in original.interfaces}]
    for name, field in kind.fields.items():
        if (theirs := original.fields.get(name)) is None:
            wrong.append(f"{name}: not GitHub's")
            continue
        if str(field.type) != str(theirs.type):
            wrong.append(f"{name}: {field.type} is {theirs.type}")
        for argument, given in field.args.items():
            other = theirs.args.get(argument)
            if other is None or (str(given.type), given.default_value) != (str(other.type), other.default_value):
                wrong.append(f"{name}({argument})")
        needed = [argument for argument, other in theirs.args.items() if is_required_argument(other)]
        wrong += [f"{name}({argument}) is missing" for argument in needed if argument not in field.args]
    return wrong


def test_the_schema_lists_its_types_in_order() -> None:
    """So that a change of it reads as what it is."""
    names = [line.split()[1] for line in SCHEMA.read_text(encoding="utf-8").split("\n") if line.endswith(" {")]

    assert all(one < other for one, other in pairwise(names))
