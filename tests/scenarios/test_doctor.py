"""`mergebot doctor` as users run it: on GitHub and locally, its formats and exit codes (contract 5)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from rich.cells import cell_len

from mergebot.demo.sample import Sample
from tests.cli_process import Ran, mergebot
from tests.doctor.worlds import BOT, CI
from tests.sandbox import Sandbox
from tests.scenarios.github_world import NAME, GithubWorld
from tests.scenarios.world import marked
from tests.server.state import Rule


def doctor(world: GithubWorld, *args: str, token: str = "", **env: str) -> Ran:
    """The command; it must write nothing."""
    before = len(world.hub.writes())
    environ = {**world.environ, **({"GITHUB_TOKEN": token} if token else {}), **env}
    ran = mergebot("doctor", "--repo", NAME, *args, cwd=world.cache, env=environ)
    assert world.hub.writes()[before:] == []
    assert "Traceback" not in ran.err
    return ran


def told(ran: Ran) -> dict[str, Any]:
    """What the JSON says, by code."""
    return {one["code"]: one for one in json.loads(ran.out)["findings"]}


@pytest.fixture
def sound(github: GithubWorld) -> GithubWorld:
    """A repository that is set up as the docs say, with an agent's PR that CI has tested."""
    github.commit_to_base("workflows", {".github/workflows/ci.yml": CI, ".github/workflows/mergebot.yml": BOT})
    github.depend({"a": []})
    github.repo.workflow("queue", "mergebot.yml", events=("push",))
    github.commit_to_base("more", {"more.txt": "so that it has run\n"})
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    return github


class TestOnGithub:
    def test_where_all_is_well_it_says_so_and_exits_0(self, sound: GithubWorld) -> None:
        """An App of one's own, whose rights GitHub tells; what only administrators see is named as not looked at."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        app = sound.hub.app("queue-keeper", public_key=public)
        keys = {"MERGEBOT_APP_ID": str(app.id), "MERGEBOT_APP_PRIVATE_KEY": pem, "GITHUB_TOKEN": ""}
        ran = doctor(sound, **keys)
        assert (ran.code, ran.err) == (0, ""), ran.out
        assert "No problem found: 3 notes, 1 part could not be looked at." in ran.out
        assert set(told(doctor(sound, "--format", "json", **keys))) == {
            "actions.unseen",
            "token.kind",
            "fleet.labels",
            "queue.silent",
        }

    def test_an_administrator_sees_it_all(self, sound: GithubWorld) -> None:
        sound.hub.user("root", permission="admin")
        ran = doctor(sound, "--format", "json", token=sound.hub.token("root"))
        assert (ran.code, json.loads(ran.out)["fine"]) == (0, True)
        assert set(told(ran)) == {"token.kind", "token.is_person", "fleet.labels", "queue.silent"}

    def test_a_problem_is_exit_1_with_where_it_is_and_what_to_do(self, sound: GithubWorld) -> None:
        sound.repo.settings.squash = False
        sound.repo.rule(Rule("required_status_checks", {"required_status_checks": [{"context": "cii"}]}))
        ran = doctor(sound, "--format", "json")
        assert (ran.code, json.loads(ran.out)["fine"]) == (1, False)
        assert told(ran)["settings.no_squash"]["lines"] == [f"gh api -X PATCH repos/{NAME} -F allow_squash_merge=true"]
        assert "the closest one is `ci`" in told(ran)["rules.check_never_seen"]["message"]

    def test_the_job_of_actions_is_told_what_its_pushes_do_not_start(self, sound: GithubWorld) -> None:
        found = told(doctor(sound, "--format", "json", token=sound.hub.token("x", kind="actions")))
        assert found["token.starts_no_ci"]["lines"] == ["checks:", "  dispatch: ['ci.yml']"]
        sound.configure("checks:\n  dispatch: [ci.yml]\n")
        assert "token.starts_no_ci" not in told(
            doctor(sound, "--format", "json", token=sound.hub.token("x", kind="actions"))
        )

    def test_a_fault_in_the_config_does_not_keep_it_from_looking_at_the_rest(self, sound: GithubWorld) -> None:
        sound.configure("queue:\n  stratgy: rebase\n")
        found = told(doctor(sound, "--format", "json"))
        assert found["queue.problem"]["where"] == ".github/mergebot.yml:2:3"
        assert "actions.unseen" in found

    @pytest.mark.parametrize("token", ["ghs_wrong", "ghp_wrong"])
    def test_without_access_it_exits_2_and_shows_no_secret(self, sound: GithubWorld, token: str) -> None:
        ran = doctor(sound, token=token)
        assert (ran.code, ran.out) == (2, "")
        assert "hint: " in ran.err
        assert token not in ran.err

    def test_a_queue_of_many_costs_no_more_requests(self, sound: GithubWorld) -> None:
        """A dozen beyond the plan's, whatever the number of pull requests."""
        counts = []
        for size in (0, 20):
            sound.crowd(size)
            before = len(sound.hub.api_requests())
            doctor(sound)
            counts.append(len(sound.hub.api_requests()) - before)
        assert counts[1] <= counts[0] + 1
        assert counts[0] <= 18


class TestWhatItShows:
    def test_text_fits_80_columns_but_for_what_is_to_be_copied(self, sound: GithubWorld) -> None:
        sound.repo.settings.squash = False
        text = doctor(sound).out
        wide = [line for line in text.splitlines() if cell_len(line) > 80]
        assert all(line.startswith("        ") for line in wide)
        assert "\x1b" not in text

    def test_a_strangers_words_stay_words(self, sound: GithubWorld) -> None:
        """In text and Markdown: no escape sequence, no workflow command, no mention, no markup."""
        evil = "\x1b[31m::error::x @all <img src=x> `tick"
        sound.repo.edit(1, body=f"Agent: {evil}")
        for form in ("text", "markdown"):
            out = doctor(sound, "--format", form).out
            assert "\x1b" not in out
            assert "fleet.unknown_agent" in out
        assert re.search(r"(?<!\\)<img", out) is None
        assert "@all" not in out

    def test_markdown_has_the_same_findings(self, sound: GithubWorld) -> None:
        out = doctor(sound, "--format", "markdown").out
        assert out.startswith("## Doctor: fleet/product\n")
        for code in told(doctor(sound, "--format", "json")):
            assert f"**{code}**" in out


class TestLocally:
    @pytest.fixture
    def fleet(self, tmp_path: Path) -> Path:
        folder = tmp_path / "fleet"
        folder.mkdir()
        Sample(folder).build()
        return folder

    def test_the_sample_is_fine(self, fleet: Path) -> None:
        ran = mergebot("doctor", "--local", "--format", "json", cwd=fleet)
        assert (ran.code, ran.err) == (0, "")
        assert set(told(ran)) <= {"local.no_tests"}

    def test_uncommitted_changes_on_base_stop_the_queue(self, fleet: Path) -> None:
        [path, *_] = Sandbox(fleet).git("ls-files").splitlines()
        (fleet / path).write_text("mine\n")
        ran = mergebot("doctor", "--local", "--format", "json", cwd=fleet)
        assert ran.code == 1
        assert "uncommitted changes" in told(ran)["fleet.frozen"]["message"]

    def test_a_plain_repository_is_told_what_is_missing(self, sandbox: Sandbox) -> None:
        ran = mergebot("doctor", "--local", "--format", "json", cwd=sandbox.path)
        assert ran.code == 1
        assert set(told(ran)) == {"local.no_status", "local.no_tests", "fleet.no_dependencies"}

    def test_a_folder_without_a_repository_is_no_access(self, tmp_path: Path) -> None:
        ran = mergebot("doctor", "--local", cwd=tmp_path, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
        assert (ran.code, ran.out) == (2, "")
