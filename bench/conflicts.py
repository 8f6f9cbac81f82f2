"""All pairs of 200 PRs (19,900) that conflict, exactly, against one `git merge-tree` process per pair of heads.

    python bench/conflicts.py

The processes are measured on a sample of the pairs and extrapolated to all; ours is measured on all of them, the merge
of each PR into base included. Both must agree on a random sample and on all pairs that ours says collide.
"""

import os
import random
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

from table import median_seconds, show

from mergebot.git.conflicts import Predictor
from mergebot.git.repository import Repository
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.questions import Collided, Collisions, Link

FILES, PRS, EARLIER, RECENT = 6_000, 200, 1_000, 600
TIMED_SAMPLE, CHECKED_SAMPLE, RUNS = 80, 2_000, 5
LINES = 80


def git(folder: Path, *args: str, stdin: bytes = b"", ok: Sequence[int] = (0,)) -> "subprocess.CompletedProcess[str]":
    """Run git without anyone's configuration."""
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *args], cwd=folder, input=stdin, env=env, capture_output=True, check=False)
    assert done.returncode in ok, done.stderr
    return subprocess.CompletedProcess(args, done.returncode, done.stdout.decode(), "")


def path_of(number: int) -> str:
    """Where a file lies: 10 parts of 20 modules of 30 files."""
    return f"part{number % 10:02}/module{number // 10 % 20:02}/file{number // 200:02}.py"


class Fleet:
    """The repository: `main`, whose last 600 commits came while 200 PRs were open, each from some point of those.

    A PR changes a few places in one to eight files, one in eight adds a file, one in twenty moves one. Some files are
    far busier than others, so that some PRs overlap and a few conflict.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rng = random.Random(1)
        self._mark = 0
        self._content = [[f"value_{number}_{at} = {at}" for at in range(LINES)] for number in range(FILES)]
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
        git(folder, "fast-import", "--quiet", stdin=b"".join(self._stream()))
        git(folder, "repack", "-a", "-d", "-q")
        names = git(folder, "for-each-ref", "--format=%(refname:short) %(objectname)").stdout.split("\n")
        shas = {name: Sha(sha) for name, _, sha in (line.partition(" ") for line in names)}
        self.base = shas["main"]
        self.repository = Repository.open(folder)
        self.heads = [shas[f"pr{number}"] for number in range(PRS)]

    def _stream(self) -> Iterator[bytes]:
        yield self._commit("main", {path_of(number): lines for number, lines in enumerate(self._content)})
        for _ in range(EARLIER):
            yield self._commit("main", self._edit(self._content, 2))
        starts = sorted(self._rng.randrange(RECENT) for _ in range(PRS))
        for nth in range(RECENT):
            for number in (number for number, start in enumerate(starts) if start == nth):
                yield b"reset refs/heads/pr%d\nfrom refs/heads/main\n\n" % number
                yield from self._work(number)
            yield self._commit("main", self._edit(self._content, 2))

    def _work(self, number: int) -> Iterator[bytes]:
        mine = list(self._content)
        for _ in range(self._rng.randint(1, 4)):
            files = self._edit(mine, self._rng.randint(1, 2))
            if self._rng.random() < 1 / 8:
                files[f"part00/module00/new{number}.py"] = [f"new_{number} = {at}" for at in range(LINES)]
            yield self._commit(f"pr{number}", files, moved=self._rng.random() < 1 / 20)

    def _edit(self, content: list[list[str]], count: int) -> dict[str, list[str]]:
        """Change one place in each of a few files; one change in five goes to the 2 % of files that are busy."""
        files = {}
        for _ in range(count):
            number = self._rng.randrange(FILES // 50 if self._rng.random() < 1 / 5 else FILES)
            lines, at = list(content[number]), self._rng.randrange(LINES - 2)
            lines[at] = f"changed = {self._rng.random()}"
            content[number] = files[path_of(number)] = lines
        return files

    def _commit(self, branch: str, files: dict[str, list[str]], *, moved: bool = False) -> bytes:
        parts = [f"commit refs/heads/{branch}\ncommitter Ada <ada@example.org> 1750000000 +0000\ndata 1\nx\n".encode()]
        for path, lines in files.items():
            content = "".join(f"{line}\n" for line in lines).encode()
            parts.append(b"M 100644 inline %b\ndata %d\n%b" % (path.encode(), len(content), content))
        if moved:
            old = next(iter(files))
            parts.append(f"R {old} {old.replace('.py', '_moved.py')}\n".encode())
        return b"".join(parts) + b"\n"

    def conflict(self, pair: tuple[int, int]) -> bool:
        """Whether the heads of a pair conflict, by a process of its own."""
        return self._conflict(self.heads[pair[0]], self.heads[pair[1]])

    def _conflict(self, ours: Sha, theirs: Sha) -> bool:
        return bool(git(self.folder, "merge-tree", "--write-tree", ours, theirs, ok=(0, 1)).returncode)

    def merging(self) -> set[int]:
        """The PRs that merge into base by themselves; the others are in no pair."""
        return {number for number, head in enumerate(self.heads) if not self._conflict(self.base, head)}

    def collisions(self) -> set[tuple[int, int]]:
        """All pairs that collide, by ours, with a fresh memory each time, up to throwing the scratch away."""
        links = tuple(Link(pr=PrNumber(number), head=head) for number, head in enumerate(self.heads))
        with Predictor(self.repository) as predictor:
            answer = predictor.collisions(Collisions(base=self.base, links=links))
        assert isinstance(answer, Collided), answer
        return {(pair.a, pair.b) for pair in answer.pairs}


def main() -> None:
    """Measure, compare, and print the table."""
    with tempfile.TemporaryDirectory(prefix="mergebot-bench-") as folder:
        fleet, rng = Fleet(Path(folder)), random.Random(2)
        pairs = list(combinations(range(PRS), 2))
        timed = rng.sample(pairs, TIMED_SAMPLE)
        found = fleet.collisions()
        alone = fleet.merging()
        checked = [pair for pair in found.union(rng.sample(pairs, CHECKED_SAMPLE)) if alone.issuperset(pair)]
        with ThreadPoolExecutor(2) as pool:
            really = {
                pair for pair, conflict in zip(checked, pool.map(fleet.conflict, checked), strict=True) if conflict
            }
        apart = median_seconds(lambda: [fleet.conflict(pair) for pair in timed], runs=RUNS) / TIMED_SAMPLE * len(pairs)
        ours = median_seconds(fleet.collisions, runs=RUNS)
    rows = [
        ("a process per pair of heads *", f"{apart:,.1f}", f"{len(pairs) / apart:,.0f}", "1 x"),
        ("mergebot", f"{ours:,.2f}", f"{len(pairs) / ours:,.0f}", f"{apart / ours:,.0f} x"),
    ]
    title = f"Conflicts among {PRS} PRs ({len(pairs):,} pairs) on {FILES:,} files, median of {RUNS} runs"
    show(title, ("", "seconds", "pairs/s", "ratio"), rows)
    print(f"  * {TIMED_SAMPLE} pairs measured, extrapolated to all")
    print(f"  {len(found)} pairs collide; of {len(checked):,} pairs checked by themselves:", end=" ")
    print(f"{len(really - found)} missed, {len(found - really)} found in vain")
    print("  targets: at least 500 x, at most 2 s, none missed")
    assert found == really, "ours and git disagree"


if __name__ == "__main__":
    main()
