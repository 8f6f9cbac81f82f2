"""Many small GraphQL questions about one repository in few requests: each gets an alias, and its own errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mergebot.errors import AccessError, MergebotError
from mergebot.forge.github import queries
from mergebot.forge.github.client import Client, GraphError, Reply
from mergebot.forge.github.errors import TooHeavyError

ROOM: Final = 100
"""How much weight one request carries: as many look-ups, or a quarter as many whole PRs."""

PULL_WEIGHT: Final = ROOM // queries.PAGE
_SHOWN: Final = 200
_RIGHTS: Final = {"issues": "issues", "open": "pull requests", "merged": "pull requests"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """One question: its text with `{}` for each variable, those with their types, and the fragment that it needs."""

    text: str
    args: tuple[tuple[str, str | int], ...]
    fragment: str = ""
    weight: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What GitHub says, null included; `errors` that lie in it, their paths from there on."""

    value: Any
    errors: tuple[GraphError, ...] = ()

    @property
    def is_missing(self) -> bool:
        """Whether GitHub knows of no such thing; that is an answer, and no failure."""
        return self.value is None and all(error.kind == "NOT_FOUND" for error in self.errors)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """Asks about one repository, `OWNER/NAME`."""

    client: Client
    repository: str

    def query(self, document: str, **variables: str | int) -> Reply:
        """Ask with a document of one's own; the repository is among the variables already."""
        owner, _, name = self.repository.partition("/")
        return self.client.query(document, {"owner": owner, "name": name, **variables})

    def ask(self, asks: Sequence[Ask]) -> list[Answer]:
        """The answers, in the order of the questions.

        Raises:
            MergebotError: a request failed, or its answer cannot be told apart.
        """
        return [answer for part in _parts(asks) for answer in self._halving(part)]

    def _halving(self, asks: Sequence[Ask]) -> list[Answer]:
        try:
            return self._once(asks)
        except TooHeavyError:
            if len(asks) == 1:
                raise
            half = len(asks) // 2
            return [*self._halving(asks[:half]), *self._halving(asks[half:])]

    def _once(self, asks: Sequence[Ask]) -> list[Answer]:
        fields: list[str] = []
        types: list[str] = []
        variables: dict[str, str | int] = {}
        for number, item in enumerate(asks):
            text = item.text
            for kind, value in item.args:
                name = f"v{len(types)}"
                text = text.replace("{}", f"${name}", 1)
                types.append(kind)
                variables[name] = value
            fields.append(f"a{number}: {text}")
        fragments = [text for text in dict.fromkeys(item.fragment for item in asks) if text]
        reply = self.query(queries.document(fields, types, fragments), **variables)
        found = repository_of(reply, self.repository)
        errors: list[list[GraphError]] = [[] for _ in asks]
        for error in reply.errors:
            errors[_place(error, len(asks))].append(below(error, 2))
        return [Answer(value=found.get(f"a{n}"), errors=tuple(errors[n])) for n in range(len(asks))]


def repository_of(reply: Reply, repository: str) -> Mapping[str, Any]:
    """The part of an answer that is about the repository.

    Raises:
        AccessError: there is none.
    """
    found = reply.data.get("repository")
    if isinstance(found, Mapping):
        return found
    words = "; ".join(dict.fromkeys(shown(error) for error in reply.errors)) or "it did not say why"
    for error in reply.errors:
        # platform: a list that must be there takes the whole repository with it when it may not be read.
        part = str(error.path[1]) if len(error.path) > 1 else ""
        if part in _RIGHTS:
            hint = f"give the token the right to read {_RIGHTS[part]}"
            raise AccessError(f"GitHub does not show the {_RIGHTS[part]} of {repository}: {words}", hint=hint)
    hint = "check its name, and that the token may read it"
    raise AccessError(f"GitHub shows no repository {repository}: {words}", hint=hint)


def below(error: GraphError, depth: int) -> GraphError:
    """The error with its path from so many steps further down."""
    return GraphError(kind=error.kind, message=error.message, path=error.path[depth:])


def shown(error: GraphError) -> str:
    """GitHub's words, short and on one line."""
    words = " ".join(error.message.split())[:_SHOWN]
    return "".join(char if char.isprintable() else "?" for char in words) or error.kind or "it did not say why"


def unclear(error: GraphError) -> MergebotError:
    """For an error of which it cannot be told what it leaves out: then nothing of the answer can be used."""
    return MergebotError(f"GitHub's answer is incomplete: {shown(error)}", hint="the next pass asks again")


def _place(error: GraphError, count: int) -> int:
    if len(error.path) > 1 and error.path[0] == "repository":
        alias = str(error.path[1])
        if alias[:1] == "a" and alias[1:].isdecimal() and int(alias[1:]) < count:
            return int(alias[1:])
    raise unclear(error)


def _parts(asks: Sequence[Ask]) -> list[list[Ask]]:
    parts: list[list[Ask]] = []
    room = 0
    for item in asks:
        if item.weight > room:
            parts.append([])
            room = ROOM
        parts[-1].append(item)
        room -= item.weight
    return parts
