"""`plan`, `run` and `status` on a plain git repository: exit codes, streams, formats (contract 5 and 6)."""

import fcntl
import json
import re
from pathlib import Path

import pytest

from mergebot.demo.sample import STATUS, Sample
from tests.cli_process import mergebot
from tests.sandbox import Sandbox


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """The sample repository, before its first pass."""
    folder = tmp_path / "fleet"
    folder.mkdir()
    Sample(folder).build()
    return folder


def everything(folder: Path) -> tuple[dict[str, str], dict[str, bytes]]:
    """All refs, and all files outside the object store."""
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "objects" not in path.parts and path.name not in ("index", "lock")
    }
    return Sandbox(folder).refs(), files


def test_plan_prints_the_contracts_object_and_changes_nothing(fleet: Path) -> None:
    before = everything(fleet)
    ran = mergebot("plan", "--local", "--format", "json", cwd=fleet)

    found = json.loads(ran.out)
    assert (ran.code, ran.err) == (0, "")
    keys = ["schema", "repository", "base", "entries", "order", "steps", "conflicts", "problems"]
    assert list(found) == keys
    assert found["order"] == [2, 1, 4, 5, 6]
    assert [step["pr"] for step in found["steps"] if step["action"] == "merge"] == [2, 1]
    assert found["conflicts"] == [{"prs": [1, 4], "files": ["app/settings.py"]}]
    assert everything(fleet) == before


def test_a_repository_can_be_named_before_or_after_the_command(fleet: Path, tmp_path: Path) -> None:
    before = mergebot("--local", str(fleet), "plan", cwd=tmp_path)

    assert before == mergebot("plan", f"--local={fleet}", cwd=tmp_path)
    assert (before.code, before.err) == (0, "")
    assert before.out.startswith("fleet, main at ")


def test_a_kept_snapshot_gives_the_same_plan_anywhere(fleet: Path, tmp_path: Path) -> None:
    """Offline, and in a folder that is no repository."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    kept = elsewhere / "kept.json"
    live = mergebot("plan", "--local", "--format", "json", "--save", str(kept), cwd=fleet)
    piped = mergebot("plan", "--local", "--save", "-", cwd=fleet)

    assert mergebot("plan", "--from", "kept.json", "--format", "json", cwd=elsewhere) == live
    again = mergebot("plan", "--from", "-", "--format", "json", cwd=elsewhere, stdin=piped.out.encode())
    assert json.loads(again.out) == json.loads(live.out)
    assert [path.name for path in elsewhere.iterdir()] == ["kept.json"]


def test_a_kept_snapshot_can_be_planned_with_another_config(fleet: Path) -> None:
    mergebot("plan", "--local", "--save", "kept.json", cwd=fleet)
    (fleet / "other.yml").write_text("auto_merge:\n  conditions:\n    review_score: 8\n")
    ran = mergebot("plan", "--from", "kept.json", "--config", "other.yml", "--format", "json", cwd=fleet)

    states = {entry["agent"]: entry["state"] for entry in json.loads(ran.out)["entries"]}
    assert states["rag-agent"] in ("ready", "waiting")


@pytest.mark.parametrize("content", [b"not json", b"\xff\xfe"])
def test_what_is_no_kept_snapshot_is_bad_input(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_bytes(content)
    ran = mergebot("plan", "--from", "kept.json", cwd=tmp_path)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    assert "Traceback" not in ran.err


def test_a_second_pass_changes_nothing(fleet: Path) -> None:
    """I5: a pass that finds nothing to do writes nothing."""
    first = mergebot("run", "--local", "--format", "json", cwd=fleet)
    after = everything(fleet)
    second = mergebot("run", "--local", "--format", "json", cwd=fleet)

    assert {step["result"] for step in json.loads(first.out)["steps"]} == {"done"}
    assert [(step["action"], step["pr"]) for step in json.loads(second.out)["steps"]] == []
    assert (first.code, first.err, second.code, second.err) == (0, "", 0, "")
    assert everything(fleet) == after


def test_verbose_tells_of_each_step_on_stderr(fleet: Path) -> None:
    quiet, told = mergebot("plan", "--local", cwd=fleet), mergebot("run", "--local", "-v", cwd=fleet)

    assert (quiet.err, told.code) == ("", 0)
    assert told.err.splitlines()[0].startswith("done: merge #2: landed as ")
    assert told.out.startswith("This pass\n  done  merge ")


def test_an_error_in_an_input_stops_everything_with_exit_2(fleet: Path) -> None:
    """Contract 2.1; the problems are in the result, in every format."""
    (fleet / ".agent-coordination/dependencies.json").write_text('{"dependencies": {"a": ["a"]}}\n')
    Sandbox(fleet).git("commit", "--quiet", "--all", "--message", "depend on oneself")
    before = everything(fleet)
    text = mergebot("plan", "--local", cwd=fleet)
    found = mergebot("run", "--local", "--format", "json", cwd=fleet)

    assert (text.code, text.err, found.code, found.err) == (2, "", 2, "")
    assert ".agent-coordination/dependencies.json:1:" in text.out
    assert [problem["severity"] for problem in json.loads(found.out)["problems"]] == ["error"]
    assert json.loads(found.out)["steps"] == []
    assert everything(fleet) == before


def test_another_pass_at_work_is_exit_3(fleet: Path) -> None:
    mergebot("run", "--local", cwd=fleet)
    [lock] = (fleet / ".git").rglob("*lock*")
    with lock.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ran = mergebot("run", "--local", cwd=fleet)

    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("error: ")


def test_status_shows_the_fleet(fleet: Path) -> None:
    ran = mergebot("status", "--local", cwd=fleet)

    first, _, rest = ran.out.partition("\n")
    assert (ran.code, ran.err) == (0, "")
    assert re.fullmatch("fleet, main at [0-9a-f]{10}", first)
    assert (
        rest
        == """
Agent           Progress         PR  State        Review  Checks  Blocked by
security-agent  ██████████ 100%  #1  ready         10/10  pass
backend-agent   ██████████ 100%  #2  ready         10/10  pass
frontend-agent  ████████░░  85%      in progress                  (Narrow
                                                                  screens)
rag-agent       ██████████ 100%  #3  blocked        8/10  pass    score
devops-agent    ██████████ 100%  #4  ready         10/10  pass
github-agent    ██████████ 100%  #5  waiting       10/10  pass    #2
testing-agent   ██████████ 100%  #6  waiting       10/10  pass    #2,
                                                                  frontend-agent
docs-agent      ██████░░░░  60%      in progress                  (The guide)

PRs: 6 open, 0 merged, 0 failed
Next to merge: #2, #1, #4, #5, #6
"""
    )


def test_an_ascii_locale_breaks_nothing(fleet: Path) -> None:
    state = json.loads((fleet / STATUS).read_text())
    state["agents"]["rag-agent"]["title"] = "日本語 \x1b[31m ::error::x"
    (fleet / STATUS).write_text(json.dumps(state))
    for command in (["status"], ["run", "--format", "markdown"]):
        ran = mergebot(*command, "--local", cwd=fleet, env={"PYTHONIOENCODING": "ascii", "COLUMNS": "120"})

        assert (ran.code, ran.err) == (0, "")
        assert ran.out.isascii()
        assert "\x1b" not in ran.out
