"""What happens to pull requests: looked at, retargeted, closed, opened again; and issues, comments, reviews."""

import pytest

from tests.server.answers import Refused
from tests.server.asking import Asker
from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.state import PullRequest


@pytest.fixture
def pull(repo: Repo) -> PullRequest:
    repo.push("feature", {"a.txt": "1\n"}, by="alice")
    return repo.open_pull("feature", author="alice", labels=["merge"])


def looks(app: Asker, times: int = 1) -> list[bool | None]:
    return [app("GET", "/repos/o/r/pulls/1").body["mergeable"] for _ in range(times)]


class TestMergeable:
    def test_is_null_at_the_first_look_and_computed_by_the_next(self, app: Asker, pull: PullRequest) -> None:
        del pull

        assert looks(app, 3) == [None, True, True]

    def test_every_move_of_base_or_head_voids_it(self, repo: Repo, app: Asker, pull: PullRequest) -> None:
        del pull
        looks(app, 2)
        repo.push("main", {"b.txt": "x\n"})
        after_base = looks(app, 2)
        repo.push("feature", {"c.txt": "x\n"})
        after_head = looks(app, 2)

        assert (after_base, after_head) == ([None, True], [None, True])

    def test_a_conflict_is_false_and_dirty(self, repo: Repo, app: Asker, pull: PullRequest) -> None:
        del pull
        repo.push("main", {"a.txt": "other\n"})
        looks(app)

        body = app("GET", "/repos/o/r/pulls/1").body

        assert (body["mergeable"], body["mergeable_state"]) == (False, "dirty")

    def test_may_take_more_looks(self, repo: Repo, app: Asker, pull: PullRequest) -> None:
        del pull
        repo.settings.slow_mergeability = 3

        assert looks(app, 4) == [None, None, None, True]


class TestRetargeting:
    def test_changes_the_base_and_starts_no_workflow(self, repo: Repo, app: Asker, pull: PullRequest) -> None:
        """Platform: `edited` is not among the types that a workflow listens to by default."""
        repo.push("other", {"o.txt": "1\n"})
        before = len(repo.data.suites)

        said = app("PATCH", "/repos/o/r/pulls/1", {"base": "other"})

        assert (said.body["base"]["ref"], pull.base_ref, len(repo.data.suites)) == ("other", "other", before)

    def test_is_refused_for_a_closed_pr_a_missing_branch_a_twin_and_nothing_new(
        self, repo: Repo, app: Asker, pull: PullRequest
    ) -> None:
        repo.push("other", {"o.txt": "1\n"})
        repo.open_pull("feature", base="other")
        repo.push("ahead", {"z.txt": "1\n"}, start="feature")
        said = [app("PATCH", "/repos/o/r/pulls/1", {"base": base}) for base in ("nowhere", "other", "ahead")]
        repo.close(1)
        said.append(app("PATCH", "/repos/o/r/pulls/1", {"base": "other"}))

        errors = [one.body["errors"][0].get("message", one.body["errors"][0]["code"]) for one in said]
        assert [one.status for one in said] == [422] * 4
        assert errors == [
            "invalid",
            "A pull request already exists for base branch 'other' and head branch 'feature'",
            "There are no new commits between base branch 'ahead' and head branch 'feature'",
            "Cannot change the base branch of a closed pull request.",
        ]
        assert pull.base_ref == "main"


class TestOpeningAgain:
    def test_needs_base_and_head(self, repo: Repo, app: Asker, pull: PullRequest) -> None:
        """Platform: the order that rescues a PR is to make the branch again, open it, retarget it."""
        repo.push("child", {"c.txt": "1\n"}, start="feature")
        child, tip = repo.open_pull("child", base="feature"), pull.head_sha
        repo.push("feature", None)
        path = f"/repos/o/r/pulls/{child.number}"

        refused = app("PATCH", path, {"state": "open"})
        repo.push("feature", tip)
        opened = app("PATCH", path, {"state": "open"})
        retargeted = app("PATCH", path, {"base": "main"})

        assert "The feature branch has been deleted." in refused.body["errors"][0]["message"]
        assert [one.status for one in (refused, opened, retargeted)] == [422, 200, 200]

    def test_is_impossible_after_a_force_push(self, repo: Repo, app: Asker, pull: PullRequest) -> None:
        del pull
        repo.close(1)
        repo.push("feature", repo.push("other", {"x.txt": "1\n"}))

        assert app("PATCH", "/repos/o/r/pulls/1", {"state": "open"}).status == 422

    def test_starts_ci(self, repo: Repo, app: Asker, pull: PullRequest) -> None:
        app("PATCH", "/repos/o/r/pulls/1", {"state": "closed"})
        app("PATCH", "/repos/o/r/pulls/1", {"state": "open"})

        assert len(repo.data.suites_of(pull.head_sha)) == 2


def test_a_list_is_filtered_by_base_and_by_head_with_its_owner(repo: Repo, app: Asker, pull: PullRequest) -> None:
    """Platform: a head without an owner is passed over."""
    repo.push("child", {"c.txt": "1\n"}, start="feature")
    child = repo.open_pull("child", base="feature")
    asked = ("base=feature", "head=o:feature", "head=x:feature", "head=feature", "state=closed")

    found = [[one["number"] for one in app("GET", f"/repos/o/r/pulls?{query}").body] for query in asked]

    assert found == [[child.number], [pull.number], [], [child.number, pull.number], []]


def test_the_fork_of_a_pr_may_be_gone(hub: GitHub, repo: Repo, app: Asker) -> None:
    fork = repo.fork("bob/r")
    fork.push("idea", {"i.txt": "1\n"}, by="bob")
    repo.open_pull("idea", author="bob", fork="bob/r")
    before = app("GET", "/repos/o/r/pulls/1").body["head"]

    hub.delete_repository("bob/r")

    after = app("GET", "/repos/o/r/pulls/1").body["head"]
    assert (before["repo"]["full_name"], after["repo"], after["sha"]) == ("bob/r", None, before["sha"])
    assert repo.pull(1).state == "open"


def test_an_author_cannot_approve_their_own_pr(repo: Repo, pull: PullRequest) -> None:
    with pytest.raises(Refused, match="Can not approve your own pull request"):
        repo.review(pull.number, by="alice")


class TestIssuesAndComments:
    def test_labels_ignore_case_and_come_and_go(self, repo: Repo, app: Asker, pull: PullRequest) -> None:
        app("POST", "/repos/o/r/issues/1/labels", {"labels": ["MERGE", "hold"]})
        both = list(pull.labels)
        repo.unlabel(1, "Hold")

        assert (both, pull.labels) == (["merge", "hold"], ["merge"])

    def test_an_app_edits_its_own_comments_alone(self, repo: Repo, app: Asker, pull: PullRequest) -> None:
        own = app("POST", "/repos/o/r/issues/1/comments", {"body": "mine"}).body["id"]
        other = repo.comment(1, "yours", by="alice").id

        said = [app("PATCH", f"/repos/o/r/issues/comments/{one}", {"body": "new"}) for one in (own, other)]

        assert [one.status for one in said] == [200, 403]
        assert said[1].words == "Resource not accessible by integration"
        assert [comment.body for comment in pull.comments] == ["new", "yours"]

    def test_a_comment_can_be_too_long_or_empty(self, app: Asker, pull: PullRequest) -> None:
        bodies = ("x" * 65_536, "x" * 65_537, " \n")

        said = [app("POST", "/repos/o/r/issues/1/comments", {"body": body}).status for body in bodies]

        assert (said, len(pull.comments)) == ([201, 422, 422], 1)

    def test_issues_can_be_switched_off(self, repo: Repo, app: Asker) -> None:
        repo.settings.has_issues = False

        assert app("POST", "/repos/o/r/issues", {"title": "x"}).status == 410

    def test_issues_are_found_by_label(self, repo: Repo, app: Asker) -> None:
        frozen = repo.issue("Stop", ["mergebot-freeze"])
        repo.issue("Other")

        found = app("GET", "/repos/o/r/issues?labels=mergebot-freeze&state=open").body
        repo.close(frozen.number)

        assert [one["number"] for one in found] == [frozen.number]
        assert app("GET", "/repos/o/r/issues?labels=mergebot-freeze&state=open").body == []


class TestStatuses:
    def test_are_kept_and_the_newest_of_a_context_counts(self, repo: Repo, app: Asker, pull: PullRequest) -> None:
        path = f"/repos/o/r/statuses/{pull.head_sha}"
        for state, context in (("pending", "mergebot"), ("success", "MergeBot")):
            app("POST", path, {"state": state, "context": context, "description": "x"})

        assert [(one.context, one.state) for one in repo.data.statuses_of(pull.head_sha)] == [("MergeBot", "success")]
        assert len(repo.data.statuses) == 2

    def test_have_limits(self, repo: Repo, app: Asker, pull: PullRequest) -> None:
        path, sha = f"/repos/o/r/statuses/{pull.head_sha}", pull.head_sha
        long = app("POST", path, {"state": "success", "description": "x" * 141})
        strange = app("POST", path, {"state": "fine"})
        nowhere = app("POST", f"/repos/o/r/statuses/{'0' * 40}", {"state": "success"})
        repo.data.statuses += [repo.status(sha, "full")] * 999
        full = app("POST", path, {"state": "success", "context": "full"})

        assert [one.status for one in (long, strange, nowhere, full)] == [422] * 4
