"""What a move of refs brings with it: pull requests move, close or count as merged, and CI starts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.server import ci, pulls
from tests.server.state import Repository, Token

if TYPE_CHECKING:
    from tests.server.hub import GitHub

HEADS = "refs/heads/"


@dataclass(frozen=True)
class Move:
    """One ref that has moved: None where it did not or does not exist."""

    ref: str
    old: str | None
    new: str | None

    @property
    def branch(self) -> str | None:
        return self.ref.removeprefix(HEADS) if self.ref.startswith(HEADS) else None


def settle(
    hub: "GitHub", repository: Repository, *, by: str, token: Token | None = None, retargets: bool = False
) -> list[Move]:
    """Compare the refs with those known so far, and let everything follow that a push brings with it.

    `retargets`: branches that are gone were deleted by GitHub itself (it then retargets the PRs based on them).
    """
    now = hub.store(repository).refs()
    before = repository.refs
    moves = [
        Move(ref, before.get(ref), now.get(ref))
        for ref in sorted({*before, *now})
        if before.get(ref) != now.get(ref) and not ref.startswith("refs/pull/")
    ]
    repository.refs = now
    runs = token is None or token.starts_runs
    for move in moves:
        if move.branch is not None:
            repository.pushed_at[move.branch] = hub.clock()
            _branch_moved(hub, repository, move, by=by, runs=runs, retargets=retargets)
    return moves


def _branch_moved(hub: "GitHub", repository: Repository, move: Move, *, by: str, runs: bool, retargets: bool) -> None:
    branch = move.branch or ""
    if move.new is None:
        for home in hub.network(repository):
            _head_gone(hub, home, repository.full_name, branch, by=by)
        base_gone(hub, repository, branch, by=by, retargets=retargets)
        return
    for home in hub.network(repository):
        _heads_moved(hub, home, repository, move, by=by, runs=runs)
    _base_moved(hub, repository, move, by=by)
    ci.start_push(hub, repository, branch, move.new, by=by, runs=runs)


def _heads_moved(hub: "GitHub", home: Repository, source: Repository, move: Move, *, by: str, runs: bool) -> None:
    for pull in home.pulls:
        if (pull.head_repository, pull.head_ref) != (source.full_name, move.branch) or pull.merged or not move.new:
            continue
        if home is not source:
            hub.bring(source, home, move.new)
        if pull.state == "open":
            ref = pulls.head_ref(pull.number)
            hub.store(home).update({ref: move.new})
            home.refs[ref] = move.new
        if pull.head_sha != move.new:
            pulls.move_head(hub, home, pull, move.new, by=by, runs=runs)


def _head_gone(hub: "GitHub", home: Repository, source: str, branch: str, *, by: str) -> None:
    for pull in home.open_pulls:
        if (pull.head_repository, pull.head_ref) == (source, branch):
            pulls.close(hub, pull, by=by)


def base_gone(hub: "GitHub", repository: Repository, branch: str, *, by: str, retargets: bool) -> None:
    """The base of some PRs is gone: GitHub retargets them where it deleted the branch itself, and else closes them."""
    merged = [pull for pull in repository.pulls if pull.merged and pull.head_ref == branch]
    for pull in repository.open_pulls:
        if pull.base_ref != branch:
            continue
        if retargets and merged and not repository.settings.closes_dependents:
            pulls.move_base(hub, repository, pull, max(merged, key=lambda other: other.merged_at or 0).base_ref)
        else:
            pulls.note_base(hub, pull, "BaseRefDeletedEvent", by=by)
            pulls.close(hub, pull, by=by)


def _base_moved(hub: "GitHub", repository: Repository, move: Move, *, by: str) -> None:
    """PRs whose head the branch now holds count as merged (platform: an indirect merge asks no rule)."""
    based = [pull for pull in repository.open_pulls if pull.base_ref == move.branch]
    if not based or move.new is None:
        return
    new = set(hub.store(repository).git("rev-list", move.new, *([f"^{move.old}"] if move.old else [])).split())
    for pull in based:
        if move.old and not hub.store(repository).is_ancestor(move.old, move.new):
            pulls.note_base(hub, pull, "BaseRefForcePushedEvent", by=by)
        if pull.head_sha in new:
            pulls.mark_merged(hub, pull, move.new, by=by)
