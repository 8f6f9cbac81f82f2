"""What the published schemas have in common: draft, address, and the kinds of text.

Draft 7, although there are newer ones: it is the newest that the YAML extensions of editors know whole.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from mergebot.located.texts import TextRule

Schema = dict[str, Any]

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_PLACE: Final = "https://raw.githubusercontent.com/mergebot/mergebot/main/config"


def address(name: str) -> str:
    """Where editors find a published schema."""
    return f"{_PLACE}/{name}"


def document(name: str, title: str, about: str, content: Schema, kinds: Iterable[TextRule]) -> Schema:
    """A whole schema; `content` may refer to these kinds of text."""
    head = {"$schema": _DRAFT, "$id": address(name), "title": title, "description": about}
    return {**head, **content, "definitions": {_slug(kind): _definition(kind) for kind in kinds}}


def reference(kind: TextRule) -> Schema:
    """A text of this kind, which the document defines."""
    return {"$ref": f"#/definitions/{_slug(kind)}"}


def published(schema: Schema) -> str:
    """A schema as it is published."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _definition(kind: TextRule) -> Schema:
    """A string that matches none of the refused patterns."""
    return {"type": "string", "allOf": [{"not": {"pattern": refusal.pattern}} for refusal in kind.refusals]}


def _slug(kind: TextRule) -> str:
    return kind.called.split(" ", 1)[1].replace(" ", "_")
