"""One reading of files and refs, brought together: what both the reader and the writer start from."""

from dataclasses import dataclass, field

from mergebot.dependencies import load_dependencies
from mergebot.forge.local.landings import Landings, Refs
from mergebot.forge.local.memory import Memory, read_memory
from mergebot.forge.local.places import QUEUE, STATUS, Places, choose_base, read_rules
from mergebot.forge.local.roster import Facts, Roster, claims, make_roster
from mergebot.forge.local.status import StatusFile, read_status
from mergebot.git.repository import Repository
from mergebot.model.ids import AgentName, Branch, PrNumber, Sha
from mergebot.model.policy import DependencyFile, Policy
from mergebot.model.snapshot import BaseBranch


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """`landed`: the pull requests whose commit is on base. `owners`: whose each number is, as far as it is known.

    `outgrown`: the head that a pull request had at the end of the last pass, where its agent has added to it since.
    """

    base: BaseBranch
    refs: Refs
    status: StatusFile
    memory: Memory
    landed: frozenset[PrNumber]
    owners: dict[PrNumber, AgentName]
    roster: Roster
    outgrown: dict[PrNumber, Sha]

    def former_tips(self, number: PrNumber) -> tuple[Sha, ...]:
        """The heads that a pull request had before, as far as another branch may stand on them."""
        kept, outgrown = self.refs.rebased.get(number, ()), self.outgrown.get(number)
        return kept if outgrown is None or outgrown in kept else (*kept, outgrown)


@dataclass
class StateReader:
    """Reads the state; remembers only what cannot change. `policy` is that of the last reading."""

    git: Repository
    policy: Policy = field(default_factory=Policy)
    landings: Landings = field(init=False)
    _declared: tuple[tuple[str, bytes] | None, DependencyFile] = (None, DependencyFile())

    def __post_init__(self) -> None:
        self.landings = Landings(self.git)

    @property
    def places(self) -> Places:
        """Where everything is."""
        return Places(git=self.git)

    def read(self) -> State:
        """Read everything anew.

        Raises:
            InputError: there is no base branch.
            MergebotError: git or a file cannot be read.
        """
        refs = self.landings.refs()
        status = read_status(self.places.status, STATUS)
        memory = read_memory(self.places.queue, QUEUE)
        declared = self._branches()
        claimed = claims(status, declared)
        heads = refs.heads.keys()
        branch = choose_base(self.places, self.policy.base, heads, claimed=claimed, remembered=memory.branch)
        base = BaseBranch(branch=branch, sha=refs.heads[branch])
        landed = self.landings.on_base(refs, base.sha)
        owners = self._owners(refs, memory)
        facts = Facts(
            status=status,
            memory=memory,
            refs=refs,
            base=base,
            landed=landed,
            owners=owners,
            declared=declared,
            contains=self.landings.contains,
        )
        roster = make_roster(facts)
        return State(
            base=base,
            refs=refs,
            status=status,
            memory=memory,
            landed=landed,
            owners=owners,
            roster=roster,
            outgrown=self._outgrown(refs, memory, roster),
        )

    def _outgrown(self, refs: Refs, memory: Memory, roster: Roster) -> dict[PrNumber, Sha]:
        """One that was rewritten is not among them: who still holds its old commits may have taken them over."""
        heads = {**refs.merged, **{item.number: item.head for item in roster.opened}}
        before = {pr.number: pr.head for pr in memory.prs if pr.head is not None}
        return {
            number: old
            for number, old in before.items()
            if (new := heads.get(number)) is not None and new != old and self.landings.contains(new, old)
        }

    def _owners(self, refs: Refs, memory: Memory) -> dict[PrNumber, AgentName]:
        """The memory has the exact name; the trailer of the landed commit serves where the memory was lost."""
        words = self.landings.commits(refs)
        owners = {number: commit.agent for number, commit in words.items() if commit.agent is not None}
        return {**owners, **{pr.number: pr.agent for pr in memory.prs if pr.agent is not None}}

    def _branches(self) -> dict[AgentName, Branch]:
        """The branches that the dependency file gives to agents; none while it has an error."""
        texts = read_rules(self.places, self.policy.dependencies)
        if texts.dependencies != self._declared[0]:
            file = load_dependencies(*texts.dependencies)[0] if texts.dependencies else DependencyFile()
            self._declared = texts.dependencies, file
        return dict(self._declared[1].branches)
