"""What `decide` may ask git, and what git answers.

`decide` is pure, so it cannot compute a merge. It looks its questions up in the snapshot; those without an answer
yet are listed in the plan, `observe` has them answered by git, and `decide` is asked again (a few rounds at most).
A question that stays unanswered is unknown, and unknown blocks.
"""

from dataclasses import dataclass
from typing import TypeAlias

from mergebot.model.ids import PrNumber, Sha


@dataclass(frozen=True, kw_only=True, slots=True)
class Squash:
    """Whether the head merges cleanly into base by the ordinary merge, as a forge does it, and the tree it gives.

    Answer: `Clean`, `Nothing` or `Conflicts`.
    """

    base: Sha
    head: Sha


@dataclass(frozen=True, kw_only=True, slots=True)
class Replay:
    """What does `git rebase --onto ONTO` of the head's own commits give?

    Own commits: those reachable from `head` and neither from `onto` nor from any of `excluded`.
    `union_paths`: globs of files in which both sides' lines are kept instead of a conflict.
    Answer: `Clean` (the tree of the new tip), `Nothing` or `Conflicts`; an own merge with something of its own (a
    conflict solved by hand), which a rebase would lose, counts as a conflict.
    """

    head: Sha
    excluded: tuple[Sha, ...]
    onto: Sha
    union_paths: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Contains:
    """Is `commit` reachable from `head`? Answer: `Truth`."""

    head: Sha
    commit: Sha


@dataclass(frozen=True, kw_only=True, slots=True)
class SamePatch:
    """Whether `new` has the patch of `old`: replayed onto the merge base of new, old gives the tree of new.

    `union_paths`: as in `Replay`, so that what such a rebase gives is still the patch it was.
    Answer: `Truth`.
    """

    base: Sha
    old: Sha
    new: Sha
    union_paths: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlap:
    """Do files that the head changes overlap with what came to base since their merge base? Answer: `Truth`."""

    base: Sha
    head: Sha


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One PR of a chain or a matrix; `excluded` as in `Replay` (empty: the ordinary merge of the head)."""

    pr: PrNumber
    head: Sha
    excluded: tuple[Sha, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Collisions:
    """Which pairs of these PRs conflict with each other on base? Answer: `Collided`.

    A PR that does not even merge into base by itself, and a pair of which one contains the other, is in no pair.
    """

    base: Sha
    links: tuple[Link, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What happens when these PRs land in this order, each on base plus all before it that were clean?

    Answer: `Landing`.
    """

    base: Sha
    links: tuple[Link, ...]


Question: TypeAlias = Squash | Replay | Contains | SamePatch | Overlap | Collisions | Forecast


@dataclass(frozen=True, kw_only=True, slots=True)
class Clean:
    """The merge or rebase is clean and gives this tree."""

    tree: Sha


@dataclass(frozen=True, kw_only=True, slots=True)
class Nothing:
    """Clean, but nothing is left: the result is what base already has."""


IN_A_MERGE = "changed in a merge"
"""The kind of a path that an own merge has changed, so that a rebase would lose it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConflictedPath:
    """One path in conflict; `kind` in git's own words (`content`, `add/add`, `modify/delete`, …), or `IN_A_MERGE`."""

    path: str
    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflicts:
    """The merge or rebase stops.

    `commit`: the own commit at which a rebase stops (None for a merge). `brought_by`: the commits of base, newest
    first, that changed these paths since the merge base; they tell who brought the other side.
    """

    paths: tuple[ConflictedPath, ...]
    commit: Sha | None = None
    brought_by: tuple[Sha, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """Yes or no."""

    value: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Collision:
    """Two PRs that each merge into base but not both; `a` < `b`."""

    a: PrNumber
    b: PrNumber
    paths: tuple[ConflictedPath, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Collided:
    """All pairs that collide, by number."""

    pairs: tuple[Collision, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unanswered:
    """Git could not answer (a missing object, a broken repository): unknown, with the reason."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Landing:
    """The answer for each link of a `Forecast`, in its order."""

    links: tuple[Clean | Nothing | Conflicts | Unanswered, ...]


Answer: TypeAlias = Clean | Nothing | Conflicts | Truth | Collided | Landing | Unanswered
