"""Links and references in comments: to what is meant, and to nothing else."""

from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mergebot.model.ids import PrNumber, Sha
from mergebot.model.plan import Link
from mergebot.report import safe
from mergebot.report.prose import LIMIT, Prose
from tests.report.test_safe import ANYTHING

CI = "https://ci.example/runs/1"
WITHIN = st.text(st.characters(exclude_categories=()) | st.sampled_from("()<>[]|`\\&;%#?\"' *_~"), max_size=30)
URLS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["https://"] * 4 + ["http://", "HTTPS://", "ftp://", "javascript:", "//", ""]),
    st.sampled_from(["ci.example"] * 4 + ["ci.example:8080", "user@ci.example", "[::1]", "exämple.org", ""]),
    st.sampled_from(["", "/", "?", "#"]).flatmap(lambda sign: WITHIN.map(lambda rest: f"{sign}{rest}" if sign else "")),
)


def links(markdown: str) -> list[str]:
    """Where the links of a line of Markdown lead to; within a table, where `|` counts too."""
    tokens = MarkdownIt("commonmark").enable("table").parse(f"| head |\n|---|\n| {markdown} |")
    children = (child for token in tokens for child in token.children or [])
    return [str(child.attrs["href"]) for child in children if child.type == "link_open"]


@given(URLS)
@example("https://ci.example/?a=1&copy=2&copy;=3")
@example("https://ci.example/100%/%20)")
@example("https://ci.example/a|b")
def test_a_link_leads_to_exactly_that_page_or_is_none(url: str) -> None:
    """Whatever stands in the address: it neither ends early nor says anything else."""
    shown = safe.link("lint", url)
    assert [unquote(href) for href in links(shown)] == ([] if shown == "lint" else [unquote(url)])


@given(ANYTHING)
def test_its_text_is_the_text(text: str) -> None:
    """In a table, too: it makes no further cell, and no link of its own."""
    shown = Prose().link(Link(text=text, url=CI))
    assert links(shown) == [CI]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "/runs/1",
        "//ci.example",
        "ftp://ci.example",
        "https://",
        "https:///x",
        "https://github.com@evil.example/",
        "https://github.com:pw@evil.example/",
        "https://ci.example\\@evil.example",
        "https://ci.example/a\nb",
        "https://ci.example/\u202egnp",
        "https://\u212amart.example/",
        "https://ci.example:port/",
        f"https://ci.example/{'x' * 2000}",
    ],
)
def test_where_no_browser_should_go_there_is_no_link(url: str) -> None:
    """Another scheme, a host in disguise, characters that show something else, an address without end."""
    assert safe.link("lint", url) == "lint"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (CI, "[lint](<https://ci.example/runs/1>)"),
        ("http://ci.example:8080", "[lint](<http://ci.example:8080>)"),
        ("https://ci.example/a (b)|c", "[lint](<https://ci.example/a%20%28b%29%7Cc>)"),
        ("https://ci.example/?a=1&b=2#c", "[lint](<https://ci.example/?a=1&amp;b=2#c>)"),
        ("https://ci.example/%41%zz", "[lint](<https://ci.example/%41%25zz>)"),
        ("https://ci.example/é", "[lint](<https://ci.example/%C3%A9>)"),
    ],
)
def test_what_is_not_of_an_address_is_percent_encoded(url: str, shown: str) -> None:
    assert safe.link("lint", url) == shown


class TestReferences:
    MEANT = Prose(prs=frozenset({PrNumber(12)}), shas=frozenset({Sha("0123456789abcdef0123456789abcdef01234567")}))

    @pytest.mark.parametrize("text", ["waits for #12", "brought by 0123456789", "page 1234 of 99"])
    def test_those_that_are_meant_stay(self, text: str) -> None:
        assert self.MEANT.line(text) == text

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("see #1", "see #\u20601"),
            ("see #123", "see #\u2060123"),
            ("see GH-12", "see GH-\u206012"),
            ("see gh-7", "see gh-\u20607"),
            ("see o/r#12", "see o/r#\u206012"),
            ("see 89abcdef01", "see 89abcd\u2060ef01"),
            ("see DEADBEEF", "see DEADBE\u2060EF"),
            ("cc @org/team", "cc @\u2060org/team"),
            ("at https://x.example", "at https\\://x.example"),
        ],
    )
    def test_all_others_are_parted(self, text: str, shown: str) -> None:
        """Invisibly: they read as they did."""
        assert self.MEANT.line(text) == shown

    def test_a_reason_without_end_is_cut(self) -> None:
        assert Prose().line("y" * 3000) == "y" * LIMIT + "…"


@pytest.mark.parametrize("page", ["issues/1", "pull/1", "pull/1/checks", "commit/abc", "discussions/1", "%69ssues/1"])
def test_no_link_leaves_a_trace_in_another_repository(page: str) -> None:
    """Whoever reports a check names its page; a forge takes a link to an issue for a mention of it."""
    home = "https://github.example/acme/shop"
    prose = Prose(home=home)
    assert prose.link(Link(text="lint", url=f"https://github.example/other/one/{page}")) == "lint"
    assert links(prose.link(Link(text="lint", url=f"{home}/{page}")))
    assert links(prose.link(Link(text="lint", url="https://github.example/other/one/actions/runs/1")))
