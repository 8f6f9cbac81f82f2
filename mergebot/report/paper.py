"""What every page for people is written on: rich, at any width from 40 columns, with or without colour.

Commands that a person must copy are never wrapped, cut or coloured.
"""

import re
from io import StringIO
from typing import Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from mergebot.model.problem import Problem, Severity
from mergebot.report import safe
from mergebot.report.look import UNWRAPPED, Look
from mergebot.report.words import errors_first

LTR: Final = "\u200e"
"""A letter without width or shape that is written from left to right."""

_RTL: Final = r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
_RTL_RUN: Final = re.compile(rf"{_RTL}(?:(?:(?!  )[^A-Za-z\x1b])*{_RTL})?")


def in_columns(line: str) -> str:
    """The line with what is written from right to left kept in its place: else it takes figures and columns along."""
    return LTR + _RTL_RUN.sub(rf"\g<0>{LTR}", line) if re.search(_RTL, line) else line


class Paper:
    """Paragraphs one below the other, each harmless and in the characters that the output has."""

    def __init__(self, look: Look, *, whole: str = "--all") -> None:
        """On this look; `whole`: what one types to see all of a section that was cut."""
        self.look = look
        self._whole = whole
        self._file = StringIO()
        self._commands: set[str] = set()
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
        lines = [line.rstrip() for line in self._file.getvalue().rstrip("\n").split("\n")]
        if self.look.width < UNWRAPPED:
            lines = [line if line in self._commands else in_columns(line) for line in lines]
        text = safe.output("\n".join(lines)) + "\n"
        return text.replace("…", "~") if self.look.ascii_only else text

    def show(self, item: RenderableType, *, indent: int = 2) -> None:
        """Show something, indented."""
        self._console.print(Padding(item, (0, 0, 0, indent), expand=False))

    def say(self, text: str, style: str = "", *, indent: int = 2) -> None:
        """One sentence, wrapped."""
        self.show(Text(self.clean(text), style=style), indent=indent)

    def cut(self, line: Text, *, indent: int = 2) -> None:
        """One line, cut where the width ends."""
        self._console.print(Padding(line, (0, 0, 0, indent), expand=False), no_wrap=True, overflow="ellipsis")

    def blank(self) -> None:
        """An empty line."""
        self._console.print()

    def heading(self, text: str) -> None:
        """The title of a section."""
        if self._file.tell():
            self._console.print()
        self._console.print(Text(text, style="bold"))

    def command(self, text: str, indent: int) -> None:
        """A command to be pasted: as it is, however long."""
        for line in text.split("\n"):
            shown = " " * indent + self.clean(line)
            self._commands.add(shown.rstrip())
            self._console.print(Text(shown), soft_wrap=True)

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

    def more(self, sentence: str, *, indent: int = 2) -> None:
        """How much there is that is not shown, and how to see it; nothing where there is nothing more."""
        if sentence:
            self.say(f"{self.look.pick('…', '...')} {sentence}; {self._whole} shows all", "dim", indent=indent)

    def clean(self, text: str) -> str:
        """Untrusted text, harmless, in the characters that the output has."""
        shown = safe.line(text)
        return shown.replace("…", "...").encode("ascii", "backslashreplace").decode() if self.look.ascii_only else shown

    def joined(self, *parts: str) -> Text:
        """The parts that are not empty, with colons between them."""
        return Text(": ".join(self.clean(part) for part in parts if part))

    def lines(self, *parts: str) -> Text:
        """The parts that are not empty, each on a line of its own."""
        return Text("\n".join(self.clean(part) for part in parts if part))
