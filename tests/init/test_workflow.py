"""The workflow that init writes: the template with the names of this repository, whatever those are."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mergebot.init import files
from mergebot.init.pinning import Action, is_action
from mergebot.init.starting import minute_of
from mergebot.init.workflow import render
from mergebot.init.workflows import Workflow, ci_workflows
from mergebot.model.ids import Branch

ACTION = Action(ref="mergebot/mergebot@0123", comment="v1")


def rendered(base: str = "main", tests: tuple[str, ...] = (), action: Action = ACTION, minute: int = 0) -> str:
    text = files.template("workflow.yml")
    return render(text, base=Branch(base), tests=tests, action=action, minute=minute)


def read(text: str) -> dict[str, Any]:
    """As YAML 1.2 has it, where `on` is a word."""
    found: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 (it makes texts, lists and maps)
    return found


def test_only_the_places_that_are_meant_are_filled_in() -> None:
    template, text = files.template("workflow.yml").splitlines(), rendered(tests=("CI",)).splitlines()
    changed = [(old.strip(), new.strip()) for old, new in zip(template, text, strict=True) if old != new]

    assert [old.count("__") for old, _ in changed] == [2, 2, 2, 2]
    assert [new.partition(" # ")[0] for _, new in changed] == [
        'workflows: ["CI"]',
        'branches: ["main"]',
        '- cron: "1,16,31,46 * * * *"',
        "- uses: mergebot/mergebot@0123",
    ]
    assert "__" not in "".join(new for _, new in changed)


def test_a_branch_is_no_pattern() -> None:
    """Platform: `+` and `!` mean something in a filter of branches."""
    assert read(rendered("!a+b"))["on"]["push"]["branches"] == [r"\!a\+b"]


def test_without_ci_a_name_stands_in_its_place() -> None:
    """GitHub takes no empty list."""
    assert read(rendered())["on"]["workflow_run"]["workflows"] == ["CI"]


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.sampled_from(
    ['"]\non: {}', "__BASE__", "a\x85b", "${{ x }}", "\u2028", "no", "'", "\\", "🤖", "\ufeff"]
)


@given(st.lists(NAMES, min_size=1, max_size=3), NAMES)
def test_names_of_workflows_and_branches_stay_what_they_are(tests: list[str], base: str) -> None:
    """They are strangers' text: nothing in them ends the line, or is filled in itself."""
    found = read(rendered(base, tuple(tests)))

    assert found["on"]["workflow_run"]["workflows"] == tests
    assert found["on"]["push"]["branches"][0].replace("\\", "") == base.replace("\\", "")
    assert {key: value for key, value in found.items() if key != "on"} == {
        key: value for key, value in read(rendered()).items() if key != "on"
    }


@given(st.text())
def test_the_schedule_is_four_times_an_hour_and_never_at_a_full_one(name: str) -> None:
    """Platform: what is scheduled for the full hour is late, or dropped."""
    [entry] = read(rendered(minute=minute_of(name)))["on"]["schedule"]
    minutes = [int(word) for word in entry["cron"].removesuffix(" * * * *").split(",")]

    assert [later - sooner for sooner, later in pairwise(minutes)] == [15, 15, 15]
    assert 0 < minutes[0] < 15


@given(st.text(st.characters(codec="ascii")))
def test_the_minute_is_the_same_however_the_name_of_the_repository_is_spelled(name: str) -> None:
    """Platform: owners and repositories have names in ASCII, and GitHub takes them in either case."""
    assert minute_of(name) == minute_of(name.upper()) == minute_of(name.lower())


def test_repositories_are_woken_at_different_minutes() -> None:
    assert len({minute_of(f"o/r{number}") % 14 for number in range(100)}) == 14


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("name: Tests\non: pull_request\n", "Tests"),
        ("on: [push, pull_request]\n", ".github/workflows/x.yml"),
        ("'on':\n  pull_request:\n    branches: [main]\nname: 'a: b'\n", "a: b"),
        ("on: push\nname: p\n", "p"),
        ("on: {push: {paths: [src]}}\nname: p\n", "p"),
        ("on: {push: {branches: [main]}}\nname: p\n", None),
        ("on: {push: {branches: [main]}, pull_request: }\nname: p\n", "p"),
        ("on: {push: {branches: ['**']}}\nname: p\n", "p"),
        ("on: {push: {branches-ignore: ['feature/**', 'agent/**']}}\nname: p\n", None),
        ("on: {push: {tags: [v1]}}\nname: p\n", None),
        ("on: {push: {tags: [v1], branches: 'feature/*'}}\nname: p\n", "p"),
        ("on: {pull_request: {types: [labeled]}}\nname: p\n", None),
        ("on: {pull_request: {types: [opened, synchronize]}}\nname: p\n", "p"),
        ("on: [workflow_dispatch]\nname: p\n", None),
        ("on: pull_request_target\nname: p\n", None),
        ("name: p\n", None),
        ("- on\n", None),
        ("on: [push\n", None),
        ("", None),
        ("on: push\nname: !!python/object/apply:os.system [id]\n", ".github/workflows/x.yml"),
        ("[" * 5000, None),
        ("on: push\nname: \x00\n", None),
    ],
)
def test_a_workflow_that_tests_pull_requests_is_found_by_its_triggers(
    text: str, name: str | None, tmp_path: Path
) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "x.yml").write_text(text)

    expected = () if name is None else (Workflow(name=name, file="x.yml"),)
    assert ci_workflows(tmp_path) == expected


def test_other_files_and_mergebots_own_workflow_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    for name in ("a.yaml", "b.txt", "mergebot.yml"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("on: push\n")
    (folder / "dir.yml").mkdir()
    (folder / "large.yml").write_text("on: push\n" + "#" * 1_000_000)

    assert [found.file for found in ci_workflows(tmp_path)] == ["a.yaml"]


@pytest.mark.parametrize("ref", ["o/r@v1", "my-org/mergebot@0123456789abcdef0123456789abcdef01234567", "o/r/sub@main"])
def test_an_action_is_named_by_owner_repository_and_ref(ref: str) -> None:
    assert is_action(ref)


@pytest.mark.parametrize(
    "ref", ["", "o/r", "@v1", "o@v1", "o/r@", "o/r@a b", "o/r@v1\nx: y", "o/r@v1 # x", "./x@y", "o/r@${x}"]
)
def test_nothing_else_is(ref: str) -> None:
    assert not is_action(ref)
