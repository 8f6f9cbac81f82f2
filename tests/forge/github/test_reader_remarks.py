"""Commands in comments as a pass reads them, over real HTTP: whose they are, answered or not, and what lags behind."""

from typing import Any

import pytest

from mergebot.forge.github.memory import Memory
from mergebot.forge.github.reader import GithubReader
from mergebot.forge.github.session import Session
from mergebot.forge.protocol import ForgeState
from mergebot.model.ids import PrNumber
from mergebot.model.people import Permission, Remark, Reply
from mergebot.model.policy import Policy
from mergebot.model.snapshot import Unknown
from tests.forge.github.lab import Lab, by_number
from tests.forge.github.test_reader_heads import remember
from tests.forge.github.test_reader_partial import FIRST, LOOKUP, leave_out
from tests.server.state import Comment

ONE = PrNumber(1)
Opened = tuple[Session, GithubReader]


def look(reader: GithubReader) -> ForgeState:
    reader.read_rules(None)
    return reader.read(Policy())


def remarks(state: ForgeState) -> tuple[Remark, ...]:
    return by_number(state)[1].remarks


def labels(state: ForgeState) -> frozenset[str]:
    return by_number(state)[1].labels


@pytest.fixture
def hold(lab: Lab) -> Comment:
    """PR 1, on which bob has written a command."""
    lab.pull("a", labels=["merge"])
    return lab.repo.comment(1, "/mergebot hold", by="bob")


@pytest.fixture
def opened(lab: Lab, hold: Comment) -> Opened:
    """A pass that has looked once."""
    del hold
    session = lab.session()
    reader = GithubReader(session)
    look(reader)
    lab.asked()
    return session, reader


def test_a_command_comes_with_its_author_and_its_place(lab: Lab, hold: Comment) -> None:
    """It costs no request but the one about people."""
    lab.repo.comment(1, "thanks", by="eve")
    lab.repo.comment(1, "/mergebot merge", by="eve")
    lab.repo.comment(1, "the commands of /mergebot", by="mergebot[bot]")
    lab.hub.user("mergebot[bot]", kind="Bot")

    first, second = remarks(lab.read())

    assert (first.id, first.body, first.reply, first.edited_by) == (hold.id, "/mergebot hold", None, "")
    assert first.url == f"{lab.hub.url}/o/r/pull/1#issuecomment-{hold.id}"
    assert [(one.author.login, one.author.permission) for one in (first, second)] == [
        ("bob", Permission.WRITE),
        ("eve", Permission.READ),
    ]


def test_an_edit_and_our_own_reaction_are_seen(lab: Lab, hold: Comment) -> None:
    """Another account's reaction says nothing."""
    lab.hub.token("mergebot", kind="app")
    other = lab.repo.comment(1, "/mergebot merge", by="ada")
    lab.repo.edit_comment(hold, "/mergebot merge", by="ada")
    lab.repo.react(hold, "-1", by="mergebot[bot]")
    lab.repo.react(other, "+1", by="ada")

    found = [(one.edited_by, one.reply) for one in remarks(lab.read())]

    assert found == [("ada", Reply.REFUSED), ("", None)]


def test_all_comments_of_a_day_are_looked_at(lab: Lab, hold: Comment) -> None:
    """Nobody talks a hold away, however much is said before a pass comes."""
    for number in range(250):
        lab.repo.comment(1, f"comment {number}", by="eve")
    assert [one.id for one in remarks(lab.read())] == [hold.id]


def test_of_older_ones_the_newest_thirty_are(lab: Lab, hold: Comment) -> None:
    """A conversation that has grown over weeks costs no further request."""
    for number in range(29):
        lab.repo.comment(1, f"comment {number}")
    hold.created_at -= 2 * 86_400
    assert len(remarks(lab.read())) == 1
    lab.repo.comment(1, "one more")
    for one in lab.repo.data.issues[1].comments:
        one.created_at -= 2 * 86_400
    lab.asked()
    assert remarks(lab.read()) == ()
    assert not any("before" in str(exchange.request) for exchange in lab.asked())


def test_comments_that_could_not_all_be_read_keep_the_pull_request_waiting(lab: Lab, hold: Comment) -> None:
    """One of those that are missing may be a hold."""
    del hold
    for number in range(30):
        lab.repo.comment(1, f"comment {number}")
    leave_out(lab, "repository", "a0", "comments", kind="INTERNAL", when=LOOKUP)
    pr = by_number(lab.read())[1]
    assert isinstance(pr.checks, Unknown)
    assert pr.remarks == ()


def test_the_memory_tells_what_was_answered_under_another_account(lab: Lab, hold: Comment) -> None:
    later = lab.repo.comment(1, "/mergebot unhold", by="bob")
    remember(lab, Memory(answered={ONE: (later.id,)}))
    assert [(one.id, one.reply) for one in remarks(lab.read())] == [(hold.id, None), (later.id, Reply.SEEN)]


class TestWhatCannotBeRead:
    def test_keeps_the_pull_request_waiting(self, lab: Lab, hold: Comment) -> None:
        del hold
        leave_out(lab, *FIRST, "comments", kind="INTERNAL")
        pr = by_number(lab.read())[1]
        assert pr.checks == Unknown(reason="its comments: Resource not accessible by integration")
        assert pr.remarks == ()

    def test_is_a_warning_where_the_token_may_not(self, lab: Lab, hold: Comment) -> None:
        del hold
        leave_out(lab, *FIRST, "comments", kind="FORBIDDEN")
        state = lab.read()
        assert not isinstance(by_number(state)[1].checks, Unknown)
        [problem] = [problem for problem in state.problems if problem.where == "comments"]
        assert "no command in them is heard" in problem.message

    def test_at_the_last_look_is_a_change(self, lab: Lab, opened: Opened) -> None:
        """What was readable a moment ago may be a command by now."""
        _, reader = opened

        def edit(answer: Any) -> Any:  # noqa: ANN401 (JSON)
            answer["data"]["repository"]["a0"]["comments"] = None
            return answer

        lab.break_answer(lambda exchange: exchange.operation == "MergebotLookup", edit)
        assert reader.look_again(ONE).changed == "its checks changed"


class TestBetweenTheDecisionAndTheMerge:
    def test_a_new_command_makes_it_stale(self, lab: Lab, opened: Opened) -> None:
        """Its author is asked about at once, for the next decision."""
        _, reader = opened
        assert reader.look_again(ONE).changed == ""
        lab.repo.comment(1, "/mergebot hold", by="eve")
        assert reader.look_again(ONE).changed == "a new comment speaks to mergebot"
        assert [one.author.permission for one in remarks(look(reader))] == [Permission.WRITE, Permission.READ]

    def test_other_talk_does_not(self, lab: Lab, opened: Opened) -> None:
        _, reader = opened
        lab.repo.comment(1, "nice", by="eve")
        assert reader.look_again(ONE).changed == ""


class TestWhatThisPassHasDone:
    """GitHub's answers may lag behind a write."""

    def test_an_answer_counts_at_once(self, lab: Lab, hold: Comment, opened: Opened) -> None:
        session, reader = opened
        lab.hub.freeze_reads()
        session.deeds.answered[ONE] = {hold.id: Reply.DONE}
        session.deeds.touched.add(ONE)
        assert [one.reply for one in remarks(look(reader))] == [Reply.DONE]

    @pytest.mark.parametrize(
        ("changes", "shown"),
        [
            ({"hold": True}, {"merge", "hold"}),
            ({"MERGE": False}, set()),
            ({"Merge": True}, {"merge"}),
            ({"hold": False}, {"merge"}),
        ],
    )
    def test_a_label_counts_at_once(self, lab: Lab, opened: Opened, changes: dict[str, bool], shown: set[str]) -> None:
        session, reader = opened
        lab.hub.freeze_reads()
        session.deeds.labels[ONE] = changes
        session.deeds.touched.add(ONE)
        assert labels(look(reader)) == shown

    @pytest.mark.parametrize(("name", "is_there"), [("hold", True), ("merge", False)])
    def test_a_label_that_github_has_shown_is_a_persons_to_change(
        self, lab: Lab, opened: Opened, name: str, *, is_there: bool
    ) -> None:
        """From then on only what is read counts, or a person could take nothing back in this pass."""
        session, reader = opened
        (lab.repo.label if is_there else lab.repo.unlabel)(1, name)
        session.deeds.labels[ONE] = {name.upper(): is_there}
        session.deeds.touched.add(ONE)
        assert (name in labels(look(reader))) is is_there
        (lab.repo.unlabel if is_there else lab.repo.label)(1, name)
        session.deeds.touched.add(ONE)
        assert (name in labels(look(reader))) is not is_there

    def test_the_last_look_shows_labels_as_they_are(self, lab: Lab, opened: Opened) -> None:
        """GraphQL may lag behind, REST does not; it is asked only then."""
        session, reader = opened
        lab.hub.freeze_reads()
        lab.repo.label(1, "Hold")
        session.deeds.labels[ONE] = {"hold": True}
        assert reader.look_again(ONE).labels == {"merge", "Hold"}
        assert session.deeds.labels == {ONE: {"hold": True}}
        lab.hub.thaw_reads()
        lab.asked()
        assert reader.look_again(ONE).labels == {"merge", "Hold"}
        assert [exchange.kind for exchange in lab.asked()] == ["graphql"]

    def test_the_last_look_sees_what_a_person_has_changed_since(self, lab: Lab, opened: Opened) -> None:
        """What was taken off again must not be merged because mergebot had put it on; from then on it is not ours."""
        session, reader = opened
        session.deeds.labels[ONE] = {"merge": True, "hold": False}
        lab.repo.unlabel(1, "merge")
        lab.repo.label(1, "hold")
        assert reader.look_again(ONE).labels == {"hold"}
        assert session.deeds.labels == {ONE: {}}
        assert labels(look(reader)) == {"hold"}
