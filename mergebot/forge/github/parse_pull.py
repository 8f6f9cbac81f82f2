"""An open PR of the model, from GitHub's description, the branches as git lists them, and what this pass has done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mergebot.forge.github.bases import Bases, bases_of
from mergebot.forge.github.labelling import as_changed
from mergebot.forge.github.memory import Refusal
from mergebot.forge.github.nodes import CHECKS, COMMENTS, LABELS, REST, REVIEWS, PullNode
from mergebot.forge.github.outgrown import former_tips
from mergebot.forge.github.own import Own
from mergebot.forge.github.parse_checks import Parsed, parse_checks, seconds
from mergebot.forge.github.people import People, edited_by
from mergebot.forge.github.remarks import parse_remarks
from mergebot.forge.github.session import Deeds, OwnStatus
from mergebot.forge.github.signs import signs, unchanged
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.snapshot import (
    CheckList,
    Checks,
    Head,
    NativeStack,
    PullRequest,
    Review,
    ReviewList,
    Reviews,
    ReviewState,
    Unknown,
)

_OF_A_FORK: Final = "the branch is in a fork, to which mergebot does not push"
Node = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What a PR is read with, besides its own node.

    `heads`: every branch of the repository. `former`, `outgrown`: the heads that each PR had before mergebot rebased
    it, and before its author added to them. `email`: of mergebot's own commits. `dispatches`: whether mergebot starts
    workflows itself. `runs`: check runs that the rollup leaves out, by commit; for a commit in `unread_runs`, why they
    could not be read. `unclear`: why a PR cannot be judged at all. `shared`: heads that several open PRs have.
    `landed`: when the PRs of branches were merged into base. `lost`: commits that the server no longer has.
    `answered`: comments that earlier passes have answered; `watched`: PRs of which those are surely all.
    """

    base_sha: Sha
    heads: Mapping[Branch, Sha]
    people: People
    own: Own
    deeds: Deeds
    email: str
    dispatches: bool
    former: Mapping[PrNumber, tuple[Sha, ...]] = field(default_factory=dict)
    outgrown: Mapping[PrNumber, tuple[Sha, ...]] = field(default_factory=dict)
    refusals: Mapping[PrNumber, Refusal] = field(default_factory=dict)
    native: Mapping[PrNumber, NativeStack] = field(default_factory=dict)
    runs: Mapping[Sha, Sequence[Node]] = field(default_factory=dict)
    unread_runs: Mapping[Sha, str] = field(default_factory=dict)
    unclear: Mapping[PrNumber, str] = field(default_factory=dict)
    shared: frozenset[Sha] = frozenset()
    landed: Mapping[Branch, float] = field(default_factory=dict)
    lost: frozenset[Sha] = frozenset()
    answered: Mapping[PrNumber, Collection[int]] = field(default_factory=dict)
    watched: Collection[PrNumber] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Pull:
    """A PR, mergebot's own status on its head, and the signs of its state."""

    pr: PullRequest
    signs: str
    status: OwnStatus | None = None


def parse_pull(pull: PullNode, facts: Facts) -> Pull:
    """One open PR."""
    node = pull.node
    head = _head(pull, facts)
    parsed = _parsed(pull, head, facts)
    said = signs(merge_state=node.get("mergeStateStatus") or "", review_decision=node.get("reviewDecision") or "")
    pr = PullRequest(
        number=pull.number,
        title=node["title"],
        body=node["body"],
        head=head,
        base=facts.deeds.retargeted.get(pull.number) or Branch(node["baseRefName"]),
        author=facts.people.person(node["author"], association=node["authorAssociation"]),
        draft=node["isDraft"],
        labels=as_changed(labels_of(node), facts.deeds.labels.get(pull.number, {})),
        checks=_checks(pull, head, parsed, facts),
        reviews=_reviews(pull, facts),
        score_status=parsed.score,
        own_emails=_own_emails(pull),
        former_tips=former_tips(pull.number, head.sha, facts.former, facts.outgrown),
        refused=_refused(pull.number, head.sha, said, facts),
        native=facts.native.get(pull.number),
        remarks=parse_remarks(
            pull,
            facts.people,
            answered=facts.answered.get(pull.number, ()),
            given=facts.deeds.answered.get(pull.number, {}),
            watched=pull.number in facts.watched,
        ),
    )
    status = OwnStatus(head=head.sha, state=parsed.status[0], description=parsed.status[1]) if parsed.status else None
    return Pull(pr=pr, signs=said, status=status)


def labels_of(node: Node) -> frozenset[str]:
    """The names of a PR's labels."""
    return frozenset(label["name"] for label in (node.get("labels") or {}).get("nodes") or () if label)


def tip_of(pull: PullNode, heads: Mapping[Branch, Sha]) -> Sha | None:
    """Where a PR's branch is: git's answer, except for forks; None if it is gone."""
    if pull.node["isCrossRepository"]:
        return Sha(pull.node["headRefOid"])
    return heads.get(Branch(pull.node["headRefName"]))


def is_behind(pull: PullNode, heads: Mapping[Branch, Sha]) -> bool:
    """Whether GitHub speaks of another commit than the one at which the branch is."""
    return not tip_of(pull, heads) == pull.node["headRefOid"] == pull.commit.get("oid")


def _head(pull: PullNode, facts: Facts) -> Head:
    node = pull.node
    sha = tip_of(pull, facts.heads) or Sha(node["headRefOid"])
    return Head(
        branch=Branch(node["headRefName"]),
        sha=sha,
        fork=node["isCrossRepository"],
        locked=_locked(node),
        pushed_at=_pushed_at(pull, sha, facts),
    )


def _pushed_at(pull: PullNode, sha: Sha, facts: Facts) -> float | None:
    """When mergebot pushed this head: one that it has rebased is committed by it."""
    commit = pull.commit
    if commit.get("oid") != sha or pull.number not in facts.former:
        return None
    committer = str((commit.get("committer") or {}).get("email") or "")
    ours = committer.lower() == facts.email.lower() or facts.deeds.moved.get(pull.number) == sha
    return seconds(commit["committedDate"]) if ours else None


def _own_emails(pull: PullNode) -> frozenset[str]:
    """Under which addresses the PR's author commits, as far as its newest commit tells."""
    login = (pull.node["author"] or {}).get("login")
    author = pull.commit.get("author") or {}
    is_own = login and (author.get("user") or {}).get("login") == login
    return frozenset({author["email"].casefold()} if is_own and author.get("email") else ())


def _locked(node: Node) -> str:
    if node["isCrossRepository"]:
        return _OF_A_FORK
    rule = (node.get("headRef") or {}).get("refUpdateRule") or {}
    if rule.get("allowsForcePushes") is False:
        return f"the branch rules of {node['headRefName']} forbid force pushes"
    if rule.get("viewerCanPush") is False:
        return f"the branch rules of {node['headRefName']} do not let mergebot push"
    return ""


def _parsed(pull: PullNode, head: Head, facts: Facts) -> Parsed:
    """What is on the head; nothing if GitHub still speaks of another commit, or did not say."""
    commit = pull.commit
    if commit.get("oid") != head.sha:
        return Parsed(checks=CheckList())
    contexts = ((commit.get("statusCheckRollup") or {}).get("contexts") or {}).get("nodes") or ()
    suites = (commit.get("checkSuites") or {}).get("nodes") or ()
    return parse_checks(
        [node for node in contexts if node],
        [node for node in suites if node],
        own=facts.own,
        runs=facts.runs.get(head.sha, ()),
        parked=not (facts.dispatches and head.pushed_at is not None),
        shared=head.sha in facts.shared,
    )


def _checks(pull: PullNode, head: Head, parsed: Parsed, facts: Facts) -> Checks:
    """The checks, or why they are not known; whatever else of the PR is not known stands here too, for it blocks."""
    number = pull.number
    for part, what in ((REST, "it"), (LABELS, "its labels"), (COMMENTS, "its comments"), (CHECKS, "")):
        if part in pull.faults:
            return Unknown(reason=f"{what}: {pull.faults[part]}" if what else pull.faults[part])
    if number in facts.unclear:
        return Unknown(reason=facts.unclear[number])
    if head.sha in facts.unread_runs:
        return Unknown(reason=facts.unread_runs[head.sha])
    if tip_of(pull, facts.heads) is None:
        return Unknown(reason=f"its branch {head.branch} is gone, and GitHub has not caught up with that", passing=True)
    if is_behind(pull, facts.heads):
        return Unknown(reason=f"GitHub has not caught up with the push of {head.sha:.10} yet", passing=True)
    if not pull.commit.get("checkSuites"):
        return Unknown(reason="GitHub did not show the suites of its checks")
    if facts.deeds.moved.get(number) == head.sha and not facts.dispatches:
        # Whichever checks have come up within these seconds may be the fast ones only.
        return Unknown(
            reason=f"mergebot has just pushed {head.sha:.10}, and its checks are about to start", passing=True
        )
    if (number, head.sha) in facts.deeds.dispatched:
        return replace(parsed.checks, dispatched=True)
    return parsed.checks


def _reviews(pull: PullNode, facts: Facts) -> Reviews:
    """Every review, oldest first; one that is not submitted yet is nobody's business."""
    if (fault := pull.faults.get(REVIEWS)) is not None:
        return Unknown(reason=fault)
    given = facts.deeds.retargeted.get(pull.number)
    reviews, bases = pull.node.get("reviews"), bases_of(pull.node, facts.people, facts.landed, retargeted=given)
    if reviews is None or bases is None:
        return Unknown(reason="GitHub did not show them")
    found = [_review(node, facts, bases) for node in reviews["nodes"] if node["state"] != "PENDING"]
    if any(review is None for review in found):
        return Unknown(reason="there is a review of a kind that mergebot does not know")
    whole = sorted((review for review in found if review is not None), key=lambda review: review.order)
    return ReviewList(reviews=tuple(whole))


def _review(node: Node, facts: Facts, bases: Bases) -> Review | None:
    try:
        state = ReviewState(node["state"].lower())
    except ValueError:
        return None
    author = facts.people.person(
        node["author"], association=node["authorAssociation"], may_push=node["authorCanPushToRepository"]
    )
    order = seconds(node["submittedAt"])
    # One of another change is one of a commit that is no longer known.
    commit = node.get("commit") if bases.is_same_change(order) else None
    return Review(
        author=author,
        state=state,
        commit=Sha(commit["oid"]) if commit and commit["oid"] not in facts.lost else None,
        body=node["body"],
        order=order,
        edited_by=edited_by(node),
        url=node.get("url") or "",
    )


def _refused(number: PrNumber, head: Sha, said: str, facts: Facts) -> str:
    """GitHub's words, as long as it says the same of the same head."""
    for refusal in (facts.deeds.refused.get(number), facts.refusals.get(number)):
        if refusal is not None and refusal.head == head and unchanged(refusal.signs, said, facts.base_sha):
            return refusal.words
    return ""
