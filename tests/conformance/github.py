"""GitHub's own descriptions of its API, as npm packages that `make conformance` installs beside this file.

They are GitHub's, large, and no part of mergebot: where they are not installed, what needs them is skipped.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema

PACKAGES = Path(__file__).parent / "node_modules" / "@octokit"
SDL = PACKAGES / "graphql-schema" / "schema.graphql"
EVENTS = PACKAGES / "webhooks-examples" / "api.github.com" / "index.json"
OPENAPI = PACKAGES / "openapi" / "generated" / "api.github.com.json"

MISSING = "GitHub's API descriptions are not installed (they need npm): run `make conformance`"

NULLABLE = (
    ("pull-request-simple", "properties", "labels", "items", "properties", "description"),
    ("pull-request-simple", "properties", "head", "properties", "repo"),
    ("pull-request", "properties", "head", "properties", "repo"),
    ("pull-request", "properties", "head", "properties", "user"),
)
"""Where the description is wrong: a label may have no description, and the fork that a head is in may be gone."""


def is_installed() -> bool:
    """Whether all descriptions are there."""
    return SDL.is_file() and OPENAPI.is_file() and EVENTS.is_file()


@cache
def full_sdl() -> str:
    """GitHub's GraphQL schema as text."""
    return SDL.read_text(encoding="utf-8")


@cache
def full_schema() -> GraphQLSchema:
    """GitHub's GraphQL schema; it breaks rules of the specification (a field twice), hence the two flags."""
    return build_schema(full_sdl(), assume_valid=True, assume_valid_sdl=True)


@cache
def openapi() -> dict[str, Any]:
    """GitHub's OpenAPI description of its REST API; 13 MB, read once."""
    found: dict[str, Any] = json.loads(OPENAPI.read_text(encoding="utf-8"))
    for schema, *path in NULLABLE:
        node = found["components"]["schemas"][schema]
        for step in path:
            node = node[step]
        node["nullable"] = True
    return found
