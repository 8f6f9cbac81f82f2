"""How users set mergebot up on GitHub, each way from the command line to a merge (contract 2.4, 5)."""

import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.cli_process import Ran, mergebot
from tests.sandbox import Sandbox
from tests.scenarios.github_world import NAME, GithubWorld
from tests.scenarios.test_github_cli import planned, run
from tests.scenarios.world import marked
from tests.server.faults import Fault, FaultKind

NO_TOKEN = {"GITHUB_TOKEN": "", "GH_TOKEN": ""}


@pytest.fixture
def ready(github: GithubWorld) -> GithubWorld:
    """One PR that may land."""
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    return github


def without_token(world: GithubWorld, *args: str, **env: str) -> Ran:
    return mergebot(*args, "--repo", NAME, cwd=world.cache, env={**world.environ, **NO_TOKEN, **env})


class TestTheToken:
    def test_a_github_app_of_ones_own_does_a_whole_pass(self, github: GithubWorld) -> None:
        """Its id and key are all that is set; its pushes start checks like anybody's."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        app = github.hub.app("queue-keeper", public_key=public)
        github.depend({"b": ["a"]})
        github.agent("a", {"a.txt": marked("a")})
        github.agent("b", {"b.txt": marked("b")})
        github.answer()

        for _ in range(2):
            ran = without_token(
                github, "run", "-v", MERGEBOT_APP_ID=str(app.id), MERGEBOT_APP_PRIVATE_KEY=pem.replace("\n", "\\n")
            )
            assert ran.code == 0, ran.err
            assert pem[100:140] not in ran.out + ran.err
            assert "ghs_" not in ran.out + ran.err
            github.answer()

        assert github.landed() == ["a", "b"]
        assert {exchange.who for exchange in github.hub.writes()[-3:]} == {"queue-keeper[bot]"}

    def test_the_token_that_gh_has_will_do(self, ready: GithubWorld, tmp_path: Path) -> None:
        """The last of the places where one is looked for, asked for this server."""
        tools = tmp_path / "tools"
        tools.mkdir()
        gh = tools / "gh"
        gh.write_text(f'#!/bin/sh\n[ "$1 $2" = "auth token" ] && echo "$3" >{tmp_path}/asked && echo {ready.token}\n')
        gh.chmod(0o755)
        ran = without_token(ready, "run", PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
        assert (ran.code, ready.landed()) == (0, ["a"]), ran.err
        assert (tmp_path / "asked").read_text().strip() == f"--hostname={ready.hub.url.partition('://')[2]}"

    def test_a_token_that_may_only_read_does_nothing_and_says_what_it_lacks(self, ready: GithubWorld) -> None:
        ready.agent("b", {"b.txt": marked("b")}, labels=["merge"], score=3)
        before = len(ready.hub.log)
        ran = run(ready, "run", GITHUB_TOKEN=ready.hub.token("guest", kind="read"))
        assert (ran.code, ready.landed()) == (1, [])
        assert "Traceback" not in ran.err
        assert "contents: write" in ran.out + ran.err
        refused = [exchange for exchange in ready.hub.log[before:] if exchange.operation == "git-receive-pack"]
        assert len(refused) == 3, "for the journal, for the merge, and to report; not one for each pull request"


class TestTheServer:
    @pytest.mark.parametrize("given", [("GITHUB_SERVER_URL",), ("GITHUB_API_URL",), ("GITHUB_GRAPHQL_URL",) * 2])
    def test_one_variable_is_enough_and_all_three_of_a_runner_work(
        self, ready: GithubWorld, given: tuple[str, ...]
    ) -> None:
        everything = {
            "GITHUB_SERVER_URL": ready.hub.url,
            "GITHUB_API_URL": ready.hub.api,
            "GITHUB_GRAPHQL_URL": f"{ready.hub.url}/api/graphql",
        }
        env = dict.fromkeys(everything, "") | {name: everything[name] for name in given}
        chosen = everything if len(given) > 1 else env
        ran = mergebot("run", "--repo", NAME, cwd=ready.cache, env={**ready.environ, **chosen})
        assert (ran.code, ready.landed()) == (0, ["a"]), ran.err

    def test_a_server_that_cannot_be_reached_is_no_access_and_names_where_it_was_looked_for(
        self, tmp_path: Path
    ) -> None:
        """Exit 2: no access, nothing done (contract 5)."""
        env = {"GITHUB_SERVER_URL": "http://127.0.0.1:9", "GITHUB_TOKEN": "ghp_x", "RUNNER_TEMP": str(tmp_path)}
        ran = mergebot("run", "--repo", NAME, cwd=tmp_path, env=env)
        assert (ran.code, ran.out) == (2, "")
        assert "127.0.0.1:9" in ran.err
        assert "hint: check the server's address" in ran.err


class TestLimits:
    @pytest.mark.parametrize("when", ["before anything", "in the middle"])
    def test_a_rate_limit_ends_the_run_with_the_time_at_which_to_try_again(self, ready: GithubWorld, when: str) -> None:
        """Never waited out; what was done stays done, and exit 1 says that something is left."""
        middle = when == "in the middle"
        ready.agent("b", {"b.txt": marked("b")}, labels=["merge"])
        ready.answer()
        limit = Fault(when=lambda _: not middle or len(ready.landed()) == 1, kind=FaultKind.PRIMARY, seconds=3000)
        limit.times = 1000
        ready.hub.faults.append(limit)
        ran = run(ready, "run")
        assert ran.code == 1
        assert "rate limit" in ran.out + ran.err
        assert "Traceback" not in ran.err
        assert len(ready.landed()) == middle
        ready.hub.faults.clear()
        assert run(ready, "run").code == 0
        assert sorted(ready.landed()) == ["a", "b"]


class TestTheConfig:
    def test_another_base_than_the_default_branch_may_be_named(self, github: GithubWorld) -> None:
        """`base` (contract 2.4): the config still comes from the default branch, dependencies.json from base."""
        github.repo.push("develop", {"dependencies.json": '{"dependencies": {"b": ["a"]}}\n'}, by="rita", start="main")
        github.configure("base: develop\n")
        github.base = "develop"
        github.needs = {"b": ["a"]}
        github.agent("b", {"b.txt": marked("b")})
        github.agent("a", {"a.txt": marked("a")})
        github.answer()
        assert github.settle() == ["a", "b"]
        assert github.repo.box.git("log", "--format=%s", "main").splitlines()[0] == "config"

    def test_an_edit_can_be_tried_before_it_is_pushed(self, ready: GithubWorld, tmp_path: Path) -> None:
        """`plan --config`: from the work tree (contract 2)."""
        edit = tmp_path / "try.yml"
        edit.write_text("auto_merge:\n  conditions:\n    - approvals: 2\n")
        [entry] = planned(run(ready, "plan", "--config", str(edit), "--format", "json"))["entries"]
        assert (entry["state"], entry["because"]) == (
            "waiting",
            "1 of 2 approvals, from someone else with write access",
        )

    def test_a_mistake_in_the_config_stops_the_run_and_check_finds_it_in_a_clone(
        self, ready: GithubWorld, tmp_path: Path
    ) -> None:
        """With its place, and the nearest known key; `check` is offline and needs no token (contract 2.4, 5)."""
        ready.configure("queue:\n  stratgy: rebase\n")
        ran = run(ready, "run")
        assert (ran.code, ready.landed()) == (2, [])
        assert "strategy" in ran.out
        clone = tmp_path / "clone"
        Sandbox(tmp_path).git("clone", "--quiet", f"{ready.hub.url}/{NAME}.git", str(clone))
        asked = len(ready.hub.log)
        checked = mergebot("check", cwd=clone, env=NO_TOKEN)
        assert checked.code == 1
        for said in (ran.out, checked.out):
            assert ".github/mergebot.yml:2:3" in said
        assert len(ready.hub.log) == asked

        ready.configure("queue:\n  strategy: train\n")
        ran = run(ready, "run")
        assert (ran.code, ready.landed()) == (2, [])
        assert "not built yet" in ran.out


class TestWhatIsShown:
    def test_status_says_of_each_agent_how_it_stands(self, github: GithubWorld) -> None:
        """One that has landed is not shown as one that has not begun."""
        github.depend({"b": ["a"], "c": []})
        first = github.agent("a", {"a.txt": marked("a")})
        github.agent("b", {"b.txt": marked("b")}, score=7)
        github.answer()
        assert run(github, "run").code == 0
        ran = run(github, "status")
        assert ran.code == 0, ran.err
        lines = {line[0]: line.split() for line in ran.out.splitlines() if line[:2] in ("a ", "b ", "c ")}
        assert lines["a"][-2:] == [f"#{first}", "merged"]
        assert "7/10" in lines["b"]
        assert lines["c"] == ["c", "no", "PR"]

    def test_what_was_done_is_on_stdout_and_how_on_stderr(self, ready: GithubWorld) -> None:
        """`run --format json` is one object with the result of each step, also with -v (contract 5)."""
        ran = run(ready, "run", "-v", "--format", "json")
        found = json.loads(ran.out)
        assert [(step["action"], step["result"]) for step in found["steps"]] == [
            ("merge", "done"),
            ("keep_tip", "done"),
            ("delete_branch", "done"),
        ]
        assert "PUT /repos/fleet/product/pulls/1/merge: 200" in ran.err
