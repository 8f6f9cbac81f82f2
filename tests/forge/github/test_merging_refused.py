"""Merges that GitHub refuses, and those that it gives no answer to (platform: one status, many meanings)."""

from typing import Any

import pytest

from mergebot.errors import MergebotError
from mergebot.forge.github.errors import LimitedError, MissingError, NoAnswerError
from mergebot.forge.github.memory import Refusal
from mergebot.forge.github.signs import signs
from mergebot.model.ids import Sha
from mergebot.model.outcome import AlreadyDone, Done, Failed, Stale
from tests.forge.github.desk import Desk, then
from tests.forge.github.test_merging import GET, MERGE, ONE, WORKFLOWS, denied, refused


class TestRefusals:
    @pytest.mark.parametrize(
        "words",
        [
            'Required status check "unit" is in progress',
            'Required status check "unit" is expected',
            "Repository rule violations found: At least 1 approving review is required",
            "2 of 3 required approving reviews",
        ],
    )
    def test_a_rule_is_the_reason_and_is_not_tried_again_on_that_head(self, desk: Desk, words: str) -> None:
        """Contract 3: the forge refused this head for a rule of its own, its words are the reason."""
        session = desk.session(signs={ONE: signs(merge_state="UNKNOWN", review_decision="APPROVED")})
        step = desk.merge_step()
        desk.script.on("PUT", MERGE, refused(words))
        desk.script.on("GET", GET, desk.pull(mergeable_state="blocked"))
        assert desk.writer(session).merge(step) == Failed(reason=f"GitHub refuses it: {words}")
        assert session.deeds.refused == {
            ONE: Refusal(head=step.head, words=f"GitHub refuses it: {words}", signs="merge=BLOCKED review=APPROVED")
        }

    @pytest.mark.parametrize(
        "words",
        [
            "Squash merges are not allowed on this repository.",
            "Repository rule violations found: Changes must be made through the merge queue",
        ],
    )
    def test_what_holds_for_the_repository_is_not_kept_for_one_head(self, desk: Desk, words: str) -> None:
        """It is no more once somebody changes a setting, of which no PR has a sign."""
        session = desk.session()
        desk.script.on("PUT", MERGE, refused(words))
        outcome = desk.writer(session).merge(desk.merge_step())
        assert isinstance(outcome, Failed)
        assert words in outcome.reason
        assert session.deeds.refused == {}

    @pytest.mark.parametrize("answer", [denied(WORKFLOWS), refused(WORKFLOWS)])
    def test_workflow_files_that_the_token_may_not_touch_are_told_with_a_remedy(
        self, desk: Desk, answer: MergebotError
    ) -> None:
        session = desk.session()
        desk.script.on("PUT", MERGE, answer)
        desk.script.on("GET", GET, desk.pull())
        outcome = desk.writer(session).merge(desk.merge_step())
        assert isinstance(outcome, Failed)
        assert "workflows: write" in outcome.reason
        assert session.deeds.refused[ONE].words == outcome.reason

    def test_a_pr_that_became_part_of_a_stack_of_githubs_is_left_to_the_next_look(self, desk: Desk) -> None:
        session = desk.session()
        words = "Merging stacked PRs via this endpoint is not supported. Use the asynchronous merge endpoint instead."
        desk.script.on("PUT", MERGE, denied(words))
        outcome = desk.writer(session).merge(desk.merge_step())
        assert isinstance(outcome, Failed)
        assert "stack" in outcome.hint
        assert session.deeds.refused == {}
        assert session.deeds.touched == {1}

    def test_a_missing_right_is_named(self, desk: Desk) -> None:
        desk.script.on("PUT", MERGE, denied("Resource not accessible by integration"))
        outcome = desk.writer().merge(desk.merge_step())
        assert isinstance(outcome, Failed)
        assert "contents: write" in outcome.hint

    @pytest.mark.parametrize(
        "error",
        [LimitedError("limited until 12:00", hint="wait"), MissingError("it is not there")],
    )
    def test_what_was_not_tried_says_so(self, desk: Desk, error: MergebotError) -> None:
        desk.script.on("PUT", MERGE, error)
        assert desk.writer().merge(desk.merge_step()) == Failed(reason=error.message, hint=error.hint)

    def test_words_of_strangers_come_on_one_line(self, desk: Desk) -> None:
        desk.script.on("PUT", MERGE, refused("bad\n::error::news\x1b[31m \u202e" + "x" * 400))
        desk.script.on("GET", GET, desk.pull())
        outcome = desk.writer().merge(desk.merge_step())
        assert isinstance(outcome, Failed)
        assert outcome.reason.isprintable()
        assert len(outcome.reason) < 350


class TestNoAnswer:
    def test_it_is_looked_at_and_not_sent_again(self, desk: Desk) -> None:
        """A merge that was done and answered 502 must not become two, nor a failure."""
        step = desk.merge_step()
        landed: list[Sha] = []
        desk.script.on("PUT", MERGE, then(lambda: landed.append(desk.squashed()), NoAnswerError("502")))
        desk.script.on("GET", GET, lambda: desk.merged_pull(landed[0]))
        assert desk.writer().merge(step) == Done(sha=desk.box.sha("main"))
        assert len(desk.script.bodies("PUT")) == 1

    def test_an_effect_that_comes_late_is_waited_for(self, desk: Desk) -> None:
        step = desk.merge_step()
        desk.script.on("PUT", MERGE, NoAnswerError("timed out"))
        desk.script.on("GET", GET, desk.pull, desk.pull, lambda: desk.merged_pull(desk.squashed()))
        assert desk.writer().merge(step) == Done(sha=desk.box.sha("main"))

    @pytest.mark.parametrize("changes", [{"by": "ada"}, {"head": {"sha": "3" * 40}}])
    def test_what_somebody_else_merged_meanwhile_is_no_doing_of_ours(self, desk: Desk, changes: dict[str, Any]) -> None:
        step, session = desk.merge_step(), desk.session()
        desk.script.on("PUT", MERGE, NoAnswerError("502"))
        desk.script.on("GET", GET, lambda: desk.merged_pull(desk.squashed(), **changes))
        assert isinstance(desk.writer(session).merge(step), AlreadyDone)
        assert session.deeds.merged == {}

    def test_not_merged_is_stale(self, desk: Desk) -> None:
        desk.script.on("PUT", MERGE, NoAnswerError("502"))
        desk.script.on("GET", GET, desk.pull)
        outcome = desk.writer().merge(desk.merge_step())
        assert outcome == Stale(reason="GitHub did not answer the merge, and has not done it")
        assert len(desk.script.bodies("PUT")) == 1

    def test_what_cannot_be_read_is_unknown_and_not_tried_again(self, desk: Desk) -> None:
        desk.script.on("PUT", MERGE, NoAnswerError("502"))
        desk.script.on("GET", GET, NoAnswerError("503"))
        outcome = desk.writer().merge(desk.merge_step())
        assert isinstance(outcome, Failed)
        assert "unknown" in outcome.reason
        assert len(desk.script.bodies("PUT")) == 1
