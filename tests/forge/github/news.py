"""What the tests of what a pass publishes have in common."""

from pathlib import Path
from typing import Any

from mergebot.forge.github.memory import Memory
from mergebot.forge.github.session import OwnStatus, Session
from mergebot.forge.github.state import read_memory
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.notice import Notice, Report, StatusState
from mergebot.model.outcome import Outcome, PassResult
from mergebot.model.plan import Entry, EntryState, Plan
from mergebot.model.snapshot import BaseBranch, Head
from tests.builders import sha
from tests.forge.github.desk import Desk

ONE, TWO = PrNumber(1), PrNumber(2)
HEAD = sha(11)
BASE = sha("base")
MINE = {"login": "mergebot[bot]", "type": "Bot"}


def new_desk(tmp_path: Path) -> Desk:
    """A desk that takes statuses and comments."""
    desk = Desk.create(tmp_path)
    desk.script.on("POST", "/statuses/.*", {"id": 1})
    desk.script.on("GET", "/issues/1/comments", [])
    desk.script.on("POST", "/issues/1/comments", {"id": 50})
    desk.script.on("PATCH", "/issues/comments/50", {"id": 50})
    return desk


def entry(number: int, **changes: Any) -> Entry:  # noqa: ANN401 (a builder takes any field)
    defaults: dict[str, Any] = {
        "pr": PrNumber(number),
        "title": f"Change {number}",
        "agent": None,
        "head": Head(branch=Branch(f"change-{number}"), sha=sha(10 + number)),
        "state": EntryState.WAITING,
        "because": "its checks are running",
        "criteria": (),
    }
    return Entry(**{**defaults, **changes})


def plan(*entries: Entry, order: tuple[PrNumber, ...] = ()) -> Plan:
    base = BaseBranch(branch=Branch("main"), sha=BASE)
    return Plan(repository="o/r", base=base, taken_at=0.0, entries=entries, order=order)


def notice(number: int = 1, **changes: Any) -> Notice:  # noqa: ANN401 (as above)
    defaults: dict[str, Any] = {
        "pr": PrNumber(number),
        "head": sha(10 + number),
        "state": StatusState.PENDING,
        "description": "waiting: its checks are running",
    }
    return Notice(**{**defaults, **changes})


BLOCKED = notice(
    state=StatusState.FAILURE, description="blocked", comment="**Blocked**: it conflicts.", new_comment=True
)


def publish(desk: Desk, session: Session, *notices: Notice, entries: tuple[Entry, ...] = (entry(1),)) -> Outcome:
    return desk.writer(session).publish(plan(*entries), PassResult(), Report(notices=notices))


def next_session(desk: Desk) -> Session:
    """The next pass's session, with what it would read."""
    session = desk.session()
    session.seen.memory, session.seen.state = read_memory(session.mirror, session.seen.refs)
    return session


def quiet(session: Session) -> Session:
    """Everything was said before."""
    session.seen.memory = Memory(heads={ONE: HEAD})
    session.seen.statuses = {ONE: OwnStatus(head=HEAD, state="pending", description="waiting: its checks are running")}
    return session
