"""Observe: one consistent reading of rules, forge and git. Must not decide anything.

What cannot be read stays unknown; what git is asked is asked by `decide`, in `Plan.questions`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from mergebot import config, dependencies
from mergebot.forge.protocol import Forge, ForgeReader, ForgeState
from mergebot.git.facts import HeadFacts, head_facts
from mergebot.git.oracle import Oracle
from mergebot.git.repository import Repository
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.policy import DependencyFile, Policy
from mergebot.model.problem import Problem, Severity
from mergebot.model.questions import Landing, Question, Unanswered
from mergebot.model.snapshot import PullRequest, Snapshot, Unknown

_NOT_RUN = Problem(
    where="checks.command",
    message="the test command is for local mode: here it is not run, and checks have to come from the forge",
    severity=Severity.WARNING,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The config and the dependency file as they stand now, with every problem found in them.

    `sources`: the files that they were read from, path and bytes, by `config` and `dependencies`.
    """

    policy: Policy
    dependencies: DependencyFile
    problems: tuple[Problem, ...]
    sources: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether nothing in them is an error (contract 2.1: with an error nothing is merged)."""
        return all(problem.severity is not Severity.ERROR for problem in self.problems)


def read_rules(reader: ForgeReader, override: tuple[str, bytes] | None) -> Rules:
    """Read the rules from where the forge keeps them; `override` is a config given by hand (`--config`)."""
    texts = reader.read_rules(None, override)
    configs = (override,) if override else texts.configs
    policy, problems = config.choose_config(configs)
    sources = {"config": configs[0]} if configs else {}
    if policy.checks.command is not None and not reader.runs_commands:
        policy = replace(policy, checks=replace(policy.checks, command=None))
        problems = (*problems, _NOT_RUN)
    file = texts.dependencies
    if policy.dependencies is not None:
        file = reader.read_rules(policy.dependencies, override).dependencies
        if file is None:
            missing = Problem(
                where=policy.dependencies,
                message="the config names this file as `dependencies`, but it does not exist",
                hint="create it, or remove the key `dependencies` from the config",
            )
            return Rules(policy=policy, dependencies=DependencyFile(), problems=(*problems, missing), sources=sources)
    if file is None:
        return Rules(policy=policy, dependencies=DependencyFile(), problems=problems, sources=sources)
    graph, more = dependencies.load_dependencies(*file)
    sources |= {"dependencies": file}
    return Rules(policy=policy, dependencies=graph, problems=(*problems, *more), sources=sources)


def take_snapshot(forge: Forge, rules: Rules, now: float) -> Snapshot:
    """Read the forge once and let git add what it knows of every head."""
    state = forge.reader.read(rules.policy)
    return Snapshot(
        repository=forge.reader.repository,
        taken_at=now,
        base=state.base,
        dependencies=rules.dependencies,
        pull_requests=_with_facts(state, forge.git),
        closed=state.closed,
        branches=state.branches,
        fleet=state.fleet,
        frozen=state.frozen,
        problems=(*rules.problems, *state.problems),
        test_results=state.test_results,
        required_checks=state.required_checks,
        url=state.url,
        deletes_merged=state.deletes_merged,
    )


def answered(snapshot: Snapshot, questions: Collection[Question], oracle: Oracle) -> Snapshot:
    """The snapshot with git's answers to these questions added."""
    return replace(snapshot, answers={**snapshot.answers, **oracle.answer(questions)})


def with_refusals(
    snapshot: Snapshot,
    refusals: Mapping[PrNumber, str],
    stuck: Mapping[PrNumber, str] = MappingProxyType({}),
    stalled: Collection[PrNumber] = (),
) -> Snapshot:
    """The snapshot in which the PRs that this pass has given up say why, so that the others go on.

    `stuck`: those of them that it could not rebase; `stalled`: of these, those that were moved by others each time.
    """
    if not refusals:
        return snapshot
    marked = tuple(
        # What the forge remembers comes first: the next pass will say the same.
        replace(
            pr,
            refused=pr.refused or refusals.get(pr.number, ""),
            stuck=stuck.get(pr.number, ""),
            stalled=pr.number in stalled,
        )
        for pr in snapshot.pull_requests
    )
    return replace(snapshot, pull_requests=marked)


def unread(snapshot: Snapshot) -> tuple[str, ...]:
    """What could not be read, one line each (contract 4: the PR waits, and the exit code is 1)."""
    lines = [
        f"#{pr.number}: {part.reason}"
        for pr in snapshot.pull_requests
        for part in (pr.checks, pr.reviews, pr.files)
        if isinstance(part, Unknown) and not part.passing
    ]
    for answer in snapshot.answers.values():
        parts = answer.links if isinstance(answer, Landing) else (answer,)
        lines += [part.reason for part in parts if isinstance(part, Unanswered)]
    return tuple(dict.fromkeys(lines))


def _with_facts(state: ForgeState, git: Repository) -> tuple[PullRequest, ...]:
    """Every open PR with what git knows of its head: changed files, authors, the PRs it is built on."""
    owners: dict[PrNumber, PrNumber] = {pr.number: pr.number for pr in state.pull_requests}
    tips: dict[PrNumber, Sha] = {pr.number: pr.head.sha for pr in state.pull_requests}
    for owner, tip in _other_tips(state):
        # A branch may sit on a tip that its parent no longer has: rebased since, or merged by squash. Git is asked
        # about those tips under numbers that no PR can have.
        alias = PrNumber(-len(tips) - 1)
        owners[alias], tips[alias] = owner, tip
    forks = {pr.number for pr in state.pull_requests if pr.head.fork}  # never a parent by history alone
    whose = {number: owner for number, owner in owners.items() if owner not in forks}
    facts = head_facts(git, state.base.sha, tips, whose=whose)
    below = _without_circles({pr.number: facts[pr.number].contains for pr in state.pull_requests}, owners)
    named = (_named(pr, facts[pr.number]) if state.texts_from_commits else pr for pr in state.pull_requests)
    return tuple(_with_fact(pr, facts[pr.number], below[pr.number]) for pr in named)


def _without_circles(
    contains: Mapping[PrNumber, tuple[PrNumber, ...]], owners: Mapping[PrNumber, PrNumber]
) -> dict[PrNumber, tuple[PrNumber, ...]]:
    """The PRs that each one is built on. Of two on each other, a former tip says less than what a head holds now."""
    now = {number: {other for other in found if other > 0} for number, found in contains.items()}
    every = {number: {owners[other] for other in found} - {number} for number, found in contains.items()}

    def is_below(number: PrNumber, other: PrNumber) -> bool:
        if other in now[number] or number not in every.get(other, ()):
            return True
        return number not in now[other] and other < number

    return {number: tuple(sorted(n for n in found if is_below(number, n))) for number, found in every.items()}


def _other_tips(state: ForgeState) -> list[tuple[PrNumber, Sha]]:
    former = [(pr.number, tip) for pr in state.pull_requests for tip in pr.former_tips]
    merged = [(pr.number, tip) for pr in state.closed if pr.merged for tip in (pr.head.sha, *pr.former_tips)]
    return former + merged


def _named(pr: PullRequest, fact: HeadFacts) -> PullRequest:
    return replace(pr, title=pr.title or fact.subject or pr.head.branch, body=pr.body or fact.body)


def _with_fact(pr: PullRequest, fact: HeadFacts, below: tuple[PrNumber, ...]) -> PullRequest:
    return replace(pr, files=fact.files, contains=below, authors=fact.authors)
