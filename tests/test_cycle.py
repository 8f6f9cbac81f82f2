"""Which steps a pass takes before it looks again."""

from mergebot.cycle import _Work
from mergebot.model.outcome import Failed
from tests.builders import pull_request, snapshot
from tests.decide.remarks import said
from tests.decide.worlds import brief, plan_of


def test_all_comments_are_answered_before_anything_else_and_then_all_is_looked_at_afresh() -> None:
    """What a command changes is seen by the merge after it, and one that fails keeps nobody waiting."""
    remarks = said("/mergebot explain", "/mergebot explain")
    plan = plan_of(snapshot(pull_request(1, remarks=remarks), pull_request(2)))
    work = _Work()

    assert brief(plan.steps) == ["answer 1", "answer 1", "merge 1", "merge 2"]
    first = work.next_steps(plan)
    assert brief(tuple(first)) == ["answer 1", "answer 1"]

    for step in first:
        work.note(step, Failed(reason="no answer"))
    assert brief(tuple(work.next_steps(plan))) == ["merge 1"]
