"""The workflow that `mergebot init` writes, filled in; as a program it prints it, for `make lint`."""

import sys
from pathlib import Path

from mergebot.init.files import template
from mergebot.init.pinning import Action
from mergebot.init.workflow import render
from mergebot.model.ids import Branch

ROOT = Path(__file__).parents[2]
PIN = Action(ref=f"mergebot/mergebot@{'0123456789' * 4}", comment="v0.1.0")


def rendered() -> str:
    """For a repository with two workflows of its own."""
    return render(template("workflow.yml"), base=Branch("main"), tests=["CI", "Lint & docs"], action=PIN, minute=6)


if __name__ == "__main__":
    sys.stdout.write(rendered())
