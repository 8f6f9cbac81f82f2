"""`mergebot log` as users start it, on a plain git repository: exit codes, streams, formats (contract 5 and 7)."""

import json
from pathlib import Path

import pytest

from mergebot.demo.sample import Sample
from mergebot.model.journal import REF
from tests.cli_process import mergebot
from tests.sandbox import Sandbox


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample repository after its first pass."""
    folder = tmp_path_factory.mktemp("log") / "fleet"
    folder.mkdir()
    Sample(folder).build()
    assert mergebot("run", "--local", cwd=folder).code == 0
    return folder


def test_before_the_first_pass_there_is_none(tmp_path: Path) -> None:
    Sandbox.create(tmp_path / "repo")
    text = mergebot("log", "--local", "repo", cwd=tmp_path)
    found = json.loads(mergebot("log", "--local", "repo", "--format", "json", cwd=tmp_path).out)
    assert (text.code, text.err) == (0, "")
    assert text.out.startswith("repo: what mergebot did\n  There is no journal yet")
    assert (found["tip"], found["entries"], found["faults"]) == (None, [], [])


def test_it_shows_what_was_done_and_changes_nothing(fleet: Path) -> None:
    before = Sandbox(fleet).refs()
    ran = mergebot("log", "--local", cwd=fleet)
    assert (ran.code, ran.err) == (0, "")
    merges = [line.split()[2:5] for line in ran.out.splitlines() if " merge " in line]
    assert merges == [["merge", number, "done"] for number in ("#2", "#1", "#5")]
    assert all(len(line) <= 80 for line in ran.out.splitlines())
    assert Sandbox(fleet).refs() == before


def test_it_says_why_a_pull_request_was_merged(fleet: Path) -> None:
    box = Sandbox(fleet)
    landed = box.git("log", "--format=%H", "--fixed-strings", "--grep=(#2)", "main").splitlines()[0]
    ran = mergebot("log", "--pr", "2", "--local", cwd=fleet)
    assert (ran.code, ran.err) == (0, "")
    assert f"  landed  {landed}\n" in ran.out
    for criterion in ("tests_passing", "review_score", "merge_conflicts", "dependencies_merged", "approvals"):
        assert f"  {criterion:19}  pass  " in ran.out


def test_as_an_object_it_has_every_line_as_it_stands(fleet: Path) -> None:
    box = Sandbox(fleet)
    lines = [json.loads(line) for line in box.git("cat-file", "blob", f"{REF}:journal.jsonl").splitlines()]
    found = json.loads(mergebot("log", "--local", "--format", "json", "--limit", "1000", cwd=fleet).out)
    assert (found["entries"], found["older"], found["unfinished"]) == (lines, 0, [])
    assert found["tip"] == box.refs()[REF]
    some = json.loads(mergebot("log", "--local", "--format", "json", "--limit", "2", "--pr", "2", cwd=fleet).out)
    of_two = [line for line in lines if line["pr"] == 2]
    assert (some["entries"], some["older"], some["pr"]) == (of_two[-2:], len(of_two) - 2, 2)


def test_a_merge_whose_outcome_is_missing_is_told_with_what_base_says(fleet: Path, tmp_path: Path) -> None:
    """As after a pass that was killed right after the merge."""
    copy = tmp_path / "fleet"
    Sandbox(tmp_path).git("clone", "--quiet", "--mirror", str(fleet), str(copy))
    box = Sandbox(copy)
    text = box.git("cat-file", "blob", f"{REF}:journal.jsonl").splitlines()[0]
    blob = box.git("hash-object", "-w", "--stdin", stdin=f"{text}\n".encode())
    tree = box.git("mktree", stdin=f"100644 blob {blob}\tjournal.jsonl\n".encode())
    box.git("update-ref", REF, box.git("commit-tree", "-m", "cut short", tree))
    landed = box.git("log", "--format=%H", "--fixed-strings", "--grep=(#2)", "main").splitlines()[0]
    ran = mergebot("log", "--local", str(copy), cwd=tmp_path, env={"COLUMNS": "200"})
    assert f"begun; the outcome was not recorded; main has {landed:.10} since" in ran.out
    found = json.loads(mergebot("log", "--local", str(copy), "--format", "json", cwd=tmp_path).out)
    [open_one] = found["unfinished"]
    assert (open_one["pr"], open_one["on_base"], open_one["is_known"]) == (2, landed, True)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--limit", "0"], "--limit"),
        (["--pr", "x"], "--pr"),
        (["--pr", "0"], "--pr"),
        (["--format", "markdown"], "--format"),
        (["--config", "x.yml"], "--config has no use here"),
    ],
)
def test_what_makes_no_sense_is_bad_input(fleet: Path, args: list[str], said: str) -> None:
    ran = mergebot("log", "--local", *args, cwd=fleet)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_no_repository_is_no_access(tmp_path: Path) -> None:
    ran = mergebot("log", "--local", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
