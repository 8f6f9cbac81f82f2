"""A kept snapshot comes back as it was, and nothing else comes back at all."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergebot.errors import InputError
from mergebot.model.codec import dump, load
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.policy import Criteria, Policy, ScoreSource
from mergebot.model.questions import (
    Clean,
    Collided,
    Collision,
    Collisions,
    ConflictedPath,
    Conflicts,
    Contains,
    Forecast,
    Landing,
    Link,
    Nothing,
    Overlap,
    Replay,
    SamePatch,
    Squash,
    Truth,
    Unanswered,
)
from mergebot.model.snapshot import (
    BranchState,
    Check,
    CheckList,
    CheckState,
    Head,
    NativeStack,
    RequiredCheck,
    ReviewList,
    ReviewTally,
    Snapshot,
    Unknown,
)
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import closed

LINKS = (Link(pr=PrNumber(1), head=sha(2)), Link(pr=PrNumber(2), head=sha(3), excluded=(sha(4),)))
CONFLICTS = Conflicts(paths=(ConflictedPath(path="a\udcff", kind="content"),), commit=sha(5), brought_by=(sha(6),))
TAKEN = snapshot(
    pull_request(1, title="caf\udce9 ☃ \x00", checks=Unknown(reason="cut short"), labels=frozenset({"b", "a"})),
    pull_request(2, reviews=ReviewTally(approvals=2)),
    pull_request(3, reviews=ReviewList(), agent="a"),
    pull_request(
        4,
        head=Head(branch=Branch("x"), sha=sha(4), fork=True, locked="a fork", pushed_at=1.5),
        checks=CheckList(checks=(Check(name="unit", state=CheckState.STALE, app_id=7),), dispatched=True),
        native=NativeStack(number=9, position=1, size=2),
        refused="two reviews are needed",
    ),
    pull_request(5, checks=Unknown(reason="on its way", passing=True)),
    closed=(closed(6), closed(7, native=NativeStack(number=9, position=2, size=2))),
    required_checks=(RequiredCheck(name="unit", app_id=7), RequiredCheck(name="lint")),
    url="https://github.com/o/r",
    deletes_merged=True,
    branches={Branch("change-1"): BranchState(sha=sha(1), protected=True)},
    answers={
        Squash(base=sha(1), head=sha(2)): Clean(tree=sha(3)),
        Replay(head=sha(1), excluded=(sha(2),), onto=sha(3), union_paths=("log",)): CONFLICTS,
        Contains(head=sha(1), commit=sha(2)): Truth(value=True),
        Overlap(base=sha(1), head=sha(2)): Truth(value=False),
        SamePatch(base=sha(1), old=sha(2), new=sha(3)): Unanswered(reason="gone"),
        Collisions(base=sha(1), links=LINKS): Collided(pairs=(Collision(a=PrNumber(1), b=PrNumber(2), paths=()),)),
        Forecast(base=sha(1), links=LINKS): Landing(links=(Nothing(), CONFLICTS)),
    },
)
POLICY = Policy(criteria=Criteria(review_score=None), score_sources=(ScoreSource.BODY,))


def test_what_was_kept_comes_back_as_it_was() -> None:
    assert load(dump(TAKEN, POLICY)) == (TAKEN, POLICY)


def test_the_text_is_ascii_and_the_same_for_the_same_values() -> None:
    """Also where a set has no order of its own."""
    other = replace(TAKEN, pull_requests=tuple(replace(pr) for pr in TAKEN.pull_requests))

    assert dump(TAKEN, POLICY).isascii()
    assert dump(TAKEN, POLICY) == dump(other, POLICY)
    assert '"labels": [\n     "a",\n     "b"\n    ]' in dump(TAKEN, POLICY)


TEXTS = st.text(max_size=4) | st.binary(max_size=3).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
st.register_type_strategy(str, TEXTS)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


@settings(max_examples=20)
@given(st.data())
def test_every_value_comes_back(data: st.DataObject) -> None:
    taken = data.draw(st.from_type(Snapshot))
    policy = data.draw(st.from_type(Policy))

    assert load(dump(taken, policy)) == (taken, policy)


def refused(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(text)
    return [caught.value.message, *(str(problem) for problem in caught.value.problems)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON, or cut short: Expecting value: line 1 column 1 (char 0)"),
        (dump(TAKEN, POLICY)[:300], "not valid JSON, or cut short: Expecting"),
        ("[" * 200_000, "it is nested too deeply"),
        ("9" * 5_000, "not valid JSON, or cut short: "),
        ("[]", "it has no 'mergebot_snapshot' at the top"),
        ('{"entries": []}', "it has no 'mergebot_snapshot' at the top"),
    ],
    ids=["empty", "cut short", "deep", "huge number", "a list", "something else"],
)
def test_what_is_no_snapshot_is_refused(text: str, message: str) -> None:
    [line] = refused(text)

    assert line.startswith(f"this is no saved snapshot: {message}")


@pytest.mark.parametrize("version", [0, 2, "1", True, None, 1.5, [1]])
def test_another_version_is_refused(version: object) -> None:
    """A guess at what a later version means could let something merge."""
    text = json.dumps({"mergebot_snapshot": version})

    assert refused(text) == [f"this snapshot has version {version!r}, but this mergebot reads version 1"]


def changed(*changes: tuple[str, object]) -> str:
    """The kept snapshot with other values at these paths."""
    kept = json.loads(dump(TAKEN, POLICY))
    for path, value in changes:
        *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        inner = kept
        for part in way:
            inner = inner[part]
        inner[last] = value
    return json.dumps(kept)


SECOND = "snapshot.pull_requests.1"
AT = "$.snapshot.pull_requests[1]"


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("more", 1, "$: has unknown parts: 'more'"),
        ("snapshot.taken_at", "now", "$.snapshot.taken_at: must be a number, not 'now'"),
        ("snapshot.base", [], "$.snapshot.base: must be an object, not a list"),
        ("snapshot.base", {"branch": "main"}, "$.snapshot.base.sha: is missing"),
        ("snapshot.frozen", "why", "$.snapshot.frozen: must be a list, not 'why'"),
        (f"{SECOND}.number", "2", f"{AT}.number: must be a whole number, not '2'"),
        (f"{SECOND}.number", True, f"{AT}.number: must be a whole number, not True"),
        (f"{SECOND}.draft", 0, f"{AT}.draft: must be true or false, not 0"),
        (f"{SECOND}.title", None, f"{AT}.title: must be text, not null"),
        (f"{SECOND}.labels", {"a": 1}, f"{AT}.labels: must be a list, not an object"),
        (f"{SECOND}.author.permission", "root", f"{AT}.author.permission: 'root' is not a valid Permission"),
        (f"{SECOND}.checks._type", "Files", f"{AT}.checks: '_type' must be one of CheckList, Unknown, not 'Files'"),
        ("snapshot.branches", [], "$.snapshot.branches: must be an object, not a list"),
        ("snapshot.branches.change-1.sha", 1, "$.snapshot.branches['change-1'].sha: must be text, not 1"),
        ("snapshot.answers", {}, "$.snapshot.answers: must be a list of pairs, not an object"),
        ("snapshot.answers.2", [1], "$.snapshot.answers: must be pairs, but one has 1 parts"),
        ("snapshot.answers.2.1.value", "yes", "$.snapshot.answers[2][1].value: must be true or false, not 'yes'"),
        ("policy.queue.strategy", "luck", "$.policy.queue.strategy: 'luck' is not a valid Strategy"),
        ("policy.queue.\x1b[0m", 1, "$.policy.queue: has unknown parts: '\\x1b[0m'"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_path(path: str, value: object, problem: str) -> None:
    """Nothing is converted on the way in: "2" is no number, and 0 is not false."""
    assert refused(changed((path, value))) == ["the saved snapshot does not fit", problem]


def test_all_that_does_not_fit_is_listed() -> None:
    assert refused(changed(("snapshot.taken_at", None), ("policy.base", 3))) == [
        "the saved snapshot does not fit",
        "$.policy.base: must be text, not 3",
        "$.snapshot.taken_at: must be a number, not null",
    ]
