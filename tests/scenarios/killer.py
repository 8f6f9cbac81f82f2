"""Run mergebot's command line and kill it, as SIGKILL does, right before its n-th write.

Called as `python -m tests.scenarios.killer N COUNTER ARGS…`. A write is a git command that changes refs, an index, a
work tree or the object store, a rename, a link, a removal, or a file opened for writing (what goes into scratch
folders does not count: nothing can see it later). Audit hooks see them all, so the product needs no hook of its own.
COUNTER is a file that gets the number of writes if the process lives to its end.
"""

import os
import signal
import sys
from pathlib import Path

from mergebot.cli import main

WRITES = {"os.rename", "os.remove", "os.rmdir", "os.link", "os.truncate"}
WRITING_GIT = {"update-ref", "update-index", "checkout-index", "read-tree", "unpack-objects", "prune", "add"}
SCRATCH = ("/dev/", "mergebot-scratch-", "/tmp/mergebot-")  # noqa: S108 (how those folders are named)


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
        if event == "subprocess.Popen":
            command = args[1] if isinstance(args[1], list | tuple) else [args[1]]
            return not WRITING_GIT.isdisjoint(map(str, command))
        if event not in WRITES and event != "open":
            return False
        if isinstance(args[0], int) or any(part in str(arg) for part in SCRATCH for arg in args[:2]):
            return False
        return event in WRITES or (isinstance(args[1], str) and args[1][0] in "wax")


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
