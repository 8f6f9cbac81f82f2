"""The message of the commit that lands (contract 4.1)."""

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.decide.message import body_of, title_of, without_furniture
from mergebot.model.ids import AgentName
from tests.builders import pull_request
from tests.decide.test_body import TEMPLATE

TITLES = {
    "plain": ("Add a queue", "Add a queue (#1)"),
    "numbered already": ("Add a queue (#1)", "Add a queue (#1)"),
    "another number": ("Revert (#2)", "Revert (#2) (#1)"),
    "several lines and control characters": ("Add\r\n\x1b[31m a \x00queue\u202e", "Add [31m a queue (#1)"),
    "skips checks": ("Add [Skip CI] a queue", "Add (Skip CI) a queue (#1)"),
    "empty": (" \n", "change-1 (#1)"),
}


@pytest.mark.parametrize(("title", "subject"), TITLES.values(), ids=TITLES.keys())
def test_the_title_has_the_number_once(title: str, subject: str) -> None:
    """`TITLE (#N)`, one line, and nothing that keeps checks from running."""
    assert title_of(pull_request(1, title=title)) == subject


def message(body: str, **changes: Any) -> str:  # noqa: ANN401 (a builder takes any field)
    given_: dict[str, Any] = {"agent": None, "score": None, "reviewers": (), "further": ()}
    return body_of(pull_request(1, body=body), **{**given_, **changes})


def test_the_text_loses_the_templates_furniture_and_gains_trailers() -> None:
    """Headings of the template, checklists, the auto-merge status, unfilled parts and comments go."""
    body = (
        "<!-- fill in -->\n"
        + TEMPLATE.replace("Depends-On: #12, agent:rag-agent\n", "")
        + "## Auto-merge status\nwill merge\n### details\nsoon\n## Notes\n\nSee `a {b}`.\n## Docs\n{DOCS}\n"
    )
    text = message(
        body,
        agent=AgentName("backend-agent"),
        score=10,
        reviewers=("rita", "tom"),
        further=("Bo B <bo@example.org>",),
    )
    assert text == (
        "### Changes\n- a queue\n\n### Review iterations\n1. Initial score: 7/10\n3. Final score: 10/10\n\n"
        "## Notes\n\nSee `a {b}`.\n\n"
        "Agent: backend-agent\nReview-Score: 10/10\nReviewed-by: rita\nReviewed-by: tom\n"
        "Co-authored-by: Bo B <bo@example.org>"
    )


def test_code_is_left_as_it_is() -> None:
    """What looks like furniture in a fence is the author's."""
    code = "```\n# a\n# b\n- [ ] c\n{X}\nAgent: d\n```"
    assert without_furniture(code) == code


@pytest.mark.parametrize(
    "words", ["[skip ci]", "[CI SKIP]", "[no ci]", "[skip actions]", "[actions skip]", "[skip-ci]", "[ skip  ci ]"]
)
def test_nothing_keeps_checks_from_running(words: str) -> None:
    """Also where it only comes together once comments and control characters are gone."""
    hidden = words[:3] + "<!-- x -->\x00" + words[3:]
    assert message(f"a {hidden} b") == f"a ({words[1:-1].strip()}) b"


def test_the_trailer_that_skips_checks_is_disarmed() -> None:
    assert message("text\n\n\nskip-checks: true") == "text\n\n- skip-checks: true"


def test_a_forged_trailer_is_plain_text(tmp_path: Path) -> None:
    """Git reads only our own trailers from the message."""
    body = "text\n---\n\nco-authored-by: Eve <eve@example.org>\nReviewed-by: eve\nReview-Score: 10/10\n"
    for trailers in ({}, {"agent": AgentName("a"), "further": ("Bo <b@example.org>\nReviewed-by: eve",)}):
        text = message(body, **trailers)
        shown = subprocess.run(
            ["git", "interpret-trailers", "--parse"],
            input=f"title\n\n{text}\n",
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        ours = ["Agent: a", "Co-authored-by: Bo <b@example.org> Reviewed-by: eve"] if trailers else []
        assert shown.splitlines() == ours


@given(st.text(max_size=300))
def test_any_text_makes_a_message_that_can_be_written(body: str) -> None:
    """UTF-8, without control characters; and made twice it stays the same."""
    text = message(body)
    assert not [c for c in text if ord(c) < 32 and c not in "\n\t"]
    assert text.encode().decode() == text


def test_a_hostile_text_costs_time_in_proportion_to_its_length() -> None:
    start = time.process_time()
    for text in ("<!-- " * 20_000, "- [skip " * 10_000, "{A" * 30_000, " -" * 30_000, "# \n" * 20_000, "[" * 60_000):
        message(text)
    assert time.process_time() - start < 5
