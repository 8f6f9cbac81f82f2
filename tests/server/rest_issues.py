"""The routes about issues, comments and labels."""

from tests.server import people, render, render_issue
from tests.server.answers import Answer, Refused, invalid, missing
from tests.server.rest import PAGES, Call, Route
from tests.server.state import Comment, PullRequest

ISSUES = "/repos/{owner}/{repo}/issues"
ISSUE = ISSUES + "/{number}"
EITHER = ("issues", "pull_requests")


def list_issues(call: Call) -> Answer:
    """Issues and PRs of a state, with all of these labels."""
    call.demand("issues", level="read")
    state = call.query.get("state", "open")
    labels = [name.lower() for name in call.query.get("labels", "").split(",") if name]
    creator = call.query.get("creator")
    found = [
        issue
        for issue in call.repository.issues.values()
        if state in ("all", issue.state)
        if set(labels) <= {name.lower() for name in issue.labels}
        if creator in (None, issue.author)
    ]
    found.sort(key=lambda issue: issue.number, reverse=call.query.get("direction", "desc") == "desc")
    return call.paged(found, lambda page: [render_issue.issue(call.hub, call.repository, one) for one in page])


def open_issue(call: Call) -> Answer:
    """Open an issue. Platform: the labels of someone without push right are dropped without a word."""
    call.demand("issues")
    if not str(call.body.get("title", "")).strip():
        raise invalid("Issue", "title", code="missing_field")
    title, text = str(call.body["title"]), call.body.get("body")
    issue = people.open_issue(call.hub, call.repository, title, text, call.token.login)
    if call.token.integration or call.state.can(call.repository, call.token.login, "triage"):
        for name in call.body.get("labels", []):
            people.label(call.hub, call.repository, issue, name)
    return Answer(201, render_issue.issue(call.hub, call.repository, issue))


def get_issue(call: Call) -> Answer:
    """One issue, or a PR as an issue."""
    return Answer(200, render_issue.issue(call.hub, call.repository, call.issue))


def edit_issue(call: Call) -> Answer:
    """Title, text, state, labels."""
    call.demand(*EITHER) if isinstance(call.issue, PullRequest) else call.demand("issues")
    issue, body = call.issue, call.body
    people.edit(call.hub, issue, by=call.token.login, title=body.get("title"), body=body.get("body"))
    if body.get("state") == "closed" and issue.state == "open":
        people.close(call.hub, issue, by=call.token.login, reason=body.get("state_reason") or "completed")
    elif body.get("state") == "open" and issue.state == "closed" and not isinstance(issue, PullRequest):
        issue.state, issue.state_reason, issue.closed_at, issue.closed_by = "open", "reopened", None, None
    if "labels" in body:
        issue.labels.clear()
        for name in body["labels"]:
            people.label(call.hub, call.repository, issue, name)
    return get_issue(call)


def list_comments(call: Call) -> Answer:
    """The comments, oldest first."""
    found = call.issue.comments
    return call.paged(found, lambda page: [render_issue.comment(call.hub, call.repository, one) for one in page])


def write_comment(call: Call) -> Answer:
    """Write one. Platform: on a PR either of two rights will do."""
    call.demand(*EITHER) if isinstance(call.issue, PullRequest) else call.demand("issues")
    text = call.body.get("body")
    if not isinstance(text, str):
        raise invalid("IssueComment", "body", code="missing_field")
    insider = not call.token.integration and call.state.can(call.repository, call.token.login, "write")
    made = people.comment(call.hub, call.issue, text, by=call.token.login, insider=insider)
    return Answer(201, render_issue.comment(call.hub, call.repository, made))


def get_comment(call: Call) -> Answer:
    """One comment."""
    return Answer(200, render_issue.comment(call.hub, call.repository, _comment(call)))


def edit_comment(call: Call) -> Answer:
    """Edit one: one's own, or with write right anybody's."""
    call.demand(*EITHER)
    found = _comment(call)
    own = found.author == call.token.login
    if not own and call.token.integration:
        raise Refused(403, "Resource not accessible by integration")
    if not own and not call.state.can(call.repository, call.token.login, "write"):
        raise Refused(403, "Must have admin rights to Repository.")
    text = call.body.get("body")
    if not isinstance(text, str) or not text.strip():
        raise invalid("IssueComment", "body", code="missing_field")
    if len(text) > people.LONGEST_BODY:
        raise invalid("IssueComment", "body", f"body is too long (maximum is {people.LONGEST_BODY} characters)")
    people.edit_comment(call.hub, found, text, by=call.token.login)
    return get_comment(call)


def delete_comment(call: Call) -> Answer:
    """Delete one."""
    call.demand(*EITHER)
    found = _comment(call)
    call.repository.issues[found.issue].comments.remove(found)
    return Answer(204)


def react(call: Call) -> Answer:
    """React to a comment: 201, and 200 where that account has done so before."""
    call.demand(*EITHER)
    found = _comment(call)
    issue = call.repository.issues[found.issue]
    made, is_new = people.react(call.hub, issue, found, str(call.body.get("content")), by=call.token.login)
    return Answer(201 if is_new else 200, render_issue.reaction(call.hub, made))


def _comment(call: Call) -> Comment:
    wanted = int(call.path["comment"])
    every = (one for issue in call.repository.issues.values() for one in issue.comments)
    found = next((one for one in every if one.id == wanted), None)
    if found is None:
        raise missing()
    return found


def list_labels(call: Call) -> Answer:
    """The labels of an issue."""
    return call.paged([render.label(call.hub, call.repository, call.repository.labels[n]) for n in call.issue.labels])


def add_labels(call: Call) -> Answer:
    """Put labels on."""
    call.demand(*EITHER)
    for name in call.body.get("labels", []):
        people.label(call.hub, call.repository, call.issue, name)
    return _labels(call)


def remove_label(call: Call) -> Answer:
    """Take one off; 404 where it is not on."""
    call.demand(*EITHER)
    if not people.unlabel(call.hub, call.issue, call.path["name"]):
        raise Refused(404, "Label does not exist")
    return _labels(call)


def _labels(call: Call) -> Answer:
    repo = call.repository
    return Answer(200, [render.label(call.hub, repo, repo.labels[name]) for name in call.issue.labels])


COMMENT = ISSUES + "/comments/{comment}"
ROUTES = (
    Route("GET", ISSUES, list_issues, (*PAGES, "state", "labels", "creator", "sort", "direction")),
    Route("POST", ISSUES, open_issue, (), ("title", "body", "labels")),
    Route("GET", COMMENT, get_comment),
    Route("PATCH", COMMENT, edit_comment, (), ("body",)),
    Route("DELETE", COMMENT, delete_comment),
    Route("POST", COMMENT + "/reactions", react, (), ("content",)),
    Route("GET", ISSUE, get_issue),
    Route("PATCH", ISSUE, edit_issue, (), ("title", "body", "state", "state_reason", "labels")),
    Route("GET", ISSUE + "/comments", list_comments, PAGES),
    Route("POST", ISSUE + "/comments", write_comment, (), ("body",)),
    Route("GET", ISSUE + "/labels", list_labels, PAGES),
    Route("POST", ISSUE + "/labels", add_labels, (), ("labels",)),
    Route("DELETE", ISSUE + "/labels/{name}", remove_label),
)
