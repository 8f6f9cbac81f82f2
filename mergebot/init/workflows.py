"""Reads which workflows a work tree has, as far as mergebot's own must name them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from mergebot.doctor.triggers import ANY, lets_in
from mergebot.model.workflows import Trigger

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
    """Whether it runs for each new head of a pull request, or for pushes to such branches; as doctor sees it."""
    if isinstance(triggers, dict):
        return _heeds_pulls(triggers.get("pull_request")) or _heeds_pushes(triggers.get("push"))
    return triggers in ("pull_request", "push") or (
        isinstance(triggers, list) and bool({"pull_request", "push"} & {str(word) for word in triggers})
    )


def _heeds_pulls(found: object) -> bool:
    types = _texts(found.get("types")) if isinstance(found, dict) else ()
    return found is not None and (not types or "synchronize" in types)


def _heeds_pushes(found: object) -> bool:
    if not isinstance(found, dict):
        return found is not None
    trigger = Trigger(branches=_texts(found.get("branches")), branches_ignore=_texts(found.get("branches-ignore")))
    tags_alone = bool(found.keys() & {"tags", "tags-ignore"}) and not (trigger.branches or trigger.branches_ignore)
    return not tags_alone and any(lets_in(trigger, branch) for branch in ANY)


def _texts(found: object) -> tuple[str, ...]:
    """One text, or a list of them; an empty one is none."""
    items = found if isinstance(found, list) else [found]
    return tuple(item for item in items if isinstance(item, str) and item)
