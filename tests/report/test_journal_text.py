"""`mergebot log`: whole pages at 80 columns, and lines by strangers, which may be of any shape."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.model.ids import PrNumber
from mergebot.model.journal import Journal
from mergebot.report.journal_reading import Log, last_tries, log_object, place_of, read
from mergebot.report.journal_text import log_text
from mergebot.report.jsonform import dump
from mergebot.report.look import Look

EIGHTY = Look(width=80)


def sha(name: str) -> str:
    """Told apart by its first digits."""
    return (name.encode().hex() * 20)[:40]


COMMON: dict[str, Any] = {"schema": 1, "time": "2026-11-21T20:17:33Z", "pass": "aa", "number": 1}
RUN = "https://github.com/o/r/actions/runs/77"
BASE = {"branch": "main", "sha": sha("base")}
HEAD = {"branch": "feature/backend", "sha": sha("head")}


def a_line(action: str, outcome: str, number: int = 12, /, **fields: object) -> bytes:
    whole = {**COMMON, "pr": number, "action": action, "outcome": outcome, **fields}
    return json.dumps(whole).encode()


def begun(number: int = 12, /, **fields: object) -> bytes:
    defaults: dict[str, object] = {
        "head": HEAD,
        "base": BASE,
        "tree": sha("tree"),
        "title": "The backend",
        "agent": "backend-agent",
    }
    return a_line("merge", "begun", number, **{**defaults, **fields})


def grounds() -> dict[str, object]:
    page = "https://github.com/o/r/pull/12#pullrequestreview-5"
    criteria = [
        {"name": "tests_passing", "state": "pass", "code": "tests.passed", "reason": "1 of 1 check succeeded"},
        {
            "name": "review_score",
            "state": "pass",
            "code": "score.passed",
            "reason": "10/10 in the status review/score",
            "links": [{"text": "review/score", "url": "https://score.example/12"}],
        },
        {
            "name": "approvals",
            "state": "pass",
            "code": "approvals.enough",
            "reason": "1 of 1 approval: rita",
            "links": [{"text": "review by rita", "url": page}],
        },
    ]
    check = {
        "name": "ci",
        "state": "success",
        "app": "github-actions",
        "workflow": "CI",
        "run": 7,
        "url": f"{RUN}/job/12345678901234567890",
    }
    review = {"by": "rita", "permission": "maintain", "state": "approved", "commit": sha("head"), "url": page}
    return {"criteria": criteria, "checks": [check], "reviews": [review], "labels": ["merge"], "depends_on": [10]}


RULES = {"config": {"path": ".github/mergebot.yml", "blob": sha("config")}}
MERGED = (
    begun(grounds=grounds(), rules=RULES, version="0.1.0", run=RUN, reason="every criterion holds"),
    a_line("merge", "done", landed=sha("landed"), head=HEAD, base=BASE, tree=sha("tree"), agent="backend-agent"),
    a_line("keep_tip", "done", head={"sha": sha("head")}, reason="#12 has landed"),
    a_line("rebase", "done", 15, head={"branch": "feature/b", "sha": sha("old")}, new=sha("new"), agent="b-agent"),
)


def log(*lines: bytes, pr: int | None = None, limit: int = 50, **journal: Any) -> Log:  # noqa: ANN401 (a builder)
    number = None if pr is None else PrNumber(pr)
    return read("o/r", Journal(**{"tip": sha("tip"), "lines": lines, **journal}), pr=number, limit=limit)


LIST = f"""\
o/r: what mergebot did
  2026-11-21 20:17:33  merge #12     done  backend-agent: landed as {sha("landed"):.10}
                                           on main
  2026-11-21 20:17:33  keep tip #12  done  {sha("head"):.10}
  2026-11-21 20:17:33  rebase #15    done  b-agent: feature/b from {sha("old"):.10} to
                                           {sha("new"):.10}
"""

WHY = f"""\
o/r: what mergebot did with #12

2026-11-21 20:17:33 UTC  merged
  landed  {sha("landed")}
  title   The backend
  agent   backend-agent
  head    {sha("head")} feature/backend
  onto    {sha("base")} main
  tree    {sha("tree")}, and so it landed
  by      mergebot 0.1.0, pass aa
  rules   .github/mergebot.yml ({sha("config"):.10})
  why     every criterion holds
    {RUN}

  tests_passing  pass  1 of 1 check succeeded
  review_score   pass  10/10 in the status review/score
  approvals      pass  1 of 1 approval: rita

  check ci: success (github-actions, CI, run 7)
    {RUN}/job/12345678901234567890
  review by rita: approved (maintain, {sha("head")})
    https://github.com/o/r/pull/12#pullrequestreview-5
  review_score: review/score
    https://score.example/12
  labels: merge
  depends on #10

  2026-11-21 20:17:33  keep tip #12  done  {sha("head"):.10}
"""


def test_the_list_has_a_line_for_each_step() -> None:
    assert log_text(log(*MERGED), {}, EIGHTY) == LIST


def test_one_pull_request_is_the_answer_to_why_it_was_merged() -> None:
    """When, by which run, which head onto which base, as what it landed, each criterion with its evidence."""
    assert log_text(log(*MERGED, pr=12), {}, EIGHTY) == WHY


def test_nothing_yet_is_said_so() -> None:
    assert "There is no journal yet" in log_text(log(tip=None), {}, EIGHTY)
    assert "Nothing is recorded of it" in log_text(log(*MERGED, pr=99), {}, EIGHTY)


@pytest.mark.parametrize(
    ("on_base", "said"),
    [
        ({}, "begun; the outcome was not recorded"),
        ({1: None}, "begun; the outcome was not recorded; main has no commit of it since"),
        ({1: sha("landed")}, f"recorded; main has {sha('landed'):.10} since, whose subject ends in (#12)"),
    ],
)
def test_a_merge_without_an_outcome_is_told_with_what_base_says(on_base: dict[int, str | None], said: str) -> None:
    """The pass is at work, or was killed in between: no more is claimed than is known."""
    wide = Look(width=200)
    assert said in log_text(log(begun()), on_base, wide)
    assert said in log_text(log(begun(), pr=12), on_base, wide)


def test_an_outcome_belongs_to_the_merge_that_the_same_pass_has_begun() -> None:
    later = a_line("merge", "done", landed=sha("landed"), **{"pass": "bb"})
    both = log(begun(), begun(**{"pass": "bb"}), later)
    assert [record.at for record in both.unfinished()] == [1]
    assert {at: end.at for at, end in both.ends.items()} == {2: 3}
    found = a_line("merge", "found", landed=sha("landed"), begun_by="aa", **{"pass": "cc"})
    assert log(begun(), found).unfinished() == ()


def test_only_the_newest_lines_are_shown_and_it_says_how_many_there_are() -> None:
    shown = log_text(log(*MERGED, limit=1), {}, EIGHTY)
    assert "3 older lines; --limit 4 shows all" in shown
    assert "rebase #15" in shown
    assert "merge #12" not in shown


def test_an_outcome_whose_beginning_is_older_than_what_is_shown_has_its_grounds() -> None:
    assert "1 of 1 approval: rita" in log_text(log(*MERGED, pr=12, limit=2), {}, EIGHTY)


def test_where_base_had_moved_nothing_is_said_of_the_tree() -> None:
    """It was held against another prediction then."""
    moved = a_line("merge", "done", landed=sha("landed"), detail="main had moved to 0123456789 in between")
    shown = log_text(log(begun(), moved, pr=12), {}, EIGHTY)
    assert "so it landed" not in shown
    assert "main had moved to 0123456789 in between" in shown


HOSTILE = (
    b"",
    b"not JSON",
    b"\xff\xfe\x00",
    b"[]",
    b"[" * 100_000,
    b'{"schema":1}',
    b'{"schema":2,"time":"t","pass":"p","action":"merge","outcome":"begun","pr":12}',
    b'{"schema":true,"time":"t","pass":"p","action":"merge","outcome":"begun","pr":12}',
    a_line("merge", "done", 0),
    json.dumps({**COMMON, "pr": True, "action": "merge", "outcome": "begun"}).encode(),
    b'{"schema":1,"time":"t","pass":"p","action":"merge","outcome":"x","pr":1,"n":NaN}',
    b'{"schema":1,"time":"t","pass":"p","action":"merge","outcome":"x","pr":1,"n":1e999}',
    b'{"schema":1,"time":"t","pass":"p","action":"merge","outcome":"x","pr":1,"n":' + b"9" * 5000 + b"}",
    a_line("merge", "done", title="x" * 70_000),
)


def test_what_mergebot_does_not_write_is_shown_as_unreadable() -> None:
    found = log(*HOSTILE)
    assert all(not record.fields for record in found.records)
    assert found.unreadable == len(HOSTILE)
    shown = log_text(found, {}, EIGHTY)
    assert f"{len(HOSTILE)} lines of the journal cannot be read" in shown
    assert "\x00" not in shown
    listed = json.loads(dump(log_object(found, {})))
    assert [one["line"] for one in listed["unreadable"]] == list(range(1, len(HOSTILE) + 1))
    assert listed["entries"] == []


def test_lines_of_the_right_shape_with_parts_of_any_other_do_no_harm() -> None:
    parts: tuple[object, ...] = ([1], {"a": 1}, 7, None, True, "\x1b[31m\u202e::error::x", [[[]]], {"criteria": [{}]})
    keys = ("grounds", "rules", "head", "base", "tree", "title", "agent", "version", "run")
    odd = [begun(**dict.fromkeys(keys, part)) for part in parts]
    for pr in (None, 12):
        shown = log_text(log(*odd, pr=pr), {}, EIGHTY)
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert len(json.loads(dump(log_object(log(*odd), {})))["entries"]) == len(odd)
    assert {place_of(record) for record in log(*odd).unfinished()} == {("", "")}
    assert PrNumber(12) in last_tries(odd)


def test_no_line_of_a_stranger_is_obeyed_by_a_runner() -> None:
    """In a job of Actions a line that begins with `::` is a command."""
    lines = (a_line("::error::", "::set-output::", reason="x\n::error::y", time="::error::z"),)
    for look in (EIGHTY, Look(width=40), Look(width=10_000)):
        for pr in (None, 12):
            shown = log_text(log(*lines, pr=pr), {}, look)
            assert not [one for one in shown.splitlines() if one.strip().startswith("::")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
KEYS = ("head", "base", "grounds", "rules", "landed", "agent", "title", "new", "by", "run", "detail", "workflows")


@given(
    action=st.sampled_from(["merge", "rebase", "retarget", "answer", "dispatch", "odd"]),
    outcome=st.sampled_from(["begun", "done", "found", "failed", "odd"]),
    fields=st.dictionaries(st.sampled_from(KEYS), JSON),
    look=st.sampled_from([EIGHTY, Look(width=40), Look(width=10_000, ascii_only=True), Look(color=True)]),
)
def test_no_journal_whatsoever_breaks_the_page(
    action: str, outcome: str, fields: dict[str, object], look: Look
) -> None:
    lines = (begun(), a_line(action, outcome, **fields), b"?")
    for pr in (None, 12):
        found = log(*lines, pr=pr)
        assert log_text(found, {1: None}, look).endswith("\n")
        json.loads(dump(log_object(found, {1: None})))


def test_the_object_has_every_line_and_what_is_known_of_those_without_an_outcome() -> None:
    found = json.loads(dump(log_object(log(*MERGED, begun(13), begun(14), faults=("x",)), {5: sha("on base")})))
    assert list(found) == [
        "schema",
        "repository",
        "pr",
        "tip",
        "entries",
        "older",
        "unfinished",
        "unreadable",
        "faults",
    ]
    assert found["entries"] == [json.loads(line) for line in (*MERGED, begun(13), begun(14))]
    assert found["unfinished"] == [
        {"pr": 13, "pass": "aa", "number": 1, "is_known": True, "on_base": sha("on base")},
        {"pr": 14, "pass": "aa", "number": 1, "is_known": False, "on_base": None},
    ]
