"""The dashboard, in the look that fleets know."""

import re

from mergebot.model.ids import AgentName, Branch, PrNumber
from mergebot.model.plan import Criterion, CriterionName, EntryState, Fail
from mergebot.model.policy import DependencyFile
from mergebot.model.snapshot import ClosedPullRequest, FleetAgent, Head
from mergebot.report.dashboard import dashboard
from mergebot.report.look import Look
from tests.builders import AUTHOR, sha, snapshot
from tests.report.plans import HOSTILE, entry, hostile, plan, prs, score_of, waits_for

RED = Criterion(name=CriterionName.TESTS_PASSING, verdict=Fail(code="tests.failed", reason="1 check failed"))

FLEET = (
    FleetAgent(name=AgentName("security-agent"), status="ready", progress=0.8),
    FleetAgent(name=AgentName("frontend-agent"), status="ready", progress=0.85),
    FleetAgent(name=AgentName("docs-agent"), status="in_progress", progress=0.6, task="Writing the guide"),
    FleetAgent(name=AgentName("backend-agent"), status="merged", progress=0.9),
    FleetAgent(name=AgentName("rag-agent"), status="ready"),
)

PLAN = plan(
    entry(1, EntryState.BLOCKED, score_of(9), agent=AgentName("security-agent"), score=9),
    entry(3, agent=AgentName("frontend-agent")),
    entry(4, EntryState.WAITING, waits_for(2), agent=AgentName("github-agent"), score=None),
    entry(5, EntryState.BLOCKED, RED, agent=AgentName("rag-agent")),
    entry(7, EntryState.HELD, title="Try a new idea", because="draft", score=None),
    order=prs(3, 4),
    landed={AgentName("backend-agent"): PrNumber(2)},
)

SNAPSHOT = snapshot(
    fleet=FLEET,
    dependencies=DependencyFile(dependencies={AgentName("testing-agent"): (AgentName("frontend-agent"),)}),
    closed=(
        ClosedPullRequest(
            number=PrNumber(2),
            title="Split it",
            head=Head(branch=Branch("b"), sha=sha(2)),
            base=Branch("main"),
            author=AUTHOR,
            merged=True,
        ),
    ),
)

DASHBOARD = """\
fleet, main at 0000006261

Agent           Progress         PR  State        Review  Checks  Blocked by
security-agent  ████████░░  80%  #1  blocked        9/10  pass    score
frontend-agent  ████████░░  85%  #3  ready         10/10  pass
docs-agent      ██████░░░░  60%      in progress                  (Writing the
                                                                  guide)
backend-agent   ██████████ 100%  #2  merged
rag-agent       ████████░░  4/5  #5  blocked       10/10  fail    checks
github-agent    ████████░░  4/5  #4  waiting           -  pass    #2
testing-agent                        no PR
Try a new idea  ██████████  5/5  #7  held              -  pass    draft

PRs: 5 open, 1 merged, 1 failed
Next to merge: #3, #4
"""

NARROW = """\
fleet, main at 0000006261

Agent        PR  State        Blocked by
security-a…  #1  blocked      score
frontend-a…  #3  ready
docs-agent       in progress  (Writing
                              the guide)
backend-ag…  #2  merged
rag-agent    #5  blocked      checks
github-age…  #4  waiting      #2
testing-ag…      no PR
Try a new …  #7  held         draft

PRs: 5 open, 1 merged, 1 failed
Next to merge: #3, #4
"""


def test_every_agent_has_a_line_also_without_a_pull_request() -> None:
    """First those of the fleet's own list, then the others that are known; PRs of no agent come last."""
    assert dashboard(SNAPSHOT, PLAN, Look()) == DASHBOARD


def test_a_narrow_screen_keeps_who_what_state_and_why() -> None:
    assert dashboard(SNAPSHOT, PLAN, Look(width=40)) == NARROW


def test_two_pull_requests_that_claim_one_agent_both_have_a_row() -> None:
    """Each is blocked for it (contract 2.2): none may vanish."""
    board = dashboard(snapshot(), plan(*(entry(n, agent=AgentName("a")) for n in (1, 2))), Look())

    assert re.findall(r"^a .* (#\d)  ready", board, re.MULTILINE) == ["#1", "#2"]


def test_a_forge_tells_of_those_that_were_merged_lately_alone() -> None:
    """It is never asked for all that were ever merged."""
    board = dashboard(snapshot(closed=SNAPSHOT.closed, url="https://github.com/o/r"), plan(), Look())

    assert "PRs: 0 open, 1 merged lately, 0 failed\n" in board


def test_an_ascii_terminal_gets_ascii_bars() -> None:
    text = dashboard(SNAPSHOT, PLAN, Look(ascii_only=True))

    assert text.isascii()
    assert "\nsecurity-agent  ########..  80%  #1  blocked" in text


def test_what_is_cut_shows_it_in_ascii_too() -> None:
    agent = FleetAgent(name=AgentName("a"), status="in_progress", task="word " * 20)
    board = dashboard(snapshot(fleet=(agent,)), plan(), Look(ascii_only=True))

    assert "...)" in board
    assert "\\u2026" not in board


def test_an_empty_fleet_has_counts_only() -> None:
    assert dashboard(snapshot(), plan(), Look()) == "fleet, main at 0000006261\n\nPRs: 0 open, 0 merged, 0 failed\n"


def test_what_an_agent_writes_of_itself_is_not_obeyed() -> None:
    agent = FleetAgent(name=AgentName(HOSTILE), status="\x1b[2J", progress=0.5, task="::error::x")
    text = dashboard(snapshot(fleet=(agent,)), hostile(), Look())

    assert not {"\x1b", "\u202e"} & set(text)
    assert not any(line.strip().startswith("::") for line in text.splitlines())
