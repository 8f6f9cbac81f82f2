"""Helpers of the tests of the journal: how it reads, and writers that die or cannot write it."""

import json
from dataclasses import dataclass, replace
from typing import Any

from mergebot.errors import GitError
from mergebot.forge.protocol import Forge, ForgeWriter
from mergebot.forge.registry import open_local
from mergebot.model.journal import REF
from mergebot.model.outcome import Failed, Outcome
from mergebot.model.plan import Merge
from tests.sandbox import Sandbox
from tests.scenarios.world import World


class KilledError(BaseException):
    """Nothing catches it: the process is gone."""


@dataclass
class Dying:
    """A writer whose process is killed right after the forge has merged."""

    real: ForgeWriter

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def merge(self, step: Merge) -> Outcome:
        self.real.merge(step)
        raise KilledError


@dataclass
class Unwritable:
    """A writer whose journal cannot be written, for another reason than that the server takes none."""

    real: ForgeWriter
    tries: int = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def record(self, lines: tuple[str, ...]) -> Outcome:
        self.tries += 1
        if self.tries == 1:
            raise GitError("the disk is full")
        return Failed(reason=f"no room for {len(lines)} lines")


def dying(forge: Forge) -> Forge:
    return replace(forge, writer=Dying(forge.writer))  # type: ignore[arg-type]  # a stand-in


def local(world: World) -> Forge:
    return open_local(world.box.path, clock=world.clock)


def journal(box: Sandbox) -> list[dict[str, Any]]:
    """The newest segment's lines."""
    if REF not in box.refs():
        return []
    return [json.loads(line) for line in box.git("cat-file", "blob", f"{REF}:journal.jsonl").splitlines()]


def brief(box: Sandbox) -> list[str]:
    return [f"{line['action']} #{line['pr']} {line['outcome']}" for line in journal(box)]
