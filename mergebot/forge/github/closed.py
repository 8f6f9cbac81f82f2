"""PRs that are no longer open, as far as an open one may have to do with them."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mergebot.forge.github import queries
from mergebot.forge.github.asking import Answer, Ask, unclear
from mergebot.forge.github.bases import past_bases
from mergebot.forge.github.outgrown import former_tips
from mergebot.forge.github.parse_checks import seconds
from mergebot.forge.github.parse_pull import labels_of
from mergebot.forge.github.people import People
from mergebot.forge.github.session import TIPS, Landed
from mergebot.model.ids import AgentName, Branch, PrNumber, Sha
from mergebot.model.policy import DependencyFile
from mergebot.model.snapshot import ClosedPullRequest, Head, NativeStack

Node = Mapping[str, Any]

LATELY: Final = 30 * 24 * 3600.0
"""Seconds for which a tip that was not kept in time is still kept."""

DAY: Final = 24 * 3600.0

_DEPENDS: Final = re.compile(r"depends?[-_ ]?(?:up)?on\b[^\n]*", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?:#|\bGH-|/pull/|/issues/|\bon:?\s*)([0-9]{1,9})\b", re.IGNORECASE)
_AGENT: Final = re.compile(r"\bagent[*_]{0,3}\s*:[*_\s]*([^\s,;]+)", re.IGNORECASE)
_PREFIX: Final = "agent:"
_BIGGEST: Final = 2**31 - 1
"""GraphQL's `Int`: a larger number is no PR's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What has to be looked up: PRs by number, by branch and by label."""

    numbers: frozenset[PrNumber] = frozenset()
    branches: frozenset[Branch] = frozenset()
    labels: frozenset[str] = frozenset()

    def asks(self) -> list[Ask]:
        """The questions, always in the same order."""
        of = queries.ENDED
        return [
            *(Ask(text=queries.ANY_NUMBER, args=(("Int!", n),), fragment=of) for n in sorted(self.numbers)),
            *(Ask(text=queries.BY_BRANCH, args=(("String!", b),), fragment=of) for b in sorted(self.branches)),
            *(Ask(text=queries.BY_LABEL, args=(("String!", b),), fragment=of) for b in sorted(self.labels)),
        ]

    def __sub__(self, other: "Wanted") -> "Wanted":
        return Wanted(
            numbers=self.numbers - other.numbers,
            branches=self.branches - other.branches,
            labels=self.labels - other.labels,
        )

    def __or__(self, other: "Wanted") -> "Wanted":
        return Wanted(
            numbers=self.numbers | other.numbers,
            branches=self.branches | other.branches,
            labels=self.labels | other.labels,
        )


def wanted(
    opened: Collection[Node], ended: Collection[Node], *, file: DependencyFile, base: Branch, every_agent: bool
) -> Wanted:
    """What open PRs may depend on that is neither open nor among the PRs that ended lately.

    `every_agent`: not only those that an open PR's agent depends on (`queue.waves: barrier`).
    """
    known = {node["number"] for node in (*opened, *ended)}
    numbers = {number for node in opened for number in _named_numbers(node["body"])} - known
    heads = {node["headRefName"] for node in (*opened, *ended) if not node["isCrossRepository"]}
    bases = ({Branch(node["baseRefName"]) for node in opened} | past_bases(opened)) - heads - {base}
    agents = _agents_to_find(opened, ended, file, base, every_agent=every_agent)
    return Wanted(
        numbers=frozenset(PrNumber(number) for number in numbers),
        branches=frozenset(bases).union(branch for name in agents for branch in _branches_of(name, file)),
        labels=frozenset(f"{_PREFIX}{name}" for name in agents),
    )


def found_in(answers: Iterable[Answer]) -> Iterator[Node]:
    """The ended PRs in these answers; what does not exist, is an issue or is open is none.

    Raises:
        MergebotError: an answer is missing for another reason than that.
    """
    for answer in answers:
        if answer.value is None and not answer.is_missing:
            raise unclear(answer.errors[0])
        if answer.value is None:
            continue
        nodes = answer.value.get("nodes", [answer.value])
        if any(node is None for node in nodes):
            raise unclear(answer.errors[0])
        yield from (node for node in nodes if node.get("state") in ("MERGED", "CLOSED"))


def _named_numbers(body: str) -> set[int]:
    """Rather one too many: what really counts as a dependency is decided elsewhere."""
    found = (match for line in _DEPENDS.findall(body) for match in _NUMBER.findall(line))
    return {number for number in map(int, found) if 0 < number <= _BIGGEST}


def _agents_to_find(
    opened: Collection[Node], ended: Collection[Node], file: DependencyFile, base: Branch, *, every_agent: bool
) -> set[AgentName]:
    """Agents that an open PR may depend on, with no open PR of their own, and none that ended lately."""
    agents = file.agents()
    if not agents:
        return set()
    present = {name for name in agents if any(_is_of(name, node, file) for node in opened)}
    named = {AgentName(name.strip("*_`.,;")) for node in opened for name in _AGENT.findall(node["body"])} & agents
    needed = set(agents) if every_agent else {n for name in present | named for n in file.dependencies.get(name, ())}
    merged = {name for name in agents for node in ended if node["baseRefName"] == base and _is_of(name, node, file)}
    return ((needed | named) & agents) - present - merged


def _is_of(name: AgentName, node: Node, file: DependencyFile) -> bool:
    """Whether a PR seems to be an agent's, by its branch or its labels."""
    if f"{_PREFIX}{name}" in labels_of(node):
        return True
    return not node["isCrossRepository"] and node["headRefName"] in _branches_of(name, file)


def _branches_of(name: AgentName, file: DependencyFile) -> set[Branch]:
    """The branches by which an agent's PR is known or guessed (contract 2.2)."""
    guesses = {f"feature/{name}", f"agent/{name}", name, f"feature/{name.removesuffix('-agent')}"}
    said = file.branches.get(name)
    return {Branch(guess) for guess in guesses} | ({said} if said is not None else set())


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """What an ended PR is read with. `refs`: every ref by its full name. `bases`: branches that open PRs are open into.

    `held`: commits that an open PR has and base has not. `landed`: what this pass has merged. `former`, `outgrown`:
    earlier heads, before a rebase by mergebot and before their author added to them.
    """

    people: People
    refs: Mapping[str, Sha]
    bases: Collection[Branch]
    held: Collection[Sha]
    now: float
    landed: Mapping[PrNumber, Landed] = field(default_factory=dict)
    former: Mapping[PrNumber, tuple[Sha, ...]] = field(default_factory=dict)
    outgrown: Mapping[PrNumber, tuple[Sha, ...]] = field(default_factory=dict)
    native: Mapping[PrNumber, NativeStack] = field(default_factory=dict)


def parse_ended(node: Node, past: Past) -> ClosedPullRequest:
    """One ended PR; what this pass has merged has ended, whatever GitHub still says."""
    number = PrNumber(node["number"])
    landed = past.landed.get(number)
    commit = node.get("mergeCommit")
    is_merged = landed is not None or node["state"] == "MERGED"
    head = landed.head if landed else Sha(node["headRefOid"])
    return ClosedPullRequest(
        number=number,
        title=node["title"],
        body=node["body"],
        head=Head(branch=Branch(node["headRefName"]), sha=head, fork=node["isCrossRepository"]),
        base=Branch(node["baseRefName"]),
        author=past.people.person(node["author"], association=node["authorAssociation"]),
        merged=is_merged,
        landed=landed.sha if landed else Sha(commit["oid"]) if commit and is_merged else None,
        labels=labels_of(node),
        former_tips=former_tips(number, head, past.former, past.outgrown),
        kept=not is_merged or not is_needed(node, past),
        native=past.native.get(number),
    )


def merged_by(node: Node, past: Past) -> str:
    """Who merged it, as one says it; "" for mergebot itself."""
    number = PrNumber(node["number"])
    if number in past.landed or f"{TIPS}{number}" in past.refs:
        return ""
    person = past.people.person(node.get("mergedBy"))
    return "" if person.is_me else person.login


def is_needed(node: Node, past: Past) -> bool:
    """Whether its last tip has still to be kept: mergebot merged it lately, or an open PR stands on it."""
    number = PrNumber(node["number"])
    if f"{TIPS}{number}" in past.refs:
        return False
    if number in past.landed:
        return True
    lately = past.now - seconds(node["mergedAt"]) < LATELY
    if lately and node.get("mergedBy") is not None and past.people.person(node["mergedBy"]).is_me:
        return True
    return node["headRefOid"] in past.held or (not node["isCrossRepository"] and node["headRefName"] in past.bases)
