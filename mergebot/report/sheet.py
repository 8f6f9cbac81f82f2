"""How a page of Markdown is laid out: where its references lead, and how much of a long list it shows."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from mergebot.report import safe


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """`url`: the repository's page ("" = it has none, so nothing is linked).

    `open`: how many items of a list are seen at once; those up to `most` are folded away, the rest is only counted.
    """

    url: str = ""
    open: int = 30
    most: int = 100_000

    def text(self, text: str) -> str:
        """One harmless line, in which `#12` leads to that PR: in a step summary GitHub makes no link of it."""
        return safe.with_code(text, self._linked)

    def _linked(self, text: str) -> str:
        shown = safe.markdown(text)
        if not self.url:
            return shown
        page = quote(self.url, safe=":/")
        return re.sub(r"(?<![\w/&\\#@])#([1-9]\d{0,9})\b", rf"[#\1]({page}/pull/\1)", shown)
