"""Who asks what of mergebot in comments, and what that makes of a PR's labels and of its place in the queue.

A person needs write access. A bot is nobody's collaborator: it is heard where `agents.trusted_authors` lists it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

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
LABELLING = _STOPS | _GOES_ON


class Standing(StrEnum):
    """Whether somebody may give commands; UNSURE: it could not be read, and may be next time."""

    MAY = "may"
    MAY_NOT = "may_not"
    UNSURE = "unsure"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A comment that asks for something.

    `outdated`: a newer command about the labels has been carried out, which stands. `add`, `remove`: the labels that
    carrying it out changes, after the older ones.
    """

    remark: Remark
    asked: tuple[Asked, ...]
    standing: Standing
    outdated: bool = False
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
    """A text that somebody else has changed is not its author's, and mergebot gives itself no commands."""
    trusted = frozenset(login.casefold() for login in policy.trusted_authors)
    spoken = (remark for remark in pr.remarks if not remark.edited_by and not remark.author.is_me)
    return tuple(
        Request(remark=remark, asked=asked, standing=_standing(remark.author, trusted))
        for remark in sorted(spoken, key=lambda remark: remark.id)
        if (asked := read_commands(remark.body))
    )


def _standing(person: Person, trusted: frozenset[str]) -> Standing:
    if person.is_bot:
        return Standing.MAY if person.login.casefold() in trusted else Standing.MAY_NOT
    if person.permission is Permission.UNKNOWN:
        return Standing.UNSURE
    return Standing.MAY if may_write(person) else Standing.MAY_NOT


def _considered(pr: PullRequest, requests: Sequence[Request], queue: Queue, claims: Claims) -> Requests:
    """In their order, so that later ones win; a command that was passed over once never undoes a newer one."""
    auto = is_auto(pr.number, queue, claims)
    newest = max((place for place, request in enumerate(requests) if _was_done(request)), default=-1)
    labels, every = pr.labels, []
    for place, request in enumerate(requests):
        commands = [asked for asked in request.asked if asked in LABELLING]
        if not request.is_due or not commands:
            every.append(request)
            continue
        outdated, before = place < newest, labels
        for command in () if outdated else commands:
            labels = _changed(labels, command, queue, auto=auto)
        add, remove = tuple(sorted(labels - before)), tuple(sorted(before - labels))
        every.append(replace(request, outdated=outdated, add=add, remove=remove))
    held = _held(pr.labels, labels, every, queue, auto=auto) or _doubt(requests)
    return Requests(every=tuple(every), labels=labels, held=held)


def _was_done(request: Request) -> bool:
    """Whether its commands about labels were carried out, as far as anyone can tell."""
    done = request.remark.reply in (Reply.DONE, Reply.PUZZLED)
    done |= request.remark.reply is Reply.SEEN and request.standing is not Standing.MAY_NOT
    return done and any(asked in LABELLING for asked in request.asked)


def _changed(labels: Labels, command: Asked, queue: Queue, *, auto: bool) -> Labels:
    """The labels after a command; an agent's PR needs no label to be in the queue, so a hold takes it out."""
    match command:
        case Command.MERGE:
            return _set(labels, queue.label)
        case Command.HOLD:
            return _set(labels, queue.hold_label)
        case Command.UNHOLD:
            return _unset(labels, queue.hold_label)
        case Command.CANCEL:
            left = _unset(labels, queue.label)
            return _set(left, queue.hold_label) if auto else left
        case _:
            return labels


def _set(labels: Labels, label: str) -> Labels:
    return labels if is_among(label, labels) else labels | {label}


def _unset(labels: Labels, label: str) -> Labels:
    """Without it, however it is spelled on the PR."""
    return frozenset(other for other in labels if other.casefold() != label.casefold())


def _held(before: Labels, after: Labels, every: Sequence[Request], queue: Queue, *, auto: bool) -> str:
    """A hold or a cancel counts from the moment it is read, so that no merge slips in before the label is there."""
    held = is_among(queue.hold_label, after) and not is_among(queue.hold_label, before)
    out = is_among(queue.label, before) and not is_among(queue.label, after) and not auto
    for request in reversed(every):
        if (held or out) and request.is_due and not request.outdated and _STOPS.intersection(_commands(request)):
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
