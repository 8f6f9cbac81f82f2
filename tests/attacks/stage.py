"""What attackers do, and what came of it."""

from dataclasses import dataclass

from mergebot.model.plan import Entry, EntryState
from tests.scenarios.github_world import AUTHOR, REVIEWER, GithubWorld

WRITER = "wanda"
"""Somebody with write access who keeps nothing."""

LANDED = "landed"


@dataclass(frozen=True)
class End:
    """How one PR stands after all that: its state and the reason that people read."""

    state: EntryState
    because: str


def ends(world: GithubWorld) -> dict[str, End | str]:
    """CI answers, a pass is made, and this is how each PR ends: landed, or how it stands."""
    world.answer()
    world.run()
    return standing(world)


def standing(world: GithubWorld) -> dict[str, End | str]:
    """How each PR stands now, by its name here."""
    entries: dict[int, End] = {entry.pr: End(entry.state, entry.because) for entry in world.plan().entries}
    landed = dict.fromkeys(world.landed(), LANDED)
    return {name: landed.get(name) or entries[number] for name, number in world.pulls.items()}


def entry_of(world: GithubWorld, number: int) -> Entry:
    """An open PR as the queue sees it now."""
    [found] = [entry for entry in world.plan().entries if entry.pr == number]
    return found


def vouch(world: GithubWorld, name: str, *, by: str = WRITER, text: str = "Review Score: 10/10") -> None:
    """Somebody with write access approves, and gives it a ten."""
    world.hub.user(by, permission="write")
    world.repo.review(world.pulls[name], by=by, state="APPROVED", body=text)


def open_pull(world: GithubWorld, name: str, branch: str, *, body: str = "", author: str = AUTHOR) -> int:
    """Open a requested PR from a branch that was pushed, under a name for it here."""
    pull = world.repo.open_pull(branch, base=world.base, title=name, body=body, author=author, labels=["merge"])
    world.pulls[name] = pull.number
    return pull.number


def approve(world: GithubWorld, number: int) -> None:
    """The reviewer approves, and gives it a ten."""
    world.repo.review(number, by=REVIEWER, state="APPROVED", body="Review Score: 10/10")
