"""Every page at any width, for fleets of any size, whatever strangers call their pull requests."""

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from mergebot.model.ids import AgentName, PrNumber
from mergebot.model.outcome import PassResult
from mergebot.model.plan import EntryState, Plan
from mergebot.model.snapshot import FleetAgent, Snapshot
from mergebot.report.dashboard import dashboard
from mergebot.report.look import NARROWEST, ROWS, UNWRAPPED, WHOLE, Look
from mergebot.report.paper import LTR, in_columns
from mergebot.report.text import plan_text, run_text
from tests.builders import snapshot
from tests.report.plans import (
    CONFLICT,
    HOSTILE,
    LONG_COMMAND,
    UNCHECKED,
    collision,
    entry,
    merge,
    plan,
    prs,
    score_of,
    waits_for,
)

TITLES = (
    "Fix it",
    "日本語のとても長い題名でも表は崩れないはずです、たぶん",
    "שלום עולם 12 (beta)",
    "مرحبا بالعالم",
    "👩‍👩‍👧‍👦 family 🇩🇪 flag",
    "a" * 300,
    HOSTILE,
)
WIDTHS = st.integers(NARROWEST, 140)
TEXTS = st.text(max_size=80)
FULL = st.builds(Look, width=WIDTHS, rows=st.just(WHOLE), color=st.booleans(), ascii_only=st.booleans())
CUT = st.builds(Look, width=WIDTHS, rows=st.integers(1, 40), ascii_only=st.booleans())


@cache
def crowd(count: int) -> Plan:
    """So many PRs of all kinds, with every title that a stranger could think of, and ten that nobody asked for."""
    states = (
        (EntryState.READY, ()),
        (EntryState.WAITING, (UNCHECKED,)),
        (EntryState.BLOCKED, (score_of(8),)),
        (EntryState.HELD, ()),
        (EntryState.WAITING, (waits_for(1),)),
        (EntryState.READY, ()),
    )
    entries = [
        entry(
            number,
            states[number % 6][0],
            *states[number % 6][1],
            title=TITLES[number % 7],
            agent=AgentName(f"agent-{number}") if number % 2 else None,
            **({"because": "the label `hold`"} if number % 6 == 3 else {}),
            **({"depends_on": prs(1)} if number % 6 == 4 else {}),
        )
        for number in range(1, count + 1)
    ]
    ignored = (entry(count + n, EntryState.IGNORED, because="no label", position=None) for n in range(1, 11))
    ready = [number for number in range(1, count + 1) if number % 6 in (0, 5)]
    return plan(
        *entries,
        *ignored,
        order=prs(*ready),
        steps=tuple(map(merge, ready)),
        conflicts=tuple(collision(number, number + 1, "a.py") for number in range(1, count)),
    )


def idle(count: int) -> Snapshot:
    return snapshot(fleet=tuple(FleetAgent(name=AgentName(f"idle-{n}")) for n in range(count)))


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@settings(max_examples=60, deadline=None)
@given(look=FULL | CUT, title=TEXTS, agent=TEXTS, because=TEXTS, path=TEXTS)
def test_no_line_is_wider_than_the_screen(look: Look, title: str, agent: str, because: str, path: str) -> None:
    """Whatever people write; what only moves the cursor has no width and is no text."""
    shown = plan(
        entry(1, EntryState.BLOCKED, score_of(8), title=title, agent=AgentName(agent) if agent else None),
        entry(2, EntryState.HELD, title=title, because=because),
        entry(31234, EntryState.WAITING, waits_for(1, 2, missing=agent), title=because, depends_on=prs(1)),
        steps=(merge(2, because),),
        frozen=(because,),
        conflicts=(collision(1, 2, path),),
    )
    fleet = snapshot(fleet=(FleetAgent(name=AgentName(agent or "a"), status=because, task=title, progress=0.5),))

    for text in (plan_text(shown, look), dashboard(fleet, shown, look)):
        assert max(cell_len(line) for line in plain(text).splitlines()) <= look.width


@settings(max_examples=25, deadline=None)
@given(look=FULL, count=st.integers(0, 40))
def test_without_a_limit_every_pull_request_is_shown(look: Look, count: int) -> None:
    numbers = {f"#{entry.pr}" for entry in crowd(count).entries}

    for text in (plan_text(crowd(count), look), dashboard(idle(3), crowd(count), look)):
        assert numbers <= set(re.findall(r"#\d+", plain(text)))


@settings(max_examples=25, deadline=None)
@given(look=CUT, count=st.integers(0, 80))
def test_what_is_not_shown_is_counted(look: Look, count: int) -> None:
    """The rows of the queue and the number below them make up the whole."""
    text = plan_text(crowd(count), look)
    table = " ".join(text.partition("\nQueue\n")[2].partition("\n\n")[0].split())

    rows = re.findall(r"#\d+ .*?(?:ready|waiting|blocked|held)\b", table.partition(" more, ")[0])
    more = re.search(r"(\d+) more, ", table)
    assert len(rows) + (int(more[1]) if more else 0) == count
    assert ("--all shows all" in table) is bool(more)


def test_a_hundred_and_fifty_on_a_terminal_are_a_few_screens() -> None:
    text = plan_text(crowd(150), Look(rows=ROWS))

    assert text.count("\n") < 250
    assert "… 125 more, 42 ready, 41 waiting, 21 blocked, 21 held: #26, #27" in text
    board = dashboard(idle(150), crowd(150), Look(rows=ROWS))
    assert board.count("\n") < 40
    assert "150 no PR" in board


def test_agents_without_a_pull_request_are_left_out_first() -> None:
    """Of whom something is to be done, is shown."""
    board = dashboard(idle(60), plan(entry(1, EntryState.BLOCKED, score_of(8), title="Late")), Look(rows=10))

    assert re.search(r"^Late .* #1  blocked", board, re.MULTILINE)
    assert "… 51 more: 51 no PR; --all shows all\n" in board


@pytest.mark.parametrize("text", TITLES)
def test_a_pipe_gets_one_line_for_each_fact(text: str) -> None:
    """Nothing is wrapped, cut in the middle of a reason, coloured or left out: `grep` finds it."""
    shown = plan(*(entry(number, EntryState.BLOCKED, score_of(8), title=text) for number in range(1, 4)))
    page = plan_text(shown, Look(width=UNWRAPPED))

    reason = "the review score is 8/10, at least 10 is needed; improve the change and have it reviewed again"
    assert len(re.findall(rf"^  #\d  .*  {re.escape(reason)}$", page, re.MULTILINE)) == 3
    assert not {"\x1b", LTR} & set(page)


def test_a_pipe_wraps_nothing_in_the_queue_either() -> None:
    waits = entry(30, EntryState.WAITING, waits_for(*range(1, 20)))

    assert ", ".join(f"#{n}" for n in range(1, 20)) in plan_text(plan(waits), Look(width=UNWRAPPED))


def test_commands_are_shown_for_each_however_many_have_the_same_reason() -> None:
    """A person can paste those of one's own branch alone."""
    alike = [entry(number, EntryState.BLOCKED, CONFLICT) for number in range(1, 7)]

    assert plan_text(plan(*alike), Look()).count(f"      {LONG_COMMAND}\n") == 6


def test_a_pass_says_which_command_shows_the_rest() -> None:
    """`run` has no `--all`: to run again only to see it would not do."""
    shown = run_text(crowd(80), PassResult(), Look(rows=10))

    assert "; mergebot plan --all shows all" in " ".join(shown.split())


def test_words_from_right_to_left_take_no_figure_with_them() -> None:
    """Unicode's rules would else show the figures and bars that follow on their left."""
    assert in_columns("#1  שלום עולם 12  ready") == f"{LTR}#1  שלום עולם{LTR} 12  ready"
    assert in_columns("שלום  עולם  4/5") == f"{LTR}שלום{LTR}  עולם{LTR}  4/5"
    assert in_columns("#1  Fix it  ready") == "#1  Fix it  ready"
    assert cell_len(LTR) == 0


def test_a_command_stays_as_it_is_whatever_the_branch_is_called() -> None:
    """What is pasted must be what was meant."""
    verdict = CONFLICT.verdict
    command = "git switch שלום/12 && git rebase main"
    evidence = type(verdict.evidence)(commands=(command, LONG_COMMAND))
    held = type(CONFLICT)(name=CONFLICT.name, verdict=type(verdict)(code="c", reason="r", evidence=evidence))

    text = plan_text(plan(entry(1, EntryState.BLOCKED, held, title="שלום")), Look(width=NARROWEST))

    assert f"      {command}\n      {LONG_COMMAND}\n" in text
    assert LTR in text


@given(title=TEXTS)
@settings(max_examples=40, deadline=None)
def test_a_stranger_moves_neither_the_cursor_nor_the_direction(title: str) -> None:
    text = dashboard(snapshot(), plan(entry(PrNumber(1), title=title)), Look())

    assert not {char for char in text if char < " " and char != "\n"}
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200f]", text)
