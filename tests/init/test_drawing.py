"""The dependency file that init draws: whatever the branches are called, the loader takes it without a problem."""

from hypothesis import given
from hypothesis import strategies as st

from mergebot.decide.agents import guessed_branches
from mergebot.dependencies import load_dependencies
from mergebot.init import files
from mergebot.init.drawing import Candidate, Drawing, draw, name_of_branch
from mergebot.model.ids import Branch
from mergebot.model.policy import DependencyFile

PATH = ".agent-coordination/dependencies.json"


def candidate(branch: str, says: str = "", *, on: tuple[str, ...] = (), waits: tuple[str, ...] = ()) -> Candidate:
    said = says or name_of_branch(branch) or branch
    return Candidate(branch=Branch(branch), says=said, why=f"branch {branch}", on=tuple(map(Branch, on)), waits=waits)


def loaded(drawing: Drawing) -> DependencyFile:
    """What the loader makes of the text; a warning is too much already."""
    file, problems = load_dependencies(PATH, files.dependencies(drawing).encode())
    assert problems == ()
    return file


def test_the_text_has_one_agent_a_line_as_people_write_it() -> None:
    drawing = draw(
        [
            candidate("feature/backend-architecture", "backend-agent"),
            candidate("agent/docs", on=("feature/backend-architecture",)),
            candidate("feature/security-agent"),
        ]
    )

    assert files.dependencies(drawing) == (
        "{\n"
        '  "dependencies": {\n'
        '    "docs": ["backend-agent"]\n'
        "  },\n"
        '  "merge_order": [\n'
        '    ["backend-agent", "security-agent"],\n'
        '    ["docs"]\n'
        "  ],\n"
        '  "agents": {\n'
        '    "backend-agent": {"branch": "feature/backend-architecture"}\n'
        "  }\n"
        "}\n"
    )


def test_no_agents_give_a_file_that_is_ready_to_be_filled() -> None:
    assert files.dependencies(draw([])) == '{\n  "dependencies": {},\n  "merge_order": []\n}\n'
    loaded(draw([]))


def test_a_branch_is_named_only_where_the_name_does_not_tell_it() -> None:
    """Contract 2.2: `feature/NAME`, `feature/NAME-without-its--agent`, `agent/NAME` and `NAME` are guessed."""
    branches = {"feature/a": "a", "feature/b": "b-agent", "agent/c": "c", "d": "d", "feature/long-name": "e"}
    drawing = draw([candidate(branch, says) for branch, says in branches.items()])

    assert loaded(drawing).branches == {"e": "feature/long-name"}


def test_two_branches_with_one_name_become_two_agents() -> None:
    """No agent may have two branches."""
    drawing = draw([candidate("agent/x"), candidate("feature/x"), candidate("feature/x-2")])

    assert [(agent.name, agent.candidate.branch) for agent in drawing.agents] == [
        ("x", "agent/x"),
        ("x-2", "feature/x"),
        ("x-2-2", "feature/x-2"),
    ]
    assert loaded(drawing).branches == {"x-2": "feature/x", "x-2-2": "feature/x-2"}


def test_one_branch_twice_is_taken_once_and_that_is_said() -> None:
    drawing = draw([candidate("feature/x", "one"), candidate("feature/x", "two")])

    assert [agent.name for agent in drawing.agents] == ["one"]
    assert drawing.left_out == ("branch feature/x: feature/x is taken already, by branch feature/x",)


def test_what_waits_in_a_circle_loses_the_edge_that_closes_it_and_that_is_said() -> None:
    """Texts of pull requests may say anything; a cycle in the file would stop the whole queue (contract 2.1)."""
    drawing = draw(
        [candidate("agent/a", waits=("b",)), candidate("agent/b", waits=("c",)), candidate("agent/c", waits=("a",))]
    )

    assert loaded(drawing).dependencies == {"a": ("b",), "b": ("c",)}
    assert drawing.left_out == ("c waits for a: a waits for c already, in a circle",)


def test_a_branch_that_the_file_could_not_name_is_left_out_and_that_is_said() -> None:
    drawing = draw([candidate("feature/\udcff"), candidate("feature/a\u2028b"), candidate("feature/ok")])

    assert [agent.name for agent in drawing.agents] == ["ok"]
    assert [line.partition(": ")[2] for line in drawing.left_out] == [
        "this branch has a name that is no UTF-8",
        "this branch holds a line break or another control character",
    ]


def test_names_are_such_that_they_can_be_written_in_labels_and_lists() -> None:
    """`Depends-On: agent:NAME, agent:OTHER` ends a name at a space or a comma."""
    names = ["a b", "a,c", "(x)", "näme", "--", "..", "a/b", "🤖", "\udcff"]
    drawing = draw([candidate(f"feature/{index}", name) for index, name in enumerate(names)])

    assert [agent.name for agent in drawing.agents] == [
        "a-b", "a-c", "x", "näme", "agent", "agent-2", "a-b-2", "agent-3", "agent-4",
    ]  # fmt: skip


WORDS = st.text(st.sampled_from('ab-/.,_ {}"\\\n\u202e\u2028é🤖\udcff'), min_size=1, max_size=6)
BRANCHES = st.builds("".join, st.tuples(st.sampled_from(["feature/", "agent/", ""]), WORDS))


@st.composite
def fleets(draw_one: st.DrawFn) -> list[Candidate]:
    branches = draw_one(st.lists(BRANCHES, max_size=8))
    some = st.lists(st.sampled_from(branches or ["x"]), max_size=3).map(tuple)
    return [
        candidate(branch, draw_one(WORDS), on=draw_one(some), waits=tuple(draw_one(st.lists(WORDS, max_size=2))))
        for branch in branches
    ]


@given(fleets())
def test_whatever_there_is_the_file_loads_and_says_whose_each_branch_is(fleet: list[Candidate]) -> None:
    """No cycle, no bad name, no wave too early, no branch twice; by contract 2.2 each branch is its agent's."""
    drawing = draw(fleet)
    file = loaded(drawing)

    assert file == drawing.file(PATH)
    assert file.agents() == {agent.name for agent in drawing.agents}
    guessed = guessed_branches(file.agents())
    outright = {branch: name for name, branch in file.branches.items()}
    for agent in drawing.agents:
        branch = agent.candidate.branch
        assert outright.get(branch, guessed.get(branch)) == agent.name
    kept = {agent.candidate.branch for agent in drawing.agents}
    said = " ".join(drawing.left_out)
    assert all(one.branch in kept or one.branch in said for one in fleet)


@given(fleets())
def test_every_dependency_is_kept_or_named_as_left_out(fleet: list[Candidate]) -> None:
    drawing = draw(fleet)
    names = {agent.candidate.branch: agent.name for agent in drawing.agents}
    for agent in drawing.agents:
        for branch in agent.candidate.on:
            other = names.get(branch, agent.name)
            closing = f"{agent.name} waits for {other}: "
            assert other in (agent.name, *agent.needs) or any(line.startswith(closing) for line in drawing.left_out)
