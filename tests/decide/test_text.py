"""Which lines of a PR's text count."""

import re
import time
from collections.abc import Sequence

import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from mergebot.decide.inline import CODE_MARK, without_comments
from mergebot.decide.text import counting_lines

CODE = CODE_MARK

EXAMPLES = {
    "plain": ("Agent: a\nb", ["Agent: a", "b"]),
    "windows line ends": ("Agent: a\r\nb\rc", ["Agent: a", "b", "c"]),
    "a heading": ("## Agent: a ##\n", ["Agent: a"]),
    "a list": ("- Agent: a\n  1. b\n* c", ["Agent: a", "b", "c"]),
    "a fence": ("a\n```\nb\n```\nc", ["a", "c"]),
    "a fence that is never closed": ("a\n~~~ yaml\nb\n```\nc", ["a"]),
    "a shorter fence does not close a longer one": ("````\n```\nb\n````\nc", ["c"]),
    "a fence in a list ends with the list": ("- ```\n  a\nb", ["b"]),
    "indented code": ("a\n\n    b\n\tc\n\nd", ["a", "d"]),
    "an indented line goes on with a paragraph": ("a\n    b", ["a", "b"]),
    "indented under a list mark": ("- a\n\n  b\n\n      c", ["a", "b"]),
    "a quote": ("> a\n>b\n\nc", ["c"]),
    "a lazy line of a quote": ("> a\nb\n\nc", ["c"]),
    "no lazy line after a quoted fence": ("> ```\nb", ["b"]),
    "a quote in a list": ("- > a\n- b", ["b"]),
    "a comment": ("<!-- a -->\nb", ["b"]),
    "a comment over paragraphs": ("<!-- a\n\nb\n--> c\nd", ["c", "d"]),
    "a comment that is never closed": ("a\n\n<!-- b\n\nc", ["a"]),
    "a comment in a line": ("a <!-- b\nc --> d", ["a  d"]),
    "inline code": ("a `b` c", [f"a {CODE} c"]),
    "inline code over lines": ("a `b\nAgent: a\nc`", [f"a {CODE}"]),
    "longer backticks": ("``a ` b`` c ` d", [f"{CODE} c ` d"]),
    "an escaped backtick": ("\\`a` b`", [f"\\`a{CODE}"]),
    "raw code": ("<pre>\nAgent: a\n\nb</pre>\nc", ["c"]),
}


@pytest.mark.parametrize(("body", "lines"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_only_what_a_reader_sees_as_text_counts(body: str, lines: list[str]) -> None:
    """Lines in code, quotes and HTML comments do not count (contract 2.3)."""
    assert [line for line in counting_lines(body) if line] == lines


FENCES = ["`", "``", "```", "~~~", ">", "<!--", "-->", "<!-- c -->", "<pre>", "\\"]
MARKS = ["-", "*", "- ", "* ", "1.", "1. ", "2)", "2) ", "#", "# ", "## ", "> ", "---", "===", "***"]
PIECES = st.sampled_from([*FENCES, *MARKS, "Agent: a", "b", " ", "  ", "    ", "\t"])
LINES = st.lists(PIECES, max_size=4).map("".join)
BODIES = st.lists(LINES, max_size=12).map("\n".join)


@settings(max_examples=500, derandomize=True)  # the reference has odd corners of its own, one in 50,000
@given(BODIES)
def test_the_reading_is_that_of_commonmark(body: str) -> None:
    """A reference parser that is told apart quotes, code and comments leaves the same text."""
    assume(not ODD_COMMENT.search(body) and not INDENTED_QUOTE.search(body))

    assert _squeezed(counting_lines(body)) == _squeezed(_reference_lines(body))


# CommonMark changed its mind on these: dashes in a comment, and comments that end before they have begun.
ODD_COMMENT = re.compile(r"<!--(?:-?>|(?:(?!-->).)*--(?!>)|(?:(?!-->).)*--->)", re.DOTALL)

# The reference takes this for a quote in a quote; for CommonMark it is a lazy line.
INDENTED_QUOTE = re.compile(r"^(?:.*\t|.* {4}) *>", re.MULTILINE)


def _squeezed(lines: Sequence[str]) -> list[str]:
    """Without what the reference resolves and we leave as it is: escapes and emphasis."""
    return [kept for line in lines if (kept := "".join(line.replace("\\", "").replace("*", "").split()))]


def _reference_lines(body: str) -> list[str]:
    lines: list[str] = []
    depth = 0
    try:
        tokens = MarkdownIt("commonmark", {"maxNesting": 1000}).parse(body)
    except IndexError:
        reject()  # the reference stumbles over `>- <pre>`
    for token in tokens:
        depth += (token.type == "blockquote_open") - (token.type == "blockquote_close")
        if depth:
            continue
        if token.type == "inline":
            lines += "".join(map(_text_of, token.children or [])).split("\n")
        elif token.type == "html_block" and token.content.lstrip().startswith("<!--"):
            lines.append(without_comments(token.content.partition("-->")[2].split("\n")[0]))
    return lines


def _text_of(token: Token) -> str:
    match token.type:
        case "softbreak" | "hardbreak":
            return "\n"
        case "code_inline":
            return CODE
        case "html_inline":
            return "" if token.content.startswith("<!--") else token.content
        case _:
            return token.content


HOSTILE = {
    "nested quotes": ">" * 40_000 + "\n" + "a\n" * 20_000,
    "nested lists": "- " * 20_000 + "\n" * 20_000 + "a",
    "deeper and deeper": "\n".join(">" * n for n in range(280)),
    "comments that never end": "a <!--" * 10_000,
    "backticks of every length": " ".join("`" * n for n in range(1, 280)),
    "backticks that never close": "`a ``b " * 8_000,
    "rules that are none": "* " * 30_000 + "x",
    "headings": "# " * 30_000,
    "spaces": (" " * 200 + "\n") * 300,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_costs_time_in_proportion_to_its_length(body: str) -> None:
    """Ten times the text costs about ten times as long, not a hundred times."""

    def seconds(text: str) -> float:
        start = time.process_time()
        counting_lines(text)
        return time.process_time() - start

    small = min(seconds(body) for _ in range(3))
    assert seconds(body * 10) < 60 * small + 0.2
