"""How findings are shown: as text, Markdown and JSON, whatever stands in them."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len

from mergebot.model.finding import Finding, Level
from mergebot.report import safe
from mergebot.report.findings import findings_json, findings_markdown, findings_text, is_fine, summary
from mergebot.report.look import Look


def finding(level: Level = Level.ERROR, **changes: object) -> Finding:
    whole = {"code": "rules.strict", "level": level, "message": "m", "where": "w", "remedy": "do", "lines": ("a: 1",)}
    return Finding(**{**whole, **changes})  # type: ignore[arg-type] # a builder


EVIL = (
    "x\x1b[31m\u202e::error::y\n::set-output name=a::b `t` **b** <img src=x> @all [l](http://x.test) ##[error] | \ud800"
)


class TestTheVerdict:
    @pytest.mark.parametrize(
        ("levels", "fine", "said"),
        [
            ([], True, "Nothing found."),
            ([Level.NOTE], True, "No problem found: 1 note."),
            ([Level.UNSEEN], True, "No problem found: 1 part could not be looked at."),
            ([Level.WARNING, Level.NOTE, Level.NOTE], False, "1 warning, 2 notes."),
            ([Level.ERROR, Level.ERROR, Level.UNSEEN], False, "2 errors, 1 part could not be looked at."),
        ],
    )
    def test_errors_and_warnings_are_problems(self, levels: list[Level], fine: bool, said: str) -> None:
        """What could not be looked at is neither, and is never left out."""
        found = [finding(level) for level in levels]
        assert (is_fine(found), summary(found)) == (fine, said)


class TestText:
    def test_each_finding_has_its_code_its_place_and_its_remedy(self) -> None:
        found = [
            finding(message="branches must be up to date", remedy="write:", lines=("queue:", "  strategy: rebase"))
        ]
        assert findings_text("o/r", [*found, finding(Level.NOTE, remedy="", lines=())], Look()) == (
            "o/r: doctor\n"
            "  1 error, 1 note.\n"
            "\n"
            "Errors: the queue cannot work\n"
            "  rules.strict  w\n"
            "    branches must be up to date\n"
            "    > write:\n"
            "        queue:\n"
            "          strategy: rebase\n"
            "\n"
            "Good to know\n"
            "  rules.strict  w\n"
            "    m\n"
        )

    @pytest.mark.parametrize("width", [40, 80])
    def test_only_what_is_to_be_copied_is_wider_than_the_page(self, width: int) -> None:
        long = "word " * 60
        text = findings_text(
            "o/r", [finding(message=long, where=long, remedy=long, lines=("x" * 200,))], Look(width=width)
        )
        assert [line for line in text.splitlines() if cell_len(line) > width] == [f"        {'x' * 200}"]

    @given(st.text(max_size=60) | st.just(EVIL))
    def test_no_words_act_on_a_terminal_or_a_runner(self, words: str) -> None:
        text = findings_text(words, [finding(message=words, where=words, remedy=words, lines=(words,))], Look())
        assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text) is None
        assert re.search(r"(?m)^\s*::|##\[", text) is None

    def test_a_line_to_copy_stays_one_line(self) -> None:
        """A name in it may hold a line break."""
        text = findings_text("o/r", [finding(lines=("gh label create 'a\nb'",))], Look())
        assert text.endswith("        gh label create 'a\\nb'\n")

    def test_colour_is_only_where_it_is_wanted(self) -> None:
        assert "\x1b[" in findings_text("o/r", [finding()], Look(color=True))
        assert "\x1b" not in findings_text("o/r", [finding(message=EVIL)], Look())


class TestMarkdown:
    def test_code_in_our_words_is_code(self) -> None:
        text = findings_markdown("o/r", [finding(message="the check `unit` is missing", lines=())])
        assert "- **rules.strict** the check `unit` is missing (w) **Do:** do\n" in text

    def test_lines_to_write_stand_in_a_block_below_their_item(self) -> None:
        html = MarkdownIt().render(findings_markdown("o/r", [finding(lines=("a: |", "  ```", "b"))]))
        assert re.search(r"<li>.*<pre><code>a: \|\n  ```\nb\n</code></pre>\n</li>", html, re.DOTALL)

    @given(st.text(max_size=40) | st.sampled_from([EVIL, "`", "``x`", "` `", "<script>", "@all", "a`@all`b", "[x](y)"]))
    def test_no_words_become_markup(self, words: str) -> None:
        """But code between backticks, in which nothing acts."""
        whole = findings_markdown(words, [finding(message=words, where=words, remedy=words, lines=(words,))])
        html = MarkdownIt("gfm-like", {"linkify": False}).render(whole)
        assert re.findall(r"<(?!/?(?:h2|h3|p|ul|li|strong|code|pre)\b)[^>]*>", html) == []
        outside = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
        assert re.search(r"@\w", outside) is None


class TestJson:
    def test_the_object_is_as_the_docs_have_it(self) -> None:
        assert json.loads(findings_json("o/r", [finding(Level.UNSEEN)])) == {
            "schema": 1,
            "repository": "o/r",
            "fine": True,
            "findings": [
                {
                    "code": "rules.strict",
                    "level": "unseen",
                    "message": "m",
                    "where": "w",
                    "remedy": "do",
                    "lines": ["a: 1"],
                }
            ],
        }

    @given(st.text(max_size=60) | st.just(EVIL))
    def test_any_words_are_valid_json_in_ascii(self, words: str) -> None:
        text = findings_json(words, [finding(message=words, where=words, remedy=words, lines=(words,))])
        assert text.isascii()
        assert json.loads(text)["findings"][0]["message"] == safe.valid(words)
