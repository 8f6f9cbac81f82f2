"""YAML files: what is read, and what is said of what cannot be."""

import datetime as dt
from collections.abc import Iterable

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mergebot.located import yaml_text
from mergebot.located.value import Date, Located
from mergebot.located.yaml_text import read_yaml


def said(raw: bytes | str) -> list[str]:
    _, report = read_yaml("f", raw.encode() if isinstance(raw, str) else raw)
    return [str(problem) for problem in report.problems()]


def read(text: str) -> object:
    root, report = read_yaml("f", text.encode())
    assert report.problems() == ()
    assert root is not None
    return plain(root)


def plain(node: Located) -> object:
    """The value without its places."""
    if isinstance(node.value, dict):
        return {key: plain(member.value) for key, member in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


TABS = "indent with spaces; YAML allows no tabs there"
QUOTE = "quote a text that begins with this character"
COLON = "quote a text that holds `: `, and check the indentation"
TAG = "remove it; quote a value to make it text"
DATE = "is read as a date here; quote it"
ALIAS = "quote it, if it is meant as text"


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("a: b: c", "1:5: not valid YAML: mapping values are not allowed in this context", COLON),
        ("a:\n\tb: 1", "2:1: not valid YAML: found character that cannot start any token", TABS),
        ("a: 1\n\tb: 1", "2:1: not valid YAML: found a tab character that violates indentation", TABS),
        ("a: 'b\n", "2:1: not valid YAML: found unexpected end of stream", "close the quote"),
        ("a: [1", "2:1: not valid YAML: did not find expected ',' or ']'", "while parsing a flow sequence, from 1:4"),
        ("é: @x", "1:4: not valid YAML: found character that cannot start any token", QUOTE),
        ("a: 1\n---\nb: 1", "2:1: a second document begins here", "a config is one document"),
        ("a: *b", "1:4: the alias `*b` has no anchor before it", ALIAS),
        ("a: &a [*a]", "1:8: the alias `*a` has no anchor before it", ALIAS),
        ("a: !!python/name:os.system", "1:4: the tag `!!python/name:os.system` is not read", TAG),
        ("a: !x {}", "1:4: the tag `!x` is not read", TAG),
        ("a: {<<: {b: 1}}", "1:5: merge keys (`<<`) are not read", "write the keys out"),
        ("a: 1\nb: 2\na: 3", "3:1: duplicate key `a`", "it is already at 1:1; keep one"),
        ("on: 1", "1:1: a key must be text, found true", "`on` is read as true here; quote it"),
        (
            "1.50: 1",
            "1:1: a key must be text, found the number 1.50",
            "`1.50` is read as the number 1.5 here; quote it",
        ),
        ("2024-01-01: 1", "1:1: a key must be text, found the date 2024-01-01", f"`2024-01-01` {DATE}"),
        ("~: 1", "1:1: a key must be text, found nothing", "`~` is read as nothing here; quote it"),
        ("a: \x07", "1:4: a character that YAML does not allow (U+0007)", "remove it, or escape it in double quotes"),
        (b"a: 1\nb: \xff", "2:4: not valid UTF-8: the byte 0xff", "save the file as UTF-8"),
        ("[" * 100_000, "1:101: nested more than 100 levels deep", "a config needs five"),
        ("- " * 100_000, "1:201: nested more than 100 levels deep", "a config needs five"),
        ("? " * 100_000, "1:201: nested more than 100 levels deep", "a config needs five"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place_and_what_to_do(text: bytes | str, problem: str, hint: str) -> None:
    assert said(text) == [f"f:{problem} ({hint})"]


@pytest.mark.parametrize("text", ["", "\ufeff", "# only a comment\r\n", "---\n", "~"])
def test_an_empty_file_is_nothing(text: str) -> None:
    assert read(text) is None


def test_places_count_from_one_and_a_bom_is_no_column() -> None:
    root, _ = read_yaml("f", "\ufeffé: x\r\nb:\r\n  - 'ü': [1, q]".encode())

    assert root is not None
    assert isinstance(root.value, dict)
    first, second = root.value["é"], root.value["b"]
    assert (first.key.line, first.key.column, first.value.line, first.value.column) == (1, 1, 1, 4)
    assert isinstance(second.value.value, list)
    [item] = second.value.value
    assert (item.line, item.column) == (3, 5)
    assert isinstance(item.value, dict)
    assert item.value["ü"].value.value == [Located(1, 3, 11, "1"), Located("q", 3, 14, "q")]


def test_aliases_share_what_their_anchor_holds() -> None:
    assert read("a: &x [1, &y b]\nc: *x\nd: *y\n*y : 2") == {"a": [1, "b"], "c": [1, "b"], "d": "b", "b": 2}


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    """Nine lines that would unfold to a billion items are read as nine lists."""
    lines = ["- &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"- &a{i + 1} [{', '.join([f'*a{i}'] * 9)}]" for i in range(9)]

    assert said("\n".join(lines)) == []


def test_a_repeated_map_is_reported_once() -> None:
    """The same place with the same words is one problem, however often it is used."""
    assert said("a: &x {b: 1, b: 2}\nc: *x") == ["f:1:14: duplicate key `b` (it is already at 1:8; keep one)"]


WORDS = """
yes no on off Yes NO true FALSE ~ null Null y n 0 -1 +7 010 0o10 08 0x1F 0b101 1_000 1:30 -1:30:59 190:20:30.15 0x_
0b_ 1__0 1.5 1. .5 1e3 1.0e+3 1.0e3 .inf -.INF +.Inf 1_0.5 = << . .. 1.2.3 12e03
"""


@pytest.mark.parametrize("word", WORDS.split())
def test_a_plain_word_means_what_pyyaml_makes_of_it(word: str) -> None:
    try:
        expected = yaml.safe_load(f"[{word} ]")[0]
    except (yaml.YAMLError, ValueError):  # PyYAML stumbles over `=`, `<<` and `0x_`; here they are text
        expected = word

    assert read(f"[{word} ]") == [expected]


def test_dates_are_kept_apart_from_text() -> None:
    assert read("[2024-01-01, '2024-01-01', 2001-12-14t21:59:43.10-05:00]") == [
        Date("2024-01-01"),
        "2024-01-01",
        Date("2001-12-14t21:59:43.10-05:00"),
    ]


@pytest.mark.parametrize("word", ["9" * 100_000, "1" + ":1" * 100_000, "0x" + "f" * 100_000, "1." + "9" * 100_000])
def test_huge_numbers_become_numbers(word: str) -> None:
    root, report = read_yaml("f", word.encode())

    assert report.problems() == ()
    assert root is not None
    assert isinstance(root.value, float)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN, st.booleans(), st.sampled_from(["'", '"', "|", None]))
def test_a_document_has_the_value_that_pyyaml_gives_it(value: object, flow: bool, style: str | None) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=flow, default_style=style)
    expected = yaml.safe_load(text)

    root, report = read_yaml("f", text.encode("utf-8", "surrogatepass"))

    # Not plain: dates become a value of their own, and with a style every scalar carries a tag.
    if any(problem.message.startswith("the tag") for problem in report.problems()):
        return
    assert root is not None
    assert plain(root) == _dated(expected)


def _dated(value: object) -> object:
    if isinstance(value, dt.date):
        return Date(value.isoformat())
    if isinstance(value, dict):
        return {key: _dated(item) for key, item in value.items()}
    return [_dated(item) for item in value] if isinstance(value, Iterable) and not isinstance(value, str) else value


def test_without_the_c_library_the_same_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML may have been built without libyaml."""
    text = "a: &x [1, yes]\nb: {c: *x, 'd': \"\\x41\"}\ne: |\n  f\n"
    with_it = read_yaml("f", text.encode())[0]
    monkeypatch.setattr(yaml_text, "_LOADER", yaml.SafeLoader)

    assert read_yaml("f", text.encode())[0] == with_it
    assert said("a: [b\n")[0].startswith("f:2:1: not valid YAML: ")


@given(st.binary(max_size=60) | st.text("[]{}&*!|>%@-?:,#'\"\\ \n\tab01~<=.\x85\u2028", max_size=40).map(str.encode))
def test_any_bytes_give_a_value_or_a_problem(raw: bytes) -> None:
    root, report = read_yaml("f", raw)

    assert root is not None or report.failed
