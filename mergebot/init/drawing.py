"""Draws the dependency file from what looks like agents' work. Pure: no git, no folder.

Whatever is given, the result is a file that the loader takes without a problem: good names, each once, no cycle.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mergebot.decide.agents import guessed_branches
from mergebot.located.texts import BRANCH
from mergebot.model.ids import AgentName, Branch
from mergebot.model.policy import DependencyFile

_STRANGE = re.compile(r"[^\w.-]+")
"""What a name had better not hold: it is written in labels, in `Agent:` and, between commas, in `Depends-On:`."""

PREFIXES = ("feature/", "agent/")
"""How the branches of agents begin (contract 2.2)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A branch that looks like an agent's.

    `says`: the agent's name as found, which may not be a good one. `why`: where that stands, in words. `on`: the
    branches that it is built on or waits for. `waits`: the agents that it says it waits for. `worktree`: where it is
    checked out.
    """

    branch: Branch
    says: str
    why: str
    on: tuple[Branch, ...] = ()
    waits: tuple[str, ...] = ()
    worktree: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Agent:
    """An agent as it will stand in the file; `named`: the file must say which branch is its."""

    name: AgentName
    candidate: Candidate
    needs: tuple[AgentName, ...] = ()
    named: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """All agents in the order of the file, and what was left out, one line each."""

    agents: tuple[Agent, ...] = ()
    left_out: tuple[str, ...] = ()

    def file(self, path: str) -> DependencyFile:
        """What the file will say to the loader."""
        return DependencyFile(
            path=path,
            dependencies={agent.name: agent.needs for agent in self.agents if agent.needs},
            merge_order=waves(self.agents),
            branches={agent.name: agent.candidate.branch for agent in self.agents if agent.named},
        )


def name_of_branch(branch: str) -> str | None:
    """The agent whose branch this is by its name; None where it does not look like an agent's."""
    prefix = next((prefix for prefix in PREFIXES if branch.startswith(prefix)), None)
    return branch.removeprefix(prefix) if prefix else None


def draw(candidates: Sequence[Candidate]) -> Drawing:
    """Give every branch one agent with a good name, and every agent what it waits for."""
    drawing = _Drawing()
    for candidate in candidates:
        drawing.take(candidate)
    return drawing.done()


def waves(agents: Sequence[Agent]) -> tuple[tuple[AgentName, ...], ...]:
    """The agents in waves: each in the first one after all that it waits for."""
    depth: dict[AgentName, int] = {}
    waiting = list(agents)
    while ready := [agent for agent in waiting if all(name in depth for name in agent.needs)]:
        depth |= {agent.name: max((depth[name] + 1 for name in agent.needs), default=0) for agent in ready}
        waiting = [agent for agent in waiting if agent.name not in depth]
    numbers = sorted(set(depth.values()))
    return tuple(tuple(agent.name for agent in agents if depth.get(agent.name) == number) for number in numbers)


@dataclass
class _Drawing:
    by_branch: dict[Branch, AgentName] = field(default_factory=dict)
    by_word: dict[str, AgentName] = field(default_factory=dict)
    taken: dict[AgentName, Candidate] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def take(self, candidate: Candidate) -> None:
        """Give a branch its name, or say why it has none."""
        if candidate.branch in self.by_branch:
            first = self.taken[self.by_branch[candidate.branch]]
            self.left_out.append(f"{candidate.why}: {candidate.branch} is taken already, by {first.why}")
        elif (refusal := _refused(candidate.branch)) is not None:
            self.left_out.append(f"{candidate.branch}: this branch {refusal}")
        else:
            name = self._free(_good(candidate.says))
            self.by_branch[candidate.branch] = name
            self.by_word.setdefault(candidate.says, name)
            self.taken[name] = candidate

    def _free(self, name: str) -> AgentName:
        number, free = 1, AgentName(name)
        while free in self.taken:
            number += 1
            free = AgentName(f"{name}-{number}")
        return free

    def done(self) -> Drawing:
        """The agents, with what they wait for."""
        guessed = guessed_branches(self.taken)
        needs: dict[AgentName, tuple[AgentName, ...]] = {}
        for name, candidate in self.taken.items():
            wanted = [self.by_branch[branch] for branch in candidate.on if branch in self.by_branch]
            wanted += [self.by_word[word] for word in candidate.waits if word in self.by_word]
            needs[name] = tuple(self._without_circles(name, dict.fromkeys(wanted), needs))
        agents = (
            Agent(
                name=name,
                candidate=candidate,
                needs=needs[name],
                named=guessed.get(candidate.branch) != name,
            )
            for name, candidate in self.taken.items()
        )
        return Drawing(agents=tuple(agents), left_out=tuple(self.left_out))

    def _without_circles(
        self, name: AgentName, wanted: Iterable[AgentName], needs: Mapping[AgentName, Sequence[AgentName]]
    ) -> Iterable[AgentName]:
        for other in wanted:
            if other == name:
                continue
            if name in _reached(other, needs):
                self.left_out.append(f"{name} waits for {other}: {other} waits for {name} already, in a circle")
            else:
                yield other


def _reached(start: AgentName, needs: Mapping[AgentName, Sequence[AgentName]]) -> set[AgentName]:
    """Everyone that this one waits for in the end, itself included."""
    found: set[AgentName] = set()
    next_ones = [start]
    while next_ones:
        name = next_ones.pop()
        if name not in found:
            found.add(name)
            next_ones += needs.get(name, ())
    return found


def _good(word: str) -> str:
    """A name that can stand everywhere; "agent" where nothing of the word can."""
    printable = word.encode("utf-8", "replace").decode()
    return _STRANGE.sub("-", printable).strip("-._") or "agent"


def _refused(branch: str) -> str | None:
    """Why the file cannot name this branch."""
    try:
        branch.encode()
    except UnicodeEncodeError:
        return "has a name that is no UTF-8"
    refusal = BRANCH.refuse(branch)
    return None if refusal is None else refusal.message
