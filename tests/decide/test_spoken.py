"""Which commands a comment holds: only what a reader sees as a line of the author's own."""

import time
from html.parser import HTMLParser
from itertools import count

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mergebot.decide.spoken import Command, Puzzle, read_commands

MERGE, HOLD = Command.MERGE, Command.HOLD

COMMANDS = {
    "alone": ("/mergebot merge", (MERGE,)),
    "in any case, with spaces around": (" /MergeBot   HOLD \t", (HOLD,)),
    "a space that does not break": ("/mergebot\u00a0merge", (MERGE,)),
    "between lines of text": ("Looks good!\r\n/mergebot merge\r\nThank you", (MERGE,)),
    "several, in order": ("/mergebot unhold\n\n/mergebot merge", (Command.UNHOLD, MERGE)),
    "after a quote": ("> is it done?\n\n/mergebot merge", (MERGE,)),
    "after a link": ('[see](https://example.com/a_(b) "why")\n/mergebot merge', (MERGE,)),
    "after a picture": ('<img src="a.png" width=3>\n/mergebot merge', (MERGE,)),
    "after a quote that has ended": ("<blockquote>\n\n/mergebot hold\n\n</blockquote>\n\n/mergebot merge", (MERGE,)),
    "after a word that is struck out": ("~~later~~ now, in ~5 minutes\n/mergebot merge", (MERGE,)),
    "after a lone less-than": ("a<b and b < c :(\n/mergebot merge", (MERGE,)),
}
PUZZLES = {
    "no word": ("/mergebot", ""),
    "an unknown word": ("/mergebot explode", "explode"),
    "a word too many": ("/mergebot merge  please", "merge please"),
    "a word in code": ("/mergebot `merge`", "…"),
    "control characters": ("/mergebot \u202ea\x1b[1m", "?a?[1m"),
    "a very long one": ("/mergebot " + "a" * 99, "a" * 40 + "…"),
}
NONE = {
    "running text": "see /mergebot merge",
    "another word": "/mergebots merge",
    "a path": "/mergebot/merge",
    "a quote": "> /mergebot merge",
    "a lazy line of a quote": "> so he said\n/mergebot merge",
    "a list": "- /mergebot merge",
    "a lazy line of a list": "1. first\n/mergebot merge",
    "a paragraph in a list": "- first\n\n  /mergebot merge",
    "a heading": "# /mergebot merge",
    "inline code": "`/mergebot merge`",
    "inline code over lines": "`a\n/mergebot merge\nb`",
    "a fence": "```\n/mergebot merge\n```",
    "a fence that is never closed": "~~~\n/mergebot merge",
    "indented code": "    /mergebot merge",
    "an HTML comment": "<!-- template\n/mergebot merge\n-->",
    "an HTML comment in a paragraph": "a <!--\n/mergebot merge\n-->",
    "an HTML comment that is never closed": "<!--\n\n/mergebot merge",
    "a quote in HTML": "<blockquote>\n\n/mergebot merge\n\n</blockquote>",
    "a quote in a quote in HTML": "<blockquote><blockquote>\n</blockquote>\n\n/mergebot merge\n\n</blockquote>",
    "code in HTML": "so: <pre>\n/mergebot merge\n</pre>",
    "folded away": "<details><summary>log</summary>\n\n/mergebot merge\n\n</details>",
    "struck out": "<del>\n/mergebot merge\n</del>",
    "an attribute": '<a title="\n/mergebot merge\n">a</a>',
    "an attribute over paragraphs": '<div title="\n\n/mergebot merge\n\n">a</div>',
    "an attribute that is never closed": "<div title='\n\n/mergebot merge",
    "backticks in raw HTML, which mean nothing there": "<div>\n`<blockquote>`\n/mergebot merge\n</blockquote></div>",
    "a comment that is left open in a quote": "> <!--\n\n/mergebot merge",
    "a comment of old HTML": "<div> <! a\n/mergebot merge\n></div>",
    "a comment that raw code opens": "<pre><!--</pre>\n/mergebot merge",
    "a quote that ends in the target of a reference": "<q>\n\n> [a]: b</q>\n\n/mergebot merge",
    "a quote that seems to end": "<blockquote>\n\n\\</blockquote>\n/mergebot merge",
    "a comment of raw HTML that ends in plain text": "<div><!--\n\n-->\n/mergebot merge",
    "a tag that only a browser takes for one": '<div><a title="\n/mergebot merge\n<a title="\n',
    "an attribute that is left open in a quote": '> <div title="\n\n/mergebot merge',
    "a title of a link": '[a](b "\n/mergebot merge\n")',
    "a title of a reference": '[a]: b "\n/mergebot merge\n"',
    "a title with a quotation mark in it": '[a](b "\\")\n/mergebot merge\n")',
    "the text for an image": "![\n/mergebot merge\n](a.png)",
    "code right after a table": "| a |\n|---|\n\t/mergebot merge",
    "a quote that begins in what is no comment": "-<!--\n<blockquote>-->\n/mergebot merge",
    "code that begins in what is no tag": "<a b='\ne<pre>\n<div>'>\n/mergebot merge",
    "an attribute of raw HTML that plain text cannot end": '<div a="\n\n<e">\n/mergebot merge',
    "a quote that does not end inside a paragraph": "<q>\n\n</q>*\n/mergebot merge",
    "struck out over lines": "~~\n/mergebot merge\n~~",
    "a formula": "$$\n/mergebot merge\n$$",
    "an escape": "\\/mergebot merge",
    "an entity": "&#47;mergebot merge",
    "bold": "**/mergebot merge**",
    "an invisible space": "/mergebot\u200bmerge",
}


@pytest.mark.parametrize(("body", "commands"), COMMANDS.values(), ids=COMMANDS.keys())
def test_a_command_stands_alone_on_a_line_of_its_own(body: str, commands: tuple[Command, ...]) -> None:
    """`/mergebot WORD`, case ignored, whatever stands on the lines around it."""
    assert read_commands(body) == commands


@pytest.mark.parametrize(("body", "words"), PUZZLES.values(), ids=PUZZLES.keys())
def test_mergebot_is_spoken_to_but_not_understood(body: str, words: str) -> None:
    """What was said is kept in short, so that the answer can repeat it."""
    assert read_commands(body) == (Puzzle(words=words),)


@pytest.mark.parametrize("body", NONE.values(), ids=NONE.keys())
def test_what_is_not_shown_as_the_authors_own_line_is_no_command(body: str) -> None:
    """Text of strangers (quoted, pasted, hidden) never becomes a command; nor does a mention in running text."""
    assert read_commands(body) == ()


class Reader(HTMLParser):
    """What a reader of the page sees, but for what is quoted, in a list or code, folded away or struck out."""

    BLOCKS = frozenset(["p", "h1", "h2"])
    ASIDE = frozenset(["blockquote", "pre", "code", "li", "details", "s"])

    def __init__(self) -> None:
        super().__init__()
        self.aside: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 (it is called so)
        if tag in self.ASIDE:
            self.aside.append(tag)
        self.text += "\n" * (tag in self.BLOCKS)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.aside:
            while self.aside.pop() != tag:
                pass
        self.text += "\n" * (tag in self.BLOCKS)

    def handle_data(self, data: str) -> None:
        if not self.aside:
            self.text += data


def seen(body: str) -> set[str]:
    """The lines that a reader sees."""
    reader = Reader()
    reader.feed(MarkdownIt("commonmark").render(body))
    return {" ".join(line.split()) for line in reader.text.split("\n")}


BLOCKS = ["> ", "- ", "1. ", "# ", "    ", "```", "~~~", "<!--", "-->", "<pre>", "</pre>", "<div>", "</div>", "---"]
INLINE = ["`", "``", "<blockquote>", "</blockquote>", "<b>", "<details>", '<a title="', '">', "<s>", "</s>", "\\"]
LINKS = ["[a](b)", '[a](b "', '")', "![", "](b)", "[a]: b", '"', "'", "(", ")", "<", ">", "a", " "]
LINE = st.lists(st.sampled_from([*BLOCKS, *INLINE, *LINKS]), max_size=3).map("".join)
BODY = st.lists(st.one_of(LINE, st.just("CALL"), st.just("CALL"), st.just("")), max_size=10).map("\n".join)


@settings(max_examples=400, deadline=None)
@given(BODY)
@example("<div>\n`<blockquote>`\nCALL")
def test_no_command_is_read_where_a_reader_sees_none(body: str) -> None:
    """Whatever Markdown and HTML make of a text: each line that counts is one on the page, outside all quotes."""
    assume("<![" not in body and "<!-->" not in body)  # the reference does not know them
    number = count()
    body = "".join(f"/mergebot w{next(number)}" if part == "CALL" else part for part in _split(body))

    found = {f"/mergebot {asked.words}" for asked in read_commands(body) if isinstance(asked, Puzzle)}

    assert found <= seen(body)


def _split(body: str) -> list[str]:
    return [part for line in body.split("\n") for part in (line, "\n")]


PLAIN = st.text(
    alphabet=st.characters(exclude_characters="`<>[]$\\#*+-_~=0123456789 \t\r\n.)/!&", exclude_categories=["Cs"])
)


@given(st.lists(st.one_of(PLAIN, st.sampled_from(Command)), max_size=6))
def test_plain_lines_around_a_command_change_nothing(lines: list[str | Command]) -> None:
    """All commands among lines of plain text are found, in their order."""
    body = "\n".join(f"/mergebot {line.value}" if isinstance(line, Command) else line for line in lines)
    assert read_commands(body) == tuple(line for line in lines if isinstance(line, Command))


@given(st.text(alphabet=st.sampled_from("/mergebot hold\n\t`<>-!\"'[]()\u2028\x0b\u00a0é"), max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    """The reading never fails, whatever is in a comment."""
    assert isinstance(read_commands("/mergebot\n" + text), tuple)


@pytest.mark.parametrize(
    "part", ["<a ", '<a x="', "<a x='\n", "[", "![", "<!--", "`\n", "> ", "- \n", "](", "<s>\n", "/mergebot x\n"]
)
def test_a_long_comment_costs_little(part: str) -> None:
    """The longest text that the forge takes, made to be slow, is read in a moment."""
    start = time.perf_counter()
    for _ in range(10):
        read_commands(f"/mergebot\n{part * (65_000 // len(part))}\n/mergebot hold")
    assert time.perf_counter() - start < 3
