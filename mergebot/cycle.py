"""The pass: observe, decide, act, report. Read this first. No policy here: what to do is decided in `decide`.

A pass looks at everything, does what is to be done until nothing is, and can be killed anywhere: the next one finds
the same state and completes it. Planning is the same pass without the acting.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mergebot import observe
from mergebot.act.steps import carry_out
from mergebot.decide.queue import decide
from mergebot.errors import LockedError, MergebotError
from mergebot.forge.protocol import Forge
from mergebot.git.oracle import Oracle
from mergebot.model.ids import PrNumber
from mergebot.model.notice import Report
from mergebot.model.outcome import Failed, Outcome, PassResult, Stale, StepResult
from mergebot.model.plan import Answer, Dispatch, Merge, Plan, Restack, Retarget, RunChecks, Step
from mergebot.model.policy import Policy
from mergebot.model.snapshot import Snapshot
from mergebot.recording import Recorder
from mergebot.report import render
from mergebot.report.endings import endings, farewell
from mergebot.report.fleet_status import status_json
from mergebot.report.journal import Grounds
from mergebot.report.notices import notices, stopped
from mergebot.report.words import counted

ConfigFile = tuple[str, bytes]
"""A config given by hand: its path and its bytes."""

ROUNDS_OF_QUESTIONS = 12
"""A question may lead to another (does it merge? does it merge with the others? …), but not without end."""

STALE_TRIES = 3
"""How often one pass tries a step again that found the world moved; a busy stranger must not keep it for ever."""

STEPS_PER_ENTRY = 20
"""A pass that takes more steps than this for each PR goes in circles, which nothing should make it do."""


def plan_once(forge: Forge, *, config: ConfigFile | None, now: float) -> tuple[Snapshot, Policy, Plan]:
    """Observe and decide; writes nothing. The snapshot has all of git's answers, so that it can be replayed."""
    rules = observe.read_rules(forge.reader, config)
    with Oracle(forge.git) as oracle:
        snapshot, plan = _look(forge, rules, oracle, now, _Work())
    return snapshot, rules.policy, plan


def replan(snapshot: Snapshot, policy: Policy) -> Plan:
    """Decide on a kept snapshot, offline; what it has no answer to stays unknown."""
    return replace(_decided(snapshot, policy), questions=())


def run_once(
    forge: Forge,
    *,
    config: ConfigFile | None,
    now: Callable[[], float],
    progress: Callable[[StepResult], None] = lambda _result: None,
) -> tuple[Plan, PassResult]:
    """One pass under the forge's lock; the plan is the one that was seen at its end.

    Raises:
        LockedError: another pass holds the lock, and nothing was done.
        AccessError: the repository or forge cannot be reached.
    """
    work, recorder = _Work(), Recorder(forge, now)
    with forge.writer.lock(), Oracle(forge.git) as oracle:
        while True:
            try:
                # The rules are read again each time: a merge may have changed them.
                rules = observe.read_rules(forge.reader, config)
                snapshot, plan = _look(forge, rules, oracle, now(), work)
                if not (steps := work.next_steps(plan)):
                    break
                grounds = Grounds(snapshot=snapshot, plan=plan, rules=rules.sources)
                for step in steps:
                    forge.doing(render.names_of(step))
                    recorder.begin(step, grounds)
                    outcome = carry_out(step, forge, rules.policy, now())
                    recorder.end(step, outcome, grounds)
                    progress(work.note(step, outcome))
                    if isinstance(outcome, Stale):
                        break
            except MergebotError as error:
                if not work.results:
                    raise
                # What was done is told all the same, also where the lock was lost; the next pass goes on from there.
                return plan, work.result((error.message, *recorder.close()))
        unread = (*observe.unread(snapshot), *work.unrest(plan), *recorder.close(snapshot))
        unread += _published(forge, snapshot, plan, work.result(unread), is_whole=rules.usable)
    return plan, work.result(unread)


def _published(forge: Forge, snapshot: Snapshot, plan: Plan, result: PassResult, *, is_whole: bool) -> tuple[str, ...]:
    """Report; why it could not be done, if it could not. With an input in error only that nothing goes on is known."""
    forge.doing("Reporting")
    try:
        report = _report(snapshot, plan, result) if is_whole else Report(notices=stopped(plan), partial=True)
        published = forge.writer.publish(plan, result, report)
    except MergebotError as error:
        if isinstance(error, LockedError) and not result.results:
            raise  # nothing was done: whoever holds the lock reports
        return (error.message,)
    return (published.reason,) if isinstance(published, Failed) else ()


def _report(snapshot: Snapshot, plan: Plan, result: PassResult) -> Report:
    return Report(
        notices=notices(plan, result, [pr.number for pr in snapshot.closed if pr.merged]),
        endings=endings(snapshot),
        farewell=farewell(snapshot.base),
        status=status_json(snapshot, plan),
    )


def _look(forge: Forge, rules: observe.Rules, oracle: Oracle, now: float, work: "_Work") -> tuple[Snapshot, Plan]:
    """One look: a snapshot with every answer that the decision asks for, and the decision."""
    forge.doing("Reading pull requests")
    snapshot = observe.with_refusals(observe.take_snapshot(forge, rules, now), work.refused, work.stuck, work.stalled)
    plan = _decided(snapshot, rules.policy)
    for _ in range(ROUNDS_OF_QUESTIONS):
        if not plan.questions:
            break
        forge.reader.prepare(plan.questions)
        forge.doing(f"Looking for conflicts among {counted(len(snapshot.pull_requests), 'pull request')}")
        snapshot = observe.answered(snapshot, plan.questions, oracle)
        plan = _decided(snapshot, rules.policy)
    return snapshot, replace(plan, questions=())


def _decided(snapshot: Snapshot, policy: Policy) -> Plan:
    """Decide, while the collector of garbage rests: a decision makes many values and no garbage in circles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        return decide(snapshot, policy)
    finally:
        if was_on:
            gc.enable()


@dataclass
class _Work:
    """What this pass has tried so far, so that it ends: no step is tried for ever."""

    results: list[StepResult] = field(default_factory=list)
    refused: dict[PrNumber, str] = field(default_factory=dict)
    stuck: dict[PrNumber, str] = field(default_factory=dict)
    stalled: set[PrNumber] = field(default_factory=set)
    over: set[object] = field(default_factory=set)
    stale: Counter[object] = field(default_factory=Counter)

    def next_steps(self, plan: Plan) -> Sequence[Step]:
        """What to do before looking again: all answers to comments; then up to the first merge, test run or rebases.

        Each of these changes what comes after, so that is only a forecast. A comment that could not be answered keeps
        nobody waiting.
        """
        steps = [step for step in plan.steps if not isinstance(step, Answer) or self._may_try(step)]
        return () if self.unrest(plan) else tuple(filter(self._may_try, _until_change(steps)))

    def unrest(self, plan: Plan) -> tuple[str, ...]:
        """Why a pass that goes in circles is stopped; nothing should make it do so, and what it has done holds."""
        known = {number for result in self.results for number in _prs(result.step)}
        if len(self.results) <= STEPS_PER_ENTRY * (len(plan.entries) + len(known) + 1):
            return ()
        return (f"the pass did not come to rest in {len(self.results)} steps: what is left is for the next one",)

    def result(self, unread: tuple[str, ...]) -> PassResult:
        """What this pass has done, and what it could not read."""
        return PassResult(results=tuple(self.results), unread=unread)

    def _may_try(self, step: Step) -> bool:
        return _key(step) not in self.over and self.stale[type(step), _prs(step)] < STALE_TRIES

    def note(self, step: Step, outcome: Outcome) -> StepResult:
        """Remember what became of a step; a PR that could not be merged, tested or rebased keeps no others waiting."""
        if isinstance(outcome, Stale):
            self.stale[type(step), _prs(step)] += 1
        else:
            # Done or failed, it is over: a forge whose answers lag behind may make it seem to be due again.
            self.over.add(_key(step))
        if isinstance(outcome, Stale | Failed) and not self._may_try(step):
            if isinstance(step, Merge | RunChecks | Dispatch | Retarget):
                self.refused[step.pr] = outcome.reason
            elif isinstance(step, Restack):
                # Those above it are stacked on it, and wait for it.
                root = step.rebases[0].pr
                self.stuck[root] = outcome.reason
                self.stalled |= {root} if isinstance(outcome, Stale) else set()
                self.refused[root] = f"it could not be rebased: {outcome.reason}"
        self.results.append(StepResult(step=step, outcome=outcome))
        return self.results[-1]


def _until_change(steps: Sequence[Step]) -> Iterator[Step]:
    for before, step in zip((None, *steps), steps, strict=False):
        # Several of these go together: nothing that one of them does concerns another.
        if isinstance(before, Answer | Restack) and type(step) is not type(before):
            return
        if isinstance(before, Merge | RunChecks):
            return
        yield step


def _prs(step: Step) -> tuple[PrNumber, ...]:
    return tuple(item.pr for item in step.rebases) if isinstance(step, Restack) else (step.pr,)


def _key(step: Step) -> object:
    """What makes two tries of a step the same: its kind, its PR and that PR's head; of an answer, the comment."""
    match step:
        case Answer(pr=pr, comment=comment):
            return (Answer, pr, comment)
        case Restack(rebases=rebases):
            return (Restack, *((item.pr, item.head, item.onto) for item in rebases))
        case Merge(pr=pr, head=head) | RunChecks(pr=pr, head=head):
            return (type(step), pr, head, step.tree if isinstance(step, RunChecks) else "")
        case _:
            return step
