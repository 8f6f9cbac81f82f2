"""Answers to commands where GitHub gives none, or odd ones: nothing is sent twice, and nothing passes for done."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mergebot.errors import LockedError
from mergebot.forge.github.errors import DeniedError, LimitedError, MissingError, NoAnswerError, RefusedError
from mergebot.forge.github.labelling import as_changed, settle
from mergebot.forge.github.memory import MOST_ANSWERED, Memory, Refusal, dumped, parse
from mergebot.forge.github.session import Deeds, Session
from mergebot.model.ids import PrNumber
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome
from mergebot.model.people import Reply
from mergebot.model.plan import Answer
from tests.forge.github.desk import Desk
from tests.forge.github.news import HEAD, ONE, TWO, entry, new_desk, next_session, notice, publish, quiet

COMMENT, REACTIONS = "/issues/comments/7", "/issues/comments/7/reactions"
LABELS = "/issues/1/labels"
RERUN = "/actions/runs/5/rerun-failed-jobs"
SILENCE = NoAnswerError("POST: no answer within 30 s")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk on which comment 7 is there, and everything works."""
    desk = new_desk(tmp_path)
    desk.script.on("GET", COMMENT, {"id": 7, "body": "/mergebot do\r\n"})
    desk.script.on("POST", REACTIONS, {"id": 70})
    desk.script.on("POST", LABELS, [{"name": "merge"}, {"name": "hold"}])
    desk.script.on("POST", RERUN, {})
    yield desk
    assert len(desk.script.writes()) == len(set(desk.script.writes())), "no write is sent twice"


def answer(desk: Desk, session: Session | None = None, **effects: Any) -> Outcome:  # noqa: ANN401 (a builder)
    session = session or desk.session(remarks={7: "/mergebot do\n"})
    step = Answer(pr=ONE, comment=7, reply=effects.pop("reply", Reply.DONE), reason="", **effects)
    return desk.writer(session).answer(step)


class TestSilence:
    """A write without an answer is looked at by the next reading, and the command stays unanswered."""

    @pytest.mark.parametrize("error", [SILENCE, LimitedError("limited until 12:00")])
    def test_about_a_label(self, desk: Desk, error: Exception) -> None:
        desk.script.on("POST", LABELS, error)
        session = desk.session()
        assert isinstance(answer(desk, session, add=("hold",)), Failed)
        assert desk.script.writes() == [("POST", LABELS)]
        assert (session.deeds.answered, session.deeds.labels) == ({}, {})
        assert session.deeds.touched == {ONE}

    def test_about_the_reaction(self, desk: Desk) -> None:
        desk.script.on("POST", REACTIONS, SILENCE)
        session = desk.session()
        assert isinstance(answer(desk, session, add=("hold",)), Failed)
        assert session.deeds.answered == {}
        assert session.deeds.labels == {ONE: {"hold": True}}

    def test_about_a_run(self, desk: Desk) -> None:
        desk.script.on("POST", RERUN, SILENCE)
        assert isinstance(answer(desk, rerun=(5,)), Failed)
        assert ("POST", REACTIONS) not in desk.script.writes()

    def test_about_the_comment(self, desk: Desk) -> None:
        desk.script.on("GET", COMMENT, SILENCE)
        assert isinstance(answer(desk, add=("hold",)), Failed)
        assert desk.script.writes() == []


def test_another_pass_stops_this_one(desk: Desk) -> None:
    """Whoever holds the lock answers."""
    desk.script.on("POST", REACTIONS, LockedError("another pass is at work"))
    with pytest.raises(LockedError):
        answer(desk)


class TestALabel:
    def test_that_github_leaves_out_is_not_set(self, desk: Desk) -> None:
        """Platform: without a word."""
        desk.script.on("POST", LABELS, [{"name": "merge"}])
        assert answer(desk, add=("hold",)) == Failed(reason="#1 did not get the label hold", hint="set it by hand")
        assert ("POST", REACTIONS) not in desk.script.writes()

    def test_is_known_by_its_name_in_any_case(self, desk: Desk) -> None:
        """It is noted as the repository spells it, as it will be shown."""
        session = desk.session()
        assert answer(desk, session, add=("HOLD",)) == Done()
        assert session.deeds.labels == {ONE: {"hold": True}}

    @pytest.mark.parametrize("shown", [[], [{"name": "other"}]])
    def test_that_is_off_already_stays_off(self, desk: Desk, shown: list[dict[str, str]]) -> None:
        desk.script.on("DELETE", f"{LABELS}/merge", MissingError("404: Label does not exist"))
        desk.script.on("GET", LABELS, shown)
        session = desk.session()
        assert answer(desk, session, remove=("merge",)) == Done()
        assert session.deeds.labels == {ONE: {"merge": False}}

    def test_that_only_seems_to_be_off_is_not_removed(self, desk: Desk) -> None:
        """Platform: a token that may not is told 404, too; a `cancel` must not pass for done."""
        desk.script.on("DELETE", f"{LABELS}/merge", MissingError("404: Not Found"))
        desk.script.on("GET", LABELS, [{"name": "Merge"}])
        session = desk.session()
        assert answer(desk, session, remove=("merge",)) == Failed(reason="404: Not Found")
        assert (session.deeds.answered, session.deeds.labels) == ({}, {})

    def test_of_several_changes_the_last_counts(self, desk: Desk) -> None:
        """In whatever case it is written."""
        desk.script.on("DELETE", f"{LABELS}/Hold", [])
        session = desk.session()
        answer(desk, session, add=("hold",), remove=("Hold",))
        assert session.deeds.labels == {ONE: {"Hold": False}}


def test_changes_are_laid_over_what_github_shows_until_it_shows_them() -> None:
    """One by one."""
    deeds = Deeds(labels={ONE: {"hold": True, "merge": False}, TWO: {"hold": True}})
    assert as_changed(frozenset({"Merge", "x"}), deeds.labels[ONE]) == {"hold", "x"}
    settle(deeds, ONE, frozenset({"HOLD", "merge"}))
    assert deeds.labels == {ONE: {"merge": False}, TWO: {"hold": True}}
    settle(deeds, ONE, frozenset({"HOLD"}))
    assert deeds.labels == {ONE: {}, TWO: {"hold": True}}


class TestFailedJobs:
    @pytest.mark.parametrize(
        "error",
        [
            DeniedError("403", words="This workflow is already running"),
            RefusedError("409", status=409, words="The workflow is already running."),
        ],
    )
    def test_of_a_run_that_goes_on_are_no_failure(self, desk: Desk, error: Exception) -> None:
        desk.script.on("POST", RERUN, error)
        session = desk.session()
        assert isinstance(answer(desk, session, rerun=(5,)), AlreadyDone)
        assert session.deeds.answered == {}

    def test_of_a_run_that_goes_on_keep_no_other_run_waiting(self, desk: Desk) -> None:
        desk.script.on("POST", RERUN, DeniedError("403", words="This workflow is already running"))
        desk.script.on("POST", RERUN.replace("5", "6"), {})
        assert isinstance(answer(desk, rerun=(5, 6)), AlreadyDone)
        assert desk.script.writes() == [("POST", RERUN), ("POST", RERUN.replace("5", "6"))]

    def test_of_one_run_do_not_wait_for_those_of_another(self, desk: Desk) -> None:
        desk.script.on("POST", RERUN, DeniedError("403", words="Must have admin rights to Repository."))
        desk.script.on("POST", RERUN.replace("5", "6"), {})
        outcome = answer(desk, rerun=(5, 6))
        assert isinstance(outcome, Failed)
        assert outcome.hint == "the token needs the right `actions: write`"
        assert ("POST", RERUN.replace("5", "6")) in desk.script.writes()
        assert desk.script.bodies("POST")[-1] == {"content": "confused"}


class TestARefusalIsForgotten:
    refusal = Refusal(head=HEAD, words="a rule", signs="")

    def test_for_this_pass_and_those_to_come(self, desk: Desk) -> None:
        """Also where nothing else is to be remembered."""
        first = desk.session()
        first.deeds.refused[ONE] = self.refusal
        publish(desk, first)
        second = next_session(desk)
        assert second.seen.memory.refusals == {ONE: self.refusal}
        second.deeds.refused[ONE] = self.refusal
        answer(desk, second, forget=True)
        assert (second.deeds.refused, second.deeds.forgotten) == ({}, {ONE})
        second.deeds.answered.clear()
        assert publish(desk, second) == Done()
        assert next_session(desk).seen.memory == Memory(heads={ONE: HEAD}, base="main")

    def test_but_not_one_that_came_after(self, desk: Desk) -> None:
        session = desk.session(memory=Memory(refusals={ONE: self.refusal}))
        answer(desk, session, forget=True)
        session.deeds.refused[ONE] = Refusal(head=HEAD, words="another rule", signs="")
        publish(desk, session)
        assert next_session(desk).seen.memory.refusals == session.deeds.refused


class TestMemoryOfAnswers:
    def test_is_kept_for_open_pull_requests(self, desk: Desk) -> None:
        """By number, whatever the reply: a reaction of this account may be none of the next one's."""
        session = desk.session(memory=Memory(answered={ONE: (3,), TWO: (4,)}))
        answer(desk, session)
        assert publish(desk, session, entries=(entry(1),)) == Done()
        assert next_session(desk).seen.memory.answered == {ONE: (3, 7)}

    def test_that_holds_nothing_new_writes_nothing(self, desk: Desk) -> None:
        session = quiet(desk.session())
        session.seen.memory = Memory(heads={ONE: HEAD}, answered={ONE: (3, 7)})
        session.deeds.answered[ONE] = {7: Reply.DONE}
        assert isinstance(publish(desk, session, notice()), AlreadyDone)

    def test_of_two_passes_is_one(self, desk: Desk) -> None:
        one, other = desk.session(), desk.session()
        one.deeds.answered[ONE], other.deeds.answered[ONE] = {3: Reply.DONE}, {7: Reply.SEEN}
        publish(desk, one)
        assert publish(desk, other) == Done()
        assert next_session(desk).seen.memory.answered == {ONE: (3, 7)}

    def test_goes_back_as_far_as_comments_are_looked_at(self, desk: Desk) -> None:
        session = desk.session(memory=Memory(answered={ONE: tuple(range(1000, 1000 + MOST_ANSWERED))}))
        session.deeds.answered[ONE] = {2000: Reply.DONE, 2001: Reply.SEEN}
        publish(desk, session)
        assert session.seen.memory.answered == {ONE: (*range(1002, 1000 + MOST_ANSWERED), 2000, 2001)}
        assert next_session(desk).seen.memory.answered == session.seen.memory.answered

    @pytest.mark.parametrize("found", [7, "7", {"7": 1}, ["7", None, True, 7.5], []])
    def test_that_cannot_be_used_is_none(self, found: object) -> None:
        content = json.loads(dumped(Memory(answered={ONE: (7,)})))
        assert parse(json.dumps(content).encode()).answered == {ONE: (7,)}
        content["prs"]["1"]["answered"] = found
        assert parse(json.dumps(content).encode()) == Memory()

    def test_is_sorted_and_has_each_once(self) -> None:
        raw = dumped(Memory(answered={PrNumber(1): (9, 2, 9)}))
        assert parse(raw).answered == {ONE: (2, 9)}
