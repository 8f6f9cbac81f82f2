"""A client by hand: every route of the test server, well used and badly."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.state import Rule

Json = dict[str, Any]

CHECKS = {
    "required_status_checks": [{"context": "ci", "integration_id": 15368}, {"context": "lint"}],
    "strict_required_status_checks_policy": False,
}
REVIEWS = {
    "required_approving_review_count": 1,
    "allowed_merge_methods": ["squash"],
    "dismiss_stale_reviews_on_push": False,
    "require_code_owner_review": False,
    "require_last_push_approval": False,
    "required_review_thread_resolution": False,
}


@dataclass
class Client:
    """Sends plain requests with one token."""

    hub: GitHub
    token: str
    repository: str = "/repos/o/r"

    def send(self, verb: str, path: str, body: Json | None = None) -> Any:  # noqa: ANN401 (JSON)
        """The answer's JSON, of an error too; a `path` without a leading slash is in the repository."""
        url = self.hub.api + (path if path.startswith("/") else f"{self.repository}/{path}".rstrip("/"))
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": "tests", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=verb)  # noqa: S310 (our own server)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (our own server)
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
        return json.loads(text) if text else None

    def get(self, path: str) -> Any:  # noqa: ANN401 (JSON)
        """GET."""
        return self.send("GET", path)


def branch(repo: Repo, name: str, *, base: str = "main") -> int:
    """A new PR from a new branch."""
    repo.push(name, {f"{name}.txt": f"{name}\n"}, start=base)
    return repo.open_pull(name, base=base, labels=["merge"]).number


def reading(client: Client, repo: Repo) -> None:
    """Everything that can be looked at."""
    number = branch(repo, "read")
    repo.review(number, by="bob")
    repo.finish_ci()
    run = repo.data.suites[-1].run
    assert run is not None
    for path in (
        "",
        "pulls?state=all&per_page=1&page=1&sort=updated&direction=asc",
        "pulls?state=open&base=main&head=o:read&per_page=100",
        f"pulls/{number}",
        f"pulls/{number}",
        f"pulls/{number}/merge",
        f"issues/{number}",
        f"issues/{number}/labels",
        "issues?state=all&labels=merge&creator=ada&sort=created&direction=asc&per_page=2",
        f"commits/{repo.sha('read')}/check-runs?filter=latest&check_name=ci&status=completed&app_id=15368&per_page=5",
        f"actions/runs/{run.id}?exclude_pull_requests=true",
        "collaborators/bob/permission",
        "collaborators/nobody/permission",
        "stacks",
        "/user",
        "/rate_limit",
        "pulls/999",
        "issues/999",
        "actions/runs/1",
        f"commits/{'0' * 39}1/check-runs",
    ):
        client.get(path)


def ruling(client: Client, repo: Repo) -> None:
    """Every kind of rule that mergebot looks at, and a branch that does not exist."""
    repo.rule(
        Rule("required_status_checks", CHECKS),
        Rule("pull_request", REVIEWS),
        Rule("non_fast_forward"),
        Rule("deletion"),
        Rule("required_signatures"),
        Rule("required_linear_history"),
        Rule("update"),
        Rule("creation"),
        include=("ruled",),
    )
    repo.rule(Rule("merge_queue"), include=("queued",))
    for name in ("ruled", "ruled?per_page=100&page=1", "queued", "feature%2Fnone"):
        client.get(f"rules/branches/{name}")


def talking(client: Client, repo: Repo) -> None:
    """Issues, comments, labels, statuses."""
    number = branch(repo, "talk")
    issue = client.send("POST", "issues", {"title": "frozen", "body": "why", "labels": ["mergebot-freeze"]})
    client.send("POST", "issues", {"title": ""})
    client.send(
        "PATCH", f"issues/{issue['number']}", {"title": "thawed", "state": "closed", "state_reason": "completed"}
    )
    client.send("PATCH", f"issues/{issue['number']}", {"state": "open", "labels": []})
    comment = client.send("POST", f"issues/{number}/comments", {"body": "<!-- mergebot -->\nwaits"})
    client.send("PATCH", f"issues/comments/{comment['id']}", {"body": "<!-- mergebot -->\nruns"})
    for content in ("+1", "+1", "confused", "fine"):
        client.send("POST", f"issues/comments/{comment['id']}/reactions", {"content": content})
    client.get(f"issues/{number}/comments?per_page=100&page=1")
    client.get(f"issues/comments/{comment['id']}")
    client.send("DELETE", f"issues/comments/{comment['id']}")
    client.get(f"issues/comments/{comment['id']}")
    client.send("POST", f"issues/{number}/labels", {"labels": ["conflict"]})
    client.send("DELETE", f"issues/{number}/labels/conflict")
    client.send("DELETE", f"issues/{number}/labels/conflict")
    status = {"state": "success", "context": "mergebot", "description": "next", "target_url": "https://x.test/1"}
    client.send("POST", f"statuses/{repo.sha('talk')}", status)
    client.send("POST", f"statuses/{repo.sha('talk')}", {**status, "description": "x" * 200})


def landing(client: Client, repo: Repo) -> None:
    """A merge with every refusal that GitHub knows, and a retarget."""
    number, other = branch(repo, "land"), branch(repo, "stay", base="land")
    head = repo.sha("land")
    body = {"merge_method": "squash", "commit_title": f"Land (#{number})", "commit_message": "", "sha": head}
    client.send("PUT", f"pulls/{number}/merge", {**body, "sha": "0" * 40})
    repo.settings.squash = False
    client.send("PUT", f"pulls/{number}/merge", body)
    repo.settings.squash = True
    repo.settings.base_modified = 1
    client.send("PUT", f"pulls/{number}/merge", body)
    client.send("PUT", f"pulls/{number}/merge", body)
    client.send("PUT", f"pulls/{number}/merge", body)
    client.get(f"pulls/{number}/merge")
    client.get(f"pulls/{number}")
    client.send("PATCH", f"pulls/{other}", {"base": "main"})
    client.send("PATCH", f"pulls/{other}", {"base": "nowhere"})
    client.send("PATCH", f"pulls/{other}", {"title": "Stay", "body": "a while"})
    client.send("PATCH", f"pulls/{other}", {"state": "closed"})
    client.send("PATCH", f"pulls/{other}", {"base": "land"})
    client.send("PATCH", f"pulls/{other}", {"state": "open"})


def stacking(client: Client, repo: Repo) -> None:
    """A native stack, merged in the background."""
    low = branch(repo, "low")
    high = branch(repo, "high", base="low")
    repo.stack([low, high])
    client.get(f"stacks?pull_request={low}&per_page=100&page=1")
    client.get(f"pulls/{low}")
    client.send("PUT", f"pulls/{low}/merge", {"merge_method": "squash", "sha": repo.sha("low")})
    client.send("PATCH", f"pulls/{high}", {"base": "main"})
    wanted = {"merge_method": "squash", "merge_action": "direct_merge", "commit_title": "Low", "commit_message": ""}
    asked = client.send("PUT", f"pulls/{low}/merge-async", {**wanted, "sha": repo.sha("low")})
    client.send("PUT", f"pulls/{low}/merge-async", {**wanted, "sha": repo.sha("low")})
    for _ in range(3):
        client.get(f"pulls/{low}/merge-async/{asked['details']['uuid']}")
    client.send("PUT", f"pulls/{low}/merge-async", {**wanted, "sha": repo.sha("high")})
    client.get(f"pulls/{low}/merge-async/{'0' * 8}-{'0' * 4}-{'0' * 4}-{'0' * 4}-{'0' * 12}")


def dispatching(client: Client, repo: Repo) -> None:
    """Workflows by hand."""
    branch(repo, "manual")
    client.send("POST", "actions/workflows/ci.yml/dispatches", {"ref": "manual"})
    client.send("POST", "actions/workflows/ci.yml/dispatches", {"ref": "manual", "return_run_details": True})
    client.send("POST", "actions/workflows/none.yml/dispatches", {"ref": "manual"})
    client.send("POST", "actions/workflows/ci.yml/dispatches", {"ref": "nowhere"})
    client.get(f"commits/{repo.sha('manual')}/check-runs")


def rerunning(client: Client, repo: Repo) -> None:
    """Failed jobs once more: while they run, when they have failed, and where there is no such run."""
    repo.ci = lambda _files: {"ci": False}
    branch(repo, "flaky")
    run = repo.data.suites[-1].run
    assert run is not None
    client.send("POST", f"actions/runs/{run.id}/rerun-failed-jobs")
    repo.finish_ci()
    client.send("POST", f"actions/runs/{run.id}/rerun-failed-jobs")
    client.send("POST", "actions/runs/1/rerun-failed-jobs")


def refused(hub: GitHub, repo: Repo) -> None:
    """A token that may only read, one that is none, one for a person."""
    number = branch(repo, "closed")
    reader = Client(hub, hub.token("reader", kind="read"))
    reader.send("POST", f"issues/{number}/comments", {"body": "no"})
    reader.send("PUT", f"pulls/{number}/merge", {"merge_method": "squash"})
    reader.get("/user")
    reader.get("")
    Client(hub, "nonsense").get("")
    person = Client(hub, hub.token("ada"))
    person.get("")
    person.get("/user")


GRAPHQL = 'query Scenario { viewer { login } repository(owner: "o", name: "r") { pullRequest(number: 1) { title } } }'


def asking(client: Client) -> None:
    """GraphQL over HTTP."""
    found = Client(client.hub, client.token)
    request = urllib.request.Request(  # noqa: S310 (our own server)
        f"{client.hub.url}/api/graphql",
        json.dumps({"query": GRAPHQL}).encode(),
        {"Authorization": f"Bearer {found.token}", "User-Agent": "tests"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (our own server)
        assert json.loads(answer.read())["data"]["repository"]["pullRequest"]["title"]
