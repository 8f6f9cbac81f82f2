"""The comment on a PR that this pass has merged: as what, and what followed from it."""

from dataclasses import replace

from mergebot.model.ids import Branch, PrNumber
from mergebot.model.notice import Notice, StatusState
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, Stale
from mergebot.model.plan import Criterion, CriterionName, EntryState, Pass, Restack, Retarget, Step
from mergebot.report.notices import notices
from tests.builders import sha
from tests.report.comments import after, agents, people
from tests.report.plans import delete_branch, entry, merge, plan, prs, rebase, waits_for

LANDED = sha("landed")
MERGED = (merge(1), Done(sha=LANDED))
FREE = Criterion(name=CriterionName.DEPENDENCIES_MERGED, verdict=Pass(code="dependencies.merged", reason="landed: #1"))


def of_the_first(*pairs: tuple[Step, Outcome]) -> Notice:
    """What is said of #1, on which #5, #6 and #7 depend, #7 on #8 too."""
    entries = (
        entry(5, EntryState.READY, FREE, depends_on=prs(1)),
        entry(6, EntryState.READY, FREE, depends_on=prs(1)),
        entry(7, EntryState.WAITING, waits_for(8), depends_on=prs(1, 8)),
        entry(8),
    )
    return notices(plan(*entries), after(MERGED, *pairs))[0]


def retarget(number: int, old_base: Branch) -> Retarget:
    return Retarget(pr=PrNumber(number), head=sha(1), old_base=old_base, new_base=Branch("main"), reason="landed")


def test_it_is_a_success() -> None:
    assert notices(plan(), after(MERGED))[0] == Notice(
        pr=PrNumber(1),
        head=sha(1001),
        state=StatusState.SUCCESS,
        description=f"merged as {LANDED:.10}",
        comment=(
            f"**✓ Merged** as {LANDED} into `main`.\n\n<details><summary>For agents: JSON</summary>\n\n```json\n{{\n"
            f'  "schema": 1,\n  "pr": 1,\n  "head": "{sha(1001)}",\n  "state": "merged",\n  "landed": "{LANDED}",\n'
            '  "base": "main",\n  "rebased": [],\n  "retargeted": [],\n  "freed": []\n}\n```\n\n</details>'
        ),
        new_comment=True,
    )


def test_what_someone_else_had_merged_just_before_is_one_too() -> None:
    found = notices(plan(), after((merge(1), AlreadyDone(detail="landed as 0123456789"))))[0]
    assert (found.state, found.description) == (StatusState.SUCCESS, "merged")
    assert people(found.comment) == "**✓ Merged** into `main`."
    assert agents(found.comment)["landed"] is None


def test_it_stays_one_where_the_forge_still_calls_it_open() -> None:
    [found] = notices(plan(entry(1)), after(MERGED))
    assert found.state is StatusState.SUCCESS


def test_what_followed_from_it_is_told() -> None:
    """Whom it carried along, who is free now, and that its branch is gone."""
    restack = Restack(rebases=(replace(rebase(5), excluded=(sha(1001),)), rebase(9, PrNumber(5))))
    found = of_the_first(
        (retarget(9, Branch("change-1")), Done()),
        (retarget(4, Branch("other")), Done()),
        (restack, Done(detail="#5 is now at 0123456789; left as it was: #9 conflicts in a.py")),
        (delete_branch(1), Done()),
        (delete_branch(2), Failed(reason="of another one")),
    )
    assert people(found.comment) == (
        f"**✓ Merged** as {LANDED} into `main`.\n\n"
        "- Rebased onto it: #5\n"
        "- Now open into `main`: #9\n"
        "- Every dependency has landed: #5, #6\n"
        "- Its branch `change-1` is deleted"
    )
    told = agents(found.comment)
    assert (told["rebased"], told["retargeted"], told["freed"]) == ([5], [9], [5, 6])


def test_a_rebase_for_another_reason_is_not_its_doing() -> None:
    """Nor is one that failed."""
    other = Restack(rebases=(replace(rebase(5), excluded=(sha(1002),)),))
    failed = Restack(rebases=(replace(rebase(6), excluded=(sha(1001),)),))
    found = of_the_first((other, Done(detail="#5 is now at 0123456789")), (failed, Failed(reason="#6 is now at x")))
    assert "Rebased" not in found.comment


def test_why_its_branch_is_kept() -> None:
    """Also where it only has moved on; a stranger's name of it does no harm."""
    strange = replace(merge(1), branch=Branch("x`@y"))
    for outcome in (Failed(reason="it is protected by @z"), Stale(reason="it is protected by @z")):
        done = after((strange, Done(sha=LANDED)), (delete_branch(1), outcome))
        assert people(notices(plan(), done)[0].comment) == (
            f"**✓ Merged** as {LANDED} into `main`.\n\n- Its branch ``x`@y`` is kept: it is protected by @\u2060z"
        )


def test_what_is_left_to_do_for_one_merged_before_is_not_told() -> None:
    assert notices(plan(), after((delete_branch(9), Failed(reason="protected")))) == ()
