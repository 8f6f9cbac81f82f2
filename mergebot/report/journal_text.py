"""The journal for people: a line for each step, and of one pull request why it was merged, with all the grounds."""

from collections.abc import Iterator, Mapping
from typing import Final

from rich.table import Table
from rich.text import Text

from mergebot.report import render
from mergebot.report.columns import grid
from mergebot.report.journal_reading import Log, Record
from mergebot.report.look import Look
from mergebot.report.paper import Paper
from mergebot.report.text import BESIDE_FROM, RESULT_STYLES
from mergebot.report.words import counted

NOT_RECORDED: Final = "begun; the outcome was not recorded"
"""Either the pass is still at work, or it was ended in between."""

STYLES: Final = {
    **RESULT_STYLES,
    "begun": "yellow",
    "found": "green",
    "pass": "green",
    "pending": "yellow",
    "fail": "red",
}

OnBase = Mapping[int, str | None]
"""Of merges without an outcome, by the places of their lines: the commit that base has of them, None: it has none."""


def log_text(log: Log, on_base: OnBase, look: Look) -> str:
    """The whole page."""
    page = _Page(log, on_base, look)
    page.everything()
    return page.text()


class _Page(Paper):
    def __init__(self, log: Log, on_base: OnBase, look: Look) -> None:
        super().__init__(look, whole=f"--limit {len(log.records) + log.older}")
        self._log = log
        self._on_base = on_base

    def everything(self) -> None:
        """Where it is from, the lines, and what could not be read of it."""
        log = self._log
        self.heading(self.clean(f"{log.repository}: what mergebot did" + (f" with #{log.pr}" if log.pr else "")))
        if not log.records:
            self.say(self._nothing())
        self.more(f"{counted(log.older, 'older line')}" if log.older else "")
        if log.pr is None:
            self._list(self._rows(log.records))
        else:
            self._story()
        if log.unreadable:
            self.blank()
            self.say(
                f"{counted(log.unreadable, 'line')} of the journal cannot be read: mergebot writes no such", "yellow"
            )
        for fault in log.faults:
            self.say(f"not shown: {fault}", "yellow")

    def _nothing(self) -> str:
        if self._log.tip is None:
            return "There is no journal yet: a pass writes one as soon as it has done something."
        return "Nothing is recorded of it. The oldest entries go when there is no more room for them."

    def _rows(self, records: tuple[Record, ...]) -> Iterator[Record]:
        """Without the beginnings of what has an end."""
        return (record for record in records if record.at not in self._log.ends)

    def _list(self, records: Iterator[Record]) -> None:
        """A row each: when, what, and what came of it."""
        table = grid(None, None, None)
        for record in records:
            when, what, said = self._when(record), self._what(record), self._said(record)
            became = Text(self._became(record), style=STYLES.get(record.text("outcome"), ""))
            if self.look.width < BESIDE_FROM:
                self.cut(Text.assemble(when, " ", what, " ", became))
                self.say(said, indent=6)
            else:
                table.add_row(when, what, became, Text(self.clean(said)))
        if table.row_count:
            self.show(table)

    def _when(self, record: Record) -> Text:
        return Text(self.clean(record.text("time")).replace("T", " ").removesuffix("Z") or "?")

    def _what(self, record: Record) -> Text:
        if not record.fields:
            return Text("?")
        action = self.clean(render.action_words(record.text("action")))
        return Text.assemble(action, " ", (f"#{record.pr}", "bold"))

    def _became(self, record: Record) -> str:
        return self.clean(render.action_words(record.text("outcome"))) or "?"

    def _said(self, record: Record) -> str:
        """What is to be said of it, in few words."""
        if not record.fields:
            return f"unreadable: {record.shown}"
        if record.is_begun:
            return f"{NOT_RECORDED}{self._since(record)}"
        agent = record.text("agent")
        return ": ".join(filter(None, (agent, _gist(record) or record.text("detail") or record.text("reason"))))

    def _since(self, record: Record) -> str:
        """What base says of a merge without an outcome: the subject has its number, which anybody may write."""
        branch = record.text("base", "branch")
        if record.at not in self._on_base:
            return ""
        if (commit := self._on_base[record.at]) is None:
            return f"; {branch} has no commit of it since"
        return f"; {branch} has {commit:.10} since, whose subject ends in (#{record.pr})"

    def _story(self) -> None:
        """Each merge with its grounds; what else was done in rows between them."""
        rows: list[Record] = []
        for record in self._rows(self._log.records):
            if record.is_merge:
                self._list(iter(rows))
                rows = []
                self._merge(record, self._log.begins.get(record.at, record))
            else:
                rows.append(record)
        if rows:
            self.blank()
            self._list(iter(rows))

    def _merge(self, end: Record, begin: Record) -> None:
        """One try: what came of it, on which shas, by whom, and on what grounds."""
        self.heading(self.clean(f"{self._when(begin).plain} UTC  {self._verdict(end)}"))
        table = grid(None)
        for name, fact in _facts(end, begin):
            table.add_row(Text(name, style="dim"), Text(self.clean(fact)))
        self.show(table)
        self._page(begin.text("run"))
        if criteria := begin.items("grounds", "criteria"):
            self.blank()
            self.show(self._criteria(criteria))
        self._evidence(begin)
        if begin.fields.get("shortened"):
            self.say("Some lists were too long for a line of the journal, and are cut.", "dim")

    def _evidence(self, begin: Record) -> None:
        """What was seen: every check and review, whether it counts or not."""
        evidence = [*_evidence(begin)]
        if evidence:
            self.blank()
        for words, page in evidence:
            self.say(words)
            self._page(page)

    def _page(self, url: str) -> None:
        """An address is to be copied, so it is never wrapped."""
        if url:
            self.command(url, indent=4)

    def _verdict(self, end: Record) -> str:
        if end.is_begun:
            return f"{NOT_RECORDED}{self._since(end)}"
        return {"done": "merged", "found": "found merged"}.get(end.text("outcome"), self._became(end))

    def _criteria(self, criteria: tuple[Record, ...]) -> Table:
        table = grid(None, None)
        for one in criteria:
            state = self.clean(one.text("state"))
            reason = Text(self.clean(one.text("reason")))
            table.add_row(Text(self.clean(one.text("name"))), Text(state, style=STYLES.get(state, "")), reason)
        return table


def _gist(record: Record) -> str:
    """What a step changed, where it is said in shas and names."""
    match record.text("action"):
        case "merge" if landed := record.text("landed"):
            return f"landed as {landed:.10} on {record.text('base', 'branch')}"
        case "rebase" if new := record.text("new"):
            return f"{record.text('head', 'branch')} from {record.text('head', 'sha'):.10} to {new:.10}"
        case "retarget":
            return f"from {record.text('old_base')} to {record.text('new_base')}"
        case "delete_branch" | "dispatch":
            done = f"{record.text('head', 'branch')} at {record.text('head', 'sha'):.10}"
            return ", ".join(filter(None, (done, *record.texts("workflows"))))
        case "keep_tip":
            return record.text("head", "sha")[:10]
        case "answer" if by := record.text("by"):
            return f"{by} {record.text('url')}: {record.text('reason')}"
        case _:
            return ""


def _facts(end: Record, begin: Record) -> Iterator[tuple[str, str]]:
    if landed := end.text("landed"):
        yield "landed", landed
    yield "title", begin.text("title")
    if agent := begin.text("agent"):
        yield "agent", agent
    yield "head", f"{begin.text('head', 'sha')} {begin.text('head', 'branch')}"
    yield "onto", f"{begin.text('base', 'sha')} {begin.text('base', 'branch')}"
    # Where base had moved in between, what landed was held against another prediction.
    compared = ", and so it landed" if end.text("outcome") == "done" and not end.text("detail") else ""
    yield "tree", f"{begin.text('tree')}{compared}"
    version = f"mergebot {begin.text('version')}, " if begin.text("version") else ""
    host = f" on {begin.text('host')}" if begin.text("host") else ""
    yield "by", f"{version}pass {begin.text('pass')}{host}"
    for kind in ("config", "dependencies"):
        if path := begin.text("rules", kind, "path"):
            yield "rules", f"{path} ({begin.text('rules', kind, 'blob'):.10})"
    yield "why", begin.text("reason")
    if end is not begin:
        for name in ("detail", "hint"):
            if said := end.text(name):
                yield name, said


def _evidence(begin: Record) -> Iterator[tuple[str, str]]:
    """In words, each with its page."""
    pages = set[str]()
    for check in begin.items("grounds", "checks"):
        run = check.number("run")
        about = _listed(check.text("app"), check.text("workflow"), f"run {run}" if run else "")
        pages.add(check.text("url"))
        yield f"check {check.text('name')}: {check.text('state')}{about}", check.text("url")
    for review in begin.items("grounds", "reviews"):
        about = _listed(review.text("permission"), review.text("commit"))
        pages.add(review.text("url"))
        yield f"review by {review.text('by')}: {render.action_words(review.text('state'))}{about}", review.text("url")
    for criterion in begin.items("grounds", "criteria"):
        for link in criterion.items("links"):
            if link.text("url") not in pages:
                yield f"{criterion.text('name')}: {link.text('text')}", link.text("url")
    if labels := begin.texts("grounds", "labels"):
        yield f"labels: {', '.join(labels)}", ""
    if depends := begin.texts("grounds", "depends_on"):
        yield f"depends on {', '.join(f'#{number}' for number in depends)}", ""


def _listed(*facts: str) -> str:
    known = [fact for fact in facts if fact]
    return f" ({', '.join(known)})" if known else ""
