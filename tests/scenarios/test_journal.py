"""The journal of real passes, on GitHub and locally: what was done, to which commits, and on what grounds."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mergebot.cycle import run_once
from mergebot.errors import MergebotError
from mergebot.forge.local.writer import LocalWriter
from mergebot.model.journal import REF
from mergebot.model.outcome import Failed, Outcome
from mergebot.model.plan import Merge
from tests.scenarios.github_world import GithubWorld
from tests.scenarios.journals import Unwritable, brief, journal, local
from tests.scenarios.world import World, marked
from tests.server.faults import Fault, FaultKind, to


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
