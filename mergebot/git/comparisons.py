"""Yes-or-no questions about commits: containment, the same patch, overlapping files. Each for many at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from mergebot.errors import GitError
from mergebot.git.batch import all_or_each
from mergebot.git.changes import Change, TreePair, changes_or_reasons
from mergebot.git.history import Standing, reaching, trees_of
from mergebot.git.landing import Lander
from mergebot.git.merging import Merger, TreeMerge
from mergebot.git.repository import Repository
from mergebot.model.ids import Sha
from mergebot.model.questions import Clean, Contains, Overlap, SamePatch, Truth, Unanswered

Told = Truth | Unanswered

BaseAndHead = tuple[Sha, Sha]


def contained(repo: Repository, questions: Collection[Contains]) -> dict[Contains, Told]:
    """Whether each commit is reachable from its head.

    A commit that is not in the repository is in no history that is. In a shallow clone no 'no' is certain.
    """
    present = trees_of(repo, (sha for question in questions for sha in (question.head, question.commit)))

    def ask(asked: list[Contains]) -> dict[Contains, Told]:
        reached = reaching(repo, {sha for question in asked for sha in (question.head, question.commit)})
        return {question: Truth(value=question.commit in reached[question.head]) for question in asked}

    def failed(question: Contains, error: GitError) -> dict[Contains, Told]:
        return {question: Unanswered(reason=error.message)}

    askable = [question for question in questions if question.head in present and question.commit in present]
    told = all_or_each(ask, askable, failed)
    for question in questions:
        known = Truth(value=False) if question.head in present else missing(question.head)
        told[question] = _unless_shallow(repo, told.get(question, known))
    return told


def missing(commit: Sha) -> Unanswered:
    """The answer about a commit that is not there."""
    return Unanswered(reason=f"commit {commit} is not in the repository")


def _unless_shallow(repo: Repository, answer: Told) -> Told:
    if answer == Truth(value=False) and (repo.common_dir / "shallow").exists():
        return Unanswered(reason="the repository is a shallow clone, so its history is cut off")
    return answer


class Comparer:
    """Compares changes, each taken from where its head left base."""

    def __init__(self, merger: Merger, lander: Lander) -> None:
        self._merger = merger
        self._lander = lander

    def same_patches(self, questions: Sequence[SamePatch]) -> dict[SamePatch, Told]:
        """Whether each new head has the patch of the old one (contract 1).

        Old's own change, carried from its merge base to new's, must be clean and give exactly new's tree. It is a
        merge, so white space, modes and binary files count, which a patch-id would not see. With several merge bases
        there is no one change to speak of, and nothing is taken for the same.
        """
        standings = self._standings((q.base, sha) for q in questions for sha in (q.old, q.new))
        trees = self._trees(standings)
        told: dict[SamePatch, Told] = {}
        jobs: dict[tuple[str, ...], dict[SamePatch, TreeMerge]] = defaultdict(dict)
        for question in questions:
            old, new = standings[question.base, question.old], standings[question.base, question.new]
            if question.old == question.new:
                told[question] = Truth(value=True)
            elif isinstance(old, str) or isinstance(new, str):
                told[question] = Unanswered(reason=old if isinstance(old, str) else str(new))
            elif len(old.bases) == len(new.bases) == 1:
                base, ours = trees[old.bases[0]], trees[new.bases[0]]
                merge = TreeMerge(base=base, ours=ours, theirs=trees[question.old])
                jobs[question.union_paths][question] = merge
            else:
                told[question] = Truth(value=False)
        for globs, group in jobs.items():
            answers = self._merger.merge(list(group.values()), union_paths=globs)
            for question, answer in zip(group, answers, strict=True):
                same = Truth(value=answer == Clean(tree=trees[question.new]))
                told[question] = answer if isinstance(answer, Unanswered) else same
        return told

    def overlapping(self, questions: Sequence[Overlap]) -> dict[Overlap, Told]:
        """Whether a file that the head changes was changed on base too, since their merge base (contract 4.2)."""
        standings = self._standings((question.base, question.head) for question in questions)
        trees = self._trees(standings)
        sides: dict[BaseAndHead, tuple[list[TreePair], list[TreePair]]] = {}
        for (base, head), at in standings.items():
            forks = [trees[fork] for fork in at.bases] if isinstance(at, Standing) else []
            sides[base, head] = [(fork, trees[head]) for fork in forks], [(fork, trees[base]) for fork in forks]
        pairs = (pair for both in sides.values() for side in both for pair in side)
        changes = changes_or_reasons(self._merger.git(), pairs)
        told: dict[Overlap, Told] = {}
        for question in questions:
            at = standings[question.base, question.head]
            mine, theirs = ([changes[pair] for pair in side] for side in sides[question.base, question.head])
            told[question] = Unanswered(reason=at) if isinstance(at, str) else _overlap(question.head, mine, theirs)
        return told

    def _standings(self, asked: Iterable[BaseAndHead]) -> dict[BaseAndHead, Standing | str]:
        heads: dict[Sha, set[Sha]] = defaultdict(set)
        for base, head in asked:
            heads[base].add(head)
        return {
            (base, head): at
            for base, group in heads.items()
            for head, at in self._lander.standings(base, group).items()
        }

    def _trees(self, standings: dict[BaseAndHead, Standing | str]) -> dict[Sha, Sha]:
        """The trees of all commits that can be read: bases, heads and merge bases."""
        readable = {names: at for names, at in standings.items() if isinstance(at, Standing)}
        commits = (sha for names, at in readable.items() for sha in (*names, *at.bases))
        return {sha: commit.tree for sha, commit in self._merger.objects.find_commits(commits).items()}


def _overlap(head: Sha, mine: Sequence[Change | str], theirs: Sequence[Change | str]) -> Told:
    """With several merge bases a file counts when it differs from any: rather one rebase too many."""
    unread = [change for change in (*mine, *theirs) if isinstance(change, str)]
    if unread or not mine:
        return Unanswered(reason=unread[0] if unread else f"commit {head} has no history in common with base")
    paths = [
        {path for change in side if isinstance(change, Change) for path in change.entries} for side in (mine, theirs)
    ]
    return Truth(value=not paths[0].isdisjoint(paths[1]))
