"""What each PR depends on (contract 2.3): its agent's list, `Depends-On:` lines, and what it is stacked on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mergebot.decide.agents import Claims
from mergebot.decide.body import Said
from mergebot.decide.codes import Code
from mergebot.decide.index import Index
from mergebot.decide.references import Home, Reference, read_references
from mergebot.decide.waves import Barrier, barriers
from mergebot.model.ids import AgentName, PrNumber
from mergebot.model.plan import Evidence, Fail


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What an entry depends on, directly.

    `open`: entries that must land first. `merged`: PRs that have landed. `missing`: agents that have opened no PR
    yet. `outside`: PRs that are open, but into another branch. `faults`: dependencies that cannot hold as they are.
    """

    open: tuple[PrNumber, ...] = ()
    merged: tuple[PrNumber, ...] = ()
    missing: tuple[AgentName, ...] = ()
    outside: tuple[PrNumber, ...] = ()
    faults: tuple[Fail, ...] = ()


NO_NEEDS = Needs()


def find_needs(index: Index, claims: Claims, said: Mapping[PrNumber, Said]) -> dict[PrNumber, Needs]:
    """The dependencies of every entry, in time proportional to their number."""
    home = Home.of(index.pulls.snapshot)
    finder = _Finder(index=index, claims=claims, barriers=barriers(index.pulls, claims), home=home)
    return {number: finder.find(number, said[number]) for number in index.entries}


@dataclass(slots=True)
class _Found:
    """What has been found for one entry so far."""

    number: PrNumber
    open: set[PrNumber]
    merged: set[PrNumber]
    missing: list[AgentName]
    outside: set[PrNumber]
    faults: list[Fail]

    def needs(self) -> Needs:
        """The result, each list in a fixed order."""
        self.open.discard(self.number)
        if not (self.merged or self.missing or self.outside or self.faults):
            return Needs(open=tuple(sorted(self.open)))
        return Needs(
            open=tuple(sorted(self.open)),
            merged=tuple(sorted(self.merged)),
            missing=tuple(dict.fromkeys(self.missing)),
            outside=tuple(sorted(self.outside)),
            faults=tuple(dict.fromkeys(self.faults)),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Finder:
    index: Index
    claims: Claims
    barriers: Mapping[AgentName, Barrier]
    home: Home

    def find(self, number: PrNumber, said: Said) -> Needs:
        """The dependencies of one entry."""
        agent = self.claims.agent.get(number)
        file = self.index.pulls.snapshot.dependencies
        agents: Sequence[AgentName] = file.dependencies.get(agent, ()) if agent is not None else ()
        parents = self.index.parents.get(number, ())
        merged_parents = self.index.merged_parents.get(number, ())
        barrier = self.barriers.get(agent) if agent is not None else None
        if not (agents or parents or merged_parents or said.depends_on or barrier):
            return NO_NEEDS
        found = _Found(number, set(parents), set(merged_parents), [], set(), [])
        for name in agents:
            self.add_agent(found, name)
        for line in said.depends_on:
            for reference in read_references(line, self.home):
                self.add_reference(found, reference, agent)
        if barrier is not None:
            found.open.update(barrier.open)
            found.missing.extend(barrier.missing)
            found.faults.extend(_dropped(name, pr) for name, pr in barrier.dropped)
        return found.needs()

    def add_agent(self, found: _Found, name: AgentName) -> None:
        """A dependency on an agent holds when it has a merged PR into base and no open one."""
        if name in self.claims.open:
            found.open.update(self.claims.open[name])
        elif name in self.claims.merged:
            found.merged.add(self.claims.merged[name])
        elif name in self.claims.dropped:
            found.faults.append(_dropped(name, self.claims.dropped[name]))
        else:
            found.missing.append(name)

    def add_reference(self, found: _Found, reference: Reference, agent: AgentName | None) -> None:
        """A dependency that the PR's text names."""
        if reference.fault is not None:
            found.faults.append(reference.fault)
        elif reference.number is not None:
            self.add_number(found, reference.number)
        elif reference.agent == agent:
            found.faults.append(_itself(f"agent {reference.agent}"))
        elif reference.agent in self.claims.known:
            self.add_agent(found, reference.agent)
        else:
            reason = (
                f"`Depends-On: agent:{reference.agent}` names no known agent: correct it in the pull request's text"
            )
            found.faults.append(Fail(code=Code.DEPENDENCIES_NO_SUCH, reason=reason))

    def add_number(self, found: _Found, number: PrNumber) -> None:
        """A dependency on a PR holds when that PR is merged into base."""
        pulls = self.index.pulls
        if number == found.number:
            found.faults.append(_itself(f"#{number}"))
        elif number in self.index.entries:
            found.open.add(number)
        elif number in pulls.open:
            found.outside.add(number)
        elif number not in pulls.closed:
            reason = (
                f"`Depends-On: #{number}`: there is no such pull request here; correct it in the pull request's text"
            )
            found.faults.append(_fail(Code.DEPENDENCIES_NO_SUCH, reason, number))
        elif pulls.landed(number):
            found.merged.add(number)
        elif pulls.closed[number].merged:
            where = pulls.closed[number].base
            reason = (
                f"#{number} was merged into {where}, not into {pulls.snapshot.base.branch}: name the one that brings it"
            )
            found.faults.append(_fail(Code.DEPENDENCIES_ELSEWHERE, reason, number))
        else:
            reason = f"#{number} was closed without a merge: reopen it, or take it out of `Depends-On:`"
            found.faults.append(_fail(Code.DEPENDENCIES_CLOSED, reason, number))


def _dropped(name: AgentName, number: PrNumber) -> Fail:
    reason = f"{name}'s #{number} was closed without a merge: reopen it, or let {name} open another one"
    return _fail(Code.DEPENDENCIES_CLOSED, reason, number)


def _itself(what: str) -> Fail:
    reason = f"it depends on itself ({what}): correct `Depends-On:` in the pull request's text"
    return Fail(code=Code.DEPENDENCIES_ITSELF, reason=reason)


def _fail(code: Code, reason: str, number: PrNumber) -> Fail:
    return Fail(code=code, reason=reason, evidence=Evidence(prs=(number,)))
