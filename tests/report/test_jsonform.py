"""The JSON object of contract 5."""

import json

from mergebot.model.ids import AgentName, Branch, PrNumber
from mergebot.model.outcome import Done, PassResult, StepResult
from mergebot.model.plan import Dispatch, EntryState
from mergebot.model.problem import Problem
from mergebot.model.snapshot import Head
from mergebot.report.jsonform import plan_json, run_json
from tests.builders import sha
from tests.report.plans import BASE, after_a_pass, collision, entry, fleet, hostile, merge, plan, prs, score_of


def test_a_plan_is_the_object_of_the_contract() -> None:
    """Contract 5: every key of it, and no other."""
    one = entry(
        12,
        EntryState.BLOCKED,
        score_of(8),
        agent=AgentName("backend-agent"),
        title="Split it",
        position=1,
        depends_on=prs(10),
    )
    problem = Problem(where="dependencies.json:4:3", message="unknown key", hint="did you mean `agents`?")
    text = plan_json(
        plan(one, order=prs(12, 15), steps=(merge(12),), conflicts=(collision(12, 15, "a.py"),), problems=(problem,))
    )

    verdicts = ["tests.passed", "score.low", "conflicts.none", "dependencies.merged", "approvals.enough"]
    found = json.loads(text)
    assert [item["code"] for item in found["entries"][0].pop("criteria")] == verdicts
    assert found == {
        "schema": 1,
        "repository": "fleet",
        "base": {"branch": "main", "sha": BASE.sha},
        "entries": [
            {
                "pr": 12,
                "title": "Split it",
                "agent": "backend-agent",
                "head": {"branch": "change-12", "sha": sha(1012)},
                "state": "blocked",
                "because": score_of(8).verdict.reason,
                "position": 1,
                "depends_on": [10],
            }
        ],
        "order": [12, 15],
        "steps": [{"action": "merge", "pr": 12, "reason": "every criterion passes"}],
        "conflicts": [{"prs": [12, 15], "files": ["a.py"]}],
        "problems": [
            {
                "severity": "error",
                "where": "dependencies.json:4:3",
                "message": "unknown key (did you mean `agents`?)",
            }
        ],
    }


def test_a_criterion_has_name_state_code_and_reason() -> None:
    found = json.loads(plan_json(plan(entry(4, EntryState.BLOCKED, score_of(8)))))

    assert found["entries"][0]["criteria"][1] == {
        "name": "review_score",
        "state": "fail",
        "code": "score.low",
        "reason": "the review score is 8/10, at least 10 is needed; improve the change and have it reviewed again",
    }


def test_a_pass_is_the_same_object_with_results() -> None:
    """Contract 5: `steps[].result` is added; what was not done says why."""
    found = json.loads(run_json(fleet(), after_a_pass()))

    assert found["steps"] == [
        {"action": "merge", "pr": 1, "reason": "every criterion passes", "result": "done"},
        {"action": "rebase", "pr": 6, "reason": "#2 was merged", "result": "done"},
        {"action": "rebase", "pr": 7, "reason": "#2 was merged", "result": "done"},
        {"action": "merge", "pr": 2, "reason": "the head moved to 0123456789 after the decision", "result": "stale"},
        {"action": "merge", "pr": 3, "reason": "the disk is full", "result": "failed"},
        {"action": "delete_branch", "pr": 1, "reason": "#1 was merged", "result": "already_done"},
    ]
    assert found["problems"] == [
        {"severity": "warning", "where": "fleet", "message": "not finished: #5: the checks could not be read"}
    ]
    quiet = json.loads(run_json(fleet(), PassResult()))
    assert {**quiet, "steps": []} == {**json.loads(plan_json(fleet())), "steps": []}


def test_a_dispatch_is_a_step_like_any_other() -> None:
    step = Dispatch(
        pr=PrNumber(1), branch=Branch("change-1"), head=sha(1001), workflows=("ci.yml",), reason="no workflow has run"
    )
    shown = {"action": "dispatch", "pr": 1, "reason": "no workflow has run"}
    assert json.loads(plan_json(plan(entry(1), steps=(step,))))["steps"] == [shown]
    done = PassResult(results=(StepResult(step=step, outcome=Done()),))
    assert json.loads(run_json(plan(entry(1)), done))["steps"] == [{**shown, "result": "done"}]


def test_entries_stand_in_queue_order_and_the_rest_behind() -> None:
    found = json.loads(plan_json(fleet()))

    assert [(item["pr"], item["position"]) for item in found["entries"]] == [
        (1, 1), (2, 2), (3, 3), (6, 4), (7, 5), (4, 6), (5, 7), (8, 8), (9, None)
    ]  # fmt: skip


def test_any_text_makes_valid_ascii_json_without_workflow_commands() -> None:
    """A byte that is no UTF-8 in a branch's name must not make the object unreadable."""
    odd = entry(1, head=Head(branch=Branch("caf\udce9"), sha=sha(1)), title="##[error]x \ud800 長い")
    text = plan_json(plan(odd, *hostile().entries[1:]))

    found = json.loads(text)
    assert text.isascii()
    assert "##[" not in text
    assert (found["entries"][0]["head"]["branch"], found["entries"][0]["title"]) == (
        "caf\\xe9",
        "##[error]x \\ud800 長い",
    )


def test_a_frozen_queue_says_why() -> None:
    found = json.loads(plan_json(plan(frozen=("main has uncommitted changes",))))

    assert found["problems"] == [
        {"severity": "warning", "where": "fleet", "message": "the queue is frozen: main has uncommitted changes"}
    ]
