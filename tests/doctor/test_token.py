"""The token: each kind, and what is known of it without writing."""

from dataclasses import replace

import pytest

from mergebot.model.finding import Level
from mergebot.model.people import Permission
from mergebot.model.policy import Checks, Queue, Rebase, Strategy
from mergebot.model.snapshot import Files
from mergebot.model.survey import TokenKind
from tests.doctor.worlds import APP, DAY, FINE, NOW, RIGHTS, World, files, rights, token

K = TokenKind
WORKFLOW = Files(paths=("src/a.py", ".github/workflows/ci.yml"))


class TestCiAfterARebase:
    def test_dispatch_or_no_rebases_are_ways_out(self) -> None:
        """As documented: what GITHUB_TOKEN pushes starts nothing."""
        world = token(K.ACTIONS)
        assert world.level("token.starts_no_ci") is Level.WARNING
        assert world.ruled(checks=Checks(dispatch=("ci.yml",))).level("token.starts_no_ci") is None
        assert world.ruled(rebase=Rebase(dependents=False)).level("token.starts_no_ci") is None

    def test_strategy_rebase_pushes_too(self) -> None:
        world = token(K.ACTIONS).ruled(rebase=Rebase(dependents=False), queue=Queue(strategy=Strategy.REBASE))
        assert world.level("token.starts_no_ci") is Level.WARNING

    def test_the_lines_name_the_files_that_can_be_started_by_hand(self) -> None:
        found = token(K.ACTIONS).found()["token.starts_no_ci"]
        assert found.lines == ("checks:", "  dispatch: ['ci.yml']")

    @pytest.mark.parametrize("kind", [kind for kind in K if kind is not K.ACTIONS])
    def test_all_others_start_ci(self, kind: TokenKind) -> None:
        assert token(kind).level("token.starts_no_ci") is None


class TestRights:
    @pytest.mark.parametrize("name", [name for name in RIGHTS if name != "workflows"])
    def test_each_right_of_an_app_is_needed(self, name: str) -> None:
        """And named with its level where it is missing."""
        world = FINE.surveyed(token=replace(APP, rights=rights(**{name: "none"})))
        [said] = world.said("token.lacks_rights")
        assert said.startswith(f"the token lacks {name}: ")

    def test_more_than_is_needed_is_fine(self) -> None:
        more = rights(checks="write", contents="admin")
        assert FINE.surveyed(token=replace(APP, rights=more)).said("token.lacks_rights") == []

    def test_dispatching_needs_more(self) -> None:
        world = FINE.surveyed(token=replace(APP, rights=rights(actions="read")))
        assert world.said("token.lacks_rights") == []
        dispatching = world.ruled(checks=Checks(dispatch=("ci.yml",)))
        assert dispatching.said("token.lacks_rights") == ["the token lacks actions: write"]

    def test_an_app_whose_rights_are_not_shown_is_unproved(self) -> None:
        assert FINE.surveyed(token=replace(APP, rights=None)).level("token.unproved") is Level.UNSEEN

    @pytest.mark.parametrize("kind", [K.CLASSIC, K.OAUTH])
    def test_a_classic_token_needs_the_scope_for_repositories(self, kind: TokenKind) -> None:
        may = token(kind, scopes=frozenset({"public_repo"}), permission=Permission.WRITE)
        assert (may.said("token.lacks_rights"), may.said("token.unproved")) == ([], [])
        may_not = token(kind, scopes=frozenset({"gist"}), permission=Permission.WRITE)
        assert may_not.said("token.lacks_rights") == ["the token lacks the scope `repo`"]

    @pytest.mark.parametrize("permission", [Permission.NONE, Permission.READ, Permission.TRIAGE])
    def test_a_token_can_do_no_more_than_its_person(self, permission: Permission) -> None:
        world = token(K.FINE_GRAINED, permission=permission)
        assert world.said("token.lacks_rights") == [f"the token lacks write access: petra has only `{permission}` here"]

    def test_the_job_tells_of_the_token_of_actions(self) -> None:
        """Its rights stand in the workflow file, which is looked at by itself; without that file nothing is known."""
        assert token(K.ACTIONS).level("token.unproved") is None
        assert token(K.ACTIONS).surveyed(workflows=files()[:1]).level("token.unproved") is Level.UNSEEN


class TestWorkflowFiles:
    @pytest.mark.parametrize(
        ("world", "warned"),
        [
            (token(K.ACTIONS), True),
            (token(K.CLASSIC, scopes=frozenset({"repo"})), True),
            (token(K.CLASSIC, scopes=frozenset({"repo", "workflow"})), False),
            (token(K.FINE_GRAINED), False),
            (FINE.surveyed(token=replace(APP, rights=rights(workflows="none"))), True),
            (FINE, False),
        ],
    )
    def test_only_what_is_known_to_be_refused_is_said(self, world: World, warned: bool) -> None:
        assert bool(world.first(files=WORKFLOW).said("token.lacks_workflows")) is warned
        assert world.said("token.lacks_workflows") == []

    def test_a_pull_request_that_nobody_asked_to_merge_is_no_matter(self) -> None:
        one, two = FINE.snapshot.pull_requests
        alone = replace(one, labels=frozenset(), head=replace(one.head, branch=two.head.branch), files=WORKFLOW)
        world = token(K.ACTIONS).seen(pull_requests=(replace(alone, head=replace(one.head, fork=True)),))
        assert world.said("token.lacks_workflows") == []


class TestItsEnd:
    @pytest.mark.parametrize(("left", "said"), [(13.9, "in 13 days"), (0.5, "in 0 days"), (-3, "in 0 days")])
    def test_it_is_said_two_weeks_before(self, left: float, said: str) -> None:
        [found] = token(K.CLASSIC, expires_at=NOW + left * DAY).said("token.expires")
        assert said in found

    def test_before_that_it_is_not(self) -> None:
        assert token(K.CLASSIC, expires_at=NOW + 15 * DAY).said("token.expires") == []

    @pytest.mark.parametrize("kind", [K.ACTIONS, K.INSTALLATION])
    def test_a_token_that_always_lives_for_an_hour_is_passed_over(self, kind: TokenKind) -> None:
        assert token(kind, expires_at=NOW + 3600).said("token.expires") == []
