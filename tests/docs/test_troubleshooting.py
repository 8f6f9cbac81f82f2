"""Every reason that mergebot can give has its entry in the troubleshooting page, and the page has no others."""

import re
from pathlib import Path

from mergebot.decide.codes import Code

PAGE = (Path(__file__).parent.parent.parent / "docs" / "troubleshooting.md").read_text()


def test_every_code_has_its_entry_once() -> None:
    entries = re.findall(r"^### ([a-z]+\.[a-z_]+)$", PAGE, re.MULTILINE)
    assert sorted(entries) == sorted(map(str, Code))


def test_every_entry_says_something() -> None:
    for entry in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]:
        title, _, text = entry.partition("\n")
        assert len(text.strip()) > 20, title
