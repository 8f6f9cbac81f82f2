"""Draw the pictures of the README anew: `mergebot plan` and `mergebot status` on the demo's fleet (`make picture`)."""

import io
import re
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from mergebot.cycle import plan_once, run_once
from mergebot.demo.fleet import BY_NAME, FINISHED
from mergebot.demo.sample import Sample
from mergebot.forge.registry import open_local
from mergebot.report.dashboard import dashboard
from mergebot.report.look import Look
from mergebot.report.text import plan_text

LOOK = Look(width=84, color=True)
MOMENT = 1_750_000_000.0
"""The bot's clock: the pictures are the same whenever they are drawn."""


def main() -> None:
    """Build the sample fleet; draw its plan before the first pass, and its dashboard after it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "fleet"
        root.mkdir()
        sample = Sample(root)
        sample.build()
        forge = open_local(sample.root, clock=lambda: MOMENT)
        _, _, plan = plan_once(forge, config=None, now=MOMENT)
        draw("plan", plan_text(plan, LOOK))
        run_once(forge, config=None, now=lambda: MOMENT)
        sample.report(BY_NAME["frontend-agent"], FINISHED)
        snapshot, _, plan = plan_once(forge, config=None, now=MOMENT)
        draw("status", dashboard(snapshot, plan, LOOK))


def draw(command: str, output: str) -> None:
    """What a terminal shows of a command."""
    console = Console(record=True, width=LOOK.width, file=io.StringIO())
    console.print(Text.assemble(f"$ mergebot {command} --local\n", Text.from_ansi(output)))
    svg = console.export_svg(title=f"mergebot {command}", theme=DIMMED_MONOKAI, unique_id=command)
    # The picture needs nothing from elsewhere: without these fonts the reader's own monospaced one serves.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    Path(__file__).with_name(f"{command}.svg").write_text(svg)


if __name__ == "__main__":
    main()
