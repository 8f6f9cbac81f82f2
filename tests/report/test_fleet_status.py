"""`status.json` as mergebot draws it: the fleet's own file (contract 6), with nothing volatile in it."""

import json
from dataclasses import replace
from typing import Any

from mergebot.model.ids import AgentName, Branch
from mergebot.model.plan import EntryState, Plan
from mergebot.model.policy import DependencyFile
from mergebot.model.snapshot import ClosedPullRequest, FleetAgent, Head
from mergebot.report.fleet_status import status_json
from tests.builders import AUTHOR, sha, snapshot
from tests.report.plans import BASE, CONFLICT, UNCHECKED, entry, failed_checks, fleet, hostile, plan, prs

URL = "https://github.com/o/r"


def drawn(what: Plan, **changes: Any) -> Any:  # noqa: ANN401 (JSON)
    return json.loads(status_json(snapshot(**changes), what))


def test_an_agent_with_an_open_pull_request() -> None:
    """What it waits for are open PRs and agents that have none yet; what is merged no longer blocks."""
    mine = entry(
        6,
        EntryState.WAITING,
        UNCHECKED,
        agent=AgentName("b"),
        depends_on=prs(2, 3),
        missing_agents=(AgentName("c"),),
        approvals=2,
    )
    found = drawn(plan(mine, entry(2), url=URL))
    assert found == {
        "agents": {
            "b": {
                "status": "waiting",
                "branch": "change-6",
                "pr": 6,
                "pr_url": f"{URL}/pull/6",
                "tests_passing": None,
                "review_score": 10,
                "approvals": 2,
                "blocked_by": ["#2", "c"],
            }
        },
        "completed": [],
        "failed": [],
        "blocked": [],
    }


def test_who_has_landed_is_completed_and_who_has_nothing_says_so() -> None:
    head = Head(branch=Branch("done"), sha=sha(4))
    done = ClosedPullRequest(number=prs(4)[0], title="", head=head, base=BASE.branch, author=AUTHOR, merged=True)
    known = DependencyFile(dependencies={AgentName("new"): (AgentName("old"),)})
    found = drawn(plan(landed={AgentName("old"): prs(4)[0]}, url=URL), closed=(done,), dependencies=known)
    merged = {"status": "merged", "branch": "done", "pr": 4, "pr_url": f"{URL}/pull/4", "blocked_by": []}
    assert found["agents"] == {"new": {"status": "no_pull_request", "blocked_by": []}, "old": merged}
    assert found["completed"] == ["old"]


def test_an_open_one_counts_more_than_a_merged_one() -> None:
    again = plan(entry(9, agent=AgentName("a")), landed={AgentName("a"): prs(4)[0]})
    assert drawn(again)["agents"]["a"]["pr"] == 9
    assert drawn(again)["completed"] == []


def test_failed_are_those_whose_checks_failed_and_blocked_all_that_someone_must_act_on() -> None:
    red = entry(1, EntryState.BLOCKED, failed_checks(), agent=AgentName("red"))
    torn = entry(2, EntryState.BLOCKED, CONFLICT, agent=AgentName("torn"))
    nobody = entry(3, EntryState.BLOCKED, failed_checks())
    found = drawn(plan(red, torn, nobody))
    assert (found["failed"], found["blocked"]) == (["red"], ["red", "torn"])
    assert [found["agents"][name]["tests_passing"] for name in ("red", "torn")] == [False, True]


def test_what_an_agent_says_of_itself_is_kept() -> None:
    told = FleetAgent(name=AgentName("a"), progress=0.6, task="JWT")
    record = drawn(plan(entry(1, agent=AgentName("a"))), fleet=(told,))["agents"]["a"]
    assert (record["progress"], record["current_task"]) == (0.6, "JWT")


def test_nothing_in_it_moves_with_time_or_base() -> None:
    """I5: a pass that finds the same state writes the same bytes."""
    later = replace(fleet(), taken_at=2_000_000_000.0, base=replace(BASE, sha=sha("later")))
    assert status_json(snapshot(), later) == status_json(snapshot(taken_at=2e9), fleet())
    assert sha("base of the fleet").encode() not in status_json(snapshot(), fleet())


def test_hostile_names_are_ascii_and_valid_json() -> None:
    evil = entry(3, agent=AgentName("x\udc80\x1b[31m"), head=Head(branch=Branch("b\u202e\udcff"), sha=sha(3)))
    raw = status_json(snapshot(), plan(*hostile().entries, evil))
    assert raw.isascii()
    json.dumps(json.loads(raw), ensure_ascii=False).encode()
