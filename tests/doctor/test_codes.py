"""Each code of doctor: a world where it appears, which differs in one thing from the one where nothing does."""

from dataclasses import replace

import pytest

from mergebot.doctor.codes import Code
from mergebot.model.finding import Level
from mergebot.model.ids import AgentName, Branch
from mergebot.model.people import Permission, Person
from mergebot.model.policy import Checks, Policy
from mergebot.model.problem import Problem
from mergebot.model.snapshot import CheckList, Files, Head, NativeStack, RequiredCheck, Unknown
from mergebot.model.survey import ActionsSettings, BaseRules, HeadRules, Settings, TokenKind
from tests.builders import sha
from tests.doctor.worlds import (
    ADA,
    AGENTS,
    APP,
    DAY,
    FINE,
    LOCAL,
    NOW,
    World,
    bot,
    check,
    ci,
    files,
    rights,
    token,
)

DENIED = Unknown(reason="GitHub answers 403")
E, W, U, N = Level.ERROR, Level.WARNING, Level.UNSEEN, Level.NOTE


def rules(**changes: object) -> World:
    return FINE.surveyed(rules=replace(BaseRules(), **changes))  # type: ignore[arg-type] # a builder


def stacked() -> World:
    """#2 is open into #1's branch."""
    one, two = FINE.snapshot.pull_requests
    return FINE.seen(pull_requests=(one, replace(two, base=Branch("feature/backend"))))


def without_checks(world: World) -> World:
    """No open PR has a check."""
    pulls = tuple(replace(pr, checks=CheckList()) for pr in world.snapshot.pull_requests)
    return world.seen(pull_requests=pulls)


def without_scores(world: World) -> World:
    """Nobody has given one."""
    pulls = tuple(replace(pr, score_status=None) for pr in world.snapshot.pull_requests)
    return world.seen(pull_requests=pulls)


STRANGER = Person(login="agents[bot]", is_bot=True, permission=Permission.READ)

WORLDS: dict[Code, tuple[Level, World]] = {
    Code.TOKEN_KIND: (N, FINE),
    Code.TOKEN_STARTS_NO_CI: (W, token(TokenKind.ACTIONS)),
    Code.TOKEN_LACKS_RIGHTS: (E, FINE.surveyed(token=replace(APP, rights=rights(contents="read")))),
    Code.TOKEN_LACKS_WORKFLOWS: (W, token(TokenKind.ACTIONS).first(files=Files(paths=(".github/workflows/ci.yml",)))),
    Code.TOKEN_IS_PERSON: (N, token(TokenKind.CLASSIC, scopes=frozenset({"repo"}), permission=Permission.ADMIN)),
    Code.TOKEN_EXPIRES: (W, token(TokenKind.FINE_GRAINED, expires_at=NOW + 3 * DAY)),
    Code.TOKEN_UNPROVED: (U, token(TokenKind.FINE_GRAINED)),
    Code.SETTINGS_ARCHIVED: (E, FINE.surveyed(settings=Settings(archived=True))),
    Code.SETTINGS_DISABLED: (E, FINE.surveyed(settings=Settings(disabled=True))),
    Code.SETTINGS_NO_SQUASH: (E, FINE.surveyed(settings=Settings(squash=False))),
    Code.SETTINGS_DELETES_HEADS: (W, stacked().surveyed(settings=Settings(deletes_heads=True))),
    Code.SETTINGS_NO_ISSUES: (W, FINE.surveyed(settings=Settings(issues=False))),
    Code.SETTINGS_UNSEEN: (U, FINE.surveyed(settings=DENIED)),
    Code.ACTIONS_DISABLED: (E, FINE.surveyed(actions=ActionsSettings(enabled=False))),
    Code.ACTIONS_RESTRICTED: (W, FINE.surveyed(actions=ActionsSettings(allowed="local_only"))),
    Code.ACTIONS_UNSEEN: (U, FINE.surveyed(actions=DENIED)),
    Code.RULES_MERGE_QUEUE: (E, rules(types=frozenset({"merge_queue"}))),
    Code.RULES_NO_SQUASH: (E, rules(methods=frozenset({"merge", "rebase"}))),
    Code.RULES_OWN_CHECK: (E, FINE.requires(RequiredCheck(name="Mergebot"))),
    Code.RULES_CHECK_NEVER_SEEN: (W, FINE.requires(RequiredCheck(name="units"))),
    Code.RULES_CHECK_OTHER_APP: (W, FINE.requires(RequiredCheck(name="unit", app_id=7))),
    Code.RULES_CHECKS_UNSEEN: (U, without_checks(FINE).requires(RequiredCheck(name="unit"))),
    Code.RULES_SIGNATURES: (W, rules(signatures=True)),
    Code.RULES_LAST_PUSH: (W, token(TokenKind.FINE_GRAINED).surveyed(rules=BaseRules(last_push=True))),
    Code.RULES_MORE_APPROVALS: (W, rules(approvals=2)),
    Code.RULES_CODE_OWNERS: (N, rules(code_owners=True)),
    Code.RULES_STRICT: (W, rules(strict=True)),
    Code.RULES_STRICT_UNSEEN: (U, rules(strict=DENIED)),
    Code.RULES_UPDATES: (W, rules(types=frozenset({"update"}))),
    Code.RULES_OTHER_GATES: (N, rules(types=frozenset({"code_scanning"}))),
    Code.RULES_HEADS_LOCKED: (
        W,
        FINE.surveyed(heads=HeadRules(branch=Branch("feature/x"), types=frozenset({"non_fast_forward"}))),
    ),
    Code.RULES_HEADS_KEPT: (
        W,
        FINE.surveyed(heads=HeadRules(branch=Branch("feature/x"), types=frozenset({"deletion"}))),
    ),
    Code.RULES_UNSEEN: (U, FINE.surveyed(rules=DENIED)),
    Code.WORKFLOW_MISSING: (W, FINE.surveyed(workflows=files()[:1])),
    Code.WORKFLOW_DISABLED: (E, FINE.surveyed(workflows=files(state="disabled_inactivity"))),
    Code.WORKFLOW_BROKEN: (W, ci("jobs:", "jobs: [")),
    Code.WORKFLOW_TRIGGERS: (W, bot('  schedule: [{cron: "7 * * * *"}]\n', "")),
    Code.WORKFLOW_TYPES: (W, bot(" labeled,", "")),
    Code.WORKFLOW_RUN_NAMES: (W, bot("[Tests]", "[Tests, Test]")),
    Code.WORKFLOW_NOT_WOKEN: (W, bot("[Tests]", "[queue]")),
    Code.WORKFLOW_CANCELS: (E, bot("cancel-in-progress: false", "cancel-in-progress: true")),
    Code.WORKFLOW_NO_GROUP: (N, bot("concurrency: {group: mergebot, cancel-in-progress: false}\n", "")),
    Code.WORKFLOW_RIGHTS: (E, bot("statuses: write", "statuses: read")),
    Code.WORKFLOW_IDLE: (W, FINE.surveyed(workflows=files(last_run=NOW - 2 * DAY))),
    Code.WORKFLOW_UNSEEN: (U, FINE.surveyed(workflows=DENIED)),
    Code.CI_NONE: (W, without_checks(ci("pull_request, ", ""))),
    Code.CI_BRANCHES: (N, ci("[pull_request, workflow_dispatch]", "{pull_request: {branches: [main]}}")),
    Code.CI_TYPES: (W, ci("[pull_request, workflow_dispatch]", "{pull_request: {types: [opened]}}")),
    Code.CI_PATHS: (
        W,
        ci("[pull_request, workflow_dispatch]", "{pull_request: {paths: [src]}}").requires(RequiredCheck(name="unit")),
    ),
    Code.CI_DISPATCH: (W, FINE.ruled(checks=Checks(dispatch=("none.yml",)))),
    Code.CI_SKIPPED: (W, FINE.surveyed(skipping={FINE.snapshot.pull_requests[0].number: "[skip ci]"})),
    Code.FLEET_NO_DEPENDENCIES: (N, FINE.seen(dependencies=replace(AGENTS, path="", dependencies={}))),
    Code.FLEET_ONE_ACCOUNT: (
        N,
        FINE.seen(pull_requests=tuple(replace(pr, author=ADA) for pr in FINE.snapshot.pull_requests)),
    ),
    Code.FLEET_BOT_AUTHOR: (W, FINE.first(author=replace(ADA, is_me=True))),
    Code.FLEET_UNKNOWN_AGENT: (W, FINE.first(labels=frozenset({"merge", "agent:backent"}))),
    Code.FLEET_NO_BRANCH: (
        N,
        FINE.seen(dependencies=replace(AGENTS, dependencies={**AGENTS.dependencies, AgentName("docs"): ()})),
    ),
    Code.FLEET_UNTRUSTED: (W, FINE.first(author=STRANGER, body="Review Score: 10/10")),
    Code.FLEET_NO_SCORES: (N, without_scores(FINE)),
    Code.FLEET_NATIVE_STACK: (N, FINE.first(native=NativeStack(number=1, position=1, size=2))),
    Code.FLEET_FORKS: (N, FINE.first(head=Head(branch=Branch("patch-1"), sha=sha("fork"), fork=True))),
    Code.FLEET_LABELS: (N, FINE.surveyed(labels=frozenset({"merge", "hold"}))),
    Code.FLEET_FROZEN: (W, FINE.seen(frozen=("the release",))),
    Code.QUEUE_PROBLEM: (
        E,
        FINE.seen(problems=(Problem(where=".github/mergebot.yml:2:3", message="a typo", hint="x"),)),
    ),
    Code.QUEUE_SILENT: (
        N,
        FINE.surveyed(reports=False).seen(
            pull_requests=tuple(replace(pr, checks=CheckList(checks=(check(),))) for pr in FINE.snapshot.pull_requests)
        ),
    ),
    Code.ENV_OLD_GIT: (N, FINE.surveyed(git=(2, 38, 5))),
    Code.ENV_CLOCK: (W, FINE.surveyed(clock_off=-90.0)),
    Code.LOCAL_NO_STATUS: (W, LOCAL.surveyed(has_status=False)),
    Code.LOCAL_NO_TESTS: (N, replace(LOCAL, policy=Policy())),
}


def test_every_code_has_its_world() -> None:
    assert set(WORLDS) == set(Code)


@pytest.mark.parametrize("code", Code)
def test_each_code_is_found_where_it_belongs(code: Code) -> None:
    """With its level, where it was seen, and for all but plain facts what to do."""
    level, world = WORLDS[code]
    found = world.found()

    assert code in found, sorted(found)
    assert (found[code].level, bool(found[code].where)) == (level, True)
    assert found[code].remedy or level in (Level.UNSEEN, Level.NOTE)


@pytest.mark.parametrize("world", [FINE, LOCAL], ids=["github", "local"])
def test_nothing_is_found_where_nothing_is_wrong(world: World) -> None:
    """But whose token it is."""
    assert set(world.found()) - {Code.TOKEN_KIND} == set()


def test_nothing_is_said_of_the_token_where_there_is_none() -> None:
    assert not any(code.startswith("token.") for code in LOCAL.found())


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.TOKEN_KIND])
def test_the_worst_comes_first_and_nothing_twice(code: Code) -> None:
    found = WORLDS[code][1].findings()

    assert [one.level for one in found] == sorted((one.level for one in found), key=list(Level).index)
    assert len(set(found)) == len(found)


WITH_THEM = {
    Code.TOKEN_LACKS_WORKFLOWS: {Code.TOKEN_STARTS_NO_CI},
    Code.TOKEN_UNPROVED: {Code.TOKEN_IS_PERSON},
    Code.TOKEN_EXPIRES: {Code.TOKEN_IS_PERSON, Code.TOKEN_UNPROVED},
    Code.RULES_LAST_PUSH: {Code.TOKEN_IS_PERSON, Code.TOKEN_UNPROVED},
}
"""What else is true of those worlds."""


@pytest.mark.parametrize("code", Code)
def test_one_fault_is_one_finding(code: Code) -> None:
    """So that the table shows what each code comes from, and nobody is told the same by two codes."""
    others = set(WORLDS[code][1].found()) - {code, Code.TOKEN_KIND}

    assert others == WITH_THEM.get(code, set())
