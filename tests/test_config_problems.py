"""What a config may not say, and what is said about it (contract 2.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.config import load_policy
from mergebot.config.keys import ROOT
from mergebot.model.policy import Policy


def said(text: str) -> list[str]:
    _, problems = load_policy("f", text.encode())
    return [str(problem) for problem in problems]


SCORE = "`auto_merge.conditions.review_score` must be a whole number from 0 to 10"
APPROVALS = "`auto_merge.conditions.approvals` must be a whole number from 0 up"
TESTS = "`auto_merge.conditions.tests_passing` must be true or false"
CONFLICTS = "`auto_merge.conditions.merge_conflicts`"


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("review_score: 11", f"21: {SCORE}, not the number 11"),
        ("review_score: -1", f"21: {SCORE}, not the number -1"),
        ("review_score: 9.5", f"21: {SCORE}, not the number 9.5"),
        ("review_score: true", f"21: {SCORE}, or false, not true"),
        ('review_score: "10"', f'21: {SCORE}, not the text "10"'),
        ("review_score: 0o10", f'21: {SCORE}, not the text "0o10" (`0o10` is read as text here)'),
        ("review_score: 010", f"21: {SCORE} in plain digits (`010` is read as the number 8 here)"),
        ("review_score:", f"20: {SCORE}, not nothing"),
        ("approvals: -1", f"18: {APPROVALS}, not the number -1"),
        ("approvals: false", f"18: {APPROVALS}, not false"),
        ("approvals: 1:30", f"18: {APPROVALS} in plain digits (`1:30` is read as the number 90 here)"),
        ("tests_passing: 1", f"22: {TESTS}, not the number 1"),
        ("tests_passing: ja", f'22: {TESTS}, not the text "ja"'),
        ("tests_passing: y", f'22: {TESTS}, not the text "y" (`y` is read as text here)'),
        ("tests_passing: 'no'", f'22: {TESTS}, not the text "no"'),
        ("tests_passing: null", f"22: {TESTS}, not nothing"),
        ("merge_conflicts: 0", f"24: {CONFLICTS} must be false, not the number 0"),
        (
            "merge_conflicts: true",
            (
                f"24: {CONFLICTS}: true: what conflicts with base cannot be merged, so this cannot be turned off"
                " (write false, or leave it out)"
            ),
        ),
        ("tests_pasing: true", "7: unknown key `tests_pasing` (did you mean `tests_passing`?)"),
        ("label: x", "7: unknown key `label` (it belongs under `queue`)"),
    ],
)
def test_a_wrong_condition_says_what_was_expected(condition: str, problem: str) -> None:
    assert said(f"auto_merge:\n  conditions:\n    - {condition}") == [f"f:3:{problem}"]


@pytest.mark.parametrize(
    ("conditions", "problem"),
    [
        (
            "[{approvals: 1}, {approvals: 2}]",
            "1:43: `approvals` is listed twice in `auto_merge.conditions` (it is already at 1:27; keep one)",
        ),
        ("{approvals: 1, approvals: 2}", "1:41: duplicate key `approvals` (it is already at 1:27; keep one)"),
        (
            "[{approvals: 1, review_score: 2}]",
            (
                "1:27: an item of `auto_merge.conditions` must have one key, not 2"
                " (begin each condition with its own `- `, or write one map without dashes)"
            ),
        ),
        (
            "[{}]",
            (
                "1:27: an item of `auto_merge.conditions` must have one key, not 0"
                " (begin each condition with its own `- `, or write one map without dashes)"
            ),
        ),
        (
            "[approvals]",
            (
                "1:27: an item of `auto_merge.conditions` must be a map with one key, such as `approvals: 1`,"
                ' not the text "approvals"'
            ),
        ),
        ("true", "1:26: `auto_merge.conditions` must be a list of one-key maps, or one map, not true"),
    ],
)
def test_a_wrong_form_of_conditions_says_what_the_forms_are(conditions: str, problem: str) -> None:
    assert said(f"auto_merge: {{conditions: {conditions}}}") == [f"f:{problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("version: '1'", '10: `version` must be 1, not the text "1"'),
        ("version: true", "10: `version` must be 1, not true"),
        (
            "base: 1.10",
            "7: `base` must be a branch (text), not the number 1.10 (`1.10` is read as the number 1.1 here; quote it)",
        ),
        (
            "base: refs/heads/main",
            "7: `base`: a branch `refs/heads/main` is a full ref (write the branch's name alone, without refs/heads/)",
        ),
        ("base: [main]", "7: `base` must be a branch (text), not a list"),
        ("base: ''", "7: `base`: a branch is empty"),
        (
            "dependencies: /etc/passwd",
            (
                "15: `dependencies`: a path `/etc/passwd` is an absolute path"
                " (write it from the root of the repository, without the first /)"
            ),
        ),
        (
            "dependencies: a/../../b",
            (
                "15: `dependencies`: a path `a/../../b` leads out of its folder by `..`"
                " (write it from the root of the repository)"
            ),
        ),
        ("dependencies: config/", "15: `dependencies`: a path `config/` is a folder (name the file)"),
        ("checks: {required: build}", '20: `checks.required` must be a list, not the text "build" (write [build])'),
        (
            "checks: {required: }",
            (
                "20: `checks.required` must be a list, not nothing"
                " (write [] for an empty list, or remove the key for the default)"
            ),
        ),
        (
            "checks: {required: [on]}",
            "21: `checks.required` must be a name or glob (text), not true (`on` is read as true here; quote it)",
        ),
        (
            "checks: {ignore: [2024-01-01]}",
            (
                "19: `checks.ignore` must be a name or glob (text), not the date 2024-01-01"
                " (`2024-01-01` is read as a date here; quote it)"
            ),
        ),
        ("checks: {command: ' '}", "19: `checks.command`: a command is empty"),
        (
            "checks: {dispatch: [ci]}",
            "21: `checks.dispatch`: a workflow file `ci` is no workflow file (name the file, such as ci.yml)",
        ),
        (
            "review_score: {sources: []}",
            "25: `review_score.sources` is empty (list at least one, or remove the key for the default)",
        ),
        (
            "review_score: {sources: [body, body]}",
            '32: `review_score.sources`: the text "body" is listed twice (keep the first)',
        ),
        (
            "review_score: {sources: [comment]}",
            '26: `review_score.sources` must be `status`, `review` or `body`, not the text "comment"',
        ),
        (
            'queue: {label: "a\\nb"}',
            "16: `queue.label`: a name `a\\nb` holds a line break or another control character (remove it)",
        ),
        (
            "queue: {label: ' a'}",
            "16: `queue.label`: a name ` a` begins or ends with white space (remove the white space)",
        ),
        (
            "queue: {priority_labels: {a: high}}",
            '30: `queue.priority_labels.a` must be a whole number, not the text "high"',
        ),
        ("queue: {priority_labels: [a]}", "26: `queue.priority_labels` must be a map, not a list"),
        (
            "rebase: {union_paths: [../log]}",
            (
                "24: `rebase.union_paths`: a path or glob `../log` leads out of its folder"
                " by `..` (write it from the root of the repository)"
            ),
        ),
        (
            "auto_merge: {protected_paths: ['!src']}",
            (
                "32: `auto_merge.protected_paths`: a path or glob `!src` begins with"
                " `!`, but globs cannot be negated here (list the paths that are meant)"
            ),
        ),
        (
            "agents: {trusted_authors: ['@ada']}",
            "28: `agents.trusted_authors`: a login `@ada` begins with `@` (write the login alone)",
        ),
        (
            "cleanup: {keep_branches: ['a..b']}",
            (
                "27: `cleanup.keep_branches`: a branch or glob `a..b` matches no branch"
                " that git allows (no `..`, `//` or `@{`; no part begins with `.` or ends with `.lock`;"
                " no `-` or `/` first, no `/` or `.` last)"
            ),
        ),
        (
            "queue: {hold_label: Merge}",
            (
                "21: `queue.label` and `queue.hold_label` are the same: every PR asked for would"
                " be held (choose two labels)"
            ),
        ),
        ("- a", "1: the config must be a map, not a list"),
        (
            "wibble: 1",
            (
                "1: unknown key `wibble` (known here: `version`, `base`, `dependencies`, `auto_merge`, `checks`,"
                " `review_score`, `queue`, `rebase`, `agents`, `cleanup`)"
            ),
        ),
    ],
)
def test_a_wrong_value_says_what_was_expected(text: str, problem: str) -> None:
    assert said(text) == [f"f:1:{problem}"]


def test_every_problem_of_a_file_is_listed_from_top_to_bottom() -> None:
    """One round of corrections is enough."""
    text = """\
version: 2
bass: main
auto_merge:
  protected_path: [x]
  tests_passing: true
queue:
  strategy: train
  waves: no
  label: yes
  label: x
checks: [a]
rebase:
  always: maybe
"""

    assert said(text) == [
        "f:1:10: `version`: 2: this mergebot reads version 1 of the config (write 1)",
        "f:2:1: unknown key `bass` (did you mean `base`?)",
        "f:4:3: unknown key `protected_path` (did you mean `protected_paths`?)",
        "f:5:3: unknown key `tests_passing` (it belongs under `auto_merge.conditions`)",
        "f:7:13: `queue.strategy`: the strategy `train` is not built yet (use `direct` or `rebase`)",
        "f:8:10: `queue.waves` must be `order` or `barrier`, not false (`no` is read as false here; quote it)",
        "f:10:3: duplicate key `label` (it is already at 9:3; keep one)",
        "f:11:9: `checks` must be a map, not a list",
        'f:13:11: `rebase.always` must be true or false, not the text "maybe"',
    ]


@given(
    st.binary(max_size=60)
    | st.text("[]{}&*!|>-?:,#'\" \nnoyes01~", max_size=40).map(str.encode)
    | st.recursive(
        st.sampled_from(["true", "~", "1", "x", '""', "[]", "{}", "2024-01-01"]),
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
            | st.dictionaries(
                st.sampled_from([*ROOT.keys, "conditions", "sources", "priority_labels", "label", "approvals", "x"]),
                inner,
            ).map(lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}")
        ),
        max_leaves=8,
    ).map(str.encode)
)
def test_any_bytes_give_a_policy_and_problems_but_no_exception(raw: bytes) -> None:
    policy, problems = load_policy("f", raw)

    assert isinstance(policy, Policy)
    assert all(problem.where.startswith("f:") and problem.message for problem in problems)
