"""The asynchronous merge: what the test server cannot show of it (contract 4.6)."""

from typing import Any

import pytest

from mergebot.errors import MergebotError
from mergebot.forge.github.errors import DeniedError, LimitedError, MissingError, NoAnswerError, RefusedError
from mergebot.forge.github.session import Session
from mergebot.model.ids import PrNumber
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, Stale
from tests.forge.github.desk import Desk

ONE = PrNumber(1)
UUID = "630b9d5e-3f2a-4f7e-8b0c-2d5f9a8c1e42"
ASK = "/pulls/1/merge-async"
POLL = f"{ASK}/{UUID}"
GET = "/pulls/1"


def answer(status: str, message: str = "", **details: str) -> dict[str, Any]:
    return {"status": status, "details": {"message": message, **details}}


PENDING = answer("pending", "accepted", uuid=UUID)


def refused(status: int, words: str, body: dict[str, Any] | None = None) -> RefusedError:
    return RefusedError(f"GitHub answers {status}: {words}", status=status, words=words, body=body)


def merge(desk: Desk, session: Session | None = None) -> Outcome:
    return desk.writer(session).merge(desk.merge_step(native=True))


def test_it_is_pinned_and_merged_directly(desk: Desk) -> None:
    """`default` may mean GitHub's own queue, which takes no words of ours."""
    step = desk.merge_step(native=True)
    session = desk.session(stacks={ONE: frozenset({ONE, PrNumber(2), PrNumber(3)})})
    desk.script.on("PUT", ASK, PENDING)
    desk.script.on("GET", POLL, PENDING, PENDING, lambda: answer("merged", sha=desk.squashed()))
    assert desk.writer(session).merge(step) == Done(sha=desk.box.sha("main"))
    assert desk.script.bodies("PUT") == [
        {
            "sha": step.head,
            "merge_method": "squash",
            "merge_action": "direct_merge",
            "commit_title": "One thing (#1)",
            "commit_message": "Why it is done.",
        }
    ]
    assert session.deeds.touched == {1, 2, 3}, "GitHub rebases the rest of the stack"
    assert desk.slept == [1.5, 1.5, 1.5]


def test_merged_already_is_answered_at_once(desk: Desk) -> None:
    desk.script.on("PUT", ASK, answer("merged", sha="1" * 40))
    desk.script.on("GET", GET, lambda: desk.merged_pull(desk.squashed(), by="ada"))
    assert isinstance(merge(desk), AlreadyDone)


@pytest.mark.parametrize("words", ["Head branch was modified", "The pull request was pushed to, so it was cancelled"])
def test_a_head_that_moved_meanwhile_is_stale(desk: Desk, words: str) -> None:
    session = desk.session()
    desk.script.on("PUT", ASK, PENDING)
    desk.script.on("GET", POLL, answer("failed", words))
    assert isinstance(merge(desk, session), Stale)
    assert session.deeds.refused == {}


def test_a_rule_is_the_reason(desk: Desk) -> None:
    """Platform: rules are asked only when it runs, so they show while polling."""
    session = desk.session()
    desk.script.on("PUT", ASK, PENDING)
    desk.script.on("GET", POLL, answer("failed", "At least 1 approving review is required"))
    desk.script.on("GET", GET, desk.pull)
    outcome = merge(desk, session)
    assert isinstance(outcome, Failed)
    assert "At least 1 approving review is required" in outcome.reason
    assert session.deeds.refused[ONE].head == desk.box.sha("change")


def test_one_that_landed_in_github_s_queue_is_told(desk: Desk) -> None:
    desk.script.on("PUT", ASK, answer("enqueued", "Pull request is already in the merge queue."))
    outcome = merge(desk)
    assert isinstance(outcome, Failed)
    assert "merge queue" in outcome.reason


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MissingError("GitHub answers 404"), "does not merge stacks"),
        (DeniedError("GitHub answers 403: no", words="no"), "403"),
        (LimitedError("limited until noon"), "limited until noon"),
    ],
)
def test_what_was_not_begun_says_why(desk: Desk, error: MergebotError, words: str) -> None:
    desk.script.on("PUT", ASK, error)
    outcome = merge(desk)
    assert isinstance(outcome, Failed)
    assert words in outcome.reason


def test_a_draft_is_stale_and_no_refusal(desk: Desk) -> None:
    session = desk.session()
    desk.script.on("PUT", ASK, refused(400, "Pull request is a draft"))
    desk.script.on("GET", GET, desk.pull(draft=True))
    assert merge(desk, session) == Stale(reason="the pull request became a draft after the decision")
    assert session.deeds.refused == {}


def test_an_earlier_request_is_polled_by_its_own_id(desk: Desk) -> None:
    desk.script.on("PUT", ASK, refused(409, "a merge request exists", PENDING))
    desk.script.on("GET", POLL, lambda: answer("merged", sha=desk.squashed()))
    assert isinstance(merge(desk), Done)


@pytest.mark.parametrize("uuid", ["../../../user", "", 7, None])
def test_an_id_that_is_none_never_becomes_a_path(desk: Desk, uuid: object) -> None:
    """The PR itself tells then."""
    desk.script.on("PUT", ASK, {"status": "pending", "details": {"message": "", "uuid": uuid}})
    desk.script.on("GET", GET, desk.pull, lambda: desk.merged_pull(desk.squashed()))
    assert isinstance(merge(desk), Done)
    assert {path for verb, path, _ in desk.script.calls if verb == "GET"} == {GET}


@pytest.mark.parametrize("error", [NoAnswerError("503"), MissingError("404")])
def test_a_poll_that_fails_is_made_again(desk: Desk, error: MergebotError) -> None:
    """Its result is kept for a day only, so a 404 leaves the PR itself to be asked."""
    desk.script.on("PUT", ASK, PENDING)
    desk.script.on("GET", POLL, error, lambda: answer("merged", sha=desk.squashed()))
    desk.script.on("GET", GET, lambda: desk.merged_pull(desk.squashed()))
    assert isinstance(merge(desk), Done)


def test_the_wait_ends_at_a_limit_of_requests(desk: Desk) -> None:
    desk.script.on("PUT", ASK, PENDING)
    desk.script.on("GET", POLL, LimitedError("limited"))
    desk.script.on("GET", GET, LimitedError("limited"))
    outcome = merge(desk)
    assert isinstance(outcome, Failed)
    assert "unknown" in outcome.reason


def test_a_request_without_an_answer_is_looked_at(desk: Desk) -> None:
    desk.script.on("PUT", ASK, NoAnswerError("502"))
    desk.script.on("GET", GET, lambda: desk.merged_pull(desk.squashed()))
    assert isinstance(merge(desk), Done)
    assert len(desk.script.bodies("PUT")) == 1
