"""A rebase that someone asks for in a comment (`/mergebot rebase`)."""

from typing import Any

import pytest

from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.people import Reply
from mergebot.model.plan import Answer, EntryState, Plan, Rebase, Restack
from mergebot.model.policy import Policy
from mergebot.model.policy import Rebase as RebasePolicy
from mergebot.model.questions import (
    Answer as GitAnswer,
)
from mergebot.model.questions import (
    ConflictedPath,
    Conflicts,
    Contains,
    Nothing,
    Question,
    Replay,
    Truth,
    Unanswered,
)
from mergebot.model.snapshot import CheckList, Head, NativeStack
from tests.builders import pull_request, sha, snapshot
from tests.decide.remarks import ALICE, BOB, MALLORY, said
from tests.decide.worlds import Git, brief, closed, entry_of, plan_of

BASE = sha("base")
REBASE = said("/mergebot rebase")
ALL = tuple(range(1, 10))


def behind(*numbers: int, replay: GitAnswer | None = None, landed: bool = True) -> Git:
    """These PRs do not hold the tip of base; `replay`: what a rebase gives; `landed`: base holds what has landed."""

    def answer(question: Question) -> GitAnswer | None:
        if isinstance(question, Contains) and question.head == BASE:
            return Truth(value=landed)
        if isinstance(question, Contains) and question.commit == BASE:
            return Truth(value=question.head not in {sha(1000 + n) for n in numbers})
        return replay if isinstance(question, Replay) else None

    return answer


def plan_with(git: Git | None = None, policy: Policy | None = None, **changes: Any) -> Plan:  # noqa: ANN401 (a builder takes any field)
    """The plan for #1, for which alice asks to be rebased."""
    return plan_of(snapshot(pull_request(1, **{"remarks": REBASE, **changes})), policy, git or behind(*ALL))


def reply(plan: Plan) -> tuple[Reply, str]:
    """The one answer of a plan, without who asked."""
    [step] = [step for step in plan.steps if isinstance(step, Answer)]
    return step.reply, step.reason.removeprefix("`/mergebot rebase` by alice: ")


class TestIsDone:
    def test_the_rebase_comes_first_and_the_answer_when_it_is_done(self) -> None:
        """It ends: a head that holds the tip of base is not rebased again."""
        plan = plan_with()
        expected = Rebase(
            pr=PrNumber(1),
            branch=Branch("change-1"),
            head=sha(1001),
            excluded=(),
            onto=BASE,
            reason="alice asks for it in a comment",
        )
        assert plan.steps == (Restack(rebases=(expected,)),)
        assert entry_of(plan, 1).answers == ("`/mergebot rebase` by alice: not done yet",)
        done = plan_with(git=behind())
        assert brief(done.steps) == ["answer 1", "merge 1"]
        assert reply(done) == (Reply.DONE, "it was brought up to date with main")

    @pytest.mark.parametrize(
        "changes",
        [
            {"labels": frozenset()},
            {"labels": frozenset({"merge", "hold"})},
            {"draft": True},
            {"checks": CheckList()},
            {"refused": "GitHub refuses it: not up to date"},
        ],
        ids=["unrequested", "held", "draft", "waiting", "refused"],
    )
    def test_it_is_done_whatever_keeps_the_merge_back(self, changes: dict[str, Any]) -> None:
        """A person asks for it; and no merge follows from it."""
        assert brief(plan_with(**changes).steps) == ["restack 1"]

    def test_what_is_stacked_on_it_goes_along_and_other_answers_come_before(self) -> None:
        """One atomic restack; what is held stays where it is."""
        prs = (
            pull_request(1, remarks=said("/mergebot rebase", "/mergebot explain")),
            pull_request(2, contains=(PrNumber(1),), remarks=said("/mergebot hold")),
            pull_request(3, contains=(PrNumber(1),)),
            pull_request(4, remarks=REBASE),
        )
        plan = plan_of(snapshot(*prs), None, behind(*ALL))
        assert brief(plan.steps) == ["answer 1", "answer 2", "restack 1>3", "restack 4"]

    def test_asked_for_twice_it_is_done_once(self) -> None:
        """Both are answered then."""
        remarks = said("/mergebot rebase", ("/mergebot rebase", BOB))
        assert brief(plan_with(remarks=remarks).steps) == ["restack 1"]
        assert brief(plan_with(git=behind(), remarks=remarks).steps)[:2] == ["answer 1", "answer 1"]

    @pytest.mark.parametrize("dependents", [True, False])
    def test_the_old_commits_of_what_has_landed_are_left_behind(self, *, dependents: bool) -> None:
        """Also where the config rebases no dependents: they are in base in another form."""
        pr = pull_request(1, remarks=REBASE, body="Depends-On: #5", contains=(PrNumber(6),))
        old = (closed(5, former_tips=(sha("former"),)), closed(6))
        policy = Policy(rebase=RebasePolicy(dependents=dependents, union_paths=("*.md",)))
        [step] = plan_of(snapshot(pr, closed=old), policy, behind(*ALL)).steps
        assert isinstance(step, Restack)
        assert step.rebases[0].excluded == (sha(1005), sha("former"), sha(1006))
        assert step.rebases[0].union_paths == ("*.md",)

    def test_what_base_has_lost_again_is_kept(self) -> None:
        """A base that was set back does not hold what has landed; leaving it out would lose it."""
        pr = pull_request(1, remarks=REBASE, body="Depends-On: #5")
        [step] = plan_of(snapshot(pr, closed=(closed(5),)), None, behind(*ALL, landed=False)).steps
        assert isinstance(step, Restack)
        assert step.rebases[0].excluded == ()

    def test_a_stranger_has_nothing_rebased(self) -> None:
        """Nor does anybody twice with one comment."""
        assert brief(plan_with(remarks=said(("/mergebot rebase", MALLORY))).steps) == ["answer 1", "merge 1"]
        assert brief(plan_with(remarks=said(("/mergebot rebase", ALICE, Reply.DONE))).steps) == ["merge 1"]

    def test_a_hold_with_it_counts_at_once(self) -> None:
        """Both are answered when the rebase is done."""
        plan = plan_with(remarks=said("/mergebot hold\n/mergebot rebase"))
        assert brief(plan.steps) == ["restack 1"]
        assert entry_of(plan, 1).state is EntryState.HELD


CONFLICT = Conflicts(paths=(ConflictedPath(path="a.py", kind="content"),))
LOCKED = Head(branch=Branch("change-1"), sha=sha(1001), locked="checked out")
FORK = Head(branch=Branch("change-1"), sha=sha(1001), fork=True)


class TestCannotBe:
    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"head": LOCKED}, "checked out"),
            ({"head": FORK}, "the branch is in a fork"),
            ({"head": Head(branch=Branch("develop"), sha=sha(1001))}, "develop is protected or long-lived"),
            (
                {"native": NativeStack(number=1, position=1, size=2)},
                "it is in a native stack, which GitHub rebases itself",
            ),
            ({"stuck": "the push was not taken", "refused": "GitHub refuses it"}, "the push was not taken"),
        ],
    )
    def test_it_is_told_why(self, changes: dict[str, Any], why: str) -> None:
        """Once, and it is not tried again."""
        plan = plan_with(**changes)
        assert reply(plan) == (Reply.PUZZLED, f"it is not rebased: {why}")
        assert "restack 1" not in brief(plan.steps)

    @pytest.mark.parametrize(
        ("replay", "why"),
        [
            (CONFLICT, "its rebase onto main conflicts in a.py: rebase it by hand"),
            (Nothing(), "main already has all of it"),
        ],
    )
    def test_git_is_asked_first(self, replay: GitAnswer, why: str) -> None:
        """A rebase that stops is not begun; later passes tell the same as long as it is so."""
        assert reply(plan_with(behind(*ALL, replay=replay))) == (Reply.PUZZLED, f"it is not rebased: {why}")
        told = plan_with(behind(*ALL, replay=replay), remarks=said(("/mergebot rebase", ALICE, Reply.PUZZLED)))
        assert entry_of(told, 1).answers == (f"`/mergebot rebase` by alice: it is not rebased: {why}",)

    def test_one_on_another_open_one_is_sent_there(self) -> None:
        """Onto base it would bring its parent's commits along."""
        prs = (pull_request(1), pull_request(2, contains=(PrNumber(1),), remarks=REBASE))
        plan = plan_of(snapshot(*prs), None, behind(*ALL))
        assert reply(plan) == (
            Reply.PUZZLED,
            "it is not rebased: it is stacked on #1: ask there, and it goes along",
        )

    @pytest.mark.parametrize("kind", [Contains, Replay])
    def test_while_git_cannot_say_nothing_is_done_and_nothing_answered(self, kind: type[Question]) -> None:
        """It is said what it waits for."""

        def git(question: Question) -> GitAnswer | None:
            about = isinstance(question, kind) and Sha(sha(1001)) == getattr(question, "head", None)
            return Unanswered(reason="an object is missing") if about else behind(*ALL)(question)

        plan = plan_with(git)
        assert brief(plan.steps) == ["merge 1"]
        expected = "`/mergebot rebase` by alice: not done yet: an object is missing"
        assert entry_of(plan, 1).answers == (expected,)
