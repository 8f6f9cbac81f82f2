"""The message of a squash commit (contract 4.1): the PR's text without template furniture, then trailers."""

import re
from collections.abc import Iterable, Iterator

from mergebot.decide.inline import without_comments
from mergebot.model.ids import AgentName
from mergebot.model.snapshot import PullRequest

# Control characters, marks that turn the direction of text, halves of characters that no encoding can write.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_SKIP_CI = re.compile(
    r"\[\s*(skip[\s_-]*ci|ci[\s_-]*skip|no[\s_-]*ci|skip[\s_-]*actions|actions[\s_-]*skip)\s*\]", re.IGNORECASE
)
_SKIP_CHECKS = re.compile(r"^([ \t]*)(skip-checks[ \t]*:)", re.IGNORECASE | re.MULTILINE)
_OUR_TRAILER = re.compile(r"^(agent|review-score|reviewed-by|co-authored-by)[ \t]*:", re.IGNORECASE)
_CUT = re.compile(r"-{3,}[ \t]*")

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_BOX = re.compile(r"[ \t]*[-*+][ \t]+\[[ xX]\](?:[ \t]|$)")
_UNFILLED = re.compile(r"\{[A-Z][A-Z0-9_ -]*\}|^[^\w{}]{0,9}(?:[\w -]{1,40}:)?[^\w{}]{0,9}\{[^{}]*\}[^{}]{0,9}$")
_STATUS = re.compile(r"(?:[-*+][ \t]+)?[*_]*auto[- ]?merge(?:[- ]?status)?[*_]*[ \t]*:", re.IGNORECASE)
_FIELD = re.compile(r"[*_]*(?:agent|review[ \t]+score)[*_]*[ \t]*:", re.IGNORECASE)
_STATUS_HEADING = re.compile(r"\W*auto[- ]?merge", re.IGNORECASE)


def title_of(pr: PullRequest) -> str:
    """`TITLE (#N)` on one line, the number not twice."""
    title = " ".join(_clean(pr.title).split()) or pr.head.branch
    number = f"(#{pr.number})"
    return title if title.endswith(number) else f"{title} {number}"


def body_of(
    pr: PullRequest, *, agent: AgentName | None, score: int | None, reviewers: Iterable[str], further: Iterable[str]
) -> str:
    """The text and the trailers; a text that looks like one of our trailers is made not to."""
    text = without_furniture(without_comments(_UNPRINTABLE.sub("", _unix(pr.body))))
    text = "\n".join(_harmless(line) for line in _disarmed(text).split("\n")).strip("\n")
    trailers = [f"Agent: {agent}"] if agent is not None else []
    trailers += [f"Review-Score: {score}/10"] if score is not None else []
    trailers += [f"Reviewed-by: {login}" for login in reviewers]
    trailers += [f"Co-authored-by: {author}" for author in further]
    end = "\n".join(" ".join(_clean(line).split()) for line in trailers)
    return "\n\n".join(part for part in (text, end) if part)


def without_furniture(text: str) -> str:
    """A PR's text without what the agents' template brings: its headings, checklists, status, unfilled parts."""
    lines = _without_empty_sections(list(_without_template_lines(text.split("\n"))))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")


def _without_template_lines(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The lines that stay, each with the level of the heading that it is, 0 for none."""
    fence = ""
    dropped = 0  # the level of the heading whose section is left out
    for line in lines:
        mark = _FENCE.match(line)
        heading = _HEADING.match(line) if not fence else None
        level = len(heading[1]) if heading else 0
        if heading is not None and (not dropped or level <= dropped):
            dropped = level if _STATUS_HEADING.match(heading[2]) else 0
        in_code = bool(fence or mark)
        if mark is not None:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        if not dropped and (in_code or not _is_furniture(line, heading)):
            yield line, level


def _is_furniture(line: str, heading: re.Match[str] | None) -> bool:
    """Whether a line outside of code is the template's."""
    if _FIELD.match(heading[2] if heading else line.strip()):
        return True
    return bool(_BOX.match(line) or _STATUS.match(line.strip()) or _UNFILLED.search(line))


def _without_empty_sections(lines: list[tuple[str, int]]) -> list[str]:
    """Headings with nothing but blank lines before the next of their level, or the end, go too."""
    kept: list[str] = []
    next_level = 1  # the level of what follows; the end of the text ends every section
    for line, level in reversed(lines):
        if level and next_level and next_level <= level:
            continue
        kept.append(line)
        if line.strip():
            next_level = level
    return kept[::-1]


def _disarmed(text: str) -> str:
    """Nothing in it keeps a forge from running its checks."""
    return _SKIP_CHECKS.sub(r"\1- \2", _SKIP_CI.sub(r"(\1)", text))


def _harmless(line: str) -> str:
    """A line that reads as one of our trailers, or that cuts a message in two, becomes plain text."""
    if _CUT.fullmatch(line):
        return "* * *"
    return f"- {line}" if _OUR_TRAILER.match(line) else line


def _clean(text: str) -> str:
    """Printable, and harmless to a forge's checks."""
    return _disarmed(_UNPRINTABLE.sub("", _unix(text)))


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
