"""The writer at work without HTTP: a real git repository as the server, and a script in place of GitHub's API.

For what the whole test server cannot show: answers that are hard to come by, and time.
"""

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from mergebot.forge.github.client import Client, Reply
from mergebot.forge.github.hosts import Hosts
from mergebot.forge.github.session import Session, Viewer
from mergebot.forge.github.writer import GithubWriter
from mergebot.git.mirror import Mirror
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.plan import Merge
from tests.sandbox import EPOCH, Sandbox

API = "/repos/o/r"

Answer = object
"""JSON, an exception to raise, or a function that gives either."""


@dataclass
class Script:
    """Answers requests as it was told to: `on("GET", "/pulls/1", first, second)`; the last answer stays."""

    rules: list[tuple[str, re.Pattern[str], list[Answer]]] = field(default_factory=list)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)

    def on(self, verb: str, path: str, *answers: Answer) -> None:
        """Paths are regular expressions for what follows the repository; later rules win."""
        self.rules.insert(0, (verb, re.compile(path), list(answers)))

    def get(self, path: str, **params: str | int) -> Any:  # noqa: ANN401 (JSON)
        return self._answer("GET", path, params)

    def pages(self, path: str, **params: str | int) -> list[Any]:
        return cast("list[Any]", self._answer("GET", path, params))

    def send(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 (JSON)
        return self._answer(verb, path, body)

    def query(self, document: str, variables: Mapping[str, Any]) -> Reply:
        name = document.split("(", 1)[0].rsplit(maxsplit=1)[-1]
        answer = self._answer("QUERY", f"{API}/{name}", variables)
        return answer if isinstance(answer, Reply) else Reply(data=answer)

    def writes(self) -> list[tuple[str, str]]:
        """What was sent that changes something, without the bodies."""
        return [(verb, path) for verb, path, _ in self.calls if verb not in ("GET", "QUERY")]

    def bodies(self, verb: str) -> list[Any]:
        return [body for one, _, body in self.calls if one == verb]

    def _answer(self, verb: str, path: str, body: object) -> Any:  # noqa: ANN401 (JSON)
        below = path.removeprefix(API)
        self.calls.append((verb, below, body))
        for wanted, pattern, answers in self.rules:
            if wanted == verb and pattern.fullmatch(below):
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                answer = answer() if callable(answer) else answer
                if isinstance(answer, Exception):
                    raise answer
                return answer
        raise AssertionError(f"nobody told the script what to answer to {verb} {below}")


def _server(path: Path) -> Sandbox:
    box = Sandbox.create(path)
    for key, value in {
        "receive.denyCurrentBranch": "ignore",
        "uploadpack.allowAnySHA1InWant": "true",
        "uploadpack.allowFilter": "true",
    }.items():
        box.git("config", key, value)
    box.branch("change")
    box.commit("one thing", {"a": "1\n"})
    box.checkout("main")
    return box


@dataclass
class Desk:
    """A repository with `main` and a branch `change` of one commit that is PR 1, and a writer on it."""

    box: Sandbox
    folder: Path
    script: Script = field(default_factory=Script)
    now: float = float(EPOCH + 10_000)
    slept: list[float] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def create(cls, folder: Path) -> "Desk":
        """One in `folder`, a copy of the first one of this run of pytest."""
        template = folder.parent / "desk"
        if not template.exists():
            made = cls(box=_server(template / "server"), folder=template)
            made.session()
        shutil.copytree(template, folder, dirs_exist_ok=True)
        return cls(box=Sandbox(folder / "server", ticks=2), folder=folder)

    def session(self, login: str = "mergebot", **changes: object) -> Session:
        """A new pass's session; the reader has seen what is there now."""
        mirror = Mirror.open(self.folder / "mirror.git", str(self.box.path), lambda: "")
        mirror.remote.wait = lambda _seconds: None
        session = Session(
            hosts=Hosts(),
            repository="o/r",
            client=cast("Client", self.script),
            mirror=mirror,
            environ=self.environ,
            clock=lambda: self.now,
        )
        session.seen.viewer = Viewer(login=login, id=7, is_bot=True)
        session.seen.refs = mirror.remote.refs("refs/heads/", "refs/mergebot/")
        session.seen.base = Branch("main")
        for name, value in changes.items():
            setattr(session.seen, name, value)
        mirror.fetch([sha for ref, sha in session.seen.refs.refs.items() if ref.startswith("refs/heads/")])
        return session

    def writer(self, session: Session | None = None) -> GithubWriter:
        return GithubWriter(session or self.session(), wait=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """The server's refs."""
        return {ref: sha for ref, sha in self.box.refs().items() if ref.startswith(prefix)}

    def refuse(self, pattern: str, words: str) -> None:
        """A hook on the server refuses pushes to the refs that match."""
        hook = self.box.path / ".git/hooks/update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ncase \"$1\" in {pattern}) echo '{words}' >&2; exit 1;; esac\n")
        hook.chmod(0o755)

    def squashed(self) -> Sha:
        """GitHub's squash of the change onto main: it is made now."""
        tree = self.box.git("merge-tree", "--write-tree", "main", "change")
        landed = self.box.git("commit-tree", tree, "-p", "main", "-m", "squashed (#1)")
        self.box.git("update-ref", "refs/heads/main", landed)
        return Sha(landed)

    def merge_step(self, **changes: Any) -> Merge:  # noqa: ANN401 (a builder takes any field)
        """The merge of PR 1 as things stand."""
        fields: dict[str, Any] = {
            "pr": PrNumber(1),
            "branch": Branch("change"),
            "head": self.box.sha("change"),
            "base": Branch("main"),
            "base_sha": self.box.sha("main"),
            "tree": Sha(self.box.git("merge-tree", "--write-tree", "main", "change")),
            "title": "One thing (#1)",
            "message": "Why it is done.",
            "author": "Ada Author <ada@example.org>",
            "reason": "",
            "labels": frozenset({"merge"}),
        }
        return Merge(**{**fields, **changes})

    def pull(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 (a builder takes any field)
        """PR 1 as REST shows it."""
        fields: dict[str, Any] = {
            "number": 1,
            "state": "open",
            "merged": False,
            "draft": False,
            "mergeable": True,
            "mergeable_state": "clean",
            "merge_commit_sha": None,
            "merged_by": None,
            "head": {"sha": self.box.sha("change"), "ref": "change"},
            "base": {"ref": "main", "sha": self.box.sha("main")},
            "labels": [{"name": "merge"}],
        }
        return {**fields, **changes}

    def merged_pull(self, sha: Sha, by: str = "mergebot[bot]", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 (as above)
        merged = {"state": "closed", "merged": True, "merge_commit_sha": sha, "merged_by": {"login": by}}
        return self.pull(**{**merged, **changes})


def then(effect: Callable[[], object], answer: Answer) -> Callable[[], Answer]:
    """An answer that comes with an effect."""

    def both() -> Answer:
        effect()
        return answer() if callable(answer) else answer

    return both
