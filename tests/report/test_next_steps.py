"""Who acts next is known for every code."""

import pytest

from mergebot.decide.codes import Code
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.outcome import Failed
from mergebot.model.plan import EntryState, Evidence, Fail, Hold, Pass, Pending, Retarget
from mergebot.report.next_steps import NEXT, Who, next_of
from tests.builders import sha
from tests.report.comments import CONFLICTING, RED, UNAPPROVED, after, agents, judged, notice, people
from tests.report.plans import prs

PASSES = ("passed", "off", "not_needed", "none", "enough", "merged")
"""What codes of a criterion that holds end in; where nothing has come yet `none` waits."""


def test_every_code_has_one_and_no_other_has() -> None:
    assert set(NEXT) == {str(code) for code in Code}


def test_nobody_acts_on_what_holds_and_somebody_on_everything_else() -> None:
    waits = {"tests.none", "score.none"}
    idle = {code for code, step in NEXT.items() if step.who is Who.NOBODY}
    assert idle == {code for code in NEXT if code.partition(".")[2] in PASSES} - waits


def test_the_pull_requests_are_named() -> None:
    """The first few."""
    waits = Pending(code="dependencies.open", reason="", evidence=Evidence(prs=prs(*range(2, 9))))
    assert next_of(waits).what == "#2, #3, #4, #5, #6 and 2 more must land first"


def test_of_an_unheard_of_code_the_reason_is_all_there_is() -> None:
    assert next_of(Fail(code="new.code", reason="x")).what == "the author does what the reason says"


@pytest.mark.parametrize(
    ("hold", "who", "what"),
    [
        (Hold.DRAFT, "author", "the author marks it as ready for review"),
        (Hold.LABEL, "maintainer", "someone with write access takes the label off"),
        (Hold.FROZEN, "maintainer", "a maintainer lifts the freeze"),
        (Hold.INPUT, "maintainer", "a maintainer corrects what the reason names"),
        (None, "maintainer", "someone with write access lets it go on"),
    ],
)
def test_of_a_held_one_it_is_who_can_let_it_go(hold: Hold | None, who: str, what: str) -> None:
    """Whatever its criteria say: they come later."""
    comment = notice(judged(1, EntryState.HELD, RED, hold=hold, because="held")).comment
    assert f"**Next**: {what}.\n" in people(comment)
    assert agents(comment)["next"] == {"who": who, "what": what}


def test_a_refusal_comes_before_the_failures_and_each_is_said_once() -> None:
    twice = Fail(code="conflicts.rebase", reason="its rebase conflicts")
    one = judged(1, EntryState.BLOCKED, CONFLICTING, twice, RED, UNAPPROVED, because="no")
    assert people(notice(one).comment).split("\n\n")[1] == (
        "**Next**: a maintainer sees to what the reason says; "
        "the author, or whom the reason names, sees to the checks that did not succeed; "
        "the author solves the conflict."
    )


def test_one_that_has_to_act_for_two_criteria_is_named_once() -> None:
    unread = (Pending(code=f"{name}.unknown", reason=name) for name in ("tests", "approvals"))
    shown = people(notice(judged(1, EntryState.WAITING, *unread)).comment)
    assert shown.split("\n\n")[1] == "**Next**: mergebot looks again in its next pass."


def test_a_failed_step_comes_first() -> None:
    """Time does not mend it."""
    step = Retarget(pr=PrNumber(1), head=sha(1001), old_base=Branch("x"), new_base=Branch("main"), reason="landed")
    comment = notice(judged(1, EntryState.READY), after((step, Failed(reason="no commits")))).comment
    assert "**Next**: someone sees to why its change of base failed; mergebot merges it.\n" in people(comment)


def test_what_holds_is_nobodys_business() -> None:
    assert next_of(Pass(code="tests.passed", reason="")).who is Who.NOBODY
