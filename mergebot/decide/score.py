"""The criterion `review_score` (contract 3): an integer from 0 to 10, from the first source that speaks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from mergebot.decide.body import Said, read_said
from mergebot.decide.checks import unread
from mergebot.decide.codes import Code
from mergebot.decide.patches import Patches, is_author, may_write, pages
from mergebot.decide.words import listed
from mergebot.model.people import Permission
from mergebot.model.plan import Evidence, Fail, Pass, Pending, Verdict
from mergebot.model.policy import Policy, ScoreSource
from mergebot.model.questions import Unanswered
from mergebot.model.snapshot import PullRequest, Review, ReviewList, ReviewState, Unknown

HIGHEST = 10

_SCORE = re.compile(r"([0-9]{1,2})(?: ?/ ?([0-9]{1,3}))?")
_OFF = Pass(code=Code.SCORE_OFF, reason="turned off by review_score: false")
_NONE = Pending(code=Code.SCORE_NONE, reason="no review score found yet")
_SHOWN = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """The verdict, and the score that decided, if one was found."""

    verdict: Verdict
    value: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """What a source says: a score and whose it is."""

    value: int
    where: str
    evidence: Evidence = Evidence()


def parse_score(text: str) -> int | None:
    """The score that `N/10` or `N` stands for; None unless it is an integer from 0 to 10, of 10."""
    found = _SCORE.fullmatch(text.strip())
    if found is None or int(found[1]) > HIGHEST or int(found[2] or HIGHEST) != HIGHEST:
        return None
    return int(found[1])


def review_score(pr: PullRequest, policy: Policy, said: Said, patches: Patches) -> Score:
    """The score is at least the threshold; sources in order of trust, the first that speaks decides (contract 3)."""
    threshold = policy.criteria.review_score
    if threshold is None:
        return Score(verdict=_OFF)
    for source in policy.score_sources:
        match heard := _hear(source, pr, policy, said, patches):
            case None:
                continue
            case Spoken():
                return _judge(heard, threshold)
            case _:
                return Score(verdict=heard)
    return Score(verdict=_NONE)


def _hear(
    source: ScoreSource, pr: PullRequest, policy: Policy, said: Said, patches: Patches
) -> Spoken | Fail | Pending | None:
    """What one source says, None if it is silent."""
    match source:
        case ScoreSource.STATUS:
            return None if pr.score_status is None else _agreed([pr.score_status], "the status review/score")
        case ScoreSource.REVIEW:
            return _from_reviews(pr, patches)
        case ScoreSource.BODY:
            return _from_body(pr, policy, said)
        case _:
            assert_never(source)


@lru_cache(maxsize=1024)
def _judge(heard: Spoken, threshold: int) -> Score:
    """Against the threshold; most of a queue has the same few scores from the same few places."""
    reason = f"{heard.value}/{HIGHEST} in {heard.where}"
    if heard.value >= threshold:
        return Score(verdict=Pass(code=Code.SCORE_PASSED, reason=reason, evidence=heard.evidence), value=heard.value)
    reason += f", {threshold} is needed: improve it and have it reviewed again"
    return Score(verdict=Fail(code=Code.SCORE_LOW, reason=reason, evidence=heard.evidence), value=heard.value)


def _agreed(texts: Sequence[str], where: str, evidence: Evidence = Evidence()) -> Spoken | Fail:
    """The one score that all lines of a text give."""
    values: set[int] = set()
    for text in texts:
        value = parse_score(text)
        if value is None:
            reason = f"{where} says `{text[:_SHOWN]}`, which is no whole number from 0 to 10, of 10: write it as 8/10"
            return Fail(code=Code.SCORE_MALFORMED, reason=reason, evidence=evidence)
        values.add(value)
    if len(values) > 1:
        scores = listed(map(str, sorted(values)))
        reason = f"{where} gives several scores ({scores}): leave one line `Review Score: N/10`"
        return Fail(code=Code.SCORE_DISAGREES, reason=reason, evidence=evidence)
    return Spoken(value=values.pop(), where=where, evidence=evidence)


def _from_body(pr: PullRequest, policy: Policy, said: Said) -> Spoken | Fail | Pending | None:
    """The author's own claim, if the author has write access or is trusted, over whatever head it stands."""
    if not said.scores:
        return None
    author = pr.author
    if may_write(author) or author.login.casefold() in {login.casefold() for login in policy.trusted_authors}:
        return _agreed(said.scores, "its text")
    if pr.author.permission is Permission.UNKNOWN:
        reason = f"the score in its text counts only if {pr.author.login} has write access, which could not be read"
        return Pending(code=Code.SCORE_UNKNOWN, reason=reason)
    return None


def _from_reviews(pr: PullRequest, patches: Patches) -> Spoken | Fail | Pending | None:
    """Each reviewer's latest score on the current patch; of those the lowest."""
    if isinstance(pr.reviews, Unknown):
        return Pending(code=Code.SCORE_UNKNOWN, reason=unread("reviews", pr.reviews))
    if not isinstance(pr.reviews, ReviewList):
        return None
    written = [review for review in pr.reviews.reviews if review.body or review.edited_by]
    if not written:
        return None
    heard = [found for reviews in _by_person(pr, written) if (found := _latest(reviews, pr, patches)) is not None]
    for kind in (Fail, Pending):
        if (stopped := next((found for found in heard if isinstance(found, kind)), None)) is not None:
            return stopped
    return min((found for found in heard if isinstance(found, Spoken)), key=lambda found: found.value, default=None)


def _by_person(pr: PullRequest, written: list[Review]) -> list[list[tuple[Review, Said]]]:
    """The reviews with a score, newest first, of each person other than the author; one taken back says nothing.

    One whose text somebody else has changed may have had one.
    """
    people: dict[tuple[str, bool], list[tuple[Review, Said]]] = {}
    for review in sorted(written, key=lambda review: review.order)[::-1]:  # of one moment the last of the list
        if review.state is not ReviewState.DISMISSED and not review.author.is_me:
            said = read_said(review.body)
            if (said.scores or review.edited_by) and not is_author(review.author, pr):
                people.setdefault((review.author.login.casefold(), review.author.is_bot), []).append((review, said))
    return [people[who] for who in sorted(people)]


def _latest(reviews: list[tuple[Review, Said]], pr: PullRequest, patches: Patches) -> Spoken | Fail | Pending | None:
    """The latest score of one person that was given on the current patch."""
    unsure: Pending | None = None
    for review, said in reviews:
        who = review.author
        if not may_write(who) and who.permission is not Permission.UNKNOWN:
            return None
        same = patches.counts(review, pr)
        if isinstance(same, Unanswered):
            # The older ones are asked about in the same round, so that one round is enough.
            reason = f"whether {who.login}'s score is for this patch is not known: {same.reason}"
            unsure = unsure or Pending(code=Code.SCORE_UNKNOWN, reason=reason)
        elif same and who.permission is Permission.UNKNOWN:
            reason = f"{who.login}'s score counts only with write access, which could not be read"
            return unsure or Pending(code=Code.SCORE_UNKNOWN, reason=reason)
        elif same:
            evidence = Evidence(shas=(review.commit,) if review.commit else (), links=pages([review]))
            if review.edited_by:
                return unsure or _edited(review, evidence)
            return unsure or _agreed(said.scores, f"the review by {who.login}", evidence)
    return unsure


def _edited(review: Review, evidence: Evidence) -> Fail:
    """Whoever may write can change the text of others: then it is no longer the reviewer who speaks."""
    who = review.author.login
    reason = f"{review.edited_by} has changed the text of the review by {who}: {who} has to review it again"
    return Fail(code=Code.SCORE_EDITED, reason=reason, evidence=evidence)
