"""`python -m tests.model_world --steps 20000 [--seed N]`: random worlds, until an invariant breaks or all is done."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.model_world.play import hermetic, play

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.model_world", description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None, help="default: another one each time; it is printed")
    parser.add_argument("--no-shrink", action="store_true", help="show the first failing world as it was, at once")
    asked = parser.parse_args()
    seed = int(time.time()) % 1_000_000 if asked.seed is None else asked.seed
    memory = Path("/dev/shm")  # noqa: S108 (mkdtemp makes a folder of our own in it)
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() and os.access(memory, os.W_OK) else None) as folder:
        hermetic(Path(folder) / "home")
        sys.exit(play(Path(folder), steps=asked.steps, seed=seed, shrinks=not asked.no_shrink))
