"""The invariants (the design's I1 to I8), judged after every step on what that step can have changed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.model_world.branches import CONFIG
from tests.model_world.ground import BASE, BOT, Ground
from tests.model_world.oracle import Oracle
from tests.model_world.world import World
from tests.scenarios.world import Authored
from tests.server.pkt import ZERO
from tests.server.state import PullRequest

HEADS = "refs/heads/"


@dataclass
class Checks:
    """What was seen at the last check. `merges`: how many PRs mergebot has merged so far."""

    ground: Ground
    world: World
    oracle: Oracle
    tip: str = ""
    merged: set[int] = field(default_factory=set)
    heads: dict[int, str] = field(default_factory=dict)
    read: int = 0
    merges: int = 0
    rebases: int = 0

    def __post_init__(self) -> None:
        self.tip = self.world.tip

    def after_step(self) -> None:
        """Everything that any step may have broken."""
        try:
            assert not self.ground.hub.unknown, self.ground.hub.unknown
            self._check_merges()
            self._check_base()
            self._check_branches()
            self._check_log()
        except AssertionError as error:
            error.add_note(self.story())
            raise
        self.tip = self.world.tip

    # I1, I2, I8

    def _check_merges(self) -> None:
        for pull in self.ground.repo.data.pulls:
            if not pull.merged or pull.number in self.merged:
                continue
            self.merged.add(pull.number)
            if pull.merged_by != BOT or pull.merge_sha is None:
                continue
            self.merges += 1
            judged = self.oracle.judged.get(pull.number)
            assert judged is not None, f"#{pull.number} was merged by no request that is known"
            assert not judged.against, (
                f"I1/I2: #{pull.number} was merged at {pull.head_sha:.8} against {judged.against}"
            )
            assert judged.head == pull.head_sha, (
                f"I1: #{pull.number} was judged at {judged.head} and merged at {pull.head_sha}"
            )
            self._check_landed(pull, pull.merge_sha)

    # I3

    def _check_landed(self, pull: PullRequest, sha: str) -> None:
        store, oracle = self.ground.store, self.oracle
        commit = store.commit(sha)
        assert len(commit.parents) == 1, f"I3: #{pull.number} landed as a merge"
        assert commit.title.endswith(f" (#{pull.number})"), f"I3: {commit.title}"
        new, old = Counter(oracle.lines(sha)), Counter(oracle.lines(commit.parents[0]))
        own = oracle.own(pull, pull.head_sha)
        assert {line: new[line] for line in own} == dict.fromkeys(own, 1), f"I3: #{pull.number}'s lines, not once each"
        seen = {line for head in self._approved(pull) for line in oracle.lines(head)}
        strange = [line for line in new - old if line not in own and line not in seen]
        assert not strange or not seen, f"I3: #{pull.number} brought {strange}, which nobody has seen"
        lost = [
            line for line in old - new if line[0] not in ("shared.txt", "dependencies.json", ".github/mergebot.yml")
        ]
        mine = self.world.marks[pull.number]
        assert not [line for line in lost if not any(mark in line[1] for mark in mine)], (
            f"I3: #{pull.number} took {lost} from base"
        )

    def _approved(self, pull: PullRequest) -> Iterable[str]:
        return [review.commit for review in pull.reviews if review.state == "APPROVED" and review.commit]

    def _check_base(self) -> None:
        if self.world.tip == self.tip:
            return
        past = self.ground.store.past
        assert self.tip in past(self.world.tip), "I7: base was rewritten"
        bots = {pull.merge_sha for pull in self.ground.repo.data.pulls if pull.merged_by == BOT}
        strange = past(self.world.tip) - past(self.tip) - self.world.by_people - bots
        assert not strange, f"I3: base has commits that are nobody's: {strange}"

    # I4, I7

    def _check_branches(self) -> None:
        for pull in self.ground.repo.data.pulls:
            if pull.state != "open":
                assert pull.merged or pull.closed_by != BOT, f"I7: mergebot closed #{pull.number}"
                continue
            if self.heads.get(pull.number) == pull.head_sha:
                continue
            self.heads[pull.number] = pull.head_sha
            tip = self.world.tip_of(pull)
            assert tip is not None, f"I7: the branch of #{pull.number} is gone"
            branch = self.world.branch_of(pull)
            if not branch.tips or tip == branch.tips[-1]:
                continue
            self.rebases += 1
            base = set(self.oracle.lines(self.world.tip))
            before, after = (self.oracle.own(pull, sha) - base for sha in (branch.tips[-1], tip))
            assert before == after, f"I4: #{pull.number} had {sorted(before)} and has {sorted(after)}"
            self._check_commits(pull, branch.authored, tip)

    def _check_commits(self, pull: PullRequest, authored: list[Authored], tip: str) -> None:
        commits = map(self.ground.store.commit, self.ground.store.past(tip))
        have = Counter(Authored(one.author, str(one.authored_at), one.title) for one in commits)
        landed = {line for _, line in self.oracle.lines(self.world.tip)}
        for commit in authored:
            if commit.subject.replace(": ", ":") in landed:  # it has come to base in another way: nothing is left of it
                continue
            assert have[commit] == 1, f"I4: #{pull.number} has {commit} {have[commit]} times"

    # I6, I7

    def _check_log(self) -> None:
        log = self.ground.hub.log
        for exchange in log[self.read :]:
            if not exchange.writes:
                continue
            assert self.ground.token not in str(exchange.request), f"I6: the token is in {exchange.path}"
            if exchange.kind == "git":
                for line in exchange.request or ():
                    self._check_move(*line.split())
        self.read = len(log)

    def _check_move(self, ref: str, old: str, new: str) -> None:
        if not ref.startswith(HEADS):
            return
        branch = ref.removeprefix(HEADS)
        assert branch != BASE, "I7: mergebot pushed to base"
        if new == ZERO:
            tips = [pull.head_sha for pull in self.ground.repo.data.pulls if pull.merged and pull.head_ref == branch]
            assert old in tips, f"I7: mergebot wanted to delete {branch} at {old}, which was not merged"

    # at the end

    def _is_mixed(self, pull: PullRequest) -> bool:
        """Whether it was ever looked at with commits of others in it, or some of its own have come to base already.

        Known: who was stacked and overwrites a line of its parent loses its approvals when the parent has landed, for
        what it changes is another line then. That is on the safe side.
        """
        heads = {review.commit for review in pull.reviews if review.commit} | {pull.head_sha}
        landed = set(self.oracle.lines(self.world.tip))
        return any(self.oracle.holds_others(pull, head) or self.oracle.written(pull, head) & landed for head in heads)

    def _shares(self, pull: PullRequest) -> bool:
        """Whether it has commits of another open PR, as they are or once were: one may have been the other's head."""
        store = self.ground.store
        own = [store.commit(sha).title for sha in store.past(pull.head_sha) - store.past(self.world.tip)]
        marks = tuple(
            mark for other in self.world.open() if other is not pull for mark in self.world.marks[other.number]
        )
        return any(title.startswith(marks) for title in own)

    def _is_behind(self, pull: PullRequest) -> bool:
        """Whether it would have to be rebased first, by the rules, and may not be: it is in a fork."""
        rules = self.ground.files(self.world.tip).get(CONFIG, b"")
        is_behind = self.world.tip not in self.ground.store.past(pull.head_sha)
        return is_behind and b"strategy: rebase" in rules and pull.head_repository != self.ground.repo.full_name

    def settled(self, states: dict[int, tuple[str, dict[str, str]]]) -> None:
        """What is still open is so for a true reason; `states`: of each entry its state, and why what does not hold."""
        state = self.ground.hub.state
        for pull in self.world.open():
            unmet = self.oracle.unmet(state, pull)
            if conflict := self.oracle.conflict(pull):
                unmet["merge_conflicts"] = conflict
            if self._is_mixed(pull):  # its patch is not its author's alone, and may have changed with what is below it
                unmet |= {"approvals": "on another patch", "review_score": "on another patch"}
            if self._shares(pull):
                unmet.setdefault("dependencies_merged", "it may stand on what another one was before it grew")
            if self._is_behind(pull):
                unmet.setdefault("merge_conflicts", "it is behind, and in a fork")
            if said_no(states.get(pull.number)) and "merge" not in pull.labels:  # cancelled by a comment, at the end
                continue
            assert unmet, f"#{pull.number} could merge, and was left: {states.get(pull.number)}"
            if pull.base_ref != BASE:
                unmet["merge_conflicts"] = "not into base"
            if pull.number not in states:
                assert pull.base_ref != BASE, f"#{pull.number} is in no plan"
                continue
            said, failing = states[pull.number]
            assert not said.startswith("ready"), f"#{pull.number} is ready, and was left"
            false = {name: reason for name, reason in failing.items() if name not in unmet}
            assert not false, f"#{pull.number} is said to wait for {false}, which is not so: {unmet}"

    def story(self) -> str:
        """All pull requests, for who looks at a failure."""
        return "\n".join(self._described(pull) for pull in self.ground.repo.data.pulls)

    def _described(self, pull: PullRequest) -> str:
        heads = dict.fromkeys([*(review.commit for review in pull.reviews if review.commit), pull.head_sha])
        base = set(self.oracle.lines(self.world.tip))
        new = {head[:8]: [line for _, line in self.oracle.lines(head) if (_, line) not in base] for head in heads}
        given = [f"{review.author} {review.state} {(review.commit or '')[:8]}" for review in pull.reviews]
        says = [comment.body for comment in pull.comments if comment.author != BOT]
        what = (
            f"#{pull.number} {pull.state} by {pull.closed_by}, merged by {pull.merged_by}"
            if pull.closed_by
            else f"#{pull.number} open"
        )
        where = f"{pull.head_repository}:{pull.head_ref} into {pull.base_ref} at {pull.head_sha:.8}"
        marks = " ".join(self.world.marks[pull.number])
        return f"{what}: {marks} {where}, {pull.labels}, {pull.body!r}, {given}, {says}, {new}"


def said_no(state: tuple[str, object] | None) -> bool:
    """Whether the plan has it that nobody asks for it."""
    return state is not None and state[0].startswith("ignored")
