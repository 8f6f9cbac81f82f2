"""Untrusted text (titles, branch names, paths, bodies) made harmless for the place it is shown in.

Nothing is dropped: what could act is shown as an escape, so that a reader sees that it is there.
"""

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

JOINERS = "\u200c\u200d"
"""Format characters that words and emoji are really made of; every other one is only good for disguise."""

UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories that move the cursor, reorder the text, break the line or are no character at all."""

WORD_JOINER = "\u2060"
"""Invisible and without width: it parts `@` or `#` from what follows, so that a forge makes no link of it."""


def line(text: str) -> str:
    r"""One visible line: control, bidi and other format characters become `\n`, `\x1b`, `\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char in JOINERS or unicodedata.category(char) not in UNSAFE:
        return char
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"  # a byte that was no UTF-8, as Python carries it in text
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def valid(text: str) -> str:
    r"""The text with what UTF-8 cannot hold (lone surrogates) as `\xNN` or `\uNNNN`, everything else as it is."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_visible(char) if "\ud800" <= char <= "\udfff" else char for char in text)
    return text


def markdown(text: str) -> str:
    """One line of Markdown that reads as the text does: no markup, no HTML, no mention, no reference, no link."""
    escaped = re.sub(r"([\\`*_\[\]<>|~&$])", r"\\\1", line(text).strip())
    escaped = re.sub(r"^(\d{1,9}(?=[.)])|(?=[-+=]|#+(?:\s|$)))", r"\1\\", escaped)
    escaped = re.sub(r":(?=//)|(?<=\bwww)\.", r"\\\g<0>", escaped)
    # A forge looks for mentions in the finished text, where a backslash no longer helps. `#12` stays a reference, it
    # is what reasons are full of; one into another repository would leave a trace there.
    # So are names of emoji, `:+1:`. A repository's name may end in a dot or a hyphen.
    return re.sub(r"(@)(?=\w)|(?<=[\w.-])(#)(?=\d)|(:)(?=[a-zA-Z_+-][\w+-]*:)", rf"\1\2\3{WORD_JOINER}", escaped)


_SPAN = re.compile(r"(?<![^\s(])`([^\s`|](?:[^`|]*[^\s`|])?)`(?![^\s.,:;)])")


def with_code(text: str, escape: Callable[[str], str] = markdown) -> str:
    """One line in which what mergebot has set between backticks is code, also in a table, and all else is escaped.

    Nothing acts within code, so that a stranger's backtick only changes what is shown as code.
    """
    parts = _SPAN.split(line(text).strip())
    return "".join(code(part) if at % 2 else _spaced(part, escape) for at, part in enumerate(parts))


def _spaced(text: str, escape: Callable[[str], str]) -> str:
    """Escaped, with the spaces kept that part it from the code beside it."""
    shown = escape(text)
    return f"{' ' * text[:1].isspace()}{shown}{' ' * (text[-1:].isspace() and bool(shown))}"


_URL = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#].*)?", re.ASCII | re.IGNORECASE | re.DOTALL)
_URL_LIMIT = 2000


def link(shown: str, url: str) -> str:
    """A Markdown link to exactly that page, fit for a table; `shown` alone where no browser should follow it.

    `shown` is Markdown already. A page has a plain host and no user name before it, which would only serve to disguise
    the host; what is not of a URL stands in it percent-encoded.
    """
    if len(url) > _URL_LIMIT or not _URL.fullmatch(url) or UNSAFE & set(map(unicodedata.category, url)):
        return shown
    # `&` could begin an entity; `%` stays where it stands for a character, otherwise it is one itself.
    target = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", quote(url, safe=":/?#@!$&'*+,;=%-._~"))
    return f"[{shown}](<{target.replace('&', '&amp;')}>)"


def code(text: str) -> str:
    """A Markdown code span, not for tables. Nothing inside is markup, a mention or a reference."""
    shown = line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown[:1] in ("`", " ", "") or shown[-1:] in ("`", " ") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def block(text: str) -> str:
    """A fenced Markdown block of these lines, with a fence that no line of it can close."""
    shown = "\n".join(line(part) for part in text.split("\n"))
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    return f"{fence}sh\n{shown}\n{fence}"


def output(text: str) -> str:
    """Whole output in which no line is a workflow command: a runner of Actions obeys `::` at a line's start, `##[`."""
    return re.sub(r"(?m)^([^\S\n]*):(?=:)", r"\1\\:", text).replace("##[", "#\\#[")
