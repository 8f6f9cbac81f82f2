"""What the lines of a PR's text say: `Agent:`, `Depends-On:` and `Review Score:` (contract 2.2, 2.3, 3)."""

import re
from dataclasses import dataclass

from mergebot.decide.text import counting_lines


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """The values of these lines, as they stand, in their order; unfilled template values (`{SCORE}`) are left out."""

    agents: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()


NOTHING_SAID = Said()

# What word processors and translations make of a hyphen, a space and a colon counts as well: a typo never means that
# a PR depends on nothing.
_KEY = (
    r"(?P<key>(?P<agent>agent)|(?P<score>review[ ]+score)"
    r"|depends?[-_ \u2010-\u2015\u2212\u00a0]?(?:up)?on(?![^\W_]))[*_]{0,3}[ \u00a0]*"
    r"(?:[:\uff1a]|(?<=on)(?=[ ]\#?[0-9]|[ ]https?:))"
)
_FLAGS = re.IGNORECASE | re.ASCII | re.VERBOSE
_LINE = re.compile(
    r"[ ]{0,3}(?:(?:[-+*]|[0-9]{1,9}[.)]|\#{1,6})[ ]{1,4})*(?:\[[ xX]\][ ]+(?=[*_]{0,3}depend))?"
    rf"(?P<mark>[*_]{{0,3}}){_KEY}(?P<value>[^\r\n]*)",
    _FLAGS,
)
_MENTION = re.compile(_KEY, _FLAGS)
_PARAGRAPH_END = re.compile(r"\r?\n[ \t]*\r?\n")

# Where none of these stands before a line, Markdown can only show that line as text.
_MARKUP = re.compile(r"[`<\t]|\r(?!\n)|~~~|^[ \d.)+*\-]*>|^[ ]{4}|[-+*.)#][ ]{5}", re.MULTILINE)


def read_said(body: str) -> Said:
    """What a text says. Costs time in proportion to its length, whatever is in it."""
    mentions = _lines_with_a_key(body)
    if not mentions:
        return NOTHING_SAID
    if _MARKUP.search(body, 0, mentions[-1][1]):
        # What comes after a paragraph changes nothing about it.
        end = _PARAGRAPH_END.search(body, mentions[-1][1])
        texts = counting_lines(body[: end.start()] if end else body, _may_matter)
    else:
        texts = [body[start:end] for start, end in mentions]
    return _said([line for text in texts if (line := _LINE.match(text)) is not None])


def _lines_with_a_key(body: str) -> list[tuple[int, int]]:
    """Where the lines begin and end that have a key anywhere; most lines are told by a glance."""
    low = body.lower()
    if len(low) != len(body):
        # A letter that grows in lower case shifts every place after it.
        return [(line.start(), line.end()) for line in re.finditer(r"[^\n]+", body) if _MENTION.search(line.group())]
    found = _lines_with(":", low)
    if "depend" in low:
        found = sorted({*found, *_lines_with("depend", low)})  # `Depends on #1` needs no colon
    return [(start, end) for start, end in found if _may_matter(low[start:end]) and _MENTION.search(body, start, end)]


def _may_matter(text: str) -> bool:
    low = text.lower()
    return "depend" in low or (":" in low and ("agent" in low or "review" in low))


def _lines_with(text: str, body: str) -> list[tuple[int, int]]:
    """Where the lines that hold a text begin and end; each is looked at once, however often they hold it."""
    found: list[tuple[int, int]] = []
    at = body.find(text)
    while at >= 0:
        end = body.find("\n", at)
        if end < 0:
            end = len(body)
        found.append((body.rfind("\n", 0, at) + 1, end))
        at = body.find(text, end)
    return found


def _said(lines: list[re.Match[str]]) -> Said:
    agents: list[str] = []
    depends_on: list[str] = []
    scores: list[str] = []
    for line in lines:
        value = line["value"].strip(f" \t{line['mark'][:1]}")
        if line["agent"]:
            agents += [value] * (not value.startswith("{"))
        elif not line["score"]:
            depends_on.append(value)
        elif value and not value.startswith("{"):
            scores.append(value)
    return Said(agents=tuple(agents), depends_on=tuple(depends_on), scores=tuple(scores))
