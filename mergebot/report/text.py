"""The plan and the pass as text for people, on rich: at any width from 40 columns, with or without colour.

Commands that a person must copy are never wrapped, cut or coloured.
"""

from io import StringIO

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mergebot.model.outcome import PassResult
from mergebot.model.plan import Plan
from mergebot.model.problem import Problem, Severity
from mergebot.report import render, safe
from mergebot.report.look import Look
from mergebot.report.queue_table import STATE_STYLES, queue_table
from mergebot.report.todos import Todo, left_out, todos, waiting
from mergebot.report.tree import tree
from mergebot.report.words import errors_first

RESULT_STYLES = {"done": "green", "already_done": "green", "stale": "yellow", "failed": "red", "would_do": "dim"}
NAME_WIDTH = 18
"""Columns for an agent or title beside a reason."""

MANY = 40
"""How many PRs a list of mere numbers names before it counts the rest."""


def plan_text(plan: Plan, look: Look) -> str:
    """The whole dry run: problems, queue, what `run` would do, who must act, conflicts, dependencies."""
    page = Page(look)
    page.headline(plan)
    page.problems(plan.problems)
    page.queue(plan)
    page.next_steps(plan)
    page.rest(plan)
    return page.text()


def run_text(plan: Plan, result: PassResult, look: Look) -> str:
    """What a pass did, then the queue as it stands after it."""
    page = Page(look)
    unread = tuple(render.unread_problem(plan, reason) for reason in result.unread)
    page.done(result)
    page.headline(plan)
    page.problems((*plan.problems, *unread))
    page.queue(plan)
    page.rest(plan)
    return page.text()


class Page:
    """Sections one below the other, with a blank line between them."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self._file = StringIO()
        self._console = Console(
            file=self._file,
            width=look.width,
            color_system="standard" if look.color else None,
            force_terminal=look.color,
            no_color=not look.color,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            _environ={},
        )

    def text(self) -> str:
        """Everything so far, without trailing spaces, and with no line that a CI runner obeys as a command."""
        lines = self._file.getvalue().rstrip("\n").split("\n")
        text = safe.output("\n".join(line.rstrip() for line in lines)) + "\n"
        return text.replace("…", "~") if self.look.ascii_only else text

    def show(self, item: RenderableType, *, indent: int = 2) -> None:
        """Show something, indented."""
        self._console.print(Padding(item, (0, 0, 0, indent)))

    def say(self, text: str, style: str = "", *, indent: int = 2) -> None:
        """One sentence, wrapped."""
        self.show(Text(self.clean(text), style=style), indent=indent)

    def blank(self) -> None:
        """An empty line."""
        self._console.print()

    def clean(self, text: str) -> str:
        """Untrusted text, harmless, in the characters that the output has."""
        shown = safe.line(text)
        return shown.encode("ascii", "backslashreplace").decode() if self.look.ascii_only else shown

    def _joined(self, *parts: str) -> Text:
        return Text(": ".join(self.clean(part) for part in parts if part))

    def heading(self, text: str) -> None:
        """The title of a section."""
        if self._file.tell():
            self._console.print()
        self._console.print(Text(text, style="bold"))

    def command(self, text: str, indent: int) -> None:
        """A command to be pasted: as it is, however long."""
        for line in text.split("\n"):
            self._console.print(Text(" " * indent + self.clean(line)), soft_wrap=True)

    def headline(self, plan: Plan) -> None:
        """The first line, and why the queue is paused if it is."""
        self.heading(self.clean(render.headline(plan)))
        self.say(render.counts(plan))
        for reason in plan.frozen:
            self.say(f"The queue is frozen: {reason}", "cyan")

    def problems(self, problems: tuple[Problem, ...]) -> None:
        """Every problem with its place, and what to do about it."""
        if not problems:
            return
        errors = any(problem.severity is Severity.ERROR for problem in problems)
        self.heading("Problems" if errors else "Warnings")
        for problem in errors_first(problems):
            style = "red" if problem.severity is Severity.ERROR else "yellow"
            line = Text.assemble((f"{problem.severity} ", style), self.clean(f"{problem.where}: {problem.message}"))
            self.show(line)
            if problem.hint:
                self.say(f"hint: {problem.hint}", "dim", indent=4)

    def queue(self, plan: Plan) -> None:
        """The table of requested entries, and in a line the PRs that nobody has asked to merge."""
        if entries := render.queue(plan):
            self.heading("Queue")
            self.show(queue_table(entries, width=self.look.width - 2, clean=self.clean))
        self.todos("Not in the queue", left_out(plan))

    def next_steps(self, plan: Plan) -> None:
        """What `run` would do now."""
        self.heading("What run would do now")
        if render.stops_everything(plan):
            self.say("Nothing: the problems above come first.")
        elif not (steps := render.steps(plan)):
            self.say("Nothing.")
        else:
            table = grid(None, None)
            names = {pr: render.name(entry) for pr, entry in render.by_number(plan).items()}
            for line in steps:
                table.add_row(
                    render.action_words(line.action),
                    Text(f"#{line.pr}", style="bold"),
                    self._joined(names.get(line.pr, ""), line.reason),
                )
            self.show(table)

    def done(self, result: PassResult) -> None:
        """What a pass did, step by step."""
        self.heading("This pass")
        if not result.results:
            self.say("Nothing was to be done.")
        table = grid(None, None, None)
        for item in render.results(result.results):
            table.add_row(
                Text(render.action_words(item.result), style=RESULT_STYLES[item.result]),
                render.action_words(item.line.action),
                Text(f"#{item.line.pr}", style="bold"),
                self._lines(item.detail or item.line.reason, f"hint: {item.hint}" if item.hint else ""),
            )
        if result.results:
            self.show(table)

    def rest(self, plan: Plan) -> None:
        """Who must act, what waits, conflicts between PRs, dependencies."""
        self.todos("Someone must act", todos(plan))
        self.todos("Waiting or held", waiting(plan))
        if conflicts := render.conflicts(plan):
            self.heading("Conflicts between pull requests")
            table = grid(None)
            for who, paths in conflicts:
                table.add_row(Text(who, style="bold"), Text(", ".join(self.clean(path.path) for path in paths)))
            self.show(table)
        if branchings := tree(plan, ascii_only=self.look.ascii_only):
            self.heading("Dependencies (what waits hangs below)")
            for item in branchings:
                line = Text.assemble((item.guides, "dim"), self.clean(item.text))
                self._console.print(Padding(line, (0, 0, 0, 2)), no_wrap=True, overflow="ellipsis")

    def todos(self, title: str, listed: tuple[Todo, ...]) -> None:
        """One table in columns, with the commands between its rows."""
        if not listed:
            return
        self.heading(title)
        alone = [todo for todo in listed if not todo.also]
        widest = max((cell_len(f"#{todo.entry.pr}") for todo in alone), default=0)
        names = max((cell_len(self.clean(render.name(todo.entry))) for todo in alone), default=0)
        # Rows share a table up to one with commands, which stand between tables: a table each is slow for thousands.
        table = grid(widest, min(names, NAME_WIDTH))
        for todo in listed:
            if todo.also:
                table = self._flushed(table, widest, names)
                self._shared(todo, widest)
                continue
            name = Text(self.clean(render.name(todo.entry)))
            table.add_row(_number(todo), name, self._lines(*todo.reasons))
            if todo.commands:
                table = self._flushed(table, widest, names)
            for command in todo.commands:
                self.command(command, indent=widest + 4)
        self._flushed(table, widest, names)

    def _flushed(self, table: Table, widest: int, names: int) -> Table:
        """Show the table, if there is anything in it, and give a new one."""
        if table.row_count:
            self.show(table)
        return grid(widest, min(names, NAME_WIDTH))

    def _shared(self, todo: Todo, widest: int) -> None:
        """Many PRs with one reason."""
        self.show(_number(todo))
        self.show(self._lines(*todo.reasons), indent=widest + 4)

    def _lines(self, *parts: str) -> Text:
        return Text("\n".join(self.clean(part) for part in parts if part))


def _number(todo: Todo) -> Text:
    shown = render.some([f"#{number}" for number in todo.numbers], MANY)
    return Text(shown, style=f"bold {STATE_STYLES[todo.entry.state]}")


def grid(*widths: int | None) -> Table:
    """A table without lines: narrow columns of these widths (None: as wide as need be), then one that wraps."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for width in widths:
        table.add_column(no_wrap=True, width=width, overflow="ellipsis")
    table.add_column(ratio=1, overflow="fold")
    return table
