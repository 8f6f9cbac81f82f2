"""The part of GitHub's expression language that the Action and the workflows use; what it does not know is an error."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

_TOKEN: Final = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w.-]*)|(?P<sign>&&|\|\||==|!=|[!(),]))")
_PLACE: Final = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def fill(text: str, contexts: Mapping[str, Any]) -> str:
    """A text with every `${{ }}` in it replaced; nothing stands for null, as on a runner."""
    return _PLACE.sub(lambda place: _shown(evaluate(place[1], contexts)), text)


def holds(condition: str, contexts: Mapping[str, Any]) -> bool:
    """Whether an `if:` lets a job run."""
    return _truthy(evaluate(condition, contexts))


def evaluate(expression: str, contexts: Mapping[str, Any]) -> object:
    """The value of an expression: text, number, bool, null, or a whole object.

    Raises:
        ValueError: it is none, or uses what is not known here.
    """
    return _Reader(expression, contexts).whole()


class _Reader:
    """Reads and reckons in one go, both sides of every operator; nothing has side effects."""

    def __init__(self, expression: str, contexts: Mapping[str, Any]) -> None:
        self.contexts = contexts
        self.tokens: list[str] = []
        rest = expression.rstrip()
        while rest:
            if (found := _TOKEN.match(rest)) is None:
                raise ValueError(f"not understood: {rest}")
            self.tokens.append(found[0].strip())
            rest = rest[found.end() :]

    def whole(self) -> object:
        value = self.either()
        if self.tokens:
            raise ValueError(f"more than one expression: {self.tokens}")
        return value

    def either(self) -> object:
        value = self.both()
        while self.take("||"):
            other = self.both()
            value = value if _truthy(value) else other
        return value

    def both(self) -> object:
        value = self.compared()
        while self.take("&&"):
            other = self.compared()
            value = other if _truthy(value) else value
        return value

    def compared(self) -> object:
        value = self.one()
        if self.take("=="):
            return _equal(value, self.one())
        if self.take("!="):
            return not _equal(value, self.one())
        return value

    def one(self) -> object:
        if self.take("!"):
            return not _truthy(self.one())
        if self.take("("):
            value = self.either()
            self.need(")")
            return value
        token = self.tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        return self.call(token) if self.take("(") else self.look_up(token)

    def call(self, name: str) -> object:
        first = _shown(self.either()).casefold()
        self.need(",")
        second = _shown(self.either()).casefold()
        self.need(")")
        return _FUNCTIONS[name](first, second)

    def look_up(self, name: str) -> object:
        """What a context has there; null where it has nothing, but an unknown context is an error."""
        context, *path = name.split(".")
        value = self.contexts[context]
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def take(self, sign: str) -> bool:
        if self.tokens[:1] != [sign]:
            return False
        del self.tokens[0]
        return True

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise ValueError(f"{sign} is missing before {self.tokens}")


_FUNCTIONS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "contains": lambda text, part: part in text,
    "startsWith": lambda text, part: text.startswith(part),
}


def _equal(left: object, right: object) -> bool:
    """Platform: texts are compared without their case; of two kinds both become numbers, and no number equals none."""
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    return _number(left) == _number(right)


def _number(value: object) -> float:
    if value is None or value == "":
        return 0.0
    return float(value) if isinstance(value, (bool, int, float)) else math.nan


def _truthy(value: object) -> bool:
    return bool(value)


def _shown(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
