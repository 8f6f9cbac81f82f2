"""How messages show what a file says: safe to print, never long, and with the nearest known word."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from mergebot.located.value import Date, Located, Member

_LONGEST = 60
"""More characters of a foreign text than this do not help anyone."""

_MOST_GUESSES = 100
"""A file with more unknown keys than this is another kind of file, and guessing takes its time."""


def shown(text: str, *, longest: int = _LONGEST) -> str:
    """The text with everything unprintable escaped, cut at `longest` characters."""
    cut = text[:longest] + ("…" if len(text) > longest else "")
    return cut if cut.isprintable() else "".join(map(_printable, cut))


def quoted(text: str) -> str:
    """A word of the user's, as messages set it apart."""
    return f"`{shown(text)}`"


def found(node: Located, *, mapping: str = "a map") -> str:
    """What stands there, in words."""
    value = node.value
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {shown(node.written or _number(value), longest=30)}"
        case str():
            return f'the text "{shown(value)}"' if value else "an empty text"
        case Date(text=text):
            return f"the date {shown(text)}"
        case list():
            return "a list"
        case dict():
            return mapping


def surprise(node: Located, *, wants_text: bool) -> str:
    """How YAML came to read this so; "" where no one would be surprised."""
    value, written = node.value, shown(node.written)
    if not written:
        return ""
    if isinstance(value, str):
        looks_otherwise = written[0] in "+-.0123456789" or written.lower() in {"y", "n"}
        return f"`{written}` is read as text here" if looks_otherwise and not wants_text else ""
    if wants_text:
        return f"`{written}` is read as {_reading(node)} here; quote it"
    if isinstance(value, bool) and written.lower() not in {"true", "false"}:
        return f"`{written}` is read as {_reading(node)} here"
    return ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that this one was most likely meant to be."""
    if len(word) > _LONGEST:
        return None
    from difflib import get_close_matches  # noqa: PLC0415 (start-up time: only wrong files need it)

    words = {name.lower(): name for name in known}
    best = get_close_matches(word.lower(), words, n=1)
    return words[best[0]] if best else None


def listing(words: Collection[str]) -> str:
    """`a`, `b` or `c`: two words at least."""
    *first, last = map(quoted, words)
    return f"{', '.join(first)} or {last}"


def unknown_keys(members: Mapping[str, Member], known: Collection[str]) -> Iterator[tuple[Located, str]]:
    """Every key that is not known, with what it was likely meant to be."""
    unknown = [member.key for name, member in members.items() if name not in known]
    for index, key in enumerate(unknown):
        meant = nearest(str(key.value), known) if index < _MOST_GUESSES else None
        yield key, f"did you mean {quoted(meant)}?" if meant else f"known here: {', '.join(map(quoted, known))}"


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def _number(value: float) -> str:
    return str(value) if abs(value) < 1e30 else f"{float(value):g}"  # noqa: PLR2004 (thirty digits fit a line)


def _reading(node: Located) -> str:
    match node.value:
        case None:
            return "nothing"
        case bool(value):
            return "true" if value else "false"
        case Date():
            return "a date"
        case int() | float() as number:
            return f"the number {shown(_number(number), longest=30)}"
        case _:
            return "text"
