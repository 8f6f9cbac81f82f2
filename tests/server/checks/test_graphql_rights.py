"""GraphQL: what a token without a right is shown: a null at that node, and an error that names it."""

from tests.server.checks.head import ROLLUP
from tests.server.graphql_asking import ask, repository
from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.state import Protection


class TestRights:
    def test_only_who_may_push_sees_the_collaborators(self, hub: GitHub, repo: Repo, token: str) -> None:
        """Others get null and FORBIDDEN, in words for their kind of token."""
        fields = 'collaborators(login: "ADA", first: 1) { edges { permission node { login } } }'
        hub.user("eve", permission="read")
        assert repo.full_name == "o/r"

        seen = repository(hub, token, fields)
        app = ask(hub, hub.token("reader", kind="read"), fields)
        person = ask(hub, hub.token("eve"), fields)

        assert seen == {"collaborators": {"edges": [{"permission": "WRITE", "node": {"login": "ada"}}]}}
        assert app["data"] == person["data"] == {"repository": {"collaborators": None}}
        assert [(error["type"], error["path"], error["message"]) for error in app["errors"] + person["errors"]] == [
            ("FORBIDDEN", ["repository", "collaborators"], "Resource not accessible by integration"),
            ("FORBIDDEN", ["repository", "collaborators"], "Must have push access to view repository collaborators."),
        ]

    def test_that_everyone_may_read_makes_nobody_a_collaborator(self, hub: GitHub, repo: Repo, token: str) -> None:
        """A stranger is not in the list, a person who was granted read is; apps are never in it."""
        hub.user("eve", permission="read")
        repo.grant("dan", "read")

        found = repository(hub, token, 'collaborators(query: "", first: 9) { nodes { login } }')

        assert {node["login"] for node in found["collaborators"]["nodes"]} == {"ada", "bob", "cyd", "dan", "o"}

    def test_a_private_repository_does_not_exist_for_who_may_not_see_it(self, hub: GitHub) -> None:
        """NOT_FOUND, as for one that is not there."""
        hub.repository("o/p", private=True)
        hub.user("eve")

        answers = [ask(hub, hub.token("eve"), "name", repository=name) for name in ("o/p", "o/none")]

        assert [answer["data"] for answer in answers] == [{"repository": None}] * 2
        assert [answer["errors"][0]["type"] for answer in answers] == ["NOT_FOUND"] * 2
        assert answers[0]["errors"][0]["message"] == "Could not resolve to a Repository with the name 'o/p'."

    def test_a_missing_right_leaves_a_null_with_its_path(self, hub: GitHub) -> None:
        """In a private repository an app without `checks` sees that there is a check, and not what it says."""
        repo = hub.repository("o/p", private=True)
        repo.push("feature", {"a.txt": "a\n"})
        repo.open_pull("feature")
        repo.status(repo.sha("feature"), "lint")
        token = hub.token("x", kind="app", rights={"contents": "read", "pull_requests": "read", "statuses": "read"})

        answer = ask(hub, token, f"pullRequest(number: 1) {{ {ROLLUP} }}", repository="o/p")
        commit = answer["data"]["repository"]["pullRequest"]["commits"]["nodes"][0]["commit"]

        assert commit["statusCheckRollup"]["contexts"]["nodes"] == [
            None,
            {"__typename": "StatusContext", "context": "lint", "state": "SUCCESS"},
        ]
        assert commit["checkSuites"] is None
        path = ["repository", "pullRequest", "commits", "nodes", 0, "commit"]
        assert [(error["type"], error["path"]) for error in answer["errors"]] == [
            ("FORBIDDEN", [*path, "statusCheckRollup", "contexts", "nodes", 0]),
            ("FORBIDDEN", [*path, "checkSuites"]),
        ]

    def test_the_permission_of_an_app_is_null(self, hub: GitHub, repo: Repo, token: str) -> None:
        """Only people have one; the full rule of a protected branch only administrators see."""
        repo.protect(Protection(id=1, pattern="main"))
        fields = "viewerPermission defaultBranchRef { branchProtectionRule { pattern } }"

        repo.grant("mergebot[bot]", "write")
        app = ask(hub, token, fields)
        assert app["data"]["repository"] == {
            "viewerPermission": None,
            "defaultBranchRef": {"branchProtectionRule": None},
        }
        assert app["errors"][0]["type"] == "FORBIDDEN"
        assert repository(hub, hub.token("ada"), fields) == {
            "viewerPermission": "WRITE",
            "defaultBranchRef": {"branchProtectionRule": None},
        }
        assert repository(hub, hub.token("o"), fields) == {
            "viewerPermission": "ADMIN",
            "defaultBranchRef": {"branchProtectionRule": {"pattern": "main"}},
        }
