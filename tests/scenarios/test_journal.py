"""The journal of real passes, on GitHub and locally: what was done, to which commits, and on what grounds."""

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mergebot.cycle import run_once
from mergebot.errors import GitError, MergebotError
from mergebot.forge.local.writer import LocalWriter
from mergebot.forge.protocol import Forge, ForgeWriter
from mergebot.forge.registry import open_local
from mergebot.model.journal import REF
from mergebot.model.outcome import Failed, Outcome
from mergebot.model.plan import Merge
from tests.cli_process import mergebot
from tests.sandbox import Sandbox
from tests.scenarios.github_world import GithubWorld
from tests.scenarios.world import World, marked
from tests.server.faults import Fault, FaultKind, to


class KilledError(BaseException):
    """Nothing catches it: the process is gone."""


@dataclass
class Dying:
    """A writer whose process is killed right after the forge has merged."""

    real: ForgeWriter

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def merge(self, step: Merge) -> Outcome:
        self.real.merge(step)
        raise KilledError


@dataclass
class Unwritable:
    """A writer whose journal cannot be written, for another reason than that the server takes none."""

    real: ForgeWriter
    tries: int = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def record(self, lines: tuple[str, ...]) -> Outcome:
        self.tries += 1
        if self.tries == 1:
            raise GitError("the disk is full")
        return Failed(reason=f"no room for {len(lines)} lines")


def dying(forge: Forge) -> Forge:
    return replace(forge, writer=Dying(forge.writer))  # type: ignore[arg-type]  # a stand-in


def local(world: World) -> Forge:
    return open_local(world.box.path, clock=world.clock)


def journal(box: Sandbox) -> list[dict[str, Any]]:
    """The newest segment's lines."""
    if REF not in box.refs():
        return []
    return [json.loads(line) for line in box.git("cat-file", "blob", f"{REF}:journal.jsonl").splitlines()]


def brief(box: Sandbox) -> list[str]:
    return [f"{line['action']} #{line['pr']} {line['outcome']}" for line in journal(box)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World.create(tmp_path / "repo")
    world.agent("a", {"a.txt": marked("a")})
    return world


@pytest.fixture
def asked(github: GithubWorld) -> GithubWorld:
    """One pull request that is ready, with rules of its own."""
    github.configure("version: 1\n")
    github.depend({"b": ["a"]})
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    return github


class TestOnGitHub:
    def test_a_merge_is_written_down_with_its_grounds(self, asked: GithubWorld) -> None:
        """Who asks a month later finds the criteria, the evidence, the rules and all commits (the design's I1)."""
        head, base = asked.heads()["a"], asked.tip()
        asked.run()
        begun, done, *_ = journal(asked.repo.box)

        pull = asked.repo.pull(1)
        page = f"{asked.hub.url}/fleet/product/pull/1#pullrequestreview-{pull.reviews[-1].id}"
        assert (begun["action"], begun["outcome"], begun["pr"], begun["agent"]) == ("merge", "begun", 1, "a")
        assert begun["head"] == {"branch": "feature/a", "sha": head}
        assert begun["base"] == {"branch": "main", "sha": base}
        grounds = begun["grounds"]
        assert {one["name"]: one["state"] for one in grounds["criteria"]} == {
            "tests_passing": "pass",
            "review_score": "pass",
            "merge_conflicts": "pass",
            "dependencies_merged": "pass",
            "approvals": "pass",
        }
        assert [(one["name"], one["state"], one["app"]) for one in grounds["checks"]] == [
            ("ci", "success", "github-actions")
        ]
        assert grounds["checks"][0]["url"].startswith(f"{asked.hub.url}/fleet/product/actions/runs/")
        assert grounds["reviews"] == [
            {"by": "rita", "permission": "maintain", "state": "approved", "commit": head, "url": page}
        ]
        assert (grounds["score"], grounds["approvals"], grounds["labels"]) == (10, 1, ["merge"])
        blobs = {path: asked.repo.box.git("rev-parse", f"{base}:{path}") for path in _RULES.values()}
        assert begun["rules"] == {kind: {"path": path, "blob": blobs[path]} for kind, path in _RULES.items()}
        assert (done["outcome"], done["landed"], done["tree"]) == ("done", asked.tip(), begun["tree"])
        assert asked.repo.box.git("rev-parse", f"{asked.tip()}^{{tree}}") == begun["tree"]

    def test_all_other_steps_are_written_down_with_their_commits(self, github: GithubWorld) -> None:
        github.chain("one", "two")
        github.answer()
        old, first = github.heads()["two"], github.heads()["one"]
        github.run()
        lines = {f"{line['action']} #{line['pr']} {line['outcome']}": line for line in journal(github.repo.box)}
        assert list(lines) == [
            "merge #1 begun",
            "merge #1 done",
            "keep_tip #1 done",
            "retarget #2 done",
            "rebase #2 done",
            "delete_branch #1 done",
        ]
        rebase = lines["rebase #2 done"]
        assert (rebase["head"]["sha"], rebase["new"], rebase["onto"]) == (old, github.heads()["two"], github.tip())
        assert lines["retarget #2 done"]["new_base"] == "main"
        assert lines["keep_tip #1 done"]["head"] == {"sha": first}
        assert lines["delete_branch #1 done"]["head"] == {"branch": "feature/one", "sha": first}

    def test_it_says_which_run_of_actions_it_was(self, asked: GithubWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever asks is led to its log; the machine of a runner says nothing."""
        run = {"GITHUB_REPOSITORY": "fleet/product", "GITHUB_RUN_ID": "77", "GITHUB_RUN_ATTEMPT": "1"}
        monkeypatch.setattr(GithubWorld, "environ", property(lambda self: {**_environ(self), **run}))
        asked.run()
        line = journal(asked.repo.box)[0]
        assert (line["run"], "host" in line) == (f"{asked.hub.url}/fleet/product/actions/runs/77", False)

    def test_a_pass_that_has_nothing_to_do_neither_reads_nor_writes_it(self, asked: GithubWorld) -> None:
        """I5, and no request for it (the bounds of bench/requests.py)."""
        asked.run()
        tip = asked.repo.box.refs()[REF]
        asked.commit_to_base("base moves", {"other.txt": "other\n"})
        fetches = _fetches(asked)
        asked.quiet()
        first = _fetches(asked) - fetches
        assert asked.repo.box.refs()[REF] == tip
        asked.repo.box.git("update-ref", "-d", REF)
        asked.commit_to_base("base moves again", {"other.txt": "another\n"})
        fetches = _fetches(asked)
        asked.quiet()
        assert _fetches(asked) - fetches == first

    def test_one_push_for_each_merge_and_one_at_the_end(self, github: GithubWorld) -> None:
        for name in ("a", "b", "c"):
            github.agent(name, {f"{name}.txt": marked(name)}, labels=["merge"])
        github.answer()
        github.run()
        assert github.repo.box.git("rev-list", "--count", REF) == "4"

    def test_a_server_that_takes_no_such_refs_is_merged_on_all_the_same(self, asked: GithubWorld) -> None:
        """It is said once, and no journal costs no safety."""
        asked.repo.settings.custom_refs = False
        plan, result = run_once(asked.forge(), config=None, now=asked.clock)
        assert asked.landed() == ["a"]
        assert REF not in asked.repo.box.refs()
        assert not [reason for reason in result.unread if "journal" in reason]
        assert len([problem for problem in plan.problems if "refs/mergebot/" in problem.message]) == 1

    def test_a_journal_that_was_not_answered_is_written_once(self, asked: GithubWorld) -> None:
        """The push arrived, its answer did not: the lines are not there twice."""
        pushes: list[bool] = []

        def is_the_second(exchange: Any) -> bool:  # noqa: ANN401 (an exchange)
            if to("POST", "git-receive-pack")(exchange):
                pushes.append(True)
            return len(pushes) == 2

        asked.hub.faults.append(Fault(is_the_second, FaultKind.RESET_AFTER))
        _, result = asked.run()
        assert result.unread == ()
        assert brief(asked.repo.box)[:2] == ["merge #1 begun", "merge #1 done"]
        assert len(brief(asked.repo.box)) == len(set(brief(asked.repo.box)))

    def test_two_passes_at_once_are_both_there(self, github: GithubWorld, tmp_path: Path) -> None:
        """Whoever comes second appends to what the first has written, never in its place."""
        for name in ("a", "b"):
            github.agent(name, {f"{name}.txt": marked(name)}, labels=["merge"])
        github.answer()
        other = tmp_path / "elsewhere"
        other.mkdir()

        def another_pass() -> None:
            cache, github.cache = github.cache, other
            forge = github.forge()
            forge.writer._lock.take = lambda: None  # type: ignore[attr-defined]  # without a lock
            with suppress(MergebotError):
                run_once(forge, config=None, now=github.clock)
            github.cache = cache

        forge = github.forge()
        forge.writer._lock.take = lambda: None  # type: ignore[attr-defined]  # without a lock
        github.hub.faults.append(Fault(to("PUT", "/merge"), FaultKind.BEFORE, run=another_pass))
        run_once(forge, config=None, now=github.clock)

        assert sorted(github.landed()) == ["a", "b"]
        lines = journal(github.repo.box)
        assert len({line["pass"] for line in lines}) == 2
        done = [line["pr"] for line in lines if (line["action"], line["outcome"]) == ("merge", "done")]
        assert sorted(done) == [1, 2], "each merge is told by the pass that did it"
        for name in {line["pass"] for line in lines}:
            numbers = [line["number"] for line in lines if line["pass"] == name]
            assert numbers == sorted(set(numbers)), "none is lost, and none is there twice"

    def test_the_token_is_never_in_it_wherever_it_turns_up(self, github: GithubWorld) -> None:
        """I6: neither mergebot's own, nor what looks like somebody else's."""
        other = "ghp_" + "a1B2" * 9
        github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        github.repo.pull(1).title = f"leaks {github.token} and {other}"
        github.answer()
        run_once(github.forge(), config=None, now=github.clock)
        text = github.repo.box.git("cat-file", "blob", f"{REF}:journal.jsonl")
        assert journal(github.repo.box)[0]["title"] == "leaks *** and ***"
        assert github.token not in text
        assert other not in text


class TestLocally:
    def test_a_merge_is_written_down_with_its_grounds(self, world: World) -> None:
        base, head = world.box.sha("main"), world.tips()["a"]
        world.run()
        begun, done, cleanup = journal(world.box)
        assert (begun["outcome"], begun["head"]["sha"], begun["base"]["sha"]) == ("begun", head, base)
        assert [one["code"] for one in begun["grounds"]["criteria"]] == [
            "tests.passed",
            "score.passed",
            "conflicts.none",
            "dependencies.none",
            "approvals.enough",
        ]
        assert (begun["grounds"]["approvals"], begun["grounds"]["score"]) == (1, 10)
        assert (done["outcome"], done["landed"]) == ("done", world.box.sha("main"))
        assert (cleanup["action"], cleanup["outcome"]) == ("delete_branch", "done")

    def test_what_cannot_be_done_each_time_is_no_line_each_time(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A pass in which nothing was done writes nothing (I5)."""
        monkeypatch.setattr(
            "mergebot.forge.local.writer.LocalWriter.delete_branch", lambda _self, _step: Failed(reason="it is held")
        )
        run_once(local(world), config=None, now=world.clock)
        assert brief(world.box) == ["merge #1 begun", "merge #1 done", "delete_branch #1 failed"]
        tip = world.box.refs()[REF]
        _, result = run_once(local(world), config=None, now=world.clock)
        assert [type(item.outcome) for item in result.results] == [Failed]
        assert world.box.refs()[REF] == tip

    def test_a_journal_that_cannot_be_written_keeps_nothing_from_landing(self, world: World) -> None:
        """Losing it costs no safety; the pass says so, and exits with 1."""
        forge = local(world)
        writer = Unwritable(forge.writer)
        _, result = run_once(replace(forge, writer=writer), config=None, now=world.clock)  # type: ignore[arg-type]
        assert world.landed() == ["a"]
        assert result.unread == ("the journal could not be written: no room for 3 lines",)
        assert writer.tries == 2, "before the merge, and once more at the end"

    def test_a_merge_in_vain_is_written_down_once(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """In a repository that allows no merge the same two lines of each pass would drive all others out."""
        monkeypatch.setattr(
            "mergebot.forge.local.writer.LocalWriter.merge", lambda _self, _step: Failed(reason="not allowed")
        )
        for _ in range(3):
            run_once(local(world), config=None, now=world.clock)
        assert brief(world.box) == ["merge #1 begun", "merge #1 failed"]
        monkeypatch.setattr(
            "mergebot.forge.local.writer.LocalWriter.merge", lambda _self, _step: Failed(reason="the disk is full")
        )
        run_once(local(world), config=None, now=world.clock)
        assert brief(world.box) == ["merge #1 begun", "merge #1 failed"] * 2
        monkeypatch.undo()
        run_once(local(world), config=None, now=world.clock)
        assert brief(world.box)[4:] == ["merge #1 begun", "merge #1 done", "delete_branch #1 done"]

    def test_a_merge_in_vain_is_not_told_again_along_with_others(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = LocalWriter.merge

        def merge(writer: LocalWriter, step: Merge) -> Outcome:
            return Failed(reason="not allowed") if step.pr == 1 else real(writer, step)

        monkeypatch.setattr(LocalWriter, "merge", merge)
        run_once(local(world), config=None, now=world.clock)
        world.reload()
        world.agent("b", {"b.txt": marked("b")})
        run_once(local(world), config=None, now=world.clock)
        expected = ["merge #1 begun", "merge #1 failed", "merge #2 begun", "merge #2 done", "delete_branch #2 done"]
        assert brief(world.box) == expected


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


_RULES = {"config": ".github/mergebot.yml", "dependencies": "dependencies.json"}


def _environ(world: GithubWorld) -> dict[str, str]:
    return {
        "GITHUB_API_URL": world.hub.api,
        "GITHUB_SERVER_URL": world.hub.url,
        "GITHUB_TOKEN": world.token,
        "RUNNER_TEMP": str(world.cache),
    }


def _fetches(world: GithubWorld) -> int:
    return sum(exchange.kind == "git" for exchange in world.hub.log)


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
