"""OpenAPI 3.0 schemas as JSON Schema: `nullable` is a type, references are followed when they are met."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.conformance.github import openapi

FORMATS = FormatChecker(())
_HERE = "#/components/"
_THERE = "github:"
_DEEPEST = 40
_READY: dict[tuple[int, bool], tuple[Mapping[str, Any], Draft202012Validator]] = {}


@FORMATS.checks("date-time")
def is_moment(value: object) -> bool:
    """A date-time as GitHub writes it."""
    return not isinstance(value, str) or bool(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value)
    )


@FORMATS.checks("uri")
def is_uri(value: object) -> bool:
    """An absolute URI."""
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)


def validator(schema: Mapping[str, Any], *, closed: bool) -> Draft202012Validator:
    """A validator for one schema of the description; `closed`: fields that GitHub does not describe are wrong."""
    key = (id(schema), closed)
    if key not in _READY:
        plain = converted(schema, closed=closed)
        made = Draft202012Validator(plain, registry=_registry(plain), format_checker=FORMATS)
        _READY[key] = (schema, made)  # with the schema itself, so that its id stays its own
    return _READY[key][1]


def problems(schema: Mapping[str, Any], value: object, *, closed: bool) -> Iterator[str]:
    """What is wrong with a value, each as `PLACE: WORDS`."""
    for error in validator(schema, closed=closed).iter_errors(value):
        inner = _innermost(error)
        yield f"{inner.json_path}: {inner.message[:300]}"


def converted(node: Any, *, closed: bool) -> Any:  # noqa: ANN401 (JSON)
    """One schema in the words of JSON Schema."""
    if isinstance(node, list):
        return [converted(entry, closed=closed) for entry in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        kind = "closed" if closed else "open"
        other = {"$ref": node["$ref"].replace(_HERE, f"{_THERE}{kind}/")}
        return {"anyOf": [other, {"type": "null"}]} if node.get("nullable") is True else other
    inner = closed and "allOf" not in node  # what is put together of parts is not closed part by part
    plain = {
        key: _mapped(key, value, closed=inner)
        for key, value in node.items()
        if key not in ("nullable", "example", "examples", "description", "title", "externalDocs", "deprecated")
    }
    if closed and "properties" in plain and not {"additionalProperties", "allOf", "anyOf", "oneOf"} & set(plain):
        plain["additionalProperties"] = False
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


def _mapped(key: str, value: Any, *, closed: bool) -> Any:  # noqa: ANN401 (JSON)
    if key in ("properties", "patternProperties"):  # names, not keywords
        return {name: converted(schema, closed=closed) for name, schema in value.items()}
    if key in ("enum", "required", "default"):
        return value
    return converted(value, closed=closed)


def _registry(schema: object) -> Registry[Any]:
    """Everything that a schema refers to, directly or not."""
    found: dict[str, Resource[Any]] = {}
    waiting = list(_references(schema))
    while waiting:
        uri = waiting.pop()
        if uri not in found:
            found[uri] = DRAFT202012.create_resource(_component(uri))
            waiting += _references(_component(uri))
    empty: Registry[Any] = Registry()
    return empty.with_resources(found.items()).crawl()


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


@cache
def _component(uri: str) -> Any:  # noqa: ANN401 (JSON)
    kind, group, name = uri.removeprefix(_THERE).split("/")
    return converted(openapi()["components"][group][name], closed=kind == "closed")


def _innermost(error: ValidationError) -> ValidationError:
    """The error that says most: of several branches that of the one that is meant, as far as that can be told."""
    for _ in range(_DEEPEST):
        if not error.context:
            break
        branches: dict[object, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        # The kind of thing is told by an enum of one value: where that fits, the rest was meant to fit.
        meant = min(branches.values(), key=lambda found: (any(_is_kind(one) for one in found), len(found)))
        error = max(meant, key=lambda one: len(one.absolute_path))
    return error


def _is_kind(error: ValidationError) -> bool:
    return any(one.validator in ("enum", "type") for one in (error, *(error.context or ())))
