"""Who has which pull request: the records of `status.json`, the bot's memory and git, brought together.

The same inputs give the same numbers, whether `plan` or `run` asks. Nothing is written here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from mergebot.forge.local.landings import Refs
from mergebot.forge.local.memory import CLOSED, MERGED, Memory
from mergebot.forge.local.status import Record, StatusFile
from mergebot.model.ids import AgentName, Branch, PrNumber, Sha
from mergebot.model.problem import Problem, Severity
from mergebot.model.snapshot import BaseBranch

GUESSES: Final = ("feature/{}", "agent/{}", "{}")
"""Where an agent's branch is looked for that nobody named; it must be the only one of these that exists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """An open pull request; `refusal`: why it cannot be merged as it is, for people."""

    record: Record
    number: PrNumber
    branch: Branch
    head: Sha
    refusal: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ByHand:
    """A pull request that was merged by someone else; `kept`: its tip is kept as `refs/mergebot/merged/N`.

    `shown`: base holds its commits; otherwise `status.json` merely lists the agent as completed.
    """

    agent: AgentName
    number: PrNumber
    branch: Branch | None
    head: Sha | None
    kept: bool
    shown: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Roster:
    """Every pull request that is open, and those merged by hand; what the bot merged is in git's refs.

    `by_bot`: agents that are ready, but whose branch holds nothing beyond what the bot has merged, with that number.
    """

    opened: tuple[Opened, ...] = ()
    by_hand: tuple[ByHand, ...] = ()
    by_bot: Mapping[AgentName, PrNumber] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the roster is made from.

    `landed`: the numbers whose landed commit is on base. `owners`: the agent of each number that the memory
    or git knows. `declared`: the branches that the dependency file names. `contains(head, commit)`: is it reachable?
    """

    status: StatusFile
    memory: Memory
    refs: Refs
    base: BaseBranch
    landed: frozenset[PrNumber]
    owners: Mapping[PrNumber, AgentName]
    declared: Mapping[AgentName, Branch]
    contains: Callable[[Sha, Sha], bool]


def claims(status: StatusFile, declared: Mapping[AgentName, Branch]) -> frozenset[Branch]:
    """Every branch that is, or may be guessed to be, an agent's, whether it is ready or not."""
    names = {*status.completed, *declared, *(record.name for record in status.records)}
    said = {record.branch for record in status.records if record.branch is not None}
    return frozenset({*said, *declared.values(), *(Branch(guess.format(name)) for guess in GUESSES for name in names)})


def make_roster(facts: Facts) -> Roster:
    """Decide for every agent whether it has an open pull request, and which number it has."""
    return _Making(facts).roster()


class _Making:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.problems: list[Problem] = []
        self.by_bot: dict[AgentName, PrNumber] = {}
        explicit = {record.number for record in facts.status.records if record.number is not None}
        remembered = {pr.number for pr in facts.memory.prs}
        self.highest = max([0, *facts.refs.numbers(), *explicit, *remembered])
        self.taken: dict[PrNumber, AgentName] = {}
        for record in facts.status.records:
            if record.number is not None:
                self.taken.setdefault(record.number, record.name)

    def roster(self) -> Roster:
        """Explicit numbers first, then remembered ones, then new ones in the order of the file."""
        candidates = [found for record in self.facts.status.records if record.ready and (found := self._head(record))]
        for record, _, head in candidates:
            if (number := self._merged_as(record.name, head)) is not None:
                self.by_bot[record.name] = number
        waiting = [item for item in candidates if item[0].name not in self.by_bot]
        numbers = self._numbers([record.name for record, _, _ in waiting])
        hand = [item for item in waiting if self._merged_by_hand(numbers[item[0].name], item[2])]
        opened = [item for item in waiting if item not in hand]
        refusals = self._refusals([(record, branch) for record, branch, _ in opened])
        return Roster(
            opened=tuple(
                Opened(
                    record=record,
                    number=numbers[record.name],
                    branch=branch,
                    head=head,
                    refusal=refusals.get(record.name, ""),
                )
                for record, branch, head in opened
            ),
            by_hand=(
                *(
                    _shown(record.name, numbers[record.name], branch, head, self.facts.refs)
                    for record, branch, head in hand
                ),
                *self._completed({record.name for record, _, _ in waiting}),
            ),
            by_bot=self.by_bot,
            problems=tuple(self.problems),
        )

    # which branch

    def _head(self, record: Record) -> tuple[Record, Branch, Sha] | None:
        """The agent's branch and its tip; None, with a problem, where there is none to judge."""
        branch = record.branch or self.facts.declared.get(record.name) or self._guess(record.name)
        if branch is not None and branch in self.facts.refs.heads:
            return record, branch, self.facts.refs.heads[branch]
        if landed := self._landed_of(record.name):
            self.by_bot[record.name] = max(landed)  # merged, and its branch deleted since
            return None
        self.problems.append(self._no_branch(record, branch))
        return None

    def _guess(self, name: AgentName) -> Branch | None:
        found = [branch for guess in GUESSES if (branch := Branch(guess.format(name))) in self.facts.refs.heads]
        return found[0] if len(found) == 1 else None

    def _no_branch(self, record: Record, branch: Branch | None) -> Problem:
        if branch is not None:
            message = f"{record.name} is ready, but its branch {branch} does not exist"
        elif record.faults:
            message = f"{record.name} is ready, but {'; '.join(record.faults)}"
        else:
            tried = [Branch(guess.format(record.name)) for guess in GUESSES]
            there = [guess for guess in tried if guess in self.facts.refs.heads]
            what = f"it may be any of {', '.join(there)}" if there else f"there is none of {', '.join(tried)}"
            message = f"{record.name} is ready, but names no branch, and {what}"
        hint = "it has no pull request until its `branch` names one that exists"
        return Problem(where=record.where, message=message, hint=hint, severity=Severity.WARNING)

    # is it merged

    def _landed_of(self, name: AgentName) -> list[PrNumber]:
        return [number for number in self.facts.landed if self.facts.owners.get(number) == name]

    def _merged_as(self, name: AgentName, head: Sha) -> PrNumber | None:
        """The number as which the bot merged this tip: an earlier pass only did not get to say so in `status.json`.

        With commits on top of the merged tip it is a new pull request.
        """
        merged, records = self.facts.refs.merged, {record.name for record in self.facts.status.records}
        strangers = [number for number in self.facts.landed if self.facts.owners.get(number) not in records]
        own = self._landed_of(name)
        same = [number for number in (*own, *strangers) if merged.get(number) == head]
        if not same and own and self.facts.contains(self.facts.base.sha, head):
            same = own
        return max(same, default=None)

    def _merged_by_hand(self, number: PrNumber, head: Sha) -> bool:
        """It had commits that base did not hold at the end of the last pass, and now base holds all of it."""
        facts, before = self.facts, self.facts.memory.get(number)
        if number in facts.refs.landed or not facts.contains(facts.base.sha, head):
            return False
        if facts.refs.merged.get(number) == head:
            return True
        if before is None or before.head is None or before.state == CLOSED:
            return False
        if before.state == MERGED:
            return before.head == head
        was_new = facts.memory.base is not None and not facts.contains(facts.memory.base, before.head)
        return was_new and facts.contains(facts.base.sha, before.head)

    def _completed(self, waiting: set[AgentName]) -> list[ByHand]:
        """Agents that the user lists as completed and that the bot never merged: merged by hand (contract 6)."""
        records = {record.name: record for record in self.facts.status.records}
        names = []
        for name in self.facts.status.completed:
            landed = [number for number in self.facts.refs.landed if self.facts.owners.get(number) == name]
            if landed and not self._landed_of(name) and name not in waiting:
                self.problems.append(self._undone(name, max(landed)))
            elif not landed and name not in waiting:
                names.append(name)
        numbers = self._numbers(names)
        found = []
        for name in names:
            branch = (records[name].branch if name in records else None) or self.facts.declared.get(name)
            found.append(self._claimed(name, numbers[name], branch or self._guess(name)))
        return found

    def _claimed(self, agent: AgentName, number: PrNumber, branch: Branch | None) -> ByHand:
        kept, before = self.facts.refs.merged.get(number), self.facts.memory.get(number)
        head = kept or (self.facts.refs.heads.get(branch) if branch else None) or (before.head if before else None)
        return ByHand(agent=agent, number=number, branch=branch, head=head, kept=kept is not None, shown=False)

    def _undone(self, name: AgentName, number: PrNumber) -> Problem:
        base, commit = self.facts.base.branch, self.facts.refs.landed[number]
        return Problem(
            where=f"#{number}",
            message=f"{name} is listed as completed, but {base} no longer contains {commit:.10}, as which it landed",
            hint=f"to merge it again, set its status to ready; if its change is still in {base} as another commit, "
            f"say so: git update-ref refs/mergebot/landed/{number} COMMIT",
            severity=Severity.WARNING,
        )

    # which number

    def _numbers(self, names: list[AgentName]) -> dict[AgentName, PrNumber]:
        numbers = {name: number for name in names if (number := self._own_number(name)) is not None}
        for number in numbers.values():
            self.taken.setdefault(number, AgentName(""))
        for name in names:
            if name not in numbers:
                self.highest += 1
                numbers[name] = PrNumber(self.highest)
        return {name: numbers[name] for name in names}

    def _own_number(self, name: AgentName) -> PrNumber | None:
        """The number it says it has, else its latest one that is not merged; a merged one is never used again."""
        explicit = {record.number for record in self.facts.status.records if record.name == name}
        for number in explicit - {None}:
            if number is not None and self.taken.get(number) == name and number not in self.facts.landed:
                return number
        own = (number for number, agent in self.facts.owners.items() if agent == name)
        free = [number for number in own if number not in self.facts.landed and number not in self.taken]
        return max(free, default=None)

    # what stands against it

    def _refusals(self, opened: list[tuple[Record, Branch]]) -> dict[AgentName, str]:
        users: dict[Branch, list[AgentName]] = {}
        for record, branch in opened:
            users.setdefault(branch, []).append(record.name)
        claims: dict[PrNumber, list[AgentName]] = {}
        for record in self.facts.status.records:
            if record.number is not None:
                claims.setdefault(record.number, []).append(record.name)
        return {
            record.name: "; ".join(why)
            for record, branch in opened
            if (why := [*record.faults, *self._clashes(record, branch, users[branch], claims)])
        }

    def _clashes(
        self, record: Record, branch: Branch, users: list[AgentName], claims: Mapping[PrNumber, list[AgentName]]
    ) -> list[str]:
        why = []
        if branch == self.facts.base.branch:
            why.append(f"its branch is {branch}, the base itself: give the agent a branch of its own")
        if len(users) > 1:
            why.append(f"{_both(users)} have one branch, {branch}: give each its own")
        if record.number is not None and len(rivals := claims[record.number]) > 1:
            why.append(f"{_both(rivals)} claim the same number, `pr`: {record.number}: give each its own")
        owner = self.facts.owners.get(record.number) if record.number in self.facts.landed else None
        if record.number is not None and owner is not None and owner != record.name:
            why.append(f"its `pr` is {record.number}, which was merged for {owner}: remove it")
        return why


def _shown(agent: AgentName, number: PrNumber, branch: Branch, head: Sha, refs: Refs) -> ByHand:
    kept = refs.merged.get(number) == head
    return ByHand(agent=agent, number=number, branch=branch, head=head, kept=kept, shown=True)


def _both(names: list[AgentName]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
