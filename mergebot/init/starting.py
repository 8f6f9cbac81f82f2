"""`mergebot init` from its beginning to its end: look, draw, write. What it did is a value; nothing is printed here."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from mergebot.config import CONFIG_PLACES
from mergebot.errors import MergebotError
from mergebot.init import branches, files, ground, pinning, pulls, workflow, workflows
from mergebot.init.drawing import Candidate, Drawing, draw
from mergebot.init.ground import Ground
from mergebot.init.writing import Kept, Put, Refused, Wanted, WouldWrite, Written, existing, put
from mergebot.model.plan import Plan
from mergebot.model.snapshot import Snapshot

STATUS = ".agent-coordination/status.json"

ReadPulls: TypeAlias = Callable[[], tuple[Snapshot, Plan]]
"""Reads the open pull requests; raises `MergebotError` where that cannot be done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What is asked for. `folder`: any in the repository. `repository`: its `OWNER/NAME`, "" where not known.

    `action`: the ref of the action that the user named. `local`: a plain repository without a forge.
    """

    folder: Path
    repository: str = ""
    action: str | None = None
    local: bool = False
    dry: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """What was done. `source`: what the agents were drawn from, "" where they were not; `unread`: why not from GitHub.

    `ignored`: files that git would not commit, with the rule. `template`: one that lacks our lines.
    `tests`: how many workflows test pull requests.
    """

    request: Request
    ground: Ground
    done: tuple[Put, ...]
    drawing: Drawing
    source: str
    unread: str
    ignored: Mapping[str, str]
    template: str
    action: pinning.Action | None
    tests: tuple[workflows.Workflow, ...]

    @property
    def failed(self) -> bool:
        """Whether something is still missing, or there is one config too many."""
        return len(self.ground.configs) > 1 or any(isinstance(put, Refused) for put in self.done)


def start(request: Request, read_pulls: ReadPulls | None) -> Start:
    """Write all that is not there yet; `read_pulls`: None where there is no GitHub to ask.

    Raises:
        AccessError: the folder is in no repository, or in one without a work tree.
    """
    around = ground.look_around(request.folder, local=request.local)
    return _Starting(request, around, read_pulls).run()


class _Starting:
    def __init__(self, request: Request, around: Ground, read_pulls: ReadPulls | None) -> None:
        self.request, self.ground, self.read_pulls = request, around, read_pulls
        self.tests = () if request.local else workflows.ci_workflows(around.root)
        self.action: pinning.Action | None = None
        self.drawing, self.source, self.unread = Drawing(), "", ""

    def run(self) -> Start:
        """Draw first, then write one file after the other: each is whole, whatever becomes of the next."""
        if self._is_missing(self._dependencies()) or (self.request.local and self._is_missing(self._status())):
            self._draw()
        wanted = self._local() if self.request.local else self._github()
        done = tuple(put(self.ground.root, file, dry=self.request.dry) for file in wanted)
        return Start(
            request=self.request,
            ground=self.ground,
            done=done,
            drawing=self.drawing,
            source=self.source,
            unread=self.unread,
            ignored={} if self.request.local else self._ignored(done),
            template="" if self.request.local else self._lacking_template(),
            action=self.action,
            tests=self.tests,
        )

    def _github(self) -> tuple[Wanted, ...]:
        template = Wanted(
            path=ground.TEMPLATE, text=files.pull_request_template(), places=ground.templates(self.ground.root)
        )
        config = files.github_config(self.ground.base, (test.file for test in self.tests))
        return self._config(config), self._workflow(), self._dependencies(), template

    def _local(self) -> tuple[Wanted, ...]:
        return self._config(files.local_config(self.ground.base)), self._dependencies(), self._status()

    def _config(self, text: str) -> Wanted:
        return Wanted(path=CONFIG_PLACES[0], text=text, places=CONFIG_PLACES)

    def _workflow(self) -> Wanted:
        wanted = Wanted(path=workflows.OWN[0], text="", places=workflows.OWN)
        if not self._is_missing(wanted):
            return wanted
        given = self.request.action
        self.action = pinning.named(given) if given else pinning.published(self.ground.root)
        text = workflow.render(
            files.template("workflow.yml"),
            base=self.ground.base,
            tests=[test.name for test in self.tests],
            action=self.action,
            minute=minute_of(self.request.repository or self.ground.root.name),
        )
        return Wanted(path=wanted.path, text=text, places=wanted.places)

    def _dependencies(self) -> Wanted:
        places = self.ground.dependencies
        return Wanted(path=places[0], text=files.dependencies(self.drawing), places=places)

    def _status(self) -> Wanted:
        return Wanted(path=STATUS, text=files.status(self.drawing.agents))

    def _is_missing(self, wanted: Wanted) -> bool:
        return existing(self.ground.root, wanted) is None

    def _draw(self) -> None:
        """From the open pull requests, else from the branches."""
        found = self._from_pulls()
        if not found:
            self.source = "branches and work trees"
            found = branches.candidates(self.ground.repo, self.ground.base)
        self.drawing = draw(found)

    def _from_pulls(self) -> tuple[Candidate, ...]:
        if self.read_pulls is None:
            return ()
        try:
            snapshot, plan = self.read_pulls()
        except MergebotError as error:
            self.unread = error.message
            return ()
        if self.ground.policy.base is None:
            self.ground = replace(self.ground, base=snapshot.base.branch)
        self.source = f"the open pull requests of {snapshot.repository}"
        found = pulls.candidates(snapshot, plan)
        if not found:
            count = len(plan.entries)
            some = f"none of the {count} open pull requests looks like an agent's"
            self.unread = some if count else f"none is open into {snapshot.base.branch}"
        return found

    def _lacking_template(self) -> str:
        """The template that is there, if none has our lines."""
        there = ground.templates(self.ground.root)
        lacking = [path for path in there if ground.lacks_our_lines(self.ground.root / path)]
        return lacking[0] if lacking and len(lacking) == len(there) else ""

    def _ignored(self, done: tuple[Put, ...]) -> dict[str, str]:
        paths = [put.path for put in done if isinstance(put, Written | WouldWrite | Kept)]
        rules = {path: ground.ignored(self.ground.root, path) for path in paths}
        return {path: rule for path, rule in rules.items() if rule}


def minute_of(name: str) -> int:
    """A number that depends on the name alone, so that not all repositories wake up in the same minutes."""
    return int.from_bytes(hashlib.sha256(name.casefold().encode("utf-8", "replace")).digest()[:4]) % 60
