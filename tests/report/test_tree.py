"""The dependency graph as a tree."""

from mergebot.model.ids import AgentName
from mergebot.model.plan import Plan
from mergebot.report.tree import DEEPEST, tree
from tests.report.plans import entry, plan, prs


def drawn(made: Plan) -> list[str]:
    return [item.guides + item.text for item in tree(made)]


def test_nothing_is_drawn_where_nothing_depends_on_anything() -> None:
    assert drawn(plan(entry(1), entry(2))) == []


def test_what_is_shared_is_drawn_once_and_then_referred_to() -> None:
    made = plan(
        entry(1),
        entry(2),
        entry(3, depends_on=prs(1, 2)),
        entry(4, depends_on=prs(3)),
    )

    assert drawn(made) == [
        "#1 Change 1",
        "└── #3 Change 3",
        "    └── #4 Change 4",
        "#2 Change 2",
        "└── #3 Change 3 (see above)",
    ]


def test_an_agent_without_a_pull_request_is_drawn_as_what_is_missing() -> None:
    made = plan(
        entry(1, missing_agents=(AgentName("docs-agent"),)), entry(2, missing_agents=(AgentName("docs-agent"),))
    )

    assert drawn(made) == ["docs-agent (no pull request yet)", "├── #1 Change 1", "└── #2 Change 2"]


def test_a_merged_dependency_is_not_drawn() -> None:
    assert drawn(plan(entry(2, depends_on=prs(1)))) == []


def test_a_cycle_is_drawn_and_ends() -> None:
    """Bodies can make one (contract 2.3)."""
    made = plan(entry(1, depends_on=prs(2)), entry(2, depends_on=prs(1)))

    assert drawn(made) == ["#2 Change 2", "└── #1 Change 1", "    └── #2 Change 2 (see above)"]


def test_a_very_long_chain_goes_on_below_and_needs_no_recursion() -> None:
    chain = [entry(1), *(entry(number, depends_on=prs(number - 1)) for number in range(2, 3001))]
    lines = drawn(plan(*chain))

    assert lines[DEEPEST] == "    " * (DEEPEST - 1) + f"└── #{DEEPEST + 1} Change {DEEPEST + 1} (goes on below)"
    assert lines[DEEPEST + 1] == f"#{DEEPEST + 1} Change {DEEPEST + 1}"
    assert {line.strip(" └─").split()[0] for line in lines} == {f"#{number}" for number in range(1, 3001)}
