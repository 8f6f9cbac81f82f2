"""What in Actions is mergebot itself: its checks say nothing of a pull request, and to wait for them never ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mergebot.model.snapshot import GREEN, UNDECIDED, CheckState

PULL_REQUEST: Final = "pull_request"
OWN_FILE: Final = "mergebot.yml"
Node = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """What in Actions is mergebot itself: the run's number, its workflow's file and name, as the environment says."""

    run: int = 0
    file: str = ""
    workflow: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str], served: str = "") -> "Own":
        """Nothing where it does not run in Actions, or in those of another repository than the one that it serves."""
        run, repository = environ.get("GITHUB_RUN_ID", ""), environ.get("GITHUB_REPOSITORY", "")
        if served and repository and served.casefold() != repository.casefold():
            return cls()
        path, _, _ = environ.get("GITHUB_WORKFLOW_REF", "").partition("@")
        is_here = bool(repository) and path.casefold().startswith(f"{repository.casefold()}/")
        return cls(
            run=int(run) if run.isdecimal() else 0,
            file=path.rpartition("/")[2] if is_here else "",
            workflow=environ.get("GITHUB_WORKFLOW", ""),
        )

    def is_own(self, run: Node | None, state: CheckState | None = None) -> bool:
        """Whether a workflow run is mergebot's, or a check of it in this state is.

        What `init` writes never runs for `pull_request`. Where it does, the workflow tests pull requests as well: that
        one of its checks is green is no evidence, for it may be mergebot's, but one that is not must not be missed.
        """
        if run is None:
            return False
        if self.run and run.get("databaseId") == self.run:
            return state is None or state in GREEN | UNDECIDED
        return self._is_of(run) and (state in GREEN or str(run.get("event")).split(" ")[0] != PULL_REQUEST)

    def _is_of(self, run: Node) -> bool:
        """Whether it is a run of mergebot's workflow. Others may have its name, which counts where no file is known."""
        workflow = run.get("workflow") or {}
        file = str(workflow.get("resourcePath") or "").rpartition("/")[2]
        if file in (OWN_FILE, self.file):
            return bool(file)
        return not self.file and bool(self.workflow) and workflow.get("name") == self.workflow
