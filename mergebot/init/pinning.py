"""Which ref of the action the workflow names: the commit of this version's tag, where it can be asked for."""

import re
from dataclasses import dataclass
from pathlib import Path

from mergebot import __version__
from mergebot.errors import GitError
from mergebot.git.process import Git

ACTION = "mergebot/mergebot"
HOME = f"https://github.com/{ACTION}"
"""Where the action is published, wherever the repository is: a server of one's own fetches it there, or is told."""

SECONDS = 5.0
"""How long to wait for an answer; there may be no network at all."""

_ACTION = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*(?:/[\w.-]+)*@[\w][\w./-]*", re.ASCII)
_SHA = re.compile(r"@[0-9a-f]{40}$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """What stands after `uses:`, and the comment behind it; `pinned`: it names a commit, which nobody can move."""

    ref: str
    comment: str = ""
    pinned: bool = True


def is_action(ref: str) -> bool:
    """Whether this can stand after `uses:`, as `OWNER/REPO@REF`."""
    return _ACTION.fullmatch(ref) is not None


def named(ref: str) -> Action:
    """The action that the user has named."""
    return Action(ref=ref, pinned=_SHA.search(ref) is not None)


def published(folder: Path) -> Action:
    """The action of this version, by its commit; by its tag where nobody answers in time."""
    tag = f"v{__version__}"
    sha = _commit_of(folder, tag)
    if sha is not None:
        return Action(ref=f"{ACTION}@{sha}", comment=tag)
    how = f"to pin it: git ls-remote {HOME} {tag}"
    return Action(ref=f"{ACTION}@{tag}", comment=how, pinned=False)


def _commit_of(folder: Path, tag: str) -> str | None:
    ref = f"refs/tags/{tag}"
    try:
        done = Git(folder=folder).finish("ls-remote", "--quiet", HOME, ref, f"{ref}^{{}}", seconds=SECONDS)
    except GitError:
        return None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    found = {name: sha for sha, _, name in (line.partition("\t") for line in lines)}
    sha = found.get(f"{ref}^{{}}", found.get(ref, ""))  # of a tag with a message the commit it stands for
    return sha if re.fullmatch(r"[0-9a-f]{40}", sha) else None
