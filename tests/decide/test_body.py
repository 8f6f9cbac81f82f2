"""What the lines of a PR's text say."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergebot.decide import body as module
from mergebot.decide.body import NOTHING_SAID, Said, read_said
from mergebot.decide.text import counting_lines

TEMPLATE = """## Agent: backend-agent
## Review Score: 10/10

### Changes
- a queue

### Review iterations
1. Initial score: 7/10
3. Final score: 10/10

- [x] Review score 10/10
Depends-On: #12, agent:rag-agent
"""

EXAMPLES = {
    "the agents' template": (
        TEMPLATE,
        Said(agents=("backend-agent",), scores=("10/10",), depends_on=("#12, agent:rag-agent",)),
    ),
    "bold": (
        "**Agent:** a\n**Review Score**: 9\n**Depends-On: #1**",
        Said(agents=("a",), scores=("9",), depends_on=("#1",)),
    ),
    "underlines in a name": ("Agent: my_agent_", Said(agents=("my_agent_",))),
    "lists and headings": (
        "- Agent: a\n1. Depends-On: #1\n# Review Score: 1",
        Said(agents=("a",), depends_on=("#1",), scores=("1",)),
    ),
    "any case": ("AGENT: a\ndepends-on: #2\nreview  score: 3", Said(agents=("a",), depends_on=("#2",), scores=("3",))),
    "spellings that cannot mean anything else": (
        "Depends on #1\nDepends_On: #2\nDepend-on: #3\nDepends upon: #4",
        Said(depends_on=("#1", "#2", "#3", "#4")),
    ),
    "other hyphens, spaces and colons": (
        "Depends\u2011On: #1\nDepends\u2013on:\u00a0#2\nDepends-On\uff1a#3\nDepends\u00a0on\u00a0: #4",
        Said(depends_on=("#1", "\u00a0#2", "#3", "#4")),
    ),
    "a ticked dependency": ("- [ ] Depends-On: #1\n- [x] **Depends-On**: #2", Said(depends_on=("#1", "#2"))),
    "a ticked score is a claim of the checklist": ("- [x] Review Score: 10/10", NOTHING_SAID),
    "an unfilled template": (
        "## Agent: {AGENT}\n## Review Score: {SCORE}/10\nReview Score:",
        NOTHING_SAID,
    ),
    "prose": ("The agent: good. It depends on the mood. My review score: 3. Dependson: x", NOTHING_SAID),
    "quotes, code and comments": (
        "> Agent: a\n\n```\nDepends-On: #1\n```\n<!-- Review Score: 1 -->\n`Agent: b`\n\n    Agent: c",
        NOTHING_SAID,
    ),
    "inline code is no name": ("Agent: `a`", Said(agents=("\N{OBJECT REPLACEMENT CHARACTER}",))),
    "a comment beside it": ("Agent: a <!-- your name -->", Said(agents=("a",))),
    "nested in a list": ("- a\n    - Agent: b", Said(agents=("b",))),
    "a letter that grows": ("İ\nAgent: a", Said(agents=("a",))),
    "a dependency that names nothing": ("Depends-On:", Said(depends_on=("",))),
    "another word": ("Depends-Only: #1\nAgents: a", NOTHING_SAID),
}


@pytest.mark.parametrize(("text", "said"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_lines_of_their_own_are_read(text: str, said: Said) -> None:
    """Heading, bold and list marks are allowed; code, quotes, comments, prose do not count (contract 2.2, 2.3, 3)."""
    assert read_said(text) == said
    assert read_said(text.replace("\n", "\r\n")) == said


WORDS = [
    "Agent: a",
    "Depends-On: #1",
    "depends on #2",
    "**Review Score:** 3",
    "Review Score: {N}",
    "text",
    "\N{LATIN SMALL LETTER LONG S}",
    "İ",
]
MARKS = ["- ", "1. ", "# ", "> ", "`", "```", "    ", "  ", "\t", "-     ", "<!-- x -->", "\r", "[ ] ", "**"]
LINES = st.tuples(st.lists(st.sampled_from(MARKS), max_size=2), st.sampled_from(WORDS)).map(
    lambda p: "".join(p[0]) + p[1]
)


@settings(max_examples=300)
@given(st.lists(st.one_of(LINES, st.just(""), st.sampled_from(MARKS)), max_size=8).map("\n".join))
def test_the_short_cut_changes_nothing(text: str) -> None:
    """Bodies without markup are not parsed as Markdown; what they say is the same."""
    whole = [line for part in counting_lines(text) if (line := module._LINE.match(part)) is not None]

    assert read_said(text) == module._said(whole)


def test_a_hostile_text_is_read_once() -> None:
    """A key repeated on one line does not make that line be read again and again."""
    assert read_said("agent" * 200_000 + ":") == NOTHING_SAID
    assert read_said("Depends-On: " + "#1, " * 100_000).depends_on[0].count("#1") == 100_000
    assert read_said("review score " * 50_000) == NOTHING_SAID
    assert re.fullmatch("x", read_said("Agent: x\n" * 2).agents[0])
