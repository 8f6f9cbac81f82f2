"""Pauses the queue: an open issue with the freeze label, or mergebot's own memory where no issue can be made."""

from dataclasses import replace
from typing import Any, Final

from mergebot.errors import LockedError, MergebotError
from mergebot.forge.github.errors import NoAnswerError
from mergebot.forge.github.frozen import by_issue, by_memory
from mergebot.forge.github.plain import as_dict, as_text, one_line
from mergebot.forge.github.session import STATE
from mergebot.forge.github.state import write_memory
from mergebot.forge.github.writing import Writing
from mergebot.git.repository import Identity
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome

TITLE_LIMIT: Final = 200

_WHAT_TO_DO: Final = "mergebot merges nothing as long as this issue is open and has its label. Close it to go on."


def freeze(writing: Writing, reason: str, *, identity: Identity) -> Outcome:
    """Pause the queue for this reason until a person lifts it; this pass stops in any case.

    Raises:
        LockedError: another pass is at work.
    """
    title = one_line(reason, TITLE_LIMIT)
    writing.session.deeds.frozen = writing.session.deeds.frozen or title
    try:
        return _by_issue(writing, title)
    except LockedError:
        raise
    except MergebotError as error:
        return _by_memory(writing, title, identity, error.message)


def _by_issue(writing: Writing, title: str) -> Outcome:
    label = writing.session.seen.freeze_label
    if (issue := _there(writing, title)) is not None:
        return _labelled(writing, issue, AlreadyDone(detail=f"issue #{issue['number']} says so already"))
    body = f"{_text(title)}\n\n{_WHAT_TO_DO}\n"
    try:
        made = as_dict(writing.send("POST", "/issues", {"title": title, "body": body, "labels": [label]}))
    except NoAnswerError:
        made = _there(writing, title) or {}
    if not isinstance(made.get("number"), int):
        raise NoAnswerError("GitHub did not answer the new issue, and it is not there")
    return _labelled(writing, made, Done(detail=f"the queue is paused by issue #{made['number']}"))


def _there(writing: Writing, title: str) -> dict[str, Any] | None:
    """The open issue of this title; the list has pull requests as well."""
    session = writing.session
    query = {"state": "open", "labels": session.seen.freeze_label}
    items = session.client.pages(f"{session.api}/issues", **query)
    issues = (item for item in items if isinstance(item, dict) and "pull_request" not in item)
    return next((item for item in issues if item.get("title") == title and isinstance(item.get("number"), int)), None)


def _labelled(writing: Writing, issue: dict[str, Any], outcome: Outcome) -> Outcome:
    """Platform: a label that the account may not set is left out of a new issue without a word."""
    label = writing.session.seen.freeze_label
    if label.casefold() in _labels(issue):
        return _known(writing, issue, outcome)
    answer = writing.send("POST", f"/issues/{issue['number']}/labels", {"labels": [label]})
    if label.casefold() not in _labels({"labels": answer}):
        raise MergebotError(f"issue #{issue['number']} did not get the label {one_line(label)}")
    return _known(writing, issue, outcome)


def _known(writing: Writing, issue: dict[str, Any], outcome: Outcome) -> Outcome:
    """This pass tells of it as the next one will, which sees the issue."""
    writing.session.deeds.frozen = by_issue(as_text(issue.get("title")), issue["number"])
    return outcome


def _labels(issue: dict[str, Any]) -> set[str]:
    labels = issue.get("labels")
    return {as_text(as_dict(item).get("name")).casefold() for item in (labels if isinstance(labels, list) else [])}


def _by_memory(writing: Writing, title: str, identity: Identity, why: str) -> Outcome:
    session = writing.session
    if session.seen.memory.frozen:
        return AlreadyDone(detail="it is paused already")
    try:
        outcome = write_memory(writing, replace(session.seen.memory, frozen=title), identity=identity)
    except LockedError:
        raise
    except MergebotError as error:
        return Failed(reason=f"the queue could not be paused: {why}; {error.message}", hint="pause it by hand")
    if isinstance(outcome, Done):
        session.deeds.frozen = by_memory(title)
        return Done(detail=f"the queue is paused until {STATE} is deleted: no issue could be made ({why})")
    return Failed(reason=f"the queue could not be paused: {why}", hint="open an issue with the freeze label by hand")


def _text(title: str) -> str:
    """The reason in a body: as code, in which nothing is markup, a mention or a reference."""
    return f"`{title.replace('`', chr(39))}`"
