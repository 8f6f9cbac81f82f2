"""Reasons as Markdown for a comment: they refer to the PRs and commits that are meant, and to nothing else.

Reasons hold names that strangers choose. On a forge a reference is an act: it leaves a trace on the page it points to.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote

from mergebot.model.ids import PrNumber, Sha
from mergebot.model.plan import Entry, Link
from mergebot.report import safe

LIMIT = 2_000
"""Characters of a reason."""

LINK_LIMIT = 100

_JOINED = 6
"""Platform: seven hexadecimal digits in a row may be taken for a commit."""


_TRACED = re.compile(r"https?://[^/]*/+[^/]+/+[^/]+/+(?:issues|pulls?|discussions|commit)/", re.IGNORECASE)
"""Platform: a link to such a page is a reference to it, also from another repository."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prose:
    """Escapes text that may refer to these PRs and commits alone, and to pages of the repository at `home`."""

    prs: frozenset[PrNumber] = frozenset()
    shas: frozenset[Sha] = frozenset()
    home: str = ""

    def line(self, text: str, limit: int = LIMIT) -> str:
        """One line of Markdown that reads as the text does, fit for a table; `…` in it is code."""
        cut = text if len(text) <= limit else f"{text[:limit]}…"
        return safe.with_code(" ".join(cut.split()), self._escaped)

    def _escaped(self, text: str) -> str:
        shown = safe.markdown(text)
        shown = re.sub(r"(?i)\b(GH-)(?=\d)", rf"\1{safe.WORD_JOINER}", shown)
        shown = re.sub(r"#([0-9]+)", self._reference, shown)
        return re.sub(r"(?i)(?<![0-9a-z])[0-9a-f]{7,}(?![0-9a-z])", self._commit, shown)

    def link(self, link: Link) -> str:
        """A link to a page of evidence; its text alone where it leads nowhere, or would leave a trace elsewhere."""
        shown = self.line(link.text, LINK_LIMIT) or "link"
        is_home = bool(self.home) and link.url.startswith(f"{self.home}/")
        return shown if _TRACED.match(unquote(link.url)) and not is_home else safe.link(shown, link.url)

    def _reference(self, found: re.Match[str]) -> str:
        meant = {str(number) for number in self.prs}
        return found[0] if found[1] in meant else f"#{safe.WORD_JOINER}{found[1]}"

    def _commit(self, found: re.Match[str]) -> str:
        digits = found[0]
        if any(sha.startswith(digits) for sha in self.shas):
            return digits
        return safe.WORD_JOINER.join(digits[at : at + _JOINED] for at in range(0, len(digits), _JOINED))


def prose_of(entry: Entry, others: Collection[PrNumber] = (), home: str = "") -> Prose:
    """What the comment on a PR may refer to: itself, what it depends on, the evidence, and these others."""
    evidence = [item.verdict.evidence for item in entry.criteria]
    prs = (number for one in evidence for number in one.prs)
    shas = (sha for one in evidence for sha in one.shas)
    return Prose(
        prs=frozenset({entry.pr, *entry.depends_on, *entry.stacked_on, *others, *prs}),
        shas=frozenset({entry.head.sha, *shas}),
        home=home,
    )
