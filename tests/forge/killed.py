"""A pass over the local forge that kills itself, as SIGKILL does, right before its n-th write.

Called as `python -m tests.forge.killed N FOLDER`; `tests.killer` says what a write is.
The pass is the least there can be: everything that is open is merged, its branch deleted, the state files published.
"""

import sys
from pathlib import Path

from mergebot.forge.protocol import Forge
from mergebot.forge.registry import open_local
from mergebot.model.notice import Report
from mergebot.model.outcome import PassResult
from mergebot.model.plan import DeleteBranch
from mergebot.model.policy import Policy
from tests.forge.fleet import NOW, merge_step, plan_of
from tests.killer import Killer
from tests.sandbox import Sandbox


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
        forge.writer.publish(plan_of(forge.reader.read(Policy())), PassResult(), Report())


if __name__ == "__main__":
    place = Path(sys.argv[2])
    killer = Killer(int(sys.argv[1]), objects=False)
    sys.addaudithook(killer)
    one_pass(place, open_local(place, clock=lambda: NOW))
    sys.stdout.write(str(killer.seen))
