"""What a plain (unquoted) word of YAML means: exactly what PyYAML's safe loader makes of it (YAML 1.1)."""

from collections.abc import Callable

import yaml

from mergebot.located.value import Date, Value

_TRUE = frozenset({"yes", "true", "on"})
_LONGEST = 300
"""Longer numbers become floats: Python's conversion of digits takes quadratic time."""


def plain_value(word: str) -> Value:
    """The value of a plain word: text, a number, true or false, nothing, or a date."""
    kinds = yaml.SafeLoader.yaml_implicit_resolvers.get(word[:1], ())
    for tag, pattern in kinds:
        if pattern.match(word):
            return _value(tag.rpartition(":")[2], word)
    return word


def _value(kind: str, word: str) -> Value:
    convert = _CONVERSIONS.get(kind)
    if convert is None:
        return word
    try:
        return convert(word)
    except ValueError:  # such as `0x_`, which the pattern of integers lets pass
        return word


def _integer(word: str) -> int | float:
    digits = word.replace("_", "")
    if len(digits) > _LONGEST:
        return float("inf")
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    if ":" in digits:
        return sign * int(_base_60(digits, int))
    if digits.startswith(("0b", "0x")):
        return sign * int(digits, 0)
    return sign * int(digits, 8 if digits.startswith("0") else 10)


def _float(word: str) -> float:
    digits = word.replace("_", "").lower()
    sign = -1.0 if digits.startswith("-") else 1.0
    digits = digits.lstrip("+-")
    if digits in {".inf", ".nan"}:
        return sign * float(digits[1:])
    return sign * (_base_60(digits, float) if ":" in digits[:_LONGEST] else float(digits))


def _base_60(digits: str, number: Callable[[str], float]) -> float:
    """A number such as `1:30`, which YAML 1.1 reads as minutes and seconds."""
    total: float = 0
    for part in digits[:_LONGEST].split(":"):
        total = total * 60 + number(part)
    return total


_CONVERSIONS: dict[str, Callable[[str], Value]] = {
    "null": lambda _word: None,
    "bool": lambda word: word.lower() in _TRUE,
    "int": _integer,
    "float": _float,
    "timestamp": Date,
}
