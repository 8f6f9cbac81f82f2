"""What a pass writes into `status.json`: what it has to say, and not one character more (contract 6)."""

import json
import os
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.errors import MergebotError
from mergebot.forge.local.files import edit_file
from mergebot.forge.local.json_edit import Text, encode
from mergebot.model.ids import Sha
from mergebot.model.notice import Report
from mergebot.model.outcome import AlreadyDone, Done, Failed, PassResult
from mergebot.model.plan import Criterion, CriterionName, EntryState, Fail
from tests.forge.fleet import STATE, Fleet, plan_of


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet.create(tmp_path / "repo")


TESTS_FAILED = (Criterion(name=CriterionName.TESTS_PASSING, verdict=Fail(code="tests.failed", reason="red")),)

ODD = """\ufeff{
   "version": 1.50, "agents": {
      "a": {"status":"ready", "branch": "feature/a", "progress": 0.60, "blocked_by": ["#9"], "h\\u00e9": [1,2 ,3]},

      "b": {
         "status": "re\\u0061dy",
         "branch": "feature/b"
      }
   },
   "completed": [
      "old",
      {"name": "odd"}
   ], "failed": [], "blocked": ["b", "someone else"]
}"""


class TestStatusFile:
    def test_who_was_merged_says_so_and_everything_else_is_left_as_it_was(self, fleet: Fleet) -> None:
        """Order, indentation, spelling of numbers, unknown keys and a missing line end are the users' own."""
        fleet.agent("a")
        fleet.agent("b")
        file = fleet.root / STATE / "status.json"
        file.write_bytes(ODD.encode())
        fleet.forge.writer.merge(fleet.merge_step("a"))

        fleet.forge.writer.publish(plan_of(fleet.read(), depends_on={"b": [1]}), PassResult(), Report())

        expected = (
            ODD.replace('"status":"ready"', '"status":"merged"')
            .replace('"blocked_by": ["#9"]', '"blocked_by": []')
            .replace('{"name": "odd"}\n', '{"name": "odd"},\n      "a"\n')
            .replace('["b", "someone else"]', '["someone else"]')
        )
        assert file.read_bytes().decode() == expected

    def test_what_blocks_an_agent_and_whose_tests_failed_is_listed(self, fleet: Fleet) -> None:
        """`blocked_by` are pull requests; `blocked` and `failed` follow the plan, other names stay."""
        for name in ("a", "b", "c"):
            fleet.agent(name)
        fleet.reload().whole.update(failed=["a", "nobody"], blocked=["c"])
        fleet.save()

        fleet.publish(
            depends_on={"b": [1, 77]},
            states={"b": EntryState.BLOCKED, "c": EntryState.WAITING},
            criteria={"c": TESTS_FAILED},
        )

        status = fleet.status()
        assert status["agents"]["b"]["blocked_by"] == ["#1"]
        assert "blocked_by" not in status["agents"]["a"]
        assert (status["failed"], status["blocked"]) == (["nobody", "c"], ["b"])

    def test_a_plan_made_before_another_process_landed_it_blocks_nobody(self, fleet: Fleet) -> None:
        """Who has landed since is neither blocked nor failed nor open, here and in the queue."""
        fleet.agent("a")
        plan = plan_of(
            fleet.read(), states={"a": EntryState.BLOCKED}, criteria={"a": TESTS_FAILED}, depends_on={"a": [1]}
        )
        fleet.forge.writer.merge(fleet.merge_step("a"))
        fleet.publish()
        before = fleet.status()
        assert (before["completed"], before["blocked"]) == (["a"], [])
        fleet.forge.writer.publish(plan, PassResult(), Report())
        assert fleet.status() == before
        assert [(pr["number"], pr["state"]) for pr in fleet.queue()["prs"]] == [(1, "merged")]

    def test_who_says_merged_is_taken_from_the_lists_of_what_is_wrong(self, fleet: Fleet) -> None:
        """A process that knew less may have written them there; other names stay."""
        fleet.agent("a")
        fleet.agent("b")
        fleet.reload().whole.update(failed=["a", "nobody"], blocked=["a"])
        fleet.save()
        fleet.say("a", status="merged")
        fleet.publish()
        assert (fleet.status()["failed"], fleet.status()["blocked"]) == (["nobody"], [])

    def test_an_agent_that_is_ready_again_with_new_commits_stays_ready(self, fleet: Fleet) -> None:
        fleet.agent("a")
        fleet.forge.writer.merge(fleet.merge_step("a"))
        fleet.push("a")
        fleet.publish()
        assert fleet.status()["agents"]["a"]["status"] == "ready"

    def test_a_broken_file_is_left_as_it_is(self, fleet: Fleet) -> None:
        fleet.agent("a")
        plan = plan_of(fleet.read())
        file = fleet.root / STATE / "status.json"
        file.write_text("{")
        assert isinstance(fleet.forge.writer.publish(plan, PassResult(), Report()), Failed)
        assert file.read_text() == "{"

    def test_a_second_publication_writes_nothing(self, fleet: Fleet) -> None:
        """Not even a new file with the same content (I5)."""
        fleet.agent("a")
        fleet.publish()
        before = {path.name: path.stat().st_ino for path in (fleet.root / STATE).iterdir()}
        assert isinstance(fleet.forge.writer.publish(plan_of(fleet.read()), PassResult(), Report()), AlreadyDone)
        assert {path.name: path.stat().st_ino for path in (fleet.root / STATE).iterdir()} == before

    def test_a_link_is_followed_and_the_mode_is_kept(self, fleet: Fleet, tmp_path: Path) -> None:
        fleet.agent("a")
        file, real = fleet.root / STATE / "status.json", tmp_path / "elsewhere.json"
        file.rename(real)
        real.chmod(0o640)
        file.symlink_to(real)
        fleet.forge.writer.merge(fleet.merge_step("a"))
        assert isinstance(fleet.forge.writer.publish(plan_of(fleet.read()), PassResult(), Report()), Done)
        assert file.is_symlink()
        assert json.loads(real.read_text())["agents"]["a"]["status"] == "merged"
        assert real.stat().st_mode & 0o777 == 0o640


class TestWritesOfOthers:
    def test_a_write_between_reading_and_replacing_is_merged_in(self, tmp_path: Path) -> None:
        """The edit is made again on what the other one wrote."""
        file = tmp_path / "file"
        file.write_bytes(b"1")
        seen: list[bytes | None] = []

        def edit(raw: bytes | None) -> bytes:
            seen.append(raw)
            if len(seen) == 1:
                file.write_bytes(b"2")
            return (raw or b"") + b"!"

        assert edit_file(file, edit)
        assert seen == [b"1", b"2"]
        assert file.read_bytes() == b"2!"
        assert [path.name for path in tmp_path.iterdir()] == ["file"]

    def test_several_publishers_at_once_lose_nothing(self, tmp_path: Path) -> None:
        """Each edits what the one before it has written."""
        file = tmp_path / "status.json"
        file.write_text("[]")
        failures: list[BaseException] = []

        def edit(name: str, raw: bytes | None) -> bytes:
            return json.dumps([*json.loads(raw or b"[]"), name]).encode()

        def add(name: str) -> None:
            try:
                for number in range(60):
                    edit_file(file, partial(edit, f"{name}-{number}"))
            except Exception as error:  # noqa: BLE001 (a thread's failure would go unseen)
                failures.append(error)

        names = [f"{who}-{number}" for who in "abc" for number in range(60)]
        threads = [threading.Thread(target=add, args=(who,)) for who in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert sorted(json.loads(file.read_text())) == sorted(names)

    def test_an_agent_that_replaces_the_file_all_the_time_loses_no_write(self, tmp_path: Path) -> None:
        """It does not know our compare-and-swap: it writes a temporary file and renames it, as agents do."""
        file, other = tmp_path / "status.json", tmp_path / "agent.tmp"
        file.write_text("0 ours=0")
        done = threading.Event()
        last = 0

        def agent() -> None:
            nonlocal last
            for number in range(1, 400):
                ours = file.read_text().split("ours=")[1]
                other.write_text(f"{number} ours={ours}")
                os.replace(other, file)  # noqa: PTH105 (what an agent would call)
                last = number
            done.set()

        thread = threading.Thread(target=agent)
        thread.start()
        seen = []

        def edit(raw: bytes | None) -> bytes:
            number, ours = (raw or b"").decode().split(" ours=")
            seen.append(int(number))
            return f"{number} ours={int(ours) + 1}".encode()

        while not done.is_set():
            with suppress(MergebotError):  # the agent may be faster than all our tries
                edit_file(file, edit)
        thread.join()
        edit_file(file, edit)
        assert seen[-1] == last
        assert seen == sorted(seen)

    def test_temporary_files_of_a_killed_pass_are_removed_by_the_next(self, fleet: Fleet) -> None:
        stray = fleet.root / STATE / ".status.json.mergebot-1-aa"
        stray.write_text("half")
        with fleet.forge.writer.lock():
            pass
        assert not stray.exists()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class TestEdits:
    @given(JSON, st.text(), st.text(), st.integers(0, 3), st.booleans())
    def test_putting_a_member_changes_that_member_alone(
        self, value: object, name: str, key: str, indent: int, ascii_only: bool
    ) -> None:
        """The result is what editing the value itself would give, in any layout."""
        whole = {"before": value, name: {"status": "ready", "list": value}, "after": [value]}
        text = Text(json.dumps(whole, indent=indent or None, ensure_ascii=ascii_only))
        record = text.members(text.root())[name]
        if not isinstance(whole[name], dict):
            return
        text.put(record, key, '"new"')
        expected = json.loads(json.dumps(whole))
        expected[name][key] = "new"
        assert json.loads(text.result()) == expected

    @given(st.lists(st.text() | st.integers(), max_size=5), st.lists(st.text(), max_size=5), st.integers(0, 3))
    def test_putting_a_list_gives_that_list(self, old: list[Any], new: list[str], indent: int) -> None:
        text = Text(json.dumps({"a": 1, "list": old, "z": {"list": old}}, indent=indent or None))
        text.put_list(text.root(), "list", [encode(item) for item in new])
        assert json.loads(text.result()) == {"a": 1, "list": new, "z": {"list": old}}


def test_a_landed_commit_is_named_in_the_memory(fleet: Fleet) -> None:
    fleet.agent("a")
    fleet.forge.writer.merge(fleet.merge_step("a"))
    fleet.publish()
    [entry] = fleet.queue()["prs"]
    assert (entry["state"], Sha(entry["landed"])) == ("merged", fleet.box.sha("main"))
