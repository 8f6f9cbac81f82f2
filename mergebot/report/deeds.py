"""What a pass did, in one sentence."""

from collections.abc import Iterable, Mapping
from typing import Final

from mergebot.model.ids import PrNumber
from mergebot.model.outcome import PassResult
from mergebot.report import render

DID: Final[Mapping[str, str]] = {
    "merge": "merged",
    "rebase": "rebased",
    "retarget": "retargeted",
    "run_checks": "tested",
    "dispatch": "started the checks of",
    "answer": "answered on",
}
"""The steps worth telling; what tidies up after a merge is none."""

MOST: Final = 20


def landed(items: Iterable[render.Result]) -> list[PrNumber]:
    """What was merged, or found merged, in the order of the pass."""
    return [i.line.pr for i in items if i.line.action == "merge" and i.result in ("done", "already_done")]


def deeds(result: PassResult) -> str:
    """All that was done, by kind, and what failed: `Merged #1, #2; rebased #6. Failed: merge #3.`."""
    items = render.results(result.results)
    done = [item.line for item in items if item.result == "done"]
    parts = [_said(words, (line for line in done if line.action == action)) for action, words in DID.items()]
    failed = [f"{render.action_words(i.line.action)} #{i.line.pr}" for i in items if i.result == "failed"]
    did = "; ".join(filter(None, parts)) or ("nothing was done" if failed else "nothing was to be done")
    return f"{did[0].upper()}{did[1:]}." + (f" Failed: {render.some(failed, MOST)}." if failed else "")


def _said(words: str, lines: Iterable[render.Line]) -> str:
    numbers = list(dict.fromkeys(f"#{line.pr}" for line in lines))
    return f"{words} {render.some(numbers, MOST)}" if numbers else ""
