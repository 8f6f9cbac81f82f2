"""The command line in a job of Actions, in local mode: what it leaves there, and that it never fails because of it."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mergebot.demo.sample import Sample
from mergebot.report.safe import WORD_JOINER
from tests.cli_process import Ran, mergebot


@dataclass
class Job:
    """A step of a job: the files that a runner gives it."""

    folder: Path
    where: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        for name in ("output", "summary"):
            (self.folder / name).touch()
        self.environ |= {
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
        }

    def run(self, *args: str, **environ: str) -> Ran:
        return mergebot(*args, cwd=self.where, env=self.environ | environ)

    @property
    def summary(self) -> str:
        return (self.folder / "summary").read_text(encoding="utf-8")

    def outputs(self) -> dict[str, Any]:
        """As a runner reads them: `NAME<<DELIMITER`, lines, the delimiter; the last one of a name counts."""
        text = (self.folder / "output").read_text(encoding="utf-8")
        read = re.compile(r"(\w+)<<(\S{20,})\n(.*?)\n\2\n", re.DOTALL)
        assert read.sub("", text) == ""
        found: dict[str, Any] = {name: json.loads(value) for name, _, value in read.findall(text)}
        return found


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    folder = tmp_path / "fleet"
    folder.mkdir()
    Sample(folder).build()
    return folder


@pytest.fixture
def job(tmp_path: Path, fleet: Path) -> Job:
    return Job(tmp_path / "job", fleet)


def commands(ran: Ran) -> list[str]:
    """The lines that a runner takes for commands, of either stream."""
    return [line for line in (*ran.out.splitlines(), *ran.err.splitlines()) if line.lstrip().startswith("::")]


def test_a_pass_leaves_summary_outputs_and_a_notice(job: Job) -> None:
    ran = job.run("run", "--local")
    outputs = job.outputs()
    assert ran.code == 0, ran.err
    assert outputs["merged"]
    assert outputs["plan"]["steps"][0] | {"reason": ""} == {
        "action": "merge", "pr": outputs["merged"][0], "reason": "", "result": "done"
    }  # fmt: skip
    assert job.summary.startswith("## Merge queue: fleet, main at ")
    assert f"**Merged {', '.join(f'#{number}' for number in outputs['merged'])}" in job.summary
    assert commands(ran) == [f"::notice title=mergebot::merged {', '.join(f'#{n}' for n in outputs['merged'])}"]


def test_json_on_stdout_stays_json(job: Job) -> None:
    """Annotations go to stderr; a runner reads both streams."""
    ran = job.run("run", "--local", "--format", "json")
    assert json.loads(ran.out) == job.outputs()["plan"]
    assert commands(ran)


def test_a_dry_run_tells_the_plan_and_merges_nothing(job: Job) -> None:
    ran = job.run("plan", "--local", "--format", "json")
    assert job.outputs() == {"merged": [], "blocked": job.outputs()["blocked"], "plan": json.loads(ran.out)}
    assert "### What `run` would do now" in job.summary
    assert "```mermaid" in job.summary


def test_outside_of_a_job_nothing_is_left(job: Job) -> None:
    """A laptop may have these variables from anywhere; only the runner sets this one."""
    ran = job.run("run", "--local", GITHUB_ACTIONS="")
    assert (ran.code, commands(ran), job.summary, job.outputs()) == (0, [], "", {})


def test_a_wrong_input_is_annotated_on_its_line(job: Job) -> None:
    (job.where / "config").mkdir(exist_ok=True)
    (job.where / "config/mergebot.yml").write_text("version: 1\nqueue:\n  strategy: fastest\n")
    ran = job.run("run", "--local")
    assert ran.code == 2
    assert [line for line in commands(ran) if "file=config/mergebot.yml,line=3,col=13::" in line]
    assert "config/mergebot.yml:3:13" in job.summary
    assert job.outputs()["merged"] == []


def test_where_no_pass_is_possible_the_outputs_are_empty_lists(job: Job, tmp_path: Path) -> None:
    """Exit 2: no repository there."""
    ran = job.run("run", "--local", str(tmp_path / "nowhere"))
    assert ran.code == 2
    assert job.outputs() == {"merged": [], "blocked": [], "plan": {}}
    assert job.summary.startswith("## Merge queue: nothing was done\n\n**Error:** ")
    assert "Hint: " in job.summary
    [error] = commands(ran)
    assert error.startswith("::error title=mergebot::")
    assert re.search(r"(?m)^error: ", ran.err), "the log has it as well"


def test_options_that_do_not_go_together_are_told_too(job: Job) -> None:
    ran = job.run("run", "--local", "--repo", "o/r")
    assert ran.code == 2
    assert "two different places" in job.summary
    assert job.outputs()["merged"] == []


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
@pytest.mark.parametrize("path", ["", "/nowhere/at/all", "/"])
def test_a_file_that_cannot_be_written_fails_no_pass(job: Job, name: str, path: str) -> None:
    """What the pass did has been done."""
    ran = job.run("run", "--local", **{name: path})
    assert ran.code == 0
    assert (f"{name} cannot be written" in ran.err) == bool(path)


def test_what_stands_there_already_is_kept(job: Job) -> None:
    for name in ("output", "summary"):
        (job.folder / name).write_text("earlier<<abcdefghijklmnopqrstuvwxyz\n1\nabcdefghijklmnopqrstuvwxyz\n")
    job.run("plan", "--local")
    assert job.summary.startswith("earlier<<")
    assert job.outputs()["earlier"] == 1


def test_a_summary_that_has_no_room_is_left_as_it_is(job: Job) -> None:
    """Platform: of more than 1 MiB nothing at all is shown, not even what stood there."""
    (job.folder / "summary").write_text("x" * 1024 * 1024)
    ran = job.run("plan", "--local")
    assert (ran.code, len(job.summary)) == (0, 1024 * 1024)
    assert "no room" in ran.err


def test_who_woke_it_stands_in_log_and_summary(job: Job) -> None:
    event = job.folder / "event.json"
    hostile = {"action": "labeled\n::error::no", "pull_request": {"number": 12}, "sender": {"login": "<b>eve"}}
    event.write_text(json.dumps(hostile))
    ran = job.run("run", "--local", GITHUB_EVENT_NAME="pull_request_target", GITHUB_EVENT_PATH=str(event))
    assert "Woken by pull_request_target: labeled ::error::no #12 by <b>eve\n" in ran.err
    shown = job.summary.replace(WORD_JOINER, "")
    assert "Woken by pull\\_request\\_target: labeled ::error::no #12 by \\<b\\>eve" in shown
    assert all("::error" not in line for line in commands(ran))


def test_what_doctor_finds_is_told_in_the_job(job: Job) -> None:
    """Faults are annotations, all of it is the summary, and there is no pass whose outputs could be given."""
    (job.where / ".agent-coordination" / "status.json").unlink(missing_ok=True)
    ran = job.run("doctor", "--local", ".")
    assert ran.code == 1
    assert re.findall(r"^::warning title=mergebot.*::.*local\.no_status: .*$", ran.err, re.MULTILINE)
    assert job.summary.startswith("## Doctor: fleet\n")
    assert "- **local.no_status** there is no status.json" in job.summary
    assert job.outputs() == {"merged": [], "blocked": [], "plan": {}}
