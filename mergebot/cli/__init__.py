"""The command line: parse, choose the backend, read clock and environment; the one place that catches errors.

Each command is a module that is imported when it is called, with whatever is heavy (rich, git, the stages), so that
`--version` and `check` start as fast as click itself.
"""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from mergebot.cli.group import cli
from mergebot.cli.options import settings_of
from mergebot.cli.output import OutputClosedError
from mergebot.cli.output import log as tell  # the command `log` is a module, which takes that name here
from mergebot.errors import ExitCode, InputError, MergebotError

WHERE_TO_REPORT = "https://github.com/mergebot/mergebot/issues"
INTERRUPTED = 130
"""What a shell reports for a process that SIGINT ended."""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave the process with its exit code (contract 5)."""
    code = _run(args)
    _close_streams()
    sys.exit(code)


def _run(args: Sequence[str] | None) -> int:
    """The one error sink: every error becomes a message on stderr and an exit code."""
    try:
        return int(cli.main(args, prog_name="mergebot", standalone_mode=False) or ExitCode.OK)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        tell("interrupted; if a pass was under way, the next one completes it")
        return INTERRUPTED
    except OutputClosedError:
        return ExitCode.FAILED
    except MergebotError as error:
        return _expected(error)
    except Exception as error:  # noqa: BLE001 (the sink: nothing may reach the user as a bare traceback)
        return _unexpected(error)


def _expected(error: MergebotError) -> int:
    tell(f"error: {error.message}")
    for problem in error.problems if isinstance(error, InputError) else ():
        tell(f"  {problem}")
    if error.hint:
        tell(f"hint: {error.hint}")
    if settings_of().verbose:
        _traceback(error)
    return error.exit_code


def _unexpected(error: Exception) -> int:
    tell(f"unexpected error: {type(error).__name__}: {error}")
    if settings_of().verbose:
        _traceback(error)
        tell(f"hint: this is a bug; please report it with the lines above at {WHERE_TO_REPORT}")
    else:
        again = "the job again with debug logging" if os.environ.get("GITHUB_ACTIONS") == "true" else "it again with -v"
        tell(f"hint: this is a bug; run {again} and report what it prints at {WHERE_TO_REPORT}")
    return ExitCode.FAILED


def _traceback(error: Exception) -> None:
    """The traceback on stderr. A stranger's words may stand in it, so each line of it is escaped like any other."""
    from traceback import format_exception  # noqa: PLC0415 (start-up time: only who asks for it pays for it)

    for line in "".join(format_exception(error)).splitlines():
        tell(line)


def _close_streams() -> None:
    """Flush now, so that the interpreter does not complain about a closed pipe or a full disk on its way out."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            _to_nowhere(stream.fileno() if stream else -1)


def _to_nowhere(descriptor: int) -> None:
    if descriptor >= 0:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
