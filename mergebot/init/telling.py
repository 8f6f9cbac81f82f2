"""What `mergebot init` says: what it wrote and kept, what it drew from where, and what comes next. Pure."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import assert_never

from mergebot.config import CONFIG_PLACES
from mergebot.init.drawing import Agent
from mergebot.init.files import TEMPLATE_LINES
from mergebot.init.starting import STATUS, Start
from mergebot.init.workflow import USUAL_NAME
from mergebot.init.workflows import FOLDER
from mergebot.init.writing import Kept, Put, Refused, WouldWrite, Written
from mergebot.report import safe
from mergebot.report.words import counted

WIDTH = 80
_TOKENS = (
    "2. Choose the token. A GitHub App of your own is best: put its id into the variable MERGEBOT_APP_ID and its key "
    "into the secret MERGEBOT_APP_PRIVATE_KEY of the repository. Without it, the job's own GITHUB_TOKEN serves, after "
    "whose pushes GitHub starts no checks: name your workflows in checks.dispatch. A personal token (the action's "
    "input `token`) starts them, but all is then done in your name."
)
_MOST = 40
"""More agents than this are counted, not listed."""


def told(start: Start) -> str:
    """Everything, for people."""
    parts = [_heading(start), _files(start), _drawn(start), _hints(start), _next(start)]
    return safe.output("\n".join(f"{part}\n" for part in parts if part))


def _heading(start: Start) -> str:
    where = start.request.repository or start.ground.root.name
    kind = "a plain repository, without a forge" if start.request.local else "on GitHub"
    return _wrapped(f"Setting mergebot up for {safe.line(where)} ({kind}; base {safe.line(start.ground.base)})")


def _files(start: Start) -> str:
    return "\n".join(line for put in start.done for line in _put(put))


def _put(put: Put) -> Iterator[str]:
    path = safe.line(put.path)
    match put:
        case Written():
            yield f"  wrote        {path}"
        case WouldWrite():
            yield f"  would write  {path}"
        case Kept():
            yield f"  kept         {path}"
        case Refused():
            yield f"  not written  {path}"
            yield _wrapped(f"{safe.line(put.reason)}", indent=15)
        case _:
            assert_never(put)


def _drawn(start: Start) -> str:
    """The agents of the dependency file, and what says that they are some."""
    if not start.source:
        return ""
    lines = []
    if start.unread:
        lines.append(_wrapped(f"Not drawn from pull requests: {safe.line(start.unread)}."))
    agents = start.drawing.agents
    if not agents:
        lines.append(_wrapped(f"No agents among {safe.line(start.source)}: the dependency file names none yet."))
    else:
        lines.append(_wrapped(f"{counted(len(agents), 'agent')}, drawn from {safe.line(start.source)}:"))
        lines += [line for agent in agents[:_MOST] for line in _agent(agent)]
        lines += [f"  and {len(agents) - _MOST} more"] * (len(agents) > _MOST)
    lines += [_wrapped(f"left out: {safe.line(line)}", indent=2) for line in start.drawing.left_out]
    return "\n".join(lines)


def _agent(agent: Agent) -> Iterator[str]:
    branch = f", branch {agent.candidate.branch}" if agent.candidate.branch not in agent.candidate.why else ""
    yield _wrapped(f"{safe.line(agent.name)} ({safe.line(agent.candidate.why + branch)})", indent=2, hanging=4)
    if agent.needs:
        yield _wrapped(f"waits for {', '.join(map(safe.line, agent.needs))}", indent=6)


def _hints(start: Start) -> str:
    hints = [_wrapped(f"! {hint}", hanging=2) for hint in _each_hint(start)]
    if start.template:
        lacking = f"! {safe.line(start.template)} lacks what agents fill in. Add these lines to it:"
        hints.append("\n".join([_wrapped(lacking, hanging=2), *(f"      {line}" for line in TEMPLATE_LINES)]))
    return "\n".join(hints)


def _each_hint(start: Start) -> Iterator[str]:
    """What the user should know of what was found."""
    if len(start.ground.configs) > 1:
        yield f"There are two configs, {' and '.join(start.ground.configs)}: keep one of them."
    for path, rule in start.ignored.items():
        yield f"git ignores {safe.line(path)} ({safe.line(rule)}): add it with git add --force, or change that rule."
    if start.action is not None and not start.action.pinned:
        yield (
            f"The workflow names {safe.line(start.action.ref)}, which its owner can move. Name the commit instead, by "
            "all its 40 digits" + (": a comment in the workflow says how." if start.action.comment else ".")
        )
    if start.action is not None and not start.tests:
        yield (
            f"No workflow in {FOLDER} runs for pull requests. When there is one, write its name in place of "
            f"{USUAL_NAME} in mergebot's, under workflow_run. Until then nothing merges, unless other checks report "
            "or checks.allow_none is true."
        )


def _next(start: Start) -> str:
    if start.request.dry:
        return "Nothing was written: this was a dry run."
    return "\n".join(["Next:", *(_wrapped(step, indent=2, hanging=3) for step in _steps(start))])


def _steps(start: Start) -> Sequence[str]:
    config = start.ground.configs[0] if start.ground.configs else CONFIG_PLACES[0]
    if start.request.local:
        return (
            f"1. Look at {config}: scores of 10/10 and one approval are asked for.",
            f'2. Let every agent keep its record in {STATUS}; "status": "ready" asks for its merge.',
            "3. See what would happen with mergebot plan --local; mergebot run --local does it.",
        )
    return (
        f"1. Look at {config}: green checks, scores of 10/10 and one approval are asked for.",
        _TOKENS,
        f"3. Commit the files and push them to {safe.line(start.ground.base)}: mergebot reads them there.",
        "4. Look for what would stop the queue with mergebot doctor, and at what it would do with mergebot plan.",
        "5. Put the label `merge` on a pull request. Agents' own need none.",
    )


def _wrapped(text: str, *, indent: int = 0, hanging: int = 0) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_long_words=False,
        break_on_hyphens=False,
    )
