"""The texts of the files that a repository starts with. Pure but for the templates, which are read from the package."""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files

from mergebot.init.drawing import Agent, Drawing, waves
from mergebot.located.schema import address
from mergebot.located.texts import BRANCH, WORKFLOW
from mergebot.model.ids import AgentName, Branch
from mergebot.report import safe

TEMPLATE_LINES = ("## Agent: {NAME}", "## Review Score: {SCORE}/10")
"""What a pull request template needs to have for mergebot."""

_REQUIRED = """
checks:
  # Names or globs of checks that must have reported, besides those that branch rules require.
  required: []
  # GitHub starts no workflow for what is pushed with GITHUB_TOKEN. Where mergebot works with that token, it starts
  # these files of .github/workflows itself after a rebase; each needs the trigger workflow_dispatch. With the token of
  # a GitHub App, leave it empty.
  dispatch: []{example}
"""
_COMMAND = """
checks:
  # The test command, such as "make test". It is run in a throw-away work tree of the merged result. null: what each
  # agent says in .agent-coordination/status.json counts (`tests_passing`).
  command: null
"""


def template(name: str) -> str:
    """A template of this package."""
    return files("mergebot.init").joinpath("templates", name).read_text(encoding="utf-8")


def github_config(base: Branch, ci: Iterable[str]) -> str:
    """A starting config for a repository on GitHub; `ci`: the files of its own workflows."""
    named = [file for file in ci if WORKFLOW.refuse(file) is None]
    example = f" # such as [{', '.join(map(_quoted, named))}]" if named else " # such as [ci.yml]"
    line = f"# base: {safe.line(base)} # the branch that is merged into, if it is not the default branch"
    return _config(line, _REQUIRED.replace("{example}", example), "")


def local_config(base: Branch) -> str:
    """A starting config for a repository without a forge, where nobody else says which branch is base."""
    usable = base.isprintable() and BRANCH.refuse(base) is None
    line = f"base: {_quoted(base)} # the branch that is merged into" if usable else "# base: main"
    return _config(line, _COMMAND, " --local")


def _config(base: str, checks: str, local: str) -> str:
    text = template("mergebot.yml")
    for place, value in {
        "{schema}": address("mergebot.schema.json"),
        "{local}": local,
        "{checks}": checks,
        "{base}": base,
    }.items():
        text = text.replace(place, value)
    return text


def pull_request_template() -> str:
    """The agents' template: not filled in, it names no agent and gives no score."""
    return template("pull_request_template.md")


def dependencies(drawing: Drawing) -> str:
    """The dependency file, one agent a line, as people write it."""
    needs = {agent.name: _list(agent.needs) for agent in drawing.agents if agent.needs}
    sections = [f'"dependencies": {_object(needs)}', f'"merge_order": {_lists(waves(drawing.agents))}']
    named = {agent.name: f'{{"branch": {_quoted(agent.candidate.branch)}}}' for agent in drawing.agents if agent.named}
    sections += [f'"agents": {_object(named)}'] if named else []
    return "{\n  " + ",\n  ".join(sections) + "\n}\n"


def status(agents: Sequence[Agent]) -> str:
    """A starting `status.json`: every agent at work, nothing claimed."""
    records = {agent.name: _record(agent) for agent in agents}
    fleet = {"agents": records, "completed": [], "failed": [], "blocked": []}
    return json.dumps(fleet, indent=2, ensure_ascii=False) + "\n"


def _record(agent: Agent) -> dict[str, object]:
    return {
        "status": "in_progress",
        "branch": agent.candidate.branch,
        **({"worktree": safe.valid(agent.candidate.worktree)} if agent.candidate.worktree else {}),
        "progress": 0.0,
        "current_task": "",
        "tests_passing": None,
        "review_score": None,
        "approvals": 0,
        "blocked_by": list(agent.needs),
    }


def _object(members: Mapping[AgentName, str]) -> str:
    lines = [f"    {_quoted(name)}: {value}" for name, value in members.items()]
    return "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"


def _lists(rows: Iterable[Sequence[str]]) -> str:
    lines = [f"    {_list(row)}" for row in rows]
    return "[\n" + ",\n".join(lines) + "\n  ]" if lines else "[]"


def _list(words: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, words))}]"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
