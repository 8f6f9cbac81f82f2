"""The findings of `mergebot doctor` as text, JSON and Markdown. A stranger's words in it are escaped."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.text import Text

from mergebot.model.finding import Finding, Level
from mergebot.report import safe
from mergebot.report.jsonform import Json, dump
from mergebot.report.look import Look
from mergebot.report.text import Page
from mergebot.report.words import counted

SCHEMA: Final = 1
STYLES: Final = {Level.ERROR: "red", Level.WARNING: "yellow", Level.UNSEEN: "magenta", Level.NOTE: "dim"}
TITLES: Final = {
    Level.ERROR: "Errors: the queue cannot work",
    Level.WARNING: "Warnings: these will surprise you",
    Level.UNSEEN: "Not looked at: it may be fine or not",
    Level.NOTE: "Good to know",
}
NAMES: Final = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "note"}


def is_fine(findings: Sequence[Finding]) -> bool:
    """Whether nothing is an error or a warning (exit 0); what could not be looked at is neither."""
    return not any(one.level in (Level.ERROR, Level.WARNING) for one in findings)


def summary(findings: Sequence[Finding]) -> str:
    """How many there are of each, in one line."""
    count = Counter(one.level for one in findings)
    words = [counted(count[level], name) for level, name in NAMES.items() if count[level]]
    if unseen := count[Level.UNSEEN]:
        words.append(f"{counted(unseen, 'part')} could not be looked at")
    found = ", ".join(words) or "nothing found"
    return f"No problem found: {found}." if is_fine(findings) and words else f"{found[:1].upper()}{found[1:]}."


def findings_text(repository: str, findings: Sequence[Finding], look: Look) -> str:
    """For people, the worst first; lines to be copied are neither wrapped nor cut."""
    page = Page(look)
    page.heading(page.clean(f"{repository}: doctor"))
    page.say(summary(findings))
    for level in Level:
        if found := [one for one in findings if one.level is level]:
            page.heading(TITLES[level])
            for number, one in enumerate(found):
                if number:
                    page.blank()
                _show(page, one)
    return page.text()


def _show(page: Page, one: Finding) -> None:
    code = (page.clean(one.code), f"bold {STYLES[one.level]}")
    page.show(Text.assemble(code, "  ", (page.clean(one.where), "dim")), indent=2)
    page.say(one.message, indent=4)
    if one.remedy:
        page.say(f"> {one.remedy}", indent=4)
    for line in one.lines:
        page.command(safe.line(line), indent=8)


def findings_markdown(repository: str, findings: Sequence[Finding]) -> str:
    """For a step summary or an issue."""
    parts = [f"## Doctor: {safe.markdown(repository)}", safe.markdown(summary(findings))]
    for level in Level:
        if found := [one for one in findings if one.level is level]:
            parts.append(f"### {TITLES[level]}")
            parts.append("\n".join(_item(one) for one in found))
    return safe.output("\n\n".join(parts)) + "\n"


def _item(one: Finding) -> str:
    remedy = f" **Do:** {_prose(one.remedy)}" if one.remedy else ""
    item = f"- **{one.code}** {_prose(one.message)} ({_prose(one.where)}){remedy}"
    if not one.lines:
        return item
    fenced = safe.block("\n".join(safe.line(line) for line in one.lines)).replace("sh\n", "\n", 1)
    return "\n".join([item, "", *(f"  {line}" for line in fenced.split("\n"))])


def _prose(text: str) -> str:
    """What stands between backticks as code, all else escaped; a stranger's backtick changes only which is which."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return safe.markdown(text)
    return "".join(safe.code(part) if at % 2 else _spaced(part) for at, part in enumerate(parts))


def _spaced(text: str) -> str:
    """Escaped, with the spaces kept that part it from the code beside it."""
    escaped = safe.markdown(text)
    return f"{' ' * text.startswith(' ')}{escaped}{' ' * (text.endswith(' ') and bool(escaped))}"


def findings_json(repository: str, findings: Sequence[Finding]) -> str:
    """For programs: codes and levels are stable, words are not."""
    found: list[Json] = [
        {
            "code": one.code,
            "level": str(one.level),
            "message": safe.valid(one.message),
            "where": safe.valid(one.where),
            "remedy": safe.valid(one.remedy),
            "lines": [safe.valid(line) for line in one.lines],
        }
        for one in findings
    ]
    whole: dict[str, Json] = {
        "schema": SCHEMA,
        "repository": safe.valid(repository),
        "fine": is_fine(findings),
        "findings": found,
    }
    return dump(whole)
