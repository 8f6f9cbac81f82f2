"""What git knows of every head: the files it changes, the PRs it contains, who wrote it, what it says."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mergebot.git.changes import Change, changes_or_reasons
from mergebot.git.history import OwnCommit, Standing, standings, trees_of
from mergebot.git.paths import readable
from mergebot.git.repository import Repository
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.snapshot import Files, Unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadFacts:
    """What git knows of one head.

    `files`: what it changes against its merge base with base (in a criss-cross history: against any of them), both
    ends of a rename, and where base may have moved them to since. `contains`: PRs whose head is a strict ancestor of
    this one and that base does not reach.
    Own commits are those that neither base nor a head that it is built on has. `authors`: of its own commits, as
    `Name <email>`, oldest first, each once. `subject` and `body`: the first line and the rest of its oldest own
    commit's message. `commits`: how many own commits it has.
    """

    files: Files | Unknown
    contains: tuple[PrNumber, ...] = ()
    authors: tuple[str, ...] = ()
    subject: str = ""
    body: str = ""
    commits: int = 0


def head_facts(
    repo: Repository, base: Sha, heads: Mapping[PrNumber, Sha], *, whose: Mapping[PrNumber, PrNumber] | None = None
) -> dict[PrNumber, HeadFacts]:
    """The facts about each head, by a handful of processes for all of them.

    `whose`: the PR that the commits below a number's head belong to, where that can be another's parent (default: it).
    What cannot be told of a head (it is missing, or has nothing in common with base) is unknown for that one alone.
    """
    found = standings(repo, base, set(heads.values()))
    files = _files(repo, base, {head: at for head, at in found.items() if isinstance(at, Standing)})
    owners: dict[Sha, list[PrNumber]] = defaultdict(list)
    for number, head in heads.items():
        owners[head].append(number)
    prs = whose if whose is not None else {number: number for number in heads}
    parts = {head: {prs[number] for number in numbers if number in prs} for head, numbers in owners.items()}
    facts = {head: _facts(at, _own(head, found, parts), files.get(head), owners) for head, at in found.items()}
    return {number: facts[head] for number, head in heads.items()}


def _own(head: Sha, found: Mapping[Sha, Standing | str], parts: Mapping[Sha, set[PrNumber]]) -> list[OwnCommit]:
    """The commits that neither base nor any other PR that this head is built on has; `parts`: whose each head is."""
    at = found[head]
    if isinstance(at, str):
        return []
    lower = (below for below in at.contains if parts[below] - parts[head])
    parents = (parent for below in lower if isinstance(parent := found[below], Standing))
    below = {commit.sha for parent in parents for commit in parent.own}
    return [commit for commit in at.own if commit.sha not in below]


def _facts(
    at: Standing | str, own: Sequence[OwnCommit], files: Files | Unknown | None, owners: Mapping[Sha, list[PrNumber]]
) -> HeadFacts:
    if isinstance(at, str) or files is None:
        return HeadFacts(files=Unknown(reason=str(at)))
    first, _, rest = own[0].message.lstrip("\n").partition("\n") if own else ("", "", "")
    return HeadFacts(
        files=files,
        contains=tuple(sorted(number for head in at.contains for number in owners[head])),
        authors=tuple(dict.fromkeys(commit.author for commit in own)),
        subject=first.strip(),
        body=rest.strip(),
        commits=len(own),
    )


def _files(repo: Repository, base: Sha, heads: Mapping[Sha, Standing]) -> dict[Sha, Files | Unknown]:
    trees = trees_of(repo, (base, *(sha for head, at in heads.items() for sha in (head, *at.bases))))
    pairs = {head: [(trees[fork], trees[head]) for fork in at.bases] for head, at in heads.items()}
    theirs = {fork: (fork, trees[base]) for group in pairs.values() for fork, _ in group}
    every = (*(pair for group in pairs.values() for pair in group), *theirs.values())
    changes = changes_or_reasons(repo.git, every)
    return {
        head: _files_of(head, [(changes[pair], changes[theirs[pair[0]]]) for pair in group])
        for head, group in pairs.items()
    }


def _files_of(head: Sha, sides: Sequence[tuple[Change | str, Change | str]]) -> Files | Unknown:
    """Against several merge bases a file counts when it differs from any: rather one too many than one too few.

    `sides`: for each merge base what the head has changed since, and what base has.
    """
    if not sides:
        return Unknown(reason=f"commit {head} has no history in common with base")
    paths: set[str] = set()
    for mine, theirs in sides:
        if isinstance(mine, str) or isinstance(theirs, str):
            return Unknown(reason=mine if isinstance(mine, str) else str(theirs))
        paths.update(map(readable, (*mine.entries, *_carried(mine, theirs))))
    return Files(paths=tuple(sorted(paths)))


def _carried(mine: Change, theirs: Change) -> Iterable[bytes]:
    """Where a merge may carry changes of files that base has moved: to any file that came to base since.

    Which one it is would take the contents to tell; rather one too many here, too.
    """
    gone = set(theirs.with_status(b"D"))
    moved = any(path in gone and not entry.endswith(b"D") for path, entry in mine.entries.items())
    return theirs.with_status(b"A") if moved else ()
