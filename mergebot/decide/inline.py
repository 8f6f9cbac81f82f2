"""HTML comments and inline code in a paragraph of a PR's text. A backtick inside an HTML tag is taken for code."""

import re

CODE_MARK = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands where inline code stood, so that what is around it does not become a line of its own."""

COMMENT_START = "<!--"
COMMENT_END = "-->"

_TOKEN = re.compile(r"\\[!-/:-@\[-`{-~]|`+|<!--")
_BACKTICKS = re.compile(r"`+")


def without_code_and_comments(text: str) -> str:
    """A paragraph without its HTML comments, and with `CODE_MARK` for each piece of inline code; in linear time."""
    if "`" not in text and COMMENT_START not in text:
        return text
    closers = _closers(text)
    last_comment_end = text.rfind(COMMENT_END)
    kept: list[str] = []
    at = 0
    while (token := _TOKEN.search(text, at)) is not None:
        kept.append(text[at : token.start()])
        if token.group() == COMMENT_START:
            at = _end_of_comment(text, token.start(), last_comment_end)
            kept.append("" if at > token.end() else COMMENT_START)
        else:
            at = _end_of_code(token, closers)
            kept.append(CODE_MARK if at > token.end() else token.group())
    kept.append(text[at:])
    return "".join(kept)


def without_comments(text: str) -> str:
    """A text without its HTML comments; one that is never closed takes the rest with it."""
    kept: list[str] = []
    at = 0
    while (start := text.find(COMMENT_START, at)) >= 0:
        kept.append(text[at:start])
        end = text.find(COMMENT_END, start + len(COMMENT_START))
        if end < 0:
            return "".join(kept)
        at = end + len(COMMENT_END)
    return "".join([*kept, text[at:]])


def _closers(text: str) -> dict[int, list[int]]:
    """For each length of a run of backticks where such runs start, last one first."""
    starts: dict[int, list[int]] = {}
    for run in _BACKTICKS.finditer(text):
        starts.setdefault(run.end() - run.start(), []).append(run.start())
    for of_one_length in starts.values():
        of_one_length.reverse()
    return starts


def _end_of_comment(text: str, start: int, last_end: int) -> int:
    """Where a comment ends; where it is none, because nothing ends it, the end of the four characters."""
    inside = start + len(COMMENT_START)
    for short in (">", "->"):  # `<!-->` and `<!--->` are whole comments
        if text.startswith(short, inside):
            return inside + len(short)
    return text.index(COMMENT_END, inside) + len(COMMENT_END) if last_end >= inside else inside


def _end_of_code(token: re.Match[str], closers: dict[int, list[int]]) -> int:
    """Where inline code ends; where it is none, or an escaped character, the end of the token."""
    if token.group().startswith("\\"):
        return token.end()
    length = token.end() - token.start()
    starts = closers.get(length, [])
    while starts and starts[-1] < token.end():
        starts.pop()
    return starts.pop() + length if starts else token.end()
