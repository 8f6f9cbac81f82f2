"""The published schema of dependencies.json says what the loader does, as far as a schema can."""

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.dependencies import load_dependencies
from mergebot.dependencies.reading import KEYS
from mergebot.dependencies.schema import schema, schema_text
from mergebot.init import files
from mergebot.init.drawing import Candidate, draw
from mergebot.model.ids import Branch
from mergebot.model.problem import Severity

CONFIG = Path(__file__).parent.parent / "config"
VALIDATOR = jsonschema.Draft7Validator(schema())


def loader_accepts(text: str) -> bool:
    return all(problem.severity is not Severity.ERROR for problem in load_dependencies("f", text.encode())[1])


def schema_accepts(text: str) -> bool:
    return VALIDATOR.is_valid(json.loads(text))


def test_the_published_schema_is_the_one_of_the_code() -> None:
    """If it is not, `python -m mergebot.dependencies.schema > config/dependencies.schema.json` makes it so."""
    assert (CONFIG / "dependencies.schema.json").read_text() == schema_text()


def test_it_is_a_valid_schema_with_the_loaders_keys() -> None:
    jsonschema.Draft7Validator.check_schema(schema())
    assert tuple(schema()["properties"]) == KEYS
    assert schema()["$id"].endswith("/config/dependencies.schema.json")


def test_its_examples_are_valid() -> None:
    for word, key in schema()["properties"].items():
        for value in (key["default"], *key["examples"]):
            assert VALIDATOR.is_valid({word: value})


def test_the_sample_and_what_init_draws_are_valid() -> None:
    drawn = draw([Candidate(branch=Branch(f"agent/{name}"), says=f"{name}-agent", why="") for name in "abc"])
    for text in ((CONFIG / "dependencies.json").read_text(), files.dependencies(drawn), files.dependencies(draw([]))):
        assert (loader_accepts(text), schema_accepts(text)) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"$schema": "x"}',
        '{"dependency": {}}',
        '{"dependencies": {"a": "b"}}',
        '{"dependencies": {"": []}}',
        '{"dependencies": {"a": [1]}}',
        '{"dependencies": {"a": [" b"]}}',
        '{"merge_order": ["a"]}',
        '{"merge_order": [["a", "a"]]}',
        '{"agents": {"a": "feature/a"}}',
        '{"agents": {"a": {"branches": "x"}}}',
        '{"agents": {"a": {"branch": "a b"}}}',
        '{"agents": {"a": {"branch": "refs/heads/a"}}}',
    ],
)
def test_both_refuse_what_is_wrong(text: str) -> None:
    assert (loader_accepts(text), schema_accepts(text)) == (False, False)


@pytest.mark.parametrize(
    "text",
    [
        '{"dependencies": {"a": ["a"]}}',
        '{"dependencies": {"a": ["b"], "b": ["a"]}}',
        '{"merge_order": [["a"], ["a"]]}',
        '{"agents": {"a": {"branch": "x"}, "b": {"branch": "x"}}}',
        '{"agents": {}, "agents": {}}',
    ],
)
def test_what_json_schema_cannot_say_the_loader_says(text: str) -> None:
    assert (loader_accepts(text), schema_accepts(text)) == (False, True)


NAMES = st.sampled_from(["a", "b", "", " x", "a b", "refs/x", "x..y", "\u2028"])
LISTS = st.lists(NAMES, max_size=2)
VALUES = st.one_of(
    NAMES, LISTS, st.lists(LISTS, max_size=2), st.dictionaries(NAMES, LISTS, max_size=2),
    st.dictionaries(NAMES, st.dictionaries(st.sampled_from(["branch", "x"]), NAMES, max_size=2), max_size=2),
    st.none(), st.booleans(), st.integers(),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*KEYS, "x"]), VALUES, max_size=2))
def test_what_the_loader_takes_raises_no_false_alarm(content: dict[str, object]) -> None:
    text = json.dumps(content)

    assert schema_accepts(text) or not loader_accepts(text)
