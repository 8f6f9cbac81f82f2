"""A pass over the local forge that kills itself, as SIGKILL does, right before its n-th write.

Called as `python -m tests.forge.killed N FOLDER`. Audit hooks see every write, so the product needs no hook of its own.
The pass is the least there can be: everything that is open is merged, its branch deleted, the state files published.
"""

import os
import signal
import sys
from pathlib import Path

from mergebot.forge.protocol import Forge
from mergebot.forge.registry import open_local
from mergebot.model.outcome import PassResult
from mergebot.model.plan import DeleteBranch
from mergebot.model.policy import Policy
from tests.forge.fleet import NOW, merge_step, plan_of
from tests.sandbox import Sandbox

EVENTS = {"os.rename", "os.remove", "os.link", "os.truncate", "ctypes.dlsym"}
GIT_WRITES = {"update-ref", "read-tree", "update-index"}
GIT_TRIES = {"-n"}


class Killer:
    """Counts the writes, and kills the process (not its children) before the n-th."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.seen = 0

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if self.is_write(event, args):
            self.seen += 1
            if self.seen == self.at:
                os.kill(os.getpid(), signal.SIGKILL)

    def is_write(self, event: str, args: tuple[object, ...]) -> bool:
        """Whether this changes something that a later pass could see; objects are named by their content."""
        if event == "subprocess.Popen":
            words = args[1] if isinstance(args[1], list | tuple) else []
            return bool(GIT_WRITES.intersection(words)) and not GIT_TRIES.intersection(words)
        if event == "open":
            flags = args[2] if isinstance(args[2], int) else 0
            return bool(flags & (os.O_WRONLY | os.O_RDWR)) and not scratch(args[0])
        return event in EVENTS and not scratch(args[0])


def scratch(path: object) -> bool:
    """Whether this is a pipe, is thrown away at the end, or is named by its content."""
    if not str(path).startswith(("/", "<CDLL")):
        return True
    return any(part in str(path) for part in ("/objects", "/dev/", "/tmp/mergebot", "__pycache__"))  # noqa: S108


def one_pass(folder: Path, forge: Forge) -> None:
    """Merge what is open, delete the branches of what is merged, publish."""
    with forge.writer.lock():
        for _ in forge.reader.read(Policy()).pull_requests:
            opened = forge.reader.read(Policy()).pull_requests
            base = forge.reader.read(Policy()).base
            forge.writer.merge(merge_step(Sandbox(folder), opened[0], base))
        state = forge.reader.read(Policy())
        for pr in state.closed:
            if pr.head.branch in state.branches:
                step = DeleteBranch(pr=pr.number, branch=pr.head.branch, tip=pr.head.sha, reason="")
                forge.writer.delete_branch(step)
        forge.writer.publish(plan_of(forge.reader.read(Policy())), PassResult())


if __name__ == "__main__":
    place = Path(sys.argv[2])
    killer = Killer(int(sys.argv[1]))
    sys.addaudithook(killer)
    one_pass(place, open_local(place, clock=lambda: NOW))
    sys.stdout.write(str(killer.seen))
