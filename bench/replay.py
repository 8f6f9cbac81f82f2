"""Rebasing 100 branches of 3 commits on a repository of 10,000 files, against `git rebase --onto` in a work tree.

    python bench/replay.py

Work trees are measured on a sample of the branches, the median branch counts; ours on all of them, the median run.
"""

import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from table import show

from mergebot.git.merging import Merger
from mergebot.git.process import executable
from mergebot.git.replay import Rebased, RebaseRequest, rebase
from mergebot.git.repository import Identity, Repository
from mergebot.model.ids import Sha

FILES, BRANCHES, COMMITS, UPSTREAM = 10_000, 100, 3, 20
FRESH_SAMPLE, REUSED_SAMPLE, RUNS = 7, 15, 7
LINES = 120
BOT = Identity(name="Mergebot", email="bot@example.org", when=1_760_000_000)


def git(folder: Path, *args: str, stdin: bytes = b"") -> str:
    """Run git without anyone's configuration."""
    env = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_COMMITTER_NAME": BOT.name,
        "GIT_COMMITTER_EMAIL": BOT.email,
        "GIT_EDITOR": "true",
    }
    return subprocess.run(
        ["git", *args], cwd=folder, input=stdin, env=env, capture_output=True, check=True
    ).stdout.decode()


def path_of(number: int) -> str:
    """Where a file lies: 20 parts of 20 modules of 25 files."""
    return f"part{number % 20:02}/module{number // 20 % 20:02}/file{number // 400:02}.py"


class Fleet:
    """The repository: `main` with later commits on top of `fork`, and branches from `fork`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rng = random.Random(1)
        git(folder, "init", "--quiet", "--initial-branch=main")
        git(folder, "fast-import", "--quiet", stdin=b"".join(self._stream()))
        git(folder, "repack", "-a", "-d", "-q")
        git(folder, "checkout", "--quiet", "--force", "main")
        self.fork, self.main = (Sha(git(folder, "rev-parse", name).strip()) for name in ("fork", "main"))
        names = [f"branch{number}" for number in range(BRANCHES)]
        self.heads = [Sha(git(folder, "rev-parse", name).strip()) for name in names]

    def _stream(self) -> Iterator[bytes]:
        yield self._commit("fork", 0, range(FILES))
        yield b"reset refs/heads/main\nfrom refs/heads/fork\n\n"
        yield from (self._commit("main", 5, self._rng.sample(range(FILES), 5)) for _ in range(UPSTREAM))
        for branch in range(BRANCHES):
            yield b"reset refs/heads/branch%d\nfrom refs/heads/fork\n\n" % branch
            for nth in range(COMMITS):
                yield self._commit(f"branch{branch}", 60 + 20 * nth, self._rng.sample(range(FILES), 3))

    def _commit(self, branch: str, line: int, files: Sequence[int]) -> bytes:
        message = f"{branch}: change {self._rng.random()}\n".encode()
        parts = [
            f"commit refs/heads/{branch}\nauthor Ada <ada@example.org> 1750000000 +0000\n".encode(),
            b"committer Ada <ada@example.org> 1750000000 +0000\ndata %d\n%b" % (len(message), message),
        ]
        for number in files:
            lines = [f"value_{number}_{at} = {at}\n" for at in range(LINES)]
            lines[line : line + 2] = [f"changed = {self._rng.random()}\n"] * 2
            content = "".join(lines).encode()
            parts.append(b"M 100644 inline %b\ndata %d\n%b" % (path_of(number).encode(), len(content), content))
        return b"".join(parts) + b"\n"


def in_a_fresh_work_tree(fleet: Fleet, head: Sha) -> Sha:
    """What a naive bot does: a work tree per branch. The new tip."""
    with tempfile.TemporaryDirectory(dir=fleet.folder.parent) as folder:
        tree = Path(folder) / "tree"
        git(fleet.folder, "worktree", "add", "--quiet", "--detach", str(tree), head)
        git(tree, "rebase", "--quiet", "--onto", fleet.main, fleet.fork)
        tip = Sha(git(tree, "rev-parse", "HEAD").strip())
        git(fleet.folder, "worktree", "remove", "--force", str(tree))
    return tip


def in_a_warm_work_tree(fleet: Fleet, head: Sha, tree: Path) -> Sha:
    """The same in a work tree that is there already; the new tip."""
    git(tree, "checkout", "--quiet", "--detach", head)
    git(tree, "rebase", "--quiet", "--onto", fleet.main, fleet.fork)
    return Sha(git(tree, "rev-parse", "HEAD").strip())


def in_the_object_store(repo: Path, fleet: Fleet, *, scratch: bool) -> list[Sha]:
    """Ours, all branches: from opening the repository to the last object on the disk."""
    requests = [RebaseRequest(head=head, excluded=(fleet.fork,), onto=fleet.main) for head in fleet.heads]
    with Merger(Repository.open(repo), scratch=scratch) as merger:
        answers = rebase(merger, requests, BOT)
    tips = [answer.tip for answer in answers if isinstance(answer, Rebased)]
    assert len(tips) == BRANCHES
    return tips


def ours(fleet: Fleet, *, scratch: bool) -> tuple[float, Path, list[Sha]]:
    """The median seconds a branch, each run on a copy of its own, so that every object is really written."""
    runs = []
    tips: list[Sha] = []
    for number in range(RUNS):
        copy = fleet.folder.parent / f"copy-{number}-{scratch}"
        shutil.copytree(fleet.folder / ".git", copy)
        start = time.perf_counter()
        tips = in_the_object_store(copy, fleet, scratch=scratch)
        runs.append(time.perf_counter() - start)
    return statistics.median(runs) / BRANCHES, copy, tips


def each(heads: Sequence[Sha], action: Callable[[Sha], Sha]) -> tuple[float, list[Sha]]:
    """The median seconds of a branch, and all results."""
    runs, tips = [], []
    for head in heads:
        start = time.perf_counter()
        tips.append(action(head))
        runs.append(time.perf_counter() - start)
    return statistics.median(runs), tips


def what_is_kept(repo: Path, fleet: Fleet, tip: Sha) -> str:
    """Trees, authors, dates and messages of a rebased branch."""
    return git(repo, "log", "--format=%T %an %ae %ad %B", f"{fleet.main}..{tip}")


def main() -> None:
    """Measure, compare the results, print the table."""
    executable()  # imports GitPython, once for the process
    with tempfile.TemporaryDirectory() as folder:
        repo, warm = Path(folder) / "repo", Path(folder) / "warm"
        repo.mkdir()
        fleet = Fleet(repo)
        kept, copy, mine = ours(fleet, scratch=False)
        thrown_away, _, _ = ours(fleet, scratch=True)
        fresh, _ = each(fleet.heads[:FRESH_SAMPLE], lambda head: in_a_fresh_work_tree(fleet, head))
        git(repo, "worktree", "add", "--quiet", "--detach", str(warm), fleet.fork)
        reused, theirs = each(fleet.heads[:REUSED_SAMPLE], lambda head: in_a_warm_work_tree(fleet, head, warm))
        other = sum(
            what_is_kept(repo, fleet, a) != what_is_kept(copy, fleet, b) for a, b in zip(theirs, mine, strict=False)
        )
        rows = [
            (f"git rebase, fresh work tree each (sample of {FRESH_SAMPLE})", fresh),
            (f"git rebase, one reused work tree (sample of {REUSED_SAMPLE})", reused),
            ("mergebot, kept in the repository", kept),
            ("mergebot, predicted only", thrown_away),
        ]
        title = f"Rebase of {BRANCHES} branches of {COMMITS} commits, {FILES:,} files"
        header = ["", "ms a branch", "of fresh", "of reused"]
        show(
            title, header, [[name, f"{s * 1000:.2f}", f"{fresh / s:.0f} x", f"{reused / s:.0f} x"] for name, s in rows]
        )
        print(f"  other results than git rebase: {other} of {REUSED_SAMPLE}; targets: 300 x and 30 x")
        assert other == 0


if __name__ == "__main__":
    main()
