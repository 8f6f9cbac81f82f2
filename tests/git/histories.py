"""Generated histories: files that are edited, added, deleted, renamed, made executable or symbolic links.

They are written by one `git fast-import` each, so that a property test can afford many.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from mergebot.model.ids import Sha
from tests.sandbox import EPOCH, Sandbox

Files = Mapping[str, tuple[str, bytes]]
"""A tree: for each path its mode and its content."""

PATHS = ("a", "b", "dir/a", "dir/b", "dir/sub/c", "lib/a", "lib/x", "caf\xe9", "dir.txt")
FOLDERS = ("dir/", "lib/", "new/")
LINES = tuple(f"line {number}\n" for number in range(12))
MESSAGES = ("subject\n", "subject\n\nbody\n", "\n \n leading blank lines\n", "no line feed", "", "größe\n")
AUTHORS = ("Ada <ada@example.org>", "Grüße Ähm <ae@example.org>", "Bob <>")

START: Files = {
    path: ("100644", "".join(LINES).replace("line 3", f"line of {path}").encode()) for path in PATHS[:6]
} | {"bin": ("100644", b"\0\1\2"), "link": ("120000", b"a")}


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to a tree; what does not apply (a file that is not there) changes nothing."""

    kind: str
    path: str
    other: str
    line: int

    def apply(self, files: Files) -> Files:
        """The tree after it."""
        now = dict(files)
        if self.kind == "add":
            _put(now, self.path, ("100644", "".join(LINES[self.line :]).encode()))
        elif self.kind == "rename folder":
            source, target = FOLDERS[self.line % 3], FOLDERS[(self.line + 1) % 3]
            for path in [path for path in now if path.startswith(source)]:
                _put(now, target + path.removeprefix(source), now.pop(path))
        elif self.path in now:
            mode, content = now.pop(self.path)
            if self.kind == "rename":
                _put(now, self.other, (mode, content))
            elif self.kind != "delete":
                now[self.path] = self._changed(mode, content)
        return now

    def _changed(self, mode: str, content: bytes) -> tuple[str, bytes]:
        if self.kind == "executable":
            return "100755", content
        if self.kind == "link":
            return "120000", self.other.encode()
        lines = content.splitlines(keepends=True) or [b"\n"]
        lines[self.line % len(lines)] = f"changed to {self.other}\n".encode()
        return mode, b"".join(lines)


def _put(files: dict[str, tuple[str, bytes]], path: str, entry: tuple[str, bytes]) -> None:
    """A file in the place of a folder removes the folder, and the other way round."""
    for there in list(files):
        if there.startswith(path + "/") or path.startswith(there + "/"):
            del files[there]
    files[path] = entry


@dataclass(frozen=True, slots=True)
class Step:
    """A commit; `onto` picks its parent among the branch's commits so far (0: the last one)."""

    edits: Sequence[Edit]
    message: str
    author: str
    minute: int
    onto: int = 0
    merges: int | None = None


@dataclass(slots=True)
class Node:
    """A commit that is written: its mark, its parents' marks, its tree."""

    mark: int
    parents: tuple[int, ...]
    files: Files
    step: Step


@dataclass(slots=True)
class Story:
    """A history in the making."""

    nodes: list[Node] = field(default_factory=list)

    def add(self, step: Step, parents: Sequence[Node]) -> Node:
        """Commit a step on these parents; a merge has the files of all, the first parent's winning."""
        files: Files = {} if parents else START
        for parent in reversed(parents):
            merged = dict(files)
            for path, entry in parent.files.items():
                _put(merged, path, entry)
            files = merged
        for edit in step.edits:
            files = edit.apply(files)
        node = Node(len(self.nodes) + 1, tuple(parent.mark for parent in parents), files, step)
        self.nodes.append(node)
        return node

    def branch(self, start: Node, steps: Sequence[Step], others: Sequence[Node] = ()) -> Node:
        """Commit steps one after the other, with side branches and merges as they say; give the tip."""
        line = [start]
        for step in steps:
            parents = [line[-1 - step.onto % len(line)]]
            candidates = [node for node in (*line, *others) if node is not parents[0]]
            if step.merges is not None and candidates:
                parents.append(candidates[step.merges % len(candidates)])
            line.append(self.add(step, parents))
        return line[-1]

    def write(self, sandbox: Sandbox) -> dict[int, Sha]:
        """Store it all; the ids by mark."""
        marks = sandbox.path / ".git/marks"
        stream = b"".join(_commit(node) for node in self.nodes)
        sandbox.raw("fast-import", "--quiet", "--force", f"--export-marks={marks}", stdin=stream)
        lines = (line.split() for line in marks.read_text().splitlines())
        return {int(mark[1:]): Sha(sha) for mark, sha in lines}


def _commit(node: Node) -> bytes:
    date = f"{EPOCH + 60 * node.step.minute} +0130"
    message = node.step.message.encode()
    lines = [
        b"commit refs/heads/generated",
        b"mark :%d" % node.mark,
        f"author {node.step.author} {date}".encode(),
        f"committer Carl <carl@example.org> {date}".encode(),
        b"data %d\n%b" % (len(message), message),
        *(b"%b :%d" % (b"merge" if nth else b"from", mark) for nth, mark in enumerate(node.parents)),
        b"deleteall",
    ]
    for path, (mode, content) in node.files.items():
        lines.append(f"M {mode} inline {path}".encode())
        lines.append(b"data %d\n%b" % (len(content), content))
    reset = b"" if node.parents else b"reset refs/heads/generated\n\n"
    return reset + b"\n".join(lines) + b"\n\n"


KINDS = ("edit", "edit", "edit", "add", "delete", "rename", "rename folder", "executable", "link")

edits = st.builds(
    Edit,
    st.sampled_from(KINDS),
    st.sampled_from((*PATHS, "bin", "link")),
    st.sampled_from((*PATHS, "dir", "lib")),
    st.integers(0, 11),
)


def steps(*, most: int, tangled: bool = False) -> st.SearchStrategy[list[Step]]:
    """Commits in a line, or `tangled`: with side branches and merges inside, and dates that are equal or run back."""
    step = st.builds(
        Step,
        st.lists(edits, max_size=2),
        st.sampled_from(MESSAGES),
        st.sampled_from(AUTHORS),
        st.integers(0, 2),
        st.integers(0, 3) if tangled else st.just(0),
        st.none() | st.integers(0, 5) if tangled else st.none(),
    )
    return st.lists(step, min_size=1, max_size=most)
