"""Every line of the journal is JSON, on one line, in ASCII, and within its bound, whatever strangers have written."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mergebot.model.ids import AgentName, Branch, PrNumber, Sha
from mergebot.model.journal import ThisPass
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, Stale
from mergebot.model.people import Permission, Person, Remark, Reply
from mergebot.model.plan import Answer, Dispatch, Entry, EntryState, Evidence, KeepTip, Link, Merge, Pass, Restack, Step
from mergebot.model.snapshot import (
    Check,
    CheckList,
    CheckState,
    ClosedPullRequest,
    Head,
    Review,
    ReviewList,
    ReviewState,
)
from mergebot.report.journal import Grounds, begun, ended, found
from mergebot.report.journal_line import LONGEST, line
from tests.builders import pull_request, sha, snapshot
from tests.report.plans import BASE, delete_branch, entry, merge, plan, rebase

BY = ThisPass(id="0123456789abcdef", url="https://github.com/o/r/actions/runs/7")
AT = 1_750_000_000.5
ANY_TEXT = st.text(st.characters(codec=None), max_size=400)


def written(fields: dict[str, Any], number: int = 1) -> dict[str, Any]:
    text = line(fields, by=BY, at=AT, number=number)
    assert text.isascii()
    assert "\n" not in text
    assert len(text) <= LONGEST
    content: dict[str, Any] = json.loads(text)
    return content


def became(step: Step, outcome: Outcome, grounds: Grounds | None = None) -> list[dict[str, Any]]:
    """What is written of a step, without what every line has."""
    lines = [written(fields) for fields in ended(step, outcome, grounds or judged())]
    every = ("schema", "time", "pass", "number", "run")
    return [{key: value for key, value in one.items() if key not in every} for one in lines]


def judged(**changes: Any) -> Grounds:  # noqa: ANN401 (a builder)
    """PR 1, which is about to be merged."""
    reviewer = Person(login="rita", permission=Permission.MAINTAIN)
    review = Review(author=reviewer, state=ReviewState.APPROVED, commit=sha(1001), url="https://github.com/r/1")
    check = Check(name="ci", state=CheckState.SUCCESS, app="actions", workflow="CI", run=5, detail="https://ci/1")
    own = Check(name="mergebot", state=CheckState.SUCCESS, own=True)
    pr = pull_request(
        1, checks=CheckList(checks=(check, own)), reviews=ReviewList(reviews=(review,)), author=Person(login="ada")
    )
    defaults: dict[str, Any] = {
        "snapshot": snapshot(pr, base=BASE),
        "plan": plan(entry(1, approvals=1, agent=AgentName("backend-agent"))),
        "rules": {"config": (".github/mergebot.yml", b"version: 1\n")},
    }
    return Grounds(**{**defaults, **changes})


def test_a_merge_that_is_begun_has_all_that_it_rests_on() -> None:
    content = written(begun(merge(1), judged()))
    grounds = content.pop("grounds")
    assert content.pop("version")
    assert content == {
        "schema": 1,
        "time": "2025-06-15T15:06:40Z",
        "pass": BY.id,
        "number": 1,
        "run": BY.url,
        "pr": 1,
        "agent": "backend-agent",
        "title": "Change 1",
        "action": "merge",
        "outcome": "begun",
        "head": {"branch": merge(1).branch, "sha": merge(1).head},
        "base": {"branch": "main", "sha": BASE.sha},
        "tree": merge(1).tree,
        "reason": "every criterion passes",
        # What `git hash-object` says of this file.
        "rules": {"config": {"path": ".github/mergebot.yml", "blob": "b82551848c644f63b8517a7bdf8be9a992e6f4da"}},
    }
    assert [one["name"] for one in grounds["criteria"]] == [
        "tests_passing",
        "review_score",
        "merge_conflicts",
        "dependencies_merged",
        "approvals",
    ]
    assert grounds["checks"] == [
        {"name": "ci", "state": "success", "app": "actions", "workflow": "CI", "run": 5, "url": "https://ci/1"}
    ], "mergebot's own check is none"
    assert grounds["reviews"] == [
        {
            "by": "rita",
            "permission": "maintain",
            "state": "approved",
            "commit": sha(1001),
            "url": "https://github.com/r/1",
        }
    ]
    assert (grounds["approvals"], grounds["score"], grounds["author"]) == (1, 10, "ada")


def test_what_became_of_a_merge_says_as_what_it_landed() -> None:
    landed = sha("landed")
    [done] = became(merge(1), Done(sha=landed, detail="main had moved to 0123456789 in between"))
    assert (done["outcome"], done["landed"]) == ("done", landed)
    assert done["detail"] == "main had moved to 0123456789 in between"
    [stale] = became(merge(1), Stale(reason="the head moved"))
    assert (stale["outcome"], stale["detail"], "landed" in stale) == ("stale", "the head moved", False)
    [gone] = became(merge(1), AlreadyDone(detail="it was merged by ada"))
    assert (gone["outcome"], gone["detail"]) == ("already_done", "it was merged by ada")


def test_a_tree_that_was_not_predicted_and_the_pause_are_both_written_down() -> None:
    outcome = Failed(reason="another tree", hint="compare", sha=sha("landed"), froze="paused by issue #9")
    failed, froze = became(merge(1), outcome)
    assert (failed["outcome"], failed["landed"], failed["hint"]) == ("failed", sha("landed"), "compare")
    assert froze == {
        "pr": 1,
        "action": "freeze",
        "outcome": "done",
        "reason": "another tree",
        "detail": "paused by issue #9",
    }


def test_each_branch_of_a_restack_has_its_own_line_with_both_heads() -> None:
    """One may have moved while another conflicts, and is left as it was."""
    step = Restack(rebases=(rebase(6), rebase(7, PrNumber(6)), rebase(60)))
    detail = "#6 is now at 0123456789; left as it was: #7 conflicts in a.py"
    outcome = Done(detail=detail, moved=((PrNumber(6), sha("new")),))
    six, seven, sixty = became(step, outcome)
    assert (six["outcome"], six["head"]["sha"], six["new"]) == ("done", rebase(6).head, sha("new"))
    assert (six["onto"], six["head"]["branch"]) == (BASE.sha, rebase(6).branch)
    assert (seven["outcome"], seven["onto_pr"], "new" in seven) == ("failed", 6, False)
    assert (sixty["outcome"], "new" in sixty) == ("already_done", False)


def test_an_answer_says_who_asked_and_what_was_done() -> None:
    remark = Remark(id=5, author=Person(login="rita"), body="/mergebot hold", url="https://github.com/c/5")
    grounds = judged(snapshot=snapshot(pull_request(1, remarks=(remark,))))
    step = Answer(pr=PrNumber(1), comment=5, reply=Reply.DONE, reason="hold: done", add=("hold",))
    [said] = became(step, Done(), grounds)
    assert (said["by"], said["url"], said["reply"], said["add"]) == ("rita", remark.url, "done", ["hold"])
    assert (said["comment"], said["reason"]) == (5, "hold: done")


def test_the_smaller_steps_name_their_commits() -> None:
    [kept] = became(KeepTip(pr=PrNumber(1), tip=sha(1), reason="kept"), Done())
    [gone] = became(delete_branch(1), Done())
    started = Dispatch(pr=PrNumber(1), branch=Branch("x"), head=sha(2), workflows=("ci.yml",), reason="started")
    [dispatched] = became(started, Done())
    assert kept["head"] == {"sha": sha(1)}
    assert gone["head"] == {"branch": delete_branch(1).branch, "sha": delete_branch(1).tip}
    assert (dispatched["head"], dispatched["workflows"]) == ({"branch": "x", "sha": sha(2)}, ["ci.yml"])


def test_a_merge_that_was_found_names_the_pass_that_began_it() -> None:
    head = Head(branch=Branch("x"), sha=sha(3))
    pr = ClosedPullRequest(
        number=PrNumber(3),
        title="t",
        head=head,
        base=Branch("main"),
        author=Person(login="a"),
        merged=True,
        landed=sha(4),
    )
    content = written(found(pr, "ffff"))
    assert (content["outcome"], content["begun_by"], content["landed"]) == ("found", "ffff", sha(4))
    assert "begun_by" not in written(found(pr, ""))


def test_a_page_whose_address_is_too_long_is_left_out_and_never_cut() -> None:
    """Cut, it would lead elsewhere."""
    long = "https://ci.example/" + "x" * 500
    content = written({"grounds": {"checks": [{"name": "a", "url": long}, {"name": "b", "url": long[:500]}]}})
    assert content["grounds"]["checks"] == [{"name": "a"}, {"name": "b", "url": long[:500]}]


def test_long_lists_are_cut_and_the_line_says_so() -> None:
    content = written({"files": [f"file-{number}" for number in range(1000)]})
    assert (len(content["files"]), content["shortened"]) == (40, True)
    assert "shortened" not in written({"files": ["a"]})


@settings(max_examples=60)
@given(text=ANY_TEXT, count=st.integers(0, 200))
def test_whatever_strangers_write_the_line_keeps_its_bound_and_every_sha_is_whole(text: str, count: int) -> None:
    """The worst: every name, title, reason and page is of the longest spelling, and there are many of each."""
    evidence = Evidence(
        files=(text,) * count, shas=(sha(9),) * count, links=(Link(text=text, url=f"https://x/{text}"),) * count
    )
    verdict = Pass(code="tests.passed", reason=text * 3, evidence=evidence)
    one = entry(1)
    crowded: Entry = entry(
        1,
        EntryState.READY,
        *(type(item)(name=item.name, verdict=verdict) for item in one.criteria),
        title=text * 3,
        agent=AgentName(text),
    )
    check = Check(name=text, state=CheckState.SUCCESS, app=text, workflow=text, detail=f"https://x/{text}")
    review = Review(author=Person(login=text), state=ReviewState.APPROVED, commit=sha(8), url=f"https://x/{text}")
    pr = pull_request(1, checks=CheckList(checks=(check,) * count), reviews=ReviewList(reviews=(review,) * count))
    step: Merge = merge(1, text * 3)
    grounds = Grounds(snapshot=snapshot(pr), plan=plan(crowded), rules={"config": (text, b"")})
    content = written(begun(step, grounds))
    assert (content["head"]["sha"], content["base"]["sha"], content["tree"]) == (step.head, step.base_sha, step.tree)
    assert len(content["grounds"]["criteria"]) == 5, "no criterion is ever pushed out"
    for one_line in ended(step, Failed(reason=text * 9, hint=text * 9, froze=text, sha=Sha(sha(7))), grounds):
        written(one_line)
