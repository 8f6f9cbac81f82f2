"""Small tables for the benchmarks: medians of several runs, ratios within one run."""

import statistics
import time
from collections.abc import Callable, Sequence


def median_seconds(action: Callable[[], object], *, runs: int = 5) -> float:
    """The median wall-clock seconds of `runs` calls."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a small table, its first column to the left, the others to the right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    print(title)
    for row in [header, *rows]:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        cells[0] = row[0].ljust(widths[0])
        print("  " + "  ".join(cells).rstrip())
    print()
