"""Three-way merges in the object store, many at once, by git itself (`git merge-tree`).

A given merge base is not named to git (2.39 knows no way to, in a batch) but said by the shape of history: the two
trees get stand-in commits whose only parent is a stand-in for the base, so git finds that one and no other. It is the
same merge, works from git 2.38 on, needs no walk through history, and serves for bare trees as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias

from mergebot.errors import GitError
from mergebot.git.mergetree import Merged, read_batch, read_single
from mergebot.git.objects import Commit, Objects
from mergebot.git.process import Git, last_words
from mergebot.git.repository import Repository
from mergebot.git.scratch import Scratch
from mergebot.model.ids import Sha
from mergebot.model.questions import Clean, Conflicts, Unanswered

MERGE = ("merge-tree", "--write-tree", "-z", "--name-only", "--messages")
BATCH_GIT = (2, 39)
"""The first git with `merge-tree --stdin`."""

NOBODY = b"mergebot <> 0 +0000"

Result: TypeAlias = Clean | Conflicts | Unanswered


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreeWay:
    """Merge two commits. `base` None: git finds the merge base or bases; given: exactly that one counts."""

    ours: Sha
    theirs: Sha
    base: Sha | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TreeMerge:
    """Merge two trees that come from a third one."""

    base: Sha
    ours: Sha
    theirs: Sha


class Merger:
    """Merges of one repository; a context manager.

    `scratch` True: all that is written (trees, blobs, commits) is thrown away at the end; False: it goes into the
    repository. `union_paths`: globs of the files in which both sides' lines are kept, unless a call says otherwise.
    """

    def __init__(self, repo: Repository, *, scratch: bool, union_paths: Sequence[str] = ()) -> None:
        self._repo = repo
        self._union_paths = tuple(union_paths)
        self._scratch = Scratch()
        self._writes_to = self._scratch.objects() if scratch else repo.objects_dir
        self._gits: dict[tuple[str, ...], Git] = {}
        self._standins: dict[tuple[Sha, ...], Sha] = {}
        git = self.git()
        self.objects = Objects(repo, scratch=self._writes_to, git=git)
        self._private = Objects(repo, scratch=self._scratch.objects(), git=git)

    def git(self, union_paths: Sequence[str] | None = None) -> Git:
        """Git that sees the repository's objects and all that was written here, but no ref and no configuration."""
        globs = self._union_paths if union_paths is None else tuple(union_paths)
        if globs not in self._gits:
            self._gits[globs] = self._scratch.git(self._repo, writes_to=self._writes_to, union_paths=globs)
        return self._gits[globs]

    def merge(self, jobs: Sequence[ThreeWay], *, union_paths: Sequence[str] | None = None) -> list[Result]:
        """The answer for each of these merges, in order, all in one batch."""
        named = {sha for job in jobs for sha in (job.ours, job.theirs, job.base) if sha is not None}
        try:
            commits = self.objects.find_commits(named)
        except GitError as error:
            return [Unanswered(reason=error.message) for _ in jobs]
        known = [job for job in jobs if not _missing(job, commits)]
        pairs = [self._pair(job, commits) for job in known]
        answers = iter(self._merge_pairs(pairs, self.git(union_paths)))
        return [_unknown(job, commits) or next(answers) for job in jobs]

    def merge_trees(self, jobs: Sequence[TreeMerge], *, union_paths: Sequence[str] | None = None) -> list[Result]:
        """The same for trees. Where one side is the base, or both are one, git need not be asked."""
        hard = [job for job in jobs if trivial_merge(job) is None]
        answers = iter(self._merge_pairs([self._standin_pair(job) for job in hard], self.git(union_paths)))
        return [trivial_merge(job) or next(answers) for job in jobs]

    def join(self, commits: Sequence[Sha]) -> Sha:
        """A private commit that reaches all of these, for walks that know one upstream only; no merge is done."""
        return self._standin(self.objects.empty_tree, *commits)

    def _pair(self, job: ThreeWay, commits: Mapping[Sha, Commit]) -> tuple[Sha, Sha]:
        if job.base is None:
            return job.ours, job.theirs
        trees = (commits[sha].tree for sha in (job.base, job.ours, job.theirs))
        base, ours, theirs = trees
        return self._standin_pair(TreeMerge(base=base, ours=ours, theirs=theirs))

    def _standin_pair(self, job: TreeMerge) -> tuple[Sha, Sha]:
        base = self._standin(job.base)
        return self._standin(job.ours, base), self._standin(job.theirs, base)

    def _standin(self, tree: Sha, *parents: Sha) -> Sha:
        key = (tree, *parents)
        if key not in self._standins:
            self._standins[key] = self._private.write_commit(
                tree=tree, parents=parents, author=NOBODY, committer=NOBODY, message=b""
            )
        return self._standins[key]

    def _merge_pairs(self, pairs: Sequence[tuple[Sha, Sha]], git: Git) -> list[Result]:
        if self._repo.version < BATCH_GIT:
            return [_merge_one(git, pair) for pair in pairs]
        return _merge_batch(git, pairs)

    def close(self) -> None:
        """End the processes and throw the scratch away."""
        self.objects.close()
        self._private.close()
        self._scratch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _merge_batch(git: Git, pairs: Sequence[tuple[Sha, Sha]]) -> list[Result]:
    """One process for all, which ends at the end of its input: before 2.49 git does not flush after each answer.

    It dies at a merge it cannot do (a missing object, no common history); that one is unanswered, and the rest is
    asked again.
    """
    answers: list[Result] = []
    most = len(pairs)
    while len(answers) < len(pairs):
        asked = pairs[len(answers) : len(answers) + most]
        lines = "".join(f"{ours} {theirs}\n" for ours, theirs in asked)
        done = git.finish(*MERGE, "--stdin", stdin=lines.encode())
        got: list[Merged] = list(read_batch(done.stdout, asked))
        if len(got) < len(asked) and done.returncode < 0 and len(asked) > 1:
            # A crash, unlike a refusal, loses finished answers, so it does not tell which merge it was.
            most = (len(asked) + 1) // 2
            continue
        answers += got
        if len(got) < len(asked):
            answers.append(_unanswered(done.stderr))
    return answers


def _merge_one(git: Git, pair: tuple[Sha, Sha]) -> Result:
    done = git.finish(*MERGE, *pair)
    # Status 1 also stands for an object that is missing; then there is no output.
    if done.returncode in {0, 1} and done.stdout:
        return read_single(done.stdout, pair, clean=done.returncode == 0)
    return _unanswered(done.stderr)


def _unanswered(stderr: bytes) -> Unanswered:
    return Unanswered(reason=f"git could not merge: {last_words(stderr) or 'it ended without a word'}")


def trivial_merge(job: TreeMerge) -> Clean | None:
    """The answer for a merge that needs no git: one side changed nothing, or both changed the same."""
    if job.ours in {job.base, job.theirs}:
        return Clean(tree=job.theirs)
    return Clean(tree=job.ours) if job.theirs == job.base else None


def _missing(job: ThreeWay, commits: Mapping[Sha, Commit]) -> list[Sha]:
    return [sha for sha in (job.base, job.ours, job.theirs) if sha is not None and sha not in commits]


def _unknown(job: ThreeWay, commits: Mapping[Sha, Commit]) -> Unanswered | None:
    missing = _missing(job, commits)
    return Unanswered(reason=f"commit {missing[0]} is not in this repository") if missing else None
