"""JSON files: what is read, and what is said of what cannot be."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.located.json_text import read_json
from mergebot.located.value import Located


def said(raw: bytes | str) -> list[str]:
    _, report = read_json("f", raw.encode() if isinstance(raw, str) else raw)
    return [str(problem) for problem in report.problems()]


def plain(node: Located) -> object:
    """The value without its places."""
    if isinstance(node.value, dict):
        return {key: plain(member.value) for key, member in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "f:1:1: the file is empty (write {} at least)"),
        ("{", "f:1:2: the file ends before the `{` of 1:1 is closed (add what is missing and `}`)"),
        ('{"a": [1,\n2', "f:2:2: the file ends before the `[` of 1:7 is closed (add what is missing and `]`)"),
        ('{"a":', "f:1:6: the file ends before the `{` of 1:1 is closed (add what is missing and `}`)"),
        ("[1, ]", "f:1:3: a comma before the closing `]` (remove the comma)"),
        ('{"a": 1,\n}', "f:1:8: a comma before the closing `}` (remove the comma)"),
        ('{"a" 1}', "f:1:6: expected `:` after the key `a`, found `1`"),
        ("{'a': 1}", "f:1:2: expected a key in double quotes, found `'` (texts stand in double quotes)"),
        ("[1 2]", "f:1:4: expected `,` or `]`, found `2`"),
        ("[1}", "f:1:3: expected `,` or `]`, found `}` (`[` of 1:1 is still open)"),
        ("{]", "f:1:2: expected a key in double quotes, found `]` (`{` of 1:1 is still open)"),
        ("[,1]", "f:1:2: a value is missing before `,` (write a value)"),
        ("// no\n{}", "f:1:1: a value is missing before `/` (JSON has no comments; remove it)"),
        ('{"a": 1 # no\n}', "f:1:9: expected `,` or `}`, found `#` (JSON has no comments; remove it)"),
        ("{} // no", "f:1:4: `/` after the end of the value (JSON has no comments; remove it)"),
        ("{}{}", "f:1:3: `{` after the end of the value (a JSON file holds one value; remove the rest)"),
        ("[NaN]", "f:1:2: `NaN` is no JSON value (JSON has no NaN; write a number or null)"),
        (
            "[-Infinity]",
            "f:1:2: not a number as JSON writes it: `-Infinity` (JSON has no infinity; write a number or null)",
        ),
        ("[01]", "f:1:2: not a number as JSON writes it: `01` (write it like 12, -3 or 0.5)"),
        ("[True]", "f:1:2: `True` is no JSON value (write true)"),
        ("[yes]", "f:1:2: `yes` is no JSON value (text stands in double quotes)"),
        ('["a\\q"]', "f:1:4: unknown escape `\\q` in a text (write \\\\ for a backslash)"),
        ('["\\u12"]', "f:1:3: `\\u` without four hex digits in a text (write it like \\u00e9)"),
        ('["a\tb"]', "f:1:4: a control character (U+0009) in a text (write \\t for a tab)"),
        ('["a\n"]', 'f:1:2: the text does not end on its line (add the closing `"`; a line end is \\n)'),
        ('["a', 'f:1:2: the file ends inside this text (add the closing `"`)'),
        (b'{"a":\r\n "\xc3\xa9\xff"}', "f:2:4: not valid UTF-8: the byte 0xff (save the file as UTF-8)"),
        ("{}".encode("utf-16"), "f:1:1: this is UTF-16 (save the file as UTF-8)"),
    ],
)
def test_what_is_no_json_is_said_with_its_place_and_what_to_do(text: bytes | str, problem: str) -> None:
    assert said(text) == [problem]


def test_every_duplicate_key_is_found_at_every_level() -> None:
    """Python would silently keep the last."""
    text = '{"a": 1,\n "b": {"c": 1, "c": 2},\n "a": 2, "a": 3}'

    assert said(text) == [
        "f:2:16: duplicate key `c` (it is already at 2:8; keep one)",
        "f:3:2: duplicate key `a` (it is already at 1:2; keep one)",
        "f:3:10: duplicate key `a` (it is already at 3:2; keep one)",
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_places_count_lines_however_they_end_and_a_bom_is_no_column(line_end: str) -> None:
    root, report = read_json("f", f'\ufeff{{"é":{line_end}\t [1, "x"]}}'.encode())

    assert root is not None
    assert isinstance(root.value, dict)
    member = root.value["é"]
    assert (root.line, root.column) == (1, 1)
    assert (member.key.line, member.key.column) == (1, 2)
    assert (member.value.line, member.value.column) == (2, 3)
    assert member.value.value == [Located(1, 2, 4), Located("x", 2, 7)]
    assert report.problems() == ()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("[" * 100_000 + "]" * 100_000, []),
        (
            "[" * 100_000,
            ["f:1:100001: the file ends before the `[` of 1:100000 is closed (add what is missing and `]`)"],
        ),
        ('{"a":' * 20_000 + "1" + "}" * 20_000, []),
        ("[1e999, " + "9" * 100_000 + "]", []),
        ('"' + "\\n\\ud83d\\ude00x" * 50_000 + '"', []),
    ],
    ids=["deep", "deep and open", "deep objects", "huge numbers", "long text"],
)
def test_size_and_depth_are_no_problem(text: str, answer: list[str]) -> None:
    """No recursion and no quadratic time: there always is an answer."""
    assert said(text) == answer


def test_what_messages_show_of_a_file_is_short_and_printable() -> None:
    """A file cannot write to the terminal by its keys."""
    key = "\\u001b[31m" + "x" * 100

    assert said(f'{{"{key}": 1,\n"{key}": 2}}') == [
        "f:2:1: duplicate key `\\x1b[31m" + "x" * 55 + "…` (it is already at 1:2; keep one)"
    ]


JSON_TEXTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
).flatmap(
    lambda value: st.sampled_from(
        [
            json.dumps(value),
            json.dumps(value, indent=1, ensure_ascii=False),
            json.dumps(value, separators=(",\r\n\t", " : ")),
        ]
    )
)


@given(JSON_TEXTS)
def test_valid_json_has_the_value_that_python_gives_it(text: str) -> None:
    root, report = read_json("f", text.encode("utf-8", "surrogatepass"))

    assert root is not None
    assert plain(root) == json.loads(text)
    assert report.problems() == ()


@given(JSON_TEXTS, st.data())
def test_mutated_json_is_valid_exactly_where_python_says_so(text: str, data: st.DataObject) -> None:
    """Except for NaN, infinities and duplicate keys, which only Python lets pass."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 3)))
    patch = data.draw(st.text('[]{}",:\\/ \n\t0123456789.eE+-truefalsn\x00é', max_size=3))
    mutated = text[:start] + patch + text[end:]

    root, report = read_json("f", mutated.encode())

    try:
        value = json.loads(mutated, parse_constant=_refuse)
    except ValueError:
        assert root is None
        assert report.failed
    else:
        assert root is not None
        assert plain(root) == value


def _refuse(name: str) -> float:
    raise ValueError(name)


@given(st.binary(max_size=60) | st.text('[]{}",:\\u0019.eE+- \n', max_size=40).map(str.encode))
def test_any_bytes_give_a_value_or_a_problem(raw: bytes) -> None:
    root, report = read_json("f", raw)

    assert (root is None) == any("duplicate" not in problem.message for problem in report.problems())


def test_numbers_of_any_size_become_numbers() -> None:
    """Integers of up to 300 digits are exact, longer ones become floats."""
    root, _ = read_json("f", b"[" + b"9" * 300 + b"," + b"9" * 301 + b", -1e-5]")

    assert root is not None
    assert plain(root) == [10**300 - 1, 1e301, -1e-5]
