"""The config file: what it means, key by key, and what it may not say (contract 2.4)."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from mergebot.config import choose_config, load_policy
from mergebot.config.keys import ROOT, places
from mergebot.config.record import Conditions, Key, Record
from mergebot.model.policy import (
    Checks,
    Cleanup,
    Criteria,
    Policy,
    Queue,
    Rebase,
    ScoreSource,
    Strategy,
    Waves,
)

REFERENCE = Path(__file__).parent.parent / "config" / "mergebot.yml"


def policy_of(text: str) -> Policy:
    policy, problems = load_policy("f", text.encode())
    assert problems == ()
    return policy


class TestTheReference:
    def test_it_shows_the_defaults(self) -> None:
        """Whoever copies the reference unchanged changes nothing."""
        assert load_policy("f", REFERENCE.read_bytes()) == (Policy(), ())

    def test_it_explains_every_key(self) -> None:
        """Each key stands below a comment of its own."""
        lines = REFERENCE.read_text().splitlines()
        explained = {line.strip(" -#").split(":")[0] for before, line in pairwise(lines) if "#" in before}

        sections = {word for word, key in ROOT.keys.items() if isinstance(key.rule, Record)}
        unexplained = {word for _, word in places("", ROOT)} - explained
        assert unexplained == sections - {"review_score"}  # a condition has that name too

    def test_every_default_of_the_table_is_the_policy_s(self) -> None:
        """Written out or left out, a default means the same."""
        for section, word in places("", ROOT):
            key = key_at(section, word)
            if not isinstance(key.rule, Record | Conditions):
                text = f"{word}: {json.dumps(key.default)}"
                for outer in reversed(section.split(".") if section else []):
                    text = f"{outer}: {{{text}}}"
                assert policy_of(text) == Policy(), text


def key_at(section: str, word: str) -> Key:
    record = ROOT
    for name in section.split(".") if section else []:
        rule = record.keys[name].rule
        inner = rule.record if isinstance(rule, Conditions) else rule
        assert isinstance(inner, Record)
        record = inner
    return record.keys[word]


FULL = """
version: 1
base: release/2.x
dependencies: ./ops//fleet.json
auto_merge:
  conditions: {tests_passing: false, review_score: 7, merge_conflicts: false, dependencies_merged: no, approvals: 0}
  protected_paths: [src/auth/**, /docs/, "*.lock"]
checks:
  required: [build, "lint / *"]
  ignore: [codecov/*]
  allow_none: yes
  dispatch: [ci.yml, .github/workflows/slow.yaml]
  command: |
    make lint
    make test
review_score: {sources: [body, status]}
queue:
  strategy: rebase
  label: land
  hold_label: wait
  auto_agents: false
  waves: barrier
  priority_labels: {urgent: 50, "p: low": -5}
  freeze_label: stop
rebase: {dependents: false, always: true, union_paths: [docs/ACTIVE_SESSIONS.md]}
agents: {trusted_authors: [ada, "dependabot[bot]"]}
cleanup: {delete_branch: false, keep_branches: []}
"""


def test_every_key_arrives_in_the_policy() -> None:
    assert policy_of(FULL) == Policy(
        base="release/2.x",  # type: ignore[arg-type]
        dependencies="ops/fleet.json",
        criteria=Criteria(
            tests_passing=False,
            review_score=7,
            dependencies_merged=False,
            approvals=0,
            protected_paths=("src/auth/**", "/docs/", "*.lock"),
        ),
        checks=Checks(
            required=("build", "lint / *"),
            ignore=("codecov/*",),
            allow_none=True,
            dispatch=("ci.yml", ".github/workflows/slow.yaml"),
            command="make lint\nmake test\n",
        ),
        score_sources=(ScoreSource.BODY, ScoreSource.STATUS),
        queue=Queue(
            strategy=Strategy.REBASE,
            label="land",
            hold_label="wait",
            auto_agents=False,
            waves=Waves.BARRIER,
            priority_labels={"urgent": 50, "p: low": -5},
            freeze_label="stop",
        ),
        rebase=Rebase(dependents=False, always=True, union_paths=("docs/ACTIVE_SESSIONS.md",)),
        trusted_authors=("ada", "dependabot[bot]"),
        cleanup=Cleanup(delete_branch=False, keep_branches=()),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "~",
        "{}",
        "queue:\nchecks:\n  # all of it is commented out\nauto_merge:\n",
        "auto_merge: {conditions: []}",
        "base: null",
        "dependencies:",
        "checks: {command: null}",
    ],
)
def test_what_is_left_out_keeps_its_default(text: str) -> None:
    assert policy_of(text) == Policy()


class TestConditions:
    @pytest.mark.parametrize(
        "conditions",
        ["[{review_score: 7}, {tests_passing: false}]", "{review_score: 7, tests_passing: false}"],
    )
    def test_a_list_of_one_key_maps_and_one_map_mean_the_same(self, conditions: str) -> None:
        expected = Policy(criteria=Criteria(review_score=7, tests_passing=False))

        assert policy_of(f"auto_merge: {{conditions: {conditions}}}") == expected

    @pytest.mark.parametrize(
        ("condition", "changes"),
        [
            ("tests_passing: true", {}),
            ("tests_passing: false", {"tests_passing": False}),
            ("review_score: 0", {"review_score": 0}),
            ("review_score: 10", {"review_score": 10}),
            ("review_score: false", {"review_score": None}),
            ("merge_conflicts: false", {}),
            ("dependencies_merged: false", {"dependencies_merged": False}),
            ("approvals: 0", {"approvals": 0}),
            ("approvals: 3", {"approvals": 3}),
        ],
    )
    def test_each_has_its_own_way_to_be_turned_off(self, condition: str, changes: dict[str, bool | int | None]) -> None:
        criteria = replace(Criteria(), **changes)  # type: ignore[arg-type]

        assert policy_of(f"auto_merge:\n  conditions:\n    - {condition}") == Policy(criteria=criteria)


class TestWhichConfigCounts:
    def test_none_gives_the_defaults(self) -> None:
        assert choose_config(()) == (Policy(), ())

    def test_one_is_read(self) -> None:
        assert choose_config([("f", b"base: x")]) == load_policy("f", b"base: x")

    def test_two_at_once_are_an_error_that_names_both(self) -> None:
        """Nobody should have to know which of the two wins."""
        _, problems = choose_config([("a.yml", b"bass: x"), ("b.yml", b"")])

        assert [str(problem) for problem in problems] == [
            "a.yml: there is another config: `b.yml` (keep one of them)",
            "a.yml:1:1: unknown key `bass` (did you mean `base`?)",
        ]
