"""The survey of a repository on the test server: what is read, what is denied, and that nothing is written."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mergebot.cycle import plan_once
from mergebot.errors import AccessError
from mergebot.forge.github import survey_workflows
from mergebot.forge.github.survey_token import ends_at
from mergebot.forge.registry import open_github_survey
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.people import Permission
from mergebot.model.snapshot import Unknown
from mergebot.model.survey import ActionsSettings, BaseRules, GithubSurvey, HeadRules, Settings, TokenKind
from tests.doctor.worlds import BOT, CI
from tests.scenarios.github_world import NAME, GithubWorld
from tests.scenarios.world import marked
from tests.server.faults import Fault, FaultKind, operation
from tests.server.hub import GitHub
from tests.server.state import Protection, Rule


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    with GitHub.start(tmp_path / "hub") as started:
        yield started


@pytest.fixture
def world(hub: GitHub, tmp_path: Path) -> GithubWorld:
    """A repository with one agent's PR; who may see everything there has a token `root`."""
    made = GithubWorld.create(hub, tmp_path)
    hub.user("root", permission="admin")
    made.depend({"a": [], "b": ["a"]})
    made.agent("a", {"a.txt": marked("a")})
    return made


def surveyed(world: GithubWorld, token: str | None = None, **env: str) -> GithubSurvey:
    """The survey after a plan, in one session; neither writes anything."""
    before = len(world.hub.writes())
    environ = {**world.environ, "GITHUB_TOKEN": token or world.hub.token("root"), **env}
    forge, survey = open_github_survey(NAME, environ=environ, clock=world.clock, log=lambda _line: None)
    snapshot, _, _ = plan_once(forge, config=None, now=world.clock())
    found = survey(snapshot)
    assert world.hub.writes()[before:] == []
    assert isinstance(found, GithubSurvey)
    return found


class TestTheToken:
    def test_a_classic_token_shows_scopes_end_and_person(self, world: GithubWorld) -> None:
        found = surveyed(world, world.hub.token("root", expires_in=500_000)).token
        assert (found.kind, found.login, found.permission) == (TokenKind.CLASSIC, "root", Permission.ADMIN)
        assert found.scopes == frozenset({"repo", "workflow"})
        assert found.expires_at == pytest.approx(world.clock() + 500_000, abs=5)

    def test_a_fine_grained_one_shows_only_its_person(self, world: GithubWorld) -> None:
        found = surveyed(world, world.hub.token("petra", kind="fine")).token
        assert (found.kind, found.scopes, found.permission) == (TokenKind.FINE_GRAINED, None, Permission.WRITE)

    def test_a_token_of_the_job_is_told_from_an_apps_by_its_account(self, world: GithubWorld) -> None:
        """Both begin with `ghs_`, and an App's may well be made in a job."""
        actions = surveyed(world, world.hub.token("x", kind="actions"), GITHUB_ACTIONS="true").token
        app = surveyed(world, world.token, GITHUB_ACTIONS="true").token
        assert (actions.kind, actions.login) == (TokenKind.ACTIONS, "github-actions[bot]")
        assert (app.kind, app.login) == (TokenKind.INSTALLATION, "mergebot[bot]")
        assert (app.rights, app.permission) == (None, None)

    @pytest.mark.parametrize("text", ["", "soon", "2026-13-45 00:00:00 UTC", "2026-12-24", "9" * 10_000])
    def test_an_end_that_cannot_be_read_is_none(self, text: str) -> None:
        assert ends_at(text) is None

    def test_an_end_is_read_in_both_forms(self) -> None:
        expected = datetime(2026, 12, 24, 17, tzinfo=UTC).timestamp()
        assert ends_at("2026-12-24 17:00:00 UTC") == ends_at("2026-12-24 18:00:00 +0100") == expected


class TestSettings:
    def test_each_is_read(self, world: GithubWorld) -> None:
        settings = world.repo.settings
        settings.squash, settings.delete_branch_on_merge, settings.has_issues = False, True, False
        assert surveyed(world).settings == Settings(squash=False, deletes_heads=True, issues=False)

    def test_what_actions_may_do_is_for_administrators(self, world: GithubWorld) -> None:
        world.repo.settings.allowed_actions, world.repo.settings.default_rights = "selected", "write"
        assert surveyed(world).actions == ActionsSettings(allowed="selected", default_rights="write")
        denied = surveyed(world, world.token).actions
        assert isinstance(denied, Unknown)
        assert "403" in denied.reason

    def test_actions_may_be_off(self, world: GithubWorld) -> None:
        world.repo.settings.actions = False
        assert surveyed(world).actions == ActionsSettings(enabled=False)


class TestRules:
    def test_rulesets_and_classic_protection_are_added_up(self, world: GithubWorld) -> None:
        world.repo.rule(
            Rule("pull_request", {"required_approving_review_count": 1, "allowed_merge_methods": ["merge", "squash"]}),
            Rule("pull_request", {"require_last_push_approval": True, "allowed_merge_methods": ["squash", "rebase"]}),
            Rule("required_status_checks", {"required_status_checks": [{"context": "ci"}]}),
        )
        world.repo.protect(Protection(1, "main", approvals=3, code_owners=True, signatures=True, conversations=True))
        assert surveyed(world).rules == BaseRules(
            types=frozenset({"pull_request", "required_status_checks"}),
            methods=frozenset({"squash"}),
            approvals=3,
            code_owners=True,
            last_push=True,
            conversations=True,
            signatures=True,
        )

    def test_strict_is_seen_in_rulesets_and_unknown_in_classic_protection(self, world: GithubWorld) -> None:
        world.repo.protect(Protection(1, "main", required_checks=("ci",), strict=True))
        classic = surveyed(world).rules
        assert isinstance(classic, BaseRules)
        assert isinstance(classic.strict, Unknown)
        strict = {"required_status_checks": [{"context": "ci"}], "strict_required_status_checks_policy": True}
        world.repo.rule(Rule("required_status_checks", strict))
        assert getattr(surveyed(world).rules, "strict", None) is True

    def test_protection_that_could_not_be_read_is_not_none(self, world: GithubWorld) -> None:
        """Partial data: GitHub leaves the part out, and says so."""

        def without_ref(answer: Any) -> Any:  # noqa: ANN401 (JSON)
            answer["data"]["repository"]["ref"] = None
            answer["errors"] = [{"type": "FORBIDDEN", "path": ["repository", "ref"], "message": "not for you"}]
            return answer

        world.hub.faults.append(Fault(when=operation("MergebotSurvey"), kind=FaultKind.EDIT, edit=without_ref))
        found = surveyed(world).rules
        assert isinstance(found, Unknown)
        assert "not for you" in found.reason

    def test_the_rules_of_an_agents_branch_are_asked_by_its_name(self, world: GithubWorld) -> None:
        world.repo.rule(Rule("non_fast_forward"), include=("feature/*",))
        assert surveyed(world).heads == HeadRules(branch=Branch("feature/a"), types=frozenset({"non_fast_forward"}))


class TestWorkflows:
    def test_files_come_from_the_default_branch_and_states_from_github(self, world: GithubWorld) -> None:
        """A pull request's own copy is not looked at."""
        world.commit_to_base(
            "ci", {".github/workflows/ci.yml": CI, ".github/workflows/q.yml": BOT, ".github/x.yml": CI}
        )
        world.agent("b", {".github/workflows/evil.yml": CI})
        made = world.repo.workflow("queue", "q.yml", events=("schedule",))
        made.state = "disabled_manually"
        found = surveyed(world).workflows
        assert not isinstance(found, Unknown)
        assert {one.path: (one.state, one.is_bot) for one in found} == {
            ".github/workflows/ci.yml": ("active", False),
            ".github/workflows/q.yml": ("disabled_manually", True),
        }

    def test_the_last_run_of_mergebots_own_is_its_newest(self, world: GithubWorld) -> None:
        world.commit_to_base("ci", {".github/workflows/q.yml": BOT})
        world.repo.workflow("queue", "q.yml", events=("push", "pull_request"))
        before = surveyed(world).workflows
        world.commit_to_base("more", {"more.txt": "more\n"})
        after = surveyed(world).workflows
        assert not isinstance(before, Unknown)
        assert not isinstance(after, Unknown)
        assert before[0].last_run is None
        assert after[0].last_run == pytest.approx(world.clock(), abs=60)

    def test_one_of_very_many_workflows_is_found_and_has_run(
        self, world: GithubWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """platform: a page of the list has a hundred at most."""
        monkeypatch.setattr(survey_workflows, "MOST_FILES", 20)
        many = {f".github/workflows/a{number:02}.yml": CI for number in range(22)}
        world.commit_to_base("ci", {**many, ".github/workflows/mergebot.yml": BOT})
        for number in range(150):
            world.repo.workflow("Tests", f"a{number}.yml", events=())
        world.repo.workflow("queue", "mergebot.yml", events=("push",))
        world.commit_to_base("more", {"more.txt": "more\n"})
        found = surveyed(world).workflows
        assert not isinstance(found, Unknown)
        [own] = [one for one in found if one.is_bot]
        assert own.last_run is not None
        assert [one.fault for one in found if one.fault] == ["it is one of 23, and no more than 20 were read"]

    def test_a_link_or_a_folder_is_no_workflow(self, world: GithubWorld) -> None:
        """Nothing outside of the tree is ever followed."""
        world.update()
        (world.work.path / ".github/workflows/f.yml").mkdir(parents=True)
        (world.work.path / ".github/workflows/f.yml/x").write_text("x")
        (world.work.path / ".github/workflows/link.yml").symlink_to("/etc/passwd")
        world.work.git("add", "-A")
        world.work.git("commit", "--quiet", "-m", "odd")
        world.work.git("push", "--quiet", "origin", "HEAD:refs/heads/main")
        assert surveyed(world).workflows == ()

    def test_without_the_right_the_files_are_known_and_their_runs_are_not(self, world: GithubWorld) -> None:
        world.commit_to_base("ci", {".github/workflows/q.yml": BOT})
        world.hub.faults.append(
            Fault(when=lambda x: x.path.endswith("/workflows"), kind=FaultKind.STATUS, status=403, times=9)
        )
        [found] = surveyed(world).workflows or ()  # type: ignore[misc] # a tuple, or it cannot be taken apart
        assert found.is_bot
        assert isinstance(found.last_run, Unknown)


class TestTheRest:
    def test_heads_that_skip_ci_are_found_with_the_words(self, world: GithubWorld) -> None:
        world.push("a", {"a2.txt": "2\n"}, subject="more [skip ci]")
        assert surveyed(world).skipping == {PrNumber(1): "[skip ci]"}

    def test_branches_and_labels_are_all_there(self, world: GithubWorld) -> None:
        world.repo.label(1, "merge")
        found = surveyed(world)
        assert found.branches == {"main", "feature/a"}
        assert found.labels == frozenset({"merge"})
        assert found.reports is False

    def test_after_a_pass_there_is_its_memory(self, world: GithubWorld) -> None:
        world.agent("b", {"b.txt": "b\n"}, score=3)
        world.answer()
        world.run()
        assert surveyed(world).reports is True

    def test_the_clock_is_compared_with_the_servers(self, world: GithubWorld) -> None:
        """By the header `Date`, which every answer has."""
        ahead = world.clock
        world.clock = lambda: ahead() + 500  # type: ignore[method-assign] # the machine's clock is wrong
        assert surveyed(world).clock_off == pytest.approx(500, abs=10)

    def test_a_rate_limit_is_no_answer_about_one_part(self, world: GithubWorld) -> None:
        """It would make everything unseen: the survey ends, and says when to come back."""
        world.hub.faults.append(
            Fault(when=lambda x: x.path.endswith("/labels"), kind=FaultKind.PRIMARY, seconds=3000, times=9)
        )
        with pytest.raises(Exception, match="rate limit"):
            surveyed(world)

    def test_a_repository_that_is_not_there_is_no_access(self, world: GithubWorld) -> None:
        with pytest.raises(AccessError, match="not found"):
            open_github_survey("fleet/none", environ=world.environ, clock=world.clock, log=lambda _line: None)
