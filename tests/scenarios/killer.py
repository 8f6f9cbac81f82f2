"""Run mergebot's command line and kill it, as SIGKILL does, right before its n-th write.

Called as `python -m tests.scenarios.killer N COUNTER ARGS…`. A write is a git process, a rename, a removal or a file
opened for writing outside the object store (objects are content-addressed: half of them missing is a test of its own).
Audit hooks see them all, so the product needs no hook of its own. COUNTER is a file that gets the number of writes
if the process lives to its end.
"""

import os
import signal
import sys
from pathlib import Path

from mergebot.cli import main

WRITES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate", "subprocess.Popen"}


class Killer:
    """Counts writes and kills the process (not its children, as a real SIGKILL) before the n-th."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.seen = 0

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if not self.is_write(event, args):
            return
        self.seen += 1
        if self.seen == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def is_write(self, event: str, args: tuple[object, ...]) -> bool:
        """Whether this audit event changes something that a later pass could see."""
        if event == "open":
            path, mode = str(args[0]), args[1]
            return isinstance(mode, str) and mode[0] in "wax" and "/objects/" not in path and "/dev/" not in path
        return event in WRITES and not any("/objects/" in str(arg) or "/dev/shm" in str(arg) for arg in args[:2])  # noqa: S108 (scratch objects, thrown away)


if __name__ == "__main__":
    at, counter, *arguments = sys.argv[1:]
    killer = Killer(int(at))
    sys.addaudithook(killer)
    try:
        sys.argv = ["mergebot", *arguments]
        main()
    finally:
        killer.at = 0
        Path(counter).write_text(str(killer.seen))
