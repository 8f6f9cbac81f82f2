"""A repository on disk: refs, commits, and where things are. No work tree is touched here.

Every ref moves by compare-and-swap, several at once in one transaction (`git update-ref --stdin`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Self

from mergebot.errors import GitError
from mergebot.git.discovery import Location, Worktree, list_worktrees, locate
from mergebot.git.process import Git
from mergebot.git.refs import RefUpdate, read_refs, update_refs
from mergebot.model.ids import Sha

__all__ = ["Identity", "RefUpdate", "Repository", "Worktree"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who commits, and when (UTC seconds since 1970); by default the bot itself."""

    name: str = "mergebot"
    email: str = "mergebot@localhost"
    when: int

    def __str__(self) -> str:
        """As in an author line, without the date."""
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, kw_only=True, slots=True)
class Repository(Location):
    """One git repository; open it with `Repository.open`.

    `path`: the work tree or bare folder it was opened in. `git_dir`: that work tree's own, `common_dir`: the one that
    all work trees share. `main_worktree`: also when opened in a linked one; None where the repository is bare.
    `version`: that of git. `trees`: those of commits that were found here before; no commit ever gets another.
    """

    trees: dict[Sha, Sha] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Find the repository that `path` is in: from any folder in it, bare or not, from a linked work tree too.

        Raises:
            AccessError: there is none, it may not be used, or git is missing or too old.
        """
        found = locate(path)
        return cls(**{part.name: getattr(found, part.name) for part in fields(Location)})

    @property
    def git(self) -> Git:
        """Git in this repository."""
        return Git(folder=self.path)

    @property
    def objects_dir(self) -> Path:
        """Where its objects are."""
        return self.common_dir / "objects"

    def run(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, ok: Collection[int] = (0,)
    ) -> bytes:
        """Run one git command here and give its output.

        Raises:
            GitError: its exit status is not in `ok`.
        """
        return self.git.run(*args, stdin=stdin, env=env, ok=ok)

    def resolve(self, name: str) -> Sha | None:
        """The commit that a name means; None if there is none. A name that starts with `-` is a name all the same."""
        if "\0" in name:
            return None
        done = self.git.finish("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return None if done.returncode else Sha(done.stdout.decode().strip())

    def refs(self, prefix: str = "refs/") -> dict[str, Sha]:
        """Every ref whose full name starts with `prefix`, and the object that it points at."""
        return read_refs(self.git, prefix)

    def update_refs(self, updates: Sequence[RefUpdate], *, message: str) -> None:
        """Make all these moves in one transaction, or none; `message` goes to the reflogs.

        Raises:
            RefMovedError: a ref is not where it is expected.
            GitError: a ref cannot be written: another git holds its lock, its name is bad, the object is missing.
        """
        update_refs(self.git, updates, message=message)

    def worktrees(self) -> tuple[Worktree, ...]:
        """Every work tree, the main one first."""
        return list_worktrees(self.git)

    def is_ancestor(self, commit: Sha, head: Sha) -> bool:
        """Is `commit` reachable from `head`? No, where git does not know one of them.

        Raises:
            GitError: git could not be run.
        """
        return self.git.finish("merge-base", "--is-ancestor", commit, head).returncode == 0

    def tree_of(self, commit: Sha) -> Sha:
        """The tree of a commit.

        Raises:
            GitError: there is no such commit.
        """
        done = self.git.finish("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{tree}}")
        if done.returncode:
            raise GitError(f"commit {commit} is not in this repository")
        return Sha(done.stdout.decode().strip())
