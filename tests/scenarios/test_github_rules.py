"""What people and the forge's own rules may ask of the queue (contract 3, 4)."""

import pytest

from mergebot.model.outcome import Failed
from mergebot.model.plan import Dispatch, EntryState, Merge
from tests.scenarios.github_world import AUTHOR, REVIEWER, GithubWorld
from tests.scenarios.world import marked
from tests.server.auth import APP_RIGHTS
from tests.server.state import Rule


def entry(world: GithubWorld, name: str) -> tuple[EntryState, str]:
    [found] = [entry for entry in world.plan().entries if entry.pr == world.pulls[name]]
    return found.state, found.because


def later(world: GithubWorld, seconds: float) -> None:
    """Time goes by."""
    now = world.hub.clock
    world.hub.clock = lambda: now() + seconds


def required(world: GithubWorld, kind: str, **parameters: object) -> None:
    """A rule of a ruleset on base."""
    world.repo.rule(Rule(kind, dict(parameters)), include=(world.base,))


class TestPeople:
    def test_an_issue_with_the_freeze_label_pauses_the_queue_until_it_is_closed(self, github: GithubWorld) -> None:
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        github.answer()
        issue = github.repo.issue("release 2.0 is being cut", ["mergebot-freeze"])
        github.run()
        state, because = entry(github, "a")
        assert (state, "release 2.0" in because) == (EntryState.HELD, True)
        github.repo.close(issue.number)
        assert github.settle() == ["a"]

    def test_hold_draft_and_no_label_keep_a_pull_request_out(self, github: GithubWorld) -> None:
        github.agent("held", {"h.txt": marked("held")}, labels=["merge", "hold"])
        github.agent("draft", {"d.txt": marked("draft")}, labels=["merge"], draft=True)
        github.agent("quiet", {"q.txt": marked("quiet")})
        github.answer()
        github.run()
        assert github.landed() == []
        assert [entry(github, name)[0] for name in ("held", "draft", "quiet")] == [
            EntryState.HELD,
            EntryState.HELD,
            EntryState.IGNORED,
        ]

    def test_a_priority_label_goes_first_with_what_it_needs(self, github: GithubWorld) -> None:
        """The highest of a PR's counts, and its dependencies inherit it (contract 2.4)."""
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        number = github.agent("b", {"b.txt": marked("b")}, labels=["merge"])
        github.agent("c", {"c.txt": marked("c")}, labels=["merge", "hotfix"], body=f"Depends-On: #{number}")
        github.answer()
        github.run()
        assert github.landed()[:1] == ["b"]

    def test_nobody_approves_their_own_and_a_stranger_counts_for_nothing(self, github: GithubWorld) -> None:
        github.hub.user("passer-by", permission="read")
        number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"], approved=False, score=None)
        github.repo.review(number, by="passer-by", state="APPROVED", body="Review Score: 10/10")
        github.answer()
        github.run()
        assert github.landed() == []
        github.review("a")
        assert github.settle() == ["a"]

    def test_changes_asked_for_block_whatever_head_they_were_asked_on(self, github: GithubWorld) -> None:
        number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        github.repo.review(number, by=REVIEWER, state="CHANGES_REQUESTED", body="no")
        github.push("a", {"more.txt": "x\n"})
        github.answer()
        github.run()
        assert entry(github, "a")[0] is EntryState.BLOCKED
        [comment] = github.repo.pull(number).comments
        assert REVIEWER in comment.body

    def test_a_protected_path_needs_a_person_who_keeps_the_repository(self, github: GithubWorld) -> None:
        """A PR cannot change the rules it is judged by, nor land such a change on anyone's word (contract 2.4; I8)."""
        github.hub.user("wanda", permission="write")
        text = "auto_merge:\n  conditions:\n    - approvals: 0\n    - review_score: false\n"
        number = github.agent(
            "a", {".github/mergebot.yml": text, "a.txt": marked("a")}, labels=["merge"], approved=False, score=None
        )
        github.answer()
        github.run()
        assert github.landed() == []
        github.repo.review(number, by="wanda", state="APPROVED", body="Review Score: 10/10")
        github.run()
        assert github.landed() == []
        github.review("a")
        assert github.settle() == ["a"]

    def test_a_score_in_the_text_counts_from_an_author_with_write_access(self, github: GithubWorld) -> None:
        """`body`: the author's own claim (contract 3)."""
        assert AUTHOR
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"], score=None, body="## Review Score: 10/10\n")
        github.agent("b", {"b.txt": marked("b")}, labels=["merge"], score=None, body="```\nReview Score: 10/10\n```\n")
        github.answer()
        github.run()
        assert github.landed() == ["a"]

    def test_a_score_by_status_on_the_head_comes_first(self, github: GithubWorld) -> None:
        number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"], score=10)
        head = github.repo.pull(number).head_sha
        github.repo.status(head, "review/score", "success", "8/10", by=REVIEWER)
        github.answer()
        github.run()
        assert entry(github, "a")[0] is EntryState.BLOCKED
        github.repo.status(head, "review/score", "success", "10/10", by=REVIEWER)
        assert github.settle() == ["a"]


class TestChecks:
    def test_a_red_check_blocks_and_a_green_one_lets_it_go(self, github: GithubWorld) -> None:
        github.repo.ci = lambda files: {"unit": "broken.txt" not in files, "lint": True}
        github.agent("a", {"a.txt": marked("a"), "broken.txt": "x\n"}, labels=["merge"])
        github.answer()
        github.run()
        state, because = entry(github, "a")
        assert (state, "unit" in because) == (EntryState.BLOCKED, True)
        github.push("a", {"broken.txt": None})
        github.review("a")
        github.answer()
        assert github.settle() == ["a"]

    def test_a_check_that_the_branch_rules_require_must_have_reported(self, github: GithubWorld) -> None:
        required(github, "required_status_checks", required_status_checks=[{"context": "security"}])
        number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        github.answer()
        github.run()
        state, because = entry(github, "a")
        assert (state, "security" in because) == (EntryState.WAITING, True)
        github.repo.status(github.repo.pull(number).head_sha, "security", "success", "clean", by=REVIEWER)
        assert github.settle() == ["a"]

    def test_where_pushes_start_no_ci_workflows_are_dispatched(self, github: GithubWorld) -> None:
        """`checks.dispatch`: workflow files to start on a branch the bot has pushed (contract 2.4)."""
        github.configure("checks:\n  dispatch: [ci.yml]\n")
        github.token = github.hub.token("github-actions", kind="actions")
        github.depend({"b": ["a"]})
        github.agent("a", {"a.txt": marked("a")})
        github.agent("b", {"b.txt": marked("b")})
        github.answer()
        _, result = github.run()
        assert github.landed() == ["a"]
        assert [item.step.pr for item in result.results if isinstance(item.step, Dispatch)] == [github.pulls["b"]]
        github.answer()
        assert github.settle() == ["a", "b"]

    def test_where_no_check_ever_came_after_its_push_it_says_so(self, github: GithubWorld) -> None:
        """A push by GITHUB_TOKEN starts no CI: silence would be the second worst thing."""
        github.token = github.hub.token("github-actions", kind="actions")
        github.depend({"b": ["a"]})
        github.agent("a", {"a.txt": marked("a")})
        github.agent("b", {"b.txt": marked("b")})
        github.answer()
        github.run(quiet_after=False)
        later(github, 3600)
        github.run()
        state, because = entry(github, "b")
        assert state in (EntryState.WAITING, EntryState.BLOCKED)
        assert "GITHUB_TOKEN" in because or "approve" in because, because


class TestTheForgesOwnRules:
    def test_where_squash_merges_are_off_nothing_is_merged_and_it_says_so(self, github: GithubWorld) -> None:
        github.repo.settings.squash = False
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        github.answer()
        plan, _ = github.run()
        assert github.landed() == []
        assert any("squash" in problem.message.lower() for problem in plan.problems)

    def test_where_githubs_own_queue_is_required_nothing_is_merged_and_it_says_so(self, github: GithubWorld) -> None:
        required(github, "merge_queue")
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        github.answer()
        plan, _ = github.run()
        assert github.landed() == []
        assert any("queue" in problem.message.lower() for problem in plan.problems)

    def test_its_own_status_as_a_required_check_is_a_problem_not_a_deadlock(self, github: GithubWorld) -> None:
        required(github, "required_status_checks", required_status_checks=[{"context": "mergebot"}])
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        github.answer()
        plan, _ = github.run()
        assert any("mergebot" in problem.message for problem in plan.problems)

    def test_a_rule_that_refuses_is_quoted_and_not_tried_again_until_something_changed(
        self, github: GithubWorld
    ) -> None:
        """The forge refused this head for a rule of its own: its words are the reason (contract 3)."""
        required(github, "pull_request", required_approving_review_count=2)
        number = github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        github.answer()
        _, result = github.run()
        [merge] = [item for item in result.results if isinstance(item.step, Merge)]
        assert isinstance(merge.outcome, Failed)
        state, because = entry(github, "a")
        assert state is EntryState.BLOCKED
        assert "review" in because.lower()
        tries = len([item for item in github.hub.writes() if item.path.endswith("/merge")])
        github.run()
        assert len([item for item in github.hub.writes() if item.path.endswith("/merge")]) == tries
        [comment] = github.repo.pull(number).comments
        assert because[:40] in comment.body
        github.hub.user("second", permission="write")
        github.repo.review(number, by="second", state="APPROVED", body="")
        assert github.settle() == ["a"]

    def test_workflow_files_that_the_token_may_not_touch_are_told(self, github: GithubWorld) -> None:
        """A workflow file the token may not touch is told so (contract 4.4)."""
        github.token = github.hub.token("github-actions", kind="actions")
        github.agent("a", {".github/workflows/new.yml": "on: push\n", "a.txt": marked("a")}, labels=["merge"])
        github.answer()
        github.run()
        state, because = entry(github, "a")
        assert state is EntryState.BLOCKED
        assert "workflow" in because

    def test_files_where_both_sides_are_kept_are_rebased_so_and_tested_again(self, github: GithubWorld) -> None:
        """`union_paths` (contract 2.4)."""
        github.configure("rebase:\n  union_paths: [LOG.md]\n")
        github.agent("a", {"LOG.md": "a was here\n", "a.txt": marked("a")}, labels=["merge"])
        github.agent("b", {"LOG.md": "b was here\n", "b.txt": marked("b")}, labels=["merge"])
        github.answer()
        assert github.settle() == ["a", "b"]
        assert github.repo.box.read("LOG.md") == "a was here\nb was here\n"

    def test_strategy_rebase_tests_what_overlaps_again_before_it_lands(self, github: GithubWorld) -> None:
        github.configure("queue:\n  strategy: rebase\n")
        github.commit_to_base("text", {"text.txt": "".join(f"{line}\n" for line in range(40))})
        lines = [f"{line}\n" for line in range(40)]
        github.agent("a", {"text.txt": marked("a") + "".join(lines)}, labels=["merge"])
        github.agent("b", {"text.txt": "".join(lines) + marked("b")}, labels=["merge"])
        github.answer()
        before = github.heads()["b"]
        github.run()
        assert github.landed() == ["a"]
        assert github.heads()["b"] != before
        github.answer()
        assert github.settle() == ["a", "b"]


@pytest.mark.parametrize("kind", ["merge", "push", "status"])
def test_a_missing_right_is_named_and_nothing_is_half_done(github: GithubWorld, kind: str) -> None:
    """One clear message: what is missing, and what to do."""
    rights = {"merge": "contents", "push": "contents", "status": "statuses"}[kind]
    github.token = github.hub.token("weak", kind="app", rights={**APP_RIGHTS, rights: "read"})
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    _, result = github.run(quiet_after=False)
    failed = [item.outcome for item in result.results if isinstance(item.outcome, Failed)]
    words = " ".join(f"{outcome.reason} {outcome.hint}" for outcome in failed)
    assert rights in words + " ".join(result.unread)


def test_a_child_whose_base_may_not_be_changed_is_told_what_the_token_lacks(github: GithubWorld) -> None:
    """In words that a reader of the pull request understands, and its base branch is kept for it."""
    github.token = github.hub.token("weak", kind="app", rights={**APP_RIGHTS, "pull_requests": "read"})
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    child = github.agent("b", {"b.txt": marked("b")}, on="feature/a", base="feature/a", labels=["merge"])
    github.answer()
    github.run(quiet_after=False)
    assert github.landed() == ["a"]
    [comment] = github.repo.pull(child).comments
    assert "mergebot may not change its base" in comment.body
    assert "pull-requests: write" in comment.body
    assert "PATCH" not in comment.body
    assert "refs/heads/feature/a" in github.repo.box.refs()
