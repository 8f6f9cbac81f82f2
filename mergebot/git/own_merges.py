"""Merges inside a branch that hold something of their own, which a rebase, as it leaves merges out, would lose."""

from collections.abc import Iterable

from mergebot.errors import GitError
from mergebot.git.changes import Change, changes_or_reasons
from mergebot.git.merging import Merger, Result, ThreeWay
from mergebot.git.objects import Commit
from mergebot.git.paths import readable
from mergebot.model.ids import Sha
from mergebot.model.questions import IN_A_MERGE, Clean, ConflictedPath, Conflicts, Unanswered


def would_be_lost(merger: Merger, merges: Iterable[Sha]) -> Conflicts | Unanswered | None:
    """The first of these merges that is not what git makes of its parents: a conflict solved by hand, or an edit."""
    try:
        for sha in merges:
            merge = merger.objects.read_commit(sha)
            answer = _remerged(merger, merge)
            if isinstance(answer, Unanswered):
                return answer
            if isinstance(answer, Conflicts):
                return _stopped(sha, (path.path for path in answer.paths))
            if answer.tree != merge.tree:
                return _stopped(sha, _differing(merger, answer.tree, merge.tree))
    except GitError as error:
        return Unanswered(reason=error.message)
    return None


def _remerged(merger: Merger, merge: Commit) -> Result:
    """What git makes of the parents, one after the other."""
    ours, *others = merge.parents
    answer: Result = Clean(tree=merger.objects.read_commit(ours).tree)
    for theirs in others:
        [answer] = merger.merge([ThreeWay(ours=ours, theirs=theirs)], union_paths=())
        if not isinstance(answer, Clean):
            break
        ours = merger.stand_in(answer.tree, ours, theirs)
    return answer


def _differing(merger: Merger, old: Sha, new: Sha) -> list[str]:
    change = changes_or_reasons(merger.git(()), [(old, new)])[old, new]
    return [readable(path) for path in sorted(change.entries)] if isinstance(change, Change) else []


def _stopped(merge: Sha, paths: Iterable[str]) -> Conflicts:
    return Conflicts(paths=tuple(ConflictedPath(path=path, kind=IN_A_MERGE) for path in paths), commit=merge)
