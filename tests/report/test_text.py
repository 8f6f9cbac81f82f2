"""The text that people read: whole screens at 80 columns."""

import re

import pytest
from rich.cells import cell_len

from mergebot.model.plan import EntryState
from mergebot.model.problem import Problem, Severity
from mergebot.report.look import Look
from mergebot.report.text import plan_text, run_text
from tests.report.plans import HOSTILE, LONG_COMMAND, after_a_pass, entry, fleet, hostile, plan, score_of

EIGHTY = Look(width=80)


FLEET = f"""\
fleet, main at 0000006261
  9 open pull requests: 2 ready, 3 waiting, 2 blocked, 1 held, 1 ignored

What run would do now
  merge          #1  security-agent: every criterion passes
  merge          #2  backend-agent: every criterion passes
  rebase         #6  github-agent: #2 was merged
  rebase         #7  testing-agent: it is stacked on #6
  delete branch  #1  security-agent: #1 was merged

Someone must act
  #4  rag-agent     the review score is 8/10, at least 10 is needed; improve the
                    change and have it reviewed again
  #5  devops-agent  conflicts with main in app/settings.py; #1 brought the other
                    side; rebase it and solve the conflict
      {LONG_COMMAND}
      git rebase --continue

Queue
  Pos  PR  Agent or title  State    Score  Checks   Blocked by
    1  #1  security-agent  ready    10/10  pass
    2  #2  backend-agent   ready    10/10  pass
    3  #3  frontend-agent  waiting  10/10  pending  checks
    4  #6  github-agent    waiting  10/10  pass     #2
    5  #7  testing-agent   waiting  10/10  pass     #2, #3
    6  #4  rag-agent       blocked   8/10  pass     score
    7  #5  devops-agent    blocked  10/10  pass     conflict with #1
    8  #8  Try a new idea  held         -  pass     draft

Not in the queue
  #9  Change 9  no label `merge`

Waiting or held
  #3  frontend-agent  no check has reported on this head yet
  #6  github-agent    waits for #2, which has not been merged yet
  #7  testing-agent   waits for #2, #3, which has not been merged yet
  #8  Try a new idea  draft

Conflicts between pull requests
  #1 and #5  app/settings.py
  #3 and #7  web/index.html, web/style.css

Dependencies (what waits hangs below)
  #2 backend-agent
  ├── #6 github-agent
  └── #7 testing-agent
  #3 frontend-agent
  └── #7 testing-agent
"""

NARROW = f"""\
fleet, main at 0000006261
  9 open pull requests: 2 ready, 3
  waiting, 2 blocked, 1 held, 1 ignored

What run would do now
  merge #1 security-agent
      every criterion passes
  merge #2 backend-agent
      every criterion passes
  rebase #6 github-agent
      #2 was merged
  rebase #7 testing-agent
      it is stacked on #6
  delete branch #1 security-agent
      #1 was merged

Someone must act
  #4 rag-agent
      the review score is 8/10, at least
      10 is needed; improve the change
      and have it reviewed again
  #5 devops-agent
      conflicts with main in
      app/settings.py; #1 brought the
      other side; rebase it and solve
      the conflict
      {LONG_COMMAND}
      git rebase --continue

Queue
  PR  Agent          State    Blocked by
  #1  security-age…  ready
  #2  backend-agent  ready
  #3  frontend-age…  waiting  checks
  #6  github-agent   waiting  #2
  #7  testing-agent  waiting  #2, #3
  #4  rag-agent      blocked  score
  #5  devops-agent   blocked  conflict
                              with #1
  #8  Try a new id…  held     draft

Not in the queue
  #9 Change 9
      no label `merge`

Waiting or held
  #3 frontend-agent
      no check has reported on this head
      yet
  #6 github-agent
      waits for #2, which has not been
      merged yet
  #7 testing-agent
      waits for #2, #3, which has not
      been merged yet
  #8 Try a new idea
      draft

Conflicts between pull requests
  #1 and #5  app/settings.py
  #3 and #7  web/index.html,
             web/style.css

Dependencies (what waits hangs below)
  #2 backend-agent
  ├── #6 github-agent
  └── #7 testing-agent
  #3 frontend-agent
  └── #7 testing-agent
"""

DONE = """\
This pass
  done          merge          #1  landed as 0000000000: Change 1 (#1)
  done          rebase         #6  both moved
  done          rebase         #7  both moved
  stale         merge          #2  the head moved to 0123456789 after the
                                   decision
  failed        merge          #3  the disk is full
                                   hint: make room, then run again
  already done  delete branch  #1  the branch is gone

fleet, main at 0000006261
  9 open pull requests: 2 ready, 3 waiting, 2 blocked, 1 held, 1 ignored

Warnings
  warning fleet: not finished: #5: the checks could not be read
"""


def test_a_plan_at_80_columns() -> None:
    """Queue, steps, who must act with commands to paste, what waits, conflicts, and the graph."""
    assert plan_text(fleet(), EIGHTY) == FLEET


def test_a_plan_at_40_columns() -> None:
    """A reason stands below what it is about; the position is left out, the order says it."""
    assert plan_text(fleet(), Look(width=40)) == NARROW


def test_a_pass_shows_what_became_of_every_step_and_then_the_queue() -> None:
    text = run_text(fleet(), after_a_pass(), EIGHTY)

    assert text.startswith(DONE)
    assert text.endswith(FLEET[FLEET.index("\nSomeone must act") :])


def test_a_quiet_pass_says_so() -> None:
    text = run_text(plan(), type(after_a_pass())(), EIGHTY)

    assert text == (
        "This pass\n  Nothing was to be done.\n\nfleet, main at 0000006261\n  No pull request is open into main.\n"
    )


def test_problems_come_first_and_say_that_nothing_is_done() -> None:
    """Contract 2.1: with an error in an input nothing is merged."""
    warning = Problem(where="status.json", message="unknown key `x`", severity=Severity.WARNING)
    error = Problem(where="dependencies.json:4:3", message="`a` depends on itself", hint="remove it from its own list")

    assert (
        plan_text(plan(problems=(warning, error)), EIGHTY)
        == """\
fleet, main at 0000006261
  No pull request is open into main.

Problems
  error dependencies.json:4:3: `a` depends on itself
    hint: remove it from its own list
  warning status.json: unknown key `x`

What run would do now
  Nothing: the problems above come first.
"""
    )


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_no_line_is_wider_than_the_screen_but_commands_which_stay_whole(width: int, *, ascii_only: bool) -> None:
    text = plan_text(fleet(), Look(width=width, ascii_only=ascii_only))

    assert f"      {LONG_COMMAND}\n" in text
    assert [line for line in text.splitlines() if cell_len(line) > width] == [f"      {LONG_COMMAND}"]


def test_an_ascii_terminal_gets_ascii() -> None:
    text = plan_text(fleet(), Look(width=140, ascii_only=True))

    assert text.isascii()
    assert "`-- #7 testing-agent" in text


def test_colour_adds_nothing_but_colour() -> None:
    """Without colour every fact is still there: states are words."""
    coloured = plan_text(fleet(), Look(width=80, color=True))

    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == FLEET.splitlines()


def test_hostile_text_is_shown_and_not_obeyed() -> None:
    """No escape sequence, markup, override or line break of a stranger has an effect, and no line is a command."""
    text = plan_text(hostile(), Look(width=200))

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold red]x[/]" in text
    assert not any(line.strip().startswith("::") for line in text.splitlines())
    assert HOSTILE.count("\n") == 1
    assert "@everyone\\nline two" in text


def test_a_hundred_and_fifty_pull_requests_have_a_row_each() -> None:
    entries = [entry(number, EntryState.BLOCKED, score_of(8), title="長い題名 " * 20) for number in range(1, 151)]
    text = plan_text(plan(*entries), EIGHTY)

    rows = [line for line in text.splitlines() if re.match(r" +\d+ +#\d+ .* blocked ", line)]
    assert len(rows) == 150
    assert max(map(cell_len, text.splitlines())) <= 80


def test_what_holds_everyone_back_is_said_once() -> None:
    """A frozen queue is one fact, not one for each entry."""
    because = "the queue is frozen: main is checked out and has changes that are not committed"
    entries = [entry(number, EntryState.HELD, because=because) for number in (1, 2, 3)]
    text = plan_text(plan(*entries, entry(4, EntryState.HELD, because="it is a draft: mark it as ready")), EIGHTY)

    assert (
        """
Waiting or held
  #1, #2, #3
      the queue is frozen: main is checked out and has changes that are not
      committed
  #4  Change 4  it is a draft: mark it as ready
"""
        in text
    )
    assert "    3  #3  Change 3        held   10/10  pass    the queue is frozen\n" in text


def test_a_refusal_of_the_forge_is_said_before_what_the_criteria_say() -> None:
    """No criterion knows of it."""
    refused = entry(1, EntryState.BLOCKED, score_of(8), because="GitHub refuses it: two reviews are needed")
    shown = plan_text(plan(refused), EIGHTY).partition("Someone must act\n")[2]
    assert re.search(r"GitHub refuses it: two reviews are needed\n +the review score is 8/10", shown)
