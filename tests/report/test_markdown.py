"""The Markdown that goes into step summaries and comments."""

import pytest
from markdown_it import MarkdownIt

from mergebot.model.ids import AgentName
from mergebot.model.plan import EntryState
from mergebot.report.markdown import plan_markdown, run_markdown
from tests.report.plans import (
    CONFLICT,
    HOSTILE,
    LONG_COMMAND,
    after_a_pass,
    collision,
    entry,
    hostile,
    merge,
    plan,
    prs,
)

SMALL = plan(
    entry(1, agent=AgentName("security-agent"), title="Harden the login"),
    entry(5, EntryState.BLOCKED, CONFLICT, title="Build | ship", position=2),
    entry(9, EntryState.IGNORED, position=None),
    order=prs(1),
    steps=(merge(1),),
    conflicts=(collision(1, 5, "app/settings.py"),),
)

QUEUE = """\
### Queue

| Pos | PR | Agent | Title | State | Score | Checks | Blocked by |
| --- | --- | --- | --- | --- | --- | --- | --- |
| 1 | #1 | security-agent | Harden the login | ready | 10/10 | pass |  |
| 2 | #5 |  | Build \\| ship | blocked | 10/10 | pass | conflict with #1 |

### Not in the queue

- #9 Change 9: every criterion passes
"""

REST = f"""\
### Someone must act

- #5 Build \\| ship: conflicts with main in app/settings.py; #1 brought the other side; rebase it and solve the conflict

  ```sh
  {LONG_COMMAND}
  git rebase --continue
  ```

### Conflicts between pull requests

- #1 and #5: `app/settings.py`
"""

HEAD = """\
## Merge queue: fleet, main at 0000006261

3 open pull requests: 1 ready, 1 blocked, 1 ignored
"""


def test_a_plan() -> None:
    steps = "### What `run` would do now\n\n1. merge #1: every criterion passes\n"

    assert plan_markdown(SMALL) == f"{HEAD}\n{QUEUE}\n{steps}\n{REST}"


def test_a_pass() -> None:
    problems = "### Problems\n\n- **warning** `fleet`: not finished: #5: the checks could not be read\n"
    done = """\
### This pass

- **done** merge #1: landed as 0000000000: Change 1 (#1)
- **done** rebase #6: both moved
- **done** rebase #7: both moved
- **stale** merge #2: the head moved to 0123456789 after the decision
- **failed** merge #3: the disk is full. make room, then run again
- **already done** delete branch #1: the branch is gone
"""

    title, counts = HEAD.split("\n\n")
    page = f"{title}\n\n**Merged #1; rebased #6, #7. Failed: merge #3.**\n\n{counts}"
    assert run_markdown(SMALL, after_a_pass()) == f"{page}\n{problems}\n{done}\n{QUEUE}\n{REST}"


@pytest.mark.parametrize("text", [plan_markdown(hostile()), run_markdown(hostile(), after_a_pass())])
def test_hostile_text_becomes_no_markup(text: str) -> None:
    """Rendered, there is no HTML of a stranger, no mention, no link, no emphasis; the table keeps its columns."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    inline = [child for token in tokens for child in token.children or []]

    assert {token.type for token in [*tokens, *inline]}.isdisjoint({"html_block", "html_inline", "link_open", "image"})
    assert "@everyone" not in "".join(child.content for child in inline if child.type == "text")
    assert {len(row.split(" | ")) for row in text.splitlines() if row.startswith("| ")} == {8}
    assert HOSTILE not in text
