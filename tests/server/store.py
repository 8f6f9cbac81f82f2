"""Git plumbing on one bare repository, as a forge does it: no work tree, no hook, no configuration but its own."""

import hashlib
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.sandbox import Sandbox

GITHUB = "GitHub <noreply@github.com>"
"""Who commits what the web site and the API merge."""


@dataclass(frozen=True)
class Commit:
    """`author` and `committer` as `Name <email>`, the times in UTC seconds since 1970; the message as bytes say it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: str
    authored_at: int
    committer: str
    committed_at: int
    message: str

    @property
    def title(self) -> str:
        return self.message.partition("\n")[0]


@dataclass
class Store:
    """One bare repository; what cannot change is read once."""

    path: Path
    box: Sandbox = field(init=False)
    commits: dict[str, Commit] = field(default_factory=dict)
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    merges: dict[tuple[str, str], str | None] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    reader: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.box = Sandbox(self.path)

    def git(self, *args: str, stdin: bytes = b"") -> str:
        return self.box.git(*args, stdin=stdin)

    def test(self, *args: str) -> int:
        """Run git for its exit code."""
        return subprocess.run(["git", *args], cwd=self.path, capture_output=True, check=False).returncode

    def refs(self) -> dict[str, str]:
        """Every ref that is not the server's own."""
        return {name: sha for name, sha in self.box.refs().items() if not name.startswith("refs/server/")}

    def has(self, sha: str) -> bool:
        """Whether the commit is here."""
        return sha in self.commits or self.test("cat-file", "-e", f"{sha}^{{commit}}") == 0

    def commit(self, sha: str) -> Commit:
        """Read a commit."""
        if sha not in self.commits:
            self.commits[sha] = parse_commit(sha, self._read(sha))
        return self.commits[sha]

    def _read(self, sha: str) -> bytes:
        """An object's content, by a git that stays: a process for each commit would take most of a test's time."""
        with self.lock:
            if self.reader is None:
                command = ["git", "cat-file", "--batch"]
                self.reader = subprocess.Popen(
                    command, cwd=self.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ}
                )
            assert self.reader.stdin is not None
            assert self.reader.stdout is not None
            self.reader.stdin.write(f"{sha}\n".encode())
            self.reader.stdin.flush()
            head = self.reader.stdout.readline().split()
            if len(head) != 3:
                raise AssertionError(f"{self.path} has no {sha}")
            return self.reader.stdout.read(int(head[2]) + 1)[:-1]

    def close(self) -> None:
        """End the git that stays."""
        with self.lock:
            if self.reader is not None:
                self.reader.communicate()
                self.reader = None

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `new` holds `old`."""
        return old == new or self.test("merge-base", "--is-ancestor", old, new) == 0

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor, None for unrelated histories."""
        found = subprocess.run(
            ["git", "merge-base", one, other], cwd=self.path, capture_output=True, check=False, text=True
        )
        return found.stdout.strip() or None

    def own_commits(self, base: str, head: str) -> list[str]:
        """What `head` has and `base` has not, oldest first."""
        return self.git("rev-list", "--reverse", "--topo-order", head, f"^{base}").split()

    def merged_tree(self, ours: str, theirs: str) -> str | None:
        """The tree of the merge of two commits, None if they conflict."""
        if (ours, theirs) not in self.merges:
            done = subprocess.run(
                ["git", "merge-tree", "--write-tree", ours, theirs], cwd=self.path, capture_output=True, check=False
            )
            if done.returncode not in (0, 1):
                raise AssertionError(done.stderr.decode())
            self.merges[ours, theirs] = done.stdout.split()[0].decode() if done.returncode == 0 else None
        return self.merges[ours, theirs]

    def files(self, tree: str) -> dict[str, bytes]:
        """Every file of a tree."""
        if tree not in self.trees:
            self.trees[tree] = self._read_files(tree)
        return self.trees[tree]

    def _read_files(self, tree: str) -> dict[str, bytes]:
        listing = self.box.raw("ls-tree", "-r", "-z", tree).decode().split("\0")[:-1]
        entries = [(line.split("\t", 1)[1], line.split()[2]) for line in listing if " blob " in line.split("\t")[0]]
        raw = self.box.raw("cat-file", "--batch", stdin="".join(f"{blob}\n" for _, blob in entries).encode())
        files, at = {}, 0
        for path, _ in entries:
            end = raw.index(b"\n", at)
            size = int(raw[at:end].split()[2])
            files[path] = raw[end + 1 : end + 1 + size]
            at = end + size + 2
        return files

    def changed(self, old: str, new: str) -> list[str]:
        """The paths that differ between two trees or commits."""
        return self.git("diff-tree", "-r", "--no-renames", "--name-only", "-z", old, new).split("\0")[:-1]

    def patch(self, base: str, head: str) -> str:
        """A name for the change that `head` makes to its merge base with `base`; the same change has the same name."""
        start = self.merge_base(base, head)
        if start is None:
            return head
        diff = self.box.raw("diff-tree", "-p", "--no-renames", start, head)
        lines = [line for line in diff.split(b"\n") if not line.startswith((b"index ", b"@@ "))]
        return hashlib.sha256(b"\n".join(lines)).hexdigest()

    def write_commit(self, tree: str, parents: Sequence[str], message: str, author: str, committer: str) -> str:
        """Write a commit whose message is exactly this one; both signatures as `Name <email> SECONDS +0000`."""
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {author}"]
        raw = "\n".join([*lines, f"committer {committer}", "", message])
        return self.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw.encode())

    def replay(self, commits: Sequence[str], onto: str, now: int) -> str | None:
        """Carry commits over, each onto the last: the new tip, or None where one conflicts."""
        tip = onto
        for sha in commits:
            commit = self.commit(sha)
            # A commit that has the tree of `tip` and the parent of `sha`: so their merge base is that parent.
            stand_in = self.write_commit(
                self.commit(tip).tree, commit.parents[:1], "stand-in", f"{GITHUB} 0 +0000", f"{GITHUB} 0 +0000"
            )
            tree = self.merged_tree(stand_in, sha)
            if tree is None:
                return None
            author = f"{commit.author} {commit.authored_at} +0000"
            tip = self.write_commit(tree, [tip], commit.message, author, f"{GITHUB} {now} +0000")
        return tip

    def update(self, moves: Mapping[str, str | None]) -> None:
        """Set or delete (None) refs. What is set is written by hand: it saves a process for each PR that is opened."""
        gone = [ref for ref, sha in moves.items() if sha is None]
        if gone:
            self.git("update-ref", "--stdin", stdin="".join(f"delete {ref}\n" for ref in gone).encode())
        for ref, sha in moves.items():
            if sha is not None:
                file = self.path / ref
                file.parent.mkdir(parents=True, exist_ok=True)
                new = file.with_name(f"{file.name}.new")
                new.write_text(f"{sha}\n")
                new.rename(file)


def parse_commit(sha: str, raw: bytes) -> Commit:
    """A commit object's fields."""
    head, _, message = raw.decode("utf-8", "replace").partition("\n\n")
    fields: dict[str, list[str]] = {}
    for line in head.split("\n"):
        name, _, value = line.partition(" ")
        fields.setdefault(name, []).append(value)
    author, authored_at = _signature(fields["author"][0])
    committer, committed_at = _signature(fields["committer"][0])
    return Commit(
        sha=sha,
        tree=fields["tree"][0],
        parents=tuple(fields.get("parent", ())),
        author=author,
        authored_at=authored_at,
        committer=committer,
        committed_at=committed_at,
        message=message,
    )


def _signature(value: str) -> tuple[str, int]:
    who, seconds, _zone = value.rsplit(" ", 2)
    return who, int(seconds)
