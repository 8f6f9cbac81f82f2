"""What others read in `refs/mergebot/state`: merge order and the fleet's status (contract 4.7), only when changed."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mergebot.errors import GitError
from mergebot.forge.github.errors import DeniedError
from mergebot.forge.github.memory import Memory, parse
from mergebot.forge.github.session import STATE
from mergebot.forge.github.standing import MOST_PAST, with_past
from mergebot.git.mirror import Mirror
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.notice import Report
from mergebot.model.outcome import AlreadyDone, Done, Outcome, PassResult
from mergebot.model.plan import Plan
from tests.forge.github.desk import Desk
from tests.forge.github.news import ONE, TWO, entry, new_desk, next_session, plan

ONLY_QUEUE = ["merge-queue.json"]
BOTH = ["merge-queue.json", "status.json"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path)


def fleet(**agents: str | int) -> bytes:
    """A status.json: an agent's PR that is merged by its number, else the state of one that has none."""
    records = {name: record(what) for name, what in agents.items()}
    completed = [name for name, what in agents.items() if isinstance(what, int)]
    return json.dumps({"agents": records, "completed": completed, "failed": [], "blocked": []}).encode()


def record(what: str | int) -> dict[str, Any]:
    if isinstance(what, int):
        return {"status": "merged", "pr": what, "blocked_by": []}
    return {"status": what, "blocked_by": []} | ({} if what == "no_pull_request" else {"pr": 9})


def leave(desk: Desk, what: Plan, status: bytes = b"") -> Outcome:
    """One pass that publishes nothing but its state."""
    writer = desk.writer(next_session(desk))
    with writer.lock():
        return writer.publish(what, PassResult(), Report(status=status))


def files(desk: Desk) -> list[str]:
    return desk.box.git("ls-tree", "--name-only", STATE).splitlines() if STATE in desk.refs() else []


def content(desk: Desk, name: str) -> Any:  # noqa: ANN401 (JSON)
    return json.loads(desk.box.git("cat-file", "blob", f"{STATE}:{name}"))


class TestWhatStandsThere:
    def test_the_queue_has_its_base_and_its_order(self, desk: Desk) -> None:
        """As in local mode, but without base's commit: that changes with every push."""
        leave(desk, plan(entry(1), entry(2), order=(TWO, ONE)))
        found = content(desk, "merge-queue.json")
        assert (found["base"], found["order"]) == ({"branch": "main"}, [2, 1])
        assert files(desk) == ONLY_QUEUE

    def test_the_fleets_status_stands_beside_it(self, desk: Desk) -> None:
        leave(desk, plan(entry(1)), fleet(a="ready"))
        assert files(desk) == BOTH
        assert content(desk, "status.json")["agents"] == {"a": {"status": "ready", "blocked_by": [], "pr": 9}}
        assert desk.box.git("rev-list", "--count", STATE) == "1"

    def test_a_repository_without_a_fleet_gets_no_status(self, desk: Desk) -> None:
        """Nor does one in which no agent has opened anything yet: nothing was done there."""
        assert isinstance(leave(desk, plan(), fleet()), AlreadyDone)
        assert isinstance(leave(desk, plan(), fleet(a="no_pull_request")), AlreadyDone)
        assert STATE not in desk.refs()


class TestOnlyWhenChanged:
    def test_the_same_again_writes_nothing(self, desk: Desk) -> None:
        now = plan(entry(1), order=(ONE,))
        assert leave(desk, now, fleet(a="ready")) == Done()
        assert isinstance(leave(desk, now, fleet(a="ready")), AlreadyDone)

    def test_another_order_is_written(self, desk: Desk) -> None:
        leave(desk, plan(entry(1), entry(2), order=(ONE, TWO)))
        assert leave(desk, plan(entry(1), entry(2), order=(TWO, ONE))) == Done()
        assert content(desk, "merge-queue.json")["order"] == [2, 1]

    def test_another_status_is_written_and_nothing_else_is_lost(self, desk: Desk) -> None:
        leave(desk, plan(entry(1), order=(ONE,)), fleet(a="waiting"))
        assert leave(desk, plan(entry(1), order=(ONE,)), fleet(a="ready")) == Done()
        assert next_session(desk).seen.memory.heads == {1: entry(1).head.sha}
        assert content(desk, "status.json")["agents"]["a"]["status"] == "ready"

    def test_a_base_alone_is_no_reason_to_write(self, desk: Desk) -> None:
        """An empty queue on a branch is nothing to tell."""
        assert isinstance(leave(desk, plan()), AlreadyDone)
        assert STATE not in desk.refs()

    def test_a_pause_written_in_the_middle_of_a_pass_keeps_order_and_status(self, desk: Desk) -> None:
        leave(desk, plan(entry(1), order=(ONE,)), fleet(a="ready"))
        session = next_session(desk)
        desk.script.on("GET", "/issues", DeniedError("not allowed", words="no"))
        writer = desk.writer(session)
        with writer.lock():
            writer.freeze("a tree differs")
        assert next_session(desk).seen.memory.frozen
        assert (files(desk), content(desk, "merge-queue.json")["order"]) == (BOTH, [1])


class TestWhoWasMerged:
    def test_an_agent_that_the_pass_no_longer_knows_stays_merged(self, desk: Desk) -> None:
        """A pass looks up only what an open PR may depend on; that it forgets is no change (I5)."""
        leave(desk, plan(entry(1)), fleet(a=1, b="waiting"))
        leave(desk, plan(entry(1)), fleet(a=1, b=2))
        assert isinstance(leave(desk, plan(entry(1)), fleet(a="no_pull_request")), AlreadyDone)
        found = content(desk, "status.json")
        assert (found["completed"], sorted(found["agents"])) == (["a", "b"], ["a", "b"])

    def test_one_that_opens_another_is_no_longer_completed(self, desk: Desk) -> None:
        leave(desk, plan(entry(1)), fleet(a=1))
        assert leave(desk, plan(entry(1)), fleet(a="waiting")) == Done()
        assert content(desk, "status.json")["completed"] == []

    def test_one_that_was_open_and_is_gone_has_none(self) -> None:
        old, new = fleet(a="waiting"), fleet(a="no_pull_request")
        assert json.loads(with_past(new, old)) == json.loads(new)

    def test_of_too_many_the_newest_are_kept(self) -> None:
        old = fleet(**{f"agent-{number}": number for number in range(1, MOST_PAST + 3)})
        kept = json.loads(with_past(fleet(), old))["agents"]
        assert len(kept) == MOST_PAST
        assert not {"agent-1", "agent-2"} & kept.keys()

    @pytest.mark.parametrize(
        "old", [b"{broken", b"[]", b'{"agents": []}', b'{"agents": {"a": 3, "b": {"status": "merged"}}}', b"[" * 99_999]
    )
    def test_a_strangers_file_is_replaced(self, old: bytes) -> None:
        new = fleet(c="ready")
        assert json.loads(with_past(new, old)) == json.loads(new)


def test_a_pause_is_not_forgotten_because_the_server_does_not_answer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A memory that cannot be read is not empty: the pass would merge, and forget the pause for good."""
    session = next_session(desk)
    desk.script.on("GET", "/issues", DeniedError("not allowed", words="no"))
    with (writer := desk.writer(session)).lock():
        writer.freeze("a tree differs")
    shutil.rmtree(desk.folder / "mirror.git")

    def fail(*_args: object) -> None:
        raise GitError("503")

    monkeypatch.setattr(Mirror, "_fetch_more", fail)
    with pytest.raises(GitError):
        next_session(desk)


class TestOlderState:
    def test_a_state_of_one_file_is_read(self) -> None:
        """As it was written before there was a status, an order or a base."""
        old = b'{"schema": 1, "frozen": null, "prs": {"7": {"head": "' + b"a" * 40 + b'"}}}'
        assert parse(old) == Memory(heads={PrNumber(7): Sha("a" * 40)})

    @pytest.mark.parametrize("order", ["null", "3", '["1", true, null, {}, [2]]', '{"1": 2}'])
    def test_what_is_no_order_is_left_out(self, order: str) -> None:
        assert parse(f'{{"schema": 1, "base": {order}, "order": {order}}}'.encode()) == Memory()

    def test_a_status_alone_is_kept(self) -> None:
        assert parse(b"{broken", fleet(a=1)) == Memory(status=fleet(a=1))
