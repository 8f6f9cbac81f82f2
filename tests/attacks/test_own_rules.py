"""A pull request that lowers the bar in what it brings along itself (contract 2, 2.4; invariant I8)."""

import json
from typing import Final

from mergebot.model.plan import EntryState
from tests.attacks.stage import LANDED, End, ends, vouch
from tests.scenarios.github_world import GithubWorld
from tests.scenarios.world import marked

NOTHING_ASKED = """
auto_merge:
  conditions:
    - tests_passing: false
    - review_score: false
    - dependencies_merged: false
    - approvals: 0
checks:
  allow_none: true
"""
NOTHING_NEEDED = json.dumps({"dependencies": {}})
EVERYBODY = "* @fleet\n"
TEN = "Review Score: 10/10\n"

RULES: Final = {
    ".github/mergebot.yml": NOTHING_ASKED,
    ".github/mergebot.yaml": NOTHING_ASKED,
    "config/mergebot.yml": NOTHING_ASKED,
    "config/mergebot.yaml": NOTHING_ASKED,
    "dependencies.json": NOTHING_NEEDED,
    "config/dependencies.json": NOTHING_NEEDED,
    ".agent-coordination/dependencies.json": NOTHING_NEEDED,
    ".github/workflows/new.yml": "on: pull_request\njobs: {}\n",
    ".github/actions/test/action.yml": "runs: {using: composite, steps: []}\n",
    "CODEOWNERS": EVERYBODY,
    "docs/CODEOWNERS": EVERYBODY,
    ".github/CODEOWNERS": EVERYBODY,
    ".github/pull_request_template.md": TEN,
    "pull_request_template.md": TEN,
    "docs/PULL_REQUEST_TEMPLATE.md": TEN,
    "PULL_REQUEST_TEMPLATE/agent.md": TEN,
    ".GitHub/Workflows/ci.yml": "on: pull_request\njobs: {}\n",
    "codeowners": EVERYBODY,
    "Dependencies.json": NOTHING_NEEDED,
}
"""What a repository is run by, at each place where somebody looks for it."""


def names() -> dict[str, str]:
    """A PR for each of these files."""
    return {f"rule-{number}": path for number, path in enumerate(RULES)}


def test_a_rule_that_is_brought_along_is_not_obeyed(github: GithubWorld) -> None:
    """Guards: the rules are read from the default branch and from base, never from a head."""
    github.depend({"first": [], **{name: ["first"] for name in names()}})
    github.repo.ci = lambda _files: {"unit": False}
    for name, path in names().items():
        files = {path: RULES[path], f"{name}.txt": marked(name)}
        github.agent(name, files, labels=["merge"], approved=False, score=None)
    found = ends(github)
    assert {end.state for end in found.values() if isinstance(end, End)} == {EntryState.BLOCKED}
    paths = {github.pulls[name]: path for name, path in names().items()}
    told = {paths[entry.pr]: [item.verdict.code for item in entry.criteria] for entry in github.plan().entries}
    expected = ["tests.failed", "score.none", "conflicts.none", "dependencies.awaited", "approvals.missing"]
    changed = {"dependencies.json"}  # both sides change it: base's is the one that counts, whatever comes of the merge
    assert {path: codes for path, codes in told.items() if path not in changed} == {
        path: expected for path in RULES if path not in changed
    }


def test_a_rule_lands_on_the_word_of_somebody_who_keeps_the_repository_alone(github: GithubWorld) -> None:
    """Guards: the paths that are always protected."""
    for name, path in names().items():
        github.agent(
            name, {path: RULES[path], f"{name}.txt": marked(name)}, labels=["merge"], approved=False, score=None
        )
        vouch(github, name)
    assert ends(github) == {name: End(EntryState.WAITING, protected(path)) for name, path in names().items()}
    github.review("rule-0")
    assert ends(github)["rule-0"] == LANDED


def protected(path: str) -> str:
    """Why it waits."""
    return f"it touches {path}, which is protected: a person with maintain or admin right has to approve"


def test_a_change_that_a_merge_carries_into_a_protected_folder_needs_its_person(github: GithubWorld) -> None:
    """Guards: the paths that a merge changes count, whatever the PR calls them: base has moved the file."""
    text = "".join(f"line {number}\n" for number in range(20))
    github.commit_to_base("script", {"ci/test.yml": text})
    files = {"ci/test.yml": text + "evil\n", "a.txt": marked("a")}
    github.agent("a", files, labels=["merge"], approved=False, score=None)
    github.commit_to_base("move", {"ci/test.yml": None, ".github/workflows/test.yml": text})
    vouch(github, "a")
    assert ends(github) == {"a": End(EntryState.WAITING, protected(".github/workflows/test.yml"))}
