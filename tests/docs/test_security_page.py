"""SECURITY.md names a test for each claim: each of them exists, and no file of attacks is left out."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
NAMED = re.findall(r"`(tests/[\w/]+\.py)::([\w:]+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))


def names_in(path: str) -> set[str]:
    """The tests of a file by their names, those of classes as `Class::test`."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for one in tree.body:
        if isinstance(one, ast.ClassDef):
            found |= {f"{one.name}::{node.name}" for node in one.body if isinstance(node, ast.FunctionDef)}
    return found


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert name in names_in(path)


def test_every_file_of_attacks_is_named() -> None:
    files = {f"tests/attacks/{file.name}" for file in (ROOT / "tests/attacks").glob("test_*.py")}
    assert {path for path, _ in NAMED} >= files


def test_every_row_of_the_table_names_a_test() -> None:
    rows = (ROOT / "SECURITY.md").read_text(encoding="utf-8").partition("## How each claim is tested")[2].splitlines()
    claims = [row for row in rows if row.startswith("| ")][1:]
    assert [row for row in claims if "::" not in row] == []
    assert len(claims) > 20


def test_every_attack_says_which_defence_it_guards() -> None:
    """Or that it is the other side of one: what must not be stopped."""
    silent = []
    for file in sorted((ROOT / "tests/attacks").glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                told = ast.get_docstring(node) or ""
                if not told.startswith(("Guards: ", "The other side of it", "What this file", "This test itself")):
                    silent.append(f"{file.name}::{node.name}")
    assert silent == []
