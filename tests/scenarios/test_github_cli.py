"""The command line against GitHub, as users start it: a process, its exit code and both its streams (contract 5)."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from mergebot.model.ids import PrNumber, Sha
from mergebot.model.plan import KeepTip
from tests.cli_process import Ran, mergebot
from tests.sandbox import Sandbox
from tests.scenarios.github_world import NAME, GithubWorld
from tests.scenarios.test_fleet import FLEET
from tests.scenarios.world import marked
from tests.server.faults import Fault, FaultKind, operation
from tests.server.hub import GitHub


def run(world: GithubWorld, *args: str, cwd: Path | None = None, **env: str) -> Ran:
    """Start mergebot as a job of Actions would, with nothing of it in any output that is secret (I6)."""
    ran = mergebot(*args, cwd=cwd or world.cache, env={**world.environ, "GITHUB_REPOSITORY": NAME, **env})
    secret = base64.b64encode(f"x-access-token:{world.token}".encode()).decode()
    for output in (ran.out, ran.err):
        assert world.token not in output
        assert secret not in output
    return ran


def planned(ran: Ran) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_the_eight_agents_go_through_run_to_the_end(github: GithubWorld) -> None:
    """From pushed branches to a merged fleet by `mergebot run` alone, with CI in between (contract 4)."""
    github.depend(FLEET)
    for agent in reversed(FLEET):
        github.agent(agent, {f"{agent}.txt": marked(agent)})

    for _ in range(6):
        before, heads = github.tip(), github.heads()
        ran = run(github, "run", "-v")
        assert ran.code == 0, ran.err
        github.check(before, heads)
        github.answer()

    assert sorted(github.landed()) == sorted(FLEET)


def test_plan_shows_what_run_would_do_and_writes_nothing(github: GithubWorld) -> None:
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.agent("b", {"b.txt": marked("b")}, labels=["merge"], score=7)
    github.answer()

    before = len(github.hub.writes())

    plan = planned(run(github, "plan", "--format", "json", GITHUB_TOKEN=github.hub.token("guest", kind="read")))

    assert github.hub.writes()[before:] == []
    assert (plan["repository"], plan["base"]["branch"], plan["order"]) == (NAME, "main", [github.pulls["a"]])
    assert [(entry["pr"], entry["state"]) for entry in plan["entries"]] == [(1, "ready"), (2, "blocked")]
    assert [step["action"] for step in plan["steps"]] == ["merge", "delete_branch"]
    assert "Score" in run(github, "plan").out or "score" in run(github, "plan").out


def test_a_kept_snapshot_is_planned_on_without_token_or_network(github: GithubWorld, tmp_path: Path) -> None:
    """`--from` plans on a kept one, offline (contract 5)."""
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    kept = tmp_path / "kept.json"
    online = run(github, "plan", "--format", "json", "--save", str(kept))
    offline = mergebot("plan", "--format", "json", "--from", str(kept), cwd=tmp_path)
    assert planned(offline) == planned(online)


def test_without_a_token_it_says_where_one_is_looked_for(tmp_path: Path) -> None:
    ran = mergebot("plan", "--repo", "o/r", cwd=tmp_path, env={"PATH": os.environ["PATH"], "GITHUB_TOKEN": ""})
    assert (ran.code, ran.out) == (2, "")
    assert "GITHUB_TOKEN" in ran.err
    assert "GH_TOKEN" in ran.err
    assert "hint: " in ran.err


def test_without_a_repository_it_says_how_to_name_one(tmp_path: Path) -> None:
    """No silent fallback to the current folder."""
    env = {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent), "GITHUB_TOKEN": "x"}
    ran = mergebot("plan", cwd=tmp_path, env=env)
    assert (ran.code, ran.out) == (2, "")
    assert "--repo OWNER/NAME" in ran.err
    assert "--local" in ran.err


@pytest.mark.parametrize(
    ("repo", "words"), [("fleet/none", "fleet/none"), ("none/none", "none/none"), ("not a name", "OWNER/NAME")]
)
def test_a_repository_that_is_not_there_is_one_clear_message(github: GithubWorld, repo: str, words: str) -> None:
    ran = run(github, "run", "--repo", repo)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_a_token_that_is_not_accepted_is_one_clear_message(github: GithubWorld) -> None:
    ran = mergebot("run", "--repo", NAME, cwd=github.cache, env={**github.environ, "GITHUB_TOKEN": "ghs_wrong"})
    assert (ran.code, ran.out) == (2, "")
    assert "token" in ran.err
    assert "ghs_wrong" not in ran.err


def test_where_another_pass_is_at_work_it_exits_3_and_does_nothing(github: GithubWorld) -> None:
    """`refs/mergebot/lock` only saves the second one's work (contract 4)."""
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    forge = github.forge()
    with forge.writer.lock():
        forge.writer.keep_tip(KeepTip(pr=PrNumber(99), tip=Sha(github.tip()), reason="the first write takes the lock"))
        ran = run(github, "run")
    assert ran.code == 3, ran.err
    assert github.landed() == []


def test_a_failed_read_is_exit_1_and_never_a_merge(github: GithubWorld) -> None:
    """A truncated or failed read makes the PR wait, and the exit code 1 (contract 4)."""
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    github.hub.faults.append(Fault(when=operation("MergebotQueue"), kind=FaultKind.EDIT, edit=without_reviews, times=9))
    ran = run(github, "run")
    assert (ran.code, github.landed()) == (1, [])
    assert "reviews" in ran.out
    assert "Traceback" not in ran.err
    github.hub.faults.clear()
    assert run(github, "run").code == 0
    assert github.landed() == ["a"]


def without_reviews(answer: Any) -> Any:  # noqa: ANN401 (JSON)
    """Partial data: GitHub could not read the reviews of the first PR."""
    answer["data"]["repository"]["open"]["nodes"][0]["reviews"] = None
    path = ["repository", "open", "nodes", 0, "reviews"]
    answer["errors"] = [{"type": "SERVICE_UNAVAILABLE", "path": path, "message": "Something went wrong"}]
    return answer


def test_it_works_beside_the_runners_checkout_and_leaves_it_untouched(github: GithubWorld, tmp_path: Path) -> None:
    """Shallow, with credentials of its own in its config (contract 5; platform: checkout's extraheader)."""
    checkout = tmp_path / "checkout"
    Sandbox(tmp_path).git("clone", "--quiet", "--depth=1", f"{github.hub.url}/{NAME}.git", str(checkout))
    box = Sandbox(checkout)
    other = base64.b64encode(b"x-access-token:ghs_of_the_checkout").decode()
    box.git("config", f"http.{github.hub.url}/.extraheader", f"AUTHORIZATION: basic {other}")
    (checkout / "untracked.txt").write_text("mine\n")
    github.depend({"b": ["a"]})
    github.agent("a", {"a.txt": marked("a")})
    github.agent("b", {"b.txt": marked("b")})
    github.answer()
    before = everything(checkout)

    for _ in range(2):
        assert run(github, "run", cwd=checkout).code == 0
        github.answer()

    assert github.landed() == ["a", "b"]
    assert everything(checkout) == before


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_origin_remote_names_the_repository_on_a_laptop(hub: GitHub, tmp_path: Path) -> None:
    """Default: GITHUB_REPOSITORY, else the origin remote (contract 5)."""
    world = GithubWorld.create(hub, tmp_path)
    world.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    world.answer()
    clone = tmp_path / "clone"
    Sandbox(tmp_path).git("clone", "--quiet", f"{hub.url}/{NAME}.git", str(clone))
    ran = mergebot("plan", "--format", "json", cwd=clone, env=world.environ)
    assert planned(ran)["order"] == [1]
