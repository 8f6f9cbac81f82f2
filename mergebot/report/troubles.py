"""Steps of a pass that failed, told to the PRs that they hit."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mergebot.model.ids import PrNumber
from mergebot.model.outcome import Failed, StepResult
from mergebot.model.plan import Answer, Restack, Step
from mergebot.report import render

_NOUNS: Final = {"retarget": "change of base", "run_checks": "test run", "answer": "answer to a command"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """A step of this pass that failed; `told`: this PR is the one that someone has to see to."""

    action: str
    failed: Failed
    told: bool

    @property
    def noun(self) -> str:
        """The step as a thing that can fail."""
        return _NOUNS.get(self.action, render.action_words(self.action))


def find_troubles(results: Iterable[StepResult]) -> Mapping[PrNumber, tuple[Trouble, ...]]:
    """The last failure of each kind of step, by the PRs that it hit."""
    found: dict[PrNumber, dict[str, Trouble]] = {}
    for item in results:
        failed = item.outcome
        for line in render.lines(item.step):
            if not isinstance(failed, Failed):
                # What went well at another try is no trouble any more.
                found.get(line.pr, {}).pop(line.action, None)
                continue
            told = _is_told(item.step, line.pr, failed.reason)
            found.setdefault(line.pr, {})[line.action] = Trouble(action=line.action, failed=failed, told=told)
    return {number: tuple(kinds.values()) for number, kinds in found.items()}


def _is_told(step: Step, number: PrNumber, reason: str) -> bool:
    """Of a stack the root and whom the reason names; a comment that got no answer keeps no PR from anything."""
    match step:
        case Answer():
            return False
        case Restack(rebases=rebases):
            return rebases[0].pr == number or re.search(rf"#{number}\b", reason) is not None
        case _:
            return True
