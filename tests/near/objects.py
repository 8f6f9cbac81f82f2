"""A forge's bare repository that writes and reads its objects without a process each; merges are git's.

One object store serves all repositories of a run (the forks', the bot's clone): what has been written stays, so what
git has once said of objects holds for the whole run. That everything is fetched and pushed is tested with real sockets.
"""

import hashlib
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.server.store import Store, parse_commit

Files = Mapping[str, bytes]


@dataclass
class Known:
    """What is known of objects, for all repositories: none of it can ever change."""

    folder: Path
    written: set[str] = field(default_factory=set)
    ancestors: dict[str, frozenset[str]] = field(default_factory=dict)

    def write(self, kind: str, raw: bytes) -> str:
        """Store a loose object; gives its id."""
        data = f"{kind} {len(raw)}\0".encode() + raw
        sha = hashlib.sha1(data).hexdigest()  # noqa: S324 (git's own)
        if sha not in self.written:
            file = self.folder / sha[:2] / sha[2:]
            if not file.exists():
                file.parent.mkdir(exist_ok=True)
                file.write_bytes(zlib.compress(data, 1))
            self.written.add(sha)
        return sha

    def write_tree(self, files: Files) -> str:
        """Store a tree of plain files."""
        entries: dict[str, str] = {}
        folders: dict[str, dict[str, bytes]] = {}
        for path, content in files.items():
            top, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(top, {})[rest] = content
            else:
                entries[top] = f"100644 {self.write('blob', content)}"
        for top, below in folders.items():
            entries[f"{top}/"] = f"40000 {self.write_tree(below)}"
        lines = [
            f"{mode} {name.rstrip('/')}\0".encode() + bytes.fromhex(sha)
            for name, (mode, sha) in sorted((name, entry.split()) for name, entry in entries.items())
        ]
        return self.write("tree", b"".join(lines))


@dataclass
class FastStore(Store):
    """A store as the server has it, with most of what costs a process done here; merges are git's."""

    known: Known = field(kw_only=True)

    def refs(self) -> dict[str, str]:
        """Every ref that is not the server's own, from its loose files: nothing is ever packed here."""
        start = len(str(self.path)) + 1
        found = [f"{top}/{name}" for top, _, names in os.walk(self.path / "refs") for name in names]
        return {file[start:]: _read(file) for file in sorted(found) if not file.endswith(".new")}

    def update(self, moves: Mapping[str, str | None]) -> None:
        for ref, sha in moves.items():
            file = self.path / ref
            if sha is None:
                file.unlink(missing_ok=True)
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(f"{sha}\n")

    def has(self, sha: str) -> bool:
        if sha in self.commits:
            return True
        try:
            self.commits[sha] = parse_commit(sha, self._read(sha))
        except (AssertionError, KeyError):
            return False
        return True

    def past(self, sha: str) -> frozenset[str]:
        """A commit and all that it holds."""
        todo, known = [sha], self.known.ancestors
        while todo:
            one = todo[-1]
            missing = [parent for parent in self.commit(one).parents if parent not in known]
            if missing:
                todo += missing
                continue
            known[one] = frozenset({one}).union(*(known[parent] for parent in self.commit(one).parents))
            todo.pop()
        return known[sha]

    def is_ancestor(self, old: str, new: str) -> bool:
        return old in self.past(new)

    def merge_base(self, one: str, other: str) -> str | None:
        common = self.past(one) & self.past(other)
        best = [sha for sha in common if not any(sha != more and sha in self.past(more) for more in common)]
        return best[0] if len(best) == 1 else super().merge_base(one, other)

    def own_commits(self, base: str, head: str) -> list[str]:
        return sorted(self.past(head) - self.past(base), key=lambda sha: (len(self.past(sha)), sha))

    def git(self, *args: str, stdin: bytes = b"") -> str:
        """Git, but for the one question that every move of base asks."""
        if args[0] == "rev-list" and len(args) in (2, 3) and not args[1].startswith("-"):
            without = self.past(args[2].removeprefix("^")) if len(args) == 3 else frozenset()
            return "\n".join(sorted(self.past(args[1]) - without))
        return super().git(*args, stdin=stdin)

    def write_commit(self, tree: str, parents: object, message: str, author: str, committer: str) -> str:
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {author}"]  # type: ignore[attr-defined]
        return self.known.write("commit", "\n".join([*lines, f"committer {committer}", "", message]).encode())

    def files(self, tree: str) -> dict[str, bytes]:
        if tree not in self.trees:
            self.trees[tree] = dict(self._walk(tree, ""))
        return self.trees[tree]

    def _walk(self, tree: str, top: str) -> list[tuple[str, bytes]]:
        raw, found, at = self._read(tree), [], 0
        while at < len(raw):
            end = raw.index(b"\0", at)
            mode, _, name = raw[at:end].partition(b" ")
            sha, path = raw[end + 1 : end + 21].hex(), top + name.decode()
            found += self._walk(sha, f"{path}/") if mode == b"40000" else [(path, self._read(sha))]
            at = end + 21
        return found

    def changed(self, old: str, new: str) -> list[str]:
        one, other = (self.files(self.commit(sha).tree if self.has(sha) else sha) for sha in (old, new))
        return sorted(path for path in {*one, *other} if one.get(path) != other.get(path))


def _read(file: str) -> str:
    """A small file's text; `pathlib` would take three times as long, and this is asked a million times."""
    handle = os.open(file, os.O_RDONLY)
    try:
        return os.read(handle, 100).decode().strip()
    finally:
        os.close(handle)
