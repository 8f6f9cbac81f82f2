"""How often everything happened, so that 'nothing ever merged' is seen."""

import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts over a run."""

    steps: Counter[str] = field(default_factory=Counter)
    idle: Counter[str] = field(default_factory=Counter)
    passes: int = 0
    merges: int = 0
    rebases: int = 0
    by_people: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    worlds: int = 0
    ended: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def total(self) -> int:
        """All steps."""
        return sum(self.steps.values())

    def table(self) -> str:
        """What is printed at the end of a run."""
        seconds = time.monotonic() - self.started
        lines = [f"{'step':<16}{'done':>8}{'nothing to do':>16}"]
        lines += [f"{name:<16}{count:>8}{self.idle[name]:>16}" for name, count in sorted(self.steps.items())]
        lines += [f"  met on the way: {name:<22}{count:>8}" for name, count in sorted(self.faults.items())]
        lines.append(
            f"{self.total} steps in {self.worlds} worlds, {self.passes} passes, {self.merges} merges by mergebot, "
            f"{self.by_people} by people, {self.rebases} rebases, {sum(self.faults.values())} faults and races, "
            f"{seconds:.0f} s, {self.total / seconds:.1f} steps a second"
        )
        return "\n".join(lines)
