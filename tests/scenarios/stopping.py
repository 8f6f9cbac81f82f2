"""Run the command line, and stop this process (SIGSTOP) before some of its writes, until somebody lets it go on.

Called as `python -m tests.scenarios.stopping SEED [--no-lock] ARGS…`; `tests.killer` says what a write is.
"""

import os
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mergebot.cli import main
from mergebot.forge.local import writer
from tests.killer import Killer

OFTEN = 0.2


class Stopper(Killer):
    """Stops the process before the writes that chance chooses."""

    def __init__(self, seed: int) -> None:
        super().__init__(0, objects=True)
        self.chance = random.Random(seed)  # noqa: S311 (a schedule)

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if self.is_write(event, args) and self.chance.random() < OFTEN:
            os.kill(os.getpid(), signal.SIGSTOP)


@contextmanager
def unlocked(_path: Path) -> Iterator[None]:
    """No lock at all."""
    yield


if __name__ == "__main__":
    seed, *arguments = sys.argv[1:]
    if arguments[0] == "--no-lock":
        arguments.pop(0)
        writer.locked = unlocked  # type: ignore[attr-defined, assignment]
    sys.addaudithook(Stopper(int(seed)))
    sys.argv = ["mergebot", *arguments]
    main()
