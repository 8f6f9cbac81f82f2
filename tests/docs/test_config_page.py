"""The reference of the config is what the code says."""

import subprocess
import sys
from pathlib import Path

from mergebot.config.keys import ROOT, places

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_the_reference_is_the_one_of_the_code() -> None:
    """If it is not, `python docs/config_page.py > docs/config.md` makes it so."""
    written = subprocess.run([sys.executable, "docs/config_page.py"], cwd=DOCS.parent, capture_output=True, check=True)
    assert (DOCS / "config.md").read_bytes() == written.stdout


def test_every_key_has_its_line_or_its_section() -> None:
    text = (DOCS / "config.md").read_text()
    for section, key in places("", ROOT):
        name = f"{section}.{key}" if section else key
        assert f"| `{key}` |" in text or f"\n## {name}\n" in text
