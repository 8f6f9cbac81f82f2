"""What a verdict rests on can be looked at: the pages of checks and reviews (contract 3)."""

from dataclasses import replace

from mergebot.model.people import Permission, Person
from mergebot.model.plan import CriterionName, Link
from mergebot.model.snapshot import Check, CheckList, CheckState, PullRequest, Review, ReviewList, ReviewState
from tests.builders import pull_request, snapshot
from tests.decide.worlds import plan_of, verdict_of

HEAD = pull_request(1).head.sha
WIM = Person(login="wim", permission=Permission.WRITE)
ZOE = Person(login="zoe", permission=Permission.WRITE)


def links(pr: PullRequest, criterion: CriterionName) -> tuple[Link, ...]:
    return verdict_of(plan_of(snapshot(pr)), 1, criterion).evidence.links


def ran(name: str, state: CheckState, page: str) -> Check:
    return Check(name=name, state=state, detail=page)


def of_checks(*checks: Check) -> tuple[Link, ...]:
    return links(pull_request(1, checks=CheckList(checks=checks)), CriterionName.TESTS_PASSING)


def said(by: Person, state: ReviewState, body: str = "") -> Review:
    return Review(author=by, state=state, commit=HEAD, body=body, url=f"https://forge.example/{by.login}")


def of_reviews(criterion: CriterionName, *reviews: Review) -> tuple[Link, ...]:
    return links(pull_request(1, reviews=ReviewList(reviews=reviews), score_status=None), criterion)


def page_of(who: str) -> Link:
    return Link(text=f"review by {who}", url=f"https://forge.example/{who}")


class TestChecks:
    def test_failed_ones_lead_to_their_pages(self) -> None:
        """By name, so that the order of a forge's list is no news; one that is still running is no evidence."""
        found = of_checks(
            ran("unit", CheckState.TIMED_OUT, "http://ci.example/2"),
            ran("e2e", CheckState.RUNNING, "https://ci.example/3"),
            ran("lint", CheckState.FAILURE, "https://ci.example/1"),
        )
        assert found == (Link(text="lint", url="https://ci.example/1"), Link(text="unit", url="http://ci.example/2"))

    def test_one_in_an_unheard_of_state_too(self) -> None:
        found = of_checks(ran("unit", CheckState.UNKNOWN, "https://ci.example/2"))
        assert found == (Link(text="unit", url="https://ci.example/2"),)

    def test_the_path_of_a_log_is_no_page(self) -> None:
        """Nor is anything else that a browser should not follow."""
        states = (ran("a", CheckState.FAILURE, "/var/log/a"), ran("b", CheckState.FAILURE, "javascript:alert(1)"))
        assert of_checks(*states) == ()


class TestReviews:
    def test_approvals_lead_to_the_reviews(self) -> None:
        """Those that count: a dismissed one is no evidence."""
        given = (said(ZOE, ReviewState.APPROVED), said(WIM, ReviewState.APPROVED))
        assert of_reviews(CriterionName.APPROVALS, *given) == (page_of("wim"), page_of("zoe"))
        taken_back = replace(given[0], state=ReviewState.DISMISSED)
        assert of_reviews(CriterionName.APPROVALS, taken_back, given[1]) == (page_of("wim"),)

    def test_changes_asked_for_lead_to_who_asks(self) -> None:
        found = of_reviews(CriterionName.APPROVALS, said(ZOE, ReviewState.CHANGES_REQUESTED))
        assert found == (page_of("zoe"),)

    def test_a_score_leads_to_the_review_that_gives_it(self) -> None:
        """The lowest decides."""
        found = of_reviews(
            CriterionName.REVIEW_SCORE,
            said(ZOE, ReviewState.COMMENTED, "Review Score: 7/10"),
            said(WIM, ReviewState.COMMENTED, "Review Score: 9/10"),
        )
        assert found == (page_of("zoe"),)

    def test_one_without_a_page_is_no_link(self) -> None:
        nowhere = replace(said(ZOE, ReviewState.APPROVED), url="")
        assert of_reviews(CriterionName.APPROVALS, nowhere) == ()
