"""The object for agents in a comment: what the comment says, with codes that do not change."""

import re

from hypothesis import given

from mergebot.model.plan import EntryState, Evidence, Fail, Hold
from mergebot.report.agents_json import dump
from tests.builders import sha
from tests.report.comments import BEHIND_12, COMMANDS, CONFLICTING, RED, RUNNING, URL, agents, judged, notice
from tests.report.plans import collision, prs
from tests.report.test_safe import ANYTHING


def test_it_has_everything_that_an_agent_needs_to_act() -> None:
    one = judged(1, EntryState.BLOCKED, RED, CONFLICTING, BEHIND_12, because=RED.reason, depends_on=prs(9, 12))
    review = [{"text": "review by mia", "url": f"{URL}/pull/12#pullrequestreview-1"}]
    assert agents(notice(one, conflicts=(collision(1, 12, "a.py"),)).comment) == {
        "schema": 1,
        "pr": 1,
        "head": sha(1001),
        "state": "blocked",
        "because": "lint (failed): fix it and push, or run it again",
        "next": {
            "who": "author",
            "what": "the author, or whom the reason names, sees to the checks that did not succeed",
        },
        "queue": {"place": None},
        "depends_on": [9, 12],
        "waits_for": [12],
        "waits_for_agents": [],
        "conflicts": [],
        "criteria": [
            {
                "name": "tests_passing",
                "state": "fail",
                "code": "tests.failed",
                "reason": "lint (failed): fix it and push, or run it again",
                "who": "author",
                "links": [{"text": "lint", "url": f"{URL}/actions/runs/1/job/2"}],
            },
            {
                "name": "review_score",
                "state": "pass",
                "code": "score.passed",
                "reason": "10/10 in the review by mia",
                "links": review,
            },
            {
                "name": "merge_conflicts",
                "state": "fail",
                "code": "conflicts.merge",
                "reason": CONFLICTING.reason,
                "who": "author",
                "files": ["app/a.py", "b|c.py"],
                "prs": [11],
                "commands": list(COMMANDS),
            },
            {
                "name": "dependencies_merged",
                "state": "pending",
                "code": "dependencies.open",
                "reason": "waits for #12 (backend-agent)",
                "who": "others",
                "prs": [12],
            },
            {
                "name": "approvals",
                "state": "pass",
                "code": "approvals.enough",
                "reason": "1 of 1 approval: mia",
                "links": review,
            },
        ],
    }


def test_what_holds_it_its_place_and_the_answers() -> None:
    held = agents(notice(judged(1, EntryState.HELD, hold=Hold.FROZEN, answers=("done",))).comment)
    assert (held["hold"], held["queue"], held["answers"]) == ("frozen", {"place": None}, ["done"])
    ready = agents(notice(judged(1, EntryState.READY), order=prs(5, 1)).comment)
    assert (ready["queue"], "hold" in ready, "answers" in ready) == ({"place": "second"}, False, False)


def test_one_that_nobody_wants_merged_has_no_more_than_that() -> None:
    """No push and no check changes it."""
    told = agents(notice(judged(1, EntryState.IGNORED, RUNNING, because="not requested")).comment)
    assert told == {"schema": 1, "pr": 1, "state": "ignored", "because": "not requested"}


def test_no_list_is_without_end() -> None:
    """A hundred of anything."""
    many = Fail(code="conflicts.merge", reason="", evidence=Evidence(files=tuple(f"f{n}" for n in range(150))))
    told = agents(notice(judged(1, EntryState.BLOCKED, many)).comment)
    assert len(told["criteria"][2]["files"]) == 100


@given(ANYTHING)
def test_nothing_in_it_can_act(text: str) -> None:
    """ASCII without a backtick, an angle bracket or an `@`: no fence, no HTML, no mention, in any reader."""
    shown = dump({"a": text.encode("utf-8", "replace").decode(), "b": [{"c": "<`@>&"}]})
    assert shown.isascii()
    assert not re.search(r"[<>&`@]|--\s*>", shown)
