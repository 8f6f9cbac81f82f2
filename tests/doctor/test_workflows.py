"""mergebot's own workflow, and CI's."""

from dataclasses import replace
from pathlib import Path

import pytest

from mergebot.doctor.triggers import lets_in
from mergebot.forge.github.survey_workflows import parse_workflow
from mergebot.model.finding import Level
from mergebot.model.ids import Branch
from mergebot.model.policy import Checks, Criteria
from mergebot.model.snapshot import CheckList, NativeStack, RequiredCheck, Unknown
from mergebot.model.survey import ActionsSettings
from mergebot.model.workflows import Trigger
from tests.doctor.worlds import BOT, CI, DAY, FINE, NOW, World, bot, ci, files, workflow

RIGHTS = BOT[BOT.index("    permissions:") : BOT.index("    steps:")]
ROOT = Path(__file__).parents[2]


class TestOurOwn:
    def test_what_mergebot_runs_on_itself_is_fine(self) -> None:
        """The workflow of this repository, as it stands."""
        own = workflow((ROOT / ".github/workflows/mergebot.yml").read_text(), ".github/workflows/mergebot.yml")
        tests = workflow(CI.replace("Tests", "ci"))
        found = FINE.surveyed(workflows=(tests, own)).found()
        assert own.is_bot
        assert set(found) == {"token.kind"}


class TestRights:
    def test_without_permissions_the_repositorys_default_decides(self) -> None:
        """Which only administrators see."""
        none = bot(RIGHTS, "").surveyed
        text = BOT.replace(RIGHTS, "").replace("permissions: {}\n", "")
        worlds = {
            default: none(workflows=files(bot=text), actions=ActionsSettings(default_rights=default)).level(
                "workflow.rights"
            )
            for default in ("read", "write")
        }
        assert worlds == {"read": Level.ERROR, "write": None}
        unread = none(workflows=files(bot=text), actions=Unknown(reason="403"))
        assert unread.level("workflow.rights") is Level.UNSEEN

    def test_what_stands_above_the_jobs_counts_for_those_that_name_none(self) -> None:
        """Here nothing: `permissions: {}`."""
        [said] = bot(RIGHTS, "").said("workflow.rights")
        assert said.startswith("the job's token lacks contents: write, pull-requests: write")

    def test_write_all_is_enough(self) -> None:
        assert bot(RIGHTS, "    permissions: write-all\n").said("workflow.rights") == []

    def test_with_a_token_of_its_own_it_is_only_good_to_know(self) -> None:
        """The job's token is used where no App is set."""
        own = '[{uses: "mergebot/mergebot@v1", with: {token: "${{ secrets.QUEUE }}"}}]'
        world = FINE.surveyed(
            workflows=files(bot=BOT.replace(RIGHTS, "").replace('[{uses: "mergebot/mergebot@v1"}]', own))
        )
        assert world.level("workflow.rights") is Level.NOTE

    def test_with_a_token_of_its_own_the_default_is_no_matter(self) -> None:
        own = '[{uses: "mergebot/mergebot@v1", with: {token: "${{ secrets.QUEUE }}"}}]'
        text = BOT.replace(RIGHTS, "").replace("permissions: {}\n", "").replace('[{uses: "mergebot/mergebot@v1"}]', own)
        assert FINE.surveyed(workflows=files(bot=text)).said("workflow.rights") == []

    def test_dispatching_needs_to_write_actions(self) -> None:
        world = bot("actions: write", "actions: read")
        assert world.said("workflow.rights") == []
        assert world.ruled(checks=Checks(dispatch=("ci.yml",))).said("workflow.rights") == [
            "the job's token lacks actions: write"
        ]


class TestWaking:
    def test_a_label_that_wakes_nobody_is_said_with_all_types_to_write(self) -> None:
        found = bot("    types: [opened, edited, synchronize, reopened, closed, labeled, unlabeled, "
                    "ready_for_review, converted_to_draft]\n", "").found()["workflow.types"]  # fmt: skip
        assert "labeled, unlabeled" in found.message
        assert "opened" not in found.message.partition("is ")[2]
        assert "converted_to_draft]" in found.lines[0]

    def test_several_workflows_may_share_the_work(self) -> None:
        """What wakes one of them wakes mergebot."""
        parts = BOT.split('  schedule: [{cron: "7 * * * *"}]\n')
        nightly = workflow(
            BOT[:12] + 'on:\n  schedule: [{cron: "1 1 * * *"}]\n' + BOT[BOT.index("concurrency") :], "n.yml"
        )
        world = FINE.surveyed(workflows=(*files(bot="".join(parts)), nightly))
        assert world.said("workflow.triggers") == []

    def test_a_file_that_is_not_understood_may_have_any_name(self) -> None:
        world = FINE.surveyed(
            workflows=(*files(bot=BOT.replace("[Tests]", "[Tests, Lint]")), parse_workflow("l", b"["))
        )
        assert (world.said("workflow.run_names"), world.level("workflow.broken")) == ([], Level.WARNING)

    def test_a_workflow_without_a_name_is_called_by_its_path(self) -> None:
        """platform: so `workflow_run` has to spell it."""
        world = FINE.surveyed(
            workflows=files(ci=CI.replace("name: Tests\n", ""), bot=BOT.replace("Tests", ".github/workflows/ci.yml"))
        )
        assert set(world.found()) == {"token.kind"}

    def test_where_no_workflow_tests_pull_requests_none_has_to_be_waited_for(self) -> None:
        text = BOT.replace("  workflow_run: {workflows: [Tests], types: [completed]}\n", "")
        pushed = CI.replace("[pull_request, workflow_dispatch]", "{push: {branches: [main]}}")
        world = FINE.surveyed(workflows=files(ci=pushed, bot=text))
        assert world.said("workflow.triggers") == []


class TestIdle:
    @pytest.mark.parametrize(
        ("last", "said"), [(None, "has never run"), (NOW - 1.5 * DAY, "ran last 1 day ago"), (NOW - 0.9 * DAY, "")]
    )
    def test_a_queue_that_nobody_works_on_is_said(self, last: float | None, said: str) -> None:
        found = FINE.surveyed(workflows=files(last_run=last)).said("workflow.idle")
        assert bool(found) is bool(said)
        assert all(said in one for one in found)

    def test_an_empty_queue_needs_no_pass(self) -> None:
        assert FINE.surveyed(workflows=files(last_run=None)).seen(pull_requests=()).said("workflow.idle") == []

    def test_not_to_know_is_no_never(self) -> None:
        world = FINE.surveyed(workflows=files(last_run=Unknown(reason="403")))
        assert (world.said("workflow.idle"), world.level("workflow.unseen")) == ([], Level.UNSEEN)


def filtered(text: str) -> World:
    return ci("[pull_request, workflow_dispatch]", f"{{pull_request: {{{text}}}}}")


class TestBranches:
    STACKED = replace(FINE.snapshot.pull_requests[1], base=Branch("feature/backend"))

    def test_a_stack_that_gets_no_ci_is_a_warning(self) -> None:
        world = filtered("branches: [main]").seen(pull_requests=(FINE.snapshot.pull_requests[0], self.STACKED))
        assert world.said("ci.branches") == [
            "`Tests` does not run for #2, which are stacked on other branches than main"
        ]
        assert world.level("ci.branches") is Level.WARNING

    def test_for_a_native_stack_github_looks_at_the_stacks_base(self) -> None:
        member = replace(self.STACKED, native=NativeStack(number=1, position=2, size=2))
        world = filtered("branches: [main]").seen(pull_requests=(FINE.snapshot.pull_requests[0], member))
        assert world.level("ci.branches") is Level.NOTE

    def test_base_itself_must_be_let_in(self) -> None:
        assert filtered("branches: [develop]").level("ci.branches") is Level.WARNING

    def test_tests_that_do_not_count_need_no_ci(self) -> None:
        world = filtered("branches: [develop]").ruled(criteria=Criteria(tests_passing=False))
        assert world.said("ci.branches") == []

    @pytest.mark.parametrize(
        ("branches", "ignored", "let_in"),
        [
            ((), (), True),
            (("main",), (), False),
            (("feature/*",), (), True),
            (("*",), (), False),
            (("**",), (), True),
            (("**", "!feature/**"), (), False),
            (("**", "!feature/**", "feature/a"), (), True),
            ((), ("feature/**",), False),
            ((), ("main",), True),
        ],
    )
    def test_filters_read_as_githubs(self, branches: tuple[str, ...], ignored: tuple[str, ...], let_in: bool) -> None:
        """platform: `*` stops at a slash, and the last pattern that fits decides."""
        assert lets_in(Trigger(branches=branches, branches_ignore=ignored), Branch("feature/a")) is let_in


class TestPaths:
    @pytest.mark.parametrize(("required", "said"), [("unit", True), ("unit (3.11)", True), ("units", False)])
    def test_a_matrix_adds_its_values_to_the_name(self, required: str, said: bool) -> None:
        world = filtered("paths: [src]").requires(RequiredCheck(name=required))
        assert bool(world.said("ci.paths")) is said


def test_no_ci_is_fine_where_the_config_says_so() -> None:
    pulls = tuple(replace(pr, checks=CheckList()) for pr in FINE.snapshot.pull_requests)
    world = ci("pull_request, ", "").seen(pull_requests=pulls)
    assert world.level("ci.none") is Level.WARNING
    assert world.ruled(checks=Checks(allow_none=True)).said("ci.none") == []


class TestDispatch:
    @pytest.mark.parametrize("named", ["ci.yml", ".github/workflows/ci.yml"])
    def test_a_file_that_can_be_started_is_fine(self, named: str) -> None:
        assert FINE.ruled(checks=Checks(dispatch=(named,))).said("ci.dispatch") == []

    def test_one_without_the_trigger_is_told_with_the_lines(self) -> None:
        world = ci(", workflow_dispatch", "").ruled(checks=Checks(dispatch=("ci.yml",)))
        assert world.found()["ci.dispatch"].lines == ("on:", "  workflow_dispatch:")
