"""`merge_order` (contract 2.1): a preference, or with `queue.waves: barrier` dependencies on all earlier waves."""

from collections.abc import Mapping
from dataclasses import dataclass

from mergebot.decide.agents import Claims
from mergebot.decide.index import Pulls
from mergebot.model.ids import AgentName, PrNumber
from mergebot.model.policy import DependencyFile, Waves


@dataclass(frozen=True, kw_only=True, slots=True)
class Barrier:
    """What an agent's wave waits for.

    `open`: PRs of the nearest earlier wave that has any (those wait for the waves before them). `missing`: agents of
    all earlier waves that have opened no PR yet. `dropped`: those whose PR was closed unmerged.
    """

    open: tuple[PrNumber, ...] = ()
    missing: tuple[AgentName, ...] = ()
    dropped: tuple[tuple[AgentName, PrNumber], ...] = ()


def wave_of(file: DependencyFile) -> Mapping[AgentName, int]:
    """The wave of each agent that has one, from 0."""
    return {agent: place for place, wave in enumerate(file.merge_order) for agent in wave}


def barriers(pulls: Pulls, claims: Claims) -> dict[AgentName, Barrier]:
    """What each agent's wave waits for; nothing unless waves are barriers."""
    if pulls.policy.queue.waves is not Waves.BARRIER:
        return {}
    found: dict[AgentName, Barrier] = {}
    ahead = Barrier()
    for wave in pulls.snapshot.dependencies.merge_order:
        if ahead != Barrier():
            found.update(dict.fromkeys(wave, ahead))
        opened = tuple(sorted({number for agent in wave for number in claims.open.get(agent, ())}))
        closed = [agent for agent in wave if agent not in claims.open and agent not in claims.merged]
        ahead = Barrier(
            open=opened or ahead.open,
            missing=ahead.missing + tuple(agent for agent in closed if agent not in claims.dropped),
            dropped=ahead.dropped
            + tuple((agent, claims.dropped[agent]) for agent in closed if agent in claims.dropped),
        )
    return found
