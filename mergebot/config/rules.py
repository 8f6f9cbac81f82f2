"""How a value of the config is read: one rule for each kind, which also writes its part of the published schema.

A rule gives the value in a tuple of one, or an empty tuple when the value is wrong, which it has then reported.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from mergebot.located.schema import Schema, reference
from mergebot.located.texts import TextRule
from mergebot.located.value import Located, Report
from mergebot.located.words import found, listing, quoted, shown, surprise

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Choice_ = TypeVar("Choice_", bound=StrEnum)


class Rule(Protocol[T_co]):
    """Reads one kind of value; `name` is the key's full name, for messages."""

    def read(self, node: Located, name: str, report: Report) -> tuple[T_co, ...]:
        """The value, or nothing when it is wrong and was reported."""
        ...

    def schema(self) -> Schema:
        """The same rule as JSON Schema."""
        ...


def wrong_type(node: Located, subject: str, wanted: str, report: Report, *, wants_text: bool = False) -> tuple[()]:
    """Report what stands there instead of what is wanted."""
    seen = found(node, mapping=report.mapping)
    report.error(node, f"{subject} must be {wanted}, not {seen}", surprise(node, wants_text=wants_text))
    return ()


class Flag:
    """True or false."""

    def read(self, node: Located, name: str, report: Report) -> tuple[bool, ...]:
        """The flag."""
        return (
            (node.value,) if isinstance(node.value, bool) else wrong_type(node, quoted(name), "true or false", report)
        )

    def schema(self) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


class Whole:
    """A whole number in plain digits, within bounds (None: unbounded on that side)."""

    def __init__(self, low: int | None = None, high: int | None = None) -> None:
        self._low, self._high = low, high

    def read(self, node: Located, name: str, report: Report) -> tuple[int, ...]:
        """The number."""
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int):
            return wrong_type(node, quoted(name), self.wanted, report)
        if node.written not in {"", str(value)}:
            hint = f"{quoted(node.written)} is read as the number {shown(str(value), longest=30)} here"
            report.error(node, f"{quoted(name)} must be {self.wanted} in plain digits", hint)
            return ()
        if (self._low is not None and value < self._low) or (self._high is not None and value > self._high):
            return wrong_type(node, quoted(name), self.wanted, report)
        return (value,)

    @property
    def wanted(self) -> str:
        """The bounds in words."""
        if self._low is None:
            return "a whole number"
        return f"a whole number from {self._low} " + ("up" if self._high is None else f"to {self._high}")

    def schema(self) -> Schema:
        """A bounded integer."""
        bounds = {"minimum": self._low, "maximum": self._high}
        return {"type": "integer", **{key: bound for key, bound in bounds.items() if bound is not None}}


class Text:
    """A text of some kind."""

    def __init__(self, rule: TextRule) -> None:
        self._rule = rule

    def read(self, node: Located, name: str, report: Report) -> tuple[str, ...]:
        """The text as it stands."""
        text = node.value
        if not isinstance(text, str):
            return wrong_type(node, quoted(name), f"{self._rule.called} (text)", report, wants_text=True)
        if refusal := self._rule.refuse(text):
            seen = f" {quoted(text)}" if text.strip() else ""
            report.error(node, f"{quoted(name)}: {self._rule.called}{seen} {refusal.message}", refusal.hint)
            return ()
        return (text,)

    def schema(self) -> Schema:
        """A reference to the kind of text, which the published schema defines."""
        return reference(self._rule)


class Choice(Generic[Choice_]):
    """One of a few words; `unavailable` are those that are known but cannot be had, with the reason."""

    def __init__(self, choices: type[Choice_], unavailable: Mapping[str, str] | None = None) -> None:
        self._choices = choices
        self._unavailable = dict(unavailable or {})

    def read(self, node: Located, name: str, report: Report) -> tuple[Choice_, ...]:
        """The member of the enumeration."""
        offered = [choice.value for choice in self._choices if choice.value not in self._unavailable]
        if not isinstance(node.value, str) or node.value not in {*self._unavailable, *offered}:
            return wrong_type(node, quoted(name), listing(offered), report, wants_text=True)
        if why := self._unavailable.get(node.value):
            report.error(node, f"{quoted(name)}: {why}", f"use {listing(offered)}")
            return ()
        return (self._choices(node.value),)

    def schema(self) -> Schema:
        """An enumeration of what can be had."""
        return {"enum": [choice.value for choice in self._choices if choice.value not in self._unavailable]}


class ListOf(Generic[T]):
    """A list; `distinct`: nothing twice and at least one."""

    def __init__(self, item: Rule[T], *, distinct: bool = False) -> None:
        self._item = item
        self._distinct = distinct

    def read(self, node: Located, name: str, report: Report) -> tuple[tuple[T, ...], ...]:
        """The items that are right, in their order."""
        if not isinstance(node.value, list):
            return self._no_list(node, name, report)
        items: list[T] = []
        for item in node.value:
            for value in self._item.read(item, name, report):
                if self._distinct and value in items:
                    report.error(item, f"{quoted(name)}: {found(item)} is listed twice", "keep the first")
                items.append(value)
        if self._distinct and not node.value:
            report.error(node, f"{quoted(name)} is empty", "list at least one, or remove the key for the default")
        return (tuple(items),)

    def _no_list(self, node: Located, name: str, report: Report) -> tuple[()]:
        hint = "write [] for an empty list, or remove the key for the default"
        if isinstance(node.value, str):
            hint = f"write [{shown(node.value)}]"
        report.error(node, f"{quoted(name)} must be a list, not {found(node)}", hint)
        return ()

    def schema(self) -> Schema:
        """An array."""
        distinct = {"minItems": 1, "uniqueItems": True} if self._distinct else {}
        return {"type": "array", "items": self._item.schema(), **distinct}


class MapOf(Generic[T]):
    """A map from names to values of one kind."""

    def __init__(self, key: TextRule, item: Rule[T]) -> None:
        self._key = Text(key)
        self._item = item

    def read(self, node: Located, name: str, report: Report) -> tuple[dict[str, T], ...]:
        """The pairs that are right."""
        if not isinstance(node.value, dict):
            return wrong_type(node, quoted(name), report.mapping, report)
        pairs: dict[str, T] = {}
        for member in node.value.values():
            for key in self._key.read(member.key, name, report):
                for value in self._item.read(member.value, f"{name}.{key}", report):
                    pairs[key] = value
        return (pairs,)

    def schema(self) -> Schema:
        """An object with any good names."""
        return {"type": "object", "propertyNames": self._key.schema(), "additionalProperties": self._item.schema()}


class OrNull(Generic[T]):
    """A value, or null for the default."""

    def __init__(self, rule: Rule[T]) -> None:
        self._rule = rule

    def read(self, node: Located, name: str, report: Report) -> "tuple[T | None, ...]":
        """The value or None."""
        return (None,) if node.value is None else self._rule.read(node, name, report)

    def schema(self) -> Schema:
        """Either of the two."""
        return {"anyOf": [self._rule.schema(), {"type": "null"}]}


class OrFalse(Generic[T]):
    """A value, or false to turn the criterion off; true says nothing here."""

    def __init__(self, rule: Rule[T], wanted: str) -> None:
        self._rule = rule
        self._wanted = wanted

    def read(self, node: Located, name: str, report: Report) -> "tuple[T | None, ...]":
        """The value, or None for false."""
        if node.value is False:
            return (None,)
        if node.value is True:
            return wrong_type(node, quoted(name), f"{self._wanted}, or false", report)
        return self._rule.read(node, name, report)

    def schema(self) -> Schema:
        """Either of the two."""
        return {"anyOf": [self._rule.schema(), {"const": False}]}


class Only:
    """The one value that is allowed; `why` and `hint` answer a wrong one of the right type."""

    def __init__(self, value: int, why: str, hint: str) -> None:
        self._value = value
        self._why, self._hint = why, hint

    def read(self, node: Located, name: str, report: Report) -> tuple[int, ...]:
        """The value."""
        if type(node.value) is not type(self._value):
            return wrong_type(node, quoted(name), str(self._value).lower(), report)
        if node.value != self._value:
            seen = found(node).removeprefix("the number ")
            report.error(node, f"{quoted(name)}: {seen}: {self._why}", self._hint)
            return ()
        return (self._value,)

    def schema(self) -> Schema:
        """A constant."""
        return {"const": self._value}
