"""The criterion `review_score` (contract 3)."""

import pytest

from mergebot.decide.score import parse_score
from mergebot.model.people import Permission, Person
from mergebot.model.plan import CriterionName
from mergebot.model.policy import Criteria, Policy, ScoreSource
from mergebot.model.questions import Answer, Question, SamePatch, Truth, Unanswered
from mergebot.model.snapshot import PullRequest, Review, ReviewList, ReviewState, Unknown
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import Git, entry_of, plan_of, said, verdict_of

HEAD = pull_request(1).head.sha
OLD = sha("old head")
WIM = Person(login="wim", permission=Permission.WRITE)
MIA = Person(login="mia", permission=Permission.MAINTAIN)
SAM = Person(login="sam", permission=Permission.READ)
UNA = Person(login="una", permission=Permission.UNKNOWN)
NONE = ("pending", "score.none", "no review score found yet")


def scored(score: str, by: Person = WIM, *, on: str = HEAD, order: float = 1, state: str = "commented") -> Review:
    body = f"Nice.\n\nReview Score: {score}\n"
    return Review(author=by, state=ReviewState(state), commit=sha(int(on, 16)), body=body, order=order)


def verdict(pr: PullRequest, policy: Policy | None = None, git: Git = lambda _question: None) -> tuple[str, str, str]:
    return said(verdict_of(plan_of(snapshot(pr), policy, git), 1, CriterionName.REVIEW_SCORE))


def reviewed(*reviews: Review, body: str = "", author: Person = SAM) -> PullRequest:
    return pull_request(1, score_status=None, reviews=ReviewList(reviews=reviews), body=body, author=author)


def other_patch(question: Question) -> Answer | None:
    return Truth(value=False) if isinstance(question, SamePatch) else None


TEXTS = {
    "10/10": 10,
    "10": 10,
    "0/10": 0,
    " 7 / 10 ": 7,
    "11/10": None,
    "8/5": None,
    "9.5/10": None,
    "-1/10": None,
    "ten": None,
    "\N{ARABIC-INDIC DIGIT EIGHT}/10": None,
    "8/10 or so": None,
    "100": None,
    "": None,
}


@pytest.mark.parametrize(("text", "score"), TEXTS.items())
def test_a_score_is_an_integer_from_0_to_10_of_10(text: str, score: int | None) -> None:
    """`N/10` or `N`."""
    assert parse_score(text) == score


def test_the_threshold_decides() -> None:
    """Pass at the threshold, fail below it; 0 to 10, or false to turn it off."""
    pr = pull_request(1, score_status="8/10")
    assert verdict(pr, Policy(criteria=Criteria(review_score=8)))[:2] == ("pass", "score.passed")
    assert verdict(pr) == (
        "fail",
        "score.low",
        "8/10 in the status review/score, 10 is needed: improve it and have it reviewed again",
    )
    assert verdict(pr, Policy(criteria=Criteria(review_score=None)))[:2] == ("pass", "score.off")
    assert entry_of(plan_of(snapshot(pr)), 1).score == 8


def test_the_first_source_that_speaks_decides() -> None:
    """`review_score.sources`, in order of trust; a source that is not listed is not heard."""
    mia = scored("9", MIA)
    pr = pull_request(1, score_status="10/10", reviews=ReviewList(reviews=(mia,)), body="Review Score: 8", author=WIM)
    found = {
        sources: verdict(pr, Policy(score_sources=sources))[2].split()[0]
        for sources in (
            (ScoreSource.STATUS, ScoreSource.REVIEW, ScoreSource.BODY),
            (ScoreSource.REVIEW, ScoreSource.BODY, ScoreSource.STATUS),
            (ScoreSource.BODY, ScoreSource.STATUS),
        )
    }
    assert list(found.values()) == ["10/10", "9/10", "8/10"]
    assert verdict(pr, Policy(score_sources=())) == NONE


def test_a_status_that_is_no_score_fails() -> None:
    """It speaks, but not in numbers."""
    assert verdict(pull_request(1, score_status="great")) == (
        "fail",
        "score.malformed",
        "the status review/score says `great`, which is no whole number from 0 to 10, of 10: write it as 8/10",
    )


class TestReviews:
    def test_of_several_reviewers_the_lowest_counts(self) -> None:
        """Each one's latest on the current patch."""
        pr = reviewed(scored("10"), scored("7", MIA), scored("9", MIA, order=2))
        assert verdict(pr)[2].startswith("9/10 in the review by mia")

    def test_only_someone_else_with_write_access_is_heard(self) -> None:
        """Not the author, not a reader, not mergebot itself."""
        me = Person(login="mergebot", permission=Permission.ADMIN, is_me=True)
        assert verdict(reviewed(scored("10", SAM), scored("10", me), author=MIA)) == NONE
        assert verdict(reviewed(scored("10", Person(login="WIM", permission=Permission.WRITE)), author=WIM)) == NONE

    def test_a_review_of_another_patch_is_not_heard(self) -> None:
        """A rebase keeps it, a push of other content voids it; the latest on this patch counts."""
        assert verdict(reviewed(scored("10", on=OLD)))[1] == "score.passed"
        assert verdict(reviewed(scored("10", on=OLD)), git=other_patch) == NONE
        pr = reviewed(scored("10", on=HEAD, order=1), scored("3", on=OLD, order=2))
        assert verdict(pr, git=other_patch)[1] == "score.passed"

    def test_what_git_cannot_tell_is_waited_for(self) -> None:
        """Unknown is never taken for yes or no."""

        def broken(question: Question) -> Answer | None:
            return Unanswered(reason="a commit is missing") if isinstance(question, SamePatch) else None

        assert verdict(reviewed(scored("10", on=OLD)), git=broken) == (
            "pending",
            "score.unknown",
            "whether wim's score is for this patch is not known: a commit is missing",
        )

    def test_lines_that_disagree_fail(self) -> None:
        """One text, one score."""
        twice = Review(author=WIM, state=ReviewState.COMMENTED, commit=HEAD, body="Review Score: 7\nReview Score: 8/10")
        assert verdict(reviewed(twice))[:2] == ("fail", "score.disagrees")

    def test_a_bot_with_write_access_is_heard(self) -> None:
        """It may give a score, though never an approval."""
        bot = Person(login="critic", permission=Permission.WRITE, is_bot=True)
        assert verdict(reviewed(scored("10", bot))) == ("pass", "score.passed", "10/10 in the review by critic")
        namesake = Person(login="critic", permission=Permission.WRITE)
        assert verdict(reviewed(scored("7", namesake), scored("10", bot, order=2)))[2].startswith("7/10")

    def test_of_one_moment_the_last_of_the_list_counts(self) -> None:
        """A list of reviews begins with the oldest."""
        assert verdict(reviewed(scored("10"), scored("7")))[2].startswith("7/10")

    def test_a_dismissed_review_says_nothing(self) -> None:
        assert verdict(reviewed(scored("10", state="dismissed"))) == NONE

    def test_rights_that_could_not_be_read_are_waited_for(self) -> None:
        assert verdict(reviewed(scored("10", UNA)))[:2] == ("pending", "score.unknown")

    def test_reviews_that_could_not_be_read_are_waited_for(self) -> None:
        """The next source is not asked: this one might have spoken."""
        pr = pull_request(
            1, score_status=None, reviews=Unknown(reason="cut short"), body="Review Score: 10", author=WIM
        )
        assert verdict(pr) == ("pending", "score.unknown", "its reviews could not be read: cut short")


class TestTheBody:
    BODY = "## Review Score: 10/10\n\n1. Initial score: 7/10\n3. Final score: 10/10\n"

    def test_the_authors_own_claim_counts_with_write_access_or_trust(self) -> None:
        """Over whatever head it stands."""
        assert verdict(reviewed(body=self.BODY, author=WIM)) == ("pass", "score.passed", "10/10 in its text")
        assert verdict(reviewed(body=self.BODY, author=SAM)) == NONE
        assert verdict(reviewed(body=self.BODY, author=SAM), Policy(trusted_authors=("Sam",)))[0] == "pass"
        assert verdict(reviewed(body=self.BODY, author=UNA))[:2] == ("pending", "score.unknown")

    @pytest.mark.parametrize("line", ["{SCORE}/10", "", "<!-- 10 -->"])
    def test_an_unfilled_template_is_no_score(self, line: str) -> None:
        assert verdict(reviewed(body=f"Review Score: {line}", author=WIM)) == NONE
