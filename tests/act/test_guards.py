"""The last look before a merge: anything that moved since the decision makes it stale."""

from dataclasses import replace

import pytest

from mergebot.act.guards import before_merge
from mergebot.forge.protocol import Now
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.outcome import AlreadyDone, Stale
from mergebot.model.plan import Merge
from tests.builders import sha

STEP = Merge(
    pr=PrNumber(7),
    branch=Branch("feature/x"),
    head=sha(1),
    base=Branch("main"),
    base_sha=sha(2),
    tree=sha(3),
    title="X (#7)",
    message="",
    author="Ada <ada@example.org>",
    reason="ready",
    labels=frozenset({"merge"}),
)
NOW = Now(
    open=True, head=sha(1), base=Branch("main"), base_sha=sha(2), draft=False, labels=frozenset({"merge"}), merged=None
)


def test_nothing_moved_so_the_merge_may_go_on() -> None:
    assert before_merge(STEP, NOW) is None


def test_a_merge_that_happened_already_is_a_success() -> None:
    """A pass killed after its merge is completed, not repeated (contract 4)."""
    assert before_merge(STEP, replace(NOW, open=False, merged=sha(9))) == AlreadyDone(detail=f"landed as {sha(9):.10}")


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (replace(NOW, open=False), "the pull request was closed after the decision"),
        (replace(NOW, head=sha(8)), f"the head moved to {sha(8)} after the decision"),
        (replace(NOW, head=None), "the head moved to nothing after the decision"),
        (replace(NOW, base=Branch("dev")), "the pull request was pointed at dev after the decision"),
        (replace(NOW, base_sha=sha(8)), f"main moved to {sha(8):.10} after the decision"),
        (replace(NOW, draft=True), "the pull request became a draft after the decision"),
        (replace(NOW, labels=frozenset()), "labels changed after the decision: merge"),
        (replace(NOW, labels=frozenset({"merge", "hold"})), "labels changed after the decision: hold"),
    ],
)
def test_whatever_moved_makes_it_stale_and_is_named(now: Now, reason: str) -> None:
    """Label, hold, head and base are read again right before the merge (contract 4.1)."""
    assert before_merge(STEP, now) == Stale(reason=reason)
