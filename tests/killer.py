"""Kills this process right before its n-th write, as SIGKILL does; audit hooks see the writes, the product has no hook.

A write is a git command that changes refs, an index or a work tree, a rename, a link, a removal, an exchange, or a file
opened for writing. What goes into scratch folders does not count: nothing can see it later.
"""

import os
import signal

EVENTS = {"os.rename", "os.remove", "os.rmdir", "os.link", "os.truncate", "ctypes.dlsym"}
GIT_WRITES = {"update-ref", "update-index", "checkout-index", "read-tree", "unpack-objects", "prune", "add"}
GIT_TRIES = {"-n"}
SCRATCH = ("/dev/", "mergebot-scratch-", "/tmp/mergebot", "__pycache__")  # noqa: S108 (how those folders are named)


class Killer:
    """Counts the writes, and kills the process (not its children) before the n-th.

    `objects`: whether the appearance of an object counts; their number may differ a little from run to run.
    """

    def __init__(self, at: int, *, objects: bool) -> None:
        self.at = at
        self.objects = objects
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
            words = args[1] if isinstance(args[1], list | tuple) else []
            return bool(GIT_WRITES.intersection(words)) and not GIT_TRIES.intersection(words)
        if event == "open":
            # An object is there once it has been renamed to its content's name.
            flags = args[2] if isinstance(args[2], int) else 0
            opened = bool(flags & (os.O_WRONLY | os.O_RDWR)) and "/objects" not in str(args[0])
            return opened and not isinstance(args[0], int) and not scratch(args[0])
        if not self.objects and "/objects" in str(args[0]):
            return False
        return event in EVENTS and not scratch(args[0])


def scratch(path: object) -> bool:
    """Whether this is thrown away at the end; relative names are those in a folder that is being removed."""
    return not str(path).startswith(("/", "<CDLL")) or any(part in str(path) for part in SCRATCH)
