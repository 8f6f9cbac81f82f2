"""`PUT /pulls/N/merge`: every answer that GitHub has, from one state."""

from collections.abc import Callable

import pytest

from tests.server.asking import Asker, Said
from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.state import Protection, PullRequest, Rule

NOT_MERGEABLE = "Pull Request is not mergeable"


def opened(repo: Repo, branch: str = "feature", **files: str) -> PullRequest:
    repo.push(branch, {f"{name}.txt": text for name, text in (files or {"a": "1\n"}).items()}, by="alice")
    return repo.open_pull(branch, author="alice")


def merge(app: Asker, pull: PullRequest, **options: object) -> Said:
    body = {"merge_method": "squash", "sha": pull.head_sha, **options}
    return app("PUT", f"/repos/o/r/pulls/{pull.number}/merge", body)


class TestASquashMerge:
    def test_lands_as_one_commit_by_the_author_with_exactly_the_message_given(self, repo: Repo, app: Asker) -> None:
        pull = opened(repo, a="1\n")
        repo.push("feature", {"b.txt": "2\n"}, by="alice")

        said = merge(app, pull, sha=pull.head_sha, commit_title="Title (#1)", commit_message="Body\n\nAgent: x\n")

        landed = repo.store.commit(said.body["sha"])
        assert (said.status, said.body["merged"], repo.sha("main")) == (200, True, landed.sha)
        assert landed.message == "Title (#1)\n\nBody\n\nAgent: x\n"
        assert landed.author.startswith("alice <")
        assert landed.committer == "GitHub <noreply@github.com>"
        assert repo.box.history() == ["initial", "Title (#1)"]
        assert sorted(repo.store.files(landed.tree)) == ["README", "a.txt", "b.txt"]

    def test_closes_the_pr_and_keeps_its_head_ref(self, repo: Repo, app: Asker) -> None:
        pull = opened(repo)
        head = pull.head_sha

        said = merge(app, pull)

        assert (pull.state, pull.merged, pull.merge_sha) == ("closed", True, said.body["sha"])
        assert pull.merged_by == "mergebot[bot]"
        assert repo.box.refs()["refs/pull/1/head"] == head
        assert repo.data.branch("feature") == head

    def test_without_a_message_takes_what_the_settings_say(self, repo: Repo, app: Asker) -> None:
        merge(app, opened(repo))

        assert repo.box.git("log", "-1", "--format=%B", "main").strip() == "Change feature (#1)\n\n* Change feature"

    def test_starts_the_workflows_of_a_push_unless_a_github_token_did_it(self, hub: GitHub, repo: Repo) -> None:
        """Platform: what GITHUB_TOKEN does starts no push workflow."""
        events = []
        for kind, branch in (("app", "one"), ("actions", "two")):
            asker = Asker(hub, hub.token("bot", kind=kind))  # type: ignore[arg-type]
            said = merge(asker, opened(repo, branch, **{branch: "x\n"}))
            events.append([suite.run.event for suite in repo.data.suites_of(said.body["sha"]) if suite.run])

        assert events == [["push"], []]


def _moved(repo: Repo, pull: PullRequest) -> dict[str, object]:
    old = pull.head_sha
    repo.push("feature", {"b.txt": "x\n"})
    return {"sha": old}


def _conflicting(repo: Repo, _: PullRequest) -> dict[str, object]:
    repo.push("main", {"a.txt": "other\n"})
    return {}


def _closed(repo: Repo, pull: PullRequest) -> dict[str, object]:
    repo.close(pull.number)
    return {}


def _merged(repo: Repo, pull: PullRequest) -> dict[str, object]:
    repo.merge(pull.number)
    return {}


def _draft(repo: Repo, pull: PullRequest) -> dict[str, object]:
    repo.edit(pull.number, draft=True)
    return {}


def _no_squash(repo: Repo, _: PullRequest) -> dict[str, object]:
    repo.settings.squash = False
    return {}


def _base_modified(repo: Repo, _: PullRequest) -> dict[str, object]:
    repo.settings.base_modified = 1
    return {}


def _not_computed(repo: Repo, _: PullRequest) -> dict[str, object]:
    repo.settings.merge_needs_look = True
    return {}


def _stacked(repo: Repo, _: PullRequest) -> dict[str, object]:
    repo.stack([1])
    return {}


def _archived(repo: Repo, _: PullRequest) -> dict[str, object]:
    repo.settings.archived = True
    return {}


def _workflow_file(repo: Repo, _: PullRequest) -> dict[str, object]:
    return {"sha": repo.push("feature", {".github/workflows/ci.yml": "on: push\n"})}


def _queue(repo: Repo, _: PullRequest) -> dict[str, object]:
    repo.rule(Rule("merge_queue"))
    return {}


def _ruled_check(repo: Repo, _: PullRequest) -> dict[str, object]:
    repo.rule(Rule("required_status_checks", {"required_status_checks": [{"context": "unit"}]}))
    return {}


def _signatures(repo: Repo, _: PullRequest) -> dict[str, object]:
    repo.rule(Rule("required_signatures"))
    return {}


def _method(repo: Repo, _: PullRequest) -> dict[str, object]:
    repo.rule(Rule("pull_request", {"allowed_merge_methods": ["merge"]}))
    return {}


def _protected_check(repo: Repo, _: PullRequest) -> dict[str, object]:
    repo.protect(Protection(1, "main", required_checks=("ci",)))
    return {}


def _review_needed(repo: Repo, _: PullRequest) -> dict[str, object]:
    repo.protect(Protection(1, "main", approvals=2))
    return {}


def _changes_requested(repo: Repo, pull: PullRequest) -> dict[str, object]:
    repo.protect(Protection(1, "main", approvals=1))
    repo.review(pull.number, by="rita", state="CHANGES_REQUESTED")
    return {}


def _bad_sha(_repo: Repo, _pull: PullRequest) -> dict[str, object]:
    return {"sha": "abc"}


@pytest.mark.parametrize(
    ("prepare", "status", "words"),
    [
        (_moved, 409, "Head branch was modified. Review and try the merge again."),
        (_conflicting, 405, NOT_MERGEABLE),
        (_closed, 405, NOT_MERGEABLE),
        (_merged, 405, NOT_MERGEABLE),
        (_not_computed, 405, NOT_MERGEABLE),
        (_draft, 405, "Pull Request is still a draft"),
        (_no_squash, 405, "Squash merges are not allowed on this repository."),
        (_base_modified, 405, "Base branch was modified. Review and try the merge again."),
        (_stacked, 403, "Merging stacked PRs via this endpoint is not supported. Use the asynchronous merge endpoint"),
        (_archived, 403, "Repository was archived so is read-only."),
        (_workflow_file, 403, "refusing to allow a GitHub App to create or update workflow"),
        (_queue, 405, "Repository rule violations found\n\nChanges must be made through the merge queue"),
        (_ruled_check, 405, 'Repository rule violations found\n\nRequired status check "unit" is expected.'),
        (_signatures, 405, "Repository rule violations found\n\nCommits must have verified signatures."),
        (_method, 405, "Repository rule violations found\n\nSquash merges are not allowed on this branch."),
        (_protected_check, 405, 'Required status check "ci" is queued.'),
        (_review_needed, 405, "At least 2 approving reviews are required by reviewers with write access."),
        (_changes_requested, 405, "Changes have been requested on this pull request."),
        (_bad_sha, 422, "Head sha 'abc' is not a valid SHA."),
    ],
)
def test_a_refusal_says_githubs_words_and_changes_nothing(
    repo: Repo,
    app: Asker,
    prepare: Callable[[Repo, PullRequest], dict[str, object]],
    status: int,
    words: str,
) -> None:
    pull = opened(repo)
    options = prepare(repo, pull)
    before = repo.sha("main")

    said = merge(app, pull, **options)

    assert (said.status, said.words[: len(words)]) == (status, words)
    assert repo.sha("main") == before


def test_a_token_without_the_right_is_refused_and_told_which_right(hub: GitHub, repo: Repo) -> None:
    """Platform: the merge needs `contents: write`, and nothing of pull requests."""
    rights = {"contents": "read", "pull_requests": "write"}
    asker = Asker(hub, hub.token("weak", kind="app", rights=rights))

    said = merge(asker, opened(repo))

    assert (said.status, said.words) == (403, "Resource not accessible by integration")
    assert said.headers["X-Accepted-GitHub-Permissions"] == "contents=write"


def test_base_modified_is_a_passing_refusal(repo: Repo, app: Asker) -> None:
    pull = opened(repo)
    repo.settings.base_modified = 2

    assert [merge(app, pull).status for _ in range(3)] == [405, 405, 200]


def test_a_look_lets_a_merge_through_that_was_not_computed(repo: Repo, app: Asker) -> None:
    pull = opened(repo)
    repo.settings.merge_needs_look = True

    assert merge(app, pull).status == 405
    assert [app("GET", "/repos/o/r/pulls/1").body["mergeable"] for _ in range(2)] == [None, True]
    assert merge(app, pull).status == 200


def test_rules_pass_once_they_are_satisfied(repo: Repo, app: Asker) -> None:
    pull = opened(repo)
    repo.protect(Protection(1, "main", required_checks=("ci",), approvals=1))
    repo.finish_ci()
    repo.review(pull.number, by="rita")

    assert merge(app, pull).status == 200


def test_a_check_pinned_to_an_app_is_not_met_by_a_status_of_its_name(repo: Repo, app: Asker) -> None:
    pull = opened(repo)
    check = {"context": "lint", "integration_id": 99}
    repo.rule(Rule("required_status_checks", {"required_status_checks": [check]}))
    repo.status(pull.head_sha, "lint")

    assert merge(app, pull).words.endswith('Required status check "lint" is expected.')


class TestDeletingTheBranchOnMerge:
    def test_retargets_the_dependents(self, repo: Repo, app: Asker) -> None:
        pull, child = _pair(repo)
        repo.settings.delete_branch_on_merge = True

        merge(app, pull)

        assert repo.data.branch("feature") is None
        assert (child.state, child.base_ref) == ("open", "main")

    def test_or_closes_them(self, repo: Repo, app: Asker) -> None:
        """Users have seen this, too."""
        pull, child = _pair(repo)
        repo.settings.delete_branch_on_merge = repo.settings.closes_dependents = True

        merge(app, pull)

        assert (child.state, child.merged, child.base_ref) == ("closed", False, "feature")


def _pair(repo: Repo) -> tuple[PullRequest, PullRequest]:
    pull = opened(repo)
    repo.push("child", {"c.txt": "3\n"}, start="feature")
    return pull, repo.open_pull("child", base="feature")
