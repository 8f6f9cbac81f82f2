"""How text may look where it goes."""

from collections.abc import Mapping
from io import StringIO

import pytest

from mergebot.report.look import ROWS, WHOLE, Look, look_at


class Screen(StringIO):
    """A stream that says of itself what a terminal says."""

    def __init__(self, *, terminal: bool, encoding: str | None) -> None:
        super().__init__()
        self._terminal = terminal
        self._encoding = encoding

    def isatty(self) -> bool:
        return self._terminal

    @property
    def encoding(self) -> str | None:  # type: ignore[override]  # a closed or odd stream may have none
        return self._encoding


@pytest.mark.parametrize(
    ("terminal", "environ", "no_color", "color"),
    [
        (True, {"TERM": "xterm"}, False, True),
        (False, {"TERM": "xterm"}, False, False),
        (True, {"TERM": "dumb"}, False, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, False, True),
        (True, {"TERM": "xterm"}, True, False),
    ],
)
def test_colour_is_for_terminals_and_never_against_the_users_wish(
    *, terminal: bool, environ: Mapping[str, str], no_color: bool, color: bool
) -> None:
    screen = Screen(terminal=terminal, encoding="utf-8")

    assert look_at(screen, environ, columns=80, no_color=no_color).color is color


@pytest.mark.parametrize(
    ("encoding", "ascii_only"),
    [("utf-8", False), ("UTF8", False), ("ascii", True), ("ANSI_X3.4-1968", True), ("iso8859-1", True), (None, True)],
)
def test_characters_beyond_ascii_are_for_utf8_only(encoding: str | None, *, ascii_only: bool) -> None:
    look = look_at(Screen(terminal=False, encoding=encoding), {}, columns=80, no_color=False)

    assert look == Look(ascii_only=ascii_only)


def test_a_screen_too_narrow_for_a_table_is_taken_for_a_wider_one() -> None:
    assert look_at(Screen(terminal=False, encoding="utf-8"), {}, columns=3, no_color=False).width == 40


def test_rows_are_counted_on_a_terminal_alone() -> None:
    """What a program reads is whole."""
    screen, pipe = (Screen(terminal=terminal, encoding="utf-8") for terminal in (True, False))

    assert look_at(screen, {}, columns=80, no_color=False).rows == ROWS
    assert look_at(pipe, {}, columns=80, no_color=False).rows == WHOLE
