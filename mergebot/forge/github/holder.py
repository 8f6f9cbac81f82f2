"""Who is at work, as the message of the lock's commit says it. It is a stranger's text when it is read back."""

import hashlib
import os
import platform
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from mergebot.forge.github.plain import one_line

TITLE: Final = "mergebot is at work"
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """`id`: of this pass alone. `machine`: tells machines (and their name spaces of processes) apart.

    `run` and `attempt`: of the run in Actions of this repository, 0 where there is none.
    """

    id: str
    host: str = ""
    machine: str = ""
    process: int = 0
    run: int = 0
    attempt: int = 0
    url: str = ""

    @classmethod
    def here(cls, environ: Mapping[str, str], repository: str, own_id: str) -> Self:
        """This process; `environ` tells of the run in Actions, if it is one of this repository."""
        in_actions = environ.get("GITHUB_REPOSITORY", "").casefold() == repository.casefold()
        run = _number(environ.get("GITHUB_RUN_ID", "")) if in_actions else 0
        server = environ.get("GITHUB_SERVER_URL", "").rstrip("/")
        return cls(
            id=own_id,
            host=one_line(platform.node(), 80),
            machine=_machine(),
            process=os.getpid(),
            run=run,
            attempt=_number(environ.get("GITHUB_RUN_ATTEMPT", "")) if run else 0,
            url=f"{server}/{repository}/actions/runs/{run}" if run and server else "",
        )

    def message(self) -> str:
        """The commit message that `parse` reads."""
        lines = {
            "host": self.host,
            "machine": self.machine,
            "process": self.process,
            "run": self.run,
            "attempt": self.attempt,
            "url": self.url,
            "id": self.id,
        }
        return f"{TITLE}\n\n" + "".join(f"{key}: {value}\n" for key, value in lines.items() if value)

    @classmethod
    def parse(cls, message: str) -> Self | None:
        """Who wrote this message; None if it is none of ours."""
        title, _, rest = message.partition("\n")
        found = dict(re.findall(r"^([a-z]+): (.+)$", rest, re.MULTILINE))
        if title != TITLE or not found.get("id"):
            return None
        return cls(
            id=found["id"],
            host=one_line(found.get("host", ""), 80),
            machine=found.get("machine", ""),
            process=_number(found.get("process", "")),
            run=_number(found.get("run", "")),
            attempt=_number(found.get("attempt", "")),
            url=one_line(found.get("url", ""), 200),
        )

    @property
    def shown(self) -> str:
        """Who it is, in a few words."""
        return f"process {self.process} on {self.host or 'an unknown machine'}"

    def is_dead(self, here: "Holder") -> bool:
        """Whether it was a process of this machine that is no more."""
        if not self.machine or self.machine != here.machine or self.process <= 0:
            return False
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return True
        except (OSError, OverflowError):
            return False
        return False


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else 0


def _machine() -> str:
    """What tells this machine, this boot of it, and this name space of processes from others."""
    parts = [platform.node()]
    with suppress(OSError):  # not on Linux
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]
