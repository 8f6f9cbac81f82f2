"""The Action on a runner, against GitHub: it merges what is ready, says what it did, and keeps its secrets."""

import json
from pathlib import Path

import pytest

from mergebot.model.ids import PrNumber, Sha
from mergebot.model.plan import KeepTip
from tests.action.documents import OWN
from tests.action.runner import Ran, Runner, job_of
from tests.scenarios.github_world import NAME, GithubWorld
from tests.scenarios.world import marked


@pytest.fixture
def runner(github: GithubWorld, tmp_path: Path) -> Runner:
    """A job on the repository, as the workflow gives it its environment."""
    hosts = {"GITHUB_API_URL": github.hub.api, "GITHUB_SERVER_URL": github.hub.url, "GITHUB_REPOSITORY": NAME}
    run = {
        "GITHUB_RUN_ID": "77",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_WORKFLOW": "mergebot",
        "GITHUB_TOKEN": github.token,
    }
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"action": "labeled", "pull_request": {"number": 1}}))
    woken = {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_EVENT_PATH": str(event)}
    return Runner.create(tmp_path / "runner", {**hosts, **run, **woken}).is_ready()


def ready(github: GithubWorld) -> None:
    """One pull request that is ready, and one that somebody has to look at."""
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.agent("b", {"b.txt": marked("b")}, labels=["merge"], score=7)
    github.answer()


def test_what_is_ready_is_merged_and_the_outputs_say_so(github: GithubWorld, runner: Runner) -> None:
    ready(github)

    ran = runner.use()

    assert ran.code == 0, ran.log
    assert github.landed() == ["a"]
    assert json.loads(ran.outputs["merged"]) == [github.pulls["a"]]
    assert json.loads(ran.outputs["blocked"]) == [github.pulls["b"]]
    plan = json.loads(ran.outputs["plan"])
    assert (plan["schema"], plan["repository"]) == (1, NAME)
    assert github.token not in ran.log + ran.summary
    assert "::error" not in ran.log


def test_plan_shows_and_writes_nothing(github: GithubWorld, runner: Runner) -> None:
    ready(github)
    before = len(github.hub.writes())

    ran = runner.use(command="plan")

    assert (ran.code, github.landed(), github.hub.writes()[before:]) == (0, [], [])
    assert json.loads(ran.outputs["plan"])["order"] == [github.pulls["a"]]


def test_doctor_tells_what_is_wrong_and_gives_outputs_that_can_be_read(github: GithubWorld, runner: Runner) -> None:
    """A later step may read them with `fromJSON`, which takes no empty text."""
    ready(github)
    before = len(github.hub.writes())

    ran = runner.use(command="doctor")

    assert (ran.code, github.hub.writes()[before:]) == (1, [])
    assert {name: json.loads(value) for name, value in ran.outputs.items()} == {"merged": [], "blocked": [], "plan": {}}
    assert ran.summary.startswith("## Doctor: fleet/product\n")
    assert "::warning title=mergebot" in ran.log


def test_debug_logging_says_more_and_shows_no_token(github: GithubWorld, runner: Runner) -> None:
    """Platform: a job that is run again with debug logging has RUNNER_DEBUG."""
    ready(github)
    quiet = runner.use(command="plan")
    runner.environ["RUNNER_DEBUG"] = "1"
    ran = runner.use(command="plan")
    assert ran.code == 0, ran.log
    assert "graphql" in ran.log
    assert "graphql" not in quiet.log
    assert github.token not in ran.log


def test_a_config_of_the_checkout_can_be_tried(github: GithubWorld, runner: Runner) -> None:
    ready(github)
    (runner.workspace / "a b.yml").write_text("auto_merge: {conditions: {review_score: 7}}\n")
    ran = runner.use(command="plan", config="a b.yml")
    assert json.loads(ran.outputs["plan"])["order"] == [github.pulls["a"], github.pulls["b"]]


def test_another_pass_at_work_is_no_failure(github: GithubWorld, runner: Runner) -> None:
    """Exit code 3: nothing is lost, so the job is not red (contract 5)."""
    ready(github)
    forge = github.forge()
    with forge.writer.lock():
        forge.writer.keep_tip(KeepTip(pr=PrNumber(99), tip=Sha(github.tip()), reason="the first write takes the lock"))
        ran = runner.use()
    assert (ran.code, github.landed()) == (0, [])
    assert "::notice title=mergebot::another pass" in ran.log


def test_what_could_not_be_done_makes_the_job_red(runner: Runner) -> None:
    """Exit codes 1 and 2 (contract 5)."""
    ran = runner.use(token="ghs_wrong")  # noqa: S106 (it is none)
    assert ran.code == 2
    assert "ghs_wrong" not in ran.log


@pytest.mark.parametrize("command", ["", "demo", "run; touch here", "$(touch here)", "run\ntouch here", "--help"])
def test_no_other_command_is_run(runner: Runner, command: str) -> None:
    ran = runner.use(command=command)
    assert ran.code == 2
    assert "::error title=mergebot::" in ran.log
    assert list(runner.workspace.iterdir()) == []


@pytest.mark.parametrize("config", ["$(touch here)", "`touch here`", "x; touch here", "--local", "' || touch here '"])
def test_no_input_is_read_by_the_shell(runner: Runner, config: str) -> None:
    ran = runner.use(command="plan", config=config)
    assert ran.code == 2, ran.log
    assert config in ran.log
    assert list(runner.workspace.iterdir()) == []


def test_nothing_in_the_current_folder_is_run(github: GithubWorld, runner: Runner) -> None:
    """It may hold a checkout of anything; so may the folder of the user's own packages."""
    ready(github)
    trap = "import pathlib, sys; pathlib.Path('/dev/stderr').open('w').write('TRAPPED'); sys.exit(9)\n"
    for name in ("mergebot", "pip", "click", "json", "sitecustomize", "usercustomize"):
        (runner.workspace / f"{name}.py").write_text(trap)
    ran = runner.use(command="plan")
    assert ran.code == 0, ran.log
    assert "TRAPPED" not in ran.log


LINE_ENDS = {
    "as it is": "\n",
    "one line": "\\n",
    "windows": "\r\n",
    "one line of windows": "\\r\\n",
    "old": "\r",
    "blank lines": "\n\n",
    "spaces at the ends": "  \n ",
}


@pytest.mark.parametrize("form", LINE_ENDS)
def test_an_app_acts_and_no_line_of_its_key_is_readable(
    github: GithubWorld, runner: Runner, keys: tuple[str, str], form: str
) -> None:
    """Platform: a log is masked line by line, so that a key of many lines is masked by nothing but each of them."""
    ready(github)
    app = github.hub.app("queue-app", public_key=keys[1])
    key = LINE_ENDS[form].join(keys[0].splitlines())

    ran = runner.use(app_id=str(app.id), app_private_key=key, token="")

    assert (ran.code, github.landed()) == (0, ["a"]), ran.log
    pull = github.repo.pull(github.pulls["a"])
    assert pull.merged_by == "queue-app[bot]"
    assert [line for line in keys[0].splitlines() if len(line) >= 8 and line not in runner.masks] == []
    assert [line for line in keys[0].splitlines() if len(line) >= 8 and line in ran.log] == []


@pytest.mark.parametrize(
    ("name", "file", "landed"),
    [("mergebot", "x.yml", ["a"]), ("the queue", "mergebot.yml", ["a"]), ("the queue", "queue.yml", [])],
)
def test_its_own_runs_on_the_head_hold_nothing_up(
    github: GithubWorld, runner: Runner, name: str, file: str, landed: list[str]
) -> None:
    """Platform: a review's run is a check on the head. The name is the caller's where the workflow is called."""
    github.repo.workflow(name, file, lambda _files: {"wake": False}, events=("pull_request",))
    ready(github)
    for suite in github.repo.data.suites:
        if suite.run and "wake" in suite.results:
            suite.run.event = "pull_request_review"
    ran = runner.use()
    assert (ran.code, github.landed()) == (0, landed), ran.log


@pytest.mark.parametrize("ref", [f"{NAME}/.github/workflows/queue.yml@refs/heads/main", ""])
def test_a_red_test_counts_though_its_workflow_has_the_name_of_mergebots(
    github: GithubWorld, runner: Runner, ref: str
) -> None:
    """Names need not be unique, and one file may do both (or nobody says which file it is)."""
    github.repo.workflow("mergebot", "unit.yml", lambda _files: {"unit": False}, events=("pull_request",))
    runner.environ["GITHUB_WORKFLOW_REF"] = ref
    ready(github)
    ran = runner.use()
    assert (ran.code, github.landed()) == (0, []), ran.log
    assert github.pulls["a"] in json.loads(ran.outputs["blocked"])


class TestWakingItUp:
    """A review starts the workflow on the default branch, and does nothing else."""

    def wake(self, github: GithubWorld, runner: Runner, *, token: str, file: str = "mergebot.yml") -> Ran:
        event = {"repository": {"default_branch": github.base}}
        runner.environ["GITHUB_WORKFLOW_REF"] = f"{NAME}/.github/workflows/{file}@refs/pull/1/merge"
        return runner.run(job_of(OWN, "wake"), {"github": {"token": token, "event": event}})

    @pytest.mark.parametrize("file", ["mergebot.yml", "the-queue.yaml"])
    def test_it_starts_the_workflow_that_it_is_in(self, github: GithubWorld, runner: Runner, file: str) -> None:
        """Where the workflow is called, that is the caller's."""
        github.repo.workflow("mergebot", file, events=("workflow_dispatch",))
        ran = self.wake(
            github, runner, token=github.hub.token("x", kind="actions", rights={"actions": "write"}), file=file
        )
        assert (ran.code, ran.log) == (0, "")
        [suite] = [suite for suite in github.repo.data.suites_of(github.tip()) if suite.run]
        assert suite.run is not None
        assert suite.run.event == "workflow_dispatch"

    def test_where_it_may_not_it_is_not_red(self, github: GithubWorld, runner: Runner) -> None:
        """A red job would be a failed check on the head."""
        github.repo.workflow("mergebot", "mergebot.yml", events=("workflow_dispatch",))
        token = github.hub.token("x", kind="actions", rights={})
        ran = self.wake(github, runner, token=token)
        assert ran.code == 0
        assert "::notice::mergebot was not woken up" in ran.log
        assert token not in ran.raw
