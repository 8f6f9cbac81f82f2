"""Tells from open pull requests which of them are agents', and what they wait for. Pure."""

from mergebot.decide.agents import LABEL_PREFIX
from mergebot.decide.body import Said, read_said
from mergebot.decide.patches import may_write
from mergebot.decide.references import Home, read_references
from mergebot.init.drawing import Candidate, name_of_branch
from mergebot.model.ids import Branch
from mergebot.model.plan import Plan
from mergebot.model.snapshot import PullRequest, Snapshot


def candidates(snapshot: Snapshot, plan: Plan) -> tuple[Candidate, ...]:
    """The open pull requests that say whose they are, or look like it, in the order of their numbers.

    By a label, by a line `Agent:` of someone with write access, by the branch (contract 2.2). Those of forks are left
    out, whatever they say. What each waits for is what the queue would wait for: stacks and `Depends-On:`.
    """
    home = Home.of(snapshot)
    pulls = {pr.number: pr for pr in snapshot.pull_requests if not pr.head.fork}
    found = []
    for entry in sorted(plan.entries, key=lambda entry: entry.pr):
        pr = pulls.get(entry.pr)
        if pr is None or pr.head.branch == snapshot.base.branch:
            continue
        said = read_said(pr.body)
        if (name := _name(pr, said)) is not None:
            on = tuple(pulls[number].head.branch for number in entry.depends_on if number in pulls)
            found.append(_candidate(pr, name, on, _agents_in(said, home)))
    return tuple(found)


def _candidate(pr: PullRequest, name: tuple[str, str], on: tuple[Branch, ...], waits: tuple[str, ...]) -> Candidate:
    return Candidate(branch=pr.head.branch, says=name[0], why=f"#{pr.number}, {name[1]}", on=on, waits=waits)


def _name(pr: PullRequest, said: Said) -> tuple[str, str] | None:
    """What the agent is called, and what says so."""
    for label in sorted(pr.labels):
        if label.startswith(LABEL_PREFIX) and (name := label.removeprefix(LABEL_PREFIX).strip()):
            return name, f"label {label}"
    if may_write(pr.author):
        for word in said.agents:
            if word:
                return word, "`Agent:` in its text"
    found = name_of_branch(pr.head.branch)
    return None if found is None else (found, f"branch {pr.head.branch}")


def _agents_in(said: Said, home: Home) -> tuple[str, ...]:
    references = (reference for line in said.depends_on for reference in read_references(line, home))
    return tuple(reference.agent for reference in references if reference.agent is not None)
