"""The dependency file (contract 2.1): from bytes to a `DependencyFile`, with every problem that is in them."""

from mergebot.dependencies.reading import Draft, read_draft
from mergebot.dependencies.rules import check_cycles, check_merge_order, check_typos
from mergebot.located.json_text import read_json
from mergebot.model.ids import AgentName, Branch
from mergebot.model.policy import DependencyFile
from mergebot.model.problem import Problem

DEPENDENCY_PLACES = (
    ".agent-coordination/dependencies.json",
    "config/dependencies.json",
    "dependencies.json",
)
"""Where the dependency file may be when the config names none; the first that exists counts (contract 2.1)."""


def load_dependencies(path: str, raw: bytes) -> tuple[DependencyFile, tuple[Problem, ...]]:
    """Read a dependency file; never raises for bad content.

    The problems are all there are, in the order of the file. With an error among them the file is empty but for its
    path, so that a `DependencyFile` is always a valid one.
    """
    root, report = read_json(path, raw)
    if root is None:
        return DependencyFile(path=path), report.problems()
    draft = read_draft(root, report)
    check_cycles(draft, report)
    check_merge_order(draft, report)
    check_typos(draft, report)
    if report.failed:
        return DependencyFile(path=path), report.problems()
    return _finish(path, draft), report.problems()


def _finish(path: str, draft: Draft) -> DependencyFile:
    return DependencyFile(
        path=path,
        dependencies={
            AgentName(name): tuple(AgentName(needed) for needed in needs) for name, needs in draft.needs.items()
        },
        merge_order=tuple(tuple(AgentName(name) for name, _ in wave) for wave in draft.waves),
        branches={AgentName(name): Branch(branch) for name, (branch, _) in draft.branches.items()},
    )
