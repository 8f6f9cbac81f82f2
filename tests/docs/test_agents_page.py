"""The page for agents names every state, actor and place that the JSON of a comment can have."""

import re
from pathlib import Path

from mergebot.decide.codes import Code
from mergebot.model.plan import EntryState, Hold
from mergebot.report.next_steps import NEXT, Who
from mergebot.report.standing import Place

PAGE = (Path(__file__).parent.parent.parent / "docs" / "agents.md").read_text()


def test_every_word_of_the_json_is_explained() -> None:
    for word in (*EntryState, *Who, *Place, *Hold):
        assert f"`{word}`" in PAGE, word


def test_whatever_an_author_has_to_do_something_about_is_in_the_table() -> None:
    told = re.findall(r"`([a-z_]*\.[a-z_]+)`", PAGE)
    named = {code if "." in code[1:] else f"dependencies{code}" for code in told}
    due = {str(code) for code in Code if NEXT[str(code)].who in (Who.AUTHOR, Who.REVIEWER)}
    assert due - named - {"score.edited"} == set()
