"""The YAML of the Action and the workflows, read as GitHub reads it; and the lines, for what comments have to say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tests.action.rendered import ROOT, rendered

FOLDER = ROOT / ".github" / "workflows"


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One file of YAML: its text, and what it says."""

    name: str
    text: str
    content: dict[str, Any]

    def __str__(self) -> str:
        return self.name

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        """The jobs of a workflow."""
        return dict(self.content["jobs"])

    def steps(self) -> Iterator[dict[str, Any]]:
        """Every step, of the Action or of every job."""
        if "runs" in self.content:
            yield from self.content["runs"]["steps"]
        else:
            for job in self.jobs.values():
                yield from job["steps"]


def document(name: str, text: str) -> Document:
    """A file of YAML; `on`, `yes` and the like are words."""
    return Document(name=name, text=text, content=yaml.load(text, Loader=_Loader))  # noqa: S506 (it is a safe loader)


class _Loader(yaml.SafeLoader):
    """YAML 1.2 has no `on` for true."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own way)
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


ACTION = document("action.yml", (ROOT / "action.yml").read_text(encoding="utf-8"))
OWN = document("mergebot.yml", (FOLDER / "mergebot.yml").read_text(encoding="utf-8"))
"""The workflow with which mergebot serves its own repository, and others by `workflow_call`."""

TEMPLATE = document("what init writes", rendered())
WORKFLOWS = [TEMPLATE, *(document(path.name, path.read_text(encoding="utf-8")) for path in sorted(FOLDER.iterdir()))]
