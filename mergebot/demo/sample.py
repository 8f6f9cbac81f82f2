"""The sample repository on disk: main, eight branches with a work tree each, and the fleet's own files."""

import json
from collections.abc import Mapping
from pathlib import Path

from mergebot.demo.fleet import AGENTS, DEPENDENCIES, START, Agent, Files, Work
from mergebot.demo.shell import Shell

STATUS = ".agent-coordination/status.json"


class Sample:
    """The sample repository, and what its people do in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.shell = Shell(root=root)

    def build(self) -> None:
        """Make everything, from an empty folder."""
        self.shell.git("init", "--quiet", "--initial-branch=main", "--template=")
        self._write(".", START)
        self._write(".", {".agent-coordination/dependencies.json": json.dumps(DEPENDENCIES, indent=2) + "\n"})
        self.commit(".", "Start the shop", "Demo")
        for agent in AGENTS:
            start = next((other.branch for other in AGENTS if other.name == agent.on), "main")
            self.shell.git("worktree", "add", "--quiet", "-b", agent.branch, agent.worktree, start)
            for work in agent.work:
                self.work(agent, work)
        records = {agent.name: {"branch": agent.branch, "worktree": agent.worktree, **agent.record} for agent in AGENTS}
        fleet = {"agents": records, "completed": [], "failed": [], "blocked": []}
        self._write(".", {STATUS: json.dumps(fleet, indent=2) + "\n"})

    def work(self, agent: Agent, work: Work) -> None:
        """Let an agent commit something on its branch."""
        self._write(agent.worktree, work.files)
        self.commit(agent.worktree, work.subject, agent.author)

    def commit(self, folder: str, subject: str, author: str) -> None:
        """Commit all of a work tree's changes."""
        self.shell.git("add", "--all", folder=folder)
        self.shell.git("commit", "--quiet", "--message", subject, folder=folder, author=author)

    def report(self, agent: Agent, record: Mapping[str, object]) -> None:
        """Let an agent change its record in `status.json`."""
        path = self.root / STATUS
        fleet = json.loads(path.read_text(encoding="utf-8"))
        fleet["agents"][agent.name].update(record)
        self._write(".", {STATUS: json.dumps(fleet, indent=2) + "\n"})

    def solve(self, agent: Agent, files: Files) -> None:
        """Edit files that are in conflict, as a person would."""
        self._write(agent.worktree, files)

    def leave(self, agent: Agent) -> None:
        """Let an agent whose work has landed remove its work tree."""
        if (self.root / agent.worktree).is_dir():
            self.shell.git("worktree", "remove", "--force", agent.worktree)

    def _write(self, folder: str, files: Files) -> None:
        for name, text in files.items():
            path = self.root / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(path)
