"""What people do in the middle of a pass, and which requests can show it.

Between two requests that cannot show a change it makes no difference when it happened: the pass is given the same
answers, and what the server has in the end is the same. So each change is tried before every request that can.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.scenarios.github_world import AUTHOR, REVIEWER, GithubWorld
from tests.scenarios.world import Authored
from tests.server.faults import Exchange


@dataclass(frozen=True)
class Change:
    """`make` changes an agent's PR; `shows`: the exchanges whose answer or effect can depend on it.

    `guarded`: the bot reads it right before a merge, so that a merge after such a reading is wrong. `of_rebased`: it is
    the PR that this pass rebases, not the one that it merges; there are passes that rebase none.
    """

    make: Callable[[GithubWorld, str], None]
    shows: Callable[[Exchange], bool]
    guarded: bool = True
    of_rebased: bool = False


def shows_pulls(exchange: Exchange) -> bool:
    """GraphQL, and what is asked or done by REST about a PR."""
    return exchange.kind == "graphql" or (exchange.kind == "rest" and "/pulls/" in exchange.path)


def shows_refs(exchange: Exchange) -> bool:
    """What shows PRs; git's list of refs, its pushes, and a branch by REST."""
    is_git = exchange.kind == "git" and (exchange.asks_refs or exchange.operation == "git-receive-pack")
    return is_git or shows_pulls(exchange) or "/branches/" in exchange.path


def take_label(world: GithubWorld, name: str) -> None:
    if world.state(name) == "open":
        world.repo.unlabel(world.pulls[name], "merge")
        world.repo.label(world.pulls[name], "hold")


def take_approval(world: GithubWorld, name: str) -> None:
    if world.state(name) == "open":
        world.repo.review(world.pulls[name], by=REVIEWER, state="CHANGES_REQUESTED", body="Wait.")


def close(world: GithubWorld, name: str) -> None:
    if world.state(name) == "open":
        world.repo.close(world.pulls[name], by=AUTHOR)


def push(world: GithubWorld, name: str) -> None:
    """Somebody else adds a commit; where the branch is gone, there is nothing to push to."""
    branch = f"feature/{name}"
    if world.repo.data.branch(branch) is None:
        return
    world.repo.push(branch, {f"stranger-{name}.txt": "by hand\n"}, by=REVIEWER, message="By somebody else")
    line = world.repo.box.git("log", "-1", "--format=%an <%ae>%x00%at%x00%s", branch)
    world.authored.setdefault(name, []).append(Authored(*line.split("\0")))


def rewrite(world: GithubWorld, name: str) -> None:
    """The author amends the last commit and forces it."""
    branch, box = f"feature/{name}", world.repo.box
    if world.repo.data.branch(branch) is None:
        return
    old = box.git("log", "-1", "--format=%an <%ae>%x00%at%x00%s", branch)
    tree = box.git("ls-tree", branch)
    blob = box.git("hash-object", "-w", "--stdin", stdin=b"amended\n")
    made = box.git("mktree", stdin=f"{tree}\n100644 blob {blob}\tamended-{name}.txt\n".encode())
    new = box.git("commit-tree", made, "-p", f"{branch}^", "-m", "Amended")
    world.repo.push(branch, new, by=AUTHOR)
    line = box.git("log", "-1", "--format=%an <%ae>%x00%at%x00%s", branch)
    mine = world.authored.setdefault(name, [])
    mine[:] = [commit for commit in mine if commit != Authored(*old.split("\0"))] + [Authored(*line.split("\0"))]


def move_base(world: GithubWorld, _name: str) -> None:
    world.repo.push(world.base, {"by-hand.txt": "by hand\n"}, by=REVIEWER, message="By hand")


def delete_branch(world: GithubWorld, name: str) -> None:
    if world.repo.data.branch(f"feature/{name}") is not None:
        world.repo.push(f"feature/{name}", None, by=AUTHOR)


CHANGES: Final[Mapping[str, Change]] = {
    "label taken, hold set": Change(take_label, shows_pulls),
    "approval withdrawn": Change(take_approval, shows_pulls),
    "closed": Change(close, shows_pulls),
    "somebody else pushes": Change(push, shows_refs),
    "head rewritten": Change(rewrite, shows_refs),
    "base moved": Change(move_base, shows_refs, guarded=False),
    "branch deleted": Change(delete_branch, shows_refs),
    "rebased one closed": Change(close, shows_refs, of_rebased=True),
    "rebased one pushed to": Change(push, shows_refs, of_rebased=True),
    "rebased one rewritten": Change(rewrite, shows_refs, of_rebased=True),
    "rebased one deleted": Change(delete_branch, shows_refs, of_rebased=True),
}
