"""A repository in which doctor finds nothing, and changes to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mergebot.doctor.diagnosis import diagnose
from mergebot.forge.github.survey_workflows import parse_workflow
from mergebot.model.finding import Finding, Level
from mergebot.model.ids import AgentName, Branch
from mergebot.model.people import Permission, Person
from mergebot.model.policy import Checks, DependencyFile, Policy
from mergebot.model.snapshot import Check, CheckList, CheckState, Head, PullRequest, RequiredCheck, Snapshot
from mergebot.model.survey import GithubSurvey, LocalSurvey, Survey, Token, TokenKind
from mergebot.model.workflows import Workflow
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import plan_of

NOW = 1_750_000_000.0
DAY = 86_400.0
ACTIONS = 15_368

CI = """\
name: Tests
on: [pull_request, workflow_dispatch]
jobs:
  unit: {runs-on: ubuntu-latest, steps: [{run: make test}]}
"""

BOT = """\
name: queue
on:
  pull_request_target:
    types: [opened, edited, synchronize, reopened, closed, labeled, unlabeled, ready_for_review, converted_to_draft]
  workflow_run: {workflows: [Tests], types: [completed]}
  issue_comment: {types: [created]}
  schedule: [{cron: "7 * * * *"}]
concurrency: {group: mergebot, cancel-in-progress: false}
permissions: {}
jobs:
  queue:
    permissions:
      {contents: write, pull-requests: write, issues: write, statuses: write, checks: read, actions: write}
    steps: [{uses: "mergebot/mergebot@v1"}]
"""

RIGHTS = {
    "contents": "write",
    "pull_requests": "write",
    "statuses": "write",
    "checks": "read",
    "actions": "write",
    "issues": "write",
    "workflows": "write",
}
APP = Token(kind=TokenKind.INSTALLATION, source="the GitHub App", login="queue[bot]", rights=RIGHTS)
AGENTS = DependencyFile(
    path="dependencies.json", dependencies={AgentName("backend"): (), AgentName("frontend"): (AgentName("backend"),)}
)


def workflow(text: str, path: str = ".github/workflows/ci.yml", **changes: Any) -> Workflow:  # noqa: ANN401 (a builder)
    """A workflow file that GitHub knows, and that ran a minute ago."""
    return replace(parse_workflow(path, text.encode()), **{"state": "active", "last_run": NOW - 60, **changes})


def files(*, ci: str = CI, bot: str = BOT, **changes: Any) -> tuple[Workflow, ...]:  # noqa: ANN401 (a builder)
    """The two workflows; `changes` are to what GitHub says of mergebot's."""
    return workflow(ci), workflow(bot, ".github/workflows/mergebot.yml", **changes)


def check(name: str = "unit", **changes: Any) -> Check:  # noqa: ANN401 (a builder)
    return Check(**{"name": name, "state": CheckState.SUCCESS, "app": "github-actions", "app_id": ACTIONS, **changes})


CHECKS = CheckList(checks=(check(), check("mergebot", own=True)))
ADA = Person(login="ada", permission=Permission.WRITE)
BOB = Person(login="bob", permission=Permission.WRITE)


def pull(number: int, agent: str, author: Person, **changes: Any) -> PullRequest:  # noqa: ANN401 (a builder)
    """An agent's PR, by its branch."""
    head = Head(branch=Branch(f"feature/{agent}"), sha=sha(1000 + number))
    return pull_request(number, **{"head": head, "author": author, "checks": CHECKS, **changes})


@dataclass(frozen=True, kw_only=True)
class World:
    """What doctor looks at; the plan is made of it."""

    survey: Survey
    snapshot: Snapshot
    policy: Policy = Policy()

    def surveyed(self, **changes: Any) -> "World":  # noqa: ANN401 (a builder)
        """Another survey."""
        return replace(self, survey=replace(self.survey, **changes))

    def seen(self, **changes: Any) -> "World":  # noqa: ANN401 (a builder)
        """Another snapshot."""
        return replace(self, snapshot=replace(self.snapshot, **changes))

    def first(self, **changes: Any) -> "World":  # noqa: ANN401 (a builder)
        """Another pull request #1."""
        one, *others = self.snapshot.pull_requests
        return self.seen(pull_requests=(replace(one, **changes), *others))

    def requires(self, *checks: RequiredCheck) -> "World":
        """Branch rules that require checks."""
        return self.seen(required_checks=checks)

    def ruled(self, **changes: Any) -> "World":  # noqa: ANN401 (a builder)
        """Another config."""
        return replace(self, policy=replace(self.policy, **changes))

    def findings(self) -> tuple[Finding, ...]:
        plan = plan_of(self.snapshot, self.policy)
        return diagnose(self.survey, self.snapshot, self.policy, plan)

    def found(self) -> dict[str, Finding]:
        """The findings by code; of several with one code the first."""
        return {str(one.code): one for one in reversed(self.findings())}

    def said(self, code: str) -> list[str]:
        """The messages of all findings with a code."""
        return [one.message for one in self.findings() if one.code == code]

    def level(self, code: str) -> Level | None:
        """How bad the worst finding with this code is; None: there is none."""
        found = self.found().get(code)
        return found.level if found else None


FINE = World(
    survey=GithubSurvey(
        repository="o/r",
        url="https://github.com/o/r",
        token=APP,
        git=(2, 50, 0),
        labels=frozenset({"merge", "hold", "mergebot-freeze"}),
        workflows=files(),
        branches=frozenset({Branch("feature/backend"), Branch("feature/frontend")}),
        reports=True,
        clock_off=0.4,
    ),
    snapshot=snapshot(
        pull(1, "backend", ADA),
        pull(2, "frontend", BOB),
        repository="o/r",
        taken_at=NOW,
        dependencies=AGENTS,
    ),
)
"""Everything as it should be: an App's token, no rules, CI for every pull request, two agents."""

LOCAL = World(
    survey=LocalSurvey(
        repository="fleet",
        git=(2, 50, 0),
        status_path=".agent-coordination/status.json",
        has_status=True,
        config_path=".github/mergebot.yml",
    ),
    snapshot=FINE.snapshot,
    policy=Policy(checks=Checks(command="make test")),
)
"""A plain git repository with nothing to find."""


def token(kind: TokenKind, **changes: Any) -> World:  # noqa: ANN401 (a builder)
    """The fine world with another token."""
    return FINE.surveyed(token=Token(kind=kind, source="GITHUB_TOKEN", login="petra", **changes))


def rights(**changes: str) -> Mapping[str, str]:
    """The App's rights, but for these."""
    return {**RIGHTS, **changes}


def bot(old: str, new: str) -> World:
    """The fine world with another line in mergebot's workflow."""
    assert old in BOT
    return FINE.surveyed(workflows=files(bot=BOT.replace(old, new)))


def ci(old: str, new: str) -> World:
    """The fine world with another line in CI's workflow."""
    assert old in CI
    return FINE.surveyed(workflows=files(ci=CI.replace(old, new)))
