"""What git itself says of heads and of merged pull requests, in a few processes for any number of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mergebot.git.paths import name
from mergebot.git.repository import Repository
from mergebot.model.ids import AgentName, Branch, PrNumber, Sha

HEADS: Final = "refs/heads/"
MERGED: Final = "refs/mergebot/merged/"
LANDED: Final = "refs/mergebot/landed/"
REBASED: Final = "refs/mergebot/rebased/"
CHECKOUT: Final = "refs/mergebot/checkout/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refs:
    """The refs that matter here, read at one moment; `other` by full name."""

    heads: Mapping[Branch, Sha]
    merged: Mapping[PrNumber, Sha]
    landed: Mapping[PrNumber, Sha]
    rebased: Mapping[PrNumber, tuple[Sha, ...]]
    checkouts: Mapping[str, Sha]

    def numbers(self) -> set[PrNumber]:
        """Every number that a ref knows."""
        return {*self.merged, *self.landed, *self.rebased}


@dataclass(frozen=True, kw_only=True, slots=True)
class LandedCommit:
    """The words of a squash commit: its subject, the text after it, and the agent of its `Agent:` trailer."""

    subject: str
    body: str
    agent: AgentName | None


@dataclass
class Landings:
    """Remembers what can never change: the words of a commit, and what a commit of base contains."""

    git: Repository
    _commits: dict[Sha, LandedCommit] = field(default_factory=dict)
    _on_base: tuple[Sha, frozenset[Sha], frozenset[PrNumber]] | None = None
    _ancestry: dict[tuple[Sha, Sha], bool] = field(default_factory=dict)

    def refs(self) -> Refs:
        """Read the refs: all branches, and the bot's own."""
        listed = self.git.run("for-each-ref", "--format=%(objectname) %(refname)", HEADS, "refs/mergebot/")
        every = {name(ref): Sha(sha.decode()) for sha, _, ref in (line.partition(b" ") for line in listed.splitlines())}
        rebased: dict[PrNumber, tuple[Sha, ...]] = {}
        for ref, sha in every.items():
            number, slash, _ = ref.removeprefix(REBASED).partition("/")
            if ref.startswith(REBASED) and slash and _is_number(number):
                rebased[PrNumber(int(number))] = (*rebased.get(PrNumber(int(number)), ()), sha)
        return Refs(
            heads={Branch(ref.removeprefix(HEADS)): sha for ref, sha in every.items() if ref.startswith(HEADS)},
            merged=_numbered(every, MERGED),
            landed=_numbered(every, LANDED),
            rebased=rebased,
            checkouts={ref: sha for ref, sha in every.items() if ref.startswith(CHECKOUT)},
        )

    def on_base(self, refs: Refs, base: Sha) -> frozenset[PrNumber]:
        """The pull requests whose landed commit base contains: they are merged, whatever any file says."""
        landed = frozenset(refs.landed.values())
        if not landed:
            return frozenset()
        if self._on_base is None or self._on_base[:2] != (base, landed):
            listed = self.git.run("for-each-ref", f"--merged={base}", "--format=%(refname)", LANDED).decode()
            numbers = (ref.removeprefix(LANDED) for ref in listed.split())
            self._on_base = base, landed, frozenset(PrNumber(int(number)) for number in numbers if _is_number(number))
        return self._on_base[2]

    def commits(self, refs: Refs) -> Mapping[PrNumber, LandedCommit]:
        """The words of every landed commit."""
        if any(sha not in self._commits for sha in refs.landed.values()):
            self._read_commits()
        return {number: self._commits[sha] for number, sha in refs.landed.items() if sha in self._commits}

    def _read_commits(self) -> None:
        fields = "%(objectname)%00%(subject)%00%(body)%00%(trailers:key=Agent,valueonly)%00%00"
        for record in self.git.run("for-each-ref", f"--format={fields}", LANDED).split(b"\0\0\n"):
            sha, *words = record.split(b"\0")
            if not words:  # what follows the last record
                continue
            subject, body, agents, *_ = (word.decode("utf-8", "replace").strip() for word in words)
            # The bot's own trailers come last; a line in the text above them cannot stand in for them.
            agent = AgentName(agents.splitlines()[-1]) if agents else None
            self._commits[Sha(sha.decode())] = LandedCommit(subject=subject, body=body, agent=agent)

    def contains(self, head: Sha, commit: Sha) -> bool:
        """Is `commit` reachable from `head`? No, where git does not know one of them."""
        if head == commit:
            return True
        if (head, commit) not in self._ancestry:
            self._ancestry[head, commit] = self.git.is_ancestor(commit, head)
        return self._ancestry[head, commit]


def _numbered(refs: Mapping[str, Sha], prefix: str) -> dict[PrNumber, Sha]:
    tails = ((ref.removeprefix(prefix), sha) for ref, sha in refs.items() if ref.startswith(prefix))
    return {PrNumber(int(tail)): sha for tail, sha in tails if _is_number(tail)}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and not text.startswith("0") and len(text) <= 10  # noqa: PLR2004 (2^31)
