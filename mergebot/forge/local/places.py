"""Where things are in a local repository, and which branch is base."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mergebot.config import CONFIG_PLACES
from mergebot.dependencies import DEPENDENCY_PLACES
from mergebot.errors import InputError
from mergebot.forge.local.files import read_file
from mergebot.forge.protocol import RuleTexts
from mergebot.git.process import Git
from mergebot.git.repository import Repository
from mergebot.model.ids import Branch

STATE: Final = ".agent-coordination"
STATUS: Final = f"{STATE}/status.json"
QUEUE: Final = f"{STATE}/merge-queue.json"
OWN_FILES: Final = frozenset({STATUS.encode(), QUEUE.encode()})
"""The paths, as git has them, that the bot itself writes: a change in them makes no work tree unclean."""

USUAL_BASES: Final = (Branch("main"), Branch("master"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """The folders and files of one repository.

    `root`: the main work tree, also when mergebot was started in a linked one; for a bare repository its own folder.
    """

    git: Repository

    @property
    def root(self) -> Path:
        """What `.agent-coordination/` is in."""
        return self.git.main_worktree or self.git.common_dir

    @property
    def main_git(self) -> Git:
        """Git there, where HEAD is the repository's own and not that of a linked work tree."""
        return Git(folder=self.root)

    @property
    def status(self) -> Path:
        """The agents' own account of themselves."""
        return self.root / STATUS

    @property
    def queue(self) -> Path:
        """The bot's memory."""
        return self.root / QUEUE

    @property
    def lock(self) -> Path:
        """What keeps two passes apart."""
        return self.git.common_dir / "mergebot" / "lock"

    @property
    def checks(self) -> Path:
        """The logs and results of the test command."""
        return self.git.common_dir / "mergebot" / "checks"


def read_rules(places: Places, dependencies_path: str | None) -> RuleTexts:
    """The rules as they stand in the main work tree, so that an edit can be tried (contract 2).

    A bare repository has no work tree: there they are read from the tip of its default branch, but for what is in
    `.agent-coordination/`, which is looked for beside the state files first.

    Raises:
        MergebotError: a file is there, but cannot be read.
    """
    wanted = (dependencies_path,) if dependencies_path is not None else DEPENDENCY_PLACES
    found = ((path, raw) for path in wanted if (raw := _read(places, path)) is not None)
    configs = tuple((path, raw) for path in CONFIG_PLACES if (raw := _read(places, path)) is not None)
    return RuleTexts(configs=configs, dependencies=next(found, None))


def _read(places: Places, path: str) -> bytes | None:
    if places.git.main_worktree is not None:
        return read_file(places.root / path)
    if path.startswith(f"{STATE}/") and (raw := read_file(places.root / path)) is not None:
        return raw
    done = places.main_git.finish("cat-file", "blob", f"HEAD:{path}")
    return done.stdout if done.returncode == 0 else None


def choose_base(
    places: Places,
    wanted: Branch | None,
    heads: Collection[Branch],
    *,
    claimed: Collection[Branch] = (),
    remembered: Branch | None = None,
) -> Branch:
    """The branch that is merged into: the config's, else the default branch.

    A repository without a forge does not say which branch is its default one. It is what `origin` calls so, else
    (bare) what HEAD names, else `main` or `master`, whichever is there, else what the main work tree has checked out:
    but people check out an agent's branch too (`claimed`), or one of their own, and nothing may be merged into that.
    So it counts only where it is no agent's, and the base of the last pass (`remembered`), if known, is no other.

    Raises:
        InputError: there is no such branch, or none can be told.
    """
    if wanted is not None:
        if wanted in heads:
            return wanted
        raise InputError(f"base is {wanted}, but there is no such branch", hint="correct `base` in the config")
    head = _symbolic(places, "HEAD", "refs/heads/")
    usual = [branch for branch in USUAL_BASES if branch in heads]
    named = [_symbolic(places, "refs/remotes/origin/HEAD", "refs/remotes/origin/")]
    named += [head] if places.git.main_worktree is None or head in usual else []
    for branch in [*named, *usual]:
        if branch in heads:
            return branch
    likely = {branch for branch in (head, remembered) if branch and branch in heads and branch not in claimed}
    if len(likely) == 1:
        return likely.pop()
    if not heads:
        raise InputError("the repository has no commit on any branch yet", hint="commit something first")
    raise InputError("which branch is base cannot be told", hint="name it in .github/mergebot.yml: `base: NAME`")


def _symbolic(places: Places, ref: str, prefix: str) -> Branch:
    """The short name of what a symbolic ref means; "" if it means nothing of that kind."""
    done = places.main_git.finish("symbolic-ref", "--quiet", ref)
    target = done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")
    return Branch(target.removeprefix(prefix) if target.startswith(prefix) else "")
