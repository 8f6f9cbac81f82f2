"""The proof at the end: git itself is asked whether each agent's change is on main exactly once."""

from dataclasses import dataclass

from mergebot.demo.fleet import AGENTS, Agent
from mergebot.demo.shell import Shell


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What git says of an agent's change: the commits on main that brought its mark, by whom; how often it is there."""

    agent: Agent
    commits: tuple[str, ...]
    authors: tuple[str, ...]
    times: int

    @property
    def holds(self) -> bool:
        """One commit brought it, that commit is the agent's own, and it is there once."""
        return len(self.commits) == 1 and self.authors == (self.agent.author,) and self.times == 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """The log of main, newest first, and what was found of every agent."""

    log: tuple[str, ...]
    merges: int
    found: tuple[Found, ...]

    @property
    def holds(self) -> bool:
        """Main is linear, has one commit for each agent and the first one, and each change exactly once."""
        return self.merges == 0 and len(self.log) == len(AGENTS) + 1 and all(item.holds for item in self.found)


def prove(shell: Shell) -> Proof:
    """Ask git, not mergebot."""
    log = shell.git("log", "--format=%h %an: %s", "main").splitlines()
    merges = int(shell.git("rev-list", "--count", "--merges", "main"))
    return Proof(log=tuple(log), merges=merges, found=tuple(_find(shell, agent) for agent in AGENTS))


def _find(shell: Shell, agent: Agent) -> Found:
    # `-S` lists the commits in which the number of occurrences changed: a change that came twice shows up twice.
    lines = shell.git("log", "--format=%h %an", "-S", agent.mark, "main").splitlines()
    commits = tuple(line.split(" ", 1)[0] for line in lines)
    authors = tuple(line.split(" ", 1)[1] for line in lines)
    tree = shell.git("ls-tree", "-r", "--name-only", "-z", "main").rstrip("\0").split("\0")
    times = sum(shell.git("show", f"main:{path}").count(agent.mark) for path in tree)
    return Found(agent=agent, commits=commits, authors=authors, times=times)
