"""Reads which workflows a work tree has, as far as mergebot's own must name them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = ".github/workflows"
OWN = (f"{FOLDER}/mergebot.yml", f"{FOLDER}/mergebot.yaml")
"""Where mergebot's own workflow may be."""

_LARGEST = 1_000_000
"""More bytes than this are no workflow: GitHub takes half as many."""

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Every scalar as text: `on` stays a word, and no tag makes an object."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow:
    """A workflow that tests pull requests. `name`: as `workflow_run` must call it. `file`: its name in the folder."""

    name: str
    file: str


def ci_workflows(root: Path) -> tuple[Workflow, ...]:
    """The workflows that run for pull requests, in the order of their files; what cannot be read is none."""
    folder = root / FOLDER
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return ()
    return tuple(_read(paths))


def _read(paths: list[Path]) -> Iterator[Workflow]:
    for path in paths:
        if path.suffix not in (".yml", ".yaml") or f"{FOLDER}/{path.name}" in OWN:
            continue
        content = _content(path)
        if isinstance(content, dict) and _tests(content.get("on")):
            name = content.get("name")
            # platform: a workflow without a name is called by its path
            yield Workflow(name=name if isinstance(name, str) and name else f"{FOLDER}/{path.name}", file=path.name)


def _content(path: Path) -> object:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        return yaml.load(path.read_bytes(), Loader=_LOADER)  # noqa: S506 (the base loader makes texts, lists and maps)
    except (OSError, yaml.YAMLError, ValueError, RecursionError):
        return None


def _tests(triggers: object) -> bool:
    """Whether it runs for pull requests, or for every push, and so on their branches."""
    if isinstance(triggers, dict):
        push = triggers.get("push", {"branches": []})
        return "pull_request" in triggers or not (isinstance(push, dict) and _LIMITS & push.keys())
    return triggers in ("pull_request", "push") or (
        isinstance(triggers, list) and bool({"pull_request", "push"} & {str(word) for word in triggers})
    )


_LIMITS = frozenset({"branches", "tags", "branches-ignore"})
"""What keeps a workflow from pushes to some branches."""
