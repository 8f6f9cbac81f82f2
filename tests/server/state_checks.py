"""What CI says of commits: suites, runs, statuses, workflows."""

from dataclasses import dataclass, field


@dataclass
class Status:
    """One commit status; of one context (case ignored) the newest counts, the others stay in the history."""

    id: int
    sha: str
    context: str
    state: str
    description: str | None
    target_url: str | None
    creator: str | None
    created_at: float


@dataclass
class CheckRun:
    """`status`: queued, in_progress, completed, …; `conclusion` None until completed; both as REST spells them."""

    id: int
    suite: int
    name: str
    head_sha: str
    status: str = "queued"
    conclusion: str | None = None
    started_at: float | None = None
    completed_at: float | None = None


@dataclass
class WorkflowRun:
    """A run of Actions; its state is its suite's. `event`: such as pull_request, push, workflow_dispatch."""

    id: int
    workflow: int
    event: str
    number: int
    actor: str | None
    attempt: int = 1


@dataclass
class CheckSuite:
    """`app`: an id of `State.apps`. `run`: the workflow run behind it, None for other apps.

    `results`: what CI will say of `tree`, by check name: a conclusion. `in_rollup`: whether the PR's rollup shows its
    runs (platform: not those of a dispatched run).
    """

    id: int
    app: int
    head_sha: str
    head_branch: str | None
    created_at: float
    updated_at: float
    status: str = "queued"
    conclusion: str | None = None
    run: WorkflowRun | None = None
    runs: list[CheckRun] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)
    tree: str = ""
    in_rollup: bool = True


@dataclass
class Workflow:
    """A workflow file. `events`: what starts it; `path` such as `.github/workflows/ci.yml`."""

    id: int
    name: str
    path: str
    events: tuple[str, ...] = ("pull_request", "push", "workflow_dispatch")
    state: str = "active"

    @property
    def file(self) -> str:
        return self.path.rpartition("/")[2]
