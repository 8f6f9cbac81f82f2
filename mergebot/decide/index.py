"""The snapshot, indexed once: which open PRs are entries, and which is stacked on which (contract 1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from mergebot.decide.glob import matches_any
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.policy import Policy
from mergebot.model.snapshot import ClosedPullRequest, Head, PullRequest, Snapshot

K = TypeVar("K")
Relatives = Mapping[PrNumber, tuple[PrNumber, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulls:
    """Every PR by number, in the order of the numbers.

    `heads`: open PRs by head branch, forks left out. `natives`: the open PRs of each stack of the forge's own, by its
    number, the lowest first.
    """

    snapshot: Snapshot
    policy: Policy
    open: Mapping[PrNumber, PullRequest]
    closed: Mapping[PrNumber, ClosedPullRequest]
    heads: Mapping[Branch, tuple[PrNumber, ...]]
    natives: Mapping[int, tuple[PrNumber, ...]]

    def is_kept(self, branch: Branch) -> bool:
        """Whether a branch is base, or named in `cleanup.keep_branches`."""
        return branch == self.snapshot.base.branch or matches_any(self.policy.cleanup.keep_branches, branch)

    def is_long_lived(self, branch: Branch) -> bool:
        """Whether a branch is meant to stay: it is never rewritten, deleted, or a stack's parent by history."""
        if self.is_kept(branch):
            return True
        state = self.snapshot.branches.get(branch)
        return state is not None and state.protected

    def landed(self, number: PrNumber) -> bool:
        """Whether a PR was merged into base."""
        pr = self.closed.get(number)
        return pr is not None and pr.merged and pr.base == self.snapshot.base.branch


@dataclass(frozen=True, kw_only=True, slots=True)
class Index:
    """What is in the queue, and what stands on what.

    `entries`: open PRs into base, or stacked on one. `left_bases`: branches of merged PRs that open PRs may still
    have as their base, with the merged PR; `moved_bases`: those that somebody has pushed to since. `parents`: the open
    PRs that an entry is stacked on, the nearest only; `children`: the other way round. `merged_parents`: the merged PRs
    whose old commits an entry sits on. `onto`: the entries by base branch.
    """

    pulls: Pulls
    entries: Mapping[PrNumber, PullRequest]
    left_bases: Mapping[Branch, PrNumber]
    moved_bases: Mapping[Branch, tuple[PrNumber, ...]]
    parents: Relatives
    children: Relatives
    merged_parents: Relatives
    onto: Mapping[Branch, tuple[PrNumber, ...]]


def build_index(snapshot: Snapshot, policy: Policy) -> Index:
    """Index a snapshot, whatever the order in which it lists things, in time proportional to its size."""
    opened = {pr.number: pr for pr in sorted(snapshot.pull_requests, key=lambda pr: pr.number)}
    pulls = Pulls(
        snapshot=snapshot,
        policy=policy,
        open=opened,
        closed={pr.number: pr for pr in sorted(snapshot.closed, key=lambda pr: pr.number) if pr.number not in opened},
        heads=grouped((pr.head.branch, pr.number) for pr in opened.values() if not pr.head.fork),
        natives=_natives(opened),
    )
    left_bases, moved_bases = _left_bases(pulls)
    entries = _entries(pulls, left_bases, moved_bases)
    parents = {number: found for number, pr in entries.items() if (found := _parents(pulls, entries, pr))}
    return Index(
        pulls=pulls,
        entries=entries,
        left_bases=left_bases,
        moved_bases=moved_bases,
        parents=parents,
        children=grouped((parent, child) for child, above in parents.items() for parent in above),
        onto=grouped((pr.base, number) for number, pr in entries.items()),
        merged_parents={n: found for n, pr in entries.items() if (found := _merged_parents(pulls, left_bases, pr))},
    )


def has_label(pr: PullRequest, label: str) -> bool:
    """Whether a PR has a label."""
    return is_among(label, pr.labels)


def is_among(label: str, labels: frozenset[str]) -> bool:
    """Whether a label is one of these; platform: the case of a label's letters tells no two of them apart."""
    return label in labels or any(label.casefold() == other.casefold() for other in labels)


def grouped(pairs: Iterable[tuple[K, PrNumber]]) -> dict[K, tuple[PrNumber, ...]]:
    """The numbers of each key, in the order in which they come."""
    groups: dict[K, list[PrNumber]] = {}
    for key, number in pairs:
        groups.setdefault(key, []).append(number)
    return {key: tuple(numbers) for key, numbers in groups.items()}


def _natives(opened: Mapping[PrNumber, PullRequest]) -> dict[int, tuple[PrNumber, ...]]:
    """The open members of each stack of the forge's own, the lowest first."""
    places = [(pr.native.number, pr.native.position, n) for n, pr in opened.items() if pr.native is not None]
    return grouped((stack, number) for stack, _, number in sorted(places))


def _left_bases(pulls: Pulls) -> tuple[dict[Branch, PrNumber], dict[Branch, tuple[PrNumber, ...]]]:
    """Branches whose PR landed: those that have not moved since, and those that have, with all that landed from there.

    A long-lived branch counts as neither: what is open into `develop` stays there when `develop` is merged (contract
    4.3). So does a protected one that was pushed to since: what goes on there is nothing of ours.
    """
    left: dict[Branch, PrNumber] = {}
    moved: list[tuple[Branch, PrNumber]] = []
    for number, pr in pulls.closed.items():
        branch = pr.head.branch
        if pr.head.fork or not pulls.landed(number) or branch in pulls.heads or pulls.is_kept(branch):
            continue
        state = pulls.snapshot.branches.get(branch)
        if state is None or state.sha == pr.head.sha:
            left[branch] = number
        elif not state.protected:
            moved.append((branch, number))
    return left, grouped((branch, number) for branch, number in moved if branch not in left)


def _entries(
    pulls: Pulls, left_bases: Mapping[Branch, PrNumber], moved_bases: Mapping[Branch, tuple[PrNumber, ...]]
) -> dict[PrNumber, PullRequest]:
    """Open PRs into base, and those that stand on one by their base branch or their history.

    Also who stands on what has landed, and is open into its branch, which has moved since: it must not be forgotten.
    """
    base = pulls.snapshot.base.branch
    # A stack of the forge's own goes into one branch, that of its lowest member; all of it goes there.
    lowest = {n: pulls.open[stack[0]] for stack in pulls.natives.values() for n in stack}
    bases = {n: below.base for n, below in lowest.items()}
    reached = {n for n, pr in pulls.open.items() if (into := bases.get(n, pr.base)) == base or into in left_bases}
    reached |= {n for n, pr in pulls.open.items() if stands_on_moved(lowest.get(n, pr), moved_bases) is not None}
    others = {n: pr for n, pr in pulls.open.items() if n not in reached and n not in bases}
    if others:
        onto = grouped((pr.base, n) for n, pr in others.items())
        holding = grouped((below, n) for n, pr in others.items() for below in pr.contains)
        todo = list(reached)
        while todo:
            number = todo.pop()
            head = pulls.open[number].head
            stacked = onto.get(head.branch, ()) if not head.fork and head.branch != base else ()
            new = {*stacked, *holding.get(number, ())} - reached
            reached |= new
            todo += new
    return {n: pr for n, pr in pulls.open.items() if n in reached}


def stands_on_moved(pr: PullRequest, moved_bases: Mapping[Branch, tuple[PrNumber, ...]]) -> PrNumber | None:
    """The landed PR that a PR stands on and whose branch, into which it is open, has moved since; None if none."""
    return next((number for number in moved_bases.get(pr.base, ()) if number in pr.contains), None)


def twin_into_base(pr: PullRequest, pulls: Pulls) -> PrNumber | None:
    """Another open PR from the same branch, into base; platform: this one cannot be pointed there as well."""
    base, head = pulls.snapshot.base.branch, pr.head
    others = (pulls.open[n] for n in (pulls.open if head.fork else pulls.heads[head.branch]) if n != pr.number)
    # Of two forks' branches with one name and one commit nobody needs both either.
    key = (base, head.branch, head.sha, head.fork)
    same = (o.number for o in others if (o.base, o.head.branch, o.head.sha, o.head.fork) == key)
    return next(same, None)


def _parents(pulls: Pulls, entries: Mapping[PrNumber, PullRequest], pr: PullRequest) -> tuple[PrNumber, ...]:
    """The nearest open PRs that a PR is stacked on, by its base branch or its history."""
    found: set[PrNumber] = set()
    if pr.base != pulls.snapshot.base.branch:
        found.update(n for n in pulls.heads.get(pr.base, ()) if n in entries and n != pr.number)
    found.update(n for n in pr.contains if n in entries and _is_parent_by_history(pulls, entries[n], pr))
    if pr.native is not None:
        stack = pulls.natives[pr.native.number]
        place = stack.index(pr.number)
        return tuple(sorted({*found.difference(stack), *stack[max(place - 1, 0) : place]}))
    if len(found) <= 1:
        return tuple(found)
    nearest: list[PrNumber] = []
    covered: set[PrNumber] = set()
    # The one that contains the most comes first, and covers what it contains: a chain takes one round.
    for number in sorted(found, key=lambda n: (-len(entries[n].contains), n)):
        if number not in covered:
            nearest.append(number)
            covered.update(entries[number].contains)
    return tuple(sorted(n for n in nearest if n not in covered))


def _is_parent_by_history(pulls: Pulls, parent: PullRequest, pr: PullRequest) -> bool:
    """Forks and long-lived branches are none; nor is a PR that is itself based on this one (contract 1)."""
    head = parent.head
    based_on_it = parent.base == pr.head.branch and not pr.head.fork  # a fork's branch may be called like base
    return not head.fork and not based_on_it and not pulls.is_long_lived(head.branch)


def _is_long_lived_head(pulls: Pulls, head: Head) -> bool:
    """A fork's branch is short-lived here, whatever it is called there."""
    return not head.fork and pulls.is_long_lived(head.branch)


def _merged_parents(pulls: Pulls, left_bases: Mapping[Branch, PrNumber], pr: PullRequest) -> tuple[PrNumber, ...]:
    if not pr.contains and pr.base not in left_bases:
        return ()
    found = {n for n in pr.contains if pulls.landed(n) and not _is_long_lived_head(pulls, pulls.closed[n].head)}
    if pr.base in left_bases:
        found.add(left_bases[pr.base])
    return tuple(sorted(found))
