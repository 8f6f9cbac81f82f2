"""What a diagnosis looks at, and the words in which it speaks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Final

from mergebot.decide.words import listed
from mergebot.doctor.triggers import ANY, heeds_pulls, heeds_pushes
from mergebot.model.finding import Finding, Level
from mergebot.model.ids import PrNumber
from mergebot.model.plan import Entry, Plan
from mergebot.model.policy import Policy
from mergebot.model.snapshot import Check, CheckList, PullRequest, Snapshot, Unknown
from mergebot.model.survey import GithubSurvey
from mergebot.model.workflows import Workflow

error = partial(Finding, level=Level.ERROR)
warning = partial(Finding, level=Level.WARNING)
unseen = partial(Finding, level=Level.UNSEEN)
note = partial(Finding, level=Level.NOTE)

CONFIG: Final = ".github/mergebot.yml"
_LONGEST: Final = 100
_MOST_NAMES: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A repository on GitHub, its queue, the rules that it runs by, and the plan."""

    survey: GithubSurvey
    snapshot: Snapshot
    policy: Policy
    plan: Plan

    @property
    def workflows(self) -> tuple[Workflow, ...]:
        """The workflow files that are understood; none where they could not be read."""
        found = self.survey.workflows
        return () if isinstance(found, Unknown) else tuple(one for one in found if not one.fault)

    @property
    def reads_all(self) -> bool:
        """Whether every workflow file is understood: only then is one that was not found not there."""
        found = self.survey.workflows
        return not isinstance(found, Unknown) and not any(one.fault for one in found)

    @property
    def ci(self) -> tuple[Workflow, ...]:
        """The workflows that test pull requests, by themselves or by the pushes to their branches."""
        heads = {*ANY, *(pr.head.branch for pr in self.snapshot.pull_requests if not pr.head.fork)}
        tests = (one for one in self.workflows if not one.is_bot)
        return tuple(one for one in tests if heeds_pulls(one) or heeds_pushes(one, *heads))

    @property
    def entries(self) -> dict[PrNumber, Entry]:
        """The entries by PR."""
        return {entry.pr: entry for entry in self.plan.entries}

    @property
    def requested(self) -> tuple[PullRequest, ...]:
        """The PRs that somebody has asked to merge."""
        wanted = {entry.pr for entry in self.plan.entries if entry.position is not None}
        return tuple(pr for pr in self.snapshot.pull_requests if pr.number in wanted)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every check on the head of an open PR that is not mergebot's own."""
        lists = (pr.checks for pr in self.snapshot.pull_requests if isinstance(pr.checks, CheckList))
        return tuple(check for found in lists for check in found.checks if not check.own)

    def page(self, path: str) -> str:
        """A page of the repository's settings."""
        return f"{self.survey.url}/{path}"


def numbers(prs: Iterable[PullRequest]) -> str:
    """`#1, #2 and #3`, by number."""
    return listed(f"#{number}" for number in sorted(pr.number for pr in prs))


def closest(name: str, names: Iterable[str]) -> str:
    """`; did you mean NAME?` where one of the names is nearly this one, else "". Bounded: names are strangers' text."""
    near = get_close_matches(name[:_LONGEST], sorted(set(names))[:_MOST_NAMES], 1)
    return f"; the closest one is `{near[0]}`" if near else ""


def flow(items: Iterable[str]) -> str:
    """A YAML list on one line, each item quoted."""
    return "[" + ", ".join("'" + item.replace("'", "''") + "'" for item in items) + "]"


Findings = Iterator[Finding]
