"""Which PRs conflict: with base, with each other, and in the order in which they would land. Git itself answers."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from mergebot.errors import GitError
from mergebot.git.changes import TreePair, changes_between
from mergebot.git.closing import Closing
from mergebot.git.culprits import culprits_among, with_culprits
from mergebot.git.history import Standing
from mergebot.git.landing import Landed, Lander, Replaying, Tip
from mergebot.git.merging import Merger
from mergebot.git.pairs import Pairs, Squashed
from mergebot.git.repository import Repository
from mergebot.model.ids import Sha
from mergebot.model.questions import Clean, Collided, Collisions, Conflicts, Forecast, Landing, Link, Unanswered


class Predictor(Closing):
    """Answers about conflicts for one pass, and remembers them; a context manager.

    All that git writes for it goes to a scratch that is thrown away at the end.
    """

    def __init__(self, repo: Repository) -> None:
        self._repo = repo
        self.merger = Merger(repo, scratch=True)
        self.lander = Lander(repo, self.merger)
        self._pairs = Pairs(self.merger)

    @property
    def pairs_merged(self) -> int:
        """How many pairs were given to git so far."""
        return self._pairs.merged

    def against_base(self, base: Sha, heads: Collection[Sha]) -> dict[Sha, Landed]:
        """What the ordinary merge of each head into base gives; a conflict names the commits of base behind it."""
        tip = self.lander.tip(base)
        if tip is None:
            return dict.fromkeys(heads, _no_base(base))
        found = self.lander.merged(tip, list(heads))
        return {
            head: with_culprits(answer, self._repo, base=base, head=head) if isinstance(answer, Conflicts) else answer
            for head, answer in found.items()
        }

    def collisions(self, question: Collisions) -> Collided | Unanswered:
        """The pairs that conflict with each other on base, though each of the two merges into it by itself."""
        tip = self.lander.tip(question.base)
        if tip is None:
            return _no_base(question.base)
        try:
            found = self._pairs.colliding(tip, self._squashed(tip, question.links))
        except GitError as error:
            return Unanswered(reason=error.message)
        return found if isinstance(found, Unanswered) else Collided(pairs=tuple(found))

    def forecast(self, question: Forecast) -> Landing:
        """What each link gives on base and all links before it that were clean.

        A conflict names the heads of the earlier links that changed the same paths, else the commits of base.
        """
        tip = self.lander.tip(question.base)
        if tip is None:
            return Landing(links=tuple(_no_base(question.base) for _ in question.links))
        self.lander.standings(tip.base, {link.head for link in question.links})
        return Landing(links=tuple(self._in_order(tip, question.links)))

    def _squashed(self, tip: Tip, links: Sequence[Link]) -> list[Squashed]:
        """Those of the links that merge into base by themselves and change something, in squash space."""
        answers = zip(links, self._land(tip, links), strict=True)
        trees = {link: answer.tree for link, answer in answers if isinstance(answer, Clean)}
        changes = changes_between(self.merger.git(), ((tip.tree, tree) for tree in trees.values()))
        standings = self.lander.standings(tip.base, {link.head for link in trees})
        own = {
            head: frozenset(commit.sha for commit in at.own)
            for head, at in standings.items()
            if isinstance(at, Standing)
        }
        return [
            Squashed(link=link, tree=tree, change=changes[tip.tree, tree], own=own[link.head])
            for link, tree in trees.items()
            if link.head in own
        ]

    def _land(self, tip: Tip, links: Sequence[Link]) -> list[Landed]:
        """What each of these links gives on the tip, by itself."""
        merged = self.lander.merged(tip, [link.head for link in links if not link.excluded])
        jobs = [Replaying(tip=tip, head=link.head, excluded=link.excluded) for link in links if link.excluded]
        replayed = iter(self.lander.replayed(jobs) if jobs else ())
        return [next(replayed) if link.excluded else merged[link.head] for link in links]

    def _in_order(self, tip: Tip, links: Sequence[Link]) -> Iterator[Landed]:
        base, landed = tip.base, list[tuple[Sha, TreePair]]()
        for link in links:
            [answer] = self._land(tip, [link])
            if isinstance(answer, Clean):
                landed.append((link.head, (tip.tree, answer.tree)))
                tip = self.lander.on_top(tip, answer.tree)
            yield self._blamed(answer, base, link, landed) if isinstance(answer, Conflicts) else answer

    def _blamed(self, conflicts: Conflicts, base: Sha, link: Link, landed: Sequence[tuple[Sha, TreePair]]) -> Conflicts:
        try:
            changes = changes_between(self.merger.git(), (pair for _, pair in landed))
        except GitError:  # who it was is help, not the answer
            return conflicts
        heads = culprits_among(conflicts, ((head, changes[pair]) for head, pair in landed))
        if heads:
            return replace(conflicts, brought_by=heads)
        return with_culprits(conflicts, self._repo, base=base, head=link.head)

    def close(self) -> None:
        """Throw the scratch away."""
        self.merger.close()


def _no_base(base: Sha) -> Unanswered:
    return Unanswered(reason=f"base {base} is not in the repository")
