"""Small words that also a command needs which must start at once: nothing heavy is imported here."""

from collections.abc import Iterable

from mergebot.model.problem import Problem, Severity


def counted(count: int, thing: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count} {thing}" + ("" if count == 1 else "s")


def errors_first(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems, errors before warnings, otherwise in their order."""
    return tuple(sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR))
