"""The dashboard of `status`: a row for each agent, with how far it is, its review and checks, and what blocks it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from mergebot.model.ids import AgentName, PrNumber
from mergebot.model.plan import CriterionName, Entry, EntryState, Fail, Pass, Plan
from mergebot.model.snapshot import FleetAgent, Snapshot
from mergebot.report import render
from mergebot.report.columns import Column, table
from mergebot.report.folding import NAMED, folded
from mergebot.report.look import UNWRAPPED, Look
from mergebot.report.paper import Paper
from mergebot.report.queue_table import STATE_STYLES

BAR: Final = 10
"""Characters of a progress bar."""

FIGURE: Final = 5
"""Characters of the figure beside it."""

BAR_FROM, VERDICTS_FROM = 60, 76
"""Columns below which there is no room for the bar, for score and checks."""

NAME_MIN, NAME_LIKED, NAME_MAX = 8, 16, 26
STATE_MAX, TASK_MAX = 12, 48
BLOCKED_MIN: Final = 10

MERGED, NO_PR = "merged", "no PR"
"""What an agent does that has no open PR."""

RANK: Final = {
    EntryState.BLOCKED: 0,
    EntryState.READY: 1,
    EntryState.WAITING: 2,
    EntryState.HELD: 3,
    EntryState.IGNORED: 4,
    NO_PR: 5,
    MERGED: 6,
}
"""Who is left out first where not all have room: the last ones here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line. `share`: how much of the bar is full (None: no bar). `kind`: a key of RANK."""

    name: str
    pr: PrNumber | None
    share: float | None
    figure: str
    kind: str
    state: str
    style: str
    entry: Entry | None = None
    blocked: str = ""


def dashboard(snapshot: Snapshot, plan: Plan, look: Look) -> str:
    """The whole dashboard: where, then `standing`."""
    page = Paper(look)
    page.heading(page.clean(render.headline(plan)))
    return f"{page.text()}\n{standing(snapshot, plan, look)}"


def standing(snapshot: Snapshot, plan: Plan, look: Look) -> str:
    """How the fleet stands: agents, PRs of no agent, counts, and what comes next."""
    page = Paper(look)
    for reason in plan.frozen:
        page.say(f"The queue is frozen: {reason}", "cyan", indent=0)
        page.blank()
    rows = [*_agents(snapshot, plan), *_others(plan)]
    if rows:
        shown, rest = _foremost(rows, look.rows)
        page.show(table(list(_columns(shown, page)), width=look.width), indent=0)
        page.more(_rest(rest), indent=0)
        page.blank()
    for line in _counts(snapshot, plan):
        page.say(line, indent=0)
    page.problems(plan.problems)
    return page.text()


def tally(snapshot: Snapshot, plan: Plan) -> str:
    """Open, merged and failed PRs; failed are open ones whose checks failed."""
    merged = sum(pr.merged for pr in snapshot.closed)
    failed = sum(
        isinstance(render.verdict_of(entry, CriterionName.TESTS_PASSING), Fail) for entry in render.queue(plan)
    )
    # A forge tells of those that were merged lately, never of all.
    lately = " lately" if snapshot.url else ""
    return f"PRs: {len(plan.entries)} open, {merged} merged{lately}, {failed} failed"


def _counts(snapshot: Snapshot, plan: Plan) -> Iterator[str]:
    yield tally(snapshot, plan)
    if plan.order:
        yield f"Next to merge: {render.some([f'#{number}' for number in plan.order], NAMED)}"
    if left := [f"#{entry.pr}" for entry in render.ignored(plan) if not entry.agent]:
        yield f"Not in the queue: {render.some(left, NAMED)}"


def _foremost(rows: Sequence[Row], most: int) -> tuple[Sequence[Row], Sequence[Row]]:
    """The rows that have room, in their order, and the others: those of whom least is to be seen."""
    ranked = sorted(rows, key=lambda row: RANK[row.kind])
    chosen, rest = folded(ranked, most)
    kept = set(map(id, chosen))
    return [row for row in rows if id(row) in kept], rest


def _rest(rest: Sequence[Row]) -> str:
    """`110 more: 100 waiting, 10 merged`."""
    if not rest:
        return ""
    count = Counter(row.kind for row in rest)
    return f"{len(rest)} more: {', '.join(f'{count[kind]} {kind}' for kind in RANK if count[kind])}"


def _columns(rows: Sequence[Row], page: Paper) -> Iterator[Column]:
    look = page.look
    names = [Text(page.clean(row.name)) for row in rows]
    yield Column(title="Agent", cells=names, widest=NAME_MAX, least=NAME_MIN, liked=NAME_LIKED)
    if look.width >= BAR_FROM and any(row.share is not None for row in rows):
        yield Column(title="Progress", cells=[_bar(row, look) for row in rows])
    yield Column(title="PR", cells=[Text(f"#{row.pr}" if row.pr else "", style="bold") for row in rows], right=True)
    states = [Text(page.clean(row.state), style=row.style) for row in rows]
    yield Column(title="State", cells=states, widest=STATE_MAX)
    if look.width >= VERDICTS_FROM:
        scores = [render.score(row.entry) if row.entry else "" for row in rows]
        yield Column(title="Review", cells=[Text(score) for score in scores], right=True)
        yield Column(title="Checks", cells=[Text(_checks(row.entry)) for row in rows])
    blocked = [Text(page.clean(row.blocked)) for row in rows]
    wide = look.width >= UNWRAPPED // 2
    yield Column(
        title="Blocked by", cells=blocked, wrap=True, widest=look.width if wide else TASK_MAX, least=BLOCKED_MIN
    )


def _checks(entry: Entry | None) -> str:
    return render.word(render.verdict_of(entry, CriterionName.TESTS_PASSING)) if entry else ""


def _bar(row: Row, look: Look) -> Text:
    if row.share is None:
        return Text("")
    # Rounded down: a full bar is for what is done. The little more is for 0.3 * 10, which is below 3.
    full = max(0, min(BAR, int(row.share * BAR + 1e-9)))
    bar = Text.assemble((look.pick("█", "#") * full, row.style), (look.pick("░", ".") * (BAR - full), "dim"))
    return bar + Text(row.figure.rjust(FIGURE))


def _agents(snapshot: Snapshot, plan: Plan) -> Iterator[Row]:
    """Every agent that is known: first as the fleet lists them, then by name; those without a PR, too."""
    told = {agent.name: agent for agent in snapshot.fleet}
    entries: dict[AgentName, list[Entry]] = {}
    for entry in (*render.queue(plan), *render.ignored(plan)):
        if entry.agent:
            entries.setdefault(entry.agent, []).append(entry)
    known = snapshot.dependencies.agents() | entries.keys() | plan.landed.keys()
    for name in (*told, *sorted(known - told.keys())):
        account = told.get(name) or FleetAgent(name=name)
        # Several PRs may claim one agent.
        yield from (_open(entry, name, account.progress) for entry in entries.get(name, ()))
        if name not in entries:
            yield _without(name, account, plan.landed.get(name))


def _others(plan: Plan) -> Iterator[Row]:
    for entry in render.queue(plan):
        if not entry.agent:
            yield _open(entry, entry.title, None)


def _open(entry: Entry, name: str, progress: float | None) -> Row:
    """Someone with an open PR. Who gives no account of itself has come as far as the criteria that it meets."""
    met = sum(isinstance(item.verdict, Pass) for item in entry.criteria)
    share, figure = met / max(len(entry.criteria), 1), f"{met}/{len(entry.criteria)}"
    if progress is not None:
        share, figure = progress, _percent(progress)
    return Row(
        name=name,
        pr=entry.pr,
        share=share,
        figure=figure,
        kind=entry.state,
        state=entry.state,
        style=STATE_STYLES[entry.state],
        entry=entry,
        blocked=_blocked(entry),
    )


def _without(name: AgentName, account: FleetAgent, merged: PrNumber | None) -> Row:
    """An agent without an open PR: its work has landed, it is at it, or nothing is known."""
    if merged:
        return Row(name=name, pr=merged, share=1.0, figure="100%", kind=MERGED, state=MERGED, style="green")
    status = account.status.replace("_", " ")
    return Row(
        name=name,
        pr=None,
        share=account.progress,
        figure="" if account.progress is None else _percent(account.progress),
        kind=NO_PR,
        state=status or NO_PR,
        style="dim",
        # In brackets, for it blocks nothing: it is what the agent is at.
        blocked=f"({_clipped(account.task)})" if account.task else "",
    )


def _percent(progress: float) -> str:
    return f"{round(100 * progress)}%"


def _blocked(entry: Entry) -> str:
    words = render.blocked_by(entry)
    return _clipped(entry.because) if words == render.SEE_BELOW else words


def _clipped(text: str) -> str:
    return text if len(text) <= TASK_MAX else f"{text[: TASK_MAX - 1]}…"
