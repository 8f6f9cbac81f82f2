"""Which PR is which agent's (contract 2.2)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mergebot.decide.body import Said
from mergebot.decide.codes import Code
from mergebot.decide.index import Index, grouped
from mergebot.decide.patches import may_write
from mergebot.decide.words import listed
from mergebot.model.ids import AgentName, PrNumber
from mergebot.model.people import Permission
from mergebot.model.plan import Evidence, Fail, Pending
from mergebot.model.snapshot import ClosedPullRequest, PullRequest

LABEL_PREFIX = "agent:"

Claim = tuple[AgentName, str]
"""An agent, and what says that a PR is its: words for people."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """Who is who.

    `known`: every agent. `agent`: whose PR this is, where that is clear; `faults`: why it is not, or is not allowed.
    `claimed`: PRs of agents, also where it is not clear which. `open`: the entries that claim an agent. `merged` and
    `dropped`: its newest PR that was merged into base, or was closed unmerged.
    """

    known: frozenset[AgentName]
    agent: Mapping[PrNumber, AgentName]
    faults: Mapping[PrNumber, Fail | Pending]
    claimed: frozenset[PrNumber]
    open: Mapping[AgentName, tuple[PrNumber, ...]]
    merged: Mapping[AgentName, PrNumber]
    dropped: Mapping[AgentName, PrNumber]


def claim_agents(index: Index, said: Mapping[PrNumber, Said]) -> Claims:
    """Find whose PR each is, open or closed, by the rules of contract 2.2."""
    who = _Who.of(index)
    claims = {number: who.claims(pr, said[number]) for number, pr in index.entries.items()}
    faults: dict[PrNumber, Fail | Pending] = {}
    for number, pr in index.entries.items():
        if (fault := who.fault(pr, said[number], claims[number])) is not None:
            faults[number] = fault
    names = {number: tuple(dict.fromkeys(name for name, _ in found)) for number, found in claims.items() if found}
    opened = grouped((name, number) for number, found in names.items() for name in found)
    for name, numbers in opened.items():
        if len(numbers) > 1:
            _set_rivals(faults, name, numbers, claims)
    merged, dropped = _closed(index, who, said)
    return Claims(
        known=who.known,
        agent={number: found[0] for number, found in names.items() if len(found) == 1},
        faults=faults,
        claimed=frozenset({*names, *faults}),
        open=opened,
        merged=merged,
        dropped=dropped,
    )


def guessed_branches(known: Collection[AgentName]) -> dict[str, AgentName]:
    """The branch names that hint at an agent where nobody says outright whose they are (contract 2.2)."""
    guesses: dict[str, AgentName] = {}
    for name in sorted(known):
        guesses.update(dict.fromkeys((f"feature/{name}", f"agent/{name}", name), name))
    for name in sorted(known):
        if name.endswith("-agent"):
            guesses.setdefault(f"feature/{name.removesuffix('-agent')}", name)
    return guesses


def _closed(
    index: Index, who: "_Who", said: Mapping[PrNumber, Said]
) -> tuple[dict[AgentName, PrNumber], dict[AgentName, PrNumber]]:
    merged: dict[AgentName, PrNumber] = {}
    dropped: dict[AgentName, PrNumber] = {}
    for number, pr in index.pulls.closed.items():
        names = {name for name, _ in who.claims(pr, said[number])}
        if len(names) != 1:
            continue
        if index.pulls.landed(number):
            merged[names.pop()] = number
        elif not pr.merged and pr.base == index.pulls.snapshot.base.branch:
            dropped[names.pop()] = number
    return merged, dropped


def _set_rivals(
    faults: dict[PrNumber, Fail | Pending],
    name: AgentName,
    numbers: tuple[PrNumber, ...],
    claims: Mapping[PrNumber, list[Claim]],
) -> None:
    """Two open PRs that claim one agent: each is blocked, and told of the others (contract 2.2)."""
    sides = [f"#{n} ({next(how for claimed, how in claims[n] if claimed == name)})" for n in numbers]
    reason = f"{listed(sides)} all claim to be {name}'s: close all but one, or correct what they say"
    if len(sides) == 2:  # noqa: PLR2004 (two sides are 'both')
        reason = f"{sides[0]} and {sides[1]} both claim to be {name}'s: close one, or correct what it says"
    fault = Fail(code=Code.DEPENDENCIES_AGENT, reason=reason, evidence=Evidence(prs=numbers))
    for number in numbers:
        if not isinstance(faults.get(number), Fail):
            faults[number] = fault


def _labelled(pr: PullRequest | ClosedPullRequest) -> list[tuple[str, AgentName]]:
    """The labels of a PR that name an agent, with the name."""
    if not pr.labels:
        return []
    labels = [label for label in pr.labels if label.startswith(LABEL_PREFIX)]
    return [(label, AgentName(label.removeprefix(LABEL_PREFIX).strip())) for label in sorted(labels)]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Who:
    """The rules, with their tables. `guesses`: the branch names that hint at an agent."""

    known: frozenset[AgentName]
    branches: Mapping[str, tuple[AgentName, str]]
    guesses: Mapping[str, AgentName]
    trusted: frozenset[str]

    @classmethod
    def of(cls, index: Index) -> "_Who":
        """The tables for a snapshot and a policy."""
        snapshot, policy = index.pulls.snapshot, index.pulls.policy
        file = snapshot.dependencies
        recorded = [pr.agent for pr in snapshot.pull_requests if pr.agent is not None]
        recorded += [pr.agent for pr in snapshot.closed if pr.agent is not None]
        known = file.agents().union(recorded, (agent.name for agent in snapshot.fleet))
        where = f"its branch in {file.path or 'dependencies.json'}"
        return cls(
            known=known,
            branches={branch: (name, where) for name, branch in file.branches.items()},
            guesses=guessed_branches(known),
            trusted=frozenset(login.casefold() for login in policy.trusted_authors),
        )

    def claims(self, pr: PullRequest | ClosedPullRequest, said: Said) -> list[Claim]:
        """Every agent whose PR this is said to be, outright; or, where nobody says so, guessed from its branch."""
        branch = pr.head.branch
        found: list[Claim] = []
        if pr.agent is not None:
            found.append((pr.agent, "its branch in status.json"))
        if not pr.head.fork and branch in self.branches:
            found.append(self.branches[branch])
        found += [(name, f"label `{label}`") for label, name in _labelled(pr) if name in self.known]
        if said.agents and not pr.head.fork and self.may_claim(pr):
            found += [(AgentName(name), "`Agent:` in its text") for name in said.agents if name in self.known]
        if not found and not pr.head.fork and branch in self.guesses:
            found.append((self.guesses[branch], f"branch `{branch}`"))
        return found

    def may_claim(self, pr: PullRequest | ClosedPullRequest) -> bool:
        """Whether the author may say in the body whose PR it is."""
        return may_write(pr.author) or pr.author.login.casefold() in self.trusted

    def fault(self, pr: PullRequest, said: Said, claims: list[Claim]) -> Fail | Pending | None:
        """What is wrong with the claims of one PR: they disagree, name nobody, or cannot be judged."""
        if len(claims) <= 1 and not pr.labels and pr.author.permission is not Permission.UNKNOWN:
            return None
        sides = dict(claims)
        if len(sides) > 1:
            words = " but ".join(f"{how} says {name}" for name, how in sides.items())
            reason = f"it is not clear whose pull request this is: {words}; keep one of them"
            return Fail(code=Code.DEPENDENCIES_AGENT, reason=reason)
        strange = next((label for label, name in _labelled(pr) if self.known and name not in self.known), None)
        if strange is not None:
            reason = f"label `{strange}` names no known agent: correct it, or add the agent to dependencies.json"
            return Fail(code=Code.DEPENDENCIES_AGENT, reason=reason)
        unsure = pr.author.permission is Permission.UNKNOWN and not pr.head.fork and not self.may_claim(pr)
        if unsure and any(name in self.known for name in said.agents):
            reason = f"`Agent:` in its text counts only if {pr.author.login} has write access, which could not be read"
            return Pending(code=Code.DEPENDENCIES_UNKNOWN, reason=reason)
        return None
