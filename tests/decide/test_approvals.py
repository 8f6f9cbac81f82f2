"""The criterion `approvals` (contract 3), with protected paths (contract 2.4)."""

from dataclasses import replace

import pytest

from mergebot.model.people import Permission, Person
from mergebot.model.plan import CriterionName
from mergebot.model.policy import Criteria, DependencyFile, Policy
from mergebot.model.questions import Answer, Question, SamePatch, Truth
from mergebot.model.snapshot import Files, PullRequest, Review, ReviewList, Reviews, ReviewState, ReviewTally, Unknown
from tests.builders import AUTHOR, pull_request, sha, snapshot
from tests.decide.worlds import Git, plan_of, said, verdict_of

HEAD, OLD = pull_request(1).head.sha, sha("old head")
WIM = Person(login="wim", permission=Permission.WRITE)
MIA = Person(login="mia", permission=Permission.MAINTAIN)
SAM = Person(login="sam", permission=Permission.READ)
UNA = Person(login="una", permission=Permission.UNKNOWN)
BOT = Person(login="robot", permission=Permission.ADMIN, is_bot=True)
ME = Person(login="mergebot", permission=Permission.ADMIN, is_me=True)
YES, NO, TAKEN_BACK, WORD = (
    ReviewState.APPROVED,
    ReviewState.CHANGES_REQUESTED,
    ReviewState.DISMISSED,
    ReviewState.COMMENTED,
)


def review(by: Person, state: ReviewState = YES, *, order: float = 1, old: bool = False) -> Review:
    return Review(author=by, state=state, commit=OLD if old else HEAD, order=order)


def verdict(pr: PullRequest, policy: Policy | None = None, git: Git = lambda _question: None) -> tuple[str, str, str]:
    return said(verdict_of(plan_of(snapshot(pr), policy, git), 1, CriterionName.APPROVALS))


def of(*reviews: Review, policy: Policy | None = None, git: Git = lambda _question: None) -> tuple[str, str, str]:
    return verdict(pull_request(1, reviews=ReviewList(reviews=reviews)), policy, git)


def other_patch(question: Question) -> Answer | None:
    return Truth(value=False) if isinstance(question, SamePatch) else None


VOICES = {
    "nobody": ((), ("pending", "approvals.missing", "0 of 1 approval, from someone else with write access")),
    "a writer": ((review(WIM),), ("pass", "approvals.enough", "1 of 1 approval: wim")),
    "a comment after it": ((review(WIM), review(WIM, WORD, order=2)), ("pass", "approvals.enough", None)),
    "taken back": ((review(WIM), review(WIM, TAKEN_BACK, order=2)), ("pending", "approvals.missing", None)),
    "on an older head, same patch": ((review(WIM, old=True),), ("pass", "approvals.enough", None)),
    "who may not count": (
        (review(AUTHOR), review(BOT), review(ME), review(SAM)),
        (
            "pending",
            "approvals.none_counts",
            (
                "0 of 1 approval; these do not count: "
                "ada (the author), mergebot (a bot), robot (a bot), sam (no write access)"
            ),
        ),
    ),
    "rights unknown": (
        (review(UNA),),
        ("pending", "approvals.unknown", "0 of 1 approval; whether una has write access could not be read"),
    ),
    "rights unknown, but enough without": ((review(UNA), review(WIM)), ("pass", "approvals.enough", None)),
    "changes asked for": (
        (review(MIA), review(WIM, NO)),
        ("fail", "approvals.changes", "changes asked for by wim: answer them, then ask for another review"),
    ),
    "changes asked for on an older head": (
        (review(MIA), review(WIM, NO, old=True)),
        ("fail", "approvals.changes", None),
    ),
    "changes asked for, then approved": (
        (review(WIM, YES, order=2), review(WIM, NO, order=1)),
        ("pass", "approvals.enough", None),
    ),
    "both in one moment, whatever their order": (
        (review(WIM, NO), review(WIM, YES)),
        ("fail", "approvals.changes", None),
    ),
    "both in one moment, the other way round": (
        (review(WIM, YES), review(WIM, NO)),
        ("fail", "approvals.changes", None),
    ),
    "taken back in one moment": ((review(WIM, YES), review(WIM, TAKEN_BACK)), ("pending", "approvals.missing", None)),
    "by an app of the same name": (
        (review(WIM, NO), review(replace(WIM, is_bot=True), YES, order=2)),
        ("fail", "approvals.changes", None),
    ),
    "changes asked for by itself": (
        (review(MIA), review(replace(ME, permission=Permission.UNKNOWN), NO)),
        ("pass", "approvals.enough", None),
    ),
    "changes asked for by a bot with write access": (
        (review(MIA), review(BOT, NO)),
        ("fail", "approvals.changes", None),
    ),
    "changes asked for by a reader": ((review(MIA), review(SAM, NO)), ("pass", "approvals.enough", None)),
    "changes asked for, rights unknown": (
        (review(MIA), review(UNA, NO)),
        ("pending", "approvals.unknown", "una asks for changes, and their right to could not be read"),
    ),
}


@pytest.mark.parametrize(("reviews", "expected"), VOICES.values(), ids=VOICES.keys())
def test_the_latest_opinion_of_each_person_counts(
    reviews: tuple[Review, ...], expected: tuple[str, str, str | None]
) -> None:
    """Enough people other than author and bot, with write access, each one's latest opinion an approval."""
    kind, code, reason = of(*reviews)
    assert (kind, code) == expected[:2]
    assert expected[2] is None or reason == expected[2]


def test_an_approval_of_another_patch_is_void() -> None:
    """A push of other content voids it; a request for changes stays."""
    assert of(review(WIM, old=True), git=other_patch)[2] == (
        "0 of 1 approval; these do not count: wim (for an older patch)"
    )
    assert of(review(WIM, NO, old=True), git=other_patch)[0] == "fail"


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_approvals_of_one_moment_that_of_the_present_head_counts(turned: bool) -> None:
    """A forge counts seconds: a quick reviewer approves, sees a push and approves again within one."""
    both = [review(WIM, old=True), review(WIM)]
    kind, code, _ = of(*(reversed(both) if turned else both), git=other_patch)
    assert (kind, code) == ("pass", "approvals.enough")


def test_as_many_different_people_as_are_wanted() -> None:
    """`approvals: 2`."""
    two = Policy(criteria=Criteria(approvals=2))
    assert of(review(WIM), review(WIM, order=2), policy=two)[0] == "pending"
    assert of(review(WIM), review(MIA), policy=two) == ("pass", "approvals.enough", "2 of 2 approvals: mia, wim")


def test_unread_reviews_are_waited_for() -> None:
    """What could not be read is never taken for empty."""
    pr = pull_request(1, reviews=Unknown(reason="page 3 failed"))
    assert verdict(pr) == ("pending", "approvals.unknown", "its reviews could not be read: page 3 failed")


@pytest.mark.parametrize(("count", "kind"), [(0, "pending"), (1, "pass"), (2, "pass")])
def test_local_mode_knows_only_how_many(count: int, kind: str) -> None:
    """And protected paths do not apply there (contract 6)."""
    pr = pull_request(1, reviews=ReviewTally(approvals=count), files=Files(paths=(".github/workflows/ci.yml",)))
    assert verdict(pr)[0] == kind


def test_0_turns_it_off() -> None:
    """But a protected path stays protected."""
    off = Policy(criteria=Criteria(approvals=0))
    assert of(review(WIM, NO), policy=off)[:2] == ("pass", "approvals.off")
    pr = pull_request(1, reviews=ReviewList(), files=Files(paths=("CODEOWNERS",)))
    assert verdict(pr, off)[:2] == ("pending", "approvals.protected")


class TestProtectedPaths:
    @staticmethod
    def touching(path: str, *reviews: Review) -> PullRequest:
        return pull_request(1, reviews=ReviewList(reviews=reviews), files=Files(paths=("a.py", path)))

    @pytest.mark.parametrize(
        "path",
        [
            ".github/workflows/ci.yml",
            ".GitHub/workflows/ci.yml",
            "docs/CODEOWNERS",
            "config/mergebot.yml",
            "dependencies.json",
            "Docs/Pull_Request_Template.txt",
            "PULL_REQUEST_TEMPLATE/one.md",
            "db/1.sql",
        ],
    )
    def test_a_protected_path_needs_a_keeper(self, path: str) -> None:
        """An approval by a person, no bot, with maintain or admin right."""
        policy = Policy(criteria=Criteria(protected_paths=("*.sql",)))
        robot = Person(login="r", permission=Permission.ADMIN, is_bot=True)
        assert verdict(self.touching(path, review(WIM), review(robot)), policy) == (
            "pending",
            "approvals.protected",
            f"it touches {path}, which is protected: a person with maintain or admin right has to approve",
        )
        assert verdict(self.touching(path, review(MIA)), policy)[2] == f"1 of 1 approval: mia, which covers {path}"

    @pytest.mark.parametrize("path", ["src/pull_request_template.md", "pull_request_templates.py", "db/1.SQL"])
    def test_another_path_needs_none(self, path: str) -> None:
        policy = Policy(criteria=Criteria(protected_paths=("*.sql",)))
        assert verdict(self.touching(path, review(WIM)), policy)[2] == "1 of 1 approval: wim"

    def test_the_dependency_file_in_use_is_protected(self) -> None:
        """Wherever it is."""
        pr = self.touching("fleet/deps.json", review(WIM))
        plan = plan_of(snapshot(pr, dependencies=DependencyFile(path="fleet/deps.json")))
        assert said(verdict_of(plan, 1, CriterionName.APPROVALS))[1] == "approvals.protected"

    def test_files_that_could_not_be_read_may_be_protected(self) -> None:
        pr = pull_request(1, reviews=ReviewList(reviews=(review(WIM),)), files=Unknown(reason="too many"))
        assert verdict(pr) == (
            "pending",
            "approvals.unknown",
            "whether it touches a protected path could not be read: too many",
        )


def test_the_list_of_reviews_may_be_in_any_order() -> None:
    """`order` decides what is the latest."""
    reviews: Reviews = ReviewList(reviews=(review(WIM, NO, order=3), review(WIM, YES, order=1)))
    assert verdict(pull_request(1, reviews=reviews))[0] == "fail"
