"""Every key and word of a line of the journal is explained in the contract, and none that there is not."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mergebot.model.ids import Branch, PrNumber
from mergebot.model.journal import ThisPass
from mergebot.model.outcome import AlreadyDone, Done, Failed, Stale
from mergebot.model.people import Person, Remark, Reply
from mergebot.model.plan import Answer, Dispatch, KeepTip, Restack, Retarget, RunChecks, Step
from mergebot.model.snapshot import ClosedPullRequest, Head
from mergebot.report.journal import Fields, begun, ended, found
from mergebot.report.journal_line import line
from tests.builders import pull_request, sha, snapshot
from tests.report.plans import delete_branch, entry, merge, plan, rebase
from tests.report.test_journal_line import judged

CONTRACT = (Path(__file__).parent.parent.parent / "docs" / "contract.md").read_text()
SECTION = CONTRACT.partition("## 7. The journal")[2]
ONE = PrNumber(1)
EVERY: tuple[Step, ...] = (
    merge(1),
    Restack(rebases=(rebase(1), rebase(2, ONE))),
    Retarget(pr=ONE, head=sha(1), old_base=Branch("a"), new_base=Branch("b"), reason="x"),
    KeepTip(pr=ONE, tip=sha(1), reason="x"),
    delete_branch(1),
    RunChecks(pr=ONE, head=sha(1), base_sha=sha(2), tree=sha(3), reason="x"),
    Dispatch(pr=ONE, branch=Branch("a"), head=sha(1), workflows=("ci.yml",), reason="x"),
    Answer(pr=ONE, comment=5, reply=Reply.DONE, reason="x", add=("a",), remove=("b",), rerun=(1,)),
)


def every_line() -> Iterator[Fields]:
    remark = Remark(id=5, author=Person(login="rita"), body="/mergebot hold", url="https://x/5")
    grounds = judged()
    asked = judged(snapshot=snapshot(pull_request(1, remarks=(remark,))))
    rules = {"config": ("a", b""), "dependencies": ("b", b"")}
    labelled = replace(merge(1), labels=frozenset({"merge"}))
    yield begun(labelled, judged(rules=rules, plan=plan(entry(1, approvals=1, depends_on=(ONE,)))))
    for step in EVERY:
        for outcome in (
            Done(detail="x", sha=sha(9), moved=((ONE, sha(8)),)),
            AlreadyDone(detail="x"),
            Stale(reason="x"),
            Failed(reason="x", hint="y", sha=sha(9), froze="z"),
        ):
            yield from ended(step, outcome, asked if isinstance(step, Answer) else grounds)
    closed = ClosedPullRequest(
        number=ONE,
        title="t",
        head=Head(branch=Branch("a"), sha=sha(1)),
        base=Branch("b"),
        author=Person(login="a"),
        merged=True,
        landed=sha(2),
    )
    yield found(closed, "pass")
    yield {"files": ["x"] * 100}


def keys_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from keys_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from keys_of(item)


def lines() -> list[dict[str, object]]:
    by = (ThisPass(id="a", url="https://x"), ThisPass(id="a", host="h"))
    return [json.loads(line(fields, by=one, at=0.0, number=1)) for fields in every_line() for one in by]


def test_every_key_of_a_line_is_explained() -> None:
    missing = {key for one in lines() for key in keys_of(one) if f"`{key}`" not in SECTION}
    assert missing == set()


def test_every_action_and_outcome_is_explained_and_no_other() -> None:
    """One that is explained and never written would be waited for in vain."""
    rows = {row.split("|")[1].strip(" `"): row for row in SECTION.splitlines() if row.startswith("| `")}
    actions, outcomes = (set(re.findall(r"`([a-z_]+)`", rows[key])[1:]) for key in ("action", "outcome"))
    written = [one for one in lines() if "action" in one]
    assert {one["action"] for one in written} == actions
    assert {one["outcome"] for one in written} == outcomes


def test_the_keys_that_are_explained_are_written() -> None:
    told = {
        key
        for row in SECTION.splitlines()
        if row.startswith("| `")
        for key in re.findall(r"`([a-z_]+)`", row.split("|")[1])
    }
    assert told - {key for one in lines() for key in keys_of(one)} == set()
