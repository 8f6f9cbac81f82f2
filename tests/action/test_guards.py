"""Which events start a pass, and which only cost time (platform: every status and comment is an event)."""

from typing import Any

import pytest

from mergebot.forge.github.session import MARKER
from tests.action.documents import OWN, TEMPLATE, Document
from tests.action.expressions import holds

queues = pytest.mark.parametrize("queue", [OWN, TEMPLATE], ids=str)
NAME = "fleet/product"
Event = dict[str, Any]


def started(queue: Document, name: str, event: Event | None = None) -> list[str]:
    """The jobs that an event starts."""
    github = {"event_name": name, "event": event or {}, "repository": NAME}
    return [job for job, content in queue.jobs.items() if holds(content["if"], {"github": github})]


def comment(body: str, **issue: object) -> Event:
    return {"comment": {"body": body}, "issue": {"number": 1, **issue}}


def review(repository: str | None) -> Event:
    head = None if repository is None else {"full_name": repository}
    return {"pull_request": {"head": {"repo": head}}}


@queues
@pytest.mark.parametrize(
    "name", ["pull_request_target", "workflow_run", "check_suite", "push", "schedule", "workflow_dispatch"]
)
def test_most_events_start_a_pass(queue: Document, name: str) -> None:
    assert started(queue, name) == ["queue"]


@queues
@pytest.mark.parametrize(
    ("context", "jobs"), [("mergebot", []), ("Mergebot", []), ("review/score", ["queue"]), ("ci/mergebot", ["queue"])]
)
def test_its_own_status_wakes_nobody_and_no_other_is_lost(queue: Document, context: str, jobs: list[str]) -> None:
    """Platform: what it posts with an App's token is an event as well."""
    assert started(queue, "status", {"context": context}) == jobs


@queues
@pytest.mark.parametrize(
    "body", ["/mergebot merge", "thanks!\r\n\r\n/mergebot rebase\r\n", "/MERGEBOT retry", f"a {MARKER} /mergebot hold"]
)
def test_no_comment_with_a_command_is_lost(queue: Document, body: str) -> None:
    assert started(queue, "issue_comment", comment(body, pull_request={"url": "x"})) == ["queue"]


@queues
@pytest.mark.parametrize("body", ["looks good", "", "mergebot, please merge", f"{MARKER}\nsay /mergebot retry"])
def test_a_comment_without_a_command_or_by_mergebot_itself_starts_nothing(queue: Document, body: str) -> None:
    assert started(queue, "issue_comment", comment(body, pull_request={"url": "x"})) == []


@queues
def test_a_comment_on_an_issue_starts_nothing(queue: Document) -> None:
    """Platform: `issue_comment` is for both."""
    assert started(queue, "issue_comment", comment("/mergebot merge")) == []


@queues
@pytest.mark.parametrize(("repository", "jobs"), [(NAME, ["wake"]), ("stranger/product", []), (None, [])])
def test_a_review_only_wakes_up_and_a_forks_does_not_try(
    queue: Document, repository: str | None, jobs: list[str]
) -> None:
    """Platform: a fork's token may start nothing; the repository of a head can be gone."""
    assert started(queue, "pull_request_review", review(repository)) == jobs
