"""Branches and mergebot's own refs move by git alone: one atomic push, a full lease for each ref."""

from collections.abc import Mapping, Sequence
from typing import Final

from mergebot.errors import MergebotError
from mergebot.forge.github.plain import one_line
from mergebot.forge.github.refusals import WORKFLOWS_HINT, is_about_workflows, refuse
from mergebot.forge.github.session import REBASED, TIPS
from mergebot.forge.github.writing import OWN, Writing, missing, own_refs_refused, words_of
from mergebot.forge.protocol import BranchMove
from mergebot.git.remote import HEADS, PushedRef, PushState, RefUpdate
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, Stale
from mergebot.model.plan import KeepTip

TRIES: Final = 3
"""A push is made again without those of our own refs that turn out to be there already, or not to be taken."""

_PUSH_HINT: Final = "let mergebot push to this branch (rules, protection), or rebase it by hand"


def move_branches(writing: Writing, moves: Sequence[BranchMove]) -> Outcome:
    """Move all these branches, or none; each old tip is kept as `refs/mergebot/rebased/N/SHA`.

    Raises:
        MergebotError: it was not tried (no access, locks).
    """
    for move in moves:
        if move.branch in _never(writing):
            return Failed(reason=f"{one_line(move.branch)} is base, which is never rewritten")
    there = dict(writing.session.seen.refs.refs)
    for _ in range(TRIES):
        wanted = [*_kept(writing, moves, there), *_branch_updates(moves)]
        answers = writing.push(wanted)
        if (outcome := _moved(writing, moves, answers)) is not None:
            return outcome
        there = dict(writing.refs(OWN))
    return Stale(reason="mergebot's own refs were moved by somebody else meanwhile")


def keep_tip(writing: Writing, step: KeepTip) -> Outcome:
    """Keep the tip of a merged PR as `refs/mergebot/merged/N`.

    Raises:
        MergebotError: it was not tried (no access, locks).
    """
    ref = f"{TIPS}{step.pr}"
    kept = (writing.session.seen.refs.refs or writing.refs(ref)).get(ref)
    if kept == step.tip:
        return AlreadyDone()
    if missing(writing.session, [step.tip]):
        hint = f"nothing is lost as long as its branch or refs/pull/{step.pr}/head is there"
        return Failed(reason=f"the tip {step.tip:.10} of #{step.pr} cannot be had from the server", hint=hint)
    [answer] = writing.push([RefUpdate(ref=ref, old=kept, new=step.tip)])
    if answer.state is PushState.DONE:
        return Done()
    if answer.state is PushState.REFUSED:
        own_refs_refused(writing.session)
        hint = f"let the token push to {OWN}*; the branch is not deleted as long as its tip is not kept"
        return Failed(reason=f"the tip cannot be kept: {answer.words}", hint=hint)
    if writing.refs(ref).get(ref) == step.tip:
        return AlreadyDone() if answer.state is PushState.STALE else Done()
    return Stale(reason=f"{ref} was moved by somebody else: {answer.words}")


def _kept(writing: Writing, moves: Sequence[BranchMove], there: Mapping[str, Sha]) -> list[RefUpdate]:
    if not writing.session.deeds.takes_own_refs:
        return []
    refs = {f"{REBASED}{move.pr}/{move.old}": move.old for move in moves}
    return [RefUpdate(ref=ref, old=None, new=old) for ref, old in refs.items() if ref not in there]


def _branch_updates(moves: Sequence[BranchMove]) -> list[RefUpdate]:
    return [RefUpdate(ref=f"{HEADS}{move.branch}", old=move.old, new=move.new) for move in moves]


def _never(writing: Writing) -> tuple[Branch | None, ...]:
    return writing.session.seen.base, writing.session.seen.refs.head


def _moved(writing: Writing, moves: Sequence[BranchMove], answers: Sequence[PushedRef]) -> Outcome | None:
    """What a push came to; None: make it again, with a new look at our own refs."""
    by_ref = {answer.ref: answer for answer in answers}
    branches = [by_ref[f"{HEADS}{move.branch}"] for move in moves]
    if any(answer.state is PushState.LOST for answer in answers):
        return _found_out(writing, moves)
    if all(answer.state is PushState.DONE for answer in branches):
        return _done(writing, moves)
    if stale := [one.ref.removeprefix(HEADS) for one in branches if one.state is PushState.STALE]:
        writing.touch(move.pr for move in moves)
        return Stale(reason=f"moved after the decision: {one_line(', '.join(stale))}")
    if refused := [move for move, one in zip(moves, branches, strict=True) if one.state is PushState.REFUSED]:
        return _refused(writing, refused, by_ref)
    own = [answer for answer in answers if answer.ref.startswith(OWN)]
    if any(answer.state is PushState.REFUSED for answer in own):
        own_refs_refused(writing.session)
        return None
    if any(answer.state is PushState.STALE for answer in own):
        return None
    return Failed(reason=f"the push was not taken: {words_of(answers, *PushState)}")


def _done(writing: Writing, moves: Sequence[BranchMove]) -> Done:
    writing.session.deeds.moved.update({move.pr: move.new for move in moves})
    writing.touch(move.pr for move in moves)
    return Done()


def _refused(writing: Writing, moves: Sequence[BranchMove], answers: Mapping[str, PushedRef]) -> Failed:
    """The server does not let these branches move; each is told so, and not tried again on the same head."""
    reasons, hint = [], ""
    for move in moves:
        words = answers[f"{HEADS}{move.branch}"].words
        hint = WORKFLOWS_HINT if is_about_workflows(words) else _PUSH_HINT
        refuse(writing.session, move.pr, move.old, f"the push of the rebased branch: {words}", hint=hint)
        reasons.append(f"#{move.pr}: {one_line(words)}")
    return Failed(reason=f"GitHub refuses the push: {'; '.join(reasons)}", hint=hint)


def _found_out(writing: Writing, moves: Sequence[BranchMove]) -> Outcome:
    """No answer came: where the branches are now tells what became of the push."""
    writing.touch(move.pr for move in moves)
    try:
        now = writing.refs(*(f"{HEADS}{move.branch}" for move in moves))
    except MergebotError as error:
        reason = f"the push got no answer, and what became of it is unknown: {error.message}"
        return Failed(reason=reason, hint="the next pass looks again")
    at = [(move, now.get(f"{HEADS}{move.branch}")) for move in moves]
    if all(tip == move.new for move, tip in at):
        return _done(writing, moves)
    done: dict[PrNumber, Sha] = {move.pr: move.new for move, tip in at if tip == move.new}
    writing.session.deeds.moved.update(done)
    if moved := [move.branch for move, tip in at if tip not in (move.old, move.new)]:
        return Stale(reason=f"moved after the decision: {one_line(', '.join(moved))}")
    some = f"; done: {', '.join(f'#{number}' for number in done)}" if done else ", and moved nothing"
    return Stale(reason=f"the push got no answer{some}")
