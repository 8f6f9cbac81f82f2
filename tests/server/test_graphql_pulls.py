"""PRs in the test server's GraphQL: what is null on GitHub is null here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.graphql import execute
from tests.server.graphql_asking import ask, pull, repository
from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.state import Protection


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    with GitHub.start(tmp_path) as hub:
        hub.user("ada", permission="write")
        yield hub


@pytest.fixture
def repo(hub: GitHub) -> Repo:
    repo = hub.repository("o/r")
    repo.push("feature", {"a.txt": "a\n"})
    repo.open_pull("feature", title="A", labels=["merge"])
    return repo


@pytest.fixture
def token(hub: GitHub) -> str:
    return hub.token("mergebot", kind="app")


class TestWhoWroteIt:
    def test_an_app_is_a_bot_whose_login_has_no_suffix(self, hub: GitHub, repo: Repo, token: str) -> None:
        """GraphQL spells an app's login otherwise than REST."""
        hub.user("fleet[bot]", kind="Bot", permission="write")
        repo.pull(1).author = "fleet[bot]"

        assert pull(hub, token, 1, "author { __typename login }") == {"author": {"__typename": "Bot", "login": "fleet"}}

    def test_a_deleted_account_is_null(self, hub: GitHub, repo: Repo, token: str) -> None:
        """The ghost has no author object."""
        repo.review(1, by="bob")
        repo.pull(1).author = repo.pull(1).reviews[0].author = None

        assert pull(hub, token, 1, "author { login } reviews(first: 1) { nodes { author { login } } }") == {
            "author": None,
            "reviews": {"nodes": [{"author": None}]},
        }

    def test_the_viewer_of_an_app_keeps_its_suffix(self, hub: GitHub, repo: Repo, token: str) -> None:
        """The viewer is a User, even where it is an app."""
        assert repo.full_name == "o/r"
        answer = execute(hub, hub.state.tokens[token], "{ viewer { __typename login } }")

        assert answer == {"data": {"viewer": {"__typename": "User", "login": "mergebot[bot]"}}}

    def test_what_an_association_says_and_what_may_be_pushed_are_two_things(
        self, hub: GitHub, repo: Repo, token: str
    ) -> None:
        """A collaborator may have no more than read."""
        repo.grant("bob", "read")
        repo.review(1, by="bob")

        assert pull(hub, token, 1, "reviews(last: 5) { nodes { authorAssociation authorCanPushToRepository } }") == {
            "reviews": {"nodes": [{"authorAssociation": "COLLABORATOR", "authorCanPushToRepository": False}]}
        }


class TestHeadAndBase:
    FIELDS = "state headRefName headRefOid headRef { name target { oid } } headRepository { nameWithOwner }"

    def test_the_ref_of_a_deleted_branch_is_null_and_its_name_stays(self, hub: GitHub, repo: Repo, token: str) -> None:
        """A merged PR still says where it came from."""
        head = repo.sha("feature")
        landed = repo.merge(1)
        repo.push("feature", None)

        assert pull(hub, token, 1, f"{self.FIELDS} mergeCommit {{ oid }} mergedBy {{ login }}") == {
            "state": "MERGED",
            "headRefName": "feature",
            "headRefOid": head,
            "headRef": None,
            "headRepository": {"nameWithOwner": "o/r"},
            "mergeCommit": {"oid": landed},
            "mergedBy": {"login": "ada"},
        }

    def test_a_fork_is_another_repository_until_it_is_gone(self, hub: GitHub, repo: Repo, token: str) -> None:
        """The head repository of a deleted fork is null, and the PR is still across repositories."""
        fork = repo.fork("eve/r")
        head = fork.push("patch", {"b.txt": "b\n"}, by="eve")
        number = repo.open_pull("patch", fork="eve/r", author="eve").number
        fields = f"isCrossRepository {self.FIELDS}"

        before = pull(hub, token, number, fields)
        repo.pull(number).head_repository = None
        after = pull(hub, token, number, fields)

        assert before["headRepository"] == {"nameWithOwner": "eve/r"}
        assert before["headRef"] == {"name": "patch", "target": {"oid": head}}
        assert (after["isCrossRepository"], after["headRepository"], after["headRef"]) == (True, None, None)
        assert after["headRefOid"] == head

    def test_the_rule_of_a_branch_is_null_where_none_is(self, hub: GitHub, repo: Repo, token: str) -> None:
        """Classic protection as everyone may see it."""
        repo.protect(Protection(id=1, pattern="main", required_checks=("ci",), push_logins=("root",)))

        assert repository(
            hub,
            token,
            'ref(qualifiedName: "refs/heads/main") { refUpdateRule { requiredStatusCheckContexts viewerCanPush } }'
            ' other: ref(qualifiedName: "refs/heads/feature") { refUpdateRule { viewerCanPush } }'
            ' none: ref(qualifiedName: "refs/heads/gone") { name }',
        ) == {
            "ref": {"refUpdateRule": {"requiredStatusCheckContexts": ["ci"], "viewerCanPush": False}},
            "other": {"refUpdateRule": None},
            "none": None,
        }


class TestCommits:
    def test_a_commit_says_what_git_says(self, hub: GitHub, repo: Repo, token: str) -> None:
        """Dates, identities and parents come from the object itself."""
        main, head = repo.sha("main"), repo.push("feature", {"a.txt": "b\n"}, message="Second\n\nBody\n")

        [node] = pull(
            hub,
            token,
            1,
            "commits(last: 1) { nodes { commit { oid messageHeadline messageBody committedDate"
            " author { name email } parents(first: 3) { nodes { parents(first: 1) { nodes { oid } } } } } } }",
        )["commits"]["nodes"]

        assert node["commit"] | {"committedDate": ""} == {
            "oid": head,
            "messageHeadline": "Second",
            "messageBody": "Body",
            "committedDate": "",
            "author": {"name": "ada", "email": "ada@example.org"},
            "parents": {"nodes": [{"parents": {"nodes": [{"oid": main}]}}]},
        }
        assert node["commit"]["committedDate"].endswith("Z")

    def test_the_commits_of_a_pr_are_its_own(self, hub: GitHub, repo: Repo, token: str) -> None:
        """Oldest first, without those of base."""
        first = repo.sha("feature")
        second = repo.push("feature", {"a.txt": "b\n"})

        assert pull(hub, token, 1, "commits(first: 9) { totalCount nodes { commit { oid } } }") == {
            "commits": {"totalCount": 2, "nodes": [{"commit": {"oid": first}}, {"commit": {"oid": second}}]}
        }

    def test_an_object_is_found_by_its_name_or_not_at_all(self, hub: GitHub, repo: Repo, token: str) -> None:
        """An unknown object is null, without an error."""
        tip = repo.sha("main")

        assert ask(
            hub,
            token,
            f'object(oid: "{tip}") {{ __typename oid }}'
            f' file: object(expression: "main:README") {{ __typename }} none: object(oid: "{"0" * 39}1") {{ oid }}',
        ) == {
            "data": {
                "repository": {
                    "object": {"__typename": "Commit", "oid": tip},
                    "file": {"__typename": "Blob"},
                    "none": None,
                }
            }
        }


class TestFindingPrs:
    def test_states_branches_and_labels_narrow_the_list(self, hub: GitHub, repo: Repo, token: str) -> None:
        """Labels are compared without regard to case, as GitHub does."""
        repo.push("other", {"b.txt": "b\n"})
        repo.open_pull("other", title="B", labels=["Agent:Bob"])
        repo.merge(1)

        assert repository(
            hub,
            token,
            "merged: pullRequests(states: [MERGED], first: 9) { nodes { number } }"
            ' labelled: pullRequests(labels: ["agent:bob"], first: 9) { nodes { number } }'
            ' branch: pullRequests(headRefName: "other", first: 9) { nodes { number } }'
            ' base: pullRequests(baseRefName: "other", first: 9) { totalCount }',
        ) == {
            "merged": {"nodes": [{"number": 1}]},
            "labelled": {"nodes": [{"number": 2}]},
            "branch": {"nodes": [{"number": 2}]},
            "base": {"totalCount": 0},
        }

    def test_a_number_that_is_none_is_null_with_an_error(self, hub: GitHub, repo: Repo, token: str) -> None:
        """The rest of the answer is there all the same."""
        assert repo.issue("frozen", ["mergebot-freeze"]).number == 2
        repo.label(1, "mergebot-freeze")

        answer = ask(
            hub,
            token,
            "a: issueOrPullRequest(number: 2) { __typename } b: issueOrPullRequest(number: 99) { __typename }"
            " c: pullRequest(number: 2) { number }"
            ' d: issues(labels: ["mergebot-freeze"], states: [OPEN], first: 20) { totalCount nodes { title } }',
        )

        assert answer["data"]["repository"] == {
            "a": {"__typename": "Issue"},
            "b": None,
            "c": None,
            "d": {"totalCount": 1, "nodes": [{"title": "frozen"}]},
        }
        assert [(error["type"], error["path"], error["message"]) for error in answer["errors"]] == [
            ("NOT_FOUND", ["repository", "b"], "Could not resolve to an issue or pull request with the number of 99."),
            ("NOT_FOUND", ["repository", "c"], "Could not resolve to a PullRequest with the number of 2."),
        ]
