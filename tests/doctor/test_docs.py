"""The page of doctor has a section for each code, and for no other."""

import re
from pathlib import Path

from mergebot.doctor.codes import Code
from mergebot.model.finding import Level

PAGE = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text()


def test_every_code_has_its_section_and_each_section_its_code() -> None:
    """In the order of the code, so that both are easily compared."""
    assert re.findall(r"(?m)^### (\S+)$", PAGE) == [str(code) for code in Code]


def test_no_section_is_empty() -> None:
    for section in re.split(r"(?m)^### ", PAGE)[1:]:
        title, _, text = section.partition("\n")
        assert len(text.strip()) > 40, title


def test_every_level_is_explained() -> None:
    assert re.findall(r"(?m)^\| (\w+) \| .* \| [01] \|$", PAGE) == [str(level) for level in Level]
