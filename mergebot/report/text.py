"""The plan and the pass as text for people: what happens now and who must act first, then the rest."""

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.table import Table
from rich.text import Text

from mergebot.model.outcome import PassResult
from mergebot.model.plan import Plan
from mergebot.report import render
from mergebot.report.columns import grid
from mergebot.report.folding import folded, rest_of_entries
from mergebot.report.look import Look
from mergebot.report.paper import Paper
from mergebot.report.queue_table import STATE_STYLES, TITLE_MAX, queue_table
from mergebot.report.todos import Todo, left_out, todos, waiting
from mergebot.report.tree import tree
from mergebot.report.words import counted

RESULT_STYLES: Final = {"done": "green", "already_done": "green", "stale": "yellow", "failed": "red", "would_do": "dim"}
NAME_WIDTH: Final = 18
"""Columns for an agent or title beside a reason."""

BESIDE_FROM: Final = 56
"""Columns below which a reason stands below what it is about, not beside it."""

MANY: Final = 40
"""How many PRs a list of mere numbers names before it counts the rest."""


def plan_text(plan: Plan, look: Look) -> str:
    """The whole dry run: problems, what `run` would do, who must act, queue, what waits, conflicts, dependencies."""
    page = Page(look)
    page.headline(plan)
    page.problems(plan.problems)
    page.next_steps(plan)
    page.todos("Someone must act", todos(plan))
    page.queue(plan)
    page.rest(plan)
    return page.text()


def run_text(plan: Plan, result: PassResult, look: Look) -> str:
    """What a pass did, then the queue as it stands after it."""
    page = Page(look, whole="mergebot plan --all")
    unread = tuple(render.unread_problem(plan, reason) for reason in result.unread)
    page.done(result)
    page.headline(plan)
    page.problems((*plan.problems, *unread))
    page.todos("Someone must act", todos(plan))
    page.queue(plan)
    page.rest(plan)
    return page.text()


class Page(Paper):
    """Sections one below the other, with a blank line between them."""

    @property
    def is_narrow(self) -> bool:
        """Whether there is no room for a reason beside what it is about."""
        return self.look.width < BESIDE_FROM

    def headline(self, plan: Plan) -> None:
        """The first line, and why the queue is paused if it is."""
        self.heading(self.clean(render.headline(plan)))
        self.say(render.counts(plan))
        for reason in plan.frozen:
            self.say(f"The queue is frozen: {reason}", "cyan")

    def queue(self, plan: Plan) -> None:
        """The table of requested entries, and in a line the PRs that nobody has asked to merge."""
        if entries := render.queue(plan):
            self.heading("Queue")
            shown, rest = folded(entries, self.look.rows)
            self.show(queue_table(shown, width=self.look.width - 2, clean=self.clean))
            self.more(rest_of_entries(rest))
        self.todos("Not in the queue", left_out(plan))

    def next_steps(self, plan: Plan) -> None:
        """What `run` would do now."""
        self.heading("What run would do now")
        if render.stops_everything(plan):
            self.say("Nothing: the problems above come first.")
        elif not (steps := render.steps(plan)):
            self.say("Nothing.")
        else:
            names = {pr: render.name(entry) for pr, entry in render.by_number(plan).items()}
            shown, rest = folded(steps, self.look.rows)
            self._steps([(line, self._name(names.get(line.pr, ""))) for line in shown])
            self.more(f"{counted(len(rest), 'more step')}" if rest else "")

    def _name(self, name: str) -> str:
        """Whom it is about, short enough that the line stays one."""
        shown, most = self.clean(name), min(TITLE_MAX, self.look.width // 2)
        return shown if cell_len(shown) <= most else f"{set_cell_size(shown, most - 1).rstrip()}…"

    def _steps(self, steps: Sequence[tuple[render.Line, str]]) -> None:
        if self.is_narrow:
            for line, name in steps:
                self.cut(Text.assemble(f"{render.action_words(line.action)} ", (f"#{line.pr}", "bold"), f" {name}"))
                self.say(line.reason, indent=6)
            return
        table = grid(None, None)
        for line, name in steps:
            number = Text(f"#{line.pr}", style="bold")
            table.add_row(render.action_words(line.action), number, self.joined(name, line.reason))
        self.show(table)

    def done(self, result: PassResult) -> None:
        """What a pass did, step by step."""
        self.heading("This pass")
        if not result.results:
            self.say("Nothing was to be done.")
        table = grid(None, None, None)
        for item in render.results(result.results):
            became = Text(render.action_words(item.result), style=RESULT_STYLES[item.result])
            action, number = render.action_words(item.line.action), Text(f"#{item.line.pr}", style="bold")
            said = self.lines(item.detail or item.line.reason, f"hint: {item.hint}" if item.hint else "")
            if self.is_narrow:
                self.cut(Text.assemble(became, f": {action} ", number))
                self.show(said, indent=6)
            else:
                table.add_row(became, action, number, said)
        if table.row_count:
            self.show(table)

    def rest(self, plan: Plan) -> None:
        """What waits, conflicts between PRs, dependencies."""
        self.todos("Waiting or held", waiting(plan))
        self.conflicts(plan)
        if branchings := tree(plan, ascii_only=self.look.ascii_only):
            self.heading("Dependencies (what waits hangs below)")
            shown, rest = folded(branchings, self.look.rows)
            for item in shown:
                self.cut(Text.assemble((item.guides, "dim"), self.clean(item.text)))
            self.more(f"{counted(len(rest), 'more line')}" if rest else "")

    def conflicts(self, plan: Plan) -> None:
        """Who conflicts with whom, and in which files."""
        if not (conflicts := render.conflicts(plan)):
            return
        self.heading("Conflicts between pull requests")
        shown, rest = folded(conflicts, self.look.rows)
        table = grid(None)
        for who, paths in shown:
            files, others = folded([self.clean(path.path) for path in paths], self.look.rows)
            table.add_row(Text(who, style="bold"), Text(render.some([*files, *others], len(files))))
        self.show(table)
        self.more(f"{counted(len(rest), 'more conflict')}" if rest else "")

    def todos(self, title: str, listed: Sequence[Todo]) -> None:
        """One table in columns, with the commands between its rows."""
        if not listed:
            return
        self.heading(title)
        listed, rest = folded(listed, self.look.rows)
        alone = [todo for todo in listed if not todo.also]
        widest = max((cell_len(f"#{todo.entry.pr}") for todo in alone), default=0)
        names = max((cell_len(self.clean(render.name(todo.entry))) for todo in alone), default=0)
        # Rows share a table up to one with commands, which stand between tables: a table each is slow for thousands.
        table = grid(widest, min(names, NAME_WIDTH))
        for todo in listed:
            if todo.also or self.is_narrow:
                table = self._flushed(table, widest, names)
                self._below(todo, widest)
            else:
                table.add_row(self._number(todo), Text(self.clean(render.name(todo.entry))), self.lines(*todo.reasons))
            if todo.commands:
                table = self._flushed(table, widest, names)
            for command in todo.commands:
                self.command(command, indent=widest + 4)
        self._flushed(table, widest, names)
        self.more(rest_of_entries([entry for todo in rest for entry in (todo.entry, *todo.also)]))

    def _flushed(self, table: Table, widest: int, names: int) -> Table:
        """Show the table, if there is anything in it, and give a new one."""
        if table.row_count:
            self.show(table)
        return grid(widest, min(names, NAME_WIDTH))

    def _below(self, todo: Todo, widest: int) -> None:
        """The reasons below the PR, or the many PRs, that have them."""
        if todo.also:
            self.show(self._number(todo))
        else:
            self.cut(Text.assemble(self._number(todo), f" {self.clean(render.name(todo.entry))}"))
        self.show(self.lines(*todo.reasons), indent=widest + 4)

    def _number(self, todo: Todo) -> Text:
        shown = render.some([f"#{number}" for number in todo.numbers], min(MANY, max(self.look.rows, 1)))
        return Text(shown, style=f"bold {STATE_STYLES[todo.entry.state]}")
