"""Pull requests that are made too large: for the texts, for the clone, for the merge, for the comment."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mergebot.report.blocks import LIMIT
from tests.attacks.stage import LANDED, approve, ends, open_pull
from tests.sandbox import EPOCH, Sandbox
from tests.scenarios.github_world import AUTHOR, NAME, GithubWorld
from tests.scenarios.test_github_actions import Job
from tests.scenarios.world import marked

MEGABYTE = 1024 * 1024
FILES = 100_000
LONG = 60_000


def imported(world: GithubWorld, branch: str, files: Iterator[bytes]) -> None:
    """Push a branch with one commit on base; `files` is git's own stream for it."""
    who = f"fleet <fleet@x.example> {EPOCH} +0000".encode()
    head = b"commit refs/heads/feature/%b\nauthor %b\ncommitter %b\ndata 1\nx\nfrom %b\n" % (
        *(branch.encode(), who, who, world.tip().encode()),
    )
    world.repo.box.raw("fast-import", "--quiet", "--force", stdin=head + b"".join(files))
    world.repo.settle(by=AUTHOR)


def test_a_file_of_100_mb_is_not_even_fetched(github: GithubWorld) -> None:
    """Guards: the clone is a partial one, and has the contents alone that a merge has to look into."""
    content = bytes(100 * MEGABYTE)
    imported(github, "large", iter([b"M 100644 inline large.bin\ndata %d\n" % len(content), content, b"\n"]))
    approve(github, open_pull(github, "large", "feature/large"))
    github.agent("small", {"small.txt": marked("small")}, labels=["merge"])
    assert ends(github) == {"large": LANDED, "small": LANDED}
    blob, tree = (github.repo.box.git("rev-parse", name) for name in ("main:large.bin", "main^{tree}"))
    assert github.repo.box.git("cat-file", "-s", blob) == str(len(content))
    [clone] = [Sandbox(path.parent) for path in github.cache.rglob("mergebot-mirror")]
    found = clone.git("cat-file", "--batch-check=%(objecttype)", stdin=f"{tree}\n{blob}\n".encode())
    assert found.splitlines() == ["tree", f"{blob} missing"]


def test_100000_files_are_one_pull_request_among_others(github: GithubWorld, tmp_path: Path) -> None:
    """Guards: files are listed by git, once for each head; the process stays small, and the others are merged."""
    lines = (b"M 100644 inline %03d/%05d.txt\ndata 6\n%05d\n\n" % (n % 999, n, n) for n in range(FILES))
    imported(github, "many", lines)
    approve(github, open_pull(github, "many", "feature/many"))
    github.agent("small", {"small.txt": marked("small")}, labels=["merge"])
    github.answer()
    env = {**os.environ, **github.environ, "GITHUB_REPOSITORY": NAME}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "mergebot", "run"], env=env, stdout=log, stderr=log)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    assert (status, sorted(github.landed())) == (0, ["many", "small"]), (tmp_path / "log").read_text()
    assert len(github.repo.box.git("ls-tree", "-r", "--name-only", "main").splitlines()) == FILES + 2
    assert used.ru_maxrss < 512 * 1024, "kilobytes of the largest process"


@pytest.mark.parametrize(
    "text",
    [
        "x" * LONG,
        "# \n" * (LONG // 3),
        "<!-- " * (LONG // 5),
        "> " * (LONG // 2),
        "`" * LONG,
        "- [ ] x\n" * (LONG // 8),
    ],
    ids=["letters", "headings", "comments", "quotes", "backticks", "boxes"],
)
def test_a_text_of_60_kb_is_read_and_written_whole_or_cut(github: GithubWorld, text: str, tmp_path: Path) -> None:
    """Guards: texts are read in one go; what is written of them fits where it goes (comment, status, outputs)."""
    body = f"Review Score: 10/10\n\n{text}"
    github.agent("lands", {"l.txt": marked("lands")}, labels=["merge"], score=None, body=body)
    github.agent("stays", {"s.txt": marked("stays")}, labels=["merge"], approved=False, body=body)
    github.repo.comment(github.pulls["stays"], "/mergebot " + text, by="rita")
    github.answer()
    job = Job(github, tmp_path)
    assert job.run("run").code == 0
    assert github.landed() == ["lands"]
    comments = [one.body for number in github.pulls.values() for one in github.repo.pull(number).comments]
    assert any("this is no command" in comment for comment in comments), "its beginning is repeated, cut"
    assert max(len(comment) for comment in comments if comment.startswith("<!--")) < LIMIT
    assert job.output("blocked") == []
    assert len(job.summary) < MEGABYTE
    assert json.loads(job.run("plan", "--format", "json").out)["entries"][0]["state"] == "waiting"


def test_a_conflict_in_10000_files_fits_in_a_comment(github: GithubWorld) -> None:
    """Guards: lists of files are cut where they are shown, and say that they are."""
    names = [f"{'long-folder-name/' * 3}{number:05}.txt" for number in range(10_000)]
    for branch in ("one", "two"):
        content = branch.encode()
        imported(github, branch, (b"M 100644 inline %b\ndata 3\n%b\n" % (name.encode(), content) for name in names))
        approve(github, open_pull(github, branch, f"feature/{branch}"))
    assert ends(github)["one"] == LANDED
    [comment] = github.repo.pull(github.pulls["two"]).comments
    assert len(comment.body) < LIMIT + 100
    assert "more" in comment.body
