"""GitHub's REST operations: which one a request is for, and whether request and answer fit its description."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.conformance.github import openapi
from tests.conformance.schemas import problems

ANYWHERE = (301, 307, 401, 403, 404, 422, 429, 500, 502, 503, 504)
"""Statuses that any operation may answer with, whether or not its description lists them."""

ERRORS = {"$ref": "#/components/schemas/basic-error"}
INVALID = {"anyOf": [{"$ref": "#/components/schemas/validation-error"}, ERRORS]}


@dataclass(frozen=True)
class Operation:
    """One method of one path of the description."""

    verb: str
    template: str
    parameters: tuple[Mapping[str, Any], ...]
    description: Mapping[str, Any]
    pattern: re.Pattern[str]

    @property
    def literal(self) -> int:
        """How much of the path is fixed: of two that fit, the more exact one is meant."""
        return len(re.sub(r"\{[^}]+\}", "", self.template))

    def __str__(self) -> str:
        return f"{self.verb.upper()} {self.template}"


def find_operation(verb: str, path: str) -> Operation | None:
    """The operation that GitHub would take a request for; `path` as it was sent, without query and prefix."""
    fitting = [one for one in _operations(verb.lower()) if one.pattern.fullmatch(path)]
    return max(fitting, key=lambda one: one.literal, default=None)


def check_query(operation: Operation, query: str) -> Iterator[str]:
    """What is wrong with a query string."""
    known = {one["name"]: one for one in operation.parameters if one["in"] == "query"}
    given = parse_qsl(query, keep_blank_values=True)
    for name, value in given:
        if name not in known:
            yield f"query parameter {name} is not described"
            continue
        schema = known[name]["schema"]
        found = problems(schema, _read(schema, value), closed=False)
        yield from (f"query parameter {name}: {words}" for words in found)
    missing = [name for name, one in known.items() if one.get("required") and name not in dict(given)]
    yield from (f"query parameter {name} is missing" for name in missing)


def check_path(operation: Operation, path: str) -> Iterator[str]:
    """What is wrong with the variable parts of a path."""
    match = operation.pattern.fullmatch(path)
    values = match.groupdict() if match else {}
    for one in operation.parameters:
        if one["in"] == "path":
            text = unquote(values[_group(one["name"])])
            found = list(problems(one["schema"], _read(one["schema"], text), closed=False))
            yield from (f"path parameter {one['name']}: {words}" for words in found)


def check_request(operation: Operation, body: object) -> Iterator[str]:
    """What is wrong with the body of a request; None: it had none."""
    described = operation.description.get("requestBody")
    if described is None:
        if body is not None:
            yield "a body is not described"
        return
    if body is None:
        if described.get("required"):
            yield "the body is missing"
        return
    yield from (f"body {words}" for words in problems(_json_of(described), body, closed=True))


def check_answer(operation: Operation, status: int, body: object) -> Iterator[str]:
    """What is wrong with an answer."""
    described = operation.description["responses"].get(str(status))
    if described is None:
        if status not in ANYWHERE:
            listed = ", ".join(operation.description["responses"])
            yield f"status {status} is not described (only {listed})"
            return
        schema: Mapping[str, Any] = INVALID if status == 422 else ERRORS
    else:
        schema = _json_of(resolved(described))
    if not schema and status >= 400:
        schema = ERRORS  # GitHub always says what is wrong
    if not schema:
        if body is not None:
            yield f"status {status} has a body, which is not described"
        return
    if body is None:
        yield f"status {status} has no body"
        return
    success = status < 300
    yield from (f"answer {status} {words}" for words in problems(schema, body, closed=success))


def resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """A parameter or a response behind its reference."""
    if "$ref" not in node:
        return node
    _, _, group, name = node["$ref"].split("/")
    found: Mapping[str, Any] = openapi()["components"][group][name]
    return found


@cache
def _operations(verb: str) -> tuple[Operation, ...]:
    found = []
    for template, methods in openapi()["paths"].items():
        if (described := methods.get(verb)) is None:
            continue
        parameters = tuple(resolved(one) for one in (*methods.get("parameters", ()), *described.get("parameters", ())))
        found.append(Operation(verb, template, parameters, described, _pattern(template, parameters)))
    return tuple(found)


def _pattern(template: str, parameters: tuple[Mapping[str, Any], ...]) -> re.Pattern[str]:
    wide = {one["name"] for one in parameters if one.get("x-multi-segment")}
    text = ""
    for part in re.split(r"(\{[^}]+\})", template):
        if part.startswith("{"):
            name = part[1:-1]
            text += f"(?P<{_group(name)}>{'.+' if name in wide else '[^/]+'})"
        else:
            text += re.escape(part)
    return re.compile(text)


def _group(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _json_of(described: Mapping[str, Any]) -> Mapping[str, Any]:
    content = described.get("content", {})
    found: Mapping[str, Any] = next((value["schema"] for kind, value in content.items() if "json" in kind), {})
    return found


def _read(schema: Mapping[str, Any], text: str) -> object:
    """A parameter's value in the type that its schema names."""
    kinds = {schema.get("type"), *(one.get("type") for one in schema.get("oneOf", ()))}
    if "integer" in kinds and re.fullmatch(r"-?\d+", text) and "string" not in kinds:
        return int(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    return [text] if kinds == {"array"} else text
