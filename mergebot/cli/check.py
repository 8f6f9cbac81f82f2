"""`mergebot check`: every problem of configs and dependency files, offline. Nothing heavy is imported here."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from mergebot.cli.options import HERE, common, refuse, settings_of
from mergebot.cli.options import files as complete_files
from mergebot.cli.output import emit
from mergebot.config import CONFIG_PLACES, choose_config, load_policy
from mergebot.dependencies import DEPENDENCY_PLACES, load_dependencies
from mergebot.errors import ExitCode
from mergebot.model.policy import Policy
from mergebot.model.problem import Problem, Severity
from mergebot.report import safe
from mergebot.report.words import counted, errors_first

Checked = tuple[str, tuple[Problem, ...]]
"""A file, and every problem in it."""


@click.command("check")
@click.argument("files", nargs=-1, metavar="[FILES]...", shell_complete=complete_files)
@common
def command(files: tuple[str, ...]) -> int:
    """Validate configs (.yml, .yaml) and dependency files (.json), offline.

    Without FILES: those of the repository that the current folder, or --local PATH, belongs to.
    """
    refuse("repo", because="check works offline, on files")
    settings = settings_of()
    if files and settings.config is not None:
        raise click.UsageError("give the config once: --config stands for the repository's, FILES are checked as given")
    checked = [_check_file(path) for path in files] if files else list(_places(_root(), settings.config))
    emit(_text(checked))
    wrong = any(problem.severity is Severity.ERROR for _, problems in checked for problem in problems)
    return ExitCode.FAILED if wrong else ExitCode.OK


def _places(root: Path, config: str | None) -> Iterator[Checked]:
    """The config and the dependency file that count in a repository (contract 2.1 and 2.4)."""
    configs = [config] if config is not None else _existing(root, CONFIG_PLACES)
    policy = Policy()
    for path in configs:
        yield (checked := _check_file(path))
        if not checked[1] and path == configs[0]:
            policy, _ = load_policy(path, Path(path).read_bytes())
    if len(configs) > 1:
        _, problems = choose_config([(path, b"") for path in configs])
        yield configs[0], problems[:1]
    if policy.dependencies is not None:
        yield _check_file(_shown(root / policy.dependencies))
        return
    yield from (_check_file(path) for path in _existing(root, DEPENDENCY_PLACES)[:1])


def _check_file(path: str) -> Checked:
    """Every problem of one file; what it is, its suffix tells."""
    suffix = Path(path).suffix.lower()
    if suffix not in (".yml", ".yaml", ".json"):
        return path, (Problem(where=path, message="is neither a config (.yml, .yaml) nor a dependency file (.json)"),)
    try:
        if not Path(path).is_file():
            return path, (_unreadable(Path(path)),)
        raw = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        return path, (Problem(where=path, message=f"cannot be read: {getattr(error, 'strerror', None) or error}"),)
    _, problems = load_dependencies(path, raw) if suffix == ".json" else load_policy(path, raw)
    return path, problems


def _unreadable(path: Path) -> Problem:
    if path.is_dir():
        return Problem(where=str(path), message="is a folder", hint="name the files in it")
    if path.exists():
        return Problem(where=str(path), message="is no regular file")
    return Problem(where=str(path), message="no such file")


def _existing(root: Path, places: Sequence[str]) -> list[str]:
    return [_shown(root / place) for place in places if (root / place).exists()]


def _shown(path: Path) -> str:
    """The path as one would type it from here."""
    return os.path.relpath(path)


def _root() -> Path:
    """The work tree that the folder is in, found by its `.git`; without one, the folder itself."""
    start = Path(settings_of().local or HERE).absolute()
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), start)


def _text(checked: Sequence[Checked]) -> str:
    lines = []
    for _, problems in checked:
        for problem in errors_first(problems):
            lines.append(f"{problem.where}: {problem.severity}: {problem.message}")
            lines += [f"  hint: {problem.hint}"] * bool(problem.hint)
    files = list(dict.fromkeys(path for path, _ in checked))
    found = sum(len(problems) for _, problems in checked)
    if files:
        lines.append(f"checked {', '.join(files)}: {counted(found, 'problem') if found else 'no problems'}")
    else:
        lines.append("nothing to check: there is neither a config nor a dependency file; the defaults apply")
    return safe.output("".join(f"{safe.line(line)}\n" for line in lines))
