"""The model's values to plain JSON values and back, by cattrs, but stricter than cattrs is by itself.

Unions of dataclasses carry the name of their class as `_type`. A mapping whose keys are dataclasses is a list of pairs.
"""

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from enum import Enum
from types import GenericAlias, UnionType
from typing import Any, TypeAlias, TypeVar, Union, get_args, get_origin

import cattrs
from cattrs.gen import make_dict_structure_fn

T = TypeVar("T")
Json: TypeAlias = Any
"""Any value that `json` reads and writes."""
Kind: TypeAlias = Any
"""A type as annotations spell it, such as `tuple[str, ...]`."""

_TYPE = "_type"
_MOST_PROBLEMS = 20
_LONGEST_MESSAGE = 200
_SCALARS: dict[type, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


class Converter:
    """Turns values into what `json` can write, and checks everything on the way back."""

    unfit: type[Exception] = cattrs.BaseValidationError

    def __init__(self) -> None:
        self._cattrs = converter = cattrs.Converter(detailed_validation=True)
        converter.register_unstructure_hook_func(_is_class_union, self._tagged)
        converter.register_unstructure_hook_func(_is_frozenset, sorted)
        converter.register_unstructure_hook_factory(_has_class_keys, self._to_pairs)
        converter.register_structure_hook_factory(_is_class, self._from_fields)
        converter.register_structure_hook_func(_is_class_union, self._from_tagged)
        converter.register_structure_hook_func(_is_tuple, lambda value, kind: tuple(self._items(value, kind)))
        converter.register_structure_hook_func(_is_frozenset, lambda value, kind: frozenset(self._items(value, kind)))
        converter.register_structure_hook_func(_is_mapping, self._from_members)
        converter.register_structure_hook_func(_has_class_keys, self._from_pairs)
        for kind in _SCALARS:
            converter.register_structure_hook(kind, _scalar)

    def unstructure(self, value: object) -> Json:
        """The value as JSON knows it."""
        return self._cattrs.unstructure(value)

    def structure(self, value: Json, kind: type[T]) -> T:
        """The value of this kind; raises `unfit` with everything that does not fit."""
        return self._cattrs.structure(value, kind)

    def explain(self, error: Exception) -> list[tuple[str, str]]:
        """Where and what does not fit, the first few of it."""
        mark = "\0"  # stands in no message, so it parts the message from the path
        lines = cattrs.transform_error(error, path=mark, format_exception=_in_words)
        parts = [line.partition(f" @ {mark}") for line in lines[:_MOST_PROBLEMS]]
        return [(f"${where}", message) for message, _, where in parts]

    def _tagged(self, value: object) -> Json:
        return {_TYPE: type(value).__name__, **self.unstructure(value)}

    def _from_tagged(self, value: Json, union: Kind) -> object:
        classes = {member.__name__: member for member in get_args(union)}
        fields = dict(_expect(value, dict, "an object"))
        name = fields.pop(_TYPE, None)
        if not isinstance(name, str) or name not in classes:
            raise ValueError(f"{_TYPE!r} must be one of {', '.join(classes)}, not {_shown(name)}")
        return self._cattrs.structure(fields, classes[name])

    def _from_fields(self, kind: type[T]) -> Callable[[Json, Kind], T]:
        known = make_dict_structure_fn(kind, self._cattrs, _cattrs_forbid_extra_keys=True)
        return lambda value, kind: known(_expect(value, dict, "an object"), kind)

    def _items(self, value: Json, kind: Kind) -> list[object]:
        items: list[object] = self._cattrs.structure(_expect(value, list, "a list"), _list_of(get_args(kind)[0]))
        return items

    def _from_members(self, value: Json, kind: Kind) -> dict[object, object]:
        whole: Kind = GenericAlias(dict, get_args(kind))
        members: dict[object, object] = self._cattrs.structure(_expect(value, dict, "an object"), whole)
        return members

    def _to_pairs(self, kind: Kind) -> Callable[[Mapping[object, object]], Json]:
        pairs = _list_of(GenericAlias(tuple, get_args(kind)))
        return lambda value: self._cattrs.unstructure(list(value.items()), unstructure_as=pairs)

    def _from_pairs(self, value: Json, kind: Kind) -> dict[object, object]:
        for pair in _expect(value, list, "a list of pairs"):
            if len(_expect(pair, list, "a pair")) != 2:  # noqa: PLR2004 (a pair)
                raise ValueError(f"must be pairs, but one has {len(pair)} parts")
        pairs = _list_of(GenericAlias(tuple, get_args(kind)))
        return dict(self._cattrs.structure(value, pairs))


def _list_of(item: Kind) -> Kind:
    return GenericAlias(list, (item,))


def _origin(kind: Kind) -> object:
    return get_origin(kind)


def _is_class(kind: Kind) -> bool:
    return isinstance(kind, type) and is_dataclass(kind)


def _is_class_union(kind: Kind) -> bool:
    """Whether it is a union of dataclasses; a value or None is left to cattrs."""
    return _origin(kind) in {Union, UnionType} and all(map(_is_class, get_args(kind)))


def _is_frozenset(kind: Kind) -> bool:
    return _origin(kind) is frozenset


def _is_tuple(kind: Kind) -> bool:
    """Whether it is a tuple of any length; pairs are left to cattrs."""
    return _origin(kind) is tuple and get_args(kind)[-1] is Ellipsis


def _is_mapping(kind: Kind) -> bool:
    return _origin(kind) is Mapping


def _has_class_keys(kind: Kind) -> bool:
    return _is_mapping(kind) and (_is_class(get_args(kind)[0]) or _is_class_union(get_args(kind)[0]))


def _scalar(value: Json, kind: type) -> Json:
    """The value itself, if it is exactly of this kind; cattrs would convert what is not."""
    if type(value) is kind:
        return value
    if issubclass(kind, Enum):
        return kind(value)
    if kind is float and type(value) is int:
        return float(value)
    raise ValueError(f"must be {_SCALARS[kind]}, not {_shown(value)}")


def _expect(value: Json, kind: type[T], words: str) -> T:
    if isinstance(value, kind):
        return value
    raise ValueError(f"must be {words}, not {_shown(value)}")


def _in_words(error: BaseException, _kind: Kind) -> str:
    match error:
        case KeyError():
            return "is missing"
        case cattrs.ForbiddenExtraKeysError():
            return f"has unknown parts: {', '.join(map(_shown, sorted(error.extra_fields)))}"
        case _:
            return str(error)[:_LONGEST_MESSAGE]


def _shown(value: Json) -> str:
    """A short form of a value, safe to print."""
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case None:
            return "null"
        case _:
            return ascii(value)[:60]
