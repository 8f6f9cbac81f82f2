"""What a pass leaves to be read: statuses, one comment a PR, and mergebot's memory; each only where it changed (I5)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mergebot.errors import LockedError
from mergebot.forge.github.errors import DeniedError, LimitedError, RefusedError
from mergebot.forge.github.lock import Lock
from mergebot.forge.github.memory import Memory, Refusal, dumped
from mergebot.forge.github.session import LOCK, STATE
from mergebot.forge.github.state import read_memory
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.notice import Report, StatusState
from mergebot.model.outcome import AlreadyDone, Done, Failed, PassResult
from mergebot.model.plan import EntryState
from mergebot.model.snapshot import Head
from tests.builders import sha
from tests.forge.github.desk import Desk
from tests.forge.github.news import (
    BLOCKED,
    HEAD,
    ONE,
    TWO,
    entry,
    new_desk,
    next_session,
    notice,
    plan,
    publish,
    quiet,
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path)


class TestStatuses:
    def test_a_status_is_set_on_the_head(self, desk: Desk) -> None:
        assert publish(desk, desk.session(), notice()) == Done()
        [body] = desk.script.bodies("POST")
        assert body == {"state": "pending", "context": "mergebot", "description": "waiting: its checks are running"}
        assert desk.script.writes() == [("POST", f"/statuses/{HEAD}")]

    def test_in_actions_it_leads_to_the_run(self, desk: Desk) -> None:
        desk.environ |= {
            "GITHUB_RUN_ID": "77",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_SERVER_URL": "https://github.com",
        }
        publish(desk, desk.session(), notice())
        assert desk.script.bodies("POST")[0]["target_url"] == "https://github.com/o/r/actions/runs/77"

    def test_what_is_said_already_is_not_said_again(self, desk: Desk) -> None:
        """A thousand statuses is all that a commit takes."""
        session = quiet(desk.session())
        assert isinstance(publish(desk, session, notice()), AlreadyDone)
        assert desk.script.calls == []

    def test_twice_in_one_pass_is_once(self, desk: Desk) -> None:
        session = desk.session()
        publish(desk, session, notice())
        assert isinstance(publish(desk, session, notice()), AlreadyDone)

    @pytest.mark.parametrize(
        "change",
        [{"state": StatusState.FAILURE}, {"description": "waiting: for #3"}, {"head": sha(99)}],
    )
    def test_whatever_changed_is_said(self, desk: Desk, change: dict[str, Any]) -> None:
        session = quiet(desk.session())
        assert publish(desk, session, notice(**change)) == Done()
        assert len(desk.script.writes()) == 1

    def test_a_merged_one_of_a_pass_that_was_killed_gets_its_success(self, desk: Desk) -> None:
        session = quiet(desk.session(unfinished={TWO: sha(12)}))
        assert publish(desk, session, notice()) == Done()
        [body] = desk.script.bodies("POST")
        assert (body["state"], body["description"]) == ("success", "merged")
        assert desk.script.writes() == [("POST", f"/statuses/{sha(12)}")]

    def test_a_description_is_one_line_of_what_github_takes(self, desk: Desk) -> None:
        publish(desk, desk.session(), notice(description="a\nb" + "x" * 200))
        text = desk.script.bodies("POST")[0]["description"]
        assert len(text) == 140
        assert text.startswith("a b")

    def test_what_takes_four_bytes_is_left_out(self, desk: Desk) -> None:
        """Names of files and branches may have any character; the status must be set all the same."""
        publish(desk, desk.session(), notice(description="conflict in \U0001f600.txt"))
        assert desk.script.bodies("POST")[0]["description"] == "conflict in \ufffd.txt"

    def test_a_missing_right_is_said_once_and_the_comments_go_on(self, desk: Desk) -> None:
        desk.script.on("POST", "/statuses/.*", DeniedError("not allowed", words="no"))
        outcome = publish(desk, desk.session(), BLOCKED, notice(2), entries=(entry(1), entry(2)))
        assert isinstance(outcome, Failed)
        assert outcome.reason.count("not allowed") == 1
        assert ("POST", "/issues/1/comments") in desk.script.writes()

    def test_one_that_is_refused_keeps_no_other_back(self, desk: Desk) -> None:
        """Platform: the thousand-and-first status of a commit."""
        desk.script.on("POST", f"/statuses/{HEAD}", RefusedError("422", status=422, words="too many"))
        outcome = publish(desk, desk.session(), notice(1), notice(2), entries=(entry(1), entry(2)))
        assert isinstance(outcome, Failed)
        assert "#1" in outcome.reason
        assert ("POST", f"/statuses/{sha(12)}") in desk.script.writes()

    def test_after_a_limit_nothing_more_is_asked(self, desk: Desk) -> None:
        desk.script.on("POST", "/statuses/.*", LimitedError("limited until 12:00"))
        outcome = publish(desk, desk.session(), BLOCKED, notice(2), entries=(entry(1), entry(2)))
        assert outcome == Failed(
            reason="limited until 12:00", hint="what could not be written is tried again by the next pass"
        )
        assert len(desk.script.calls) == 1
        assert STATE in desk.refs(), "git has no such limit"


class TestMemory:
    def test_it_stands_in_one_commit_without_a_parent(self, desk: Desk) -> None:
        session = desk.session()
        session.deeds.refused[ONE] = Refusal(head=HEAD, words="a rule", signs="merge=BLOCKED")
        assert publish(desk, session) == Done()
        again = next_session(desk)
        assert again.seen.memory == Memory(heads={ONE: HEAD}, refusals=session.deeds.refused, base="main")
        assert desk.box.git("rev-list", "--count", STATE) == "1"
        assert desk.box.git("ls-tree", "--name-only", STATE) == "merge-queue.json"

    def test_it_is_replaced_and_not_piled_up(self, desk: Desk) -> None:
        publish(desk, desk.session())
        moved = entry(1, head=Head(branch=Branch("change-1"), sha=sha(77)))
        assert publish(desk, next_session(desk), entries=(moved,)) == Done()
        assert desk.box.git("rev-list", "--count", STATE) == "1"
        assert next_session(desk).seen.memory.heads == {1: sha(77)}

    def test_nothing_new_writes_nothing_and_takes_no_lock(self, desk: Desk) -> None:
        publish(desk, desk.session())
        before = desk.refs()
        session = next_session(desk)
        writer = desk.writer(session)
        with writer.lock():
            outcome = writer.publish(plan(entry(1)), PassResult(), Report())
            assert LOCK not in desk.refs()
        assert isinstance(outcome, AlreadyDone)
        assert desk.refs() == before

    def test_to_forget_alone_is_no_reason_to_write(self, desk: Desk) -> None:
        """A PR that was closed by a person: the next pass finds nothing to do (I5)."""
        publish(desk, desk.session(), entries=(entry(1), entry(2)))
        before = desk.refs()
        assert isinstance(publish(desk, next_session(desk), entries=(entry(1),)), AlreadyDone)
        assert desk.refs() == before

    def test_who_is_not_in_the_queue_is_remembered_only_where_others_stand_on_it(self, desk: Desk) -> None:
        ignored = {"state": EntryState.IGNORED}
        session = desk.session()
        publish(desk, session, entries=(entry(1, depends_on=(TWO,)), entry(2, **ignored), entry(3, **ignored)))
        assert set(session.seen.memory.heads) == {1, 2}

    def test_a_refusal_ends_with_its_head_or_its_signs(self, desk: Desk) -> None:
        kept = Refusal(head=HEAD, words="a rule", signs="merge=BLOCKED review=NONE")
        session = desk.session(signs={PrNumber(n): "merge=BLOCKED review=NONE" for n in (1, 2)})
        session.seen.signs = {**session.seen.signs, PrNumber(3): "merge=CLEAN review=NONE"}
        session.seen.memory = Memory(refusals={ONE: kept, TWO: kept, PrNumber(3): replace(kept, head=sha(13))})
        publish(desk, session, entries=(entry(1), entry(2), entry(3)))
        assert session.seen.memory.refusals == {1: kept}, "2 has another head, 3 another sign"

    def test_what_another_pass_wrote_meanwhile_is_not_lost(self, desk: Desk) -> None:
        mine = desk.session()
        theirs = desk.session()
        theirs.seen.memory = Memory()
        publish(desk, theirs, entries=(entry(2),))
        assert publish(desk, mine, entries=(entry(1),)) == Done()
        assert set(next_session(desk).seen.memory.heads) == {1, 2}

    def test_a_pause_is_not_forgotten(self, desk: Desk) -> None:
        session = desk.session()
        session.seen.memory = Memory(frozen="a tree differs")
        publish(desk, session)
        assert next_session(desk).seen.memory.frozen == "a tree differs"

    def test_a_server_that_does_not_take_it_is_no_failure(self, desk: Desk) -> None:
        """It is a convenience: without it refusals are tried again, and comments looked up."""
        desk.refuse("refs/mergebot/*", "hidden ref")
        session = desk.session()
        assert not isinstance(publish(desk, session), Failed)
        assert len(session.deeds.warnings) == 1

    @pytest.mark.parametrize("what", ["a broken file", "a link", "no such file", "no commit"])
    def test_what_cannot_be_read_is_forgotten_and_replaced(self, desk: Desk, what: str) -> None:
        publish(desk, desk.session())
        blob = desk.box.git("hash-object", "-w", "--stdin", stdin=b"{broken")
        good = desk.box.git("hash-object", "-w", "--stdin", stdin=dumped(Memory(heads={TWO: HEAD})))
        trees = {
            "a broken file": f"100644 blob {blob}\tmerge-queue.json\n",
            "a link": f"120000 blob {good}\tmerge-queue.json\n",
            "no such file": f"100644 blob {blob}\tother\n",
        }
        tree = desk.box.git("mktree", stdin=trees.get(what, "").encode())
        desk.box.git("update-ref", STATE, blob if what == "no commit" else desk.box.git("commit-tree", tree, "-m", "x"))
        session = next_session(desk)
        assert session.seen.memory == Memory()
        assert publish(desk, session) == Done()
        assert next_session(desk).seen.memory.heads == {1: HEAD}

    def test_a_commit_that_the_server_does_not_give_is_replaced_all_the_same(self, desk: Desk) -> None:
        session = desk.session()
        memory, commit = read_memory(
            session.mirror, replace(session.seen.refs, refs={**session.seen.refs.refs, STATE: Sha("1" * 40)})
        )
        assert (memory, commit) == (Memory(), "1" * 40)


def test_another_pass_at_work_ends_this_one(desk: Desk) -> None:
    """Whoever holds the lock reports."""
    writer = desk.writer()
    other = Lock(desk.session())
    other._me = replace(other._me, id="other", machine="another")
    with writer.lock(), other.entered():
        other.take()
        with pytest.raises(LockedError):
            writer.publish(plan(entry(1)), PassResult(), Report(notices=(notice(),)))
    assert desk.script.writes() == []
