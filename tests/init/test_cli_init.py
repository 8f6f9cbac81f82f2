"""`mergebot init` as users start it: what it writes, what it says, and what it leaves alone."""

import json
import os
from pathlib import Path

import pytest
import yaml

from mergebot import __version__
from mergebot.decide.body import NOTHING_SAID, read_said
from mergebot.decide.message import without_furniture
from mergebot.git.repository import Repository
from mergebot.init import files, pinning
from mergebot.model.ids import Branch
from tests.cli_process import Ran, mergebot
from tests.sandbox import Sandbox

ON_GITHUB = (
    ".agent-coordination/dependencies.json",
    ".github/mergebot.yml",
    ".github/pull_request_template.md",
    ".github/workflows/mergebot.yml",
)


def tree(root: Path) -> dict[str, str]:
    """Every file that is there, but for git's own."""
    found = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts)
    return {str(path.relative_to(root)): path.read_text() for path in sorted(found)}


def done(ran: Ran, code: int = 0) -> str:
    """What it said: in 80 columns, nothing on stderr."""
    assert (ran.code, ran.err) == (code, "")
    assert max(len(line) for line in ran.out.splitlines()) <= 80
    return ran.out


def listed(out: str) -> list[tuple[str, str]]:
    """What it says of each file."""
    lines = [line.strip() for line in out.split("\n\n")[1].splitlines() if not line.startswith(" " * 5)]
    return [(path.strip(), word) for word in ("wrote", "would write", "kept", "not written") for line in lines
            if line.startswith(f"{word} ") and (path := line.removeprefix(word))]  # fmt: skip


def test_an_empty_repository_gets_all_files_and_they_are_right(sandbox: Sandbox) -> None:
    """From one commit: sensible files, which `check` and `plan` take."""
    out = done(mergebot("init", cwd=sandbox.path))

    assert sorted(listed(out)) == [(path, "wrote") for path in ON_GITHUB]
    assert sorted(set(tree(sandbox.path)) - {"README"}) == list(ON_GITHUB)
    checked = mergebot("check", cwd=sandbox.path)
    assert (checked.code, "no problems" in checked.out) == (0, True)
    assert "no remote origin on GitHub" in out
    assert "No agents among branches and work trees" in out.replace("\n", " ")
    assert "runs for pull requests" in out


def test_a_second_time_nothing_is_written(sandbox: Sandbox) -> None:
    mergebot("init", cwd=sandbox.path)
    sandbox.write(".github/mergebot.yml", "version: 1\n")
    before = tree(sandbox.path)

    assert sorted(listed(done(mergebot("init", cwd=sandbox.path)))) == [(path, "kept") for path in ON_GITHUB]
    assert tree(sandbox.path) == before


def test_a_dry_run_says_the_same_and_writes_nothing(sandbox: Sandbox) -> None:
    out = done(mergebot("init", "--dry-run", cwd=sandbox.path))

    assert sorted(listed(out)) == [(path, "would write") for path in ON_GITHUB]
    assert out.endswith("Nothing was written: this was a dry run.\n")
    assert tree(sandbox.path) == {"README": "hello\n"}


@pytest.mark.parametrize(
    ("there", "needless"),
    [
        ("config/mergebot.yaml", ".github/mergebot.yml"),
        ("dependencies.json", ".agent-coordination/dependencies.json"),
        (".github/workflows/mergebot.yaml", ".github/workflows/mergebot.yml"),
        ("PULL_REQUEST_TEMPLATE.md", ".github/pull_request_template.md"),
        ("docs/pull_request_template.txt", ".github/pull_request_template.md"),
        (".github/PULL_REQUEST_TEMPLATE/one.md", ".github/pull_request_template.md"),
    ],
)
def test_one_in_another_place_is_enough(there: str, needless: str, sandbox: Sandbox) -> None:
    """Two configs would be an error, of two dependency files or templates one would not count."""
    sandbox.write(there, "{}" if there.endswith("json") else "")

    out = done(mergebot("init", cwd=sandbox.path))

    assert (there, "kept") in listed(out)
    assert needless not in tree(sandbox.path)


def test_the_file_that_the_config_names_is_the_one_that_is_written(sandbox: Sandbox) -> None:
    sandbox.write("config/mergebot.yml", "dependencies: ops/fleet.json\nbase: trunk\n")

    out = done(mergebot("init", cwd=sandbox.path))

    assert ("ops/fleet.json", "wrote") in listed(out)
    assert yaml.load(tree(sandbox.path)[ON_GITHUB[3]], Loader=yaml.BaseLoader)["on"]["push"]["branches"] == ["trunk"]  # noqa: S506 (texts, lists and maps)


def test_a_template_without_our_lines_is_left_and_they_are_shown(sandbox: Sandbox) -> None:
    sandbox.write("docs/pull_request_template.md", "## What\n")

    out = done(mergebot("init", cwd=sandbox.path))

    assert all(f"\n      {line}\n" in out for line in files.TEMPLATE_LINES)
    sandbox.write("docs/pull_request_template.md", "\n".join(files.TEMPLATE_LINES))
    assert files.TEMPLATE_LINES[0] not in done(mergebot("init", cwd=sandbox.path))


def test_what_cannot_be_written_is_said_and_the_rest_is_written(sandbox: Sandbox) -> None:
    (sandbox.path / ".github").mkdir()
    (sandbox.path / ".github/workflows").symlink_to("/nowhere")

    out = done(mergebot("init", cwd=sandbox.path), code=1)

    assert (ON_GITHUB[3], "not written") in listed(out)
    assert "its folder .github/workflows is a symbolic link" in out
    assert set(tree(sandbox.path)) >= {ON_GITHUB[0], ON_GITHUB[1], ON_GITHUB[2]}


def test_two_configs_are_one_too_many(sandbox: Sandbox) -> None:
    sandbox.write("config/mergebot.yml", "")
    sandbox.write(".github/mergebot.yml", "")

    assert "two configs" in done(mergebot("init", cwd=sandbox.path), code=1)


def test_a_file_that_git_ignores_is_named_with_the_rule(sandbox: Sandbox) -> None:
    """Fleets often ignore their coordination folder; then the file would never reach base."""
    sandbox.write(".gitignore", "# mine\n/.agent-coordination/\n")

    out = done(mergebot("init", cwd=sandbox.path)).replace("\n  ", " ")

    assert f"git ignores {ON_GITHUB[0]} (.gitignore:2: /.agent-coordination/): add it with git add --force" in out
    assert out.count("git ignores") == 1


def test_ci_workflows_are_named_in_workflow_and_config(sandbox: Sandbox) -> None:
    sandbox.write(".github/workflows/ci.yml", 'name: "Tests: all"\non: pull_request\n')

    out = done(mergebot("init", "--action", "corp/mergebot@v9", cwd=sandbox.path))

    text = tree(sandbox.path)
    assert '\n    workflows: ["Tests: all"] ' in text[ON_GITHUB[3]]
    assert "\n      - uses: corp/mergebot@v9\n" in text[ON_GITHUB[3]]
    assert 'such as ["ci.yml"]' in text[ON_GITHUB[1]]
    assert "corp/mergebot@v9, which its owner can move" in out


@pytest.mark.parametrize("annotated", [False, True])
def test_the_action_is_pinned_to_the_commit_of_this_versions_tag(
    annotated: bool, sandbox: Sandbox, published: Path
) -> None:
    action = Sandbox.create(published)
    action.git("tag", *(["-a", "-m", "release"] if annotated else []), f"v{__version__}")

    out = done(mergebot("init", cwd=sandbox.path))

    assert f"\n      - uses: mergebot/mergebot@{action.sha()} # v{__version__}\n" in tree(sandbox.path)[ON_GITHUB[3]]
    assert "can move" not in out


def test_where_nobody_answers_the_tag_is_named_with_the_way_to_pin_it(sandbox: Sandbox) -> None:
    done(mergebot("init", cwd=sandbox.path))

    line = (
        f"\n      - uses: mergebot/mergebot@v{__version__} # to pin it: git ls-remote {pinning.HOME} v{__version__}\n"
    )
    assert line in tree(sandbox.path)[ON_GITHUB[3]]


def test_who_does_not_answer_is_not_waited_for(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = sandbox.path / "git-remote-slow"
    helper.write_text("#!/bin/sh\nsleep 60\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{sandbox.path}:{os.environ['PATH']}")
    monkeypatch.setattr(pinning, "HOME", "slow::x")
    monkeypatch.setattr(pinning, "SECONDS", 0.3)

    assert pinning.published(Repository.open(sandbox.path).path).pinned is False


def test_local_mode_has_a_status_file_and_no_workflow(sandbox: Sandbox) -> None:
    """From a linked work tree too: the fleet's files are in the main one (contract 6)."""
    sandbox.git("worktree", "add", "--quiet", "-b", "feature/docs", "worktrees/docs-agent")

    out = done(mergebot("init", "--local", cwd=sandbox.path / "worktrees/docs-agent"))

    fleet = ".agent-coordination/status.json"
    written = [".github/mergebot.yml", ON_GITHUB[0], fleet]
    assert sorted(listed(out)) == sorted((path, "wrote") for path in written)
    assert json.loads((sandbox.path / fleet).read_text())["agents"] == {
        "docs-agent": {
            "status": "in_progress",
            "branch": "feature/docs",
            "worktree": "worktrees/docs-agent",
            "progress": 0.0,
            "current_task": "",
            "tests_passing": None,
            "review_score": None,
            "approvals": 0,
            "blocked_by": [],
        }
    }
    planned = mergebot("plan", "--local", "--format", "json", cwd=sandbox.path)
    assert (planned.code, json.loads(planned.out)["problems"]) == (0, [])


def test_a_drawn_agent_that_is_ready_merges(sandbox: Sandbox) -> None:
    """From init to the first merge without a forge: only what the agent and its reviewer say is added."""
    sandbox.branch("feature/docs")
    sandbox.commit("docs", {"docs.md": "hello\n"})
    sandbox.checkout("main")
    done(mergebot("init", "--local", cwd=sandbox.path))
    status = sandbox.path / ".agent-coordination/status.json"
    fleet = json.loads(status.read_text())
    fleet["agents"]["docs"] |= {"status": "ready", "tests_passing": True, "review_score": 10, "approvals": 1}
    status.write_text(json.dumps(fleet))
    sandbox.git("add", ".github", ON_GITHUB[0])
    sandbox.commit("Add mergebot")

    assert mergebot("run", "--local", cwd=sandbox.path).code == 0
    assert sandbox.history()[-1] == "docs (#1)"


@pytest.mark.parametrize(
    "args",
    [["--config", "x.yml"], ["--action", "nonsense"], ["--local", "--repo", "o/r"], ["--local", "--action", "o/r@v1"]],
)
def test_what_has_no_use_here_is_refused(args: list[str], sandbox: Sandbox) -> None:
    ran = mergebot("init", *args, cwd=sandbox.path)

    assert (ran.code, ran.out, tree(sandbox.path)) == (2, "", {"README": "hello\n"})
    assert "Usage: mergebot init" in ran.err


def test_outside_a_repository_there_is_nothing_to_set_up(tmp_path: Path) -> None:
    ran = mergebot("init", cwd=tmp_path)

    assert (ran.code, ran.out, list(tmp_path.iterdir())) == (2, "", [])
    assert "is not in a git repository" in ran.err
    assert "hint: " in ran.err


@pytest.mark.parametrize("args", [[], ["--local"]])
def test_a_bare_repository_has_no_place_for_files(args: list[str], tmp_path: Path) -> None:
    Sandbox.create(tmp_path / "bare", bare=True)

    ran = mergebot("init", *args, cwd=tmp_path / "bare")

    assert (ran.code, ran.out) == (2, "")
    assert "no work tree" in ran.err


def test_an_unfilled_template_names_no_agent_and_gives_no_score() -> None:
    """And filled in, it says just that (contract 2.2 and 3); its furniture is in no commit message (contract 4.1)."""
    text = files.pull_request_template()
    filled = text.replace("{NAME}", "docs-agent").replace("{SCORE}", "9")

    assert read_said(text) == NOTHING_SAID
    assert (read_said(filled).agents, read_said(filled).scores, read_said(filled).depends_on) == (
        ("docs-agent",), ("9/10",), (),
    )  # fmt: skip
    assert without_furniture(text.partition("-->")[2]) == ""


@pytest.mark.parametrize("base", ["main", "no", "1.10", "a\x85b", "x#y", "release/2.x"])
def test_the_local_config_names_base_whatever_it_is_called(base: str) -> None:
    read = yaml.safe_load(files.local_config(Branch(base)))
    assert read.get("base", base) == base
    assert ("base" in read) == base.isprintable()
