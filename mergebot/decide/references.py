"""What `Depends-On:` names (contract 2.3): `#12`, a PR's URL, `agent:NAME`, several with commas."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from mergebot.decide.codes import Code
from mergebot.model.ids import AgentName, PrNumber
from mergebot.model.plan import Fail
from mergebot.model.snapshot import Snapshot

_NUMBER = re.compile(r"(?:#|GH-)([0-9]{1,9})", re.IGNORECASE)
_AGENT = re.compile(r"agent:[ ]*(\S+)", re.IGNORECASE)
_SHORT = re.compile(r"([\w.-]+/[\w.-]+)#([0-9]{1,9})")
_URL = re.compile(r"https?://([^/\s]+)/([^/\s]+/[^/\s]+)/(?:pull|issues)/([0-9]{1,9})(?:[/?#]\S*)?", re.IGNORECASE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]*)\)")
_NONE = frozenset({"none", "n/a"})
_SHOWN = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """One dependency as the text names it: a number, an agent, or why it is neither."""

    number: PrNumber | None = None
    agent: AgentName | None = None
    fault: Fail | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """The repository that references are read in: its name, and the host of its page ("" if it has none)."""

    repository: str
    host: str = ""

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Home":
        """Where a snapshot was taken."""
        return cls(repository=snapshot.repository, host=_host(urlsplit(snapshot.url).netloc))

    def has(self, repository: str, host: str = "") -> bool:
        """Whether a name, with the host of its URL, is this repository's."""
        elsewhere = host and self.host and _host(host) != self.host
        return not elsewhere and repository.casefold() == self.repository.casefold()


def _host(netloc: str) -> str:
    return netloc.casefold().removeprefix("www.")


def read_references(line: str, home: Home) -> Iterator[Reference]:
    """What the value of a `Depends-On:` line names; whatever is not understood is a fault, never nothing."""
    if line.casefold() in _NONE:
        return
    for item in line.split(","):
        text = item.strip().rstrip(".;").strip()
        reference = _read(text, home)
        if reference is None and len(words := text.split()) > 1 and all(_read(word, home) for word in words):
            yield from (read for word in words if (read := _read(word, home)) is not None)
        else:
            yield reference or Reference(fault=_unreadable(text))


def _read(item: str, home: Home) -> Reference | None:
    """One item, None if it is not understood."""
    link = _LINK.fullmatch(item)
    text = link[1] if link else item.removeprefix("<").removesuffix(">")
    if (number := _NUMBER.fullmatch(text)) is not None:
        return Reference(number=PrNumber(int(number[1])))
    if (agent := _AGENT.fullmatch(text)) is not None:
        return Reference(agent=AgentName(agent[1]))
    if (url := _URL.fullmatch(text)) is not None:
        host, repository, number_there = url.groups()
    elif (short := _SHORT.fullmatch(text)) is not None:
        host, repository, number_there = "", short[1], short[2]
    else:
        return None
    if home.has(repository, host):
        return Reference(number=PrNumber(int(number_there)))
    return Reference(fault=_elsewhere(text, home))


def _elsewhere(text: str, home: Home) -> Fail:
    here = f"{home.host}/{home.repository}" if home.host else home.repository
    reason = f"`Depends-On: {text[:_SHOWN]}` is in another repository, not in {here}: only its own can be waited for"
    return Fail(code=Code.DEPENDENCIES_ELSEWHERE, reason=reason)


def _unreadable(text: str) -> Fail:
    shown = f"`{text[:_SHOWN]}`" if text else "nothing"
    reason = f"`Depends-On:` names {shown}, which is not understood: write #12, agent:NAME or a pull request's URL"
    return Fail(code=Code.DEPENDENCIES_UNREADABLE, reason=reason)
