"""Workflow files of Actions as facts: what starts them, what their jobs may do. They are read, never run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mergebot.model.snapshot import Unknown

Rights = Mapping[str, str]
"""The rights of a job's token, by the names that workflows use (`contents: write`); `*` stands for all of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """One event under `on:`. Empty: no such filter. `workflows`: the names that `workflow_run` waits for.

    `paths`, `tags`: it has a filter of that kind.
    """

    types: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    branches_ignore: tuple[str, ...] = ()
    paths: bool = False
    tags: bool = False
    workflows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A job. `name`: what its check is called. `rights`: None where the file names none for it.

    `is_bot`: it runs mergebot. `own_token`: it uses a token other than the job's. `reusable`: its steps are in another
    workflow file. `cancels`: its own `concurrency` cancels what is running. `grouped`: it has a `concurrency`.
    """

    id: str
    name: str
    rights: Rights | None = None
    is_bot: bool = False
    own_token: bool = False
    reusable: bool = False
    grouped: bool = False
    cancels: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow:
    """A workflow file on the default branch. `name`: as `workflow_run` has to spell it.

    `state`: `active`, or how it was disabled; "" where GitHub does not say. `last_run`: when it last started, UTC
    seconds since 1970 (None: never). `fault`: why the file could not be understood ("" = it was).
    """

    path: str
    name: str
    triggers: Mapping[str, Trigger] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    grouped: bool = False
    cancels: bool = False
    state: str = ""
    last_run: float | Unknown | None = None
    fault: str = ""

    @property
    def is_bot(self) -> bool:
        """Whether mergebot runs in it."""
        return any(job.is_bot for job in self.jobs)
