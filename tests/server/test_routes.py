"""REST: every route once, held to GitHub's own description; who may ask; pages; what the server does not know."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.github import is_installed
from tests.conformance.log import check_log
from tests.server.asking import Asker, ask
from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.rest import find
from tests.server.routes import ROUTES
from tests.server.state import Rule

RULES = (
    Rule("non_fast_forward"),
    Rule("required_signatures"),
    Rule(
        "required_status_checks",
        {"required_status_checks": [{"context": "ci"}], "strict_required_status_checks_policy": False},
    ),
)


def ask_pulls(app: Asker, repo: Repo) -> None:
    head = repo.pull(1).head_sha
    for path in ("?state=all&per_page=2", "?head=o:one&base=main", "/1", "/1", "/99", "/1/merge"):
        app("GET", f"/repos/o/r/pulls{path}")
    app("PATCH", "/repos/o/r/pulls/1", {"title": "Other", "body": "text"})
    app("PUT", "/repos/o/r/pulls/1/merge", {"sha": "0" * 40, "merge_method": "squash"})
    app("PUT", "/repos/o/r/pulls/1/merge", {"sha": head, "merge_method": "squash", "commit_title": "t"})
    app("GET", "/repos/o/r/pulls/1/merge")
    app("GET", "/repos/o/r/stacks")
    repo.stack([2, 3])
    app("GET", "/repos/o/r/stacks?per_page=100&page=1")
    app("PATCH", "/repos/o/r/pulls/3", {"base": "main"})
    asked = app("PUT", "/repos/o/r/pulls/2/merge-async", {"merge_method": "squash", "merge_action": "direct_merge"})
    app("PUT", "/repos/o/r/pulls/2/merge-async", {})
    for _ in range(2):
        app("GET", f"/repos/o/r/pulls/2/merge-async/{asked.body['details']['uuid']}")
    app("PUT", "/repos/o/r/pulls/2/merge-async", {})


def ask_issues(app: Asker) -> None:
    issue = app("POST", "/repos/o/r/issues", {"title": "Stop", "body": "why", "labels": ["mergebot-freeze"]})
    own = f"/repos/o/r/issues/{issue.body['number']}"
    comment = app("POST", f"{own}/comments", {"body": "hello"}).body["id"]
    for method, path, body in (
        ("POST", f"{own}/labels", {"labels": ["x"]}),
        ("GET", f"{own}/labels", None),
        ("DELETE", f"{own}/labels/x", None),
        ("DELETE", f"{own}/labels/x", None),
        ("GET", f"{own}/comments?per_page=100", None),
        ("GET", f"/repos/o/r/issues/comments/{comment}", None),
        ("PATCH", f"/repos/o/r/issues/comments/{comment}", {"body": "hello again"}),
        ("POST", f"/repos/o/r/issues/comments/{comment}/reactions", {"content": "+1"}),
        ("DELETE", f"/repos/o/r/issues/comments/{comment}", None),
        ("PATCH", own, {"state": "closed"}),
        ("GET", own, None),
        ("GET", "/repos/o/r/issues?state=all&labels=mergebot-freeze", None),
    ):
        app(method, path, body)


def ask_the_rest(app: Asker, repo: Repo, person: Asker) -> None:
    head = repo.pull(3).head_sha
    repo.rule(*RULES)
    run = next(suite.run.id for suite in repo.data.suites if suite.run)
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/rules/branches/main", None),
        ("POST", f"/statuses/{head}", {"state": "pending", "context": "mergebot", "description": "waiting"}),
        ("POST", f"/statuses/{head}", {"state": "pending", "description": "x" * 141}),
        ("GET", f"/commits/{head}/check-runs?filter=latest&per_page=100&page=1", None),
        ("POST", "/actions/workflows/ci.yml/dispatches", {"ref": "one"}),
        ("POST", "/actions/workflows/ci.yml/dispatches", {"ref": "one", "return_run_details": True}),
        ("GET", f"/actions/runs/{run}", None),
        ("POST", f"/actions/runs/{run}/rerun-failed-jobs", None),
        ("GET", "/collaborators/alice/permission", None),
        ("GET", "/collaborators/nobody/permission", None),
        ("GET", "/labels", None),
        ("GET", "/actions/permissions", None),
        ("GET", "/actions/permissions/workflow", None),
        ("GET", "/actions/workflows", None),
        ("GET", "/actions/workflows/ci.yml/runs", None),
    ):
        app(method, f"/repos/o/r{path}", body)
    app("GET", "/rate_limit")
    app("GET", "/user")
    person("GET", "/user")


def ask_everything(hub: GitHub, repo: Repo, app: Asker, jwt_of: Any) -> None:  # noqa: ANN401 (a fixture's function)
    for branch, start in (("one", "main"), ("two", "main"), ("three", "two")):
        repo.push(branch, {f"{branch}.txt": "1\n"}, by="alice", start=start)
        repo.open_pull(branch, base=start, author="alice", labels=["merge"])
    repo.tick()
    ask_the_rest(app, repo, Asker(hub, hub.token("alice")))
    repo.data.rulesets.clear()
    ask_issues(app)
    ask_pulls(app, repo)
    found, header = jwt_of()
    ask(hub, "GET", "/api/v3/repos/o/r/installation", authorization=header)
    ask(hub, "POST", f"/api/v3/app/installations/{found.installation}/access_tokens", {}, authorization=header)


def test_every_route_answers_as_github_describes_it(hub: GitHub, repo: Repo, app: Asker, jwt_of: Any) -> None:  # noqa: ANN401 (a fixture's function)
    ask_everything(hub, repo, app, jwt_of)

    asked = {find(hub, ROUTES, exchange)[0].handle for exchange in hub.log}
    assert asked == {route.handle for route in ROUTES}
    if is_installed():
        assert check_log(hub.log) == []


class TestWhoMayAsk:
    def test_no_token_a_bad_one_and_an_old_one_are_401(self, hub: GitHub, repo: Repo) -> None:
        del repo
        old = hub.token("old", kind="app", expires_in=-1)
        headers = ("", "Bearer nonsense", "Basic eDp5", f"token {old}")

        said = [ask(hub, "GET", "/api/v3/repos/o/r", authorization=header) for header in headers]

        assert [(one.status, one.words) for one in said] == [
            (401, "Requires authentication"),
            *[(401, "Bad credentials")] * 3,
        ]

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", "/issues", {"title": "x"}),
            ("POST", "/issues/1/comments", {"body": "x"}),
            ("POST", "/issues/comments/1/reactions", {"content": "+1"}),
            ("PATCH", "/pulls/1", {"title": "x"}),
            ("PUT", "/pulls/1/merge", {}),
            ("POST", "/statuses/HEAD", {"state": "success"}),
            ("POST", "/actions/workflows/ci.yml/dispatches", {"ref": "main"}),
            ("POST", "/actions/runs/1/rerun-failed-jobs", None),
            ("GET", "/collaborators/alice/permission", None),
        ],
    )
    def test_a_token_that_may_only_read_writes_nothing(
        self, hub: GitHub, repo: Repo, method: str, path: str, body: dict[str, Any] | None
    ) -> None:
        repo.push("feature", {"a.txt": "1\n"})
        repo.open_pull("feature")
        reader = Asker(hub, hub.token("reader", kind="read"))
        before = hub.remember()

        assert reader(method, f"/repos/o/r{path}", body).status == 403
        assert before.repositories == hub.state.repositories

    def test_a_person_without_push_right_is_refused_too(self, hub: GitHub, repo: Repo) -> None:
        repo.push("feature", {"a.txt": "1\n"})
        repo.open_pull("feature")
        reader = Asker(hub, hub.token("bob"))
        hub.user("bob", permission="read")

        assert reader("PATCH", "/repos/o/r/pulls/1", {"title": "x"}).status == 403

    def test_a_token_for_other_repositories_is_refused(self, hub: GitHub, repo: Repo) -> None:
        del repo
        asker = Asker(hub, hub.token("narrow", kind="app", repositories=("o/other",)))

        assert asker("POST", "/repos/o/r/issues", {"title": "x"}).status == 403

    def test_an_installation_token_is_minted_for_a_signed_jwt_and_ends_after_an_hour(
        self,
        hub: GitHub,
        repo: Repo,
        jwt_of: Any,  # noqa: ANN401 (a fixture's function)
    ) -> None:
        del repo
        now = 1_795_000_000.0
        hub.clock = lambda: now
        found, header = jwt_of()
        path = f"/api/v3/app/installations/{found.installation}/access_tokens"
        token = ask(hub, "POST", path, {}, authorization=header).body["token"]
        asker = Asker(hub, token)

        fresh = asker("GET", "/repos/o/r").status
        now += 3600

        assert (fresh, asker("GET", "/repos/o/r").status) == (200, 401)
        assert ask(hub, "POST", path, {}, authorization=header).status == 401
        assert ask(hub, "POST", path, {}, authorization=f"Bearer {token}").status == 401


def test_the_settings_for_merging_are_shown_to_those_who_may_push(hub: GitHub, repo: Repo, app: Asker) -> None:
    del repo
    reader = Asker(hub, hub.token("reader", kind="read"))

    shown = ["allow_squash_merge" in asker("GET", "/repos/o/r").body for asker in (app, reader)]

    assert shown == [True, False]


def test_a_renamed_repository_is_found_by_its_old_name(hub: GitHub, repo: Repo, app: Asker) -> None:
    """Platform: 301 for a read and 307 for a write, to a place that names the repository by its number; git follows."""
    hub.rename("o/r", "o/new")
    read, write = app("GET", "/repos/o/r/pulls"), app("PATCH", "/repos/o/r/pulls/1", {})

    place = read.headers["Location"].removeprefix(hub.api)
    assert (read.status, write.status) == (301, 307)
    assert app("GET", place).status == 200
    assert place == f"/repositories/{repo.data.id}/pulls"
    assert repo.box.git("ls-remote", f"{hub.url}/o/r.git", "main").endswith("refs/heads/main")


class TestPages:
    def test_a_list_is_cut_and_says_where_the_rest_is(self, repo: Repo, app: Asker) -> None:
        for number in range(5):
            repo.issue(f"Issue {number}")

        page = app("GET", "/repos/o/r/issues?per_page=2&page=2&direction=asc")
        last = app("GET", "/repos/o/r/issues?per_page=2&page=3")

        assert [issue["number"] for issue in page.body] == [3, 4]
        assert 'page=3&direction=asc>; rel="next"' in page.headers["Link"]
        assert 'page=1&direction=asc>; rel="prev"' in page.headers["Link"]
        assert 'rel="next"' not in last.headers["Link"]

    def test_a_page_holds_thirty_unless_more_are_asked_for_and_never_more_than_a_hundred(
        self, repo: Repo, app: Asker
    ) -> None:
        for number in range(120):
            repo.issue(f"Issue {number}")

        sizes = [len(app("GET", f"/repos/o/r/issues{query}").body) for query in ("", "?per_page=100", "?per_page=500")]

        assert sizes == [30, 100, 100]


class TestWhatTheServerDoesNotKnowFailsTheTest:
    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("GET", "/repos/o/r/nothing", None),
            ("PUT", "/repos/o/r/pulls/1", {}),
            ("GET", "/repos/o/r/pulls?colour=red", None),
            ("POST", "/repos/o/r/issues", {"title": "x", "colour": "red"}),
        ],
    )
    def test_a_route_a_method_a_parameter_a_field(
        self, tmp_path: Path, method: str, path: str, body: dict[str, Any] | None
    ) -> None:
        hub = GitHub.start(tmp_path)
        hub.repository("o/r")
        said = Asker(hub, hub.token("bot", kind="app"))(method, path, body)

        assert said.status == 500
        with pytest.raises(AssertionError, match="what it does not know"):
            hub.__exit__(None, None, None)

    def test_an_api_request_without_a_user_agent_is_refused(self, hub: GitHub) -> None:
        from http.client import HTTPConnection  # noqa: PLC0415 (only here)

        connection = HTTPConnection(hub.url.removeprefix("http://"))
        connection.request("GET", "/api/v3/user")
        answer = connection.getresponse()
        answer.read()
        connection.close()

        assert answer.status == 403
