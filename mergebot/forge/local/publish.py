"""What others read after a pass: `merge-queue.json`, and in `status.json` what became of each agent (contract 6).

No time stands in them, so a pass that found nothing to do writes nothing.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mergebot.forge.local import memory
from mergebot.forge.local.json_edit import Span, Text, encode
from mergebot.forge.local.places import STATUS
from mergebot.forge.local.reader import merged_branch
from mergebot.forge.local.roster import Opened
from mergebot.forge.local.state import State
from mergebot.forge.local.status import MERGED, parse_status
from mergebot.model.ids import AgentName, Branch, PrNumber, Sha
from mergebot.model.plan import CriterionName, Entry, EntryState, Fail, Plan


def queue_file(raw: bytes | None, plan: Plan, state: State) -> bytes:
    """The new `merge-queue.json`; what the old one says of a pause is kept, for only a person lifts it."""
    old = memory.parse(raw) or {}
    # The later ones win: what was remembered and is neither open nor merged any more is closed, and what has landed
    # since the plan was made has landed.
    known = [_entry(pr.number, pr.agent, pr.branch, pr.head, memory.CLOSED) for pr in state.memory.prs]
    every = {entry["number"]: entry for entry in [*known, *map(_open, plan.entries), *_merged(state)]}
    content = {
        "schema": memory.SCHEMA,
        "base": {"branch": plan.base.branch, "sha": plan.base.sha},
        "order": list(plan.order),
        "prs": [every[number] for number in sorted(every)],
        "frozen": old.get("frozen") or None,
    }
    return memory.dumped(content)


def remembering(raw: bytes | None, state: State) -> bytes:
    """The `merge-queue.json` as it is, with the numbers that were given out since it was written."""
    old = memory.parse(raw) or {"schema": memory.SCHEMA}
    listed = old.get("prs")
    kept = [item for item in listed if memory.has_number(item)] if isinstance(listed, list) else []
    new = {item.number: item for item in state.roster.opened}
    kept = [item for item in kept if not _is_overtaken(item, new)]
    known = {item["number"] for item in kept}
    added = [
        _entry(number, item.record.name, item.branch, item.head, memory.OPEN)
        for number, item in new.items()
        if number not in known
    ]
    return memory.dumped({**old, "prs": [*kept, *added]})


def _is_overtaken(item: dict[str, Any], opened: Mapping[PrNumber, Opened]) -> bool:
    """Whether another agent has this number now."""
    holder = opened.get(item["number"])
    return holder is not None and holder.record.name != item.get("agent")


def _entry(
    number: PrNumber, agent: AgentName | None, branch: Branch | None, head: Sha | None, state: str
) -> dict[str, Any]:
    return {"number": number, "agent": agent, "branch": branch, "head": head, "state": state}


def _open(entry: Entry) -> dict[str, Any]:
    common = _entry(entry.pr, entry.agent, entry.head.branch, entry.head.sha, entry.state.value)
    return {**common, "position": entry.position, "because": entry.because}


def _merged(state: State) -> Iterator[dict[str, Any]]:
    """By hand, and by the bot, as git's refs say."""
    for item in state.roster.by_hand:
        yield {**_entry(item.number, item.agent, item.branch, item.head, memory.MERGED), "landed": None}
    for number in state.landed:
        branch, tip = merged_branch(number, state), state.refs.merged.get(number)
        common = _entry(number, state.owners.get(number), branch, tip, memory.MERGED)
        yield {**common, "landed": state.refs.landed[number]}


def status_file(raw: bytes | None, plan: Plan, state: State) -> bytes:
    """The new `status.json`: only what the bot has to say is changed, every other character is left as it was.

    Who is not ready here has no pull request, whatever the plan saw: another process may have landed it since.
    """
    status = parse_status(STATUS, raw or b"")
    if raw is None or not status.usable or not status.records:
        return raw or b""
    text = Text(raw.decode())
    records = {record.name: record for record in status.records}
    merged = {item.agent for item in state.roster.by_hand if item.shown} | set(state.roster.by_bot)
    ready = {name for name, record in records.items() if record.ready}
    merged &= ready
    said_merged = {name for name, record in records.items() if record.merged}
    root = text.root()
    _Statements(text, text.members(text.members(root)["agents"])).write(plan, ready - merged, merged)
    _Lists(text, root).write(plan, ready - merged, merged, said_merged)
    return text.result().encode()


@dataclass(frozen=True, slots=True)
class _Statements:
    """The agents' records."""

    text: Text
    spans: dict[str, Span]

    def write(self, plan: Plan, ready: Collection[AgentName], merged: Collection[AgentName]) -> None:
        """Who was merged says so; who has an open pull request says what blocks it."""
        opened = {entry.pr for entry in plan.entries}
        for name in merged:
            self.text.put(self.spans[name], "status", encode(MERGED))
            self._blocked_by(name, [])
        for entry in plan.entries:
            if entry.agent is not None and entry.agent in ready:
                self._blocked_by(entry.agent, [f"#{number}" for number in entry.depends_on if number in opened])

    def _blocked_by(self, name: AgentName, blocking: Sequence[str]) -> None:
        old = self.text.members(self.spans[name]).get("blocked_by")
        new = [encode(item) for item in blocking]
        if old is None and new:
            self.text.put(self.spans[name], "blocked_by", f"[{', '.join(new)}]")
        elif old is not None and _written(self.text, old) != new:
            self.text.put_list(self.spans[name], "blocked_by", new)


@dataclass(frozen=True, slots=True)
class _Lists:
    """The lists `completed`, `failed` and `blocked`. Names that the pass knows nothing of stay where they are.

    `said_merged`: whose record says so already.
    """

    text: Text
    root: Span

    def write(
        self,
        plan: Plan,
        ready: Collection[AgentName],
        merged: Collection[AgentName],
        said_merged: Collection[AgentName],
    ) -> None:
        """Completed ones are only ever added; failed and blocked follow the plan."""
        known = {entry.agent for entry in plan.entries if entry.agent is not None}.union(merged, said_merged)
        opened = [(entry.agent, entry) for entry in plan.entries if entry.agent is not None and entry.agent in ready]
        blocked = [agent for agent, entry in opened if entry.state is EntryState.BLOCKED]
        failed = [agent for agent, entry in opened if _tests_failed(entry)]
        order = list(self.text.members(self.text.members(self.root)["agents"]))
        self._write("completed", sorted(merged, key=order.index), set())
        self._write("failed", failed, known)
        self._write("blocked", blocked, known)

    def _write(self, key: str, wanted: Sequence[AgentName], known: Collection[AgentName]) -> None:
        at = self.text.members(self.root).get(key)
        if at is not None and self.text.text[at.start] != "[":
            return
        old = _written(self.text, at) if at is not None else []
        wanted_items, known_items = [encode(name) for name in wanted], {encode(name) for name in known}
        new = [item for item in old if item in wanted_items or item not in known_items]
        new += [item for item in wanted_items if item not in new]
        if new != old:
            self.text.put_list(self.root, key, new)


def _written(text: Text, at: Span) -> list[str]:
    """The elements of a list, as JSON; texts in one spelling, so that they can be compared."""
    return [text.normal(item) for item in text.elements(at)]


def _tests_failed(entry: Entry) -> bool:
    return any(item.name is CriterionName.TESTS_PASSING and isinstance(item.verdict, Fail) for item in entry.criteria)
