"""What was said of an older head: does it still count? (contract 3, same patch)."""

from collections.abc import Iterable
from dataclasses import dataclass

from mergebot.decide.answers import Answers
from mergebot.model.ids import Sha
from mergebot.model.people import Permission, Person
from mergebot.model.plan import Link
from mergebot.model.questions import SamePatch, Unanswered
from mergebot.model.snapshot import PullRequest, Review

WRITERS = frozenset({Permission.WRITE, Permission.MAINTAIN, Permission.ADMIN})


@dataclass(frozen=True, kw_only=True, slots=True)
class Patches:
    """Tells whether a review was given on the patch that a PR has now."""

    base: Sha
    answers: Answers
    union_paths: tuple[str, ...] = ()

    def counts(self, review: Review, pr: PullRequest) -> bool | Unanswered:
        """Given on this head, or on one with the same patch (a rebase keeps it, a push of other content voids it)."""
        if review.commit == pr.head.sha:
            return True
        if review.commit is None:
            return False
        question = SamePatch(base=self.base, old=review.commit, new=pr.head.sha, union_paths=self.union_paths)
        return self.answers.truth(question)


def may_write(person: Person) -> bool:
    """Whether a person has write access for certain."""
    return person.permission in WRITERS


def is_author(person: Person, pr: PullRequest) -> bool:
    """Whether a person is the author of a PR; logins differ in case only for people."""
    return person.login.casefold() == pr.author.login.casefold()


def pages(reviews: Iterable[Review]) -> tuple[Link, ...]:
    """The pages of these reviews, for people to look at."""
    return tuple(Link(text=f"review by {review.author.login}", url=review.url) for review in reviews if review.url)
