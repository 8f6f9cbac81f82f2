"""What wakes mergebot up, with which rights, and what none of its workflows may ever do (contract 4, 5)."""

import re
from typing import Any

import pytest

from mergebot.forge.github.own import OWN_FILE, Own
from mergebot.forge.github.session import CONTEXT
from tests.action.documents import ACTION, FOLDER, OWN, TEMPLATE, WORKFLOWS, Document
from tests.action.expressions import fill
from tests.action.rendered import ROOT

QUEUES = [OWN, TEMPLATE]
PULL_REQUEST = "opened edited synchronize reopened closed labeled unlabeled ready_for_review converted_to_draft"
TRIGGERS = {
    "pull_request_target": {"types": PULL_REQUEST.split()},
    "pull_request_review": {"types": ["submitted", "edited", "dismissed"]},
    "check_suite": {"types": ["completed"]},
    "status": None,
    "issue_comment": {"types": ["created"]},
}
RIGHTS = {
    "contents": "write",
    "pull-requests": "write",
    "issues": "write",
    "statuses": "write",
    "checks": "read",
    "actions": "write",
}
queues = pytest.mark.parametrize("queue", QUEUES, ids=str)
workflows = pytest.mark.parametrize("workflow", WORKFLOWS, ids=str)
everything = pytest.mark.parametrize("any_file", [ACTION, *WORKFLOWS], ids=str)


class TestWhatWakesItUp:
    @queues
    def test_every_event_that_can_change_a_verdict_is_listened_to(self, queue: Document) -> None:
        """Platform: types that are not listed do not wake it, and the types by default are fewer."""
        found = {name: queue.content["on"].get(name, "missing") for name in TRIGGERS}
        assert found == TRIGGERS

    @queues
    def test_what_an_event_misses_the_schedule_finds_at_odd_minutes(self, queue: Document) -> None:
        """Platform: at the full hour schedules are late or dropped."""
        [schedule] = queue.content["on"]["schedule"]
        minutes, *rest = schedule["cron"].split(" ")
        assert rest == ["*"] * 4
        found = [int(minute) for minute in minutes.split(",")]
        assert len(found) == 4
        assert all(minute % 5 for minute in found)

    @queues
    def test_a_person_can_start_it_and_say_what_to_do(self, queue: Document) -> None:
        command = queue.content["on"]["workflow_dispatch"]["inputs"]["command"]
        assert (command["options"], command["default"]) == (["run", "plan", "doctor"], "run")

    def test_the_names_of_the_workflows_that_test_are_those_that_there_are(self) -> None:
        """Platform: `workflow_run` needs exact names."""
        names = {workflow.content["name"] for workflow in WORKFLOWS if "pull_request" in workflow.content["on"]}
        assert set(OWN.content["on"]["workflow_run"]["workflows"]) == names
        assert OWN.content["on"]["workflow_run"]["types"] == ["completed"]
        assert TEMPLATE.content["on"]["workflow_run"] == {"workflows": ["CI", "Lint & docs"], "types": ["completed"]}

    def test_what_users_get_wakes_up_and_may_do_the_same_as_our_own(self) -> None:
        ours, theirs = ({**queue.content["on"]} for queue in QUEUES)
        for triggers in (ours, theirs):
            del triggers["workflow_run"], triggers["schedule"]
        del ours["workflow_call"]
        assert theirs == ours
        for name, job in OWN.jobs.items():
            same = {key: value for key, value in job.items() if key not in ("steps", "outputs", "runs-on")}
            assert {key: value for key, value in TEMPLATE.jobs[name].items() if key not in ("steps", "runs-on")} == same
        assert TEMPLATE.jobs["wake"]["steps"] == OWN.jobs["wake"]["steps"]


class TestOneAtATime:
    @queues
    def test_passes_wait_for_each_other_and_none_is_cut_off(self, queue: Document) -> None:
        """Platform: `cancel-in-progress: true` can end it between a merge and a retarget."""
        concurrency = queue.jobs["queue"]["concurrency"]
        assert concurrency["cancel-in-progress"] is False
        assert {self.group(concurrency["group"], command) for command in (None, "", "run")} == {"mergebot-o/r-run"}

    @queues
    def test_what_only_looks_takes_no_place_of_a_pass_that_waits(self, queue: Document) -> None:
        """Platform: a group has one place to wait, and who comes later takes it."""
        group = queue.jobs["queue"]["concurrency"]["group"]
        assert {self.group(group, command) for command in ("plan", "doctor")} == {
            "mergebot-o/r-plan",
            "mergebot-o/r-doctor",
        }

    def group(self, name: str, command: str | None) -> str:
        return fill(name, {"github": {"repository": "o/r"}, "inputs": {"command": command}})

    @queues
    def test_waking_it_up_waits_for_nobody(self, queue: Document) -> None:
        """In the same group it would push out a pass that waits, and wait for the one that runs."""
        assert "concurrency" not in queue.content
        assert "concurrency" not in queue.jobs["wake"]
        assert "needs" not in queue.jobs["wake"]


class TestRights:
    @workflows
    def test_nothing_is_allowed_but_what_a_job_says(self, workflow: Document) -> None:
        assert workflow.content["permissions"] == {}
        for job in workflow.jobs.values():
            assert isinstance(job["permissions"], dict)

    @queues
    def test_the_queue_has_what_it_needs_and_nothing_more(self, queue: Document) -> None:
        assert queue.jobs["queue"]["permissions"] == RIGHTS
        assert queue.jobs["wake"]["permissions"] == {"actions": "write"}

    @workflows
    def test_each_right_says_why(self, workflow: Document) -> None:
        rights = [right for job in workflow.jobs.values() for right in job["permissions"]]
        explained = re.findall(r"^      ([a-z-]+): (?:read|write) # \w", workflow.text, re.MULTILINE)
        assert sorted(explained) == sorted(rights)

    @workflows
    def test_every_job_ends(self, workflow: Document) -> None:
        """Platform: without a limit a job may take six hours, and the whole queue waits."""
        for job in workflow.jobs.values():
            assert job["timeout-minutes"] <= 30


class TestNothingOfAPullRequestIsRun:
    @queues
    def test_no_step_gets_a_commit_of_a_pull_request(self, queue: Document) -> None:
        """Platform: `pull_request_target` and `workflow_run` have every right and secret."""
        for step in queue.steps():
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["repository"] == "${{ inputs.action-repository || job.workflow_repository }}"
                assert step["with"]["ref"] == "${{ inputs.action-ref || job.workflow_sha }}"
        assert "head_ref" not in queue.text
        assert "head.ref" not in queue.text
        assert "head.sha" not in queue.text

    @queues
    def test_a_review_runs_nothing_but_one_request(self, queue: Document) -> None:
        """Platform: that event runs the pull request's own copy of the file; only this job is for it."""
        [step] = queue.jobs["wake"]["steps"]
        assert "uses" not in step
        assert set(step["env"]) == {"TOKEN", "BRANCH"}
        assert "secrets" not in str(queue.jobs["wake"])

    @workflows
    def test_no_token_stays_on_the_disk(self, workflow: Document) -> None:
        for step in workflow.steps():
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False

    @everything
    def test_no_script_has_an_expression_in_it(self, any_file: Document) -> None:
        """Platform: it is filled in before the shell reads it, so that a title could be a command."""
        for step in any_file.steps():
            assert "${{" not in step.get("run", "")

    @everything
    def test_no_later_step_is_told_what_to_run(self, any_file: Document) -> None:
        assert "GITHUB_ENV" not in any_file.text
        assert "GITHUB_PATH" not in any_file.text

    @everything
    def test_nothing_is_kept_where_a_pull_request_can_write(self, any_file: Document) -> None:
        """Platform: a cache of the default branch can be filled by what runs there."""
        assert "cache" not in str([step.get("uses", "") + str(step.get("with", "")) for step in any_file.steps()])

    @everything
    def test_every_foreign_action_is_a_commit_with_its_version(self, any_file: Document) -> None:
        for line in re.findall(r"^ *(?:- )?uses: (.*)", any_file.text, re.MULTILINE):
            assert re.fullmatch(r"\./.*|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)


class TestItsOwnRunsAreNoChecks:
    """A bot that waits for all checks must not wait for itself (platform: reviews put a run on the head)."""

    @queues
    def test_they_are_known_by_the_name_of_the_workflow_whoever_calls_it(self, queue: Document) -> None:
        """Platform: `GITHUB_WORKFLOW` is the caller's name, and so is what stands on the head."""
        for name in (queue.content["name"], "the caller's own name"):
            own = Own.of({"GITHUB_RUN_ID": "7", "GITHUB_WORKFLOW": name})
            workflow = {"name": name, "resourcePath": "/o/r/actions/workflows/queue.yml"}
            for event in queue.content["on"]:
                assert own.is_own({"databaseId": 8, "event": event, "workflow": workflow})

    def test_they_are_known_by_the_file_too(self) -> None:
        """On a laptop nobody says which workflow is mergebot's."""
        assert (FOLDER / OWN_FILE).is_file()
        run = {"databaseId": 8, "workflow": {"name": "renamed", "resourcePath": f"/o/r/actions/workflows/{OWN_FILE}"}}
        assert Own.of({}).is_own(run)

    @queues
    def test_no_job_has_the_name_of_the_status(self, queue: Document) -> None:
        """A job that is skipped counts as passed where its name is a required check."""
        assert CONTEXT not in {job["name"].casefold() for job in queue.jobs.values()}


def test_a_called_workflow_refuses_to_guess_where_it_comes_from() -> None:
    """On GitHub Enterprise Server the checkout would take the caller's repository, and run what is there."""
    first, checkout, action, *rest = OWN.jobs["queue"]["steps"]
    assert rest == []
    assert "exit 2" in first["run"]
    asked: dict[str, Any] = first["env"]
    assert {"repository": asked["REPOSITORY"], "ref": asked["REF"]}.items() <= checkout["with"].items()
    assert action["uses"] == f"./{checkout['with']['path']}"


def test_a_called_workflow_gives_what_the_action_gives() -> None:
    call, outputs = OWN.content["on"]["workflow_call"], ACTION.content["outputs"]
    assert set(call["outputs"]) == set(OWN.jobs["queue"]["outputs"]) == set(outputs)
    for name in outputs:
        assert call["outputs"][name]["value"] == f"${{{{ jobs.queue.outputs.{name} }}}}"
        assert OWN.jobs["queue"]["outputs"][name] == f"${{{{ steps.mergebot.outputs.{name} }}}}"
    assert all(not secret["required"] for secret in call["secrets"].values())


def test_the_action_names_no_other_action() -> None:
    """Platform: a runner gets them before it looks at any `if`, and a server of one's own may not have them."""
    assert [step for step in ACTION.steps() if "uses" in step] == []
    assert "github.com" not in (ROOT / "action.yml").read_text(encoding="utf-8")
