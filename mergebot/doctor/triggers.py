"""What starts a workflow: the filters of its triggers, read as GitHub reads them."""

import re
from typing import Final

from mergebot.decide.glob import matches
from mergebot.model.ids import Branch
from mergebot.model.workflows import Trigger, Workflow

ANY: Final = (Branch("feature/any"), Branch("agent/any"))
"""Branches as agents call them."""

_EXPRESSION: Final = re.compile(r"\$\{\{[^{}]*\}\}")


def lets_in(trigger: Trigger, branch: Branch) -> bool:
    """Whether this branch passes the filter (platform: the last pattern that fits decides)."""
    if trigger.branches_ignore:
        return not any(matches(pattern, branch) for pattern in trigger.branches_ignore)
    fits = not trigger.branches
    for pattern in trigger.branches:
        if matches(pattern.removeprefix("!"), branch):
            fits = not pattern.startswith("!")
    return fits


def heeds_pulls(one: Workflow) -> bool:
    """Whether it runs for each new head of a pull request; one for new labels or pull requests alone tests nothing."""
    trigger = one.triggers.get("pull_request")
    return trigger is not None and (not trigger.types or "synchronize" in trigger.types)


def heeds_pushes(one: Workflow, *branches: Branch) -> bool:
    """Whether it runs for pushes to one of the branches (platform: with a filter of tags alone, for no branch's)."""
    push = one.triggers.get("push")
    if push is None or (push.tags and not push.branches and not push.branches_ignore):
        return False
    return any(lets_in(push, branch) for branch in branches)


def always_heeds_pushes(one: Workflow, *branches: Branch) -> bool:
    """Whether that is so whichever files change."""
    return heeds_pushes(one, *branches) and not one.triggers["push"].paths


def reports(one: Workflow, check: str) -> bool:
    """Whether a check comes from one of its jobs, by its name."""
    return any(_is_of(job.name, check) for job in one.jobs)


def _is_of(job: str, check: str) -> bool:
    """A matrix adds its values in brackets, a reusable workflow its own job; expressions stand for any text."""
    if matches(check, job) or check.startswith((f"{job} (", f"{job} / ")):
        return True
    first, *others = _EXPRESSION.split(job)
    if not others or not "".join((first, *others)).strip() or not check.startswith(first):
        return False
    at = len(first)
    for part in others[:-1]:
        at = check.find(part, at) + len(part)
        if at < len(part):
            return False
    return check.endswith(others[-1]) and len(check) - len(others[-1]) >= at
