"""A pass in a job of Actions against GitHub: what it leaves in the job, and in `refs/mergebot/state` (contract 4.7)."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli_process import Ran, mergebot
from tests.scenarios.github_world import NAME, GithubWorld
from tests.scenarios.test_fleet import FLEET
from tests.scenarios.world import marked

ALICE = {"sender": {"login": "alice"}}
EVENTS: dict[str, dict[str, Any]] = {
    "pull_request_target": {"action": "labeled", "number": 1, "pull_request": {"number": 1}, **ALICE},
    "issue_comment": {"action": "created", "issue": {"number": 1}, "comment": {"body": "::error::no"}, **ALICE},
    "workflow_run": {"action": "completed", "workflow_run": {"name": "::warning::CI", "head_branch": "a\n::x::"}},
    "schedule": {"schedule": "*/15 * * * *"},
    "push": {"ref": "refs/heads/" + "x" * 5_000},
}


@dataclass
class Job:
    """One job after the other on this repository, each with files of its own."""

    world: GithubWorld
    folder: Path
    count: int = 0

    def run(self, *args: str, **environ: str) -> Ran:
        """Run the step, with nothing secret in what it leaves (I6)."""
        self.count += 1
        for name in ("summary", "output"):
            self.file(name).touch()
        actions = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(self.file("summary")),
            "GITHUB_OUTPUT": str(self.file("output")),
            "GITHUB_REPOSITORY": NAME,
        }
        ran = mergebot(*args, cwd=self.world.cache, env={**self.world.environ, **actions, **environ})
        assert self.world.token not in "".join([ran.out, ran.err, self.summary, self.file("output").read_text()])
        return ran

    def event(self, name: str, payload: object) -> dict[str, str]:
        file = self.folder / "event.json"
        file.write_text(json.dumps(payload))
        return {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(file)}

    def file(self, name: str) -> Path:
        return self.folder / f"{name}-{self.count}"

    @property
    def summary(self) -> str:
        return self.file("summary").read_text(encoding="utf-8")

    def output(self, name: str) -> Any:  # noqa: ANN401 (JSON)
        found = re.search(rf"(?m)^{name}<<(\S+)\n(.*)\n\1$", self.file("output").read_text())
        assert found is not None
        return json.loads(found[2])

    def kept(self, name: str) -> Any:  # noqa: ANN401 (JSON)
        """A file in the tree of `refs/mergebot/state`."""
        return json.loads(self.world.repo.box.git("cat-file", "blob", f"refs/mergebot/state:{name}"))


@pytest.fixture
def job(github: GithubWorld, tmp_path: Path) -> Job:
    return Job(github, tmp_path)


def commands(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.lstrip().startswith("::")]


def test_a_fleet_goes_through_its_jobs(job: Job) -> None:
    """Eight agents: each job's summary, outputs and state say what has been done, and the last one is quiet."""
    job.world.depend(FLEET)
    for agent in reversed(FLEET):
        job.world.agent(agent, {f"{agent}.txt": marked(agent)})
    assert job.run("run").code == 0
    assert job.output("merged") == []
    assert "```mermaid" in job.summary
    job.world.answer()

    assert job.run("run").code == 0
    landed = job.output("merged")
    assert landed
    page = f"{job.world.hub.url}/{NAME}/pull/{landed[0]}"
    assert f"**Merged [#{landed[0]}]({page})" in job.summary
    assert set(job.kept("status.json")["completed"]) == set(job.world.landed())

    for _ in range(6):
        job.world.answer()
        job.run("run")
    status = job.kept("status.json")
    assert (status["completed"], status["blocked"]) == (sorted(FLEET), [])
    assert {record["status"] for record in status["agents"].values()} == {"merged"}
    assert job.kept("merge-queue.json")["order"] == []
    writes = len(job.world.hub.writes())
    job.run("run")
    assert job.world.hub.writes()[writes:] == [], "I5"
    assert "Nothing was to be done." in job.summary


def test_the_state_says_who_is_next_and_who_waits_for_whom(job: Job) -> None:
    job.world.depend({"b": ["a"]})
    first = job.world.agent("a", {"a.txt": marked("a")}, score=7)
    second = job.world.agent("b", {"b.txt": marked("b")})
    job.world.answer()
    job.run("run")
    queue, status = job.kept("merge-queue.json"), job.kept("status.json")
    assert (queue["base"], status["blocked"]) == ({"branch": "main"}, ["a"])
    assert status["agents"]["a"] == {
        "status": "blocked",
        "branch": "feature/a",
        "pr": first,
        "pr_url": f"{job.world.hub.url}/{NAME}/pull/{first}",
        "tests_passing": True,
        "review_score": 7,
        "approvals": 1,
        "blocked_by": [],
    }
    assert (status["agents"]["b"]["status"], status["agents"]["b"]["blocked_by"]) == ("waiting", [f"#{first}"])
    assert (job.output("blocked"), job.output("plan")["entries"][1]["pr"]) == ([first], second)


@pytest.mark.parametrize("name", EVENTS)
def test_whatever_woke_it_is_one_line_and_no_command(job: Job, name: str) -> None:
    ran = job.run("run", **job.event(name, EVENTS[name]))
    assert (ran.code, commands(ran.err), commands(ran.out)) == (0, [], [])
    assert ran.err.startswith(f"Woken by {name}: ")
    assert f"Woken by {name}".replace("_", "\\_") in job.summary


def test_a_wrong_config_on_github_is_annotated_where_it_is_wrong(job: Job) -> None:
    job.world.configure("version: 1\nqueue:\n  strategy: fastest\n")
    ran = job.run("run", "--format", "json")
    [line] = commands(ran.err)
    assert ran.code == 2
    assert line.startswith("::error title=mergebot,file=.github/mergebot.yml,line=3,col=13::")
    assert job.output("plan") == json.loads(ran.out)


def test_a_hostile_title_stays_text_in_all_of_it(job: Job) -> None:
    number = job.world.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    job.world.repo.pull(number).title = '::error::x <script>alert(1)</script> "];click p1 | `x` %0A##[error]y'
    job.world.answer()
    ran = job.run("run")
    assert job.output("merged") == [number]
    assert commands(ran.err) == [f"::notice title=mergebot::merged #{number}"]
    assert commands(ran.out) == []
    assert not re.search(r"(?<!\\)<script", job.summary)
    assert "##[" not in job.summary + ran.out + ran.err + job.file("output").read_text()


def test_without_a_token_the_job_says_what_to_do(job: Job) -> None:
    """Exit 2: the outputs are there, and empty."""
    ran = job.run("run", GITHUB_TOKEN="", GH_TOKEN="", PATH="/usr/bin:/bin")
    assert (ran.code, job.output("merged"), job.output("plan")) == (2, [], {})
    assert "nothing was done" in job.summary
    assert "Hint: set GITHUB\\_TOKEN" in job.summary
    assert commands(ran.err)[0].startswith("::error title=mergebot::")
