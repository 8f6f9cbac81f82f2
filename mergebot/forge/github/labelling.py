"""Labels that mergebot sets and removes for somebody who asked for it, and what counts until GitHub shows them."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from mergebot.errors import MergebotError
from mergebot.forge.github.errors import MissingError
from mergebot.forge.github.plain import as_dict, as_text, one_line
from mergebot.forge.github.session import Deeds, Session
from mergebot.forge.github.writing import Writing
from mergebot.model.ids import PrNumber


def change_labels(writing: Writing, pr: PrNumber, *, add: Sequence[str], remove: Sequence[str]) -> None:
    """Put labels on and take others off; what is so already stays. Platform: a label that is new comes into being.

    Raises:
        MergebotError: it could not be done.
    """
    if add:
        there = _names(writing.send("POST", f"/issues/{pr}/labels", {"labels": [*add]}))
        if left_out := [name for name in add if name.casefold() not in there]:
            raise MergebotError(f"#{pr} did not get the label {one_line(left_out[0])}", hint="set it by hand")
        for name in add:
            _note(writing, pr, there[name.casefold()], is_there=True)
    for name in remove:
        _remove(writing, pr, name)
        _note(writing, pr, name, is_there=False)


def as_changed(labels: frozenset[str], changes: Mapping[str, bool]) -> frozenset[str]:
    """The labels as GitHub shows them, with the changes that it does not show yet."""
    known = {name.casefold() for name in labels}
    added = {name for name, is_there in changes.items() if is_there and name.casefold() not in known}
    gone = {name.casefold() for name, is_there in changes.items() if not is_there}
    return frozenset(name for name in labels if name.casefold() not in gone) | added


def settle(deeds: Deeds, pr: PrNumber, labels: frozenset[str]) -> None:
    """Of what GitHub shows by now mergebot keeps no record: from here on a person may change it again."""
    known = {name.casefold() for name in labels}
    changes = deeds.labels.get(pr, {})
    deeds.labels[pr] = {name: is_there for name, is_there in changes.items() if is_there != (name.casefold() in known)}


def labels_now(session: Session, pr: PrNumber, shown: frozenset[str]) -> frozenset[str]:
    """The labels at this moment; `shown`: what GraphQL says.

    Where it lags behind what this pass has changed REST tells, and what a person has changed since is no longer ours.

    Raises:
        MergebotError: they cannot be read.
    """
    changes = session.deeds.labels.get(pr, {})
    if as_changed(shown, changes) == shown:
        return shown
    there = _names(session.client.pages(f"{session.api}/issues/{pr}/labels"))
    session.deeds.labels[pr] = {
        name: is_there for name, is_there in changes.items() if is_there == (name.casefold() in there)
    }
    return frozenset(there.values())


def _remove(writing: Writing, pr: PrNumber, name: str) -> None:
    """Platform: 404 where it is not on, and also where the token may not see the pull request."""
    try:
        writing.send("DELETE", f"/issues/{pr}/labels/{quote(name, safe='')}")
    except MissingError:
        session = writing.session
        if name.casefold() in _names(session.client.pages(f"{session.api}/issues/{pr}/labels")):
            raise


def _note(writing: Writing, pr: PrNumber, name: str, *, is_there: bool) -> None:
    changes = writing.session.deeds.labels.setdefault(pr, {})
    for known in [known for known in changes if known.casefold() == name.casefold()]:
        del changes[known]
    changes[name] = is_there


def _names(answer: Any) -> dict[str, str]:  # noqa: ANN401 (JSON)
    """The labels in an answer as they are spelled, by what they are compared by."""
    names = [as_text(as_dict(item).get("name")) for item in (answer if isinstance(answer, list) else [])]
    return {name.casefold(): name for name in names}
