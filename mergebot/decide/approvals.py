"""The criterion `approvals` (contract 3), with its protected paths (contract 2.4)."""

from dataclasses import dataclass, field
from functools import lru_cache

from mergebot.decide.checks import unread
from mergebot.decide.codes import Code
from mergebot.decide.glob import PathGlobs, path_globs
from mergebot.decide.patches import Patches, is_author, may_write, pages
from mergebot.decide.words import counted, listed
from mergebot.model.people import Permission
from mergebot.model.plan import Evidence, Fail, Link, Pass, Pending, Verdict
from mergebot.model.policy import DependencyFile, Policy
from mergebot.model.questions import Unanswered
from mergebot.model.snapshot import Files, PullRequest, Review, ReviewList, ReviewState, ReviewTally, Unknown

ALWAYS_PROTECTED = (
    ".github/**",
    "CODEOWNERS",
    "config/mergebot.yml",
    "config/mergebot.yaml",
    ".agent-coordination/dependencies.json",
    "config/dependencies.json",
    "/dependencies.json",
    *(f"{folder}pull_request_template{rest}" for folder in ("/", "/docs/") for rest in ("", ".*", "/**")),
)
"""Whatever the case of a path is: GitHub reads some of these names so, and some file systems tell no two apart."""

_KEEPERS = frozenset({Permission.MAINTAIN, Permission.ADMIN})
_OPINIONS = frozenset({ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED, ReviewState.DISMISSED})
_OFF = Pass(code=Code.APPROVALS_OFF, reason="turned off by approvals: 0")


@dataclass(frozen=True, kw_only=True, slots=True)
class Approvals:
    """The verdict, and who has approved the patch as it is, by login."""

    verdict: Verdict
    by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Protected:
    """The paths that need a person with maintain or admin right: those of the rules, in any case, and the user's."""

    rules: PathGlobs
    others: PathGlobs

    def match(self, path: str) -> bool:
        """Whether a path is one of them."""
        return self.rules.match(path.lower()) or self.others.match(path)


def protected_paths(policy: Policy, file: DependencyFile) -> Protected:
    """The paths that need a person with maintain or admin right."""
    where = [f"/{path}" for path in (policy.dependencies, file.path) if path]
    rules = tuple(path.lower() for path in (*ALWAYS_PROTECTED, *where))
    return Protected(rules=path_globs(rules), others=path_globs(policy.criteria.protected_paths))


def approvals(pr: PullRequest, policy: Policy, protected: Protected, patches: Patches) -> Approvals:
    """Enough people other than author and bot approve the current patch; a protected path has its person."""
    wanted = policy.criteria.approvals
    if isinstance(pr.reviews, ReviewTally):
        return Approvals(verdict=_tally(pr.reviews.approvals, wanted))
    path = pr.files if isinstance(pr.files, Unknown) else _protected(pr.files, protected)
    if not wanted and path is None:
        return Approvals(verdict=_OFF)
    if isinstance(pr.reviews, Unknown):
        return Approvals(verdict=Pending(code=Code.APPROVALS_UNKNOWN, reason=unread("reviews", pr.reviews)))
    votes = _votes(pr, pr.reviews, patches)
    votes.approved.sort(key=lambda review: review.author.login)
    by = tuple(review.author.login for review in votes.approved)
    verdict = votes.objection() if wanted else None
    verdict = verdict or votes.too_few(wanted) or votes.unprotected(path)
    return Approvals(verdict=verdict, by=by) if verdict else _enough(by, wanted, path, pages(votes.approved))


def _tally(count: int, wanted: int) -> Verdict:
    if not wanted:
        return _OFF
    if count >= wanted:
        return Pass(code=Code.APPROVALS_ENOUGH, reason=f"{count} of {counted(wanted, 'approval')}")
    return Pending(code=Code.APPROVALS_MISSING, reason=f"{count} of {counted(wanted, 'approval')}")


def _protected(files: Files, protected: Protected) -> str | None:
    """The first protected path that is touched."""
    return next((path for path in files.paths if protected.match(path)), None)


@dataclass(slots=True)
class _Votes:
    """The latest opinion of each person, judged. `unsure`: why it is not known to count, `void`: why it does not."""

    approved: list[Review] = field(default_factory=list)
    against: list[Review] = field(default_factory=list)
    unsure_approvals: list[str] = field(default_factory=list)
    unsure_objections: list[str] = field(default_factory=list)
    void: list[str] = field(default_factory=list)

    def objection(self) -> Verdict | None:
        """Someone with write access last asked for changes, on whatever head."""
        if self.against:
            against = sorted(self.against, key=lambda review: review.author.login)
            who = listed(review.author.login for review in against)
            shas = tuple(sorted({review.commit for review in against if review.commit is not None}))
            evidence = Evidence(shas=shas, links=pages(against))
            reason = f"changes asked for by {who}: answer them, then ask for another review"
            return Fail(code=Code.APPROVALS_CHANGES, reason=reason, evidence=evidence)
        if self.unsure_objections:
            return Pending(code=Code.APPROVALS_UNKNOWN, reason=listed(sorted(self.unsure_objections)))
        return None

    def too_few(self, wanted: int) -> Verdict | None:
        """Fewer people than are wanted; where there are approvals that do not count, it says why."""
        if len(self.approved) >= wanted:
            return None
        so_far = f"{len(self.approved)} of {counted(wanted, 'approval')}"
        given = Evidence(links=pages(self.approved))
        if self.unsure_approvals:
            reason = f"{so_far}; {listed(sorted(self.unsure_approvals))}"
            return Pending(code=Code.APPROVALS_UNKNOWN, reason=reason, evidence=given)
        if self.void:
            reason = f"{so_far}; these do not count: {listed(sorted(self.void))}"
            return Pending(code=Code.APPROVALS_NONE_COUNTS, reason=reason, evidence=given)
        reason = f"{so_far}, from someone else with write access"
        return Pending(code=Code.APPROVALS_MISSING, reason=reason, evidence=given)

    def unprotected(self, path: str | Unknown | None) -> Verdict | None:
        """A protected path is touched, or may be, and no person with maintain or admin right has approved."""
        if path is None or any(review.author.permission in _KEEPERS for review in self.approved):
            return None
        if isinstance(path, Unknown):
            reason = f"whether it touches a protected path could not be read: {path.reason}"
            return Pending(code=Code.APPROVALS_UNKNOWN, reason=reason)
        reason = f"it touches {path}, which is protected: a person with maintain or admin right has to approve"
        evidence = Evidence(files=(path,), links=pages(self.approved))
        return Pending(code=Code.APPROVALS_PROTECTED, reason=reason, evidence=evidence)


@lru_cache(maxsize=1024)
def _enough(by: tuple[str, ...], wanted: int, path: str | Unknown | None, links: tuple[Link, ...]) -> Approvals:
    """They are enough; the same few people approve most of a queue."""
    kept = f", which covers {path}" if isinstance(path, str) else ""
    reason = f"{len(by)} of {counted(wanted, 'approval')}: {listed(by)}{kept}"
    return Approvals(verdict=Pass(code=Code.APPROVALS_ENOUGH, reason=reason, evidence=Evidence(links=links)), by=by)


def _votes(pr: PullRequest, reviews: ReviewList, patches: Patches) -> _Votes:
    """Judge the latest opinion of each person; a comment is none."""
    latest: dict[tuple[str, bool], Review] = {}
    for review in reviews.reviews:
        if review.state in _OPINIONS:
            # An app may have the name of a person.
            who = (review.author.login.casefold(), review.author.is_bot)
            if who not in latest or _rank(review, pr) > _rank(latest[who], pr):
                latest[who] = review
    votes = _Votes()
    for review in latest.values():
        if review.state is ReviewState.CHANGES_REQUESTED:
            _judge_objection(votes, review)
        elif review.state is ReviewState.APPROVED:
            _judge_approval(votes, review, pr, patches)
    return votes


def _rank(review: Review, pr: PullRequest) -> tuple[float, bool, bool, bool]:
    """Later ones first; of two of one moment the one that lets less through, so that a list's order decides nothing.

    Of two approvals of one moment (a forge counts seconds) the one of the head as it is: it was given, so it counts.
    """
    state, is_of_head = review.state, review.commit == pr.head.sha
    return (review.order, state is ReviewState.CHANGES_REQUESTED, state is not ReviewState.APPROVED, is_of_head)


def _judge_objection(votes: _Votes, review: Review) -> None:
    who = review.author
    if who.is_me:
        return
    if may_write(who):
        votes.against.append(review)
    elif who.permission is Permission.UNKNOWN:
        votes.unsure_objections.append(f"{who.login} asks for changes, and their right to could not be read")


def _judge_approval(votes: _Votes, review: Review, pr: PullRequest, patches: Patches) -> None:
    """An approval counts from a person other than the author, with write access, for the patch as it is now."""
    who = review.author
    if is_author(who, pr):
        votes.void.append(f"{who.login} (the author)")
    elif who.is_bot or who.is_me:
        votes.void.append(f"{who.login} (a bot)")
    elif who.permission is Permission.UNKNOWN:
        votes.unsure_approvals.append(f"whether {who.login} has write access could not be read")
    elif not may_write(who):
        votes.void.append(f"{who.login} (no write access)")
    else:
        same = patches.counts(review, pr)
        if isinstance(same, Unanswered):
            votes.unsure_approvals.append(f"whether {who.login} approved this patch is not known: {same.reason}")
        elif same:
            votes.approved.append(review)
        else:
            votes.void.append(f"{who.login} (for an older patch)")
