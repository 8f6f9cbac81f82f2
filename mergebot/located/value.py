"""Values with their places, and the report that collects what is wrong with them."""

from typing import NamedTuple, TypeAlias

from mergebot.model.problem import Problem, Severity

Value: TypeAlias = "bool | int | float | str | Date | list[Located] | dict[str, Member] | None"


class Date(NamedTuple):
    """A YAML 1.1 date or time: never wanted here, but never mistaken for text either."""

    text: str


class Located(NamedTuple):
    """A value and where it begins; line and column count from 1, columns in characters.

    `written`: how the file spells a YAML value without quotes ("" otherwise), since `no` is false there.
    """

    value: Value
    line: int
    column: int
    written: str = ""


class Member(NamedTuple):
    """A key and its value."""

    key: Located
    value: Located


class Report:
    """Collects the problems of one file; `mapping` is what its users call a map."""

    def __init__(self, path: str, *, mapping: str = "a map") -> None:
        self.path = path
        self.mapping = mapping
        self._found: list[tuple[int, int, Problem]] = []

    def error(self, at: Located, message: str, hint: str = "") -> None:
        """Add an error at a value's place."""
        self.error_at(at.line, at.column, message, hint)

    def error_at(self, line: int, column: int, message: str, hint: str = "") -> None:
        """Add an error at a place where there is no value."""
        where = f"{self.path}:{line}:{column}"
        self._found.append((line, column, Problem(where=where, message=message, hint=hint)))

    def warn(self, at: Located, message: str, hint: str = "") -> None:
        """Add a warning."""
        where = self.where(at)
        problem = Problem(where=where, message=message, hint=hint, severity=Severity.WARNING)
        self._found.append((at.line, at.column, problem))

    def where(self, at: Located) -> str:
        """The place as `file:line:column`."""
        return f"{self.path}:{at.line}:{at.column}"

    def problems(self) -> tuple[Problem, ...]:
        """All of them, each once, from the top of the file to its end."""
        ordered = sorted(self._found, key=lambda found: found[:2])
        return tuple(dict.fromkeys(problem for _, _, problem in ordered))

    @property
    def failed(self) -> bool:
        """Whether there is an error among them."""
        return any(problem.severity is Severity.ERROR for _, _, problem in self._found)
