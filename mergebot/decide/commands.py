"""Shell commands that a person can paste to solve a conflict; every name in them is quoted for a POSIX shell."""

import shlex
from dataclasses import dataclass

from mergebot.model.ids import Branch, Sha
from mergebot.model.snapshot import PullRequest, Snapshot

REMOTE = "origin"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shell:
    """Where the commands are pasted: in a clone of a forge's repository, or in the repository itself."""

    base: Branch
    forge: bool

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Shell":
        """A forge's repository is named `owner/name`, a plain one by its folder."""
        return cls(base=snapshot.base.branch, forge="/" in snapshot.repository)

    def merge(self, pr: PullRequest) -> tuple[str, ...]:
        """Merge base into the PR's branch."""
        return self._around(pr, f"git merge {self._base()}")

    def rebase(self, pr: PullRequest, old_tips: tuple[Sha, ...]) -> tuple[str, ...]:
        """Carry the PR's own commits to base, without those of the tips that landed in another form."""
        base = self._base()
        if len(old_tips) > 1:
            # A rebase leaves out one history; several are joined by a commit that is thrown away.
            parents = " ".join(f"-p {tip}" for tip in old_tips)
            return self._around(pr, f'git rebase --onto {base} "$(git commit-tree {parents} -m old {base}^{{tree}})"')
        return self._around(pr, f"git rebase --onto {base} {old_tips[0]}" if old_tips else f"git rebase {base}")

    def _base(self) -> str:
        return shlex.quote(f"{REMOTE}/{self.base}" if self.forge else self.base)

    def _around(self, pr: PullRequest, command: str) -> tuple[str, ...]:
        """Get the branch, do it, and bring it back."""
        if pr.head.branch.startswith("-") or self.base.startswith("-"):
            return ()  # git would take such a name for an option
        branch = shlex.quote(pr.head.branch)
        rebase = command.startswith("git rebase")
        if not self.forge:
            return (f"{command} {branch}",) if rebase else (f"git switch {branch}", command)
        lease = " --force-with-lease" if rebase else ""
        if pr.head.fork:
            return (f"gh pr checkout {pr.number}", f"git fetch {REMOTE}", command, f"git push{lease}")
        # A branch that is older here than there must not be pushed over it.
        newest = f"git merge --ff-only {shlex.quote(f'{REMOTE}/{pr.head.branch}')}"
        return (f"git fetch {REMOTE}", f"git switch {branch}", newest, command, f"git push{lease} {REMOTE} {branch}")
