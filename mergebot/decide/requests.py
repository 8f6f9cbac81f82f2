"""Who asks what of mergebot in comments, and what that makes of a PR's labels and of its place in the queue.

A person needs write access. A bot is nobody's collaborator: it is heard where `agents.trusted_authors` lists it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from mergebot.decide.agents import Claims
from mergebot.decide.index import Index, is_among
from mergebot.decide.patches import may_write
from mergebot.decide.spoken import Asked, Command, read_commands
from mergebot.model.ids import PrNumber
from mergebot.model.people import Permission, Person, Remark, Reply
from mergebot.model.policy import Policy, Queue
from mergebot.model.snapshot import PullRequest

Labels = frozenset[str]
_STOPS = frozenset({Command.HOLD, Command.CANCEL})
_GOES_ON = frozenset({Command.UNHOLD, Command.MERGE})
MOST_OF_A_STRANGER = 2_000
"""Characters of a comment that are read of somebody who may give no commands."""

LABELLING = _STOPS | _GOES_ON


class Standing(StrEnum):
    """Whether somebody may give commands; UNSURE: it could not be read, and may be next time."""

    MAY = "may"
    MAY_NOT = "may_not"
    UNSURE = "unsure"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A comment that asks for something.

    `outdated`: commands over which a newer one stands that has been carried out. `add`, `remove`: the labels that it
    changes, or would if the older ones were carried out: whichever of them fails, its word holds.
    """

    remark: Remark
    asked: tuple[Asked, ...]
    standing: Standing
    outdated: frozenset[Command] = frozenset()
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def is_due(self) -> bool:
        """Whether it is still to be carried out."""
        return self.remark.reply is None and self.standing is Standing.MAY


@dataclass(frozen=True, kw_only=True, slots=True)
class Requests:
    """All that is asked on one PR, oldest first. `labels`: those it has once every command that is due is done.

    `held`: why nothing is done to the PR from this moment on, whatever becomes of the labels ("": nothing is asked).
    """

    every: tuple[Request, ...]
    labels: Labels
    held: str = ""


def find_requests(index: Index, claims: Claims) -> dict[PrNumber, Requests]:
    """What is asked on every open PR; those on which nothing is asked are left out."""
    found: dict[PrNumber, Requests] = {}
    for number, pr in index.pulls.open.items():
        requests = _read(pr, index.pulls.policy) if pr.remarks else ()
        if requests:
            found[number] = _considered(pr, requests, index.pulls.policy.queue, claims)
    return found


def is_auto(number: PrNumber, queue: Queue, claims: Claims) -> bool:
    """Whether a PR is in the queue without a label, as an agent's."""
    return queue.auto_agents and number in claims.claimed


def _read(pr: PullRequest, policy: Policy) -> tuple[Request, ...]:
    """A text that somebody else has changed is not its author's, and mergebot gives itself no commands.

    The person whose token mergebot has been given is another matter, and heard.
    """
    trusted = frozenset(login.casefold() for login in policy.trusted_authors)
    standing = partial(_standing, trusted=trusted)
    spoken = (remark for remark in pr.remarks if not remark.edited_by and not remark.author.is_own_bot)
    return tuple(
        Request(remark=remark, asked=asked, standing=standing(remark.author))
        for remark in sorted(spoken, key=lambda remark: remark.id)
        if (asked := _asked(remark.body, standing(remark.author)))
    )


def _asked(body: str, standing: Standing) -> tuple[Asked, ...]:
    """Who may give no commands must not take a pass's time with long ones: it is refused, whatever else is said."""
    return read_commands(body[:MOST_OF_A_STRANGER] if standing is Standing.MAY_NOT else body)


def _standing(person: Person, trusted: frozenset[str]) -> Standing:
    if person.is_bot:
        return Standing.MAY if person.login.casefold() in trusted else Standing.MAY_NOT
    if person.permission is Permission.UNKNOWN:
        return Standing.UNSURE
    return Standing.MAY if may_write(person) else Standing.MAY_NOT


def _considered(pr: PullRequest, requests: Sequence[Request], queue: Queue, claims: Claims) -> Requests:
    """In their order, so that later ones win; a command that was passed over once never undoes a newer one."""
    auto = is_auto(pr.number, queue, claims)
    labels, every = pr.labels, []
    for place, request in enumerate(requests):
        if not request.is_due:
            every.append(request)
            continue
        settled = {
            label for newer in requests[place + 1 :] if _was_done(newer) for label in _wants(newer, queue, auto=auto)
        }
        outdated = {c for c in _commands(request) if (own := _of(c, queue, auto=auto)) and own.keys() <= settled}
        wants = {label: on for label, on in _wants(request, queue, auto=auto).items() if label not in settled}
        add, remove = _changes(wants, pr.labels, labels)
        labels = (labels - remove) | add
        every.append(
            replace(request, outdated=frozenset(outdated), add=tuple(sorted(add)), remove=tuple(sorted(remove)))
        )
    held = _held(pr.labels, labels, every, queue, auto=auto) or _doubt(requests)
    return Requests(every=tuple(every), labels=labels, held=held)


def _was_done(request: Request) -> bool:
    """Whether its commands about labels were carried out, as far as anyone can tell; in doubt, those that stop it."""
    reply, commands = request.remark.reply, set(_commands(request))
    if reply is not Reply.SEEN or request.standing is Standing.MAY_NOT:
        return reply in (Reply.DONE, Reply.PUZZLED)
    return request.standing is Standing.MAY or not _GOES_ON & commands


def _wants(request: Request, queue: Queue, *, auto: bool) -> dict[str, bool]:
    """Which labels a request wants set, and which not; of its commands the last one counts."""
    wants: dict[str, bool] = {}
    for command in _commands(request):
        wants.update(_of(command, queue, auto=auto))
    return wants


def _of(command: Command, queue: Queue, *, auto: bool) -> dict[str, bool]:
    """The same of one command; an agent's PR needs no label to be in the queue, so a hold takes it out."""
    match command:
        case Command.MERGE:
            return {queue.label: True}
        case Command.CANCEL:
            return {queue.label: False, queue.hold_label: True} if auto else {queue.label: False}
        case Command.HOLD:
            return {queue.hold_label: True}
        case Command.UNHOLD:
            return {queue.hold_label: False}
        case _:
            return {}


def _changes(wants: Mapping[str, bool], now: Labels, then: Labels) -> tuple[Labels, Labels]:
    """What is added and removed (as it is spelled), be the labels as they are now or as the older requests want."""
    add = {label for label, on in wants.items() if on and not (is_among(label, now) and is_among(label, then))}
    off = {label.casefold() for label, on in wants.items() if not on}
    return frozenset(add), frozenset(label for label in now | then if label.casefold() in off)


def _held(before: Labels, after: Labels, every: Sequence[Request], queue: Queue, *, auto: bool) -> str:
    """A hold or a cancel counts from the moment it is read, so that no merge slips in before the label is there."""
    held = is_among(queue.hold_label, after) and not is_among(queue.hold_label, before)
    out = is_among(queue.label, before) and not is_among(queue.label, after) and not auto
    for request in reversed(every):
        if (held or out) and request.is_due and _STOPS.intersection(_commands(request)) - request.outdated:
            return f"{name_of(request.remark)} asks in a comment to {'hold it' if held else 'take it out of the queue'}"
    return ""


def _doubt(requests: Sequence[Request]) -> str:
    """A hold by someone whose rights could not be read: until they can be, it may be a good one."""
    doubt = ""
    for request in requests:
        commands = set(_commands(request))
        if request.standing is Standing.MAY and _GOES_ON & commands:
            doubt = ""
        elif request.standing is Standing.UNSURE and request.remark.reply is None and _STOPS & commands:
            name = name_of(request.remark)
            doubt = f"{name} asks in a comment to hold it, and whether {name} has write access could not be read"
    return doubt


def _commands(request: Request) -> Iterator[Command]:
    return (asked for asked in request.asked if isinstance(asked, Command))


def name_of(remark: Remark) -> str:
    """Who wrote a comment."""
    return remark.author.login or "somebody"
