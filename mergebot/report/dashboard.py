"""The dashboard of `status`: one line for each agent, with how far it is, its review, and what blocks it."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from mergebot.model.ids import AgentName, PrNumber
from mergebot.model.plan import CriterionName, Entry, EntryState, Fail, Plan
from mergebot.model.snapshot import FleetAgent, Snapshot
from mergebot.report import render
from mergebot.report.look import Look
from mergebot.report.queue_table import STATE_STYLES
from mergebot.report.text import Page, grid

BAR = 10
"""Characters of a progress bar."""

NAME_WIDTH = 26


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line: who, progress from 0 to 1 (None: not told), what there is to say, and in which colour."""

    name: str
    progress: float | None
    says: str
    style: str


def dashboard(snapshot: Snapshot, plan: Plan, look: Look) -> str:
    """The whole dashboard: agents, PRs of no agent, counts, and what comes next."""
    page = Page(look)
    rows = [*_agents(snapshot, plan), *_others(plan)]
    if rows:
        page.show(_table(rows, page), indent=0)
        page.blank()
    page.say(tally(snapshot, plan), indent=0)
    if plan.order:
        page.say(f"Next to merge: {render.some([f'#{number}' for number in plan.order], 12)}", indent=0)
    for reason in plan.frozen:
        page.say(f"The queue is frozen: {reason}", "cyan", indent=0)
    page.problems(plan.problems)
    return page.text()


def tally(snapshot: Snapshot, plan: Plan) -> str:
    """Open, merged and failed PRs; failed are open ones whose checks failed."""
    merged = sum(pr.merged for pr in snapshot.closed)
    failed = sum(
        isinstance(render.verdict_of(entry, CriterionName.TESTS_PASSING), Fail) for entry in render.queue(plan)
    )
    return f"PRs: {len(plan.entries)} open, {merged} merged, {failed} failed"


def _table(rows: list[Row], page: Page) -> Table:
    table = grid(None, BAR + 5)
    for row in rows:
        share = "" if row.progress is None else f"{round(100 * row.progress)}%"
        name = Text(page.clean(row.name))
        name.truncate(NAME_WIDTH, overflow="ellipsis")
        bar = _bar(row, page.look) + Text(share.rjust(5))
        table.add_row(name, bar, Text(page.clean(row.says), style=row.style))
    return table


def _bar(row: Row, look: Look) -> Text:
    if row.progress is None:
        return Text("")
    # Rounded down: a full bar is for what is done. The little more is for 0.3 * 10, which is below 3.
    full = max(0, min(BAR, int(row.progress * BAR + 1e-9)))
    return Text.assemble((look.pick("█", "#") * full, row.style), (look.pick("░", ".") * (BAR - full), "dim"))


def _agents(snapshot: Snapshot, plan: Plan) -> Iterator[Row]:
    """Every agent that is known: first as the fleet lists them, then by name; those without a PR, too."""
    told = {agent.name: agent for agent in snapshot.fleet}
    entries = {entry.agent: entry for entry in (*render.ignored(plan), *render.queue(plan)) if entry.agent}
    known = snapshot.dependencies.agents() | entries.keys() | plan.landed.keys()
    for name in (*told, *sorted(known - told.keys())):
        yield _agent(name, told.get(name), entries.get(name), plan.landed.get(name))


def _agent(name: AgentName, told: FleetAgent | None, entry: Entry | None, merged: PrNumber | None) -> Row:
    progress = told.progress if told else None
    if entry:
        return Row(name=name, progress=progress, says=_standing(entry), style=STATE_STYLES[entry.state])
    if merged:
        return Row(name=name, progress=1.0, says=f"Merged: #{merged}", style="green")
    if told is None:
        return Row(name=name, progress=0.0, says="no pull request yet", style="dim")
    says = ": ".join(filter(None, [told.status.replace("_", " ") or "no pull request yet", told.task]))
    return Row(name=name, progress=progress or 0.0, says=says, style="dim")


def _others(plan: Plan) -> Iterator[Row]:
    for entry in render.queue(plan):
        if not entry.agent:
            name = f"#{entry.pr} {entry.title}"
            yield Row(name=name, progress=None, says=_standing(entry), style=STATE_STYLES[entry.state])


def _standing(entry: Entry) -> str:
    review = "" if entry.score is None else f"Review: {render.score(entry)}"
    blocked = render.blocked_by(entry)
    if entry.state is EntryState.READY:
        blocked = "Ready to merge"
    elif blocked and entry.state in (EntryState.BLOCKED, EntryState.WAITING):
        blocked = f"Blocked by: {blocked}"
    elif entry.state is EntryState.HELD:
        blocked = "Held" if blocked == "see below" else f"Held: {blocked}"
    return "  ".join(filter(None, [review, blocked]))
