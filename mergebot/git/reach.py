"""Which commits some tips reach and others do not; for many such questions in one walk."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from mergebot.git.repository import Repository
from mergebot.model.ids import Sha

MOST_LISTED = 50_000
"""How many commits are listed at once at most; beyond that every question gets its own walk."""

Parents = tuple[Sha, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """The history that the tips do not all share. `reached_by`: the tips that reach a commit, as bits."""

    parents: Mapping[Sha, Parents]
    reached_by: Mapping[Sha, int]
    bits: Mapping[Sha, int]

    @classmethod
    def of(cls, repo: Repository, tips: Collection[Sha]) -> Self | None:
        """None where it is too long, or cannot be walked."""
        shared = repo.git.finish("merge-base", "--octopus", *tips) if tips else None
        if shared is None or shared.returncode:
            return None
        lines = [*tips, *(f"^{sha.decode()}" for sha in shared.stdout.split())]
        listed = _listed(repo, lines, "--topo-order", f"--max-count={MOST_LISTED + 1}")
        if listed is None or len(listed) > MOST_LISTED:
            return None
        bits = {tip: 1 << number for number, tip in enumerate(tips)}
        reached: dict[Sha, int] = defaultdict(int, bits)
        for commit, parents in listed.items():
            for parent in parents:
                reached[parent] |= reached[commit]
        return cls(parents=listed, reached_by={sha: reached[sha] for sha in listed}, bits=bits)

    def between(self, tips: Sequence[Sha], without: Sequence[Sha]) -> Iterator[tuple[Sha, Parents]]:
        """The commits that one of these tips reaches, and none of the others, with their parents."""
        wanted, unwanted = self._mask(tips), self._mask(without)
        for sha, reached in self.reached_by.items():
            if reached & wanted and not reached & unwanted:
                yield sha, self.parents[sha]

    def _mask(self, tips: Sequence[Sha]) -> int:
        mask = 0
        for tip in tips:
            mask |= self.bits[tip]
        return mask


def commits_between(repo: Repository, tips: Sequence[Sha], without: Sequence[Sha]) -> Iterator[tuple[Sha, Parents]]:
    """The same by a walk of its own; nothing where that cannot be told."""
    yield from (_listed(repo, [*tips, *(f"^{sha}" for sha in without)]) or {}).items()


def _listed(repo: Repository, lines: Sequence[str], *options: str) -> dict[Sha, Parents] | None:
    stdin = "".join(f"{line}\n" for line in lines).encode()
    done = repo.git.finish("rev-list", "--parents", *options, "--stdin", stdin=stdin)
    if done.returncode:
        return None
    ids = ([*map(Sha, line.split())] for line in done.stdout.decode().splitlines())
    return {sha: tuple(parents) for sha, *parents in ids}
