"""Draw docs/plan.svg anew: what `mergebot plan` shows of the demo's fleet before its first pass (`make picture`)."""

import io
import re
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from mergebot.cycle import plan_once
from mergebot.demo.sample import Sample
from mergebot.forge.registry import open_local
from mergebot.report.look import Look
from mergebot.report.text import plan_text

WIDTH = 84
MOMENT = 1_750_000_000.0
"""The bot's clock: the picture is the same whenever it is drawn."""


def main() -> None:
    """Build the sample fleet, plan, and draw."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "fleet"
        root.mkdir()
        sample = Sample(root)
        sample.build()
        _, _, plan = plan_once(open_local(sample.root, clock=lambda: MOMENT), config=None, now=MOMENT)
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    shown = Text.assemble("$ mergebot plan --local\n", Text.from_ansi(plan_text(plan, Look(width=WIDTH, color=True))))
    console.print(shown)
    svg = console.export_svg(title="mergebot plan", theme=DIMMED_MONOKAI, unique_id="plan")
    # The picture needs nothing from elsewhere: without these fonts the reader's own monospaced one serves.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    Path(__file__).with_name("plan.svg").write_text(svg)


if __name__ == "__main__":
    main()
