"""The published schema of the config, made from the table the loader reads by.

`python -m mergebot.config.schema > config/mergebot.schema.json` writes it anew.
"""

import json
import sys

from mergebot.config.keys import ROOT
from mergebot.config.rules import Schema, text_kinds


def schema() -> Schema:
    """JSON Schema 2020-12 of the config.

    It says all that JSON Schema can say. Only the loader knows of duplicate keys, of a condition listed twice, of
    equal labels, and of numbers that are not in plain digits (`10.0`).
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mergebot.yml",
        "description": "The config of mergebot. No file means the defaults.",
        **ROOT.schema(),
        "$defs": text_kinds(),
    }


def schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
