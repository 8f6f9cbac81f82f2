"""Who is who: accounts, and what each may do in the repository. What cannot be read is unknown, never 'may not'."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mergebot.errors import MergebotError
from mergebot.forge.github import queries
from mergebot.forge.github.asking import Answer, Ask, Asker
from mergebot.forge.github.nodes import speaking
from mergebot.forge.github.session import Viewer
from mergebot.model.people import Permission, Person

GHOST: Final = Person(login="ghost", permission=Permission.NONE)
"""Whose account is gone."""

_BOT: Final = "[bot]"
Node = Mapping[str, Any]


@dataclass(kw_only=True, slots=True)
class People:
    """The accounts of one repository; what is asked once is remembered.

    `owner`: the login of the user whose repository it is ("" where it is an organisation's). `known`: by login in
    lower case; None: GitHub did not say.
    """

    viewer: Viewer
    owner: str = ""
    is_private: bool = False
    known: dict[str, Permission | None] = field(default_factory=dict)

    def questions(self, nodes: Iterable[Node]) -> list[Ask]:
        """What has to be asked about the accounts in these PRs; bots are no collaborators."""
        people = (who for node in nodes for who in _accounts(node) if not _is_bot(who) and not _is_left(who))
        logins = {who["login"].lower(): who["login"] for who in people}
        return [
            Ask(text=queries.COLLABORATOR, args=(("String!", login),))
            for key, login in logins.items()
            if key not in self.known
        ]

    def learn(self, asks: Iterable[Ask], answers: Iterable[Answer]) -> None:
        """Remember what GitHub answered."""
        for item, answer in zip(asks, answers, strict=True):
            login = str(item.args[0][1]).lower()
            self.known[login] = self._answered(login, answer)

    def _answered(self, login: str, answer: Answer) -> Permission | None:
        if answer.value is None or answer.errors:  # only those who may push see who else may
            return None
        for edge in answer.value["edges"] or ():
            if edge is None or (edge.get("node") or {}).get("login", "").lower() != login:
                continue
            try:
                return Permission(edge["permission"].lower())
            except ValueError:
                return Permission.UNKNOWN
        return Permission.NONE if self.is_private else Permission.READ

    def person(self, actor: Node | None, *, association: str = "", may_push: bool | None = None) -> Person:
        """One account; `association` and `may_push`: what a review or a PR says of it, where nothing better is known.

        A bot keeps the `[bot]` of its name: without it a person could have the same one.
        """
        if actor is None:
            return GHOST
        if _is_left(actor):
            return Person(login=actor["login"], permission=Permission.NONE)
        login, is_bot = actor["login"].removesuffix(_BOT), _is_bot(actor)
        is_me = is_bot == self.viewer.is_bot and login.lower() == self.viewer.login.lower()
        if is_bot:
            permission = Permission.WRITE if may_push else Permission.NONE
            return Person(login=f"{login}{_BOT}", is_bot=True, is_me=is_me, permission=permission)
        return Person(login=login, is_me=is_me, permission=self._permission(login.lower(), association, may_push))

    def _permission(self, login: str, association: str, may_push: bool | None) -> Permission:  # noqa: FBT001 (three answers)
        known = self.known.get(login)
        if known is not None:
            return Permission.WRITE if may_push and known in (Permission.NONE, Permission.READ) else known
        if association == "OWNER" or (self.owner and login == self.owner.lower()):
            return Permission.ADMIN
        if may_push is None:
            return Permission.UNKNOWN
        return Permission.WRITE if may_push else Permission.READ


def edited_by(node: Node) -> str:
    """Who else has changed a text. Platform: whoever may write can; only the last one is told."""
    author, editor = node["author"], node["editor"]
    if editor is None:
        return "" if node["lastEditedAt"] is None else "somebody"
    return "" if editor == author else str(editor["login"])


def viewer_of(node: Node) -> Viewer:
    """The account that mergebot acts as.

    Raises:
        MergebotError: GitHub does not say.
    """
    login = node.get("login")
    if not isinstance(login, str) or not login:
        raise MergebotError("GitHub does not say which account the token belongs to")
    return Viewer(login=login.removesuffix(_BOT), id=node.get("databaseId") or 0, is_bot=login.endswith(_BOT))


def learn_people(asker: Asker, people: People, nodes: Iterable[Node]) -> None:
    """Ask about everybody in these PRs who is not known yet."""
    asks = people.questions(nodes)
    people.learn(asks, asker.ask(asks))


def _is_bot(actor: Node) -> bool:
    return bool(actor["__typename"] == "Bot" or actor["login"].endswith(_BOT))


def _is_left(actor: Node) -> bool:
    """Whether it stands for somebody elsewhere. Platform: an import leaves them, with logins that others have here."""
    return bool(actor["__typename"] == "Mannequin")


def _accounts(node: Node) -> Iterator[Node]:
    """The author of a PR, those of its reviews, and of the comments that speak to mergebot."""
    reviews = (node.get("reviews") or {}).get("nodes") or ()
    for item in (node, *reviews, *speaking(node)):
        if item is not None and item.get("author") is not None:
            yield item["author"]
