"""The rules a queue runs by: the config (contract 2.4) and the dependency file (contract 2.1), as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mergebot.model.ids import AgentName, Branch


class ScoreSource(StrEnum):
    """Where a review score may be read from (contract 3)."""

    STATUS = "status"
    REVIEW = "review"
    BODY = "body"


class Strategy(StrEnum):
    """How a PR reaches base (contract 4.2)."""

    DIRECT = "direct"
    REBASE = "rebase"
    TRAIN = "train"


class Waves(StrEnum):
    """What `merge_order` means (contract 2.1)."""

    ORDER = "order"
    BARRIER = "barrier"


@dataclass(frozen=True, kw_only=True, slots=True)
class Criteria:
    """`auto_merge`: what a PR must fulfil. None or False: that criterion is turned off."""

    tests_passing: bool = True
    review_score: int | None = 10
    dependencies_merged: bool = True
    approvals: int = 1
    protected_paths: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Checks:
    """`checks`: which checks count, and how missing ones come to be."""

    required: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    allow_none: bool = False
    dispatch: tuple[str, ...] = ()
    command: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """`queue`: who is in the queue and in which order it goes."""

    strategy: Strategy = Strategy.DIRECT
    label: str = "merge"
    hold_label: str = "hold"
    auto_agents: bool = True
    waves: Waves = Waves.ORDER
    priority_labels: Mapping[str, int] = field(default_factory=lambda: {"hotfix": 100})
    freeze_label: str = "mergebot-freeze"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebase:
    """`rebase`: which branches the bot rebases."""

    dependents: bool = True
    always: bool = False
    union_paths: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Cleanup:
    """`cleanup`: which branches the bot deletes."""

    delete_branch: bool = True
    keep_branches: tuple[str, ...] = ("main", "master", "develop", "dev", "next", "staging", "release/*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The whole config; the defaults are those of contract 2.4."""

    base: Branch | None = None
    dependencies: str | None = None
    criteria: Criteria = Criteria()
    checks: Checks = Checks()
    score_sources: tuple[ScoreSource, ...] = (ScoreSource.STATUS, ScoreSource.REVIEW, ScoreSource.BODY)
    queue: Queue = Queue()
    rebase: Rebase = Rebase()
    trusted_authors: tuple[str, ...] = ()
    cleanup: Cleanup = Cleanup()


@dataclass(frozen=True, kw_only=True, slots=True)
class DependencyFile:
    """`dependencies.json` (contract 2.1), already valid: no cycle, no agent twice, no two agents on a branch."""

    path: str = ""
    dependencies: Mapping[AgentName, tuple[AgentName, ...]] = field(default_factory=dict)
    merge_order: tuple[tuple[AgentName, ...], ...] = ()
    branches: Mapping[AgentName, Branch] = field(default_factory=dict)

    def agents(self) -> frozenset[AgentName]:
        """Every agent named anywhere in the file: that is what makes an agent known."""
        named = {agent for wave in self.merge_order for agent in wave}
        named.update(self.branches, self.dependencies)
        named.update(agent for needed in self.dependencies.values() for agent in needed)
        return frozenset(named)
