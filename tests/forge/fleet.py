"""The local forge's harness for the contract, and verbs for what its agents do."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from mergebot.forge.protocol import Forge, ForgeState
from mergebot.forge.registry import open_local
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.notice import Report
from mergebot.model.outcome import PassResult
from mergebot.model.plan import Entry, EntryState, Merge, Plan
from mergebot.model.policy import Policy
from mergebot.model.snapshot import BaseBranch, PullRequest
from tests.sandbox import EPOCH, Sandbox

STATE = ".agent-coordination"
NOW = float(EPOCH + 1_000_000)


@dataclass
class Fleet:
    """A repository with agents. Nothing of base is checked out, unless a test does it."""

    box: Sandbox
    root: Path
    whole: dict[str, Any] = field(default_factory=lambda: {"agents": {}, "completed": [], "failed": [], "blocked": []})

    @classmethod
    def create(cls, path: Path) -> Self:
        """A fleet without agents, its state files out of git's sight."""
        box = Sandbox.create(path)
        box.write(".git/info/exclude", f"/{STATE}/\n/worktrees/\n/.github/\n")
        box.git("checkout", "--quiet", "--detach")
        return cls(box, path).save()

    @classmethod
    def create_bare(cls, path: Path) -> Self:
        """The same on a bare repository: the commits are made in a linked work tree, the state files are inside it."""
        Sandbox.create(path.with_suffix(".seed")).git("clone", "--quiet", "--bare", ".", str(path))
        work = path.with_suffix(".work")
        seed = Sandbox(path)
        seed.git("worktree", "add", "--quiet", "--detach", str(work))
        seed.git("remote", "remove", "origin")
        return cls(Sandbox(work, ticks=1), path).save()

    # what agents do

    def agent(self, name: str, *, on: str = "main", branch: str = "", **record: Any) -> Sha:  # noqa: ANN401 (JSON)
        """An agent commits one file on its own branch, and is ready."""
        branch = branch or f"feature/{name}"
        self.box.branch(branch, on)
        tip = self.box.commit(f"Work of {name}", {f"{name}.txt": f"{name}\n"}, author=f"{name} <{name}@fleet.example>")
        self.box.git("checkout", "--quiet", "--detach", "main")
        passing = {"status": "ready", "branch": branch, "tests_passing": True, "review_score": 10, "approvals": 1}
        self.reload().whole["agents"][name] = {**passing, **record}
        self.save()
        return tip

    def push(self, name: str, text: str = "more\n", *, branch: str = "") -> Sha:
        """An agent commits to its branch."""
        tip = self.box.commit(f"More of {name}", {f"{name}.txt": text}, branch=branch or f"feature/{name}")
        self.box.git("checkout", "--quiet", "--detach", "main")
        return tip

    def say(self, name: str, **record: Any) -> None:  # noqa: ANN401 (JSON)
        """An agent changes its record; None removes a key."""
        self.reload()
        merged = {**self.whole["agents"][name], **record}
        self.whole["agents"][name] = {key: value for key, value in merged.items() if value is not None}
        self.save()

    def save(self) -> Self:
        """Write `status.json`."""
        (self.root / STATE).mkdir(exist_ok=True)
        (self.root / STATE / "status.json").write_text(json.dumps(self.whole, indent=2) + "\n")
        return self

    def reload(self) -> Self:
        """Take over what is in `status.json`."""
        self.whole = self.status()
        return self

    # what can be seen

    def status(self) -> dict[str, Any]:
        """`status.json`."""
        loaded: dict[str, Any] = json.loads((self.root / STATE / "status.json").read_text())
        return loaded

    def queue(self) -> dict[str, Any]:
        """`merge-queue.json`."""
        loaded: dict[str, Any] = json.loads((self.root / STATE / "merge-queue.json").read_text())
        return loaded

    @property
    def forge(self) -> Forge:
        """The forge, opened anew."""
        return open_local(self.root, clock=lambda: NOW)

    def read(self, policy: Policy | None = None) -> ForgeState:
        """One reading."""
        return self.forge.reader.read(policy or Policy())

    def pr(self, name: str) -> PullRequest:
        """The open pull request of an agent."""
        [found] = [pr for pr in self.read().pull_requests if pr.agent == name]
        return found

    def numbers(self) -> dict[str, int]:
        """The numbers of the open pull requests, by agent."""
        return {str(pr.agent): pr.number for pr in self.read().pull_requests}

    def everything(self) -> dict[str, object]:
        """All refs, files and work trees: what a reading must leave as it is."""
        files = {
            str(path.relative_to(self.box.path)): path.read_bytes()
            for path in sorted(self.box.path.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.box.path).parts
        }
        index = self.box.raw("ls-files", "--stage", "-v")
        return {"refs": self.box.refs(), "files": files, "index": index, "status": self.box.git("status", "--short")}

    # what the bot does

    def merge_step(self, name: str, **changes: Any) -> Merge:  # noqa: ANN401 (a builder takes any field)
        """The step that merges an agent's pull request as things stand now."""
        state = self.read()
        [pr] = [pr for pr in state.pull_requests if pr.agent == name]
        return merge_step(self.box, pr, state.base, **changes)

    def publish(self, **changes: Any) -> None:  # noqa: ANN401 (a builder takes any field)
        """Write the state files after a pass that saw what is there now."""
        self.forge.writer.publish(plan_of(self.read(), **changes), PassResult(), Report())


def merge_step(box: Sandbox, pr: PullRequest, base: BaseBranch, **changes: Any) -> Merge:  # noqa: ANN401 (as above)
    """The step that merges a pull request onto this base."""
    fields: dict[str, Any] = {
        "pr": pr.number,
        "branch": pr.head.branch,
        "head": pr.head.sha,
        "base": base.branch,
        "base_sha": base.sha,
        "tree": Sha(box.git("merge-tree", "--write-tree", base.sha, pr.head.sha)),
        "title": f"{pr.title or 'Work'} (#{pr.number})",
        "message": f"What it is about.\n\nAgent: {pr.agent}\n" if pr.agent else "",
        "author": "Ada Author <ada@example.org>",
        "reason": "every criterion passes",
    }
    return Merge(**{**fields, **changes})


def plan_of(state: ForgeState, **changes: Any) -> Plan:  # noqa: ANN401 (as above)
    """A plan with one entry for every open pull request; `states` and `depends_on` are by agent."""
    states: dict[str, EntryState] = changes.pop("states", {})
    depends: dict[str, list[int]] = changes.pop("depends_on", {})
    criteria: dict[str, Any] = changes.pop("criteria", {})
    entries = tuple(
        Entry(
            pr=pr.number,
            title=pr.title,
            agent=pr.agent,
            head=pr.head,
            state=states.get(str(pr.agent), EntryState.READY),
            because="",
            criteria=criteria.get(str(pr.agent), ()),
            position=place,
            depends_on=tuple(PrNumber(number) for number in depends.get(str(pr.agent), [])),
        )
        for place, pr in enumerate(state.pull_requests, 1)
    )
    order = tuple(entry.pr for entry in entries if entry.state is EntryState.READY)
    fields = {"repository": "repo", "base": state.base, "taken_at": NOW, "entries": entries, "order": order}
    return Plan(**{**fields, **changes})
