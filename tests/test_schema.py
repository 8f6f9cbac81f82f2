"""The published schema and the loader are one: what the one accepts, the other accepts too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mergebot.config import load_policy
from mergebot.config.keys import ROOT, places
from mergebot.config.schema import schema, schema_text
from mergebot.init import files
from mergebot.model.ids import Branch
from mergebot.model.problem import Severity

CONFIG = Path(__file__).parent.parent / "config"
VALIDATOR = jsonschema.Draft7Validator(schema())


def loader_accepts(text: str) -> bool:
    return all(problem.severity is not Severity.ERROR for problem in load_policy("f", text.encode())[1])


def schema_accepts(text: str) -> bool:
    return VALIDATOR.is_valid(yaml.safe_load(text))


def test_the_published_schema_is_the_one_of_the_code() -> None:
    """If it is not, `python -m mergebot.config.schema > config/mergebot.schema.json` makes it so."""
    assert (CONFIG / "mergebot.schema.json").read_text() == schema_text()


def test_it_is_a_valid_schema_of_its_draft() -> None:
    """Draft 7: no newer one is known to all editors."""
    assert schema()["$schema"] == jsonschema.Draft7Validator.META_SCHEMA["$schema"]
    jsonschema.Draft7Validator.check_schema(schema())


def test_it_says_where_it_is_published() -> None:
    """Editors are led there by the first line of the config that `init` writes."""
    at = "https://raw.githubusercontent.com/mergebot/mergebot/main/config/mergebot.schema.json"
    assert schema()["$id"] == at
    assert files.github_config(Branch("main"), ()).startswith(f"# yaml-language-server: $schema={at}\n")


def keys_of(section: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key with what the schema says of it, at each place where it stands."""
    for word, key in section.get("properties", {}).items():
        yield word, key
        yield from keys_of(key)
    for part in (*section.get("anyOf", ()), *([section["items"]] if "items" in section else [])):
        yield from keys_of(part)


def test_an_editor_has_something_to_show_for_every_key() -> None:
    """Its full name, one line, and what may stand there: a default, an example, or the keys below it."""
    found = list(keys_of(schema()))

    assert {key["title"] for _, key in found} == {f"{at}.{word}" if at else word for at, word in places("", ROOT)}
    for word, key in found:
        assert key["title"].rpartition(".")[2] == word
        assert key["description"]
        assert "default" in key or "examples" in key or list(keys_of(key)), word


def test_every_example_and_default_is_valid() -> None:
    for word, key in keys_of(schema()):
        rule = jsonschema.Draft7Validator({**key, "definitions": schema()["definitions"]})
        for value in (*key.get("examples", ()), *([key["default"]] if "default" in key else [])):
            assert rule.is_valid(value), (word, value)


def test_the_reference_is_valid() -> None:
    assert schema_accepts((CONFIG / "mergebot.yml").read_text())


@pytest.mark.parametrize("ci", [(), ("ci.yml", 'a"b.yml', "deep/x.yml")])
def test_what_init_writes_is_valid(ci: tuple[str, ...]) -> None:
    for text in (files.github_config(Branch("main"), ci), files.local_config(Branch("release/1.x"))):
        assert (schema_accepts(text), load_policy("f", text.encode())[1]) == (True, ())


@given(st.sampled_from(sorted(places("", ROOT))), st.sampled_from("abyz_"))
def test_a_misspelt_key_is_refused_wherever_it_stands(place: tuple[str, str], letter: str) -> None:
    section, word = place
    text = f"{word}{letter}: null"
    for outer in reversed(section.split(".") if section else []):
        text = f"{outer}: {{{text}}}"

    assert (loader_accepts(text), schema_accepts(text)) == (False, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version: 1",
        "base: release/2.x",
        "dependencies: ops/fleet.json",
        "auto_merge: {conditions: [{tests_passing: no}, {review_score: false}, {merge_conflicts: false}]}",
        "auto_merge: {conditions: {review_score: 0, approvals: 0, dependencies_merged: true}}",
        "auto_merge: {conditions: [], protected_paths: [src/**, /docs/, '*.lock']}",
        "checks: {required: [build, lint / *], dispatch: [ci.yml, .github/workflows/x.yaml], command: null}",
        'checks: {command: "a\\nb"}',
        "review_score: {sources: [body]}",
        "queue: {strategy: rebase, waves: barrier, priority_labels: {'p: 1': -3}}",
        "queue:\nrebase:\ncleanup: {keep_branches: []}",
        "agents: {trusted_authors: ['dependabot[bot]']}",
    ],
)
def test_both_accept_what_is_right(text: str) -> None:
    assert (loader_accepts(text), schema_accepts(text)) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "wibble: 1",
        "version: 2",
        "version: true",
        "base: 1.10",
        "base: a b",
        "base: refs/heads/main",
        "base: x.lock/y",
        "base: ''",
        "dependencies: /a",
        "dependencies: a/../b",
        "dependencies: a/",
        "auto_merge: {conditions: [{approvals: 1, review_score: 2}]}",
        "auto_merge: {conditions: [{}]}",
        "auto_merge: {conditions: [approvals]}",
        "auto_merge: {conditions: null}",
        "auto_merge: {conditions: {merge_conflicts: true}}",
        "auto_merge: {conditions: {review_score: 11}}",
        "auto_merge: {conditions: {review_score: true}}",
        "auto_merge: {conditions: {review_score: null}}",
        "auto_merge: {conditions: {approvals: false}}",
        "auto_merge: {conditions: {approvals: -1}}",
        "auto_merge: {conditions: {tests_passing: 1}}",
        "auto_merge: {protected_paths: src}",
        "auto_merge: {protected_paths: ['!x']}",
        "checks: {required: }",
        "checks: {required: [no]}",
        "checks: {command: ''}",
        "checks: {dispatch: [ci]}",
        "checks: {dispatch: [a/ci.yml]}",
        "review_score: {sources: []}",
        "review_score: {sources: [body, body]}",
        "queue: {strategy: train}",
        "queue: {waves: 1}",
        "queue: {label: ' a'}",
        'queue: {label: "a\\u0007"}',
        "queue: {priority_labels: {'': 1}}",
        "queue: {priority_labels: {a: b}}",
        "agents: {trusted_authors: ['@a']}",
        "cleanup: {keep_branches: ['a b']}",
    ],
)
def test_both_refuse_what_is_wrong(text: str) -> None:
    assert (loader_accepts(text), schema_accepts(text)) == (False, False)


@pytest.mark.parametrize(
    "text",
    [
        "base: a\nbase: b",
        "auto_merge: {conditions: [{approvals: 1}, {approvals: 2}]}",
        "auto_merge: {conditions: {approvals: 1.0}}",
        "queue: {label: a, hold_label: A}",
        "base: &a x\nqueue: {<<: {}}",
    ],
)
def test_what_json_schema_cannot_say_the_loader_says(text: str) -> None:
    """Duplicates, equal labels and how a number is spelled are not in the values that a schema sees."""
    assert (loader_accepts(text), schema_accepts(text)) == (False, True)


SCALARS = st.sampled_from(
    ["true", "false", "null", "0", "1", "10", "11", "-1", "''", "x", "a/b", "'a b'", "rebase", "body", "ci.yml", "'*'"]
)
VALUES = SCALARS | st.lists(SCALARS, max_size=2, unique=True).map(lambda items: f"[{', '.join(items)}]")


@given(st.sampled_from(sorted(places("", ROOT))), VALUES, st.booleans())
def test_on_generated_values_they_agree(place: tuple[str, str], value: str, mapped: bool) -> None:
    section, word = place
    text = f"{word}: {{{word}: {value}}}" if mapped else f"{word}: {value}"
    for outer in reversed(section.split(".") if section else []):
        text = f"{outer}: {{{text}}}"

    assert loader_accepts(text) == schema_accepts(text), text
