"""A fleet on a plain git repository, with verbs for what agents do and the invariants checked after every pass."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mergebot.cycle import plan_once, run_once
from mergebot.forge.registry import open_local
from mergebot.model.ids import Branch
from mergebot.model.outcome import PassResult
from mergebot.model.plan import Plan
from tests.sandbox import EPOCH, Sandbox

STATE = ".agent-coordination"


@dataclass(frozen=True)
class Authored:
    """A commit as its agent made it: who, when and what, which no rebase may change."""

    author: str
    date: str
    subject: str


@dataclass
class World:
    """The repository, the agents' own records, and what was true before the pass that is being checked."""

    box: Sandbox
    agents: dict[str, dict[str, Any]] = field(default_factory=dict)
    authored: dict[str, list[Authored]] = field(default_factory=dict)
    passes: int = 0

    @classmethod
    def create(cls, path: Path) -> "World":
        """An empty fleet; `main` is not checked out, the state files are not tracked."""
        box = Sandbox.create(path)
        box.write(".git/info/exclude", f"/{STATE}/\n/worktrees/\n")
        box.git("checkout", "--quiet", "--detach")
        world = cls(box)
        world.save()
        return world

    # what people and agents do

    def configure(self, yaml: str) -> None:
        """Write the config."""
        self.box.write(".github/mergebot.yml", yaml)
        (self.box.path / ".git/info/exclude").write_text(f"/{STATE}/\n/worktrees/\n/.github/\n")

    def depend(self, dependencies: Mapping[str, list[str]], merge_order: list[list[str]] | None = None) -> None:
        """Write dependencies.json."""
        content: dict[str, Any] = {"dependencies": dict(dependencies)}
        if merge_order is not None:
            content["merge_order"] = merge_order
        self.box.write(f"{STATE}/dependencies.json", json.dumps(content, indent=2))

    def agent(self, name: str, files: Mapping[str, str | bytes | None], *, on: str = "main", **record: object) -> None:
        """An agent branches off `on`, commits one file a commit, and is ready."""
        branch = f"feature/{name}"
        self.box.branch(branch, on)
        for index, (path, content) in enumerate(files.items()):
            self.push(name, f"{name}: part {index + 1}", {path: content})
        self.agents[name] = {
            "status": "ready",
            "branch": branch,
            "tests_passing": True,
            "review_score": 10,
            "approvals": 1,
            **record,
        }
        self.box.git("checkout", "--quiet", "--detach", "main")
        self.save()

    def push(self, name: str, subject: str, files: Mapping[str, str | bytes | None]) -> None:
        """The agent commits on its branch."""
        author = f"{name} <{name}@fleet.example>"
        self.box.commit(subject, files, branch=f"feature/{name}", author=author)
        # Sandbox gives the author date together with the committer's.
        date = str(EPOCH + 60 * self.box.ticks)
        self.authored.setdefault(name, []).append(Authored(author, date, subject))
        self.box.git("checkout", "--quiet", "--detach", "main")

    def say(self, name: str, **record: object) -> None:
        """The agent changes its own record."""
        self.reload()
        self.agents[name].update(record)
        self.save()

    def save(self) -> None:
        """Write status.json as the fleet's own tool would, keeping what the bot wrote beside the agents."""
        file = self.box.path / STATE / "status.json"
        whole = json.loads(file.read_text()) if file.exists() else {"completed": [], "failed": [], "blocked": []}
        whole["agents"] = self.agents
        self.box.write(f"{STATE}/status.json", json.dumps(whole, indent=2) + "\n")

    def reload(self) -> None:
        """Take over what the bot wrote into the agents' records."""
        self.agents = self.status()["agents"]

    # what the bot does

    def plan(self) -> Plan:
        """Plan, and see that planning wrote nothing."""
        before = self.everything()
        _, _, plan = plan_once(self._forge(), config=None, now=self.clock())
        assert self.everything() == before, "plan wrote something"
        return plan

    def run(self) -> tuple[Plan, PassResult]:
        """One pass, every invariant, and a second pass that must find nothing to do."""
        before = self.box.sha("main")
        tips = self.tips()
        records = json.loads(json.dumps(self.status()["agents"]))
        plan, result = run_once(self._forge(), config=None, now=self.clock)
        self.reload()
        self.check(before, tips, records)
        still = self.everything()
        run_once(self._forge(), config=None, now=self.clock)
        assert self.everything() == still, "I5: the second pass wrote something"
        self.reload()
        return plan, result

    def clock(self) -> float:
        """The bot's clock: it moves on with every look, so that nothing hangs on one moment."""
        self.passes += 1
        return float(EPOCH + 1_000_000 + self.passes)

    def _forge(self) -> Any:  # noqa: ANN401 (the registry's type is checked where it is used)
        return open_local(self.box.path, clock=self.clock)

    # what can be seen

    def status(self) -> dict[str, Any]:
        """status.json."""
        loaded: dict[str, Any] = json.loads((self.box.path / STATE / "status.json").read_text())
        return loaded

    def tips(self) -> dict[str, str]:
        """The tip of every agent's branch that exists."""
        return {name: tip for name in self.agents if (tip := self.box.refs().get(f"refs/heads/feature/{name}"))}

    def everything(self) -> dict[str, Any]:
        """All refs, all files, HEAD and the index: what a pass with nothing to do must leave as it was."""
        files = {
            str(path.relative_to(self.box.path)): path.read_bytes()
            for path in sorted(self.box.path.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.box.path).parts
        }
        index = self.box.raw("ls-files", "--stage")
        worktrees = self.box.git("worktree", "list", "--porcelain")
        return {"refs": self.box.refs(), "files": files, "index": index, "worktrees": worktrees}

    def landed(self) -> list[str]:
        """The agents whose change is on base, in the order in which it came."""
        trailers = self.box.git("log", "--reverse", "--format=%(trailers:key=Agent,valueonly,separator=%x2C)", "main")
        return [line for line in trailers.splitlines() if line]

    # the invariants

    def check(self, base: str, tips: Mapping[str, str], records: Mapping[str, Any]) -> None:
        """I1 to I4 and I7 (the design's), for the pass that has just ended."""
        new = [agent for agent in self.landed() if agent not in self._landed_at(base)]
        for agent in new:
            record = records[agent]
            assert record["status"] == "ready", f"I1: {agent} was not ready"
            assert record["tests_passing"] is True, f"I1: {agent}'s tests did not pass"
            assert record["review_score"] == 10, f"I1: {agent} had no 10"
            assert record["approvals"] >= 1, f"I1: {agent} had no approval"
        self._check_order()
        self._check_base(base)
        self._check_open_branches(tips)

    def _landed_at(self, commit: str) -> list[str]:
        trailers = self.box.git("log", "--reverse", "--format=%(trailers:key=Agent,valueonly,separator=%x2C)", commit)
        return [line for line in trailers.splitlines() if line]

    def _check_order(self) -> None:
        file = self.box.path / STATE / "dependencies.json"
        needs = json.loads(file.read_text())["dependencies"] if file.exists() else {}
        landed = self.landed()
        assert len(landed) == len(set(landed)), f"I3: merged twice: {landed}"
        for place, agent in enumerate(landed):
            missing = set(needs.get(agent, [])) - set(landed[:place])
            assert not missing, f"I2: {agent} landed before {missing}"

    def _check_base(self, before: str) -> None:
        self.box.git("merge-base", "--is-ancestor", before, "main")
        assert not self.box.git("rev-list", "--min-parents=2", "main"), "I3: base is not linear"
        for line in self.box.git("rev-list", "--parents", f"{before}..main").splitlines():
            commit, parent = line.split()
            assert self._change(parent, commit), f"I3: {commit} is empty"
        markers = re.findall(r"mark:[a-z0-9-]+", self.box.git("grep", "-h", "-e", "", "main"))
        assert len(markers) == len(set(markers)), f"I3: a change is there twice: {sorted(markers)}"
        strangers = {marker.removeprefix("mark:") for marker in markers} - set(self.landed())
        assert not strangers, f"I3: base holds changes of {strangers}, which have not landed"

    def _change(self, old: str, new: str) -> str:
        return self.box.git("diff", "--no-color", old, new)

    def _check_open_branches(self, tips: Mapping[str, str]) -> None:
        landed = self.landed()
        refs = self.box.refs()
        for agent in tips:
            if agent in landed:
                continue
            branch = Branch(f"feature/{agent}")
            assert f"refs/heads/{branch}" in refs, f"I7: the branch of {agent}, still open, is gone"
            log = self.box.git("log", "--format=%an <%ae>%x00%at%x00%s", f"main..{branch}").splitlines()
            have = [Authored(*line.split("\0")) for line in log]
            for commit in self.authored.get(agent, []):
                assert have.count(commit) == 1, f"I4: {agent} has {commit} {have.count(commit)} times"


def marked(*agents: str) -> str:
    """A file's text with the marks of these agents: each mark must be on base exactly once its agent has landed."""
    return "".join(f"mark:{agent}\n" for agent in agents)
