"""Steps: guard, do, outcome. Each can be repeated: what was done before is a success, what moved is stale."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from mergebot.act.guards import before_merge
from mergebot.errors import LockedError, MergebotError
from mergebot.forge.protocol import BranchMove, Forge
from mergebot.git.merging import Merger
from mergebot.git.oracle import Oracle
from mergebot.git.replay import Rebased, RebaseRequest, rebase
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, Stale
from mergebot.model.plan import (
    Answer,
    DeleteBranch,
    Dispatch,
    KeepTip,
    Merge,
    Rebase,
    Restack,
    Retarget,
    RunChecks,
    Step,
)
from mergebot.model.policy import Policy
from mergebot.model.questions import Clean, Conflicts, Nothing, Replay, Squash, Unanswered

_COMPARE = "compare the two trees"


def carry_out(step: Step, forge: Forge, policy: Policy, now: float) -> Outcome:
    """Do one step, or find that it cannot be done; an expected error becomes `Failed`, nothing is half done."""
    try:
        return _carry_out(step, forge, policy, now)
    except LockedError:
        raise  # another pass is at work: this one ends
    except MergebotError as error:
        return Failed(reason=error.message, hint=error.hint)


def _carry_out(step: Step, forge: Forge, policy: Policy, now: float) -> Outcome:
    match step:
        case Answer():
            return forge.writer.answer(step)
        case Merge():
            return merge(step, forge)
        case Restack():
            return restack(step, forge, now)
        case Retarget():
            return forge.writer.retarget(step)
        case KeepTip():
            return forge.writer.keep_tip(step)
        case DeleteBranch():
            return forge.writer.delete_branch(step)
        case RunChecks():
            return forge.writer.run_checks(step, policy)
        case Dispatch():
            return forge.writer.dispatch(step)
        case _:
            assert_never(step)


def merge(step: Merge, forge: Forge) -> Outcome:
    """Squash-merge, then hold the tree that landed against the one that was predicted (contract 4.1)."""
    if (stop := before_merge(step, forge.reader.look_again(step.pr))) is not None:
        return stop
    # The guard saves work; the forge's own compare-and-swap on the head is the guarantee.
    outcome = forge.writer.merge(step)
    if not isinstance(outcome, Done) or outcome.sha is None:
        return outcome
    try:
        landed = forge.git.tree_of(outcome.sha)
        if landed in (step.tree, _predicted_again(step, outcome.sha, forge)):
            return outcome
    except MergebotError as error:
        reason = f"#{step.pr} landed as {outcome.sha:.10}, and nobody has compared its tree"
        hint = f"compare it with what was tested: {step.tree:.10}"
        return Failed(reason=f"{reason}: {error.message}", hint=hint, sha=outcome.sha)
    reason = f"#{step.pr} landed as {outcome.sha:.10} with tree {landed:.10}, but {step.tree:.10} was predicted"
    frozen = forge.writer.freeze(reason)
    if isinstance(frozen, Failed):
        reason = f"{reason}; the queue could not be frozen: {frozen.reason}"
        return Failed(reason=reason, hint=_COMPARE, sha=outcome.sha)
    said = frozen.detail if isinstance(frozen, Done | AlreadyDone) else ""
    hint = f"the queue is frozen: {_COMPARE}, then lift the freeze"
    return Failed(reason=reason, hint=hint, sha=outcome.sha, froze=said or "the queue is frozen")


def _predicted_again(step: Merge, landed: Sha, forge: Forge) -> Sha | None:
    """The tree that the same head gives on the base it landed on, where that is not the one it was judged on.

    A forge cannot be told which base is expected, so a push to base in the last moment is no fault of this merge.
    """
    base = forge.git.resolve(f"{landed}^")
    if base is None or base == step.base_sha:
        return None
    question = Squash(base=base, head=step.head)
    forge.reader.prepare([question])
    with Oracle(forge.git) as oracle:
        answer = oracle.answer([question])[question]
    return answer.tree if isinstance(answer, Clean) else None


def restack(step: Restack, forge: Forge, now: float) -> Outcome:
    """Rebase a PR and what is stacked on it; all branches move at once, those that conflict stay as they were."""
    committer = forge.writer.committer(int(now))
    forge.reader.prepare([*_replays(step.rebases)])
    with Merger(forge.git, scratch=False) as merger:
        answers = rebase(merger, _requests(step.rebases), committer)
    moves, left = [], []
    for item, answer in zip(step.rebases, answers, strict=True):
        match answer:
            case Rebased(tip=tip):
                moves += [BranchMove(pr=item.pr, branch=item.branch, old=item.head, new=tip)] * (tip != item.head)
            case Conflicts(paths=paths):
                left.append(f"#{item.pr} conflicts in {', '.join(path.path for path in paths)}")
            case Nothing():
                left.append(f"#{item.pr} has nothing left that base does not have")
            case Unanswered(reason=reason):
                left.append(f"#{item.pr}: {reason}")
            case _:
                assert_never(answer)
    return _moved(moves, left, forge)


def _moved(moves: Sequence[BranchMove], left: Sequence[str], forge: Forge) -> Outcome:
    note = "; ".join(f"left as it was: {line}" for line in left)
    if not moves:
        return Failed(reason=note) if left else AlreadyDone(detail="every branch already is where it should be")
    outcome = forge.writer.move_branches(moves)
    match outcome:
        case Done():
            done = ", ".join(f"#{move.pr} is now at {move.new:.10}" for move in moves)
            moved = tuple((move.pr, move.new) for move in moves)
            return Done(detail="; ".join(filter(None, [done, note])), moved=moved)
        case Failed() | Stale() | AlreadyDone():
            return outcome
        case _:
            return Stale(reason="the forge did not try it")


def _replays(items: Sequence[Rebase]) -> Iterator[Replay]:
    """The objects that these need are those of replays onto the root's new place."""
    root = next((item.onto for item in items if isinstance(item.onto, str)), None)
    if root is not None:
        yield from (Replay(head=item.head, excluded=item.excluded, onto=root) for item in items)


def _requests(items: Sequence[Rebase]) -> tuple[RebaseRequest, ...]:
    places: dict[PrNumber, int] = {item.pr: index for index, item in enumerate(items)}
    return tuple(
        RebaseRequest(
            head=item.head,
            excluded=item.excluded,
            onto=item.onto if isinstance(item.onto, str) else places[item.onto],
            union_paths=item.union_paths,
            careful=True,
        )
        for item in items
    )
