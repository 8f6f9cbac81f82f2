"""A small, always equal sample of the model; `python -m tests.model_world --steps 20000` plays it in earnest."""

from pathlib import Path

import pytest

from tests.model_world.play import play


def test_random_worlds_break_no_invariant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After every step of every world the design's invariants hold, and at its end nothing is left that could merge."""
    failed = play(tmp_path, steps=100, seed=5, worlds=3, shrinks=False)
    said = capsys.readouterr().out
    assert not failed, said
    assert " 0 merges by mergebot" not in said
