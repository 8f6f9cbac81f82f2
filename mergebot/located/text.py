"""From bytes to text, and from offsets in a text to lines and columns."""

import codecs
import re
from bisect import bisect_right

from mergebot.located.value import Report

_LINE_END = re.compile(r"\r\n?|\n")


def decode(report: Report, raw: bytes) -> str | None:
    """The text without a byte order mark; None, with a problem reported, where it is not UTF-8."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        report.error_at(1, 1, "this is UTF-16", "save the file as UTF-8")
        return None
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line, column = Places(raw[: error.start].decode()).at_end()
        byte = raw[error.start]
        report.error_at(line, column, f"not valid UTF-8: the byte 0x{byte:02x}", "save the file as UTF-8")
        return None


class Places:
    """Turns offsets in a text into lines and columns, both from 1; a line ends with LF, CR LF or CR."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
        self._length = len(text)

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of the character at this offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def at_end(self) -> tuple[int, int]:
        """Line and column just after the last character."""
        return self.at(self._length)
