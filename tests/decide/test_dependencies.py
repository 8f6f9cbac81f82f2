"""Dependencies of a PR (contract 2.3) and the criterion `dependencies_merged`."""

import pytest

from mergebot.model.ids import AgentName, Branch, PrNumber
from mergebot.model.plan import CriterionName, EntryState, Plan
from mergebot.model.policy import Criteria, DependencyFile, Policy, Queue, Waves
from mergebot.model.snapshot import Head
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import closed, entry_of, lacking, plan_of, said, steps, verdict_of

API, WEB, DOCS = AgentName("api"), AgentName("web"), AgentName("docs")
FILE = DependencyFile(path="dependencies.json", dependencies={WEB: (API,), DOCS: (API, WEB)})


def on(plan: Plan, number: int) -> tuple[str, str, str]:
    return said(verdict_of(plan, number, CriterionName.DEPENDENCIES_MERGED))


def named(number: int, agent: AgentName) -> Head:
    return Head(branch=Branch(agent), sha=sha(1000 + number))


CLOSED = (closed(5), closed(6, merged=False, landed=None), closed(7, base=Branch("next")))
LINES = {
    "#5": ("pass", "dependencies.merged", "landed: #5"),
    "GH-5; none": ("fail", "dependencies.unreadable", None),
    "none": ("pass", "dependencies.none", "it depends on nothing"),
    "#2": ("pending", "dependencies.open", "waits for #2"),
    "#2, #3 #5": ("pending", "dependencies.open", "waits for #2, #3"),
    "https://example.org/o/r/pull/2": ("pending", "dependencies.open", "waits for #2"),
    "https://example.org/o/r/pull/2/files#x": ("pending", "dependencies.open", "waits for #2"),
    "[the api](https://example.org/O/R/pull/2)": ("pending", "dependencies.open", "waits for #2"),
    "o/r#2": ("pending", "dependencies.open", "waits for #2"),
    "agent:api": ("pending", "dependencies.awaited", "waits for api to open a pull request"),
    "agent:apu": (
        "fail",
        "dependencies.no_such",
        "`Depends-On: agent:apu` names no known agent: correct it in the pull request's text",
    ),
    "#4": ("pending", "dependencies.open", "waits for #4, which is open into release"),
    "#6": (
        "fail",
        "dependencies.closed",
        "#6 was closed without a merge: reopen it, or take it out of `Depends-On:`",
    ),
    "#7": ("fail", "dependencies.elsewhere", "#7 was merged into next, not into main: name the one that brings it"),
    "#8": (
        "fail",
        "dependencies.no_such",
        "`Depends-On: #8`: there is no such pull request here; correct it in the pull request's text",
    ),
    "#1": (
        "fail",
        "dependencies.itself",
        "it depends on itself (#1): correct `Depends-On:` in the pull request's text",
    ),
    "https://example.org/o/other/pull/2": ("fail", "dependencies.elsewhere", None),
    "other/r#2": ("fail", "dependencies.elsewhere", None),
    "#2, the api": (
        "fail",
        "dependencies.unreadable",
        "`Depends-On:` names `the api`, which is not understood: write #12, agent:NAME or a pull request's URL",
    ),
    "": (
        "fail",
        "dependencies.unreadable",
        "`Depends-On:` names nothing, which is not understood: write #12, agent:NAME or a pull request's URL",
    ),
    "`#2`": ("fail", "dependencies.unreadable", None),
    "#" + "9" * 5000: ("fail", "dependencies.unreadable", None),
}


@pytest.mark.parametrize(("line", "expected"), LINES.items(), ids=[line[:30] for line in LINES])
def test_a_line_names_dependencies_or_blocks(line: str, expected: tuple[str, str, str | None]) -> None:
    """Closed unmerged, unknown, elsewhere, not understood, itself: each blocks; a typo never means 'none'."""
    prs = [pull_request(1, body=f"Depends-On: {line}"), pull_request(2), pull_request(3)]
    prs.append(pull_request(4, base=Branch("release")))
    plan = plan_of(snapshot(*prs, closed=CLOSED, dependencies=FILE, repository="o/r"))

    kind, code, reason = expected
    assert on(plan, 1)[:2] == (kind, code)
    assert reason is None or on(plan, 1)[2] == reason


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("github.example.org", "pending"),
        ("GitHub.Example.org", "pending"),
        ("www.github.example.org", "pending"),
        ("github.com", "fail"),
        ("github.example.org:8443", "fail"),
        ("github.example.org.evil.net", "fail"),
    ],
)
def test_a_url_must_be_of_this_repositorys_host(host: str, kind: str) -> None:
    """A repository of the same name on another host is another one."""
    body = f"Depends-On: https://{host}/o/r/pull/2"
    prs = (pull_request(1, body=body), pull_request(2))
    plan = plan_of(snapshot(*prs, repository="o/r", url="https://github.example.org/o/r"))
    assert on(plan, 1)[0] == kind
    if kind == "fail":
        where = "is in another repository, not in github.example.org/o/r: only its own can be waited for"
        assert on(plan, 1)[1:] == ("dependencies.elsewhere", f"`{body[: 60 + 12]}` {where}")


def test_an_agent_waits_for_the_agents_in_its_list() -> None:
    """It holds when that agent has a merged PR into base and no open one; one that has opened none is waited for."""
    plan = plan_of(
        snapshot(
            pull_request(1, head=named(1, DOCS)),
            pull_request(2, head=named(2, WEB)),
            closed=(closed(3, head=named(3, API)),),
            dependencies=FILE,
        )
    )

    assert on(plan, 1) == ("pending", "dependencies.open", "waits for #2 (web)")
    assert on(plan, 2) == ("pass", "dependencies.merged", "landed: #3")
    assert entry_of(plan, 1).depends_on == (2, 3)


def test_an_agent_with_a_merged_and_an_open_pr_is_waited_for() -> None:
    """An open PR means that the agent is not done."""
    prs = (pull_request(1, head=named(1, WEB)), pull_request(4, head=named(4, API)))
    plan = plan_of(snapshot(*prs, closed=(closed(3, head=named(3, API)),), dependencies=FILE))
    assert on(plan, 1) == ("pending", "dependencies.open", "waits for #4 (api)")


def test_an_agent_whose_only_pr_was_closed_unmerged_blocks() -> None:
    """Someone must act: time alone brings nothing."""
    dropped = closed(3, head=named(3, API), merged=False, landed=None)
    plan = plan_of(snapshot(pull_request(1, head=named(1, WEB)), closed=(dropped,), dependencies=FILE))
    assert on(plan, 1) == (
        "fail",
        "dependencies.closed",
        "api's #3 was closed without a merge: reopen it, or let api open another one",
    )


def test_a_missing_agent_is_named() -> None:
    """The entry lists the agents that have opened no PR yet."""
    entry = entry_of(plan_of(snapshot(pull_request(1, head=named(1, DOCS)), dependencies=FILE)), 1)
    assert (entry.missing_agents, entry.because) == ((API, WEB), "waits for api, web to open a pull request")


def test_a_stacked_pr_waits_for_its_nearest_parent() -> None:
    """Stacked by its base branch, or by a history that holds another PR's head (contract 1)."""
    plan = plan_of(
        snapshot(
            pull_request(1),
            pull_request(2, contains=(PrNumber(1),)),
            pull_request(3, contains=(PrNumber(1), PrNumber(2))),
            pull_request(4, base=Branch("change-3")),
            pull_request(5, base=Branch("other")),
        )
    )

    assert [(entry.pr, entry.stacked_on) for entry in plan.entries] == [(1, ()), (2, (1,)), (3, (2,)), (4, (3,))]
    assert on(plan, 4) == ("pending", "dependencies.open", "waits for #3")


def test_forks_and_long_lived_branches_are_no_parents_by_history() -> None:
    """A fork's PR is never a parent by history alone, nor is one of `cleanup.keep_branches` (contract 1)."""
    fork = Head(branch=Branch("x"), sha=sha(1001), fork=True)
    develop = Head(branch=Branch("develop"), sha=sha(1002))
    child = pull_request(3, contains=(PrNumber(1), PrNumber(2)))
    plan = plan_of(snapshot(pull_request(1, head=fork), pull_request(2, head=develop), child))
    assert entry_of(plan, 3).stacked_on == ()


def test_what_a_fork_calls_its_branch_means_nothing_here() -> None:
    """A PR from a fork's `main` may stand on an open one, and is not base."""
    fork = Head(branch=Branch("main"), sha=sha(1002), fork=True)
    prs = (pull_request(1), pull_request(2, head=fork, contains=(PrNumber(1),)), pull_request(3))
    plan = plan_of(snapshot(*prs))
    assert entry_of(plan, 2).stacked_on == (1,)
    assert entry_of(plan, 3).stacked_on == ()
    same_name = Head(branch=Branch("change-1"), sha=sha(1004), fork=True)
    plan = plan_of(snapshot(pull_request(1), pull_request(4, head=same_name), pull_request(5, base=Branch("change-1"))))
    assert entry_of(plan, 5).stacked_on == (1,)


def test_a_merged_fork_is_carried_over_whatever_its_branch_was_called() -> None:
    """Its old commits are left out of what stands on them."""
    fork = Head(branch=Branch("main"), sha=sha(1005), fork=True)
    child = pull_request(1, contains=(PrNumber(5),))
    assert steps(child, closed=(closed(5, head=fork),), git=lacking((1, 5))) == ["restack 1"]


def test_a_circle_blocks_those_in_it_and_what_depends_on_it_and_nothing_else() -> None:
    """Each is told the circle."""
    bodies = {1: "Depends-On: #2", 2: "Depends-On: #3", 3: "Depends-On: #1", 4: "Depends-On: #3", 5: "Depends-On: #4"}
    plan = plan_of(snapshot(*(pull_request(n, body=body) for n, body in bodies.items()), pull_request(6)))

    inside = "it depends on itself in a circle, #1 -> #2 -> #3 -> #1: take one of these dependencies out"
    behind = "it depends on a circle that can never land, #1 -> #2 -> #3 -> #1: take one of these dependencies out"
    assert [on(plan, n) for n in (1, 2, 3)] == [("fail", "dependencies.cycle", inside)] * 3
    assert [on(plan, n) for n in (4, 5)] == [("fail", "dependencies.cycle", behind)] * 2
    assert (on(plan, 6)[0], plan.order) == ("pass", (6,))


def test_a_circle_through_a_file_and_a_body_is_found() -> None:
    """Edges of every kind are one graph."""
    api = pull_request(1, head=named(1, API), body="Depends-On: agent:web")
    plan = plan_of(snapshot(api, pull_request(2, head=named(2, WEB)), dependencies=FILE))
    assert [on(plan, n)[1] for n in (1, 2)] == ["dependencies.cycle"] * 2


def test_a_circle_of_a_thousand_needs_no_recursion() -> None:
    """And its reason stays one line."""
    prs = [pull_request(n, body=f"Depends-On: #{n % 1000 + 1}") for n in range(1, 1001)]
    kind, code, reason = on(plan_of(snapshot(*prs)), 500)
    assert (kind, code, len(reason) < 200) == ("fail", "dependencies.cycle", True)


def test_a_barrier_makes_earlier_waves_dependencies() -> None:
    """`queue.waves: barrier`: all agents of earlier waves count; agents in no wave are not held (contract 2.1)."""
    file = DependencyFile(path="d.json", merge_order=((API,), (WEB,)), dependencies={DOCS: ()})
    prs = [pull_request(n, head=named(n, agent)) for n, agent in ((1, API), (2, WEB), (3, DOCS))]
    barrier = Policy(queue=Queue(waves=Waves.BARRIER))

    assert on(plan_of(snapshot(*prs, dependencies=file), barrier), 2)[2] == "waits for #1 (api)"
    assert on(plan_of(snapshot(*prs[1:], dependencies=file), barrier), 2)[2] == "waits for api to open a pull request"
    for number, policy in ((3, barrier), (2, Policy())):
        assert on(plan_of(snapshot(*prs, dependencies=file), policy), number)[1] == "dependencies.none"


def test_a_barrier_reaches_over_waves_that_are_done() -> None:
    """All earlier waves count, not only the one before."""
    ops = AgentName("ops")
    file = DependencyFile(path="d.json", merge_order=((API, ops), (WEB,), (DOCS,)))
    prs = [pull_request(1, head=named(1, API)), pull_request(3, head=named(3, DOCS))]
    barrier = Policy(queue=Queue(waves=Waves.BARRIER))

    plan = plan_of(snapshot(*prs, dependencies=file, closed=(closed(2, head=named(2, WEB)),)), barrier)
    assert on(plan, 3)[2] == "waits for #1 (api); ops to open a pull request"
    plan = plan_of(snapshot(*prs[1:], dependencies=file, closed=(closed(1, head=named(1, API)),)), barrier)
    assert on(plan, 3)[2] == "waits for ops, web to open a pull request"


def test_the_criterion_can_be_turned_off() -> None:
    """`dependencies_merged: false`; then dependencies only say who is first."""
    policy = Policy(criteria=Criteria(dependencies_merged=False))
    plan = plan_of(snapshot(pull_request(1, body="Depends-On: #2, ???"), pull_request(2)), policy)
    assert on(plan, 1) == ("pass", "dependencies.off", "turned off by dependencies_merged: false")
    assert (plan.order, entry_of(plan, 1).state) == ((2, 1), EntryState.READY)
