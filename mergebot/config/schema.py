"""The published schema of the config, made from the table the loader reads by.

`python -m mergebot.config.schema > config/mergebot.schema.json` writes it anew.
"""

import sys

from mergebot.config.keys import ROOT
from mergebot.located.schema import Schema, document, published
from mergebot.located.texts import TEXT_RULES

NAME = "mergebot.schema.json"


def schema() -> Schema:
    """JSON Schema of the config, with a title, a line and examples for editors to show.

    It says all that JSON Schema can say. Only the loader knows of duplicate keys, of a condition listed twice, of
    equal labels, and of numbers that are not in plain digits (`10.0`).
    """
    about = "The config of mergebot. No file means the defaults."
    return document(NAME, "mergebot.yml", about, _titled(ROOT.schema(), ""), TEXT_RULES)


def _titled(content: Schema, section: str) -> Schema:
    """The schema of a map with every key's full name as its title, and so on in the maps inside; levels are few."""
    titled = dict(content)
    for word, key in content.get("properties", {}).items():
        name = f"{section}.{word}" if section else word
        titled["properties"] = {**titled["properties"], word: {"title": name, **_titled(key, name)}}
    if "anyOf" in content:
        titled["anyOf"] = [_titled(one, section) for one in content["anyOf"]]
    if "items" in content:
        titled["items"] = _titled(content["items"], section)
    return titled


def schema_text() -> str:
    """The schema as it is published."""
    return published(schema())


if __name__ == "__main__":
    sys.stdout.write(schema_text())
