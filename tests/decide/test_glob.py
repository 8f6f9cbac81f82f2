"""Globs for names and paths."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.decide.glob import matches, matches_any, path_matches_any

MATCHING = [
    ("main", "main"),
    ("release/*", "release/1"),
    ("*", "main"),
    ("a*c", "abbc"),
    ("a*c", "ac"),
    ("a*b*c", "a1b2b3c"),
    ("a?c", "abc"),
    ("v[0-9].*", "v1.2"),
    ("v[!0-9]", "vx"),
    ("x[]]y", "x]y"),
    ("**", "a/b/c"),
    ("**/x", "x"),
    ("**/x", "a/b/x"),
    ("a/**/c", "a/c"),
    ("a/**/c", "a/b/b/c"),
    ("a/**", "a/b"),
    ("a/**", "a/b/c"),
    ("a/", "a/b/c"),
    ("**/b/**", "a/b/c/d"),
    ("build [linux]", "build [linux]"),
]
OTHERS = [
    ("main", "mains"),
    ("release/*", "release"),
    ("release/*", "release/1/2"),
    ("*", "a/b"),
    ("a*c", "ab"),
    ("ab*ba", "aba"),
    ("a?c", "a/c"),
    ("a?c", "ac"),
    ("v[0-9]", "vx"),
    ("v[z-a]", "vz"),
    ("a/**", "a"),
    ("a/**/c", "a/b"),
    ("**/x", "a/xy"),
    ("a.c", "abc"),
    ("Main", "main"),
]


@pytest.mark.parametrize(("pattern", "name"), MATCHING)
def test_it_matches(pattern: str, name: str) -> None:
    """`*`, `?` and `[…]` stay within a part, `**` goes over parts; a name equal to the pattern always matches."""
    assert matches(pattern, name)
    assert matches_any(("no such", pattern), name)


@pytest.mark.parametrize(("pattern", "name"), OTHERS)
def test_it_does_not_match(pattern: str, name: str) -> None:
    """The whole name has to fit, case and all."""
    assert not matches(pattern, name)
    assert not matches_any((pattern, "no such/*"), name)


def test_a_pattern_for_paths_without_a_slash_holds_at_any_depth() -> None:
    """As in `.gitattributes` and CODEOWNERS."""
    assert path_matches_any(("*.md",), "docs/a/b.md")
    assert path_matches_any(("CODEOWNERS",), "docs/CODEOWNERS")
    assert not path_matches_any(("/dependencies.json",), "docs/dependencies.json")
    assert path_matches_any(("/dependencies.json",), "dependencies.json")
    assert not path_matches_any(("docs/*.md",), "docs/a/b.md")


PIECES = st.lists(st.sampled_from(["a", "b", "/", "*", "**", "?", "[a-b]", "/**/"]), max_size=6).map("".join)


@given(st.lists(PIECES, max_size=3), st.text("ab/", max_size=8))
def test_many_patterns_match_where_one_of_them_does(patterns: list[str], name: str) -> None:
    """The short cuts for many patterns change nothing."""
    assert matches_any(tuple(patterns), name) == any(matches(pattern, name) for pattern in patterns)


def test_a_hostile_name_costs_time_in_proportion_to_its_length() -> None:
    """Stars do not backtrack over characters."""
    start = time.process_time()
    assert not matches("*a" * 20 + "*b", "a" * 20_000)
    assert not matches("**/a/" * 10 + "b", "a/" * 2_000 + "c")
    assert time.process_time() - start < 2
