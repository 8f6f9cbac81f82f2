"""How commits stand to each other: own commits, what contains what, merge bases; many heads in one walk.

Git lists the commits once for all heads, parents before children; who reaches whom is then told by sets of commits,
kept as the bits of one integer per commit.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mergebot.errors import GitError
from mergebot.git.batch import all_or_each
from mergebot.git.repository import Repository
from mergebot.model.ids import Sha

Parents = Mapping[Sha, tuple[Sha, ...]]
"""Commits with their parents, parents before children; a parent that is no key lies outside of what was listed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnCommit:
    """A commit that base does not reach; `author` is `Name <email>`."""

    sha: Sha
    parents: tuple[Sha, ...]
    author: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How one head stands to base.

    `own`: the commits that base does not reach, oldest first. `bases`: its merge bases with base, several in a
    criss-cross history, none in an unrelated one. `contains`: those of the other heads that are strict ancestors
    and that base does not reach.
    """

    own: tuple[OwnCommit, ...]
    bases: tuple[Sha, ...]
    contains: frozenset[Sha]


def trees_of(repo: Repository, commits: Iterable[Sha]) -> dict[Sha, Sha]:
    """The tree of each of these commits, in one process; those that are missing or no commits are left out."""

    def ask(asked: list[Sha]) -> dict[Sha, Sha]:
        lines = "".join(f"{sha}^{{tree}}\n" for sha in asked)
        output = repo.run("cat-file", "--batch-check=%(objectname)", stdin=lines.encode())
        answers = output.decode("utf-8", "replace").splitlines()
        return {sha: Sha(tree) for sha, tree in zip(asked, answers, strict=True) if " " not in tree}

    asked = list(dict.fromkeys(commits))
    repo.trees.update(all_or_each(ask, (sha for sha in asked if sha not in repo.trees), lambda _sha, _error: {}))
    return {sha: repo.trees[sha] for sha in asked if sha in repo.trees}


def standings(
    repo: Repository, base: Sha, heads: Collection[Sha], *, there: Collection[Sha] | None = None
) -> dict[Sha, Standing | str]:
    """How each head stands to base; for one of which that cannot be told, the reason.

    `there`: those of base and heads that are in the repository, where the caller knows that already.

    All heads go into one walk. Only where that fails (a commit is missing in the middle of some history) is each
    head looked at by itself, so that one broken branch does not hide the others.
    """
    known = trees_of(repo, [base, *heads]) if there is None else there
    if base not in known:
        return dict.fromkeys(heads, f"base {base} is not in the repository")

    def reason(head: Sha, error: GitError) -> dict[Sha, Standing | str]:
        return {head: f"the history of {head} cannot be read: {error.message}"}

    found: dict[Sha, Standing | str] = {head: f"commit {head} is not in the repository" for head in heads}
    present = [head for head in found if head in known]
    return found | all_or_each(lambda asked: dict[Sha, Standing | str](_walk(repo, base, asked)), present, reason)


def reaching(repo: Repository, commits: Collection[Sha]) -> dict[Sha, frozenset[Sha]]:
    """For each of these commits, which of them it reaches, itself included.

    Raises:
        GitError: a commit, or one below it, is missing.
    """
    asked = list(dict.fromkeys(commits))
    if not asked:
        return {}
    # What all of them reach needs no walk; with nothing in common the walk goes down to the roots.
    common = repo.run("merge-base", "--octopus", "--all", *asked, ok=(0, 1)).decode().split()
    lines = "".join(f"{line}\n" for line in (*asked, *(f"^{sha}" for sha in common)))
    output = repo.run("rev-list", "--stdin", "--topo-order", "--reverse", "--parents", stdin=lines.encode()).decode()
    listed: Parents = {ids[0]: tuple(ids[1:]) for ids in ([*map(Sha, line.split())] for line in output.splitlines())}
    below = _gathered_upwards(listed, {sha: 1 << i for i, sha in enumerate(asked)})
    by_all = frozenset(sha for sha in asked if sha not in listed)
    return {sha: by_all.union(asked[i] for i in _bits(below.get(sha, 0))) for sha in asked}


def _walk(repo: Repository, base: Sha, heads: Sequence[Sha]) -> dict[Sha, Standing]:
    commits = _list_own(repo, base, heads)
    parents = {commit.sha: commit.parents for commit in commits.values()}
    marks = {head: 1 << i for i, head in enumerate(heads)}
    above, forks = _gathered_downwards(parents, marks)
    below = _gathered_upwards(parents, marks)
    own = _per_head(heads, above)
    bases = _independent(repo, _per_head(heads, forks))
    return {
        head: Standing(
            own=tuple(commits[sha] for sha in own[i]),
            bases=bases[i],
            contains=frozenset(heads[j] for j in _bits(below.get(head, 0)) if j != i),
        )
        for i, head in enumerate(heads)
    }


def _list_own(repo: Repository, base: Sha, heads: Sequence[Sha]) -> dict[Sha, OwnCommit]:
    """The commits that base does not reach, parents before children, else by date."""
    if not heads:
        return {}
    output = repo.run(
        "rev-list", "--stdin", "--date-order", "--reverse", "--encoding=UTF-8", "--no-commit-header",
        "--format=%H %P%x00%an <%ae>%x00%B%x00",
        stdin="".join(f"{line}\n" for line in (*heads, f"^{base}")).encode(),
    )  # fmt: skip
    fields = output.decode("utf-8", "replace").split("\0")
    listed = {}
    for ids, author, message in zip(*(iter(fields),) * 3, strict=False):
        sha, *parents = map(Sha, ids.split())
        listed[sha] = OwnCommit(sha=sha, parents=tuple(parents), author=author, message=message)
    return listed


def _gathered_upwards(parents: Parents, marks: Mapping[Sha, int]) -> dict[Sha, int]:
    """For each commit the marks on itself and on everything below it."""
    gathered: dict[Sha, int] = {}
    for sha, below in parents.items():
        bits = marks.get(sha, 0)
        for parent in below:
            bits |= gathered.get(parent, 0)
        gathered[sha] = bits
    return gathered


def _gathered_downwards(parents: Parents, marks: Mapping[Sha, int]) -> tuple[dict[Sha, int], dict[Sha, int]]:
    """For each commit the marks on itself and on everything above it: the listed ones, and those just outside."""
    gathered = dict.fromkeys(parents, 0)
    outside: dict[Sha, int] = {}
    for sha, bits in marks.items():
        (gathered if sha in gathered else outside)[sha] = bits
    for sha in reversed(gathered):
        for parent in parents[sha]:
            into = gathered if parent in gathered else outside
            into[parent] = into.get(parent, 0) | gathered[sha]
    return gathered, outside


def _per_head(heads: Sequence[Sha], marked: Mapping[Sha, int]) -> list[list[Sha]]:
    """For each head the commits that carry its mark, in their order."""
    found: list[list[Sha]] = [[] for _ in heads]
    for sha, bits in marked.items():
        for i in _bits(bits):
            found[i].append(sha)
    return found


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _independent(repo: Repository, groups: Sequence[Sequence[Sha]]) -> list[tuple[Sha, ...]]:
    """Of each group of commits of base those that no other one of it reaches: the merge bases."""
    reached = reaching(repo, [sha for group in groups if len(group) > 1 for sha in group])
    return [
        tuple(sha for sha in group if not any(sha in reached[other] for other in group if other != sha))
        for group in groups
    ]
