"""The dependency file: what it means, and what it may not say (contract 2.1)."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.dependencies import load_dependencies
from mergebot.model.policy import DependencyFile
from mergebot.model.problem import Severity

SAMPLE = Path(__file__).parent.parent / "config" / "dependencies.json"


def said(text: str) -> list[str]:
    _, problems = load_dependencies("f", text.encode())
    return [str(problem) for problem in problems]


def test_the_sample_fleet_is_read() -> None:
    file, problems = load_dependencies("config/dependencies.json", SAMPLE.read_bytes())

    assert problems == ()
    assert file.path == "config/dependencies.json"
    assert file.dependencies == {
        "testing-agent": ("backend-agent", "frontend-agent"),
        "docs-agent": ("security-agent", "backend-agent", "rag-agent"),
        "github-agent": ("backend-agent",),
    }
    assert file.merge_order == (
        ("security-agent", "backend-agent", "frontend-agent", "rag-agent", "devops-agent"),
        ("github-agent",),
        ("testing-agent",),
        ("docs-agent",),
    )
    assert file.branches == {
        "security-agent": "feature/security-hardening",
        "backend-agent": "feature/backend-architecture",
        "frontend-agent": "feature/frontend-improvements",
        "rag-agent": "feature/rag-completion",
        "devops-agent": "feature/devops-infrastructure",
        "github-agent": "feature/github-optimization",
        "testing-agent": "feature/testing-coverage",
        "docs-agent": "feature/documentation-updates",
    }
    assert len(file.agents()) == 8


@pytest.mark.parametrize("text", ["{}", "\ufeff{\r\n}\r\n", '{"dependencies": {}, "merge_order": [], "agents": {}}'])
def test_every_part_may_be_empty(text: str) -> None:
    assert load_dependencies("f", text.encode()) == (DependencyFile(path="f"), ())


def test_an_agent_without_settings_is_known_all_the_same() -> None:
    file, problems = load_dependencies("f", b'{"agents": {"a": {}, "b": {"branch": "x"}}, "dependencies": {"c": []}}')

    assert problems == ()
    assert file.branches == {"b": "x"}
    assert file.dependencies == {"c": ()}


SELF = "remove it from its own list"
NAMES = "a name in the list of `a`"
KEYS = "known here: `dependencies`, `merge_order`, `agents`"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "1: the file must be an object, not a list"),
        ("null", "1: the file must be an object, not nothing"),
        ('{"dependecies": {}}', "2: unknown key `dependecies` (did you mean `dependencies`?)"),
        ('{"x": {}}', f"2: unknown key `x` ({KEYS})"),
        ('{"dependencies": []}', "18: `dependencies` must be an object, not a list"),
        ('{"dependencies": {"a": "b"}}', '24: the list of `a` must be a list, not the text "b" (write ["b"])'),
        ('{"dependencies": {"a": null}}', "24: the list of `a` must be a list, not nothing"),
        ('{"dependencies": {"a": [1]}}', f"25: {NAMES} must be text, not the number 1"),
        ('{"dependencies": {"a": [""]}}', f"25: {NAMES} is empty"),
        (
            '{"dependencies": {"a": ["b "]}}',
            f"25: {NAMES} `b ` begins or ends with white space (remove the white space)",
        ),
        (
            '{"dependencies": {"a": ["b\\nc"]}}',
            f"25: {NAMES} `b\\nc` holds a line break or another control character (remove it)",
        ),
        (
            '{"dependencies": {"a": ["\\ud800"]}}',
            f"25: {NAMES} holds half a surrogate pair: `\\ud800` (write the character itself)",
        ),
        ('{"dependencies": {"": []}}', "19: a name in `dependencies` is empty"),
        ('{"dependencies": {"a": [], "a": []}}', "28: duplicate key `a` (it is already at 1:19; keep one)"),
        ('{"dependencies": {"a": ["a"]}}', f"25: `a` depends on itself ({SELF})"),
        ('{"merge_order": {"a": 1}}', "17: `merge_order` must be a list, not an object"),
        ('{"merge_order": ["a"]}', '18: wave 1 of `merge_order` must be a list, not the text "a" (write ["a"])'),
        ('{"merge_order": [["a"], [["b"]]]}', "26: a name in wave 2 of `merge_order` must be text, not a list"),
        (
            '{"merge_order": [["a"], ["b", "a"]]}',
            "31: `a` is in `merge_order` twice (it is already at 1:19; keep one)",
        ),
        ('{"agents": ["a"]}', "12: `agents` must be an object, not a list"),
        ('{"agents": {"a": "x"}}', '18: `agents`: `a` must be an object, not the text "x"'),
        ('{"agents": {"a": {"brnch": "x"}}}', "19: unknown key `brnch` of agent `a` (did you mean `branch`?)"),
        ('{"agents": {"a": {"branch": 1}}}', "29: the branch of `a` must be text, not the number 1"),
        (
            '{"agents": {"a": {"branch": "x y"}}}',
            "29: the branch of `a` `x y` is not a branch name that git allows (no spaces and none of ~ ^ : ? * [ \\)",
        ),
        (
            '{"agents": {"a": {"branch": "x"}, "b": {"branch": "x"}}}',
            "51: `b` and `a` have the same branch `x` (give each agent a branch of its own)",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_to_do(text: str, problem: str) -> None:
    assert said(text) == [f"f:1:{problem}"]


def test_only_so_many_slips_are_guessed_at() -> None:
    """Guessing takes its time; a file with a thousand unknown keys is another kind of file."""
    found = said(json.dumps({f"agents{i}": 1 for i in range(1000)}))

    assert [line.endswith("(did you mean `agents`?)") for line in found] == [True] * 100 + [False] * 900


def test_branches_are_compared_exactly() -> None:
    """Git tells upper from lower case."""
    assert said('{"agents": {"a": {"branch": "x"}, "b": {"branch": "X"}}}') == []


def test_every_problem_of_a_file_is_listed_from_top_to_bottom() -> None:
    text = """\
{
  "dependencies": {
    "a-agent": ["b-agent", "a-agent", 3],
    "b-agent": ["a-agent"]
  },
  "merge_order": [["a-agent"], "b-agent"],
  "agents": {"a-agent": {"branch": ""}},
  "extra": 1
}
"""

    cycle = "a cycle of 2 agents, each waiting for the next: a-agent -> b-agent -> a-agent"
    assert said(text) == [
        "f:3:28: `a-agent` depends on itself (remove it from its own list)",
        "f:3:39: a name in the list of `a-agent` must be text, not the number 3",
        f"f:4:17: {cycle} (remove one of these dependencies)",
        'f:6:32: wave 2 of `merge_order` must be a list, not the text "b-agent" (write ["b-agent"])',
        "f:7:36: the branch of `a-agent` is empty",
        "f:8:3: unknown key `extra` (known here: `dependencies`, `merge_order`, `agents`)",
    ]


def test_with_an_error_the_file_is_not_used_at_all() -> None:
    """A `DependencyFile` never holds a cycle; which half of a wrong file to believe is not ours to guess."""
    file, problems = load_dependencies("f", b'{"dependencies": {"a": ["b"], "c": ["c"]}}')

    assert [problem.severity for problem in problems] == [Severity.ERROR]
    assert file == DependencyFile(path="f")


class TestWarnings:
    def test_a_dependency_listed_twice_counts_once(self) -> None:
        file, [problem] = load_dependencies("f", b'{"dependencies": {"a": ["b", "b"]}}')

        assert file.dependencies == {"a": ("b",)}
        assert (str(problem), problem.severity) == (
            "f:1:30: `a` lists `b` twice (remove one of them)",
            Severity.WARNING,
        )

    def test_a_likely_slip_in_a_name_is_pointed_out(self) -> None:
        """An agent that no one else names would be waited for in vain."""
        text = '{"dependencies": {"testing-agent": ["backend-agnet"], "docs-agent": ["backend-agent"]}}'
        wave = '{"dependencies": {"testing-agent": ["bckend-agent"]}, "merge_order": [["backend-agent"]]}'

        assert said(text.replace("docs-agent", "backend-agent").replace('["backend-agent"]', "[]")) == [
            "f:1:37: `backend-agnet` is named only here (did you mean `backend-agent`?)"
        ]
        assert said(wave) == ["f:1:37: `bckend-agent` is named only here (did you mean `backend-agent`?)"]
        assert load_dependencies("f", wave.encode())[1][0].severity is Severity.WARNING

    @pytest.mark.parametrize(
        "text",
        [
            '{"dependencies": {"agent-1": ["agent-2"]}}',
            '{"dependencies": {"a": ["b"]}}',
            '{"dependencies": {"worker-a": ["worker-c"], "worker-b": ["worker-c"]}}',
            '{"dependencies": {"worker-a": ["worker-c"], "worker-b": []}}',
            '{"dependencies": {"worker-a": ["worker-c"]}, "agents": {"worker-c": {}}}',
            '{"dependencies": {"backend": ["frontend"]}}',
        ],
        ids=["digits", "too short", "named twice", "two are near", "named elsewhere", "not near"],
    )
    def test_names_that_differ_on_purpose_are_left_alone(self, text: str) -> None:
        assert said(text) == []


NAMED = st.sampled_from(["a", "b", "c", "", " ", "long-name", "lone-name", "\n"])
JUNK = st.none() | st.integers() | st.text(max_size=2) | st.lists(NAMED, max_size=3) | st.dictionaries(NAMED, NAMED)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "dependencies": st.dictionaries(NAMED, st.lists(NAMED, max_size=3) | JUNK) | JUNK,
            "merge_order": st.lists(st.lists(NAMED, max_size=3) | JUNK, max_size=3) | JUNK,
            "agents": st.dictionaries(NAMED, st.fixed_dictionaries({}, optional={"branch": NAMED | JUNK}) | JUNK)
            | JUNK,
            "agent": JUNK,
        },
    )
    | JUNK
)
def test_any_content_gives_a_file_or_problems_but_no_exception(content: object) -> None:
    file, problems = load_dependencies("f", json.dumps(content).encode())

    assert file.path == "f"
    assert all(problem.where.startswith("f:1:") for problem in problems)
    assert {"", " ", "\n"}.isdisjoint(file.agents())
