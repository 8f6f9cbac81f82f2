"""Untrusted text is shown, never obeyed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mergebot.report import safe

ANYTHING = st.text(st.characters(exclude_categories=()) | st.sampled_from("`*_[]<>|~&$@#\\:.-+=1) \n\t"), max_size=60)
"""Any text that Python can carry, lone surrogates too."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("日本語 é 👩\u200d👩\u200d👧", "日本語 é 👩\u200d👩\u200d👧"),
        ("a\x1b[31mred\x07", "a\\x1b[31mred\\x07"),
        ("two\nlines\ttab\r", "two\\nlines\\ttab\\r"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028para\u2029", "line\\u2028para\\u2029"),
        ("caf\udce9", "caf\\xe9"),
        ("\ud800", "\\ud800"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_a_line_shows_what_could_act_as_an_escape(text: str, shown: str) -> None:
    assert safe.line(text) == shown


@given(ANYTHING)
def test_a_line_is_one_line_of_characters_that_can_be_encoded(text: str) -> None:
    shown = safe.line(text)

    assert shown.splitlines() in ([], [shown])
    assert shown.encode().decode() == shown
    assert safe.line(shown) == shown


@given(ANYTHING)
def test_valid_text_can_be_encoded_and_is_changed_only_where_it_must_be(text: str) -> None:
    shown = safe.valid(text)

    assert shown.encode().decode() == shown
    assert shown == text or any("\ud800" <= char <= "\udfff" for char in text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "# heading",
        "1. list",
        "- [ ] task",
        "*bold* _it_ `code` ~~gone~~",
        "[link](https://example.org) ![img](x)",
        "a | b | c",
        "&lt;b&gt; &amp;",
        "> quote",
        "===",
        "<!-- hidden -->",
        "back\\slash",
        "see https://example.org or www.example.org",
    ],
)
def test_markdown_reads_as_the_text_does(text: str) -> None:
    """Rendered, the escaped text is one paragraph with exactly the text in it."""
    html = MarkdownIt("gfm-like", {"linkify": False}).render(safe.markdown(text))

    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert html == f"<p>{escaped}</p>\n"


@given(ANYTHING)
def test_markdown_of_anything_is_one_paragraph_without_markup(text: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(safe.markdown(text))

    kinds = [token.type for token in tokens]
    assert kinds in ([], ["paragraph_open", "inline", "paragraph_close"])
    assert {child.type for token in tokens for child in token.children or []} <= {"text", "text_special"}


@pytest.mark.parametrize("name", ["@everyone", "mail to a@b.example", "cc @org/team", "see o/r#12"])
def test_nobody_is_mentioned_by_a_title(name: str) -> None:
    """A forge finds mentions in the finished text, so the sign is parted from the name."""
    assert "@\u2060" in safe.markdown(name) or "#\u2060" in safe.markdown(name)


@given(ANYTHING)
def test_a_code_span_holds_anything(text: str) -> None:
    [paragraph] = [token for token in MarkdownIt().parse(safe.code(text)) if token.type == "inline"]

    assert [child.type for child in paragraph.children or []] == ["code_inline"]


@given(st.lists(ANYTHING, min_size=1, max_size=4))
def test_a_block_of_commands_holds_anything(commands: list[str]) -> None:
    tokens = MarkdownIt().parse(safe.block("\n".join(commands)))

    assert [(token.type, token.info) for token in tokens] == [("fence", "sh")]


@pytest.mark.parametrize(
    "line",
    [
        "::error::no",
        "  ::set-output name=x::y",
        "\t::debug::",
        "\u00a0::no-break space",
        "\u3000 ::wide space",
        "##[error]no",
        "x ##[group]",
    ],
)
def test_no_line_of_output_is_a_workflow_command(line: str) -> None:
    """A runner of Actions obeys lines that begin with `::`, after white space too, and `##[` anywhere."""
    shown = safe.output(f"first\n{line}\n")

    assert not any(part.strip().startswith("::") or "##[" in part for part in shown.splitlines())


def test_colons_within_a_line_stay() -> None:
    assert safe.output("fix std::vector\n") == "fix std::vector\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("add the label `merge` to queue it", "add the label `merge` to queue it"),
        ("`/mergebot hold` by bob: `hold` is set", "`/mergebot hold` by bob: `hold` is set"),
        ("(`a`), `b`.", "(`a`), `b`."),
        ("`@x #1 <b> \u202e`", "`@x #1 <b> \\u202e`"),
        ("`a|b` is none in a table", "\\`a\\|b\\` is none in a table"),
        ("a`b.py, c`d.py", "a\\`b.py, c\\`d.py"),
        ("one ` alone", "one \\` alone"),
        ("``` `a`", "\\`\\`\\` `a`"),
        ("`` `", "\\`\\` \\`"),
    ],
)
def test_what_is_set_between_backticks_is_code(text: str, shown: str) -> None:
    assert safe.with_code(text) == shown


@given(ANYTHING)
def test_with_code_anything_is_one_cell_of_text_and_code(text: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(f"| a | b |\n|---|---|\n| {safe.with_code(text)} | z |")

    assert sum(token.type == "td_open" for token in tokens) == 2
    kinds = {child.type for token in tokens for child in token.children or []}
    assert kinds <= {"text", "text_special", "code_inline"}


@pytest.mark.parametrize("text", ["a :+1: b", ":tada:", "x:shipit:"])
def test_the_name_of_an_emoji_stays_one(text: str) -> None:
    assert f":{safe.WORD_JOINER}" in safe.markdown(text)


@pytest.mark.parametrize("text", ["o/r-#12", "o/r.#12", "o/r#12"])
def test_a_reference_into_another_repository_is_none_whatever_its_name(text: str) -> None:
    assert safe.markdown(text).endswith(f"#{safe.WORD_JOINER}12")
