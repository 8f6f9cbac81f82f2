"""Three-way merges in the object store, many at once, by git itself (`git merge-tree`).

A given merge base is not named to git (2.39 knows no way to, in a batch) but said by the shape of history: both
sides are commits whose only parent is the base, so git finds that one and no other; where they are not, stand-ins with
the same trees are. It is the same merge, works from git 2.38 on, needs no long walk, and serves for bare trees too.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from subprocess import CompletedProcess
from typing import TypeAlias

from mergebot.errors import GitError
from mergebot.git.closing import Closing
from mergebot.git.keeping import keep_objects
from mergebot.git.mergetree import read_batch, read_single
from mergebot.git.objects import Commit, Objects
from mergebot.git.process import Git, last_words
from mergebot.git.repository import Repository
from mergebot.git.scratch import Scratch
from mergebot.model.ids import Sha
from mergebot.model.questions import Clean, Conflicts, Unanswered

MERGE = ("merge-tree", "--write-tree", "-z", "--name-only", "--messages")
BATCH_GIT = (2, 39)
"""The first git with `merge-tree --stdin`."""

WORTH_A_PROCESS = 12
"""From how many merges on a second process is faster than waiting for the first (a process costs some 3 ms)."""

MOST_PROCESSES = min(4, os.cpu_count() or 1)

NOBODY = b"mergebot <> 0 +0000"

Result: TypeAlias = Clean | Conflicts | Unanswered
Pair: TypeAlias = tuple[Sha, Sha]


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


class Merger(Closing):
    """Merges of one repository; a context manager.

    `scratch` True: all that is written (trees, blobs, commits) is thrown away at the end, unless `keep` is called;
    False: it goes into the repository. `union_paths`: globs of the files in which both sides' lines are kept, unless a
    call says otherwise.
    """

    def __init__(self, repo: Repository, *, scratch: bool, union_paths: Sequence[str] = ()) -> None:
        self.repo = repo
        self.scratch = scratch
        self.union_paths = tuple(union_paths)
        self._scratch = Scratch()
        self._writes_to = self._scratch.results if scratch else repo.objects_dir
        self._gits: dict[tuple[str, ...], Git] = {}
        self._standins: dict[tuple[Sha, ...], Sha] = {}
        git = self.git()
        self.objects = Objects(repo, scratch=self._writes_to if scratch else None, git=git)
        self._private = Objects(repo, scratch=self._scratch.private, git=git)

    def git(self, union_paths: Sequence[str] | None = None) -> Git:
        """Git that sees the repository's objects and all that was written here, but no ref and no configuration."""
        globs = self.union_paths if union_paths is None else tuple(union_paths)
        if globs not in self._gits:
            self._gits[globs] = self._scratch.git(self.repo, writes_to=self._writes_to, union_paths=globs)
        return self._gits[globs]

    def merge(self, jobs: Sequence[ThreeWay | TreeMerge], *, union_paths: Sequence[str] | None = None) -> list[Result]:
        """The answer for each of these merges, in order, all in one batch."""
        commits = self.objects.find_commits(sha for job in jobs for sha in _named(job))
        # Where there is nothing to merge, or nothing to merge it from, git need not be asked.
        known = [_missing(job, commits) or trivial_merge(_trees(job, commits)) for job in jobs]
        try:
            pairs = [self._pair(job, commits) for job, answer in zip(jobs, known, strict=True) if answer is None]
            answers = iter(self._merge_pairs(pairs, self.git(union_paths)))
        except GitError as error:  # a full disk, no more processes
            return [answer or Unanswered(reason=error.message) for answer in known]
        return [answer or next(answers) for answer in known]

    def join(self, commits: Sequence[Sha]) -> Sha:
        """A private commit that reaches all of these, for walks that know one upstream only; no merge is done."""
        return self.stand_in(self.objects.empty_tree, *commits)

    def keep(self) -> None:
        """Bring all that was written into the repository.

        Raises:
            GitError: it cannot be written there.
        """
        if self.scratch:
            keep_objects(self.repo, self._scratch)

    def _pair(self, job: ThreeWay | TreeMerge, commits: Mapping[Sha, Commit]) -> tuple[Sha, Sha]:
        if isinstance(job, TreeMerge):
            base = self.stand_in(job.base)
            return self.stand_in(job.ours, base), self.stand_in(job.theirs, base)
        if job.base is None:
            return job.ours, job.theirs
        return self._child(commits[job.ours], job.base), self._child(commits[job.theirs], job.base)

    def _child(self, commit: Commit, base: Sha) -> Sha:
        """A commit with this one's tree whose only parent is the base: the commit itself, if it is one."""
        itself = commit.parents == (base,) and self.objects.parents_of([commit.sha])
        return commit.sha if itself else self.stand_in(commit.tree, base)

    def stand_in(self, tree: Sha, *parents: Sha) -> Sha:
        """A private commit with this tree and these parents, which is never kept."""
        key = (tree, *parents)
        if key not in self._standins:
            self._standins[key] = self._private.write_commit(
                tree=tree, parents=parents, author=NOBODY, committer=NOBODY, message=b""
            )
        return self._standins[key]

    def _merge_pairs(self, pairs: Sequence[Pair], git: Git) -> list[Result]:
        if self.repo.version < BATCH_GIT:
            return [_merge_one(git, pair) for pair in pairs]
        if len(pairs) < WORTH_A_PROCESS * 2:
            return _merge_batch(git, pairs)
        with ThreadPoolExecutor(MOST_PROCESSES) as pool:
            size = max(WORTH_A_PROCESS, -(-len(pairs) // MOST_PROCESSES))
            parts = [pairs[start : start + size] for start in range(0, len(pairs), size)]
            return [answer for part in pool.map(lambda part: _merge_batch(git, part), parts) for answer in part]

    def close(self) -> None:
        """End the processes and throw the scratch away."""
        self.objects.close()
        self._private.close()
        self._scratch.close()


def trivial_merge(job: TreeMerge | None) -> Clean | None:
    """The answer for a merge that needs no git: one side changed nothing, or both changed the same."""
    if job is None:
        return None
    if job.ours in {job.base, job.theirs}:
        return Clean(tree=job.theirs)
    return Clean(tree=job.ours) if job.theirs == job.base else None


def _merge_batch(git: Git, pairs: Sequence[Pair]) -> list[Result]:
    """One process for all, which ends at the end of its input: before 2.49 git does not flush after each answer.

    It dies at a merge it cannot do (a missing object, no common history); that one is unanswered, and the rest is
    asked again. A crash loses finished answers, and an error on the way (git < 2.44 goes on where a tree is missing, as
    if it were empty) spoils one: which one shows when they are asked again in smaller groups.
    """
    answers: list[Result] = []
    most = len(pairs)
    while len(answers) < len(pairs):
        asked = pairs[len(answers) : len(answers) + most]
        lines = "".join(f"{ours} {theirs}\n" for ours, theirs in asked)
        done = git.finish(*MERGE, "--stdin", stdin=lines.encode())
        got: list[Result] = [] if _is_spoilt(done) else list(read_batch(done.stdout, asked))
        if len(asked) > 1 and (_is_spoilt(done) or (done.returncode < 0 and len(got) < len(asked))):
            most = (len(asked) + 1) // 2
            continue
        answers += got
        if len(got) < len(asked):
            answers.append(_unanswered(done.stderr))
    return answers


def _merge_one(git: Git, pair: Pair) -> Result:
    done = git.finish(*MERGE, *pair)
    # Status 1 also stands for an object that is missing; then there is no output.
    if done.returncode in {0, 1} and done.stdout and not _is_spoilt(done):
        return read_single(done.stdout, pair, clean=done.returncode == 0)
    return _unanswered(done.stderr)


def _is_spoilt(done: CompletedProcess[bytes]) -> bool:
    """Git met an error, and went on."""
    return b"error: " in done.stderr


def _unanswered(stderr: bytes) -> Unanswered:
    return Unanswered(reason=f"git could not merge: {last_words(stderr) or 'it ended without a word'}")


def _named(job: ThreeWay | TreeMerge) -> list[Sha]:
    """The commits that it names."""
    named = (job.base, job.ours, job.theirs) if isinstance(job, ThreeWay) else ()
    return [sha for sha in named if sha is not None]


def _missing(job: ThreeWay | TreeMerge, commits: Mapping[Sha, Commit]) -> Unanswered | None:
    missing = [sha for sha in _named(job) if sha not in commits]
    return Unanswered(reason=f"commit {missing[0]} is not in this repository") if missing else None


def _trees(job: ThreeWay | TreeMerge, commits: Mapping[Sha, Commit]) -> TreeMerge | None:
    """The trees that it merges; None where only git can tell."""
    if isinstance(job, TreeMerge):
        return job
    if job.base is None:
        return None
    base, ours, theirs = (commits[sha].tree for sha in (job.base, job.ours, job.theirs))
    return TreeMerge(base=base, ours=ours, theirs=theirs)
