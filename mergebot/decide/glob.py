"""Globs: `*`, `?` and `[a-z]` stay within a part of a name, `**` goes over parts, `dir/` is `dir/**`.

No backtracking over characters: a hostile name costs time in proportion to its length, whatever the pattern.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

_ANY_DEPTH = "**"
_CACHED = 4096
_TOKEN = re.compile(r"(?P<star>\*+)|(?P<any>\?)|\[(?P<not>[!^]?)(?P<set>\]?[^\]]*)\]|(?P<char>.)", re.DOTALL)
_WILD = re.compile(r"[*?\[]")
_RANGE = re.compile(r"(.)-(.)|(.)", re.DOTALL)


def matches(pattern: str, name: str) -> bool:
    """Whether a branch or check is named exactly so, or the pattern as a glob fits all of the name."""
    return name == pattern or _fits(_compile(pattern), name.split("/"))


def matches_any(patterns: tuple[str, ...], name: str) -> bool:
    """Whether one of the patterns matches."""
    return _compile_all(patterns).match(name)


def path_matches_any(patterns: tuple[str, ...], path: str) -> bool:
    """Whether a path matches; as in `.gitattributes` and CODEOWNERS a pattern without `/` holds at any depth."""
    return path_globs(patterns).match(path)


@dataclass(frozen=True, kw_only=True, slots=True)
class PathGlobs:
    """Patterns for paths: those for the whole path, and those for its last part."""

    whole: "_Patterns"
    last: "_Patterns"

    def match(self, path: str) -> bool:
        """Whether one of them matches."""
        return self.whole.match(path) or self.last.match(path.rpartition("/")[2])


@lru_cache(maxsize=_CACHED)
def path_globs(patterns: tuple[str, ...]) -> PathGlobs:
    """The patterns, ready for many paths."""
    return PathGlobs(
        whole=_compile_all(tuple(pattern for pattern in patterns if "/" in pattern)),
        last=_compile_all(tuple(pattern for pattern in patterns if "/" not in pattern)),
    )


class _Part:
    """One part of a pattern: the pieces between its stars, each a regular expression of a fixed length."""

    def __init__(self, text: str) -> None:
        pieces: list[list[str]] = [[]]
        for token in _TOKEN.finditer(text):
            if token["star"]:
                pieces.append([])
            else:
                pieces[-1].append(_one_character(token))
        self.pieces = [re.compile("".join(piece), re.DOTALL) for piece in pieces]
        self.tail_length = len(pieces[-1])

    def fits(self, part: str) -> bool:
        """Whether all of it fits: first and last piece at the ends, the others in order, each as early as it can."""
        if len(self.pieces) == 1:
            return self.pieces[0].fullmatch(part) is not None
        found = self.pieces[0].match(part)
        last = len(part) - self.tail_length
        for piece in self.pieces[1:-1]:
            found = piece.search(part, found.end()) if found else None
        return found is not None and found.end() <= last and self.pieces[-1].match(part, last) is not None


def _one_character(token: re.Match[str]) -> str:
    if token["any"]:
        return "."
    if token["char"]:
        return re.escape(token["char"])
    ranges = [
        re.escape(single) if single else f"{re.escape(low)}-{re.escape(high)}" if low <= high else ""
        for low, high, single in _RANGE.findall(token["set"])
    ]
    inside = "".join(ranges)
    if not inside:
        return "." if token["not"] else "(?!.)."
    return f"[{'^' if token['not'] else ''}{inside}]"


_Parts = tuple[_Part | None, ...]


@lru_cache(maxsize=_CACHED)
def _compile(pattern: str) -> _Parts:
    """The parts of a pattern; None stands for `**`. A `**` at the end is at least one part: `dir/**` is not `dir`."""
    texts = pattern.removeprefix("/").split("/")
    if texts[-1] == "" and len(texts) > 1:
        texts[-1] = _ANY_DEPTH
    if texts[-1] == _ANY_DEPTH:
        texts.append("*")
    return tuple(None if text == _ANY_DEPTH else _Part(text) for text in texts)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Patterns:
    """Several patterns, by what can be told at once: equal names, then those with that first part, then the others."""

    equal: frozenset[str]
    by_first: Mapping[str, Sequence[_Parts]]
    others: Sequence[_Parts]

    def match(self, name: str) -> bool:
        """Whether one of them matches."""
        if name in self.equal:
            return True
        candidates = self.by_first.get(name.partition("/")[0], ()) if self.by_first else ()
        if not candidates and not self.others:
            return False
        parts = name.split("/")
        return any(_fits(pattern, parts) for pattern in (*candidates, *self.others))


@lru_cache(maxsize=_CACHED)
def _compile_all(patterns: tuple[str, ...]) -> _Patterns:
    by_first: dict[str, list[_Parts]] = {}
    others: list[_Parts] = []
    equal = set(patterns)
    for pattern in patterns:
        bare = pattern.removeprefix("/")
        first = bare.partition("/")[0]
        if not _WILD.search(bare) and not bare.endswith("/"):
            equal.add(bare)
        elif _WILD.search(first):
            others.append(_compile(pattern))
        else:
            by_first.setdefault(first, []).append(_compile(pattern))
    return _Patterns(equal=frozenset(equal), by_first=by_first, others=others)


def _fits(pattern: _Parts, parts: list[str]) -> bool:
    """Greedy: after a mismatch only the last `**` takes one part more."""
    at = wanted = 0
    retry_at = retry_wanted = -1
    while at < len(parts):
        part = pattern[wanted] if wanted < len(pattern) else None
        if part is not None and part.fits(parts[at]):
            at, wanted = at + 1, wanted + 1
        elif part is None and wanted < len(pattern):
            retry_at, retry_wanted = at, wanted
            wanted += 1
        elif retry_at >= 0:
            retry_at += 1
            at, wanted = retry_at, retry_wanted + 1
        else:
            return False
    return all(part is None for part in pattern[wanted:])
