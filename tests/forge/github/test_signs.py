"""A refused step is tried again once GitHub says something else of the PR."""

import pytest

from mergebot.forge.github.signs import signs, unchanged, with_base
from mergebot.model.ids import Sha

BASE, OTHER = Sha("b" * 40), Sha("c" * 40)
BLOCKED = signs(merge_state="BLOCKED", review_decision="REVIEW_REQUIRED")


@pytest.mark.parametrize(
    ("then", "now", "base", "same"),
    [
        (BLOCKED, BLOCKED, BASE, True),
        (BLOCKED, signs(merge_state="CLEAN", review_decision="REVIEW_REQUIRED"), BASE, False),
        (BLOCKED, signs(merge_state="BLOCKED", review_decision="APPROVED"), BASE, False),
        (BLOCKED, signs(merge_state="BLOCKED", review_decision=""), BASE, False),
        (BLOCKED, signs(merge_state="UNKNOWN", review_decision="REVIEW_REQUIRED"), BASE, True),
        (signs(merge_state="UNKNOWN", review_decision=""), signs(merge_state="CLEAN", review_decision=""), BASE, True),
        (with_base(BLOCKED, BASE), BLOCKED, BASE, True),
        (with_base(BLOCKED, BASE), BLOCKED, OTHER, False),
        (with_base("", BASE), BLOCKED, BASE, True),
        ("", BLOCKED, BASE, True),
        ("of another version", BLOCKED, BASE, True),
    ],
)
def test_only_what_both_know_and_is_certain_is_compared(then: str, now: str, base: Sha, same: bool) -> None:
    """platform: after each push to base the merge state is unknown for a while."""
    assert unchanged(then, now, base) is same
