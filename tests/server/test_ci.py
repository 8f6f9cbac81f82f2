"""CI: a function of the merged tree that answers after ticks; and workflows started by hand."""

import pytest

from tests.server.asking import Asker
from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.state import PullRequest


@pytest.fixture
def pull(repo: Repo) -> PullRequest:
    """A PR, in a repository whose CI passes unless the tree holds the file `broken`."""
    repo.ci = lambda files: {"unit": "broken" not in files, "lint": True}
    repo.push("feature", {"a.txt": "1\n"}, by="alice")
    return repo.open_pull("feature", author="alice")


def runs(repo: Repo, sha: str) -> list[tuple[str, str, str | None]]:
    return [(run.name, run.status, run.conclusion) for suite in repo.data.suites_of(sha) for run in suite.runs]


def test_a_run_is_queued_then_under_way_then_done(repo: Repo, pull: PullRequest) -> None:
    seen = []
    for _ in range(3):
        seen.append(runs(repo, pull.head_sha)[0])
        repo.tick()

    assert seen == [("unit", "queued", None), ("unit", "in_progress", None), ("unit", "completed", "success")]


def test_ci_sees_the_merge_with_base(repo: Repo) -> None:
    """Platform: `pull_request` workflows run on the test merge."""
    repo.ci = lambda files: {"unit": "broken" not in files}
    repo.push("main", {"broken": "x\n"})
    repo.push("feature", {"a.txt": "1\n"}, start="main~1")
    pull = repo.open_pull("feature")
    repo.finish_ci()

    assert runs(repo, pull.head_sha) == [("unit", "completed", "failure")]


def test_a_conclusion_can_be_named(repo: Repo) -> None:
    repo.ci = lambda _files: {"unit": "timed_out", "docs": "skipped"}
    repo.push("feature", {"a.txt": "1\n"})
    pull = repo.open_pull("feature")
    repo.finish_ci()

    assert [run[2] for run in runs(repo, pull.head_sha)] == ["timed_out", "skipped"]
    assert repo.data.suites_of(pull.head_sha)[0].conclusion == "timed_out"


def test_a_suite_may_stand_there_without_runs_at_first(repo: Repo) -> None:
    repo.settings.suites_first = True
    repo.push("feature", {"a.txt": "1\n"})
    pull = repo.open_pull("feature")
    [suite] = repo.data.suites_of(pull.head_sha)
    before = (suite.status, list(suite.runs))
    repo.tick()

    assert before == ("queued", [])
    assert runs(repo, pull.head_sha) == [("ci", "queued", None)]


def test_a_workflow_may_listen_to_some_bases_only(repo: Repo, pull: PullRequest) -> None:
    del pull
    repo.settings.ci_bases = ("main",)
    repo.push("child", {"c.txt": "1\n"}, start="feature")
    child = repo.open_pull("child", base="feature")

    assert runs(repo, child.head_sha) == []


def test_a_push_to_the_default_branch_starts_its_own_run(repo: Repo) -> None:
    sha = repo.push("main", {"a.txt": "1\n"})
    repo.finish_ci()

    [suite] = repo.data.suites_of(sha)
    assert (suite.run.event if suite.run else "", suite.conclusion) == ("push", "success")


class TestADispatchedRun:
    def test_is_in_the_check_runs_but_not_in_the_rollup(self, hub: GitHub, repo: Repo) -> None:
        """Platform: so a bot has to look for it."""
        actions = Asker(hub, hub.token("", kind="actions"))
        head = repo.push("feature", {"a.txt": "1\n"})

        said = actions("POST", "/repos/o/r/actions/workflows/ci.yml/dispatches", {"ref": "feature"})
        repo.finish_ci()

        [suite] = repo.data.suites_of(head)
        body = actions("GET", f"/repos/o/r/commits/{head}/check-runs?filter=latest").body
        assert (said.status, suite.run.event if suite.run else "", suite.in_rollup) == (204, "workflow_dispatch", False)
        assert [(run["name"], run["conclusion"]) for run in body["check_runs"]] == [("ci", "success")]
        assert body["total_count"] == 1

    def test_needs_a_workflow_with_that_trigger_and_a_branch(self, repo: Repo, app: Asker) -> None:
        def dispatch(file: str, ref: str) -> tuple[int, str]:
            said = app("POST", f"/repos/o/r/actions/workflows/{file}/dispatches", {"ref": ref})
            return said.status, said.words

        nothing, nowhere = dispatch("none.yml", "main"), dispatch("ci.yml", "nowhere")
        repo.data.workflows[0].events = ("pull_request",)

        assert nothing == (404, "Not Found")
        assert nowhere == (422, "No ref found for: nowhere")
        assert dispatch("ci.yml", "main") == (422, "Workflow does not have 'workflow_dispatch' trigger")


def test_only_the_newest_of_a_rerun_check_is_latest(repo: Repo, app: Asker, pull: PullRequest) -> None:
    repo.finish_ci()
    again = repo.rerun(pull.head_sha, "unit", "failure")

    path = f"/repos/o/r/commits/{pull.head_sha}/check-runs"
    latest, every = app("GET", f"{path}?filter=latest").body, app("GET", f"{path}?filter=all").body

    assert [run["id"] for run in latest["check_runs"] if run["name"] == "unit"] == [again.id]
    assert (latest["total_count"], every["total_count"]) == (2, 3)


class TestFailedJobsAreStartedAgain:
    def test_and_what_has_passed_stays(self, repo: Repo, app: Asker) -> None:
        """The run keeps its number; CI is asked anew."""
        moods = {"flaky": False, "good": True}
        repo.ci = lambda _files: dict(moods)
        repo.push("feature", {"a.txt": "1\n"})
        head = repo.open_pull("feature").head_sha
        repo.finish_ci()
        moods["flaky"] = True
        run = repo.data.suites[-1].run
        assert run is not None

        said = app("POST", f"/repos/o/r/actions/runs/{run.id}/rerun-failed-jobs")

        assert (said.status, run.attempt) == (201, 2)
        assert newest(app, head) == {"flaky": ("queued", None), "good": ("completed", "success")}
        repo.finish_ci()
        assert newest(app, head) == {"flaky": ("completed", "success"), "good": ("completed", "success")}
        assert repo.data.suites[-1].conclusion == "success"

    def test_but_not_while_the_run_goes_on_nor_where_none_failed(
        self, repo: Repo, app: Asker, pull: PullRequest
    ) -> None:
        """Platform: 403, in these words."""
        del pull
        run = repo.data.suites[-1].run
        assert run is not None
        path = f"/repos/o/r/actions/runs/{run.id}/rerun-failed-jobs"

        running = app("POST", path)
        repo.finish_ci()
        green = app("POST", path)

        assert (running.status, running.words) == (403, "This workflow is already running")
        assert (green.status, green.words) == (403, "This workflow run cannot be retried")
        assert app("POST", "/repos/o/r/actions/runs/1/rerun-failed-jobs").status == 404


def newest(app: Asker, head: str) -> dict[str, tuple[str, str | None]]:
    """Status and conclusion of each check, the newest of its name."""
    runs = app("GET", f"/repos/o/r/commits/{head}/check-runs?filter=latest").body["check_runs"]
    return {run["name"]: (run["status"], run["conclusion"]) for run in runs}


def test_another_app_reports_in_a_suite_of_its_own(repo: Repo, app: Asker, pull: PullRequest) -> None:
    repo.check(pull.head_sha, "unit", "neutral", app="codecov")

    found = app("GET", f"/repos/o/r/commits/{pull.head_sha}/check-runs?check_name=unit").body["check_runs"]
    assert [(run["app"]["slug"], run["conclusion"]) for run in found] == [
        ("codecov", "neutral"),
        ("github-actions", None),
    ]


def test_workflows_may_say_different_things(repo: Repo) -> None:
    repo.workflow("Docs", "docs.yml", lambda _files: {"spelling": False}, events=("pull_request",))
    repo.push("feature", {"a.txt": "1\n"})
    pull = repo.open_pull("feature")
    repo.finish_ci()

    assert [(name, said) for name, _, said in runs(repo, pull.head_sha)] == [("ci", "success"), ("spelling", "failure")]


def test_a_fork_may_need_a_person_to_let_its_runs_start(repo: Repo) -> None:
    repo.settings.approve_forks = True
    fork = repo.fork("bob/r")
    fork.push("idea", {"i.txt": "1\n"}, by="bob")
    pull = repo.open_pull("idea", author="bob", fork="bob/r")

    assert [suite.conclusion for suite in repo.data.suites_of(pull.head_sha)] == ["action_required"]
