"""Runs steps as a runner of GitHub Actions does: bash, environment, outputs, masks. No part of it knows mergebot."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.action.documents import ACTION, Document
from tests.action.expressions import fill
from tests.action.rendered import ROOT

BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")
"""Platform: what `shell: bash` means."""

LIB = f"mergebot/{sys.implementation.cache_tag}"
"""Where below `RUNNER_TEMP` the Action keeps what it needs, for the Python of the tests."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """What came of some steps: `log` as a person may read it, `raw` as it was written.

    `steps`: what each step gave; `outputs`: what the Action makes of that.
    """

    code: int
    log: str
    raw: str
    steps: Mapping[str, Mapping[str, str]]
    summary: str
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Runner:
    """A machine with a job: `workspace` is the current folder, `temp` lives as long as the job."""

    temp: Path
    workspace: Path
    environ: dict[str, str]
    action: Path = ROOT
    path: str = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    files: int = 0
    masks: list[str] = field(default_factory=list)

    @classmethod
    def create(cls, folder: Path, environ: Mapping[str, str]) -> "Runner":
        """A runner with folders of its own."""
        for name in ("temp", "workspace", "tools"):
            (folder / name).mkdir(parents=True)
        paths = {"RUNNER_TEMP": str(folder / "temp"), "RUNNER_TOOL_CACHE": str(folder / "tools")}
        paths |= {"GITHUB_WORKSPACE": str(folder / "workspace"), "GITHUB_ACTIONS": "true", "HOME": str(folder)}
        return cls(temp=folder / "temp", workspace=folder / "workspace", environ={**environ, **paths})

    def is_ready(self) -> "Runner":
        """The Action has been used in this job before: what it needs is there (the tests' own Python has it)."""
        (self.temp / LIB).mkdir(parents=True)
        (self.temp / LIB / "installed.txt").write_bytes((self.action / "requirements/action.txt").read_bytes())
        return self

    def use(self, **inputs: str) -> Ran:
        """`uses:` the Action, with its defaults for what is not given."""
        defaults = {name: value.get("default", "") for name, value in ACTION.content["inputs"].items()}
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert set(given) <= set(defaults), "an input that the Action does not have is only a warning to a runner"
        contexts: dict[str, Any] = {"github": {"token": self.environ.get("GITHUB_TOKEN", "")}}
        contexts["inputs"] = {name: fill(value, contexts) for name, value in (defaults | given).items()}
        ran = self.run(list(ACTION.steps()), contexts)
        known = {"steps": _outputs_of(ran.steps)}
        given_back = {name: fill(output["value"], known) for name, output in ACTION.content["outputs"].items()}
        return replace(ran, outputs=given_back)

    def run(self, steps: Sequence[Mapping[str, Any]], contexts: Mapping[str, Any]) -> Ran:
        """One step after the other, until one fails."""
        given: dict[str, Mapping[str, str]] = {}
        raw, summary, code = "", "", 0
        for step in steps:
            done, output, written = self._step(step, {**contexts, "steps": _outputs_of(given)})
            raw, summary, code = raw + done.stdout, summary + written, done.returncode
            given[step.get("id", "")] = output
            if code:
                break
        return Ran(code=code, log=self._read(raw), raw=raw, steps=given, summary=summary)

    def _step(
        self, step: Mapping[str, Any], contexts: Mapping[str, Any]
    ) -> tuple["subprocess.CompletedProcess[str]", Mapping[str, str], str]:
        assert step.get("shell", "bash") == "bash"
        assert set(step) <= {"name", "id", "shell", "env", "run"}, "this runner knows no more"
        self.files += 1
        script, output, summary = (self.temp / f"{self.files}{end}" for end in (".sh", ".output", ".summary"))
        script.write_text(step["run"], encoding="utf-8")
        output.touch()
        summary.touch()
        files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
        own = {name: fill(str(value), contexts) for name, value in step.get("env", {}).items()}
        base = {"PATH": self.path, "GITHUB_ACTION_PATH": str(self.action), "LC_ALL": "C.UTF-8"}
        git = {name: value for name, value in os.environ.items() if name.startswith(("GIT_", "COVERAGE_"))}
        done = subprocess.run(
            [*BASH, str(script)],
            cwd=self.workspace,
            env={**git, **base, **self.environ, **files, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return done, _outputs(output.read_text(encoding="utf-8")), summary.read_text(encoding="utf-8")

    def _read(self, raw: str) -> str:
        """Platform: a line that masks is not shown, and what it masks is shown nowhere after it."""
        shown = []
        for line in raw.splitlines():
            if line.startswith("::add-mask::"):
                self.masks.append(line.removeprefix("::add-mask::"))
                continue
            for mask in self.masks:
                line = line.replace(mask, "***")  # noqa: PLW2901 (mask after mask)
            shown.append(line)
        return "\n".join(shown)


def job_of(document: Document, name: str) -> list[dict[str, Any]]:
    """The steps of a job."""
    return list(document.jobs[name]["steps"])


def _outputs_of(steps: Mapping[str, Mapping[str, str]]) -> Mapping[str, Any]:
    return {name: {"outputs": values} for name, values in steps.items()}


def _outputs(text: str) -> Mapping[str, str]:
    """Platform: `name=value`, or `name<<WORD`, the lines of the value, `WORD`."""
    found: dict[str, str] = {}
    rest = text
    while rest:
        line, _, rest = rest.partition("\n")
        if heredoc := re.fullmatch(r"([\w-]+)<<(.+)", line):
            value, _, rest = rest.partition(f"\n{heredoc[2]}\n")
            found[heredoc[1]] = value
        else:
            name, equals, value = line.partition("=")
            assert equals, f"a runner fails on: {line!r}"
            found[name] = value
    return found
