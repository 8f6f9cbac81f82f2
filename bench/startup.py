"""How long the commands that people run by hand take to start, against `import click` alone.

Run with the project's own interpreter: the `mergebot` beside it is measured.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from table import show

RUNS = 15
TARGET = 2.5
ROOT = Path(__file__).parent.parent
MERGEBOT = str(Path(sys.executable).parent / "mergebot")
COMMANDS = {
    "python -c 'import click'": [sys.executable, "-c", "import click"],
    "mergebot --version": [MERGEBOT, "--version"],
    "mergebot check (config and dependencies)": [
        MERGEBOT,
        "check",
        "config/mergebot.yml",
        "config/dependencies.json",
    ],
}


def seconds(command: Sequence[str]) -> float:
    """Wall-clock seconds of one run, which must succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - start


def main() -> None:
    """Take turns, so that a busy moment of the machine hits all alike; one run each beforehand warms the disk up."""
    for command in COMMANDS.values():
        seconds(command)
    rounds = [{name: seconds(command) for name, command in COMMANDS.items()} for _ in range(RUNS)]
    medians = {name: statistics.median(one[name] for one in rounds) for name in COMMANDS}
    base, *_ = medians.values()
    rows = [[name, f"{1000 * median:.0f} ms", f"{median / base:.2f} x"] for name, median in medians.items()]
    show(f"start-up, medians of {RUNS} runs (target: at most {TARGET} x)", ["command", "median", "ratio"], rows)


if __name__ == "__main__":
    main()
