"""Reads from git which branches look like agents' work, and which is built on which."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mergebot.decide.glob import matches_any
from mergebot.git.history import Standing, standings
from mergebot.git.repository import Repository
from mergebot.init.drawing import Candidate, name_of_branch
from mergebot.model.ids import Branch, Sha
from mergebot.model.policy import Cleanup

_LOCAL, _REMOTE = "refs/heads/", "refs/remotes/origin/"

FOLDERS = frozenset({"worktrees", ".worktrees", "agents"})
"""Where fleets keep their work trees, each in a folder that is called like its agent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """A linked work tree: its folder as one would write it, and the name of an agent that the folder has."""

    shown: str
    agent: str | None


def candidates(repo: Repository, base: Branch) -> tuple[Candidate, ...]:
    """Every branch that looks like an agent's and is not merged into base, in the order of their names.

    Local branches count, and those of the remote `origin`, as they were when they were last fetched. One without a
    commit of its own counts where it is checked out in a work tree of its own: an agent has just begun there.
    """
    tips, trees = branch_tips(repo), _trees(repo)
    wanted = {
        branch: found
        for branch, tip in sorted(tips.items())
        if not _is_long_lived(branch, base) and (found := _name(branch, trees.get(branch))) is not None
    }
    at = standings(repo, tips[base], {tips[branch] for branch in wanted}) if base in tips else {}
    living = {branch: tips[branch] for branch in wanted if branch in trees or _has_own(at.get(tips[branch]))}
    return tuple(
        Candidate(
            branch=branch,
            says=wanted[branch][0],
            why=wanted[branch][1],
            on=tuple(_nearest(tip, living, at)),
            worktree=trees[branch].shown if branch in trees else "",
        )
        for branch, tip in living.items()
    )


def branch_tips(repo: Repository) -> dict[Branch, Sha]:
    """Every branch with its tip; where the remote has one of the same name, the local one counts."""
    refs = repo.refs()
    remote = {Branch(ref.removeprefix(_REMOTE)): sha for ref, sha in refs.items() if ref.startswith(_REMOTE)}
    local = {Branch(ref.removeprefix(_LOCAL)): sha for ref, sha in refs.items() if ref.startswith(_LOCAL)}
    remote.pop(Branch("HEAD"), None)
    return remote | local


def base_of(repo: Repository) -> Branch:
    """The branch that is merged into, as far as a clone can tell.

    It is what `origin` calls its default branch, else `main` or `master`, else what is checked out, unless that is an
    agent's; in a repository without a commit the branch that the first one will be on.
    """
    tips = branch_tips(repo)
    head, named = _symbolic(repo, "HEAD", _LOCAL), _symbolic(repo, f"{_REMOTE}HEAD", _REMOTE)
    usual = [branch for branch in map(Branch, ("main", "master")) if branch in tips]
    likely = [named, *([head] if head in usual else []), *usual, *([] if name_of_branch(head) else [head])]
    return next((branch for branch in likely if branch), Branch("main"))


def _symbolic(repo: Repository, ref: str, prefix: str) -> Branch:
    done = repo.git.finish("symbolic-ref", "--quiet", ref)
    target = done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")
    return Branch(target.removeprefix(prefix) if target.startswith(prefix) else "")


def _trees(repo: Repository) -> dict[Branch, Tree]:
    """The linked work trees by the branch that is checked out there."""
    root = repo.main_worktree or repo.common_dir
    linked = (tree for tree in repo.worktrees() if not tree.is_main and not tree.gone)
    return {tree.branch: _tree(tree.path, root) for tree in linked if tree.branch is not None}


def _tree(path: Path, root: Path) -> Tree:
    folder = path.name
    is_agents = path.parent.name in FOLDERS or folder.startswith("agent-") or folder.endswith("-agent")
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    return Tree(shown=str(shown), agent=folder if is_agents else None)


def _name(branch: Branch, tree: Tree | None) -> tuple[str, str] | None:
    """What the agent of a branch is called, and what says so: its work tree, else the branch."""
    if tree is not None and tree.agent is not None:
        return tree.agent, f"work tree {tree.shown}"
    found = name_of_branch(branch)
    return None if found is None else (found, f"branch {branch}")


def _is_long_lived(branch: Branch, base: Branch) -> bool:
    return branch == base or matches_any(Cleanup().keep_branches, branch)


def _has_own(at: Standing | str | None) -> bool:
    return isinstance(at, Standing) and bool(at.own)


def _nearest(tip: Sha, living: Mapping[Branch, Sha], at: Mapping[Sha, Standing | str]) -> Iterator[Branch]:
    """The branches that a tip is built on, without those that one of them is built on in turn."""
    below = _below(tip, at)
    further = {sha for other in below for sha in _below(other, at)}
    yield from (branch for branch, sha in living.items() if sha in below and sha not in further)


def _below(tip: Sha, at: Mapping[Sha, Standing | str]) -> frozenset[Sha]:
    standing = at.get(tip)
    return standing.contains if isinstance(standing, Standing) else frozenset()
