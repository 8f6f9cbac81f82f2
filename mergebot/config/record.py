"""Maps with known keys: the sections of the config."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from mergebot.config.rules import Rule, wrong_type
from mergebot.located.schema import Schema
from mergebot.located.value import Located, Report
from mergebot.located.words import quoted, unknown_keys


class Key(NamedTuple):
    """A known key: its rule, one line about it, its default as the file spells it (None: it has none), and examples.

    Editors show the examples; a key whose default or whose rule says it all needs none.
    """

    rule: Rule[Any]
    about: str
    default: Any = None
    examples: tuple[Any, ...] = ()

    def schema(self) -> Schema:
        """The rule with description, default and examples."""
        default = {} if self.default is None else {"default": self.default}
        examples = {"examples": list(self.examples)} if self.examples else {}
        return {"description": self.about, **self.rule.schema(), **default, **examples}


class Record:
    """A map with known keys, all optional; an empty section is one without keys.

    `home` names the section that an unknown key belongs to, if another one knows it.
    """

    def __init__(self, keys: Mapping[str, Key], home: Callable[[str], str | None]) -> None:
        self.keys = dict(keys)
        self._home = home

    def read(self, node: Located, name: str, report: Report) -> tuple[dict[str, Any], ...]:
        """The values of the keys that are there and right."""
        if node.value is None:
            return ({},)
        if not isinstance(node.value, dict):
            return wrong_type(node, quoted(name) if name else "the config", "a map", report)
        for key, hint in unknown_keys(node.value, self.keys):
            word = str(key.value)
            home = self._home(word)
            report.error(key, f"unknown key {quoted(word)}", f"it belongs under {quoted(home)}" if home else hint)
        values: dict[str, Any] = {}
        for word, key_rule in self.keys.items():
            if word in node.value:
                full = f"{name}.{word}" if name else word
                for value in key_rule.rule.read(node.value[word].value, full, report):
                    values[word] = value
        return (values,)

    def schema(self) -> Schema:
        """An object with these properties and no others."""
        properties = {word: key.schema() for word, key in self.keys.items()}
        return {"type": ["object", "null"], "additionalProperties": False, "properties": properties}


class Conditions:
    """`auto_merge.conditions`: a list of one-key maps, or one map (contract 2.4); no condition twice."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def read(self, node: Located, name: str, report: Report) -> tuple[dict[str, Any], ...]:
        """The values of the conditions that are there and right."""
        if isinstance(node.value, dict):
            return self.record.read(node, name, report)
        if not isinstance(node.value, list):
            return wrong_type(node, quoted(name), "a list of one-key maps, or one map", report)
        values: dict[str, Any] = {}
        firsts: dict[str, Located] = {}
        for item in node.value:
            for key in self._keys(item, name, report):
                if key in firsts:
                    hint = f"it is already at {firsts[key].line}:{firsts[key].column}; keep one"
                    report.error(item, f"{quoted(key)} is listed twice in {quoted(name)}", hint)
                firsts.setdefault(key, item)
            for value in self.record.read(item, name, report) if isinstance(item.value, dict) else ():
                values |= value
        return (values,)

    def _keys(self, item: Located, name: str, report: Report) -> list[str]:
        if not isinstance(item.value, dict):
            word = item.value if isinstance(item.value, str) and item.value in self.record.keys else "tests_passing"
            wrong_type(
                item, f"an item of {quoted(name)}", f"a map with one key, such as `{word}: {_example(word)}`", report
            )
            return []
        if len(item.value) != 1:
            hint = "begin each condition with its own `- `, or write one map without dashes"
            report.error(item, f"an item of {quoted(name)} must have one key, not {len(item.value)}", hint)
        return list(item.value)

    def schema(self) -> Schema:
        """Either form; JSON Schema cannot say that no condition comes twice in the list."""
        one = self.record.schema() | {"type": "object"}
        item = one | {"minProperties": 1, "maxProperties": 1}
        return {"anyOf": [{"type": "array", "items": item}, one]}


def _example(condition: str) -> str:
    return {"review_score": "10", "approvals": "1", "merge_conflicts": "false"}.get(condition, "true")
