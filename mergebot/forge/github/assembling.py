"""The state of the queue, from what GitHub said, what git lists, and what this pass has done."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mergebot.forge.github.asking import shown
from mergebot.forge.github.bases import landed_branches
from mergebot.forge.github.branch_rules import find_problems, required_checks
from mergebot.forge.github.closed import DAY, Node, Past, is_needed, merged_by, parse_ended
from mergebot.forge.github.frozen import frozen_by
from mergebot.forge.github.gathering import Reading
from mergebot.forge.github.nodes import PullNode
from mergebot.forge.github.outgrown import outgrown_heads
from mergebot.forge.github.own import Own
from mergebot.forge.github.own_comments import own_comments
from mergebot.forge.github.parse_checks import seconds
from mergebot.forge.github.parse_pull import Facts, Pull, parse_pull, tip_of
from mergebot.forge.github.remarks import deafness, texts
from mergebot.forge.github.session import REBASED, TIPS, Seen, SeenComment, Session
from mergebot.forge.github.stacks import Places, place
from mergebot.forge.github.statuses import is_of_landed
from mergebot.forge.protocol import ForgeState
from mergebot.git.mirror import Mirror
from mergebot.git.remote import HEADS, RemoteRefs
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.problem import Problem, Severity
from mergebot.model.snapshot import BaseBranch, BranchState, ClosedPullRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class Assembled:
    """The state; every open PR with what belongs to it; what the PRs were read with; what the writer has to know."""

    state: ForgeState
    pulls: Mapping[PrNumber, Pull]
    facts: Facts
    unfinished: Mapping[PrNumber, Sha]
    comments: Mapping[PrNumber, SeenComment | None]
    stacks: Mapping[PrNumber, frozenset[PrNumber]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ground:
    """What the rest stands on. `opened` and `ended`: the PRs as this pass has left them.

    `tips` and `bases`: the head and the base of each open PR. `rebased`: the heads that PRs had before.
    """

    opened: Mapping[PrNumber, PullNode]
    ended: Mapping[PrNumber, Node]
    heads: Mapping[Branch, Sha]
    tips: Mapping[PrNumber, Sha]
    bases: Mapping[PrNumber, Branch]
    places: Places
    rebased: Mapping[PrNumber, tuple[Sha, ...]]


def assemble(session: Session, reading: Reading, refs: RemoteRefs, base: BaseBranch) -> Assembled:
    """Bring everything together; the commits that the decision needs are fetched.

    Raises:
        MergebotError: git failed.
    """
    ground = _ground(session, reading, refs)
    past = _past(session, reading, refs, ground)
    session.doing("Fetching commits")
    memory = session.seen.memory
    known = memory.heads.keys() | memory.outgrown.keys()
    landed = {number: tip for number, tip in _landed(ground, past) if number in known}
    lost = session.mirror.fetch({base.sha, *ground.tips.values(), *landed.values(), *_further(ground, past)})
    there = {number: tip for number, tip in ground.tips.items() if tip not in lost}
    heads, taken = {**landed, **there}, set(there.values())
    outgrown = outgrown_heads(session.mirror.repository, memory, heads, ground.rebased, taken=taken)
    past = replace(past, held=_own_commits(session.mirror, base.sha, there.values()), outgrown=outgrown)
    facts = replace(_facts(session, reading, ground, base, there), lost=lost, outgrown=outgrown)
    pulls = {number: parse_pull(pull, facts) for number, pull in sorted(ground.opened.items())}
    state = ForgeState(
        base=base,
        pull_requests=tuple(pull.pr for pull in pulls.values()),
        closed=tuple(_closed(node, past, lost) for _, node in sorted(ground.ended.items())),
        branches=_branches(ground, past),
        frozen=why_frozen(session, reading),
        problems=_problems(reading, ground, base.branch, session.deeds.warnings),
        required_checks=required_checks(reading.rules, reading.classic),
        url=session.hosts.page(session.repository),
        deletes_merged=reading.repository["deleteBranchOnMerge"],
    )
    return Assembled(
        state=state,
        pulls=pulls,
        facts=facts,
        unfinished=dict(_unfinished(ground.ended, past)),
        comments=own_comments(reading.pulls.values(), reading.people, session.seen.memory.comments),
        stacks=reading.stacks.by_member(),
    )


def _ground(session: Session, reading: Reading, refs: RemoteRefs) -> _Ground:
    deeds = session.deeds
    opened = {number: pull for number, pull in reading.pulls.items() if number not in deeds.merged}
    landed = {number: pull.node for number, pull in reading.pulls.items() if number in deeds.merged}
    heads = branches_of(refs)
    bases = {n: deeds.retargeted.get(n) or Branch(pull.node["baseRefName"]) for n, pull in opened.items()}
    return _Ground(
        opened=opened,
        ended={**reading.ended, **landed},
        heads=heads,
        tips={n: tip_of(pull, heads) or Sha(pull.node["headRefOid"]) for n, pull in opened.items()},
        bases=bases,
        places=place(reading.stacks.stacks, bases),
        rebased=kept_heads(refs),
    )


def _past(session: Session, reading: Reading, refs: RemoteRefs, ground: _Ground) -> Past:
    return Past(
        people=reading.people,
        refs=refs.refs,
        bases=frozenset(ground.bases.values()),
        held=frozenset(),
        now=session.clock(),
        landed=session.deeds.merged,
        former=ground.rebased,
        native=ground.places.native,
    )


def _facts(
    session: Session, reading: Reading, ground: _Ground, base: BaseBranch, there: Mapping[PrNumber, Sha]
) -> Facts:
    memory = session.seen.memory
    gone = {
        number: f"its head {tip:.10} could not be fetched" for number, tip in ground.tips.items() if number not in there
    }
    return Facts(
        base_sha=base.sha,
        heads=ground.heads,
        people=reading.people,
        own=Own.of(session.environ, session.repository),
        deeds=session.deeds,
        email=reading.people.viewer.email(session.hosts),
        dispatches=bool(reading.policy.checks.dispatch),
        former=ground.rebased,
        refusals={n: refusal for n, refusal in memory.refusals.items() if n not in session.deeds.forgotten},
        native=ground.places.native,
        runs=reading.runs,
        unread_runs=reading.unread_runs,
        unclear={**ground.places.unclear, **gone},
        shared=frozenset(sha for sha, count in Counter(ground.tips.values()).items() if count > 1),
        answered=memory.answered,
        watched=memory.heads.keys(),
        landed=landed_branches(ground.ended, base.branch, session.deeds.merged),
    )


def why_frozen(session: Session, reading: Reading) -> tuple[str, ...]:
    """Why the whole queue is paused."""
    return frozen_by(
        reading.issues,
        reading.errors_in("issues"),
        label=reading.policy.queue.freeze_label,
        kept=session.seen.memory.frozen,
        now=session.deeds.frozen,
    )


def _problems(reading: Reading, ground: _Ground, base: Branch, warnings: Sequence[str]) -> tuple[Problem, ...]:
    into_base = [pull for number, pull in ground.opened.items() if ground.bases[number] == base]
    has_queue = any(pull.node["isMergeQueueEnabled"] for pull in into_base)
    return (
        *find_problems(reading.repository, reading.rules, reading.classic, base, has_queue=has_queue),
        *reading.stacks.problems(),
        *(Problem(where="refs/mergebot", message=said, severity=Severity.WARNING) for said in warnings),
        *deafness(ground.opened.values()),
        *_gaps(reading),
    )


def note(seen: Seen, assembled: Assembled) -> None:
    """Tell the writer what was seen."""
    seen.statuses = {number: pull.status for number, pull in assembled.pulls.items() if pull.status is not None}
    seen.signs = {number: pull.signs for number, pull in assembled.pulls.items()}
    seen.unfinished, seen.outgrown = assembled.unfinished, assembled.facts.outgrown
    seen.comments, seen.shared = assembled.comments, assembled.facts.shared
    seen.base = assembled.state.base.branch
    seen.bases = {number: pull.pr.base for number, pull in assembled.pulls.items()}
    seen.stacks = assembled.stacks
    seen.remarks = texts(assembled.state.pull_requests)
    seen.deletes_merged = assembled.state.deletes_merged


def branches_of(refs: RemoteRefs) -> dict[Branch, Sha]:
    """Every branch."""
    return {Branch(ref.removeprefix(HEADS)): sha for ref, sha in refs.refs.items() if ref.startswith(HEADS)}


def kept_heads(refs: RemoteRefs) -> dict[PrNumber, tuple[Sha, ...]]:
    """The heads that each PR had before mergebot rebased it."""
    found: dict[PrNumber, tuple[Sha, ...]] = {}
    for ref, sha in sorted(refs.refs.items()):
        number, slash, _ = ref.removeprefix(REBASED).partition("/")
        if ref.startswith(REBASED) and slash and number.isascii() and number.isdecimal():
            found[PrNumber(int(number))] = (*found.get(PrNumber(int(number)), ()), sha)
    return found


def _landed(ground: _Ground, past: Past) -> Iterator[tuple[PrNumber, Sha]]:
    """The heads that PRs landed with."""
    for number, node in ground.ended.items():
        if number in past.landed:
            yield number, past.landed[number].head
        elif node["state"] == "MERGED":
            yield number, Sha(node["headRefOid"])


def _further(ground: _Ground, past: Past) -> Iterator[Sha]:
    """Commits besides the heads: those that reviews were given on, former heads, last tips that still matter."""
    for pull in ground.opened.values():
        for review in (pull.node.get("reviews") or {}).get("nodes") or ():
            if review is not None and review.get("commit") is not None:
                yield Sha(review["commit"]["oid"])
        yield from ground.rebased.get(pull.number, ())
    for number, node in ground.ended.items():
        if is_needed(node, past) or node["headRefName"] in past.bases:
            yield past.landed[number].head if number in past.landed else Sha(node["headRefOid"])
            yield from ground.rebased.get(number, ())


def _own_commits(mirror: Mirror, base: Sha, tips: Collection[Sha]) -> frozenset[Sha]:
    """The commits that open PRs have and base has not."""
    if not tips:
        return frozenset()
    lines = "".join(f"{sha}\n" for sha in (*dict.fromkeys(tips), f"^{base}")).encode()
    return frozenset(map(Sha, mirror.repository.run("rev-list", "--stdin", stdin=lines).decode().split()))


def _closed(node: Node, past: Past, lost: Collection[Sha]) -> ClosedPullRequest:
    pr = parse_ended(node, past)
    # What the server does not have any more can neither be kept nor be needed.
    return replace(pr, kept=True) if pr.head.sha in lost else pr


def _branches(ground: _Ground, past: Past) -> dict[Branch, BranchState]:
    """The branches of open and of merged PRs that exist."""
    heads = ground.heads
    found: dict[Branch, BranchState] = {}
    for node in ground.ended.values():
        branch = Branch(node["headRefName"])
        if branch not in heads or node["isCrossRepository"] or node["state"] == "CLOSED":
            continue
        who = merged_by(node, past)
        is_theirs = bool(who) and heads[branch] == node["headRefOid"]
        in_use = f"it was merged by {who}, who may still want its branch" if is_theirs else ""
        if in_use or branch not in found:
            found[branch] = BranchState(sha=heads[branch], in_use=in_use, protected=_is_protected(node))
    for pull in ground.opened.values():
        branch = Branch(pull.node["headRefName"])
        if branch not in heads or pull.node["isCrossRepository"]:
            continue
        found[branch] = BranchState(sha=heads[branch], protected=_is_protected(pull.node))
    return found


def _is_protected(node: Node) -> bool:
    """Whether the branch of a PR may not be deleted."""
    rule = (node.get("headRef") or {}).get("refUpdateRule") or {}
    return rule.get("allowsDeletions") is False


def _unfinished(ended: Mapping[PrNumber, Node], past: Past) -> Iterator[tuple[PrNumber, Sha]]:
    """PRs that mergebot has merged lately, and whose head does not say so yet."""
    for number, landed in past.landed.items():
        yield number, landed.head
    for number, node in ended.items():
        if number in past.landed or node["state"] != "MERGED" or past.now - seconds(node["mergedAt"]) > DAY:
            continue
        if not past.people.person(node["mergedBy"]).is_me:
            continue
        commits = (node.get("commits") or {}).get("nodes") or [None]
        commit = (commits[0] or {}).get("commit") or {}
        if "status" not in commit:
            continue
        context = (commit["status"] or {}).get("context")
        is_told = context is not None and is_of_landed(context["state"], context["description"])
        if not is_told and (context is not None or f"{TIPS}{number}" in past.refs):
            yield number, Sha(node["headRefOid"])


def _gaps(reading: Reading) -> Iterator[Problem]:
    """What the first answer left out, and what follows from that."""
    for part, what in (("merged", "the PRs that were merged lately"), ("ref", "the rules of base")):
        for error in reading.errors_in(part)[:1]:
            message = f"not all of {what} could be read: {shown(error)}"
            yield Problem(where="repository", message=message, severity=Severity.WARNING)
