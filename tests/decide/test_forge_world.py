"""What only a forge has: labels of any case, two PRs of one head, its own refusals."""

from dataclasses import replace

from mergebot.model.ids import Branch, PrNumber
from mergebot.model.plan import EntryState
from mergebot.model.policy import Policy, Queue
from mergebot.model.problem import Problem, Severity
from mergebot.model.snapshot import Head
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import closed, entry_of, lacking, plan_of, steps

URL = "https://github.com/o/r"


def test_the_case_of_a_label_tells_no_two_apart() -> None:
    """Platform: a repository cannot have both `hold` and `Hold`."""
    prs = (
        pull_request(1, labels=frozenset({"Merge"})),
        pull_request(2, labels=frozenset({"merge", "HOLD"})),
        pull_request(3, labels=frozenset({"MERGE", "Hotfix"})),
    )
    plan = plan_of(snapshot(*prs), Policy(queue=Queue(priority_labels={"hotFix": 5})))
    assert [entry.state for entry in plan.entries] == [EntryState.READY, EntryState.HELD, EntryState.READY]
    assert plan.order == (3, 1)


def twin(number: int, of: int) -> Head:
    return Head(branch=Branch(f"change-{number}"), sha=sha(1000 + of))


def test_two_open_prs_of_one_head_are_warned_of() -> None:
    """Platform: a review that objects to one keeps the other from merging as well."""
    prs = (pull_request(1), pull_request(2, base=Branch("next"), head=twin(2, of=1)), pull_request(3))
    assert plan_of(snapshot(*prs, url=URL)).problems == (
        Problem(
            where="#1",
            message="#2 has the same head: reviews of one hold up the other; close one of them",
            severity=Severity.WARNING,
        ),
    )
    assert plan_of(snapshot(*prs)).problems == ()  # no forge, no reviews
    unasked = replace(prs[0], labels=frozenset())
    assert plan_of(snapshot(unasked, prs[1], url=URL)).problems == ()


class TestRefused:
    """The forge refused exactly this head for a rule of its own (contract 3)."""

    WORDS = "refusing to allow an OAuth App to update workflow `.github/workflows/ci.yml`"

    def test_its_words_are_the_reason_also_where_a_criterion_fails(self) -> None:
        pr = pull_request(1, refused=self.WORDS, score_status="5/10")
        entry = entry_of(plan_of(snapshot(pr)), 1)
        assert (entry.state, entry.because) == (EntryState.BLOCKED, self.WORDS)

    def test_it_is_not_rebased_again_until_it_has_another_head(self) -> None:
        """Each try would fail as the last one did."""
        late = pull_request(1, body="Depends-On: #5")
        assert steps(late, closed=(closed(5),), git=lacking((1, 5))) == ["restack 1"]
        refused = replace(late, refused=self.WORDS)
        assert steps(refused, closed=(closed(5),), git=lacking((1, 5))) == []
        assert steps(refused, pull_request(2), closed=(closed(5),), git=lacking((1, 5))) == ["merge 2"]

    def test_what_it_is_stacked_on_is_rebased_without_it(self) -> None:
        """One branch that may not be pushed must not keep the whole stack."""
        below = pull_request(1, body="Depends-On: #5")
        above = pull_request(2, contains=(PrNumber(1),), refused=self.WORDS)
        assert steps(below, above, closed=(closed(5),), git=lacking((1, 5))) == ["restack 1"]
