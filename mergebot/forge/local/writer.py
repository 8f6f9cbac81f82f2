"""Changes a local repository as a forge (contract 6): every step is guarded, and moves refs in one transaction."""

import platform
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from mergebot.errors import GitError, MergebotError, RefMovedError
from mergebot.forge.local import checks, files, journal, memory
from mergebot.forge.local.landings import HEADS, LANDED, MERGED, REBASED
from mergebot.forge.local.lock import locked
from mergebot.forge.local.moving import Move, carry_out, hindrance, in_words, pending, strays
from mergebot.forge.local.places import OWN_FILES
from mergebot.forge.local.publish import queue_file, remembering, status_file
from mergebot.forge.local.reader import LocalReader
from mergebot.forge.local.state import State, StateReader
from mergebot.forge.protocol import BranchMove
from mergebot.git.merging import Merger
from mergebot.git.replay import squash
from mergebot.git.repository import Identity, RefUpdate
from mergebot.model.ids import Branch, Sha
from mergebot.model.journal import ThisPass
from mergebot.model.notice import Report
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, PassResult, Stale
from mergebot.model.plan import Answer, DeleteBranch, Dispatch, KeepTip, Merge, Plan, Retarget, RunChecks
from mergebot.model.policy import Policy
from mergebot.model.questions import Conflicts, Nothing, Unanswered


class LocalWriter:
    """The writing half of the local forge; `clock` gives UTC seconds since 1970."""

    def __init__(self, state: StateReader, reader: LocalReader, clock: Callable[[], float]) -> None:
        self._state = state
        self._reader = reader
        self._clock = clock
        self._git = state.git
        self.this_pass = ThisPass(id=secrets.token_hex(8), host=platform.node())

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other passes away, and first complete what a killed one has begun.

        Raises:
            LockedError: another pass is at work.
            MergebotError: the lock cannot be made, or git fails.
        """
        with locked(self._state.places.lock):
            files.remove_leftovers(self._state.places.status.parent)
            checks.remove_leftovers(self._git)
            self._complete_moves()
            yield

    def merge(self, step: Merge) -> Outcome:
        """Squash-merge: base, the kept tip and the landed commit appear in one ref transaction, or nothing does."""
        state = self._read_and_remember()
        if step.pr in state.landed:
            return AlreadyDone(detail=f"landed as {state.refs.landed[step.pr]:.10}")
        if (stop := self._moved_since(step, state)) is not None:
            return stop
        landed = self._squash(step)
        if not isinstance(landed, str):
            return landed
        moves = self._moves(step.base, step.base_sha, landed)
        if why := next((why for move in moves if (why := hindrance(move))), ""):
            return Failed(reason=f"the work tree that has {step.base} checked out cannot follow: {why}")
        # Base comes last: a git that is killed halfway leaves refs that say nothing as long as base lacks the commit.
        updates = [
            RefUpdate(ref=f"{LANDED}{step.pr}", old=state.refs.landed.get(step.pr), new=landed),
            RefUpdate(ref=f"{MERGED}{step.pr}", old=state.refs.merged.get(step.pr), new=step.head),
            *(move.announced() for move in moves),
            RefUpdate(ref=f"{HEADS}{step.branch}", old=step.head, new=step.head),
            RefUpdate(ref=f"{HEADS}{step.base}", old=step.base_sha, new=landed),
        ]
        return self._transact(updates, moves, Done(sha=landed), f"mergebot: merge #{step.pr}")

    def move_branches(self, moves: Sequence[BranchMove]) -> Outcome:
        """Move all these branches and the clean work trees that have them checked out, or nothing."""
        state = self._read_and_remember()
        desk = self._reader.desk(state)
        follow: list[Move] = []
        updates: list[RefUpdate] = []
        for move in moves:
            if reason := desk.obstacle(move.branch):
                return Stale(reason=f"{move.branch} cannot be moved: {reason}")
            follow += self._moves(move.branch, move.old, move.new)
            kept = f"{REBASED}{move.pr}/{move.old}"
            if move.old not in state.refs.rebased.get(move.pr, ()):
                updates.append(RefUpdate(ref=kept, old=None, new=move.old))
            updates.append(RefUpdate(ref=f"{HEADS}{move.branch}", old=move.old, new=move.new))
        for step in follow:
            if why := hindrance(step):
                return Failed(reason=f"{step.folder} cannot follow its branch: {why}")
        updates[:0] = [step.announced() for step in follow]
        return self._transact(updates, follow, Done(), "mergebot: rebase")

    def retarget(self, step: Retarget) -> Outcome:
        """Nothing to do: every local pull request is one into base."""
        return AlreadyDone(detail=f"in local mode #{step.pr} has always been one into {step.new_base}")

    def keep_tip(self, step: KeepTip) -> Outcome:
        """Keep the tip of a merged pull request."""
        ref = f"{MERGED}{step.pr}"
        kept = self._git.refs(ref).get(ref)
        if kept == step.tip:
            return AlreadyDone()
        return self._transact([RefUpdate(ref=ref, old=kept, new=step.tip)], [], Done(), f"mergebot: keep #{step.pr}")

    def delete_branch(self, step: DeleteBranch) -> Outcome:
        """Delete the branch of a merged pull request: never base, never one that is in use, never one that moved."""
        state = self._state.read()
        tip = state.refs.heads.get(step.branch)
        if tip is None:
            return AlreadyDone(detail="it is gone already")
        if tip != step.tip:
            return Stale(reason=f"{step.branch} moved to {tip:.10} after the decision")
        if step.branch == state.base.branch:
            return Failed(reason=f"{step.branch} is base, which is never deleted")
        if places := self._reader.desk(state).by_branch.get(step.branch):
            return Stale(reason=f"{step.branch} is checked out in {places[0].shown}")
        if users := [item.number for item in state.roster.opened if item.branch == step.branch]:
            return Stale(reason=f"{step.branch} is needed by #{users[0]}")
        update = RefUpdate(ref=f"{HEADS}{step.branch}", old=step.tip, new=None)
        return self._transact([update], [], Done(), f"mergebot: delete the branch of #{step.pr}")

    def run_checks(self, step: RunChecks, policy: Policy) -> Outcome:
        """Run the test command on the merged result, unless this very result was tested before."""
        command = policy.checks.command
        if command is None:
            return Failed(reason="no test command is set", hint="set `checks.command` in the config")
        folder = self._state.places.checks
        if checks.has_result(folder, step.tree, command):
            return AlreadyDone(detail="this result was tested before")
        with Merger(self._git, scratch=False) as merger:
            commit = squash(
                merger,
                base=step.base_sha,
                head=step.head,
                author=str(self._identity()),
                message=f"#{step.pr}, merged for a test\n",
                committer=self._identity(),
            )
        if not isinstance(commit, str) or self._git.tree_of(commit) != step.tree:
            return Failed(reason=f"the result that was to be tested, {step.tree:.10}, cannot be made again")
        job = checks.Job(pr=step.pr, commit=commit, tree=step.tree, command=command)
        finished = checks.run_job(self._git, folder, job)
        return Done(detail=finished.reason)

    def freeze(self, reason: str) -> Outcome:
        """Pause the queue until a person sets `frozen` to null in `merge-queue.json`."""

        def frozen(raw: bytes | None) -> bytes:
            content = memory.parse(raw) or {"schema": memory.SCHEMA}
            return memory.dumped({**content, "frozen": content.get("frozen") or reason})

        written = files.edit_file(self._state.places.queue, frozen)
        return Done() if written else AlreadyDone(detail="it is frozen already")

    def dispatch(self, step: Dispatch) -> Outcome:
        """There are no workflows here; nothing asks for them either."""
        return Failed(reason=f"there are no workflows to start for #{step.pr} in local mode")

    def answer(self, step: Answer) -> Outcome:
        """There are no comments here; nothing asks for it either."""
        return Failed(reason=f"there are no comments to answer on #{step.pr} in local mode")

    def record(self, lines: Sequence[str]) -> Outcome:
        """Append these lines to the journal."""
        return journal.record(self._git, lines, identity=self._identity())

    def recorded(self) -> tuple[bytes, ...]:
        """The newest lines of the journal."""
        return journal.recorded(self._git)

    def committer(self, when: int) -> Identity:
        """Nobody in particular."""
        return Identity(when=when)

    def publish(self, plan: Plan, result: PassResult, report: Report) -> Outcome:  # noqa: ARG002 (the state after the pass says it all)
        """Bring `merge-queue.json` and `status.json` up to date."""
        if report.partial:
            return AlreadyDone(detail="an input is in error, so nothing is known that could be written")
        try:
            state = self._state.read()
            if not state.status.usable:
                return Failed(reason="status.json cannot be read, so nothing was written")
            kept = self._keep_outgrown(plan, state)
            if isinstance(kept, Failed | Stale):
                return kept
            written = files.edit_file(self._state.places.queue, lambda raw: queue_file(raw, plan, state))
            if files.read_file(self._state.places.status) is not None:
                written |= files.edit_file(self._state.places.status, lambda raw: status_file(raw, plan, state))
            if behind := self._complete_moves():
                return Failed(reason="; ".join(behind))
        except MergebotError as error:
            return Failed(reason=error.message, hint=error.hint)
        return Done() if written else AlreadyDone(detail="nothing has changed")

    def _keep_outgrown(self, plan: Plan, state: State) -> Outcome:
        """Keep the heads that others may stand on, before the memory knows only the new ones."""
        needed = {number for entry in plan.entries for number in entry.depends_on}
        updates = [
            RefUpdate(ref=f"{REBASED}{number}/{tip}", old=None, new=tip)
            for number, tip in state.outgrown.items()
            if number in needed and tip not in state.refs.rebased.get(number, ())
        ]
        return self._transact(updates, [], Done(), "mergebot: keep former tips") if updates else AlreadyDone()

    def _read_and_remember(self) -> State:
        """The state, with every number written down before a ref is named by it.

        New numbers follow from the order in the file and the highest number so far; a ref that knows one must not
        change the others, neither in this pass nor in the one after a kill.
        """
        state = self._state.read()
        known = {pr.number: pr.agent for pr in state.memory.prs}
        if any(known.get(item.number) != item.record.name for item in state.roster.opened):
            files.edit_file(self._state.places.queue, lambda raw: remembering(raw, state))
        return state

    def _moved_since(self, step: Merge, state: State) -> Outcome | None:
        """Whether anything moved since the decision; labels and holds were looked at by the caller."""
        if state.base.branch != step.base or state.base.sha != step.base_sha:
            return Stale(reason=f"{state.base.branch} moved to {state.base.sha:.10} after the decision")
        item = next((item for item in state.roster.opened if item.number == step.pr), None)
        if item is None:
            return Stale(reason="the pull request was closed after the decision")
        if item.head != step.head or item.branch != step.branch:
            return Stale(reason=f"the head moved to {item.head:.10} after the decision")
        desk = self._reader.desk(state)
        if reason := next(iter(desk.frozen), "") or desk.obstacle(step.base):
            return Stale(reason=reason)
        return None

    def _squash(self, step: Merge) -> Sha | Outcome:
        with Merger(self._git, scratch=False) as merger:
            answer = squash(
                merger,
                base=step.base_sha,
                head=step.head,
                author=step.author or str(self._identity()),
                message=f"{step.title}\n\n{step.message}" if step.message else step.title,
                committer=self._identity(),
            )
        match answer:
            case Conflicts(paths=paths):
                return Failed(reason=f"it conflicts in {', '.join(path.path for path in paths)}")
            case Nothing():
                return Failed(reason="nothing is left to merge")
            case Unanswered(reason=reason):
                return Failed(reason=reason)
            case landed if (tree := self._git.tree_of(landed)) != step.tree:
                return Failed(reason=f"the merge gives tree {tree:.10}, but {step.tree:.10} was predicted")
            case landed:
                return landed

    def _moves(self, branch: Branch, old: Sha, new: Sha) -> list[Move]:
        """How the work trees that have the branch checked out must follow."""
        return [
            Move(folder=worktree.path, old=old, new=new, own=OWN_FILES)
            for worktree in self._git.worktrees()
            if worktree.branch == branch and old != new
        ]

    def _transact(self, updates: Sequence[RefUpdate], moves: Sequence[Move], done: Done, message: str) -> Outcome:
        """Move the refs, then let the work trees follow; a move that fails stays written down."""
        try:
            self._git.update_refs(updates, message=message)
        except RefMovedError as error:
            return Stale(reason=error.message)
        except GitError as error:
            return Failed(reason=error.message, hint=error.hint)
        trouble = [why for move in moves if (why := self._follow(move))]
        return Done(sha=done.sha, detail="; ".join(trouble))

    def _follow(self, move: Move) -> str:
        try:
            carry_out(move)
            self._git.update_refs([move.finished()], message="mergebot: the work tree has followed")
        except GitError as error:
            return f"{move.folder} could not follow its branch, and shows its last commits undone: {in_words(error)}"
        return ""

    def _complete_moves(self) -> list[str]:
        """Complete the moves of a killed pass; those that the user's changes forbid stay, and freeze the queue.

        Why others could not be completed is returned: as long as a checkout is behind, someone must know.
        """
        refs = self._state.landings.refs().checkouts
        behind = []
        for ref, move in pending(refs, self._git.worktrees() if refs else (), OWN_FILES).items():
            if move is None:
                self._git.update_refs([RefUpdate(ref=ref, old=refs[ref], new=None)], message="mergebot: settled")
            elif not strays(move) and (why := self._follow(move)):
                behind.append(why)
        return behind

    def _identity(self) -> Identity:
        return Identity(when=int(self._clock()))
