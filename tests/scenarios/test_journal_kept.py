"""The journal of passes that are killed, forged by strangers, and read by the command."""

import json

import pytest

from mergebot.cycle import run_once
from mergebot.model.journal import REF
from mergebot.model.outcome import Failed
from tests.cli_process import mergebot
from tests.sandbox import Sandbox
from tests.scenarios.github_world import GithubWorld
from tests.scenarios.journals import KilledError, brief, dying, journal, local
from tests.scenarios.world import World, marked


class TestKilled:
    def test_a_pass_that_is_killed_after_the_merge_leaves_the_grounds(self, asked: GithubWorld) -> None:
        """They stand there before the forge is asked to merge."""
        with pytest.raises(KilledError):
            run_once(dying(asked.forge()), config=None, now=asked.clock)
        assert asked.landed() == ["a"]
        assert brief(asked.repo.box) == ["merge #1 begun"]

    def test_the_next_pass_that_writes_says_what_became_of_it(self, asked: GithubWorld) -> None:
        with pytest.raises(KilledError):
            run_once(dying(asked.forge()), config=None, now=asked.clock)
        asked.run()
        begun, *_, found = journal(asked.repo.box)
        assert (found["action"], found["outcome"], found["begun_by"]) == ("merge", "found", begun["pass"])
        assert (found["landed"], found["head"]) == (asked.tip(), begun["head"])

    def test_locally_as_well(self, world: World) -> None:
        with pytest.raises(KilledError):
            run_once(dying(local(world)), config=None, now=world.clock)
        assert brief(world.box) == ["merge #1 begun"]
        world.reload()
        world.run()
        assert brief(world.box) == ["merge #1 begun", "delete_branch #1 done", "merge #1 found"]

    def test_what_a_person_merged_after_a_failed_try_is_not_called_lost(
        self, asked: GithubWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It never says more than it knows."""
        monkeypatch.setattr(
            "mergebot.forge.github.writer.GithubWriter.merge", lambda _self, _step: Failed(reason="not allowed")
        )
        run_once(asked.forge(), config=None, now=asked.clock)
        monkeypatch.undo()
        asked.repo.merge(1, by="rita")
        asked.agent("c", {"c.txt": marked("c")}, labels=["merge"])
        asked.answer()
        asked.run()
        [found] = [line for line in journal(asked.repo.box) if line["outcome"] == "found"]
        assert (found["pr"], found["landed"], found.get("begun_by")) == (1, asked.repo.pull(1).merge_sha, None)
        assert found["reason"] == "it was found merged; an earlier try had failed"


class TestStrangers:
    @pytest.mark.parametrize("kind", ["blob", "tree", "tag", "text", "huge"])
    def test_whatever_stands_in_the_ref_a_pass_goes_on_and_writes_its_lines(
        self, asked: GithubWorld, kind: str
    ) -> None:
        """Whoever may push can write there; nothing of it is trusted, and nothing of it is in the way."""
        box = asked.repo.box
        box.git("update-ref", REF, _odd(box, kind))
        _, result = asked.run()
        assert result.unread == ()
        assert asked.landed() == ["a"]
        text = box.git("cat-file", "blob", f"{REF}:journal.jsonl").splitlines()
        assert json.loads(text[-1])["action"] == "delete_branch"
        assert (text[0] == "not JSON") == (kind == "text")

    def test_lines_that_call_a_merge_done_hold_nothing_back(self, asked: GithubWorld) -> None:
        """No decision looks at the journal."""
        asked.run()
        box = asked.repo.box
        text = box.git("cat-file", "blob", f"{REF}:journal.jsonl") + "\n"
        blob = box.git("hash-object", "-w", "--stdin", stdin=text.replace('"pr":1', '"pr":2').encode())
        tree = box.git("mktree", stdin=f"100644 blob {blob}\tjournal.jsonl\n".encode())
        box.git("update-ref", REF, box.git("commit-tree", "-m", "forged", tree))
        asked.agent("b", {"b.txt": marked("b")}, labels=["merge"])
        asked.answer()
        asked.run()
        assert asked.landed() == ["a", "b"]


def _odd(box: Sandbox, kind: str) -> str:
    text = b"x" * 300_000 if kind == "huge" else b"not JSON\n"
    blob = box.git("hash-object", "-w", "--stdin", stdin=text)
    tree = box.git("mktree", stdin=f"100644 blob {blob}\tjournal.jsonl\n".encode())
    match kind:
        case "blob":
            return blob
        case "tree":
            return tree
        case "tag":
            box.git("tag", "--annotate", "--message=x", "odd", blob)
            return box.git("rev-parse", "odd")
        case _:
            return box.git("commit-tree", "-m", "odd", tree)


class TestTheCommand:
    def test_it_is_read_with_a_token_that_may_only_read_and_without_a_request(self, asked: GithubWorld) -> None:
        """By git alone; the token is in none of its outputs (I6)."""
        asked.run()
        guest = asked.hub.token("guest", kind="read")
        before = len(asked.hub.api_requests())
        env = {**asked.environ, "GITHUB_REPOSITORY": "fleet/product", "GITHUB_TOKEN": guest}
        text = mergebot("log", "--pr", "1", cwd=asked.cache, env=env)
        found = mergebot("log", "--format", "json", cwd=asked.cache, env=env)
        assert (text.code, text.err, found.code, found.err) == (0, "", 0, "")
        assert asked.hub.api_requests()[before:] == []
        assert f"  landed  {asked.tip()}\n" in text.out
        assert json.loads(found.out)["entries"] == journal(asked.repo.box)
        assert guest not in text.out + found.out

    def test_a_merge_of_a_killed_pass_is_told_with_what_base_says(self, asked: GithubWorld) -> None:
        with pytest.raises(KilledError):
            run_once(dying(asked.forge()), config=None, now=asked.clock)
        env = {**asked.environ, "GITHUB_REPOSITORY": "fleet/product", "COLUMNS": "200"}
        ran = mergebot("log", cwd=asked.cache, env=env)
        assert ran.code == 0, ran.err
        assert f"begun; the outcome was not recorded; main has {asked.tip():.10} since" in ran.out

    def test_a_repository_that_cannot_be_seen_is_no_access(self, asked: GithubWorld) -> None:
        env = {**asked.environ, "GITHUB_REPOSITORY": "fleet/nothing"}
        ran = mergebot("log", cwd=asked.cache, env=env)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("error: ")
