"""`status.json` as mergebot keeps it on a forge: the fleet's own file (contract 6), drawn from what the pass has seen.

Nothing volatile stands in it: no time, no commit, no count of running checks. The same state gives the same bytes.
"""

import json
from typing import Any

from mergebot.model.ids import AgentName, PrNumber
from mergebot.model.plan import CriterionName, Entry, EntryState, Fail, Pass, Plan
from mergebot.model.snapshot import FleetAgent, Snapshot
from mergebot.report import render, safe

MERGED = "merged"
NOTHING_YET = "no_pull_request"
"""What is said of an agent of which the pass knows no pull request, open or merged."""


def status_json(snapshot: Snapshot, plan: Plan) -> bytes:
    """The file: every agent that is known, and who is completed, failed (in its checks) and blocked, by name."""
    entries = {entry.agent: entry for entry in plan.entries if entry.agent is not None}
    told = {agent.name: agent for agent in snapshot.fleet}
    branches = {pr.number: pr.head.branch for pr in snapshot.closed}
    agents: dict[str, Any] = {}
    for name in sorted(snapshot.dependencies.agents() | entries.keys() | plan.landed.keys() | told.keys()):
        if (entry := entries.get(name)) is not None:
            record = _open(entry, plan)
        elif (merged := plan.landed.get(name)) is not None:
            record = _merged(merged, branches.get(merged), plan)
        else:
            record = {"status": NOTHING_YET, "blocked_by": []}
        agents[safe.valid(name)] = record | _told(told.get(name))
    content = {
        "agents": agents,
        "completed": [name for name, record in agents.items() if record["status"] == MERGED],
        "failed": _names(entries, [entry for entry in plan.entries if _tests(entry) is False]),
        "blocked": _names(entries, [entry for entry in plan.entries if entry.state is EntryState.BLOCKED]),
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def _open(entry: Entry, plan: Plan) -> dict[str, Any]:
    opened = {other.pr for other in plan.entries}
    waits = [f"#{number}" for number in entry.depends_on if number in opened]
    return {
        "status": entry.state.value,
        "branch": safe.valid(entry.head.branch),
        "pr": entry.pr,
        "pr_url": _url(entry.pr, plan),
        "tests_passing": _tests(entry),
        "review_score": entry.score,
        "approvals": entry.approvals,
        "blocked_by": [*waits, *map(safe.valid, entry.missing_agents)],
    }


def _merged(number: PrNumber, branch: str | None, plan: Plan) -> dict[str, Any]:
    shown = None if branch is None else safe.valid(branch)
    return {"status": MERGED, "branch": shown, "pr": number, "pr_url": _url(number, plan), "blocked_by": []}


def _told(agent: FleetAgent | None) -> dict[str, Any]:
    """What the agent itself says of how far it is."""
    if agent is None:
        return {}
    said = {} if agent.progress is None else {"progress": agent.progress}
    return said | ({"current_task": safe.valid(agent.task)} if agent.task else {})


def _tests(entry: Entry) -> bool | None:
    """True and false as the criterion says; None while it is pending."""
    match render.verdict_of(entry, CriterionName.TESTS_PASSING):
        case Pass():
            return True
        case Fail():
            return False
        case _:
            return None


def _names(agents: dict[AgentName, Entry], entries: list[Entry]) -> list[str]:
    numbers = {entry.pr for entry in entries}
    return sorted(safe.valid(name) for name, entry in agents.items() if entry.pr in numbers)


def _url(number: PrNumber, plan: Plan) -> str | None:
    return render.page_of(plan, number) or None
