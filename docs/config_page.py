"""Writes the reference of the config from the schema that the code publishes.

`python docs/config_page.py > docs/config.md` writes it anew.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from mergebot.config.schema import schema

Schema = dict[str, Any]

HEAD = """\
# The config

<!-- Written by docs/config_page.py from the code; a test keeps them equal. -->

Every key of `.github/mergebot.yml` (or `config/mergebot.yml`; one of the two, `.yaml` serves too). All keys are
optional, and without the file the defaults below apply. It is read from the default branch, never from a pull
request, so that no pull request changes the rules that judge it.

- `mergebot check` finds every mistake, with file, line and column, offline; there is a
  [pre-commit hook](getting-started.md#check-before-you-push) for it.
- `mergebot plan --config FILE` shows what a changed config would do, before anybody merges it.
- Editors complete and check it with [the schema](../config/mergebot.schema.json); `mergebot init` puts the line that
  names it on top of the file.
- [`config/mergebot.yml`](../config/mergebot.yml) has all of it in one file, commented, to copy from.

Globs: `*`, `?` and `[a-z]` stay within one part of a path or name, `**` goes over parts, `dir/` is `dir/**`. A glob for
paths without a `/` holds at any depth. A name that is exactly the pattern always matches.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_section("", schema())])


def _section(name: str, section: Schema) -> Iterator[str]:
    keys = section["properties"]
    plain = {key: rule for key, rule in keys.items() if not _inner(rule)}
    if name:
        yield f"## {name}\n"
        yield f"{section['description']}\n" if "description" in section else ""
    if plain:
        yield "| key | value | default | |"
        yield "|---|---|---|---|"
        yield from (_row(key, rule) for key, rule in plain.items())
        yield ""
    for key, rule in keys.items():
        if inner := _inner(rule):
            yield from _section(f"{name}.{key}" if name else key, {"description": rule.get("description", ""), **inner})


def _inner(rule: Schema) -> Schema | None:
    """The keys below a key; a list of one-key maps (`conditions`) has those of its map."""
    if "properties" in rule:
        return {"properties": rule["properties"]}
    maps = (one for one in rule.get("anyOf", ()) if "properties" in one)
    return next(({"properties": one["properties"]} for one in maps), None)


def _row(key: str, rule: Schema) -> str:
    default = f"`{json.dumps(rule['default'], ensure_ascii=False)}`" if "default" in rule else "none"
    return f"| `{key}` | {_kind(rule)} | {default} | {rule.get('description', '')} |"


def _kind(rule: Schema) -> str:
    """What may stand there, in words."""
    match rule:
        case {"$ref": str(ref)}:
            return ref.rpartition("/")[2].replace("_", " ")
        case {"const": value}:
            return f"`{json.dumps(value)}`"
        case {"enum": list(words)}:
            return " or ".join(f"`{word}`" for word in words)
        case {"anyOf": list(parts)}:
            return " or ".join(_kind(part) for part in parts)
        case {"type": "array", "items": dict(item)}:
            return f"list: {_kind(item)}"
        case {"type": "object", "additionalProperties": dict(item)}:
            return f"map to {_kind(item)}"
        case {"type": "integer"}:
            return f"number{_bounds(rule)}"
        case {"type": "boolean"}:
            return "`true` or `false`"
        case {"type": "null"}:
            return "`null`"
        case _:
            raise ValueError(rule)


def _bounds(rule: Schema) -> str:
    low, high = rule.get("minimum"), rule.get("maximum")
    if low is not None and high is not None:
        return f", {low} to {high}"
    return f", {low} or more" if low is not None else ""


if __name__ == "__main__":
    sys.stdout.write(page())
