"""From an empty repository to the first automatic merge, as the README says: `init`, one commit, one label."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.action.documents import Document, document
from tests.action.expressions import fill, holds
from tests.action.runner import Ran, Runner
from tests.cli_process import mergebot
from tests.sandbox import Sandbox
from tests.server.hub import GitHub
from tests.server.repo import Repo

NAME = "ada/fresh"
WORKFLOW = ".github/workflows/mergebot.yml"


@dataclass(kw_only=True)
class Newcomer:
    """A person with a repository that has a README, and with a clone of it."""

    hub: GitHub
    repo: Repo
    clone: Sandbox
    folder: Path

    @classmethod
    def create(cls, hub: GitHub, folder: Path) -> "Newcomer":
        """Ada owns it, Bob may write."""
        hub.user("ada", permission="admin")
        hub.user("bob", permission="write")
        repo = hub.repository(NAME, files={"README.md": "fresh\n"})
        clone = Sandbox(folder / "clone")
        clone.path.mkdir()
        address = f"http://x-access-token:{hub.token('ada', kind='pat')}@{hub.url.partition('://')[2]}/{NAME}.git"
        clone.git("clone", "--quiet", address, ".")
        return cls(hub=hub, repo=repo, clone=clone, folder=folder)

    @property
    def environ(self) -> dict[str, str]:
        """Where GitHub is."""
        return {"GITHUB_API_URL": self.hub.api, "GITHUB_SERVER_URL": self.hub.url, "GITHUB_REPOSITORY": NAME}

    def says(self, *args: str) -> str:
        """A command of mergebot's in the clone, with the token of `gh`."""
        token = {"GH_TOKEN": self.hub.token("ada", kind="pat"), "XDG_CACHE_HOME": str(self.folder)}
        ran = mergebot(*args, cwd=self.clone.path, env={**self.environ, **token})
        assert ran.code == 0, ran.out + ran.err
        return ran.out

    def push(self, branch: str, subject: str, files: Mapping[str, str]) -> None:
        """Commit and push."""
        for path, text in files.items():
            (self.clone.path / path).write_text(text)
        self.clone.git("add", "--all")
        self.clone.git("commit", "--quiet", "-m", subject)
        self.clone.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")

    def actions(self, name: str, event: Mapping[str, Any]) -> Ran:
        """What Actions does on an event: the job of the workflow on the default branch, if its `if:` lets it."""
        written = document(WORKFLOW, self.clone.git("show", f"origin/main:{WORKFLOW}"))
        assert event["action"] in written.content["on"][name]["types"]
        contexts = {
            "github": {"event_name": name, "event": event, "repository": NAME},
            "inputs": {},
            "vars": {},
            "secrets": {},
        }
        job = written.jobs["queue"]
        assert holds(job["if"], contexts)
        token = self.hub.token("github-actions", kind="actions", rights=_rights(written))
        run = {"GITHUB_TOKEN": token, "GITHUB_RUN_ID": "1", "GITHUB_WORKFLOW": "mergebot"}
        [step] = [step for step in job["steps"] if "uses" in step]
        runner = Runner.create(self.folder / "runner", {**self.environ, **run}).is_ready()
        return runner.use(**{key.replace("-", "_"): fill(str(value), contexts) for key, value in step["with"].items()})


def _rights(written: Document) -> dict[str, str]:
    """What the job asks for, and nothing else."""
    return {name.replace("-", "_"): str(right) for name, right in written.jobs["queue"]["permissions"].items()}


@pytest.fixture
def ada(hub: GitHub, tmp_path: Path) -> Newcomer:
    return Newcomer.create(hub, tmp_path)


def test_init_one_commit_and_one_label_make_the_first_merge(ada: Newcomer) -> None:
    """What the README promises; the label alone starts it, with the rights that the written workflow asks for."""
    told = ada.says("init")
    assert WORKFLOW in told
    assert "no problems" in ada.says("check")
    ada.push("main", "Add mergebot", {})
    assert "No pull request is open into main." in ada.says("plan")

    ada.clone.git("switch", "--quiet", "--create", "greeting")
    ada.push("greeting", "Greet", {"hello.txt": "hello\n"})
    pull = ada.repo.open_pull("greeting", title="Greet", author="ada")
    ada.repo.finish_ci()
    ada.repo.review(pull.number, by="bob", body="Review Score: 10/10")
    ada.repo.label(pull.number, "merge")
    ada.clone.git("fetch", "--quiet")
    ran = ada.actions("pull_request_target", {"action": "labeled", "pull_request": {"number": pull.number}})

    assert ran.code == 0, ran.log
    assert ran.outputs["merged"] == f"[{pull.number}]"
    assert ada.repo.pull(pull.number).merged
    assert "**✓ Merged**" in ada.repo.data.issues[pull.number].comments[-1].body
    assert "Greet (#1)" in ada.repo.box.git("log", "--format=%s", "main")
