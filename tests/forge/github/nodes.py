"""GitHub's answers in small: nodes as GraphQL gives them, with valid defaults."""

from typing import Any

from mergebot.forge.github.memory import Refusal
from mergebot.forge.github.nodes import PullNode
from mergebot.forge.github.own import Own
from mergebot.forge.github.parse_pull import Facts
from mergebot.forge.github.people import People
from mergebot.forge.github.session import Deeds, Viewer
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.people import Permission

BASE = Sha("b" * 40)
HEAD = Sha("a" * 40)
OLD = Sha("0" * 40)
NOON = "2026-11-21T12:00:00Z"
ME = Viewer(login="mergebot", id=7, is_bot=True)
EMAIL = "7+mergebot[bot]@users.noreply.github.com"

Node = dict[str, Any]


def user(login: str) -> Node:
    return {"__typename": "User", "login": login}


def bot(login: str) -> Node:
    return {"__typename": "Bot", "login": login}


def page(*nodes: Node | None, total: int | None = None, more: bool = False) -> Node:
    """A connection; `more`: there is another page, in either direction."""
    info = {"hasNextPage": more, "endCursor": "end", "hasPreviousPage": more, "startCursor": "start"}
    return {"totalCount": len(nodes) if total is None else total, "pageInfo": info, "nodes": list(nodes)}


def workflow_run(number: int = 1, *, event: str = "pull_request", name: str = "CI", file: str = "ci.yml") -> Node:
    workflow = {"name": name, "resourcePath": f"/o/r/actions/workflows/{file}"}
    return {"databaseId": number, "event": event, "url": f"https://host/runs/{number}", "workflow": workflow}


def suite(
    number: int = 1,
    *,
    app: str = "github-actions",
    status: str = "COMPLETED",
    conclusion: str | None = "SUCCESS",
    run: Node | None = None,
) -> Node:
    is_actions = app == "github-actions"
    return {
        "databaseId": number,
        "status": status,
        "conclusion": conclusion if status == "COMPLETED" else None,
        "app": {"databaseId": 15368 if is_actions else 99, "slug": app},
        "workflowRun": run or (workflow_run(number) if is_actions else None),
    }


def check_run(
    name: str = "unit",
    *,
    number: int = 1,
    status: str = "COMPLETED",
    conclusion: str | None = "SUCCESS",
    started: str | None = NOON,
    of: Node | None = None,
) -> Node:
    return {
        "__typename": "CheckRun",
        "databaseId": number,
        "name": name,
        "status": status,
        "conclusion": conclusion if status == "COMPLETED" else None,
        "startedAt": started,
        "detailsUrl": f"https://host/{name}",
        "checkSuite": of or suite(),
    }


def status(context: str = "lint", state: str = "SUCCESS", *, text: str | None = None, created: str = NOON) -> Node:
    return {
        "__typename": "StatusContext",
        "context": context,
        "state": state,
        "createdAt": created,
        "targetUrl": None,
        "description": text,
    }


def review(  # noqa: PLR0913 (a builder takes any field)
    author: Node | None,
    state: str = "APPROVED",
    *,
    on: str | None = HEAD,
    body: str = "",
    at: str = NOON,
    may_push: bool = True,
    association: str = "MEMBER",
) -> Node:
    return {
        "state": state,
        "body": body,
        "submittedAt": at,
        "authorAssociation": association,
        "authorCanPushToRepository": may_push,
        "author": author,
        "commit": {"oid": on} if on else None,
        "lastEditedAt": None,
        "editor": None,
        "url": "https://host/o/r/pull/1#pullrequestreview-1",
    }


def comment(  # noqa: PLR0913 (as above)
    author: Node | None,
    body: str = "/mergebot hold",
    *,
    number: int = 1,
    edited: Node | None = None,
    at: str | None = None,
    mine: tuple[str, ...] = (),
    association: str = "NONE",
) -> Node:
    """`edited`: by whom, `at` what time; `mine`: the reactions of mergebot's own account."""
    contents = ("THUMBS_UP", "THUMBS_DOWN", "LAUGH", "HOORAY", "CONFUSED", "HEART", "ROCKET", "EYES")
    return {
        "databaseId": number,
        "body": body,
        "url": f"https://host/o/r/pull/1#issuecomment-{number}",
        "authorAssociation": association,
        "author": author,
        "createdAt": NOON,
        "lastEditedAt": at or (NOON if edited else None),
        "editor": edited,
        "reactionGroups": [{"content": content, "viewerHasReacted": content in mine} for content in contents],
    }


def commit(
    oid: str = HEAD,
    *,
    contexts: Node | None = None,
    suites: Node | None = None,
    email: str = "ada@example.org",
    login: str | None = "ada",
) -> Node:
    return {
        "oid": oid,
        "committedDate": NOON,
        "author": {"email": "Ada@example.org", "user": {"login": login} if login else None},
        "committer": {"email": email},
        "statusCheckRollup": {"contexts": contexts} if contexts is not None else None,
        "checkSuites": suites if suites is not None else page(),
    }


def pull_node(number: int = 1, **changes: Any) -> Node:  # noqa: ANN401 (a builder takes any field)
    node = {
        "number": number,
        "title": "A title",
        "body": "",
        "state": "OPEN",
        "isDraft": False,
        "author": user("ada"),
        "authorAssociation": "MEMBER",
        "baseRefName": "main",
        "headRefName": "feature/a",
        "headRefOid": HEAD,
        "isCrossRepository": False,
        "headRef": {"refUpdateRule": None},
        "mergeStateStatus": "CLEAN",
        "reviewDecision": None,
        "isMergeQueueEnabled": False,
        "mergedAt": None,
        "mergedBy": None,
        "mergeCommit": None,
        "labels": page(),
        "reviews": page(),
        "comments": {"nodes": []},
        "timelineItems": page(),
        "commits": {"nodes": [{"commit": commit()}]},
    }
    return {**node, **changes}


def pull(
    number: int = 1,
    *,
    faults: dict[str, str] | None = None,
    head: Node | None = None,
    **changes: Any,  # noqa: ANN401 (as above)
) -> PullNode:
    """An open PR; `head`: its last commit."""
    if head is not None:
        changes["commits"] = {"nodes": [{"commit": head}]}
    return PullNode(number=PrNumber(number), node=pull_node(number, **changes), faults=faults or {})


def people(**known: Permission | None) -> People:
    """Who is who; mergebot is an app."""
    return People(viewer=ME, known={"ada": Permission.WRITE, "bob": Permission.WRITE, **known})


def facts(**changes: Any) -> Facts:  # noqa: ANN401 (as above)
    given: dict[str, Any] = {
        "base_sha": BASE,
        "heads": {Branch("main"): BASE, Branch("feature/a"): HEAD},
        "people": people(),
        "own": Own(),
        "deeds": Deeds(),
        "email": EMAIL,
        "dispatches": False,
    }
    return Facts(**{**given, **changes})


def refusal(head: Sha = HEAD, *, words: str = "a rule says no", signs: str = "merge=BLOCKED review=NONE") -> Refusal:
    return Refusal(head=head, words=words, signs=signs)
