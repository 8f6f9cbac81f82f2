"""GitHub's native stacks (contract 4.6): which PR stands where in which. GraphQL does not show them everywhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mergebot.forge.github.errors import DeniedError, MissingError
from mergebot.forge.github.session import Session
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.problem import Problem, Severity
from mergebot.model.snapshot import NativeStack

Node = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stacks:
    """The stacks with an open PR, as the REST API lists them; `unread`: why they could not be read ("" = they were)."""

    stacks: tuple[Node, ...] = ()
    unread: str = ""

    def by_member(self) -> dict[PrNumber, frozenset[PrNumber]]:
        """For each PR in a stack all PRs of it."""
        groups = (frozenset(PrNumber(one["number"]) for one in stack["pull_requests"]) for stack in self.stacks)
        return {number: group for group in groups for number in group}

    def members(self) -> frozenset[PrNumber]:
        """Every PR in a stack."""
        return frozenset(PrNumber(member["number"]) for stack in self.stacks for member in stack["pull_requests"])

    def problems(self) -> tuple[Problem, ...]:
        """What could not be read."""
        if not self.unread:
            return ()
        message = f"GitHub's native stacks could not be read, so one of their PRs may be refused: {self.unread}"
        hint = "give the token the right to read pull requests"
        return (Problem(where="stacks", message=message, hint=hint, severity=Severity.WARNING),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where each PR stands; `unclear`: PRs of stacks that do not add up at this moment, with the reason."""

    native: Mapping[PrNumber, NativeStack] = field(default_factory=dict)
    unclear: Mapping[PrNumber, str] = field(default_factory=dict)


def read_stacks(session: Session) -> Stacks:
    """Every stack with an open PR; none where GitHub does not have them (404).

    Raises:
        MergebotError: GitHub gave no answer.
    """
    try:
        found = session.client.pages(f"{session.api}/stacks")
    except MissingError:
        return Stacks()
    except DeniedError as error:
        return Stacks(unread=error.message)
    return Stacks(stacks=tuple(stack for stack in found if stack["open"]))


def place(stacks: Iterable[Node], bases: Mapping[PrNumber, Branch]) -> Places:
    """The place of each PR among the open ones of its stack, from the bottom; `bases`: of every open PR.

    GitHub merges what is below along with a PR, so a wrong order would merge what was not judged. Each one has to be
    open into the branch of the one below it, or the whole stack is unclear.
    """
    native: dict[PrNumber, NativeStack] = {}
    unclear: dict[PrNumber, str] = {}
    for stack in stacks:
        members = stack["pull_requests"]
        opened = [member for member in members if member["state"] == "open"]
        numbers = [PrNumber(member["number"]) for member in opened]
        for position, number in enumerate(numbers, 1):
            native[number] = NativeStack(number=stack["number"], position=position, size=len(numbers))
        for member in members:
            if member["state"] != "open":
                gone = NativeStack(number=stack["number"], position=0, size=len(numbers))
                native[PrNumber(member["number"])] = gone
        left = {stack["base"]["ref"], *(member["head"]["ref"] for member in members if member["state"] != "open")}
        if not _adds_up(opened, left, bases):
            reason = f"its place in GitHub's stack {stack['number']} is not clear at this moment"
            unclear.update(dict.fromkeys(numbers, reason))
    return Places(native=native, unclear=unclear)


def _adds_up(opened: Iterable[Node], left: set[str], bases: Mapping[PrNumber, Branch]) -> bool:
    below = left
    for member in opened:
        if bases.get(PrNumber(member["number"])) not in below:
            return False
        below = {member["head"]["ref"]}
    return True
