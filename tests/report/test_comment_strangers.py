"""Titles, paths, branches, checks, logins and addresses are anybody's: in a comment nothing of theirs acts."""

import re
from typing import Final

import pytest
from hypothesis import example, given, settings
from markdown_it import MarkdownIt

from mergebot.model.ids import AgentName, PrNumber
from mergebot.model.outcome import PassResult
from mergebot.model.plan import Clash, Entry, EntryState, Evidence, Fail, Link
from mergebot.model.questions import ConflictedPath
from mergebot.report import blocks
from mergebot.report.notices import notices
from tests.report.comments import RED, agents, judged, notice, people, prose
from tests.report.plans import HOSTILE, hostile, prs
from tests.report.test_safe import ANYTHING

STRANGERS: Final = [
    HOSTILE,
    "@everyone",
    "#99",
    "GH-99",
    "o/r#99",
    "a`b",
    "```",
    "~~~",
    "a | b |",
    "a\\|b\\",
    "<!-- mergebot -->",
    "--> </details></td></table>",
    "![x](http://x.org)",
    "https://x.org",
    "www.x.org",
    "a@b.example",
    "0123456789abcdef",
    "deadbeef",
]


def blocked(text: str) -> Entry:
    """A PR in which everything that a stranger may choose is this text."""
    conflict = Fail(
        code="conflicts.merge",
        reason=f"conflicts with main in {text}, brought by #7",
        evidence=Evidence(files=(text,), prs=prs(7), commands=(f"git switch '{text}'",)),
    )
    links = (Link(text=text, url=text), Link(text=text, url=f"https://ci.example/{text}"))
    failed = Fail(code="tests.failed", reason=text, evidence=Evidence(links=links))
    return judged(
        1, EntryState.BLOCKED, conflict, failed, because=text, answers=(text,), missing_agents=(AgentName(text),)
    )


def comment(text: str) -> str:
    clash = Clash(pr=PrNumber(1), paths=(ConflictedPath(path=text, kind="content"),))
    return notice(blocked(text), clashes=(clash,)).comment


@pytest.mark.parametrize("text", STRANGERS)
def test_no_mention_no_reference_no_html(text: str) -> None:
    """What is outside of code holds none of them, and no address that a forge would make a link of."""
    outside = re.sub(r"\]\(<[^<>]*>\)", "", prose(comment(text)))  # where links lead to
    assert not re.search(r"@\w|(?<!\\)<|#99|GH-99|(?<!\\)://|(?<!\\)www\.|[0-9a-f]{7}", outside)


@pytest.mark.parametrize("text", STRANGERS)
def test_the_pull_requests_that_are_meant_are_referred_to(text: str) -> None:
    assert "brought by #7 |" in comment(text)


@given(ANYTHING)
@example("x'\n```\n# y")
@example("</details>\n\n| a | b |\n")
@settings(max_examples=300)
def test_whatever_is_written_the_comment_keeps_its_shape(text: str) -> None:
    """The same blocks and the same cells, in the same order; the object says what was written."""
    found = comment(text)
    tokens = MarkdownIt("commonmark").enable("table").parse(found)
    inline = [child.type for token in tokens for child in token.children or []]
    assert [token.type for token in tokens if token.level == 0 and token.nesting >= 0] == [
        "paragraph_open",
        "paragraph_open",
        "paragraph_open",
        "bullet_list_open",
        "table_open",
        "paragraph_open",
        "paragraph_open",
        "paragraph_open",
        "fence",
        "paragraph_open",
        "bullet_list_open",
        "html_block",
        "fence",
        "html_block",
    ]
    assert sum(token.type == "td_open" for token in tokens) == 20
    assert {kind for kind in inline if kind not in ("text", "text_special", "code_inline", "softbreak")} <= {
        "strong_open",
        "strong_close",
        "link_open",
        "link_close",
    }
    assert len(agents(found)["criteria"]) == 5


def test_a_whole_hostile_plan_makes_harmless_comments() -> None:
    for item in notices(hostile(), PassResult()):
        assert "\x1b" not in item.comment + item.description
        assert "\u202e" not in item.comment + item.description
        assert "@everyone" not in prose(item.comment)
        assert "\n" not in item.description


class TestWhatIsTooLong:
    """A platform refuses comments that are too long."""

    def test_blocks_are_left_out_whole(self) -> None:
        """No fence stays open, and the object for agents keeps its place."""
        command = Evidence(commands=("git switch " + "x" * blocks.LIMIT,))
        long = Fail(code="tests.failed", reason="y" * blocks.LIMIT, evidence=command)
        found = notice(judged(1, EntryState.BLOCKED, long)).comment
        assert len(found) <= blocks.LIMIT
        assert "```sh" not in found
        assert people(found).endswith(
            "**In the queue**: not in line while it is blocked.\n\n*More of this is in the log of the run.*"
        )
        assert agents(found)["shortened"] is True

    def test_the_object_is_shortened_to_one_that_is_whole(self) -> None:
        files = tuple(f"{n}{'€' * 900}" for n in range(90))
        long = Fail(code="conflicts.merge", reason="z" * 5000, evidence=Evidence(files=files))
        told = agents(notice(judged(1, EntryState.BLOCKED, long, because=long.reason)).comment)
        assert told["shortened"] is True
        assert [len(told["because"]), "files" in told["criteria"][2]] == [301, False]

    def test_one_that_fits_is_told_whole(self) -> None:
        told = agents(notice(judged(1, EntryState.BLOCKED, RED)).comment)
        assert "shortened" not in told
