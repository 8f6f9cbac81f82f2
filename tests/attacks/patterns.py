"""Finds every regular expression of mergebot's, with how it is used, and texts that are made to keep it busy."""

import ast
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

import mergebot

METHODS: Final = frozenset({"match", "fullmatch", "search", "sub", "split", "findall", "finditer"})
_CATEGORIES: Final[dict[Any, Callable[[str], bool]]] = {
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
}
_OPPOSITES: Final = {
    op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT,
    op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE,
    op.CATEGORY_NOT_WORD: op.CATEGORY_WORD,
}
_CHARS: Final = [*"a1 -_.:/#`*<>[](){}|\\\"'!?=&;,@%~+$^0Zx\n\t\r", "\u05d0", "\u200b", "\ud800", "\x00", "\x1b"]


@dataclass(frozen=True)
class Used:
    """A pattern, where it stands, and the methods that it is called by."""

    where: str
    pattern: "re.Pattern[str] | re.Pattern[bytes]"
    methods: frozenset[str]


def every_pattern() -> list[Used]:
    """All patterns in the package: those that modules keep, and those that stand where they are used."""
    found: list[Used] = []
    for module in pkgutil.walk_packages(mergebot.__path__, "mergebot."):
        if module.name.endswith("__main__"):
            continue
        loaded = importlib.import_module(module.name)
        if loaded.__file__:
            tree = ast.parse(Path(loaded.__file__).read_text(encoding="utf-8"))
            found += _kept(module.name, vars(loaded), tree)
            found += _inline(module.name, vars(loaded), tree)
    return found


def _kept(module: str, names: dict[str, Any], tree: ast.Module) -> Iterator[Used]:
    used: defaultdict[str, set[str]] = defaultdict(set)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in METHODS and isinstance(node.value, ast.Name):
            used[node.value.id].add(node.attr)
    own = {target.id for node in tree.body for target in _targets(node) if isinstance(target, ast.Name)}
    for name in sorted(own):
        for number, pattern in enumerate(_patterns(names.get(name))):
            methods = frozenset(used[name]) or frozenset({"match", "search"})
            yield Used(f"{module}.{name}" + (f"-{number}" if number else ""), pattern, methods)


def _targets(node: ast.stmt) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []


def _patterns(value: object) -> Iterator["re.Pattern[str] | re.Pattern[bytes]"]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _patterns(item)


def _inline(module: str, names: dict[str, Any], tree: ast.Module) -> Iterator[Used]:
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if not isinstance(node, ast.Call) or not isinstance(called, ast.Attribute) or called.attr not in METHODS:
            continue
        if (
            isinstance(called.value, ast.Name)
            and called.value.id == "re"
            and not isinstance(node.args[0], ast.Attribute)
        ):
            source = eval(compile(ast.Expression(node.args[0]), module, "eval"), {}, _Names(names))  # noqa: S307 (our own source)
            yield Used(f"{module}:{node.lineno}", re.compile(source), frozenset({called.attr}))


class _Names(dict[str, Any]):
    """The names of a module; what is none of them is a variable, and stands for a number."""

    def __missing__(self, key: str) -> int:
        return 7


def attacks(pattern: "re.Pattern[str] | re.Pattern[bytes]") -> Iterator[tuple[str, str, str]]:
    """Texts to be made long: what comes before, what is said again and again, and what spoils it at the end."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = parser.parse(source, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags)
    units: dict[tuple[str, str], None] = {}
    whole = _sample(tree, units, "")
    for prefix, unit in list(units):
        units[("", prefix + unit)] = None
        units[("", prefix)] = None
        units[(prefix, unit + " ")] = None
    for char in sorted(set(whole) | {" ", "a", "1"}):
        units[("", char)] = None
    units[("", whole)] = None
    units[("", whole[:-1])] = None
    for prefix, unit in units:
        for end in ("", "\x00", "!\nx") if unit else ():
            yield prefix, unit, end


def _sample(nodes: Iterable[Any], units: dict[tuple[str, str], None], before: str) -> str:
    """A text that fits a part of a pattern; every part of it that may be repeated is noted, with what comes before."""
    text = ""
    for code, about in nodes:
        text += _one(code, about, units, before + text)
    return text


def _one(code: Any, about: Any, units: dict[tuple[str, str], None], before: str) -> str:  # noqa: ANN401 (the parser's own)
    if code is op.LITERAL:
        return chr(about)
    if code in (op.NOT_LITERAL, op.ANY, op.IN):
        return next((str(char) for char in _CHARS if _fits(code, about, char)), "a")
    if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, _, inner = about
        unit = str(_sample(inner, units, before))
        units[before, unit] = None
        return unit * max(1, min(int(least), 3))
    if code is op.BRANCH:
        samples: list[str] = [_sample(branch, units, before) for branch in about[1]]
        return samples[0]
    if code is op.SUBPATTERN:
        return _sample(about[-1], units, before)
    if code is op.ATOMIC_GROUP:
        return _sample(about, units, before)
    return ""  # an assertion


def _fits(code: Any, about: Any, char: str) -> bool:  # noqa: ANN401 (the parser's own)
    if code is op.ANY:
        return char != "\n"
    if code is op.NOT_LITERAL:
        return ord(char) != int(about)
    wanted = about[0][0] is not op.NEGATE
    return any(_in(kind, value, char) for kind, value in about if kind is not op.NEGATE) is wanted


def _in(kind: Any, value: Any, char: str) -> bool:  # noqa: ANN401 (the parser's own)
    if kind is op.LITERAL:
        return ord(char) == int(value)
    if kind is op.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    return _CATEGORIES[value](char) if value in _CATEGORIES else not _CATEGORIES[_OPPOSITES[value]](char)
