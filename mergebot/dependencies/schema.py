"""The published schema of dependencies.json, by the rules of the loader.

`python -m mergebot.dependencies.schema > config/dependencies.schema.json` writes it anew. The file itself cannot name
it: the loader knows no key `$schema`. Editors are told by the file's path.
"""

import sys

from mergebot.located.schema import Schema, document, published, reference
from mergebot.located.texts import BRANCH, NAME

FILE = "dependencies.schema.json"


def schema() -> Schema:
    """JSON Schema of the dependency file.

    It says all that JSON Schema can say. Only the loader knows of duplicate keys, of cycles, of agents that depend on
    themselves, are in two waves or come too early, and of two agents with one branch.
    """
    about = "The agents of a fleet: who waits for whom, in which order they merge, which branch is whose."
    properties = {"dependencies": _dependencies(), "merge_order": _merge_order(), "agents": _agents()}
    content = {"type": "object", "additionalProperties": False, "properties": properties}
    return document(FILE, "dependencies.json", about, content, (NAME, BRANCH))


def _dependencies() -> Schema:
    return {
        "title": "dependencies",
        "description": "Each agent with those whose pull requests must be merged before its own.",
        "type": "object",
        "propertyNames": reference(NAME),
        "additionalProperties": {"type": "array", "items": reference(NAME)},
        "default": {},
        "examples": [{"testing-agent": ["backend-agent", "frontend-agent"]}],
    }


def _merge_order() -> Schema:
    return {
        "title": "merge_order",
        "description": "Waves of agents. Among what is ready, earlier waves merge first; see `queue.waves`.",
        "type": "array",
        "items": {"type": "array", "items": reference(NAME), "uniqueItems": True},
        "default": [],
        "examples": [[["backend-agent", "frontend-agent"], ["testing-agent"]]],
    }


def _agents() -> Schema:
    about = {
        "title": "branch",
        "description": "The agent's head branch.",
        "examples": ["feature/backend-architecture"],
    }
    return {
        "title": "agents",
        "description": "What is to be known of an agent beyond its name.",
        "type": "object",
        "propertyNames": reference(NAME),
        "additionalProperties": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"branch": {**about, **reference(BRANCH)}},
        },
        "default": {},
        "examples": [{"backend-agent": {"branch": "feature/backend-architecture"}}],
    }


def schema_text() -> str:
    """The schema as it is published."""
    return published(schema())


if __name__ == "__main__":
    sys.stdout.write(schema_text())
